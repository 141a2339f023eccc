"""A request whose answer was lost may be out, whatever becomes of the post afterwards, until the network was asked."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery, drafts, planning, review
from pipeline.delivery import claims, reconcile, rows
from pipeline.errors import Refused
from pipeline.models import Publication, PublicationState
from tests.faults import scripted
from tests.worlds import World

S = PublicationState


def carried(tmp_path, settings, *moods: str, minutes: int = 12):
    """The publication after so many minutes of ticks on a network in these moods, its states, and what is out."""
    settings.PORTEVOIX_QUIET_HOURS = None
    with scripted.installed() as platform:
        world, states = World(tmp_path), []
        channel = channels.add("exact", "scripted_exactly_once", {}, by=world.administrator)
        row = world.scheduled(minutes=1, channel=channel)
        platform.moods.extend(moods)
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False) as clock:
            for _half_minute in range(2 * minutes):
                delivery.tick()
                row.refresh_from_db()
                states.append(row.state)
                if row.state == S.UNCERTAIN:
                    with pytest.raises(Refused, match="already out, or on its way"):
                        drafts.set_text(row.variant, "fr", "Autre chose.", by=world.intern)
                clock.shift(timedelta(seconds=30))
            return row, states, len(platform.out())


@pytest.mark.django_db
def test_what_a_network_takes_late_after_refusing_its_repetition_is_found(home, tmp_path, settings):
    row, states, out = carried(tmp_path, settings, "late", "rejects")
    assert out == 1 and S.FAILED not in states
    assert row.state in (S.PUBLISHED, S.VERIFIED) and row.receipt.url


@pytest.mark.django_db
def test_what_it_never_takes_fails_with_its_reason_once_that_is_sure(home, tmp_path, settings):
    row, states, out = carried(tmp_path, settings, "loses the request", "rejects", "rejects")
    assert out == 0 and row.state == S.FAILED and row.error["msgid"] == "Never."
    assert states.index(S.FAILED) >= 10, "five minutes after the doubt, not before"


MINUTE = timedelta(minutes=1)


@pytest.fixture
def lost(home, tmp_path, settings):
    """A function of what the network does with a request, whose answer is lost, and of what keeps the repetition off.

    It gives the world, the publication, which is back in the queue, and the clock.
    """
    settings.PORTEVOIX_QUIET_HOURS = None
    with ExitStack() as held:
        platform = held.enter_context(scripted.installed())

        def begin(mood: str, then: str):
            world = World(tmp_path)
            channel = channels.add("exact", "scripted_exactly_once", {}, by=world.administrator)
            row = world.scheduled(minutes=1, channel=channel)
            platform.moods.extend([mood, "later"])
            clock = held.enter_context(time_machine.travel(row.due_at + timedelta(seconds=1), tick=False))
            delivery.tick()
            if then == "held":
                delivery.pull(None, by=world.intern)
            delivery.tick()
            if then == "late":  # at night, on a network that asked to be left alone
                rows.pause_channel(channel, timezone.now() + 25 * MINUTE)
                start = timezone.localtime() + 10 * MINUTE
                settings.PORTEVOIX_QUIET_HOURS = (start.time(), (start + timedelta(hours=9)).time())
            row.refresh_from_db()
            assert row.state == S.SCHEDULED and row.doubt_since
            return world, row, clock

        yield begin


def refuses_all_change(world: World, row) -> None:
    tomorrow = planning.wall_time((timezone.now() + timedelta(days=1)).isoformat())
    with pytest.raises(Refused, match="already out, or on its way"):
        drafts.set_text(row.variant, "fr", "Autre chose.", by=world.intern)
    assert not planning.move(row, tomorrow, by=world.coordinator, in_quiet_time=True)
    assert not planning.cancel(row, by=world.coordinator)


@pytest.mark.django_db
@pytest.mark.parametrize("then", ["held", "late"])
def test_what_arrives_late_while_its_repetition_is_kept_off_is_found_and_never_called_missed(lost, then):
    world, row, clock = lost("late", then)
    for _minute in range(40):
        refuses_all_change(world, row)
        clock.shift(MINUTE)
        delivery.tick()
        row.refresh_from_db()
        assert row.state != S.MISSED
    assert row.state in (S.PUBLISHED, S.VERIFIED) and row.receipt.url and len(scripted.Scripted.there.out()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("then", ["held", "late"])
def test_what_never_arrives_is_free_again_once_the_network_was_asked(lost, then):
    world, row, clock = lost("loses the request", then)
    for _minute in range(40):
        clock.shift(MINUTE)
        delivery.tick()
    row.refresh_from_db()
    assert row.doubt_since is None and scripted.Scripted.there.out() == []
    assert row.state == (S.SCHEDULED if then == "held" else S.MISSED)
    drafts.set_text(row.variant, "fr", "Autre chose.", by=world.intern)
    assert planning.cancel(row, by=world.coordinator)


@pytest.mark.django_db
def test_what_may_be_out_stays_in_doubt_when_its_post_is_asked_about_again(lost):
    world, row, clock = lost("late", "held")
    review.ask_again(row.variant.post, by=world.intern)
    for _minute in range(20):
        clock.shift(MINUTE)
        delivery.tick()
        row.refresh_from_db()
        assert row.state not in (S.PLANNED, S.MISSED)
    assert row.state in (S.PUBLISHED, S.VERIFIED) and len(scripted.Scripted.there.out()) == 1


@pytest.mark.django_db
def test_what_is_not_out_leaves_the_queue_where_its_post_is_not_approved_any_more(lost):
    world, row, clock = lost("loses the request", "held")
    review.ask_again(row.variant.post, by=world.intern)
    delivery.release(None, by=world.coordinator)
    for _minute in range(9):
        clock.shift(MINUTE)
        delivery.tick()
    row.refresh_from_db()
    assert row.doubt_since is None and row.state in (S.PLANNED, S.MISSED) and scripted.Scripted.there.out() == []


@pytest.mark.django_db
def test_the_variant_that_takes_a_doubt_off_the_queue_is_found_out(lost, monkeypatch):
    def unplanned(post):
        Publication.objects.filter(variant__post=post, state=S.SCHEDULED).update(state=S.PLANNED, item=None)

    monkeypatch.setattr(review, "unplan", unplanned)
    with pytest.raises(AssertionError):
        test_what_may_be_out_stays_in_doubt_when_its_post_is_asked_about_again(lost)


@pytest.mark.django_db
def test_the_variant_in_which_time_alone_ends_a_doubt_is_found_out(lost, monkeypatch):
    monkeypatch.setattr(reconcile, "in_doubt", lambda now: claims.to_look_into(now).filter(state=S.UNCERTAIN))
    with pytest.raises(AssertionError):
        test_what_arrives_late_while_its_repetition_is_kept_off_is_found_and_never_called_missed(lost, "held")


@pytest.mark.django_db
def test_the_variant_that_believes_the_refusal_is_found_out(home, tmp_path, settings, monkeypatch):
    monkeypatch.setattr(rows, "failed", lambda row, why, outcome="": rows._ended(row, S.FAILED, why, outcome))
    with pytest.raises(AssertionError):
        test_what_a_network_takes_late_after_refusing_its_repetition_is_found(home, tmp_path, settings)
