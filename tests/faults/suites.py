"""What each fault suite does with its bench."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults import workers
from tests.faults.children import Kill
from tests.faults.driver import SMALL, Bench
from tests.faults.platform import CLASSES
from tests.faults.points import points
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.store import DUE
from tests.faults.story import Story, Told

RECOVERY = 14  # a second kill comes within so many checkpoints after the first
MOMENT = 0.006  # seconds: about what delivery takes from one checkpoint to the next


def story(bench: Bench, scenario: Scenario, seed: int, kills: Sequence[Kill] = (), **more: Any) -> Told:
    """What comes of a scenario with these kills in it."""
    return Story(
        bench.store, SMALL, bench.platform, seed,
        kills=[*scenario.fallen, *kills], faults=scenario.faults, start=DUE + scenario.late, first=scenario.first,
        patch=bench.patch, until_verified=scenario.until_verified, raises=scenario.raises, **more,
    ).tell()  # fmt: skip


# --------------------------------------------------------------------------------------------------------- kills


def kills(bench: Bench) -> None:
    """Workers die at every checkpoint in turn, every second one a second time while others clear up after it."""
    bench.model(SMALL, channels_each=1, posts_each=1)
    passed = {scenario.name: Counter(story(bench, scenario, bench.options.seed).hits) for scenario in SCENARIOS}
    known = points()
    bench.summary["points"] = len(known)
    bench.summary["not passed"] = [point for point in known if not any(point in hits for hits in passed.values())]
    reachable = [point for point in known if point not in bench.summary["not passed"]]
    killed: Counter[str] = Counter()
    cases = bench.options.cases if bench.options.broken else max(bench.options.cases, 2 * len(reachable))
    for case in bench.wanted(cases):
        chance = bench.chance("kills", case)
        # Every point with one kill and with two, whatever the number of cases.
        point, double = reachable[case // 2 % len(reachable)], bool(case % 2)
        scenario = chance.choice([one for one in SCENARIOS if point in passed[one.name]])
        first = Kill(point, chance.randint(1, passed[scenario.name][point]))
        # The second one also between two checkpoints, in the middle of a query or of a request.
        delay = chance.choice([0.0, chance.uniform(0.0, MOMENT)])
        second = [Kill(None, chance.randint(1, RECOVERY), delay)] if double else []
        told = story(bench, scenario, chance.randrange(10**9), [first, *second])
        killed.update(told.kills)
        bench.note(
            case, told, scenario=scenario.name, planned=[first.name, first.nth, *((k.nth, k.delay) for k in second)]
        )
    bench.summary["cases"] = cases
    bench.summary["fewest"] = min(killed[point] for point in known)
    bench.summary["not killed at"] = [point for point in known if not killed[point]]


# ---------------------------------------------------------------------------------------------------- HTTP faults


def _variants(chance: random.Random) -> dict[str, dict[str, Any]]:
    """One fault of each of the ten kinds."""
    accepted = chance.random() < 0.5
    return {
        "drop before accepting": {"kind": "drop_before"},
        "drop after accepting": {"kind": "drop_after"},
        "500 before": {"kind": "500_before"},
        "500 after": {"kind": "500_after"},
        # What comes late comes before the settle time is over: that is the assumption that delivery makes.
        "late accept": {"kind": "late", "after": chance.choice([5, 40, 200, 270])},
        "429": {"kind": "429", "wait": chance.choice([0, 7, 90]), "as_date": chance.random() < 0.5},
        "slow-loris": {"kind": "loris", "accepted": accepted},
        "truncated JSON": {"kind": "truncated", "accepted": accepted},
        "wrong content type": {"kind": "html", "accepted": accepted, "status": chance.choice([200, 502])},
        "TLS cut": {"kind": "cut", "accepted": accepted, "on": chance.choice(["handshake", "write", "write"])},
    }


KINDS = tuple(_variants(random.Random(0)))


def http(bench: Bench) -> None:
    """Every kind of fault on every class; four accounts at a time, each with a fault of its own."""
    bench.model(SMALL, channels_each=1, posts_each=1)
    ends: Counter[str] = Counter()
    met: set[tuple[str, str]] = set()
    for case in bench.wanted(-(-bench.options.cases // len(CLASSES))):
        chance = bench.chance("http", case)
        # In each ten cases every class meets every kind.
        orders = {name: bench.chance("order", name, case // len(KINDS)).sample(KINDS, len(KINDS)) for name in CLASSES}
        kinds = {name: order[case % len(KINDS)] for name, order in orders.items()}
        scenario = Scenario(
            f"case {case}",
            [one for name, kind in kinds.items() for one in _planned(name, kind, chance)],
            first=lambda kinds=kinds: secure(bench, [name for name, kind in kinds.items() if kind == "TLS cut"]),
        )
        told = story(bench, scenario, chance.randrange(10**9))
        unused = [fault for fault in bench.platform.ask("faults", faults=[])["faults"] if not fault["used"]]
        told.errors += [f"a fault was planned and did not happen: {fault}" for fault in unused]
        ends.update(f"{name}: {ended}" for name, (ended, *_more) in told.rows.items())
        met |= set(kinds.items())
        bench.note(case, told, kinds=kinds, faults=scenario.faults)
        bench.summary["cases"] = bench.summary.get("cases", 0) + len(told.rows)
    bench.summary["met"] = len(met)
    bench.summary["ends"] = dict(sorted(ends.items()))


def _planned(name: str, kind: str, chance: random.Random) -> list[dict[str, Any]]:
    """The fault, sometimes twice in a row or on what prepares, and sometimes the next look-ups fail too."""
    fault = {"account": name, **_variants(chance)[kind]}
    if fault.get("on") == "handshake" and name == "lookup":
        fault["skip"] = chance.choice([0, 1, 2])  # making the container, asking for it, publishing it
    if chance.random() < 0.25 and "on" not in fault:
        again = {"on": "create"} if name == "lookup" and chance.random() < 0.5 else {"times": 2}
        return [{**fault, **again}]
    times = chance.choice([2, 2, 6])
    silent = {"account": name, "kind": "500_before", "on": "read", "skip": int(name == "lookup"), "times": times}
    # Only where an answer was lost is anything looked up.
    asks = name != "none" and fault["kind"] != "429" and fault.get("on") != "handshake"
    return [fault, silent] if asks and chance.random() < 0.25 else [fault]


# ------------------------------------------------------------------------------------------------ stopped workers


def stopped(bench: Bench) -> None:
    """Workers stop in the middle, are given up by the others, and go on as if nothing had happened."""
    bench.model(SMALL, channels_each=1, posts_each=1)
    scenarios = [one for one in SCENARIOS if one.name in ("undisturbed", "answers lost", "asked to wait", "worked on")]
    passed = {one.name: Counter(story(bench, one, bench.options.seed).hits) for one in scenarios}
    for case in bench.wanted(bench.options.cases):
        chance = bench.chance("stopped", case)
        scenario = chance.choice(scenarios)
        stops = [_somewhere(chance, passed[scenario.name]) for _worker in range(chance.choice([1, 1, 2]))]
        people = chance.random() < 0.5
        if case == 0:  # both hold an answer in their hands, the first one a no: what only the fence tells apart
            scenario = next(one for one in scenarios if one.name == "asked to wait")
            stops, people = [Kill("after the request", 4), Kill("after the request", 1)], True
        told = story(bench, scenario, chance.randrange(10**9), stops=stops, people_first=people)
        bench.note(case, told, scenario=scenario.name, people=people, stops=[[stop.name, stop.nth] for stop in stops])
    bench.summary["cases"] = bench.options.cases


def _somewhere(chance: random.Random, passed: Counter[str]) -> Kill:
    point = chance.choice(sorted(passed))
    return Kill(point, chance.randint(1, passed[point]))


def secure(bench: Bench, names: Sequence[str]) -> None:
    """These channels speak TLS."""
    from pipeline import vault
    from pipeline.models import Channel
    from tests.faults.store import credentials

    for name in names:
        known = credentials(name, name, bench.platform.addresses, secure=True)
        Channel.objects.filter(name=name).update(credentials=vault.encrypt(known))


SUITES: dict[str, Callable[[Bench], None]] = {
    "kills": kills,
    "http": http,
    "stopped": stopped,
    "workers": workers.workers,
}
