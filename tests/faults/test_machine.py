"""Ten people, every door, any order: nothing leaves that a second person did not approve, and nothing leaves twice."""

from __future__ import annotations

import hashlib
import re
from datetime import time

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as how
from hypothesis.stateful import run_state_machine_as_test

from pipeline import composing
from pipeline.delivery import claims, rows, sealed
from pipeline.models import Channel
from publishers._base import OutcomeUnknown, TryLater
from tests.faults import scripted
from tests.faults.doors import START
from tests.faults.newsroom import Newsroom
from tests.faults.stage import Stage
from tests.faults.tally import LONG, SEED, Tally

pytestmark = pytest.mark.faults
STEPS, EACH = (20_000 if LONG else 2_000), 30


@pytest.fixture
def stage(db, home, tmp_path, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    with scripted.installed() as platform, time_machine.travel(START, tick=False):
        stage = Stage(tmp_path)
        stage.platform = platform
        yield stage


def run(stage: Stage, steps: int, number: int, *phases: Phase) -> None:
    """Runs the machine for about that many steps, the same ones for the same seed."""
    machine = seed(number)(type("Newsroom", (Newsroom,), {"stage": stage}))
    run_state_machine_as_test(
        machine,
        settings=how(
            max_examples=steps // EACH + 1,
            stateful_step_count=EACH,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_leaves_that_was_not_approved_and_nothing_leaves_twice(stage, capsys):
    tally = Tally("machine", "sqlite", capsys)
    number = SEED
    while (left := STEPS - stage.seen["steps"]) > 0:  # some examples end early
        run(stage, left, number, Phase.generate, Phase.shrink)
        number += 1
    tally.cases = stage.seen["steps"]
    tally.say(str(dict(sorted(stage.seen.items()))))
    tally.close(STEPS)
    # So that green means something: much left, and every door said both yes and no.
    assert stage.seen["left"] > STEPS / 80
    doors = {name.split(":")[0] for name in stage.seen if ":" in name}
    always_open = {"hold", "channel check", "decide"}
    wanted = {f"{door}: {word}" for door in doors - always_open for word in ("yes", "no")}
    assert not LONG or wanted <= set(stage.seen)


def without_the_seal(monkeypatch):
    """What goes out is the rows as they stand, not what was sealed."""
    monkeypatch.setattr(sealed, "submission", lambda publication: composing.compose(publication.variant))
    return "what left is not what was approved|left without an approval"


def without_the_hold(monkeypatch):
    """The switch is not read."""
    for module in (claims, rows):
        monkeypatch.setattr(module, "open_channels", lambda _now: Channel.objects.all())
    for statement in (claims.CLAIM, claims.OPEN, rows.ANNOUNCE):  # compiled anew, without it
        monkeypatch.setattr(statement, "_own", type(statement._own)())
    return "left during a hold"


def with_a_naive_retry(monkeypatch):
    """A lost answer is taken for a no, on platforms that lose every answer."""
    commit = scripted.Scripted.commit

    def naive(self, prepared):
        try:
            return commit(self, prepared)
        except OutcomeUnknown as lost:
            raise TryLater(lost.sentence) from None

    monkeypatch.setattr(scripted.Scripted, "commit", naive)
    monkeypatch.setattr(
        scripted.Platform, "mood", lambda _self, *those: "loses the answer" if "late" in those else "takes"
    )
    return "left twice|although the post is out"


@pytest.mark.parametrize("broken", [without_the_seal, without_the_hold, with_a_naive_retry])
def test_the_machine_finds_what_is_wrong_in_a_broken_variant(stage, monkeypatch, broken):
    found, tally = broken(monkeypatch), Tally("machine", "sqlite")
    with pytest.raises(AssertionError, match=found) as failed:
        for number in range(SEED, SEED + 5):
            run(stage, STEPS, number, Phase.generate)
    tally.cases = stage.seen["steps"]
    tally.broken(broken.__name__.replace("_", " "), re.search(found, str(failed.value))[0])


def test_the_pictures_of_the_stage_differ(stage):
    assert len({hashlib.sha256(content).hexdigest() for content in stage.bytes.values()}) == 2
