"""Each mail is handed over at most once from its first byte on, and tried again while nothing was handed over."""

from __future__ import annotations

import select
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import notices
from pipeline.models import Notice, User
from pipeline.notices import line, rows
from publishers._sentences import Sentence
from tests.notices.post_office import PostOffice, free_port, stubborn

SAMIRA = "samira@example.org"


def later(**time):
    return timezone.now() + timedelta(**time)


def owe(*people, times=1):
    """So many notices for each of these, about nothing in particular."""
    for n in range(times):
        for user in people:
            Notice.objects.create(
                kind="failed", recipient=user, subject=f"publication:{n}", occasion="1", owed_at=timezone.now(),
                facts={"post": 100 + n, "channel": "bluesky"},
            )  # fmt: skip


def states():
    return dict(Notice.objects.values_list("recipient__username", "state"))


def why(username="samira"):
    return Sentence.from_json(Notice.objects.filter(recipient__username=username).latest("pk").why).text("en")


def test_a_mail_goes_once_to_each_person_and_is_marked_sent(room, office):
    owe(room.coordinator, room.intern)
    assert notices.send_due() == 2
    assert notices.send_due() == 0
    assert sorted(mail.to for mail in office.taken) == ["camille@example.org", SAMIRA]
    assert set(states().values()) == {"sent"}
    assert notices.waiting() == 0


def test_a_mail_says_who_it_is_from_and_that_no_person_wrote_it(room, office):
    owe(room.coordinator)
    notices.send_due()
    (mail,) = office.taken
    assert mail.message["From"] == "Porte-voix <posts@example.org>" and mail.message["To"] == SAMIRA
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message.get_content_type() == "text/plain"
    assert mail.id.endswith("@example.org>") and mail.id == Notice.objects.get().message_id
    assert mail.ehlo == "example.org"  # not the machine's own name


def test_without_a_mail_server_nothing_is_sent_and_everything_is_kept(room, settings):
    settings.EMAIL_HOST = ""
    owe(room.coordinator)
    assert not notices.set_up()
    assert notices.send_due() == 0
    assert notices.waiting() == 1


def test_a_server_that_is_down_and_then_up_gets_each_mail_once(room, mailed):
    port = free_port()
    mailed(port)
    owe(room.coordinator, room.second, times=3)
    assert notices.send_due() == 0
    assert notices.waiting() == 6 and "did not take it yet" in why()
    with PostOffice(port) as office:
        assert notices.send_due(later(minutes=2)) == 6
        assert notices.send_due(later(minutes=9)) == 0
        assert sorted(mail.to for mail in office.taken) == ["jo@example.org", SAMIRA]


def test_only_one_connection_is_tried_while_the_server_is_down(room, settings, mailed):
    settings.EMAIL_TIMEOUT = 0.2
    owe(room.coordinator, room.second, room.administrator)
    with stubborn() as port:
        mailed(port)
        assert notices.send_due() == 0
    assert sorted(Notice.objects.values_list("tries", flat=True)) == [0, 0, 1]


def drip(call):
    """A greeting that never ends, a letter every hundredth of a second."""
    with suppress(OSError):
        call.sendall(b"220 ")
        while not select.select([call], [], [], 0.01)[0]:
            call.sendall(b"a")


def test_a_server_that_drips_is_given_up_when_the_whole_takes_too_long(room, settings, mailed, monkeypatch):
    monkeypatch.setattr(line, "WHOLE", 0.3)
    settings.EMAIL_TIMEOUT = 60
    owe(room.coordinator)
    with stubborn(drip) as port:
        mailed(port)
        assert notices.send_due() == 0
    assert notices.waiting() == 1 and ("took too long" in why() or "timed out" in why())


