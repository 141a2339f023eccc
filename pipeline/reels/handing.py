"""A cut list handed on to who cuts with another program: masked clips, and the edit as OpenTimelineIO, EDL and FCPXML.

What leaves are clips made anew: the cuts and a little more at each end, every face masked that the reel masks, voices
as the cut lets them be heard, nothing else in the file. The gate reads each; originals, names and paths stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.errors import NotHere, Refused
from pipeline.protection.tracks import Track
from pipeline.reels import captioning, work
from pipeline.reels.cache import Cache, room
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.making import Workers, most_seconds
from pipeline.reels.sources import FPS
from pipeline.reels.studio import Progress, Shares, Studio, hashed
from pipeline.rendering import executor
from publishers._sentences import _

HANDLE = FPS  # frames at most that a clip has before and after its cut, to trim with
FORMS = {"otio": "otio_json", "edl": "cmx_3600", "fcpxml": "fcpx_xml"}  # files of the edit and OTIO's adapters
_CLIPS = "clips"


@dataclass(frozen=True)
class Piece:
    """A cut as it is handed on: `frames` of its clip at the reel's speed, the cut itself beginning after `before`."""

    number: int
    cut: Cut
    before: int
    frames: int

    @property
    def name(self) -> str:
        """CUT01: no more than an EDL can say, and nothing of the clip's own name."""
        return f"CUT{self.number:02d}"

    @property
    def after(self) -> int:
        """How many frames come after the cut."""
        return self.frames - self.before - self.cut.frames

    @property
    def start(self) -> float:
        """The clip's time of its first frame."""
        return max(0.0, self.cut.at(-self.before / FPS))


def hand_over(
    reel: CutList,
    folder: Path,
    *,
    seconds: Mapping[Path, float],
    masks: Mapping[Path, Sequence[Track]] | None = None,
    seeds: Mapping[Path, bytes] | None = None,
    parts: Path | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """The files in `folder`, which is whole or not there: clips, the edit in each of `FORMS`, caption files.

    `seconds` say how long each clip lasts; the rest is as for `render`. `Refused` where the folder is there already, a
    clip cannot be read or the gate lets one not out; `NotHere` without the extra `edl`.
    """
    _refuse_without_extra()
    if folder.exists():
        raise Refused(_("{name} is there already: choose another name.", name=folder.name))
    pieces = [_piece(number, cut, seconds) for number, cut in enumerate(reel.cuts, 1) if cut.clip]
    with ExitStack() as held:
        held.enter_context(room())
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(held.enter_context(TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent)), "whole")
        (made / _CLIPS).mkdir(parents=True)
        shares = Shares(progress or (lambda _done: None))
        hire = partial(workers or executor.LimitedExecutor, most_seconds(reel, masks or {}), shares)
        studio = held.enter_context(Studio(Cache(parts or made.parent / "parts"), hire, shares))
        tracks = studio.tracks(reel, masks or {}, {clip: hashed(clip) for clip in reel.clips})
        pieces = _clips(pieces, tracks, seeds or {}, made / _CLIPS, studio)
        _words(reel, pieces, made)
        made.replace(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _refuse_without_extra() -> None:
    if find_spec("opentimelineio") is None:
        raise NotHere(
            _("To hand a cut list on, the extra “edl” is needed: in Porte-voix’s folder, uv sync --extra edl.")
        )


def _piece(number: int, cut: Cut, seconds: Mapping[Path, float]) -> Piece:
    """The cut with as much before and after it as its clip has."""
    before = min(HANDLE, int(cut.start / cut.speed * FPS))
    left = seconds[cut.film] - cut.at(cut.frames / FPS)
    after = max(0, min(HANDLE, int(left / cut.speed * FPS) - 1))
    return Piece(number, cut, before, before + cut.frames + after)


def _clips(
    pieces: Sequence[Piece],
    tracks: Sequence[Sequence[Track]],
    seeds: Mapping[Path, bytes],
    folder: Path,
    studio: Studio,
) -> list[Piece]:
    """The pieces as they were written, shorter at an end where the film is damaged; the gate has read each clip."""
    from pipeline import gate

    calls: list[tuple[float, tuple[Any, ...]]] = []
    for piece in pieces:
        cut = piece.cut
        voices = cut.sound if cut.sound in ("mute", "disguise") else "keep"
        told = {"start": piece.start, "frames": piece.frames, "before": piece.before, "after": piece.after,
                "speed": cut.speed, "voices": voices, "seed": seeds.get(cut.film, b"").hex()}  # fmt: skip
        out = folder / f"{piece.name}.mp4"
        calls.append((piece.frames, (work.handed, str(cut.film), told, tuple(tracks[piece.number - 1]), str(out))))
    written = [
        replace(piece, before=piece.before - int(first), frames=int(frames))
        for piece, (first, frames) in zip(pieces, studio.do(calls), strict=True)
    ]
    for piece in written:
        gate.check(folder / f"{piece.name}.mp4")
    return written


def _words(reel: CutList, pieces: Sequence[Piece], folder: Path) -> None:
    """Writes the edit in all its forms, and the captions."""
    import opentimelineio as otio

    timeline = _timeline(reel, {piece.number: piece for piece in pieces})
    for form, adapter in FORMS.items():
        text = otio.adapters.write_to_string(timeline, adapter_name=adapter)
        (folder / f"reel.{form}").write_text(text, "utf-8")
    for form, content in captioning.beside(reel).items():
        (folder / f"reel.{form}").write_bytes(content)


def _timeline(reel: CutList, pieces: Mapping[int, Piece]) -> Any:
    """The edit: the cuts one after the other, a gap for each card, captions and cards as markers."""
    from opentimelineio import schema

    title = reel.title.text if reel.title else "Reel"
    timeline = schema.Timeline(" ".join(title.split()))
    pictures, sound = schema.Track("Pictures", kind="Video"), schema.Track("Sound", kind="Audio")
    timeline.tracks.extend([pictures, sound])
    for number, cut in enumerate(reel.cuts, 1):
        for track in (pictures, sound):
            track.append(_clip(pieces[number]) if number in pieces else schema.Gap(source_range=_range(0, cut.frames)))
        said = cut.caption or (cut.card.text if cut.card else "")
        first = pieces[number].before if number in pieces else 0
        if said:
            pictures[-1].markers.append(schema.Marker(" ".join(said.split()), marked_range=_range(first, 1)))
    return timeline


def _clip(piece: Piece) -> Any:
    from opentimelineio import schema

    file = schema.ExternalReference(f"{_CLIPS}/{piece.name}.mp4", _range(0, piece.frames))
    file.name = piece.name
    return schema.Clip(piece.name, media_reference=file, source_range=_range(piece.before, piece.cut.frames))


def _range(first: int, frames: int) -> Any:
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(first, FPS), RationalTime(frames, FPS))
