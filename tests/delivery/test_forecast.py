"""What a tick would do is foretold, then a tick is done: both are held against a table written by hand."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core import serializers
from django.utils import timezone

from pipeline import delivery, planning
from pipeline.delivery import claims, late, recover
from pipeline.models import SETTLE, AuditEntry, Channel, Hold, PostKind, Publication, PublicationState, VariantText
from pipeline.rendering import store
from publishers._base import Pending, Receipt
from publishers.outbox import Outbox

S = PublicationState
NOON = datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
NIGHT = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)  # half past eleven in Calais
SENT, PREPARED, MISSED, FAILED, LOOKED_UP, TAKEN_BACK, WAITS = delivery.Becomes

CASES = {}


def case(at=NOON, lead=0):
    """A case: made the day before, looked at `at`; it gives the rows by what becomes of each, with a word of why."""

    def known(make):
        CASES[make.__name__.replace("_", " ").strip()] = (make, at, timedelta(minutes=lead))
        return make

    return known


class Rows:
    """Posts in a calendar, due so many minutes before or after the moment of the case."""

    def __init__(self, world, at):
        self.world, self.at, self.count = world, at, 0

    def due(self, minutes, *, approved=True, **more):
        self.count += 1
        make = self.world.approved if approved else self.world.draft
        post = make(f"{self.count} expulsions à Calais.", **more)
        when = planning.wall_time((self.at + timedelta(minutes=minutes)).isoformat())
        return planning.schedule(post, when, by=self.world.intern, in_quiet_time=True)[0]


def change(row, **fields):
    Publication.objects.filter(pk=row.pk).update(**fields)


@case()
def what_is_due_goes_out(rows, world):
    return {rows.due(-1): (SENT, "It is due."), rows.due(5): None}


@case()
def several_on_time_all_go_out(rows, world):
    return {rows.due(-10): (SENT, "due"), rows.due(-5): (SENT, "due"), rows.due(-1): (SENT, "due")}


@case(lead=20)
def what_takes_long_is_prepared_early_but_only_the_channels_next(rows, world):
    other = world.add_channel("facebook")
    return {
        rows.due(15): (PREPARED, "12:45"), rows.due(18): None,
        rows.due(12, channel=other): (PREPARED, "12:42"), rows.due(40, channel=other): None,
    }  # fmt: skip


@case(lead=20)
def what_goes_out_or_is_listed_makes_way_for_preparing(rows, world):
    other = world.add_channel("facebook")
    return {
        rows.due(-1): (SENT, "due"), rows.due(10): (PREPARED, "12:40"), rows.due(12): None,
        rows.due(-20, channel=other, kind=PostKind.NEWS): (MISSED, "in time"),
        rows.due(10, channel=other): (PREPARED, "12:40"),
    }  # fmt: skip


@case(lead=20)
def what_is_held_up_does_not_make_way(rows, world):
    first = rows.due(-1)
    change(first, next_try_at=NOON + timedelta(minutes=2))
    return {first: (WAITS, "12:32"), rows.due(10): None}


@case()
def news_is_asked_about_and_evergreen_goes_out_late(rows, world):
    other = world.add_channel("facebook")
    return {
        rows.due(-20, kind=PostKind.NEWS): (MISSED, "in time"),
        rows.due(-20, channel=other): (SENT, "not too late"),
    }  # fmt: skip


@case()
def evergreen_of_yesterday_is_asked_about(rows, world):
    return {rows.due(-13 * 60): (MISSED, "in time")}


@case()
def of_several_late_only_the_first_goes_out(rows, world):
    return {
        rows.due(-60): (SENT, "not too late"), rows.due(-50): (MISSED, "Several"), rows.due(-40): (MISSED, "Several"),
        rows.due(-5): (SENT, "due"),
    }  # fmt: skip


@case()
def what_is_too_late_itself_does_not_keep_the_next_late_one_back(rows, world):
    return {
        rows.due(-14 * 60): (MISSED, "in time"), rows.due(-20, kind=PostKind.NEWS): (MISSED, "in time"),
        rows.due(-18): (SENT, "not too late"), rows.due(-17): (MISSED, "Several"),
    }  # fmt: skip


@case(at=NIGHT)
def at_night_nothing_late_goes_out(rows, world):
    return {rows.due(-20): (MISSED, "quiet"), rows.due(-1): (SENT, "due")}


@case()
def what_nobody_approved_is_listed(rows, world):
    return {rows.due(-1, approved=False): (MISSED, "approved"), rows.due(1, approved=False): None}


@case()
def on_hold_what_is_due_waits_and_what_is_too_late_is_listed(rows, world):
    delivery.pull(by=world.intern)
    return {
        rows.due(-1): (WAITS, "Everything is on hold"), rows.due(-20): (WAITS, "Everything is on hold"),
        rows.due(-20, kind=PostKind.NEWS): (MISSED, "in time"),
    }  # fmt: skip


@case()
def a_hold_on_one_channel_is_that_channels(rows, world):
    other = world.add_channel("facebook")
    delivery.pull(other, by=world.intern)
    return {rows.due(-1): (SENT, "due"), rows.due(-1, channel=other): (WAITS, "facebook is on hold")}


@case()
def closed_paused_and_unused_channels_keep_their_posts(rows, world):
    closed, paused, unused = (world.add_channel("facebook", name) for name in ("closed", "paused", "unused"))
    found = {
        rows.due(-1, channel=closed): (WAITS, "credentials"), rows.due(-1, channel=paused): (WAITS, "13:00"),
        rows.due(-1, channel=unused): (WAITS, "out of use"),
    }  # fmt: skip
    Channel.objects.filter(pk=closed.pk).update(authorised=False)
    Channel.objects.filter(pk=paused.pk).update(paused_until=NOON + timedelta(minutes=30))
    Channel.objects.filter(pk=unused.pk).update(active=False)
    return found


@case()
def an_account_sends_what_its_day_allows(rows, world):
    Channel.objects.update(posts_per_day=10)  # two at once
    return {rows.due(-3): (SENT, "due"), rows.due(-2): (SENT, "due"), rows.due(-1): (WAITS, "as many posts as it may")}


@case()
def what_changed_after_its_approval_fails(rows, world):
    changed = rows.due(-1)
    VariantText.objects.filter(variant=changed.variant).update(text="133 expulsions.")
    return {changed: (FAILED, "changed"), rows.due(-1): (SENT, "due")}


@case()
def a_machine_without_the_disk_keeps_its_posts(rows, world):
    row = rows.due(-1)
    shutil.rmtree(store.folder())
    return {row: (WAITS, "disk")}


@case()
def a_post_behind_one_that_is_being_sent_waits(rows, world):
    first, second = rows.due(-2), rows.due(-1)
    assert claims.take(Publication.objects.get(pk=first.pk), "elsewhere:1:1:0", timezone.now())
    change(first, lease_until=NOON + timedelta(minutes=10))
    return {first: None, second: (WAITS, "Another post")}


@case()
def what_a_dead_worker_left_is_taken_up(rows, world):
    row = rows.due(-1)
    assert claims.take(Publication.objects.get(pk=row.pk), recover.worker_name(pid=2**22 + 1), timezone.now())
    return {row: (TAKEN_BACK, "taken up anew")}


@case()
def doubts_are_looked_up(rows, world):
    unsure, accepted, resting = rows.due(-9), rows.due(-8), rows.due(-7)
    change(unsure, state=S.UNCERTAIN, doubt_since=NOON)
    change(accepted, state=S.PENDING)
    change(resting, state=S.UNCERTAIN, doubt_since=NOON, next_try_at=NOON + timedelta(minutes=1))
    return {unsure: (LOOKED_UP, "asked"), accepted: (LOOKED_UP, "asked"), resting: None}


@case()
def what_went_back_in_doubt_is_looked_up_before_it_is_sent(rows, world):
    row = rows.due(-9)
    change(row, doubt_since=NOON - SETTLE)
    return {row: (LOOKED_UP, "asked")}


def follows(told, before, after):
    """Whether what a tick made of a row is what was foretold; a row of which nothing was told stays untouched."""
    if told is None:
        return (after.state, after.fence) == (before.state, before.fence)
    if told == WAITS:
        return after.state == before.state and not after.tries.exists()
    if told in (LOOKED_UP, TAKEN_BACK):
        return after.fence > before.fence
    return after.state == {SENT: S.PUBLISHED, PREPARED: S.PREPARED, MISSED: S.MISSED, FAILED: S.FAILED}[told]


def stored():
    models = (Publication, Channel, Hold, AuditEntry)
    return [serializers.serialize("json", model.objects.order_by("pk")) for model in models]


def made(name, world, settings, monkeypatch, clock):
    """The rows of a case with what the table says of each; the clock stands at its moment."""
    make, at, lead = CASES[name]
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    monkeypatch.setattr(Outbox, "lead", lead)
    monkeypatch.setattr(Outbox, "check", lambda *_: Pending(saved={}))
    monkeypatch.setattr(Outbox, "find", lambda *_: Receipt(id="there", url="https://example.org/there"))
    clock.move_to(at - timedelta(days=1))
    table = make(Rows(world, at), world)
    clock.move_to(at)
    return table


@pytest.fixture
def clock():
    with time_machine.travel(NOON - timedelta(days=2), tick=False) as traveller:
        yield traveller


def compared(table):
    """What was foretold of each row, and the rows that a tick treated otherwise; foretelling changes nothing."""
    before, rows = stored(), {row.pk: Publication.objects.get(pk=row.pk) for row in table}
    told = {one.publication.pk: one for one in delivery.forecast(timezone.now())}
    assert stored() == before
    delivery.tick()
    wrong = []
    for pk, row in rows.items():
        becomes = told[pk].becomes if pk in told else None
        if not follows(becomes, row, Publication.objects.get(pk=pk)):
            wrong.append((pk, becomes))
    return told, wrong


@pytest.mark.parametrize("name", CASES)
def test_a_tick_does_what_was_foretold_and_foretelling_changes_nothing(name, world, settings, monkeypatch, clock):
    table = made(name, world, settings, monkeypatch, clock)
    foretold = [one.publication.pk for one in delivery.forecast(timezone.now())]
    told, wrong = compared(table)
    assert sorted(foretold) == sorted(told)  # each once
    expected = {row.pk: becomes for row, becomes in table.items()}
    assert {pk: one.becomes for pk, one in told.items()} == {pk: e[0] for pk, e in expected.items() if e}
    assert all(expected[pk][1] in str(one.why) for pk, one in told.items())
    assert wrong == []


def no_late_policy(monkeypatch):
    real = late.not_by_itself
    asked = []

    def knows_nothing_at_first(now):  # the forecast asks first, the tick afterwards
        asked.append(now)
        return real(now) if len(asked) > 1 else iter(())

    monkeypatch.setattr(late, "not_by_itself", knows_nothing_at_first)


def nothing_makes_way(monkeypatch):
    real = claims.due
    monkeypatch.setattr(claims, "due", lambda now, gone=(): real(now))


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (no_late_policy, "news is asked about and evergreen goes out late"),
        (no_late_policy, "of several late only the first goes out"),
        (nothing_makes_way, "what goes out or is listed makes way for preparing"),
    ],
)
def test_the_comparison_notices_a_forecast_that_knows_less_than_the_engine(
    broken, name, world, settings, monkeypatch, clock
):
    table = made(name, world, settings, monkeypatch, clock)
    broken(monkeypatch)
    assert compared(table)[1]


def test_a_store_without_anything_due_has_no_forecast(world):
    assert delivery.forecast(timezone.now()) == []


# ---------------------------------------------------------------------------------------------- what comes next


def test_what_comes_next_says_the_hold_the_closed_channel_or_the_silent_scheduler_before_it_promises(world, clock):
    row = Rows(world, NOON).due(-1)
    assert "does not run" in str(delivery.next_step(row))
    delivery.tick()
    assert str(delivery.next_step(row)) == "It goes out at the next tick of the scheduler."
    Channel.objects.update(authorised=False)
    row.channel.refresh_from_db()
    assert "refuses the credentials" in str(delivery.next_step(row))
    delivery.pull(by=world.intern)
    assert "on hold" in str(delivery.next_step(row))