def test_the_pauses_grow_and_after_a_day_the_reason_stays_on_the_row(room, mailed):
    mailed(free_port())
    owe(room.coordinator)
    start, passed, pauses = timezone.now(), timedelta(0), []
    while notices.waiting():
        notices.send_due(start + passed)
        row = Notice.objects.get()
        if row.next_try_at:
            pauses.append(round((row.next_try_at - start - passed).total_seconds() / 60))
            passed = row.next_try_at - start
            assert notices.send_due(start + passed - timedelta(seconds=1)) == 0
            assert Notice.objects.get().tries == row.tries  # not tried before its time
    assert pauses[:6] == [1, 2, 4, 8, 15, 15] and pauses[-1] == 15
    assert timedelta(hours=24) <= passed < timedelta(hours=24, minutes=16)
    assert states() == {"samira": "given_up"} and "refused" in why()
    assert notices.troubles() == {"unknown": 0, "given_up": 1}


def test_a_clock_that_was_a_year_ahead_and_is_set_right_lets_no_mail_wait_a_year(room, mailed):
    port = free_port()
    mailed(port)
    owe(room.coordinator, room.second)
    notices.send_due(later(days=365))
    assert rows.claim(room.second.pk, digest=False, now=later(days=365))
    with PostOffice(port):
        assert notices.send_due() == 2


@pytest.mark.parametrize("stage", ["address", "text"])
def test_a_server_that_says_not_now_and_then_takes_it_gets_it_once(room, office, stage):
    answers = iter(["451 4.7.1 come back later"])
    door = {"address": "at_rcpt", "text": "at_data"}[stage]
    setattr(office, door, lambda *_: next(answers, None))
    owe(room.coordinator)
    assert notices.send_due() == 0
    assert "451" in why()
    assert notices.send_due(later(minutes=2)) == 1
    assert len(office.taken) == 1 and states() == {"samira": "sent"}


@pytest.mark.parametrize("stage", ["address", "text"])
def test_one_refused_for_good_costs_the_others_nothing(room, office, stage):
    if stage == "address":
        office.at_rcpt = lambda address: "550 no such person" if address == SAMIRA else None
    else:
        office.at_data = lambda _server, mail: "554 no" if mail.to == SAMIRA else None
    owe(room.coordinator, room.second)
    assert notices.send_due() == 1
    assert notices.send_due(later(days=1)) == 0
    assert [mail.to for mail in office.taken] == ["jo@example.org"]
    assert states() == {"samira": "given_up", "jo": "sent"} and "55" in why()


def hang_up(_server, _mail):
    return "hang up"


def test_a_server_that_hangs_up_after_the_text_is_not_told_twice(room, office):
    office.at_data = hang_up
    owe(room.coordinator)
    assert notices.send_due() == 0
    office.at_data = lambda *_: None
    assert notices.send_due(later(minutes=30)) == notices.send_due(later(days=2)) == 0
    assert len(office.taken) == 1
    assert states() == {"samira": "unknown"} and "may have arrived" in why()
    assert notices.troubles()["unknown"] == 1


def test_a_lost_answer_simply_tried_again_would_arrive_twice(room, office, monkeypatch):
    """The broken variant: what an ordinary retry does."""
    monkeypatch.setattr(rows, "unknown", lambda batch, why: rows.again(batch, why, timezone.now()))
    office.at_data = hang_up
    owe(room.coordinator)
    notices.send_due()
    notices.send_due(later(minutes=2))
    first, second = office.taken
    assert first.id == second.id  # and the reader's program could tell


def test_an_answer_that_nobody_understands_is_not_taken_for_a_no(room, office):
    office.at_data = lambda _server, mail: office.taken.append(mail) or "zzz what"
    owe(room.coordinator)
    notices.send_due()
    assert states() == {"samira": "unknown"}


def test_a_server_that_hangs_up_before_the_text_is_tried_again(room, office):
    connections = []

    def once(_address):
        connections.append(1)
        return "421 closing" if len(connections) == 1 else None

    office.at_rcpt = once
    owe(room.coordinator)
    assert notices.send_due() == 0 and notices.waiting() == 1
    assert notices.send_due(later(minutes=2)) == 1
    assert len(office.taken) == 1


