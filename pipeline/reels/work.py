"""What limited processes do for a reel: all that opens footage. Files are written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import NotHere
from pipeline.reels.cache import SEEN, appearing
from pipeline.reels.cutlist import CutList
from pipeline.reels.segments import Segment, Still
from pipeline.reels.sources import FPS
from publishers._sentences import _

Tell = Callable[[float], None]


def _silent(_share: float) -> None:
    pass


def picture(segment: Segment, address: str, out: str, tell: Tell = _silent) -> int:
    """How many faces are still seen in the segment, which was written to `out`; `address` is its key.

    A machine whose tools would make another file than the one that was asked for refuses.
    """
    from pipeline.protection.faces import count_faces
    from pipeline.reels import segments

    if segments.key(segment) != address:
        raise NotHere(_("A rendering machine has other versions than this one: install the same on both."))
    if Path(out).exists() and Path(out).with_suffix(SEEN).exists():  # another one made it, whose answer was lost
        return int(Path(out).with_suffix(SEEN).read_text("ascii"))
    is_still = isinstance(segment.shows, Still)  # what moves over a card is words: it is looked at once
    with appearing(Path(out)) as part:
        segments.make(segment, part, tell)
        left = count_faces(part, step=segment.frames / FPS) if is_still else count_faces(part)
    with appearing(Path(out).with_suffix(SEEN)) as part:
        part.write_text(str(left), "ascii")
    return left


def sound(reel: dict[str, Any], seeds: dict[str, str], out: str, measured: str, tell: Tell = _silent) -> None:
    """Writes the reel's sound to `out`, AAC in MP4, and its loudness to `measured`. `seeds` are hexadecimal."""
    from pipeline.reels import sound

    with appearing(Path(out)) as part:
        told = {Path(clip): bytes.fromhex(seed) for clip, seed in seeds.items()}
        loud = sound.make(CutList.model_validate(reel), part, seeds=told)
    with appearing(Path(measured)) as part:
        part.write_text(json.dumps(asdict(loud)), "ascii")
    tell(1.0)


def tracks(clip: str, out: str, tell: Tell = _silent) -> int:
    """How many faces the clip has; their tracks are written to `out` as they are stored."""
    from pipeline.protection import worker

    found = worker.search(clip, False, tell)["tracks"]
    with appearing(Path(out)) as part:
        part.write_text(json.dumps(found), "utf-8")
    return len(found)
