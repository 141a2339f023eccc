"""A worker that stays: for each path on standard input one line back, saying how the reading of that file ended.

It lives within the limits of `pipeline.rendering.limited`; what would end that worker ends this one.
"""

from __future__ import annotations

import resource
import sys
import warnings
from pathlib import Path

from pipeline import gate
from pipeline.probing import probe
from pipeline.protection import stills
from pipeline.reels.recoding import recode
from pipeline.rendering.limited import MEMORY, without_core_dump
from publishers._sentences import Said

RECODED = 10  # one film in so many is encoded again as well


def read(path: Path, number: int) -> str:
    """How it ended: "read", "refused", or the name of an error, which in a worker for one file is a refusal too."""
    try:
        kind = probe(path).kind
        if kind == "image":
            stills.develop(str(path), str(path.with_suffix(".out")), {}, None)
        elif kind == "video" and number % RECODED == 0:
            recode(path, path.with_suffix(".out"), (96, 64))
        gate.inspect(path)
    except Said as said:
        return "refused" if said.sentence.text("fr") else "silent"
    except Exception as error:  # noqa: BLE001 (it is told and counted: the worker for one file would end here)
        return f"error {type(error).__name__}"
    return "read"


def main(broken: str) -> None:
    without_core_dump()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    held = bytearray(1_200 << 20) if broken == "greedy" else bytearray()
    held[::4096] = b"\1" * len(held[::4096])
    for number, line in enumerate(sys.stdin):
        while broken == "hangs":
            sys.stdin.read()
            resource.getpagesize()
        said = read(Path(line.rstrip("\n")), number)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
        print(peak, said, flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
