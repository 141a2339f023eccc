"""The disk as a power cut may leave it: what was synced is there, and of the rest, what each model lets survive."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.powercut.recorder import File, Kind, Op

SECTOR, PAGE = 512, 4096
Kept = list[tuple[int, int]]  # which bytes of a write reached the disk: from, to
Choice = Callable[[Op], Kept]
Filler = Callable[[int], bytes]  # what stands in a stretch that a file grew by and nothing was written to
Image = dict[File, bytes]


class NotModelled(Exception):
    """The recorder saw a call that these models do not understand: nothing is proved."""


@dataclass
class Inode:
    """A file's content: what is surely on the disk, and the calls since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        apply(self.durable, self.pending, whole, bytes)
        self.pending = []


class Disk:
    """Files and names after a number of recorded calls, the first content having been durable."""

    def __init__(self, database: bytes) -> None:
        first = Inode(bytearray(database))
        self.names: dict[File, Inode] = {File.DATABASE: first}  # as the process sees them
        self.durable_names: dict[File, Inode] = dict(self.names)
        self.pending_names: list[tuple[Op, Inode | None]] = []

    def do(self, op: Op) -> None:
        """One more call."""
        if op.kind == Kind.MARK:
            return
        if op.kind in (Kind.NOT_MODELLED, Kind.RENAME):
            raise NotModelled(f"call {op.index} on {op.file.name}: {op.data.decode() or op.kind.name}")
        if op.kind == Kind.SYNC and op.file == File.FOLDER:
            self.durable_names, self.pending_names = dict(self.names), []
        elif op.kind == Kind.SYNC:
            self.names[op.file].sync()
        elif op.kind == Kind.CREATE:
            self.names[op.file] = Inode()
            self.pending_names.append((op, self.names[op.file]))
        elif op.kind == Kind.UNLINK:
            del self.names[op.file]
            self.pending_names.append((op, None))
        else:
            self.names[op.file].pending.append(op)

    def unsynced(self) -> list[Op]:
        """Every call that a power cut may undo, in order."""
        held = [
            *self.names.values(),
            *self.durable_names.values(),
            *(inode for _op, inode in self.pending_names if inode),
        ]
        calls = [op for inode in {id(inode): inode for inode in held}.values() for op in inode.pending]
        return sorted([*calls, *(op for op, _inode in self.pending_names)], key=lambda op: op.index)

    def image(self, keep: Choice, filler: Filler = bytes) -> Image:
        """The files that are there if of each unsynced call only what `keep` says reached the disk."""
        names = dict(self.durable_names)
        for op, inode in self.pending_names:
            if keep(op):
                names.pop(op.file, None)
                if inode is not None:
                    names[op.file] = inode
        return {file: _content(inode, keep, filler) for file, inode in names.items()}


def _content(inode: Inode, keep: Choice, filler: Filler) -> bytes:
    held = bytearray(inode.durable)
    apply(held, inode.pending, keep, filler)
    return bytes(held)


def apply(held: bytearray, ops: list[Op], keep: Choice, filler: Filler) -> None:
    """Changes the content as the calls do, as far as they are kept."""
    for op in ops:
        for start, end in keep(op):
            if op.kind == Kind.TRUNCATE:
                _resize(held, op.at, filler)
            else:
                if op.at + start > len(held):
                    _resize(held, op.at + start, filler)
                held[op.at + start : op.at + end] = op.data[start:end]


def _resize(held: bytearray, size: int, filler: Filler) -> None:
    if size > len(held):
        held += filler(size - len(held))
    else:
        del held[size:]


# ------------------------------------------------------------------------------------------------------- the models


def whole(op: Op) -> Kept:
    """All of a call. A call without bytes (a truncation, a name) is kept by any stretch at all."""
    return [(0, len(op.data))]


def _lost(disk: Disk, _dice: random.Random) -> Image:
    """Nothing unsynced survives, names included."""
    return disk.image(lambda _op: [])


def _kept(disk: Disk, _dice: random.Random) -> Image:
    """Everything survives, as after the death of the process alone."""
    return disk.image(whole)


def _torn(disk: Disk, dice: random.Random) -> Image:
    """Each call survives or not: whole, by sector, by page, or cut at any byte; where a file grew, old bytes show."""
    kept = {op.index: _tear(op, dice) for op in disk.unsynced()}
    return disk.image(lambda op: kept[op.index], dice.choice([bytes, dice.randbytes]))


def _last(disk: Disk, dice: random.Random) -> Image:
    """Only the last calls survive, however many earlier ones did not: the disk wrote in another order."""
    unsynced = disk.unsynced()
    first = unsynced[dice.randrange(len(unsynced))].index if unsynced else 0
    return disk.image(lambda op: whole(op) if op.index >= first else [])


def _length(disk: Disk, dice: random.Random) -> Image:
    """Data and length part ways: what was overwritten survives, and of the growth the length alone, or nothing."""
    grown = dice.random() < 0.5
    filler = dice.choice([bytes, dice.randbytes])
    sizes = {id(op): len(inode.durable) for inode in disk.names.values() for op in inode.pending}

    def keep(op: Op) -> Kept:
        if op.kind != Kind.WRITE:
            return whole(op)
        inside = max(0, min(len(op.data), sizes.get(id(op), 0) - op.at))
        return [(0, inside)] if inside else []

    image = disk.image(keep, filler)
    return {file: _as_long_as(content, disk.names[file], filler) if grown and file in disk.names else content
            for file, content in image.items()}  # fmt: skip


def _as_long_as(content: bytes, inode: Inode, filler: Filler) -> bytes:
    size = len(_content(inode, whole, bytes))
    return content + filler(size - len(content)) if size > len(content) else content


def _names(disk: Disk, dice: random.Random) -> Image:
    """Every write survives, but of the files made and removed since the folder was synced only the first few."""
    pending = [op for op, _inode in disk.pending_names]
    kept = {op.index for op in pending[: dice.randrange(len(pending) + 1) if len(pending) > 1 else 0]}
    changes = {op.index for op in pending}
    return disk.image(lambda op: whole(op) if op.index not in changes or op.index in kept else [])


def _tear(op: Op, dice: random.Random) -> Kept:
    """What survives of one call."""
    size, way = len(op.data), dice.randrange(5)
    if size == 0:
        return whole(op) if dice.random() < 0.5 else []
    if way < 2:
        return whole(op) if way else []
    if way == 2:
        cut = dice.randrange(size + 1)
        return [(0, cut)] if dice.random() < 0.5 else [(cut, size)]
    return [stretch for stretch in _stretches(op, SECTOR if way == 3 else PAGE) if dice.random() < 0.5]


def _stretches(op: Op, unit: int) -> Kept:
    """The parts of a write by the units of the disk that they fall into."""
    edges = [0, *range(unit - op.at % unit, len(op.data), unit), len(op.data)]
    return list(pairwise(edges))


Model = Callable[[Disk, random.Random], Image]
MODELS: dict[str, Model] = {
    "lost": _lost, "kept": _kept, "torn": _torn, "last": _last, "length": _length, "names": _names,
}  # fmt: skip


def cut(disk: Disk, model: str, seed: int, prefix: int) -> Image:
    """The disk after a power cut, the same each time for the same seed, prefix and model."""
    return MODELS[model](disk, random.Random(f"{seed}/{prefix}/{model}"))
