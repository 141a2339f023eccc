"""Random plans by the command line and by the pages, over both nights of the change, in three zones: the same comes of
both, no opening is filled twice, wall times are kept, and nobody's post moves or goes without their being told.

The oracle is this file's own: Python's zoneinfo for instants, and a tally of who changed what.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from django.test import Client

from cli import main as portevoix
from pipeline import drafts
from pipeline.models import Notice, Publication, User
from pipeline.planning import slots

FEW, PLANS = 120, 500  # in every run, and in the fault suites
# The days before the clocks change in 2027: second Sunday of March and first of November there, last Sundays here.
NIGHTS = {
    "Europe/Paris": (datetime(2027, 3, 28), datetime(2027, 10, 31)),  # noqa: DTZ001 - a date on the wall
    "Europe/London": (datetime(2027, 3, 28), datetime(2027, 10, 31)),  # noqa: DTZ001
    "America/New_York": (datetime(2027, 3, 14), datetime(2027, 11, 7)),  # noqa: DTZ001
}
CASES = [(zone, night) for zone, nights in NIGHTS.items() for night in nights]
EACH = [-(-FEW // len(CASES)), pytest.param(-(-PLANS // len(CASES)), marks=pytest.mark.faults)]
HOURS = ("00:30", "01:15", "01:30", "02:00", "02:30", "03:00", "09:00", "12:00", "18:45")


@dataclass
class Door:
    """One way in: its people's sessions, its channels, its posts; what it did, as this file counts it."""

    name: str
    channels: list
    rows: list[int] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)


class Commands:
    """The command line, in this process."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def __call__(self, *words: object, by: User) -> bool:
        given = [str(word) for word in words if word is not None]
        done = CliRunner().invoke(portevoix, [*given, "--as", by.username, "--json"], input="pass\n")
        assert done.exit_code in (0, 1), done.output
        if done.exit_code == 0 and words[0] == "schedule":
            self.door.rows += [row["publication"] for row in json.loads(done.stdout)]
        return done.exit_code == 0

    def schedule(self, post, at, fold, by):
        return self("schedule", post.pk, *_when(at, fold), by=by)

    def move(self, row, at, fold, by):
        return self("move", row, *_when(at, fold), by=by)

    def swap(self, row, other, by):
        return self("swap", row, other, by=by)

    def cancel(self, row, by):
        return self("cancel", row, by=by)


def _when(at, fold):
    if at is None:
        return ["--next-slot"]
    return ["--at", f"{at:%Y-%m-%d %H:%M}", *(["--fold", fold] if fold is not None else [])]


class Pages:
    """The studio's forms."""

    def __init__(self, door: Door, users) -> None:
        self.door = door
        self.users, self.clients = users, {}

    def sign_in(self) -> None:
        """Each with a session of the day on which the plans are made."""
        for user in self.users:
            self.clients[user.pk] = Client()
            self.clients[user.pk].force_login(user)

    def schedule(self, post, at, fold, by):
        before = set(Publication.objects.values_list("pk", flat=True))
        path = f"/post/{post.pk}/schedule/" + ("next/" if at is None else "")
        self.clients[by.pk].post(path, _form(at, fold))
        made = sorted(set(Publication.objects.values_list("pk", flat=True)) - before)
        self.door.rows += made
        return bool(made)

    def _changes(self, row, path, given, by):
        post = Publication.objects.get(pk=row).variant.post_id
        before = _places()
        self.clients[by.pk].post(f"/post/{post}/publication/{row}/{path}/", given)
        return _places() != before

    def move(self, row, at, fold, by):
        return self._changes(row, "next" if at is None else "move", _form(at, fold), by)

    def swap(self, row, other, by):
        return self._changes(row, "swap", {"other": other}, by)

    def cancel(self, row, by):
        return self._changes(row, "cancel", {}, by)


def _places():
    """Every row with its fence: it grows with each change of place, also with one to where it was."""
    return set(Publication.objects.values_list("pk", "state", "due_at", "fence"))


def _form(at, fold):
    if at is None:
        return {}
    return {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}", **({"fold": fold} if fold is not None else {})}


@pytest.fixture
def doors(world, settings, monkeypatch):
    monkeypatch.setenv("PORTEVOIX_LANG", "en")
    monkeypatch.setattr("pipeline.setup.require", lambda: None)  # the tests' store has no home of its own
    monkeypatch.setattr("commands._terminal.django", lambda: None)
    users = [world.intern, world.editor]
    for user in users:
        user.set_password("pass")
        user.email = f"{user.username}@example.org"
        user.save()
    made = []
    for name in ("commands", "pages"):
        channels = [world.add_channel(net, f"{name}-{net}") for net in ("bluesky", "mastodon")]
        made.append(Door(name, channels))
    return [Commands(made[0]), Pages(made[1], users)]


