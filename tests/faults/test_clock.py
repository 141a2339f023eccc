"""Clocks that change, jump and stand still: each post goes out once at its instant, or is listed and asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery, drafts, planning, review
from pipeline.delivery import clock, late
from pipeline.errors import Refused
from pipeline.models import Beat, Hold, PostKind, Publication, PublicationState, VariantText
from pipeline.planning import times
from publishers._base import Sentence
from tests.faults import scripted
from tests.faults.nights import Wall, nights
from tests.faults.tally import Tally
from tests.worlds import World

pytestmark = pytest.mark.faults
S = PublicationState
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
QUIET = (time(22), time(7))


class Desk:
    """Approved posts on scripted accounts, and a clock in the hand."""

    def __init__(self, folder) -> None:
        self.world, self.number = World(folder), 0
        self.accounts = [
            channels.add(name, scripted.Scripted.platform, {}, by=self.world.administrator) for name in ("a", "b")
        ]
        self.platform = scripted.Scripted.there

    def post(self, at: planning.WallTime, *, kind: str = "evergreen", account: int = 0) -> tuple[str, Publication]:
        """The token that the post's text carries, and its publication."""
        self.number += 1
        token, by = f"«{self.number}»", self.world.intern
        piece = drafts.Piece(self.accounts[account], {"fr": f"{token} à son heure"})
        post = drafts.create("Heure", [piece], by=by, kind=PostKind(kind))
        for row in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(row, by=by)
        review.approve(review.submit(post, by=by), by=self.world.coordinator)
        (row,) = planning.schedule(post, at, by=by, in_quiet_time=True)
        return token, row

    def out(self, token: str) -> list[datetime]:
        """When the network took the post, by its own list."""
        return [request.at for request in self.platform.out() if token in request.submission]


@pytest.fixture
def desk(db, home, tmp_path, settings) -> Iterator[Desk]:
    settings.PORTEVOIX_QUIET_HOURS = QUIET
    with scripted.installed():
        yield Desk(tmp_path)


def paris(text: str) -> planning.WallTime:
    return planning.wall_time(text, zone="Europe/Paris", fold=0)


