"""Compiles the recorder, starts a process under it, and reads what it wrote."""

from __future__ import annotations

import os
import struct
import subprocess
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("record.c")
HEAD = struct.Struct("=BB6xqq")  # as `struct record` in record.c


class Kind(IntEnum):
    """What was done; the numbers are those of record.c."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    UNLINK = 5
    RENAME = 6
    MARK = 7
    NOT_MODELLED = 8


class File(IntEnum):
    """Which watched file; the numbers are those of record.c."""

    DATABASE = 0
    WAL = 1
    JOURNAL = 2
    FOLDER = 3
    NONE = 255


SUFFIX = {File.DATABASE: "", File.WAL: "-wal", File.JOURNAL: "-journal"}


@dataclass(frozen=True)
class Op:
    """One call, in its place in the log; `at` is an offset, or for a truncation the new size."""

    index: int
    kind: Kind
    file: File
    at: int
    data: bytes


def build(folder: Path, compiler: str) -> Path:
    """The compiled library."""
    library = folder / "record.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o", library, SOURCE, "-ldl", "-lpthread"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return library


def environment(library: Path, database: Path, log: Path) -> dict[str, str]:
    """What a process needs in its environment to be recorded."""
    return {
        "LD_PRELOAD": str(library),
        "POWERCUT_DATABASE": os.fspath(database.resolve()),
        "POWERCUT_LOG": str(log),
    }


def read(log: Path) -> list[Op]:
    """Every call of the log, in order."""
    held, place, ops = log.read_bytes(), 0, []
    while place < len(held):
        kind, file, at, size = HEAD.unpack_from(held, place)
        place += HEAD.size
        ops.append(Op(len(ops), Kind(kind), File(file), at, held[place : place + size]))
        place += size
    return ops