def week_of_slots(door: Door, by: User, zone: str) -> None:
    for channel in door.channels:
        for day in range(7):
            slots.add(channel, day, time(1, 30), by=by, zone=zone)
            slots.add(channel, day, time(9), by=by, zone=zone)


@pytest.mark.parametrize("plans", EACH)
@pytest.mark.parametrize(("zone", "night"), CASES)
def test_commands_and_pages_do_the_same_with_random_plans(world, settings, doors, zone, night, plans):
    settings.TIME_ZONE = zone
    chance = random.Random(f"{zone} {night:%Y-%m}")
    with time_machine.travel((night - timedelta(days=3)).replace(tzinfo=ZoneInfo(zone)), tick=False):
        doors[1].sign_in()
        for way in doors:
            week_of_slots(way.door, world.intern, zone)
        for _plan in range(plans):
            a_plan(world, doors, chance, night)
        compare(doors, plans)
        for way in doors:
            check(way.door, zone, world)


def a_plan(world, doors, chance, night) -> None:
    """A post given a time through both doors, and one to three changes of places, by its author or another person."""
    at, fold = some_time(chance, night)
    title = f"Plan {chance.random()}"
    answers = []
    for way in doors:
        pieces = [drafts.Piece(channel, {"fr": title}) for channel in way.door.channels]
        post = drafts.create(title, pieces, by=world.intern)
        answers.append(way.schedule(post, at, fold, world.intern))
    assert len(set(answers)) == 1, (at, fold, answers)
    for _change in range(chance.randint(1, 3)):
        if not doors[0].door.rows:
            return
        change(world, doors, chance, night)


def change(world, doors, chance, night) -> None:
    which, other = chance.randrange(len(doors[0].door.rows)), chance.randrange(len(doors[0].door.rows))
    (at, fold), by = some_time(chance, night), chance.choice([world.intern, world.editor])
    kind = chance.choice(["move", "move", "swap", "cancel"])
    answers = []
    for way in doors:
        rows = way.door.rows
        before = {pk: fence for pk, _state, _due, fence in _places()}
        if kind == "move":
            answers.append(way.move(rows[which], at, fold, by))
        elif kind == "swap":
            answers.append(way.swap(rows[which], rows[other], by))
        else:
            answers.append(way.cancel(rows[which], by))
        changed = [pk for pk, _state, _due, fence in _places() if fence != before[pk]]
        if by != world.intern:  # who made and planned all of them
            way.door.told.update(f"publication:{pk}" for pk in changed)
    assert len(set(answers)) == 1, (kind, at, fold, answers)


def some_time(chance, night):
    """An hour around the night, None for the next free slot; in the doubled hour also which of the two, or neither."""
    if chance.random() < 0.4:
        return None, None
    day = (night + timedelta(days=chance.randint(-4, 6))).date()
    at = datetime.combine(day, time.fromisoformat(chance.choice(HOURS)))
    return at, chance.choice([None, 0, 1])


def facts(row: Publication):
    slot = (row.slot.weekday, row.slot.at, row.slot.zone) if row.slot else None
    return row.state, row.wall_time, row.zone, row.fold, row.due_at, slot


def compare(doors, plans: int) -> None:
    rows = Publication.objects.select_related("slot").in_bulk()
    one, other = ([facts(rows[pk]) for pk in way.door.rows] for way in doors)
    assert one == other
    assert len(one) > plans


def check(door: Door, zone: str, world) -> None:
    rows = list(Publication.objects.filter(pk__in=door.rows).select_related("slot"))
    standing = [row for row in rows if row.state != "cancelled"]
    filled = Counter((row.slot_id, row.due_at) for row in standing if row.slot_id)
    assert filled and max(filled.values()) == 1, "an opening is filled twice"
    for row in rows:
        wall = row.wall_time.replace(tzinfo=ZoneInfo(zone), fold=row.fold)
        assert row.due_at == wall.astimezone(UTC), "what goes out is not the hour that was chosen"
        assert row.due_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == row.wall_time.replace(tzinfo=None)
        if row.slot:
            assert row.wall_time.time() == row.slot.at
    told = Counter(Notice.objects.filter(kind="place", recipient=world.intern).values_list("subject", flat=True))
    ours = {subject: number for subject, number in told.items() if int(subject.partition(":")[2]) in door.rows}
    assert ours == dict(door.told), "somebody's post moved or went, and they were not told, or told of nothing"