def at(text: str) -> datetime:
    """A literal UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---------------------------------------------------------------------------------- nights on which clocks change


def night_faults(desk: Desk, night: list[Wall]) -> list[list[str]]:
    """For each wall time of the night, typed two days before, and for both of a double one: what is wrong with it."""
    instants = [instant for wall in night for instant in wall.instants]
    told: list[tuple[str, Wall, datetime, list[str]]] = []
    found = []
    with time_machine.travel(min(instants) - 2 * DAY, tick=False) as traveller:
        for wall in night:
            asked = refusal_faults(wall)
            if len(wall.instants) != 1 or asked:  # skipped, asked about, or wrongly so
                found.append(asked)
            for fold, instant in enumerate(wall.instants):
                typed = planning.wall_time(wall.text, zone=wall.zone, fold=fold)
                token, row = desk.post(typed)
                told.append((token, wall, instant, kept_faults(row, wall, fold, instant)))
        walk(traveller, min(instants), max(instants))
        for token, wall, instant, faults in told:
            if desk.out(token) != [instant]:
                faults.append(f"{wall.text} {wall.zone}: out at {desk.out(token)}, not once at {instant}")
            found.append(faults)
    return found


def walk(traveller, first: datetime, last: datetime) -> None:
    """Ticks a second before and at each half hour of the night."""
    moment = first
    while moment <= last + HOUR:
        for step in (moment - SECOND, moment):
            traveller.move_to(step)
            delivery.tick()
        moment += 30 * MINUTE


def kept_faults(row: Publication, wall: Wall, fold: int, instant: datetime) -> list[str]:
    row.refresh_from_db()
    kept = (f"{row.wall_time:%Y-%m-%d %H:%M}", row.zone, row.fold, row.due_at)
    return [] if kept == (wall.text, wall.zone, fold, instant) else [f"{wall} was kept as {kept}"]


def refusal_faults(wall: Wall) -> list[str]:
    """A time that exists once is taken as it is; a skipped one is refused with its neighbours, a double one asked."""
    try:
        planning.wall_time(wall.text, zone=wall.zone)
    except Refused as refusal:
        said = refusal.sentence.text("en")
        wanted = wall.nearest or (["first", "second"] if len(wall.instants) > 1 else ["never"])
        return [] if all(word in said for word in wanted) else [f"{wall}: {said}"]
    return [] if len(wall.instants) == 1 else [f"{wall} was taken without a question"]


def test_on_nights_when_clocks_change_each_post_goes_out_once_at_its_instant(desk, capsys):
    tally = Tally("clock: nights", "sqlite", capsys)
    for night in nights():
        for faults in night_faults(desk, night):
            tally.case(*faults)
    tally.close(228)


def test_without_the_fold_the_second_hour_goes_out_in_the_first(desk, monkeypatch):
    """The broken variant: what the person said about a double hour is not used."""
    resolve = times._resolve
    monkeypatch.setattr(times, "_resolve", lambda wall, zone, fold: resolve(wall, zone, 0))
    faults = [fault for found in night_faults(desk, nights()[1]) for fault in found]
    assert any("without a question" in fault for fault in faults)
    assert any("not once at" in fault for fault in faults)
    Tally("clock: nights", "sqlite").broken("the fold is not used", f"{len(faults)} faults in one night")


LEAP = {
    "Europe/Paris": "2028-02-28T23:30",
    "Europe/London": "2028-02-29T00:30",
    "America/New_York": "2028-02-29T05:30",
    "Africa/Addis_Ababa": "2028-02-28T21:30",
    "Australia/Lord_Howe": "2028-02-28T13:30",
}


@pytest.mark.parametrize("zone", LEAP)
def test_a_leap_day_is_a_day(desk, zone):
    instant = at(LEAP[zone])
    with time_machine.travel(instant - DAY, tick=False) as traveller:
        token, _row = desk.post(planning.wall_time("2028-02-29 00:30", zone=zone))
        walk(traveller, instant - HOUR, instant)
        assert desk.out(token) == [instant]
        with pytest.raises(Refused, match="is not a time"):
            planning.wall_time("2027-02-29 00:30", zone=zone)


# ----------------------------------------------------------------------------------------- nobody was there for a while

AWAY = [
    # due (Paris, winter: UTC+1), the first tick after it, and what becomes of news and of an evergreen post
    ("2026-12-02 10:00", "2026-12-02T09:00:00", "out", "out"),
    ("2026-12-02 10:00", "2026-12-02T09:00:01", "out", "out"),
    ("2026-12-02 10:00", "2026-12-02T09:01:00", "out", "out"),
    ("2026-12-02 10:00", "2026-12-02T09:14:59", "out", "out"),
    ("2026-12-02 10:00", "2026-12-02T09:15:00", "out", "out"),
    ("2026-12-02 10:00", "2026-12-02T09:15:01", "missed", "out"),
    ("2026-12-02 10:00", "2026-12-02T10:00:00", "missed", "out"),
    ("2026-12-02 08:00", "2026-12-02T18:59:59", "missed", "out"),
    ("2026-12-02 08:00", "2026-12-02T19:00:00", "missed", "out"),
    ("2026-12-02 08:00", "2026-12-02T19:00:01", "missed", "missed"),
    ("2026-12-02 08:00", "2026-12-02T20:00:00", "missed", "missed"),
    ("2026-12-02 10:00", "2026-12-03T09:00:00", "missed", "missed"),
    ("2026-12-02 10:00", "2026-12-04T09:00:00", "missed", "missed"),
    ("2026-12-02 10:00", "2026-12-09T09:00:00", "missed", "missed"),
    # at night: on time goes out, late does not, whatever its kind, until seven in the morning
    ("2026-12-02 23:30", "2026-12-02T22:30:00", "out", "out"),
    ("2026-12-02 21:50", "2026-12-02T21:04:59", "out", "out"),
    ("2026-12-02 21:50", "2026-12-02T21:05:01", "missed", "missed"),
    ("2026-12-02 21:00", "2026-12-02T20:59:59", "missed", "out"),
    ("2026-12-02 21:00", "2026-12-02T21:00:00", "missed", "missed"),
    ("2026-12-02 23:00", "2026-12-03T05:59:59", "missed", "missed"),
    ("2026-12-02 23:00", "2026-12-03T06:00:00", "missed", "out"),
    ("2026-12-03 06:50", "2026-12-03T05:59:59", "out", "out"),
    # the night that is an hour longer: from one in summer time to seven in winter time are seven hours
    ("2027-10-31 01:00", "2027-10-31T05:59:59", "missed", "missed"),
    ("2027-10-31 01:00", "2027-10-31T06:00:00", "missed", "out"),
    # and the one that is an hour shorter
    ("2027-03-28 01:00", "2027-03-28T04:59:59", "missed", "missed"),
    ("2027-03-28 01:00", "2027-03-28T05:00:00", "missed", "out"),
]


def away_faults(desk: Desk, due: str, back: str, kind: str, wanted: str) -> list[str]:
    with time_machine.travel(paris(due).instant - DAY, tick=False) as traveller:
        token, row = desk.post(paris(due), kind=kind)
        traveller.move_to(at(back))
        delivery.tick()
        found = "out" if desk.out(token) else "missed"
        for hours in (0, 1, 12, 48):  # and it stays so
            traveller.move_to(at(back) + hours * HOUR)
            delivery.tick()
        row.refresh_from_db()
        ends = {"out": {S.PUBLISHED, S.VERIFIED}, "missed": {S.MISSED}}[found]
        wrong = [] if found == wanted else [f"{kind} due {due}, back {back}: {found} instead of {wanted}"]
        if len(desk.out(token)) != (found == "out") or row.state not in ends:
            wrong.append(f"{kind} due {due}, back {back}: {len(desk.out(token))} times out, {row.state}")
        if found == "missed" and not Sentence.from_json(row.error or {"msgid": ""}).text("fr"):
            wrong.append(f"{kind} due {due}: missed without a sentence")
        return wrong


def test_after_any_downtime_each_post_is_out_once_or_listed_as_its_kind_demands(desk, capsys):
    tally = Tally("clock: downtime", "sqlite", capsys)
    for due, back, news, evergreen in AWAY:
        tally.case(*away_faults(desk, due, back, "news", news))
        tally.case(*away_faults(desk, due, back, "evergreen", evergreen))
    tally.close(2 * len(AWAY))


def test_without_the_late_policy_everything_late_goes_out(desk, monkeypatch):
    """The broken variant: nothing is ever too late."""
    monkeypatch.setattr(late, "sweep", lambda _now: 0)
    monkeypatch.setattr(late, "is_late", lambda *_anything: False)
    (fault, *_more) = away_faults(desk, "2026-12-02 10:00", "2026-12-09T09:00:00", "news", "missed")
    Tally("clock: downtime", "sqlite").broken("nothing is too late", fault)


def test_of_several_late_posts_on_a_channel_only_the_first_goes_by_itself(desk):
    with time_machine.travel(at("2026-12-01T08:00"), tick=False) as traveller:
        first, _row = desk.post(paris("2026-12-02 10:00"))
        others = [desk.post(paris(f"2026-12-02 10:{minute}")) for minute in ("05", "10", "20")]
        elsewhere, _row = desk.post(paris("2026-12-02 10:07"), account=1)
        today, _row = desk.post(paris("2026-12-02 12:00"))
        traveller.move_to(at("2026-12-02T10:50"))
        for _tick in range(3):
            delivery.tick()
            traveller.shift(2 * MINUTE)
        assert len(desk.out(first)) == len(desk.out(elsewhere)) == 1
        for token, row in others:
            row.refresh_from_db()
            assert desk.out(token) == []
            assert row.state == S.MISSED
            assert "only the first" in row.error["msgid"]
        traveller.move_to(at("2026-12-02T11:00"))
        delivery.tick()
        assert desk.out(today) == [at("2026-12-02T11:00")], "what is on time is not held up"
        token, row = others[1]
        assert delivery.send_after_all(row, by=desk.world.coordinator)
        delivery.tick()
        assert len(desk.out(token)) == 1


# ------------------------------------------------------------------------------------------------- the clock jumps

JUMPS = [timedelta(hours=1), timedelta(hours=-1), DAY, -DAY]
BEFORE = [timedelta(hours=-3), timedelta(minutes=-10), timedelta(seconds=-1)]  # the last tick before the jump, from due
AFTER = [timedelta(seconds=1), timedelta(minutes=10)]


def jump_faults(desk: Desk, last: timedelta, jump: timedelta, kind: str) -> list[str]:
    """The clock jumps after a tick at due + `last`, then runs on for two and a half days, with a tick now and then."""
    due = at("2026-12-09T09:00")
    with time_machine.travel(due - 2 * DAY, tick=False) as traveller:
        token, row = desk.post(paris("2026-12-09 10:00"), kind=kind)
        traveller.move_to(due + last)
        delivery.tick()
        already = bool(desk.out(token))
        landed = due + last + jump
        later = [landed + n * 3 * HOUR for n in range(20)]
        # A scheduler that lives ticks at the time itself, each time that the clock comes by it.
        for moment in sorted([*later, due] if landed <= due else later):
            traveller.move_to(moment)
            delivery.tick()
        row.refresh_from_db()
        times = desk.out(token)
    lost = not already and landed - due > (15 * MINUTE if kind == "news" else 12 * HOUR)
    wanted = 0 if lost else 1
    name = f"{kind}: last tick at {last} from due, then a jump of {jump}"
    wrong = [] if len(times) == wanted else [f"{name}: out {len(times)} times, not {wanted}"]
    if any(one < due for one in times):
        wrong.append(f"{name}: out at {times}, before it was due")
    ends = {S.MISSED} if lost else {S.PUBLISHED, S.VERIFIED}
    return wrong if row.state in ends else [*wrong, f"{name}: ended as {row.state}"]


def test_a_clock_that_jumps_between_ticks_neither_doubles_nor_loses_a_post(desk, capsys):
    tally = Tally("clock: jumps", "sqlite", capsys)
    for last in (*BEFORE, *AFTER):
        for jump in JUMPS:
            for kind in ("news", "evergreen"):
                tally.case(*jump_faults(desk, last, jump, kind))
    tally.close(40)


# ------------------------------------------------------------------------------------------- the clock is watched

# (what the wall clock shows later than before, what the steady one does, in seconds; whether that is a jump)
LOOKS = {
    "two seconds pass": (2, 2, False),
    "an hour passes without a look": (3_600, 3_600, False),
    "a laptop sleeps for a night": (30_000, 30_000, False),
    "set forward a little": (61.5, 2, False),
    "set forward by more than a minute": (63, 2, True),
    "set back a little": (-57.5, 2, False),
    "set back by more than a minute": (-60, 2, True),
    "an hour forward": (3_602, 2, True),
    "an hour back": (-3_598, 2, True),
    "a day forward": (86_402, 2, True),
    "a day back": (-86_398, 2, True),
    "set right after a night's sleep": (30_100, 30_000, True),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_jump_of_the_clock_pulls_a_hold_and_says_so(desk, name):
    wall, still, jumped = LOOKS[name]
    assert clock.watch(1_000_000.0, 500.0) is None
    moved = clock.watch(1_000_000.0 + wall, 500.0 + still)
    assert (moved is not None) == jumped
    holds = list(Hold.objects.filter(released_at=None))
    assert len(holds) == jumped
    if jumped:
        assert holds[0].channel is None
        for lang in ("fr", "en"):
            assert f"{wall - still:+.0f}" in Sentence.from_json(holds[0].why).text(lang)
    assert clock.watch(1_000_002.0 + wall, 502.0 + still) is None, "said once"


def test_while_the_clock_is_doubted_nothing_goes_out_until_a_person_releases_it(desk):
    with time_machine.travel(at("2026-12-01T09:00"), tick=False) as traveller:
        tomorrow, _row = desk.post(paris("2026-12-02 10:00"))
        clock.watch(timezone.now().timestamp(), 500.0)
        traveller.move_to(at("2026-12-02T09:00:02"))  # a day forward within two steady seconds
        assert clock.watch(timezone.now().timestamp(), 502.0) is not None
        delivery.tick()
        assert desk.out(tomorrow) == []
        traveller.move_to(at("2026-12-01T09:01"))
        clock.watch(timezone.now().timestamp(), 560.0)  # set right: a jump too, and the hold stays
        assert Hold.objects.filter(released_at=None).count() == 1
        assert delivery.release(by=desk.world.coordinator)
        traveller.move_to(at("2026-12-02T09:00"))
        delivery.tick()
        assert desk.out(tomorrow) == [at("2026-12-02T09:00")]


def test_a_slow_drift_is_never_a_jump(desk):
    wall, still = 1_000_000.0, 500.0
    for _look in range(400):
        wall, still = wall + 2.4, still + 2.0  # 160 seconds in all
        assert clock.watch(wall, still) is None
    assert not Hold.objects.exists()


def test_a_restart_of_the_machine_is_no_jump(desk, monkeypatch):
    assert clock.watch(1_000_000.0, 90_000.0) is None
    monkeypatch.setattr(clock, "boot", lambda: "another start")
    assert clock.watch(1_000_300.0, 12.0) is None
    assert not Hold.objects.exists()
    assert clock.watch(1_003_902.0, 14.0) is not None, "and is watched from there on"


def test_a_jump_between_two_processes_of_one_boot_is_seen(desk):
    """What is compared is in the store, not in the process."""
    clock.watch(1_000_000.0, 500.0)
    assert Beat.objects.get(name=clock.BEAT).details
    assert clock.watch(1_010_000.0, 502.0) is not None


def test_new_rules_of_a_zone_are_shown_as_a_difference_and_move_nothing(desk):
    with time_machine.travel(at("2026-12-01T09:00"), tick=False):
        _token, row = desk.post(paris("2026-12-02 10:00"))
        # As if the zone's rules had been different when the time was chosen.
        Publication.objects.filter(pk=row.pk).update(due_at=at("2026-12-02T08:00"))
        (shifted,) = delivery.status().shifted
        assert (shifted.publication, shifted.due_at, shifted.would_be) == (
            row.pk, at("2026-12-02T08:00"), at("2026-12-02T09:00"),
        )  # fmt: skip
        assert Publication.objects.get().due_at == at("2026-12-02T08:00")