def test_what_waits_for_one_person_goes_in_one_mail(room, office):
    owe(room.coordinator, times=7)
    assert notices.send_due() == 7
    (mail,) = office.taken
    assert mail.subject == "[Porte-voix] 7 notices"
    assert [f"/post/{100 + n}/" in mail.body for n in range(7)] == [True] * 7


def test_after_an_outage_even_what_failed_at_other_times_goes_in_one_mail(room, mailed):
    port = free_port()
    mailed(port)
    for n in range(4):
        Notice.objects.create(
            kind="failed", recipient=room.coordinator, subject=f"publication:{n}", occasion="1",
            owed_at=timezone.now(), facts={"post": n, "channel": "bluesky"},
        )  # fmt: skip
        notices.send_due(later(minutes=n))
    with PostOffice(port) as office:
        assert notices.send_due(later(minutes=20)) == 4
        assert len(office.taken) == 1


def test_of_a_very_long_list_the_rest_is_counted(room, office):
    owe(room.coordinator, times=180)
    assert notices.send_due() == 180
    (mail,) = office.taken
    assert mail.body.count("/post/") == 50 and "And 130 more" in mail.body


def test_a_notice_that_comes_while_others_are_being_sent_is_not_lost(room, office):
    owe(room.coordinator)
    batch = rows.claim(room.coordinator.pk, digest=False, now=timezone.now())
    Notice.objects.create(
        kind="missed", recipient=room.coordinator, subject="publication:9", occasion="1", owed_at=timezone.now(),
        facts={"post": 9, "channel": "bluesky"},
    )  # fmt: skip
    assert batch and len(batch.rows) == 1
    assert notices.send_due() == 1
    assert Notice.objects.get(kind="missed").state == "sent"
    assert Notice.objects.get(kind="failed").state == "claimed"


def test_people_who_left_or_whose_address_is_none_get_nothing_and_it_says_so(room, office):
    owe(room.coordinator, room.second, room.intern)
    User.objects.filter(username="samira").update(is_active=False)
    User.objects.filter(username="jo").update(email="jo@example.org\r\nBcc: eve@example.org")
    assert notices.send_due() == 1
    assert [mail.to for mail in office.taken] == ["camille@example.org"]
    assert states() == {"samira": "given_up", "jo": "given_up", "camille": "sent"}
    assert "left" in why()


def test_a_slow_sender_whose_claim_was_taken_over_hands_nothing_over(room, office):
    """Its lease runs out while the server thinks about the address; another sender comes, and the mail goes once."""
    owe(room.coordinator)
    batch = rows.claim(room.coordinator.pk, digest=False, now=timezone.now())
    assert batch
    assert notices.send_due(later(minutes=6)) == 1
    assert not rows.hand_over(batch, "<late@example.org>")
    assert rows.sent(batch, timezone.now()) == 0
    assert len(office.taken) == 1


def test_a_sender_that_was_only_slow_may_still_say_that_it_was_sent(room, office):
    owe(room.coordinator)
    batch = rows.claim(room.coordinator.pk, digest=False, now=timezone.now())
    assert batch and rows.hand_over(batch, "<slow@example.org>")
    rows.give_back(later(minutes=6))
    assert states() == {"samira": "unknown"}
    assert rows.sent(batch, timezone.now()) == 1
    assert states() == {"samira": "sent"}


def test_the_message_id_is_of_the_facts_and_not_of_the_rows_numbers(room, office):
    owe(room.coordinator, times=2)
    one = rows.claim(room.coordinator.pk, digest=False, now=timezone.now())
    assert one
    before = one.identity
    assert rows.Batch("other", one.person, one.rows[:1]).identity != before
    for row in one.rows:
        row.pk += 900
    assert rows.Batch("other", one.person, one.rows[::-1]).identity == before
