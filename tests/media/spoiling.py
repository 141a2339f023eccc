"""A file spoilt as transfers, cards and ill will spoil them: bits, counts, missing and added stretches, a cut end."""

from __future__ import annotations

import random

COUNTS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1")


def spoilt(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _change in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(min(len(changed), rng.choice((64, 2048, len(changed)))))
        what = rng.randrange(5)
        if what == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            changed[at : at + 4] = rng.choice(COUNTS)
        elif what == 2:
            del changed[at : at + rng.randrange(1, 40)]
        elif what == 3:
            changed[at:at] = rng.randbytes(rng.randrange(1, 40))
        else:
            del changed[rng.randrange(1, max(2, len(changed))) :]
        changed = changed or bytearray(b"\0")
    return bytes(changed)
