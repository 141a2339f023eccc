"""What time brings is owed once: a silent scheduler, credentials that run out, the digest with the log's head."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pipeline import audit, channels, notices
from pipeline.models import AuditEntry, AuditHead, Beat, Channel, Notice, Publication, Receipt, User
from publishers._sentences import Sentence

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)  # 12:00 in Paris


def beat(at):
    Beat.objects.update_or_create(name="scheduler", defaults={"at": at})


def minute(n):
    return NOON + timedelta(minutes=n)


def owed(kind):
    return list(Notice.objects.filter(kind=kind, recipient__username="admin").order_by("pk"))


@pytest.fixture(autouse=True)
def no_digest(settings):
    """The digest has its own tests."""
    settings.PORTEVOIX_DIGEST_HOUR = 24


def test_a_scheduler_that_never_ran_is_not_silent(room):
    assert notices.watch(NOON) == 0


def test_ten_minutes_of_silence_are_told_once_and_the_return_once_with_both_times(room, office):
    beat(NOON)
    assert notices.watch(minute(10)) == 0
    assert notices.watch(minute(11)) == 3  # two coordinators and the administrator
    assert [notices.watch(minute(n)) for n in (12, 40, 600)] == [0, 0, 0]
    notices.send_due()
    beat(minute(700))
    assert notices.watch(minute(701)) == 3
    beat(minute(702))
    assert notices.watch(minute(702)) == 0
    notices.send_due()
    alarm, back = office.to("admin@example.org")
    assert "no sign of life since 2026-11-25 12:00" in alarm.body
    assert "silent from 2026-11-25 12:00 to 2026-11-25 23:40" in back.body


def test_where_the_whole_machine_was_off_only_the_return_is_told(room, office):
    beat(NOON)
    notices.watch(NOON)
    beat(minute(180))  # nobody watched in between: the machine was off, and its scheduler is the first to wake
    assert notices.watch(minute(181)) == 3
    notices.send_due()
    assert "silent from 2026-11-25 12:00 to 2026-11-25 15:00" in office.to("admin@example.org")[0].body
    assert len(office.taken) == 3


def test_an_alarm_that_could_not_be_sent_before_the_return_is_not_sent_any_more(room, office):
    beat(NOON)
    notices.watch(minute(30))
    beat(minute(40))
    notices.watch(minute(40))
    notices.send_due()
    (mail,) = office.to("admin@example.org")
    assert "ticks again" in mail.subject and "no sign of life" not in mail.body
    assert [n.state for n in owed("silent")] == ["given_up", "sent"]


def test_a_second_silence_is_told_anew(room):
    beat(NOON)
    notices.watch(minute(20))
    beat(minute(30))
    notices.watch(minute(30))
    assert notices.watch(minute(50)) == 3
    assert len(owed("silent")) == 3


def test_a_scheduler_that_ticks_is_never_told_of(room):
    for n in range(60):
        beat(minute(n))
        assert notices.watch(minute(n)) == 0


def test_a_clock_set_back_is_no_silence(room):
    beat(NOON)
    notices.watch(NOON)
    assert notices.watch(minute(-300)) == 0


def test_credentials_that_run_out_are_told_of_at_14_7_and_2_days_each_once(room):
    Channel.objects.filter(pk=room.channel.pk).update(expires_at=NOON + timedelta(days=20))
    told = {day: sum(notices.watch(NOON + timedelta(days=day, minutes=n)) for n in range(3)) for day in range(22)}
    assert {day: n for day, n in told.items() if n} == {6: 3, 13: 3, 18: 3}
    (first, *_more) = owed("expiring")
    assert first.facts == {"channel": "bluesky", "day": "2026-12-15"}


def test_someone_who_looks_late_is_told_once_and_not_three_times(room):
    Channel.objects.filter(pk=room.channel.pk).update(expires_at=NOON + timedelta(hours=5))
    assert notices.watch(NOON) == 3
    assert notices.watch(NOON + timedelta(days=1)) == 0


def test_renewed_credentials_are_told_of_when_their_own_time_comes(room):
    Channel.objects.filter(pk=room.channel.pk).update(expires_at=NOON + timedelta(days=1))
    notices.watch(NOON)
    Channel.objects.filter(pk=room.channel.pk).update(expires_at=NOON + timedelta(days=60))
    assert notices.watch(NOON + timedelta(days=2)) == 0
    assert notices.watch(NOON + timedelta(days=47)) == 3


def test_a_channel_that_is_no_longer_used_is_not_told_of(room):
    Channel.objects.update(expires_at=NOON, active=False)
    assert notices.watch(NOON) == 0


# ---------------------------------------------------------------------------------------------- the digest


def test_the_digest_comes_once_a_day_from_its_hour_on(room, settings):
    settings.PORTEVOIX_DIGEST_HOUR = 8
    night = datetime(2026, 11, 25, 6, 59, tzinfo=UTC)  # 07:59 in Paris
    assert notices.watch(night) == 0
    assert notices.watch(night + timedelta(minutes=1)) == 3
    assert [notices.watch(night + timedelta(hours=n)) for n in (1, 5, 12)] == [0, 0, 0]
    assert notices.watch(night + timedelta(days=1, minutes=1)) == 3


def test_a_digest_that_could_not_be_sent_gives_way_to_the_next_one(room, settings, office):
    settings.PORTEVOIX_DIGEST_HOUR = 8
    notices.watch(NOON)
    notices.watch(NOON + timedelta(days=1))
    notices.send_due()
    (mail,) = office.to("admin@example.org")
    assert mail.subject == "[Porte-voix] Digest of 2026-11-26"


def test_the_digest_is_a_mail_of_its_own(room, settings, office):
    settings.PORTEVOIX_DIGEST_HOUR = 8
    notices.watch(NOON)
    notices.owe("clock")
    notices.send_due()
    assert len(office.to("admin@example.org")) == 2


def place(room, channel, state, due_at, item=None):
    variant = room.post(f"{state} {due_at}").variants.get(channel=channel)
    row = Publication(
        variant=variant, channel=channel, state=state, due_at=due_at, wall_time=due_at, zone="UTC", item=item,
        scheduled_by=room.intern,
    )  # fmt: skip
    Publication.objects.bulk_create([row])
    return row


def test_the_digest_counts_what_a_person_must_know(room, settings, office):
    settings.PORTEVOIX_DIGEST_HOUR = 8
    paris_midnight = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    for at in (paris_midnight - timedelta(minutes=1), paris_midnight - timedelta(hours=24), paris_midnight):
        row = place(room, room.channel, "cancelled", at)
        Receipt.objects.create(
            publication=row, channel=room.channel, remote_id=str(at), url="https://x.example", published_at=at
        )
    today = (paris_midnight, paris_midnight + timedelta(hours=23, minutes=59))
    for at in (*today, paris_midnight + timedelta(hours=24), paris_midnight - timedelta(minutes=1)):
        place(room, room.channel, "planned", at)
    for state, times in (("missed", 3), ("failed", 4)):
        for _time in range(times):
            place(room, room.channel, state, NOON)
    channels.mark_unauthorised(room.channel, Sentence("no"))
    Channel.objects.filter(pk=room.instagram.pk).update(expires_at=NOON + timedelta(days=13))
    notices.watch(NOON)
    notices.send_due()
    (digest,) = [mail for mail in office.to("jo@example.org") if "Digest" in mail.subject]
    counts = dict(line.removeprefix("- ").split(": ") for line in digest.body.splitlines() if line.startswith("- "))
    assert list(counts.values()) == ["2", "2", "3", "4", "0", "2"]


def cut_off(last):
    """What somebody with the database's password could do: the end of the log cut off, and the head written anew."""
    with connection.cursor() as cursor:
        for trigger in ("audit_update", "audit_delete"):
            cursor.execute(f"DROP TRIGGER {trigger}")
    AuditEntry.objects.filter(seq__gt=last).delete()
    entry = AuditEntry.objects.get(seq=last)
    AuditHead.objects.update(seq=entry.seq, hash=entry.hash)


def test_the_digest_carries_the_head_of_the_log_so_that_a_cut_off_log_shows(room, settings, office):
    settings.PORTEVOIX_DIGEST_HOUR = 8
    notices.watch(NOON)
    notices.send_due()
    (mail,) = office.to("admin@example.org")
    seq, head = re.search(r"audit verify --digest (\d+):([0-9a-f]{64})$", mail.body, re.MULTILINE).groups()
    newest = AuditEntry.objects.order_by("-seq").first()
    assert (int(seq), head) == (newest.seq, newest.hash)
    audit.append(None, "test.went_on", "here")
    assert audit.verify().ok and audit.still_holds(int(seq), head)
    cut_off(int(seq) - 1)
    assert audit.verify().ok  # by itself, the shortened log looks whole
    assert not audit.still_holds(int(seq), head)
    audit.append(None, "test.another", "here")  # and what is written in its place is not what stood there
    assert not audit.still_holds(int(seq), head)


def test_people_who_get_no_digest_cost_nothing(room, settings):
    settings.PORTEVOIX_DIGEST_HOUR = 0
    User.objects.update(email="")
    assert notices.watch(timezone.now()) == 0
