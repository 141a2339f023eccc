"""A person's word and a tick at the same moment: who was told yes was told the truth, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import postgres
from tests.faults.points import points
from tests.faults.racing import GATES
from tests.faults.tally import LONG, SEED, Tally
from tests.faults.troubles import POINTS

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
# On each of the two databases.
OTHERS, HOLDS, PANICS = (102, 100, 100) if LONG else (24, 12, 12)
AT_ONCE = 2.0  # seconds within which a hold stops every request
SHUT = 5.0  # seconds within which a panic is done


def races(home: Path, database: str, others: int, holds: int, panics: int, *more: str) -> list[dict]:
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database}
    command = [sys.executable, "-m", "tests.faults.racing", str(SEED), str(others), str(holds), str(panics), *more]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory):
    """The name of a database, and a function that gives a new one's URL."""
    if request.param == "sqlite":
        yield "sqlite", lambda _name: ""
        return
    with postgres.server() as url:
        yield "postgresql", lambda name: postgres.create(url, name)


def faults(race: dict) -> list[str]:
    """What should not be: every answer is held against the network's own list of what it was asked."""
    said, asked, kind = race["person"].get("said"), race["asked"], race["kind"]
    found = [side["error"] for side in (race["person"], *race["ticks"], race["after"]) if "error" in side]
    if any("avant" not in one["text"] for one in asked):
        found.append("something else than what was approved was sent")
    if max(Counter(one["channel"] for one in asked).values(), default=0) > 1:
        found.append("asked twice")
    if kind == "hold":
        found += after_the_hold(race)
    elif kind == "panic":
        found += after_the_panic(race)
    elif kind == "approve":
        found += before_the_approval(race)
    elif said is True and asked:
        found.append("the person was told yes, and the post went out all the same")
    elif said is not True and len(asked) != 1:
        found.append(f"the person was told no, and the post went out {len(asked)} times")
    found += [f"left as {state}" for state in race["after"].get("states", ()) if state not in ENDS[kind]]
    return [f"{fault}: {json.dumps(race, ensure_ascii=False)}" for fault in found]


OUT = {"published", "verified"}
ENDS = {
    "edit": {"planned", "missed", *OUT},
    "cancel": {"cancelled", *OUT},
    "recall": {"planned", "missed", *OUT},
    "move": {"scheduled", "prepared", *OUT},  # to a time so near that it is prepared at once
    "move to another day": {"planned", *OUT},
    "approve": {"missed", *OUT},
    "hold": {"scheduled", *OUT},
    "panic": {"scheduled", *OUT},
}


def after_the_hold(race: dict) -> list[str]:
    """No request starts after the person was told that everything stops, but one announced before; none later on."""
    stopped, found = race["person"]["until"], []
    announced = {tick["pid"]: tick["announcing"] for tick in race["ticks"]}
    for one in race["asked"]:
        if race["held"] not in ("*", one["channel"]) or one["at"] <= stopped:
            continue
        before = [at for at in announced.get(one["pid"], ()) if at < one["at"]]
        if not before or before[-1] > stopped:
            found.append("asked after the hold, and announced after it")
        if one["at"] > stopped + AT_ONCE:
            found.append(f"asked {one['at'] - stopped:.1f} s after the hold")
    return found


def after_the_panic(race: dict) -> list[str]:
    """No request starts whose worker could have read the switch after the panic was done; none two seconds later."""
    person = race["person"]
    stopped = person["until"]
    found = [] if person["said"] is True else [f"not shut: {person['said']}"]
    found += [f"it took {stopped - person['since']:.1f} s"] if stopped - person["since"] > SHUT else []
    going = {tick["pid"]: tick["going"] for tick in race["ticks"]}
    for one in race["asked"]:
        before = [at for at in going.get(one["pid"], ()) if at < one["at"]]
        if one["at"] > stopped and (not before or before[-1] > stopped):
            found.append("asked after the panic, by a worker that went on after it")
        if one["at"] > stopped + AT_ONCE:
            found.append(f"asked {one['at'] - stopped:.1f} s after the panic")
    return found


def before_the_approval(race: dict) -> list[str]:
    early = any(one["at"] < race["person"]["since"] for one in race["asked"])
    unsaid = race["person"].get("said") is not True
    return ["went out before it was approved"] if race["asked"] and (early or unsaid) else []


def test_whoever_is_told_yes_is_told_the_truth(store, tmp_path, capsys):
    name, database = store
    tally = Tally("races", name, capsys)
    done = races(tmp_path / "home", database("races"), OTHERS, HOLDS, PANICS)
    for race in done:
        tally.case(*faults(race))
    tally.say(str(Counter((race["kind"], "out" if race["asked"] else "not out") for race in done)))
    tally.close(OTHERS + HOLDS + PANICS)
    # So that green means something: each word came in time in some races, and too late in others.
    for kind in ("edit", "cancel", "recall", "move", "hold", "panic"):
        ends = {bool(race["asked"]) for race in done if race["kind"].startswith(kind)}
        assert ends == {True, False} or not LONG, kind


def test_the_points_at_which_ticks_wait_and_troubles_begin_stand_in_the_source():
    assert {gate for gate in GATES if gate} | set(POINTS) <= set(points())


def test_a_row_that_is_read_and_then_written_breaks_the_word(store, tmp_path):
    """The broken variant: without the condition in the write, somebody is told yes and the post goes out."""
    name, database = store
    tally = Tally("races", name)
    done = races(tmp_path / "home", database("broken"), 12, 0, 0, "broken")
    for race in done:
        tally.case(*(fault for fault in faults(race) if "told yes" in fault))
    assert tally.wrong
    tally.broken("read, then written", f"{len(tally.wrong)} were told yes, and the post went out")


def test_a_worker_that_does_not_read_the_switch_before_its_request_is_found_out(tmp_path):
    """The broken variant: what was announced before the panic still goes out after it."""
    tally = Tally("panic", "sqlite")
    done = races(tmp_path / "home", "", 0, 0, 3, "deaf")
    for race in done:
        tally.case(*(fault for fault in faults(race) if "after the panic" in fault))
    assert tally.wrong
    tally.broken("the switch is not read again", f"{len(tally.wrong)} requests left after the panic")
