"""What limited processes do for a reel: all that opens footage. Files are written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, astuple
from operator import itemgetter
from pathlib import Path
from typing import Any

from pipeline.errors import NotHere
from pipeline.memory import give_back
from pipeline.protection.tracks import Track
from pipeline.reels import segments
from pipeline.reels.cache import SEEN, appearing
from pipeline.reels.cutlist import CutList
from pipeline.reels.segments import Segment, Still
from pipeline.reels.showing import Shown, opened
from pipeline.reels.sources import FPS
from publishers._sentences import _

Tell = Callable[[float], None]
Asked = tuple[Segment, str, str]


def _silent(_share: float) -> None:
    pass


def made(asked: Sequence[Asked], heard: tuple[Any, ...] = (), tell: Tell = _silent) -> None:
    """Writes the pictures of segments, and a reel's sound where it is told of (the words of `sound`).

    Each segment comes with its address and the file to write; beside that stands how many faces are left and in which
    frames one is cut. What is ready stays ready, whatever becomes of the rest. While one is finished and looked at, the
    next one is begun; the sound is made beside all of them: on two processors none of these fills both.
    """
    frames, done = sum(segment.frames for segment, _address, _out in asked), 0
    ready: list[Future[None]] = []
    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(1) as hand:
        sounding = [beside.submit(sound, *heard)] if heard else []
        for shown, (segment, address, out) in _opened(asked):
            for future in (one for one in ready if one.done()):
                future.result()
            share, first = segment.frames / frames, done / frames
            ready += _begun(shown, segment, address, Path(out), hand, _within(tell, first, share))
            done += segment.frames
        for future in (*ready, *sounding):
            future.result()
    tell(1.0)


def _opened(asked: Sequence[Asked]) -> Iterator[tuple[Shown, Asked]]:
    """What each segment shows, with the segment: opened once for all that show the same, and closed after them."""
    for run in segments.runs(asked, itemgetter(0)):
        with ExitStack() as held:
            shown = opened(run[0][0], held)
            for one in run:
                yield shown, one


def _within(tell: Tell, first: float, share: float) -> Tell:
    return lambda done: tell(first + share * done)


def _begun(shown: Shown, segment: Segment, address: str, out: Path, hand: Executor, tell: Tell) -> list[Future[None]]:
    """A future of the segment, which is decoded when this returns; nothing where it was made before.

    A machine whose tools would make another file than the one that was asked for refuses.
    """
    if segments.key(segment) != address:
        raise NotHere(_("A rendering machine has other versions than this one: install the same on both."))
    if out.exists() and out.with_suffix(SEEN).exists():  # another one made it, whose answer was lost
        return []
    written = segments.make(segment, shown.clip(segment), out, hand, tell)
    # By the same hand: looking beside the next encoding would take 200 MB more.
    return [hand.submit(_looked_at, shown, segment, out, written)]


def _looked_at(shown: Shown, segment: Segment, out: Path, written: Future[None]) -> None:
    """Searches a segment for faces, once it is written, and writes what was seen beside it."""
    from pipeline.protection.faces import count_faces

    written.result()
    is_still = isinstance(segment.shows, Still)  # what moves over a card is words: it is looked at once
    left = count_faces(out, step=segment.frames / FPS) if is_still else count_faces(out)
    give_back()
    with appearing(out.with_suffix(SEEN)) as part:
        part.write_text(json.dumps({"left": left, "cut": shown.cut_faces(segment)}), "ascii")


def sound(reel: dict[str, Any], seeds: dict[str, str], out: str, measured: str, tell: Tell = _silent) -> None:
    """Writes the reel's sound to `out`, AAC in MP4, and its loudness to `measured`. `seeds` are hexadecimal."""
    from pipeline.reels import sound

    with appearing(Path(out)) as part:
        told = {Path(clip): bytes.fromhex(seed) for clip, seed in seeds.items()}
        loud = sound.make(CutList.model_validate(reel), part, seeds=told)
    with appearing(Path(measured)) as part:
        part.write_text(json.dumps(asdict(loud)), "ascii")
    tell(1.0)


def handed(clip: str, told: dict[str, Any], covered: tuple[Track, ...], out: str, tell: Tell = _silent) -> list[int]:
    """What `recoding.stretch` says of the stretch of a clip written to `out`, whole pictures, masks and sound."""
    from pipeline.reels import recoding

    with appearing(Path(out)) as part:
        first, frames = recoding.stretch(
            Path(clip), part, covered, tell=tell, **told | {"seed": bytes.fromhex(told["seed"])}
        )
    return [first, frames]


def frame(film: str, seconds: float, out: str, tell: Tell = _silent) -> list[int]:
    """Width and height of one frame of a finished reel, which was written to `out` as raw RGB."""
    from pipeline.reels.sources import Frames, probe

    frames = Frames(probe(Path(film)))
    try:
        shown = frames.at(seconds)
        shown.colorspace, shown.color_range = 1, 1  # BT.709, as our own files are
        Path(out).write_bytes(shown.to_ndarray(format="rgb24").tobytes())
    finally:
        frames.close()
    return [shown.width, shown.height]


def pieces(clip: str, tell: Tell = _silent) -> list[list[Any]]:
    """The pieces of a clip (see `watching.Piece`) as plain data."""
    from pipeline.reels import watching

    return [list(astuple(piece)) for piece in watching.pieces(Path(clip), tell)]


def ready(tell: Tell = _silent) -> None:
    """Nothing, once all that pictures are made with is imported: meanwhile, words are drawn elsewhere."""
    from pipeline.protection import faces  # noqa: F401
    from pipeline.reels import clips, sound  # noqa: F401

    tell(1.0)


def tracks(clip: str, out: str, tell: Tell = _silent) -> int:
    """How many faces the clip has; their tracks are written to `out` as they are stored."""
    from pipeline.protection import worker

    found = worker.search(clip, False, tell)["tracks"]
    with appearing(Path(out)) as part:
        part.write_text(json.dumps(found), "utf-8")
    return len(found)
