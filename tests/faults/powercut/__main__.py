"""Builds one image again and says what is wrong with it: python -m tests.faults.powercut FOLDER MODEL PREFIX SEED."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from tests.faults.powercut import recorder
from tests.faults.powercut.disk import cut
from tests.faults.powercut.verdict import Recording, judge, write

if __name__ == "__main__":
    folder, model, prefix, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    recording = Recording(folder, (folder / "before.sqlite3").read_bytes(), recorder.read(folder / "log"))
    last = recording.ops[prefix - 1]
    marks = recording.marked()
    promise = [mark for op, mark in marks[:1] + marks if op.index < prefix or op is marks[0][0]][-1]
    image = cut(recording.at(prefix), model, seed, prefix)
    database = write(image, folder / "replayed", random.Random(f"{seed}/{prefix}/shm"))
    print(f"cut after call {prefix}, {last.kind.name} on {last.file.name}; last mark: {promise['at']}")
    print(f"{database}:", ", ".join(f"{file.name} of {len(content)} bytes" for file, content in image.items()))
    verdict = judge(database, promise, recording.order)
    wrong = [*(f"corrupt: {why}" for why in verdict.corrupt), *(f"lost: {why}" for why in verdict.lost)]
    print("\n".join(wrong) or "whole")
