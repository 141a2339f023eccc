"""What the engine decides by the clock: when to prepare, how fast, what is late, when to stop."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import delivery, planning
from pipeline.delivery import claims, engine, pace, recover, rows
from pipeline.models import (
    Attempt,
    Channel,
    Publication,
    PublicationState,
)
from publishers._base import (
    Prepared,
    Sentence,
    TryLater,
)
from publishers._base import Receipt as Proof
from publishers.outbox import Outbox
from tests.delivery.acts import does, later, state

S = PublicationState
WHY = Sentence("Why.")


# ---------------------------------------------------------------------------------------------- before its time


@pytest.fixture
def early(monkeypatch):
    monkeypatch.setattr(Outbox, "lead", timedelta(minutes=20))


def test_a_post_is_prepared_before_its_time_and_sent_at_its_time(world, early):
    publication = world.scheduled(minutes=30)
    with later(5):
        delivery.tick()
        assert state(publication) == S.SCHEDULED
    with later(12):
        delivery.tick()
        assert state(publication) == S.PREPARED and publication.saved and publication.lease_until is None
        assert world.sent() == [] and not Attempt.objects.exists()
    saved = publication.saved
    with later(30.1):
        delivery.tick()
    assert state(publication) == S.PUBLISHED
    assert publication.saved == saved and len(world.sent()) == 1


def test_what_was_prepared_early_is_not_prepared_again(world, early, monkeypatch):
    publication = world.scheduled(minutes=30)
    with later(12):
        delivery.tick()
    again = does(monkeypatch, "prepare", Prepared(saved={}))
    with later(31):
        delivery.tick()
    assert state(publication) == S.PUBLISHED and again == []


def test_an_adapter_that_wants_no_lead_is_left_until_the_time(world):
    publication = world.scheduled(minutes=30)
    with later(29):
        delivery.tick()
    assert state(publication) == S.SCHEDULED and publication.saved == {}


def test_nothing_is_prepared_early_while_the_channel_has_something_to_send_before_it(world, early):
    first, second = world.scheduled(minutes=30, text="Un."), world.scheduled(minutes=35, text="Deux.")
    with later(18):
        delivery.tick()
        assert (state(first), state(second)) == (S.PREPARED, S.SCHEDULED)
    with later(30.5):
        delivery.tick()
        delivery.tick()
        assert (state(first), state(second)) == (S.PUBLISHED, S.PREPARED)


def test_a_post_prepared_early_is_moved_edited_or_cancelled_like_any_other(world, early):
    moved, cancelled = world.scheduled(minutes=30), world.scheduled(minutes=30, channel=world.add_channel("facebook"))
    with later(12) as clock:
        delivery.tick()
        assert (state(moved), state(cancelled)) == (S.PREPARED, S.PREPARED)
        at = planning.wall_time((timezone.now() + timedelta(minutes=60)).isoformat())
        assert planning.move(moved, at, by=world.coordinator)
        assert planning.cancel(cancelled, by=world.intern)
        clock.shift(timedelta(minutes=25))
        delivery.tick()
    assert (state(moved), state(cancelled)) == (S.SCHEDULED, S.CANCELLED)
    assert world.sent() == []


def test_a_hold_keeps_what_was_prepared_early(world, early):
    publication = world.scheduled(minutes=30)
    with later(12) as clock:
        delivery.tick()
        delivery.pull(by=world.intern)
        clock.shift(timedelta(minutes=20))
        delivery.tick()
        assert state(publication) == S.PREPARED
        delivery.release(by=world.coordinator)
    assert state(publication) == S.MISSED and world.sent() == []


# ---------------------------------------------------------------------------------------------- one at a time


def test_an_account_has_one_worker_at_a_time(world):
    first, second = world.scheduled(text="Un."), world.scheduled(text="Deux.")
    with later():
        now = timezone.now()
        one, two = Publication.objects.get(pk=first.pk), Publication.objects.get(pk=second.pk)
        assert [claims.take(one, "a", now), claims.take(two, "b", now)] == [True, False]
        assert list(claims.due(now)) == []
        assert rows.again(one, None, None)
        assert claims.take(two, "b", now)


def test_what_a_worker_let_fall_is_given_back_when_it_begins_anew(world):
    publication = world.scheduled()
    with later():
        assert claims.take(publication, recover.worker_name(3), timezone.now())
        delivery.tick(worker=recover.worker_name(2))
        assert state(publication) == S.CLAIMED, "another worker of this living process may still hold it"
        delivery.tick(worker=recover.worker_name(3))
    assert state(publication) == S.PUBLISHED


def test_a_request_that_a_worker_let_fall_is_looked_up_and_not_repeated(world, monkeypatch):
    publication = world.scheduled()
    with later():
        row = Publication.objects.get()
        assert claims.take(row, recover.worker_name(), timezone.now())
        assert rows.keep(row, {"key": "k", "created_at": "2026-01-01T00:00:00Z"}, prepared=True)
        assert rows.announce(row, row.item.seal)
        asked = does(monkeypatch, "find", Proof(id="there", url="https://example.org/there"))
        sent = does(monkeypatch, "commit", Proof(id="twice", url="https://example.org/twice"))
        delivery.tick()
    assert state(publication) == S.PUBLISHED and publication.receipt.remote_id == "there"
    assert len(asked) == 1 and sent == []


def test_a_fault_of_the_program_after_the_announcement_is_a_doubt_at_once(world, monkeypatch):
    publication = world.scheduled()
    does(monkeypatch, "commit", ZeroDivisionError())
    with later(), pytest.raises(ZeroDivisionError):
        delivery.tick()
    assert state(publication) == S.UNCERTAIN and publication.doubt_since


# ---------------------------------------------------------------------------------------------- how fast


def test_an_account_sends_no_more_than_its_days_number(world):
    Channel.objects.update(posts_per_day=5)  # one at once, four more over the day
    publications = [world.scheduled(minutes=n + 1, text=f"{n} expulsions.") for n in range(3)]
    with later(6):
        delivery.tick()
    assert [state(p) for p in publications] == [S.PUBLISHED, S.SCHEDULED, S.SCHEDULED]
    assert publications[1].next_try_at and "as it may" in publications[1].error["msgid"]
    assert publications[1].attempts == 0, "waiting for a token is no try"


@pytest.mark.parametrize("per_day", [1, 4, 5, 25, 50, 200])
def test_no_24_hours_see_more_than_the_days_number(world, per_day):
    """The oracle: a plain list of times, counted in every window."""
    Channel.objects.update(posts_per_day=per_day, tokens=None, tokens_at=None)
    now, sent = datetime(2026, 11, 1, tzinfo=UTC), []
    while now < datetime(2026, 11, 4, tzinfo=UTC):
        wait = pace.take(world.channel.pk, now)
        if wait is None:
            sent.append(now)
        now = max(wait, now + timedelta(seconds=1)) if wait else now
    most = max(sum(0 <= (b - a).total_seconds() < 86_400 for b in sent) for a in sent)
    assert max(per_day - 2, 1) <= most <= max(per_day, 2)


def test_a_page_sends_no_more_than_thirty_reels_in_24_hours_and_other_posts_all_the_same(world):
    """The oracle: a plain list of times, counted in every window. Facebook takes 30 (spec 1.2)."""
    channel = world.add_channel("facebook")
    Channel.objects.update(posts_per_day=1_000)
    reel, card = (_planned(world, channel, kind) for kind in ("reel", "image"))
    now, sent, cards = datetime(2026, 11, 1, tzinfo=UTC), [], 0
    while now < datetime(2026, 11, 4, tzinfo=UTC):
        wait = pace.take(channel.pk, now, reel)
        if wait is None:
            sent.append(now)
            Attempt.objects.create(publication=reel, fence=len(sent), seal="0" * 64, started_at=now)
        cards += pace.take(channel.pk, now, card) is None
        now += timedelta(minutes=10)
    windows = [sum(0 <= (b - a).total_seconds() < 86_400 for b in sent) for a in sent]
    assert max(windows) == 30 and len(sent) == 90 and cards == 432


def test_a_try_of_which_nothing_came_is_not_counted_as_a_reel(world):
    channel = world.add_channel("facebook")
    reel, now = _planned(world, channel, "reel"), datetime(2026, 11, 1, tzinfo=UTC)
    for n in range(40):
        Attempt.objects.create(
            publication=reel,
            fence=n,
            seal="0" * 64,
            started_at=now - timedelta(hours=1),
            outcome="later" if n % 2 else "",
        )
    assert pace.take(channel.pk, now, reel) is None


def _planned(world, channel, kind):
    post = world.draft("Un.", channel=channel)
    post.variants.update(kind=kind)
    [row] = planning.schedule(post, planning.wall_time("2026-12-01 09:00"), by=world.intern)
    return row


def test_a_network_with_an_own_quota_is_kept_within_it(world, monkeypatch):
    from publishers import _limits

    known = _limits.limits("instagram")
    channel = world.add_channel("instagram")
    quota = known.limits.get("posts_per_day")
    assert pace.posts_per_day(channel) == (int(quota.number) if quota else pace.HOUSE)


def test_a_pause_asked_for_the_whole_account_is_kept_for_all_of_its_posts(world, monkeypatch):
    first, second = world.scheduled(minutes=1, text="Un."), world.scheduled(minutes=2, text="Deux.")
    commit = Outbox.commit
    calls = does(monkeypatch, "commit", TryLater(WHY, retry_after=300, scope="channel"))
    with later(3) as clock:
        delivery.tick()
        delivery.tick()
        assert len(calls) == 1, "the second post does not even ask"
        clock.shift(timedelta(minutes=4, seconds=50))
        delivery.tick()
        assert len(calls) == 1
        monkeypatch.setattr(Outbox, "commit", commit)
        clock.shift(timedelta(seconds=15))
        delivery.tick()
        delivery.tick()
    assert (state(first), state(second)) == (S.PUBLISHED, S.PUBLISHED)


# ---------------------------------------------------------------------------------------------- what is late


def test_of_several_late_posts_on_a_channel_only_the_first_goes_out_by_itself(world):
    other = world.add_channel("facebook")
    late = [world.scheduled(minutes=n + 1, text=f"{n} expulsions.") for n in range(3)]
    elsewhere = world.scheduled(minutes=2, text="Ailleurs.", channel=other)
    soon = world.scheduled(minutes=58, text="À l’heure.")
    with later(60):
        delivery.tick()
        delivery.tick()
    assert [state(p) for p in late] == [S.PUBLISHED, S.MISSED, S.MISSED]
    assert state(elsewhere) == S.PUBLISHED
    assert state(soon) == S.PUBLISHED, "a post that is on time is not asked about"


NIGHT = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)  # half past eleven in Calais


@pytest.mark.parametrize(("hours", "expected"), [(None, S.PUBLISHED), ((time(22), time(7)), S.MISSED)])
def test_a_late_post_does_not_go_out_by_itself_in_quiet_hours(world, settings, hours, expected):
    settings.PORTEVOIX_QUIET_HOURS = hours
    with time_machine.travel(NIGHT - timedelta(hours=3), tick=False) as clock:
        publication = world.scheduled(minutes=5)
        clock.move_to(NIGHT)
        delivery.tick()
    assert state(publication) == expected


def test_a_post_that_a_person_planned_for_the_night_goes_out_at_night(world, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    with time_machine.travel(NIGHT, tick=False) as clock:
        publication = world.scheduled(minutes=5)
        clock.shift(timedelta(minutes=6))
        delivery.tick()
    assert state(publication) == S.PUBLISHED


def test_a_persons_yes_sends_a_late_post_in_quiet_hours(world, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    with time_machine.travel(NIGHT - timedelta(hours=3), tick=False) as clock:
        publication = world.scheduled(minutes=5)
        clock.move_to(NIGHT)
        delivery.tick()
        assert delivery.send_after_all(publication, by=world.coordinator)
        delivery.tick()
    assert state(publication) == S.PUBLISHED
    assert publication.wall_time == datetime(2026, 11, 25, 23, 30, tzinfo=UTC), "the calendar says when it really went"


# ---------------------------------------------------------------------------------------------- the watched clock


@pytest.mark.parametrize("jump", [-86_400, -61, 61, 3_600])
def test_a_jump_of_the_wall_clock_holds_everything_and_says_so(world, jump):
    from pipeline.delivery import clock

    clock.watch(1_000_000.0, 50.0)
    assert clock.watch(1_000_010.0 + jump, 60.0) == timedelta(seconds=jump)
    (hold,) = delivery.active_holds()
    assert hold.channel is None and hold.by is None and "clock" in hold.why["msgid"]
    assert clock.watch(1_000_020.0 + jump, 70.0) is None, "said once"


def test_sleep_drift_small_steps_and_a_restart_are_no_jump(world, monkeypatch):
    from pipeline.delivery import clock

    wall, still = 1_000_000.0, 50.0
    clock.watch(wall, still)
    for _day in range(200):  # half a second a day, and a night of sleep that both clocks count
        wall, still = wall + 40_000.5, still + 40_000.0
        assert clock.watch(wall, still) is None
    monkeypatch.setattr(clock, "boot", lambda: "another boot")
    assert clock.watch(wall + 7_200, 3.0) is None
    assert delivery.active_holds() == []


def test_the_order_of_a_tick_is_by_time(world, monkeypatch):
    late, early = world.scheduled(minutes=3, text="Deux."), world.scheduled(minutes=1, text="Un.")
    with later():
        assert engine.tick().handled == [early.pk, late.pk]
