"""What is asked of a disk after a power cut: does it open whole, and does it know all that was acknowledged."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.powercut.disk import Disk, Image, cut
from tests.faults.powercut.recorder import SUFFIX, File, Kind, Op
from tests.faults.powercut.snapshot import snapshot

Snapshot = dict[str, Any]
RANK = ["planned", "scheduled", "claimed", "prepared", "committing", "uncertain", "pending", "published", "verified"]
USUAL = {(File.WAL, Kind.WRITE), (File.WAL, Kind.SYNC)}


@dataclass
class Recording:
    """One worker's run: the database before it, its calls, and where they are kept for a second look."""

    folder: Path
    before: bytes
    ops: list[Op]
    order: dict[str, list[list[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.order = defaultdict(list)
        for _op, mark in self.marked():
            for key, value in mark["rows"].items():
                if not self.order[key] or self.order[key][-1] != value:
                    self.order[key].append(value)

    def marked(self) -> list[tuple[Op, Snapshot]]:
        """What the worker had been told, in order."""
        return [(op, json.loads(op.data)) for op in self.ops if op.kind == Kind.MARK]

    def at(self, prefix: int) -> Disk:
        """The disk after the first calls."""
        disk = Disk(self.before)
        for op in self.ops[:prefix]:
            disk.do(op)
        return disk


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one image; both empty is what is wanted."""

    lost: list[str]
    corrupt: list[str]


@dataclass
class Count:
    """The images of one run, and those that are not what they should be."""

    images: int = 0
    lost: int = 0
    corrupt: int = 0
    bad: list[str] = field(default_factory=list)  # the first few, with what replays them

    def add(self, verdict: Verdict, replay: str) -> None:
        self.images += 1
        self.lost += bool(verdict.lost)
        self.corrupt += bool(verdict.corrupt)
        if (verdict.lost or verdict.corrupt) and len(self.bad) < 5:
            self.bad.append(f"{'; '.join([*verdict.corrupt, *verdict.lost][:3])}\n    {replay}")


def count(recording: Recording, prefixes: set[int], models: list[str], seed: int, folder: Path) -> Count:
    """Every image of those prefixes under those models, each judged once."""
    # Before the first mark nothing had been committed: what it says was promised from the start.
    disk, said, total, seen = Disk(recording.before), recording.marked()[0][0], Count(), set()
    for prefix, op in enumerate(recording.ops, start=1):
        disk.do(op)
        said = op if op.kind == Kind.MARK else said
        for model in models if prefix in prefixes else []:
            image = cut(disk, model, seed, prefix)
            known = (hash(tuple(sorted(image.items()))), said.index)
            if known not in seen:
                seen.add(known)
                path = write(image, folder, random.Random(f"{seed}/{prefix}/shm"))
                total.add(judge(path, json.loads(said.data), recording.order), replay(recording, model, prefix, seed))
    return total


def replay(recording: Recording, model: str, prefix: int, seed: int) -> str:
    return f"python -m tests.faults.powercut {recording.folder} {model} {prefix} {seed}"


def judge(database: Path, promise: Snapshot, order: dict[str, list[list[Any]]]) -> Verdict:
    """Opens the database as the next worker would, and compares it with the promise."""
    try:
        found = _opened(database)
    except (sqlite3.DatabaseError, Torn) as error:
        return Verdict([], [f"{type(error).__name__}: {error}"])
    return Verdict(missing(promise, found, order), halves(found))


class Torn(Exception):
    """SQLite's own checks found damage."""


def write(image: Image, folder: Path, dice: random.Random) -> Path:
    """The database's path in `folder`, emptied first. A -shm may be left with anything in it: nobody may trust it."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    database = folder / "porte-voix.sqlite3"
    for file, content in image.items():
        database.with_name(database.name + SUFFIX[file]).write_bytes(content)
    if dice.random() < 0.5:
        database.with_name(f"{database.name}-shm").write_bytes(dice.randbytes(32 * 1024))
    return database


def _opened(path: Path) -> Snapshot:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous=OFF")  # this copy is thrown away
        for pragma, good in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            answer = database.execute(f"PRAGMA {pragma}").fetchall()
            if answer != good:
                raise Torn(f"{pragma}: {answer[:3]}")
        return snapshot(database)
    finally:
        database.close()


def missing(promise: Snapshot, found: Snapshot, order: dict[str, list[list[Any]]]) -> list[str]:
    """What had been acknowledged and is not there."""
    lost = [
        f"publication {key}: {promised} was acknowledged, {found['rows'].get(key)} is there"
        for key, promised in promise["rows"].items()
        if _behind(promised, found["rows"].get(key), order[key])
    ]
    for part in ("tries", "receipts"):
        lost += [f"{part}: {row} is gone" for row in promise[part] if row not in found[part]]
    if [row[0] for row in found["log"]] < [row[0] for row in promise["log"]]:
        lost.append(f"audit log: {promise['log']} was acknowledged, {found['log']} is there")
    return lost


def _behind(promised: list[Any], there: list[Any] | None, order: list[list[Any]]) -> bool:
    """Whether a row is not as far as promised: by the order in which the worker saw it, else by fence and state."""
    if there is None:
        return True
    if there in order:
        return order.index(there) < order.index(promised)
    return (there[1], RANK.index(there[0])) < (promised[1], RANK.index(promised[0]))


def halves(found: Snapshot) -> list[str]:
    """Transactions of which a part is there: an announcement without its try, a published post without its receipt."""
    tried = {(str(row[0]), row[1]) for row in found["tries"]}
    received = {str(row[0]) for row in found["receipts"]}
    torn = []
    for key, (state, fence, _saved) in found["rows"].items():
        if state == "committing" and (key, fence) not in tried:
            torn.append(f"publication {key} is committing without a try of fence {fence}")
        if (state in ("published", "verified")) != (key in received):
            torn.append(f"publication {key} is {state}, its receipt is{'' if key in received else ' not'} there")
    return torn


def prefixes(recording: Recording, wanted: int | None, seed: int) -> set[int]:
    """After how many calls power is cut: after each, or a third of `wanted` each anywhere, at marks, at rare calls.

    The rare ones (all but marks and the writes and syncs of the WAL) are where files come, go and are emptied.
    """
    everywhere = range(1, len(recording.ops) + 1)
    if wanted is None:
        return set(everywhere)
    marks = [op.index + 1 for op in recording.ops if op.kind == Kind.MARK]
    rare = [op.index + 1 for op in recording.ops if op.kind != Kind.MARK and (op.file, op.kind) not in USUAL]
    dice = random.Random(seed)
    return {prefix for some in (everywhere, marks, rare) for prefix in dice.sample(some, min(wanted // 3, len(some)))}
