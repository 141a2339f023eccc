"""The times and places of a cut list: what cannot be cut, or must not be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.reels.captioning import placed
from pipeline.reels.cutlist import SHORTEST, Cut, CutList
from pipeline.reels.parts import Caption, LowerThird
from pipeline.reels.problems import Problem
from pipeline.reels.sources import FPS
from pipeline.reels.yamlfile import Lines, Place, line_of
from publishers._sentences import _

_EARLY = 1e-6  # seconds: times that were rounded may touch
_HALF = 0.5 / FPS  # seconds: half a frame more than there is, is none


def mistakes(reel: CutList, lines: Lines) -> Iterator[Problem]:
    """What keeps the reel from being made."""
    yield from _coarse(reel.where, ("where",), lines)
    for index, cut in enumerate(reel.cuts):
        yield from _cut(cut, ("cuts", index), lines)
        yield from _coarse(cut.where, ("cuts", index, "where"), lines)
    yield from _captions(reel, lines)
    yield from _lower_thirds(reel, lines)
    if reel.cover and reel.cover.at > reel.footage_frames / FPS + reel.end_frames / FPS:
        line = line_of(lines, ("cover", "at"))
        until = (reel.footage_frames + reel.end_frames) / FPS
        yield Problem(line, _("Line {line}: the reel lasts {until} s; choose a cover within it.", line=line,
                              until=until))  # fmt: skip


def _coarse(where: str, place: Place, lines: Lines) -> Iterator[Problem]:
    """A street or a site of config/places.toml, where a commune should stand."""
    if not where:
        return
    from pipeline.protection.textscan.patterns import FINER, scan

    if any(found.kind in FINER for found in scan(where)):
        line = line_of(lines, place)
        words = {"line": line, "key": "where", "value": where, "example": "Calais"}
        told = _("Line {line}: “{value}” is finer than a commune. Write the commune: {key}: {example}", **words)
        yield Problem(line, told)


def _cut(cut: Cut, place: Place, lines: Lines) -> Iterator[Problem]:
    end = cut.end or 0.0
    yield from _short(cut.start, end, (*place, "to"), lines, cut.seconds)
    if "caption" in cut.model_fields_set and not cut.caption:
        line = line_of(lines, (*place, "caption"))
        yield Problem(
            line, _("Line {line}: the caption is missing. Write caption: “…”, or take the line away.", line=line)
        )
    before = cut.start
    for index, key in enumerate(cut.keyframes):
        line = line_of(lines, (*place, "keyframes", index, "at"))
        words = {"line": line, "at": key.at, "start": cut.start, "end": end}
        if not cut.start - _HALF <= key.at <= end + _HALF:
            yield Problem(
                line, _("Line {line}: {at} s lies outside the cut; write a time from {start} to {end}.", **words)
            )
        elif key.at < before:
            yield Problem(line, _("Line {line}: keyframes stand in order of time; move this one up.", **words))
        before = key.at


def _short(start: float, end: float, place: Place, lines: Lines, lasts: float | None = None) -> Iterator[Problem]:
    if (end - start if lasts is None else lasts) < SHORTEST - 1e-6:
        line = line_of(lines, place)
        words = {"line": line, "start": start, "end": end, "shortest": SHORTEST}
        yield Problem(line, _("Line {line}: {start} to {end} is too short; let it last {shortest} s or more.", **words))


def _captions(reel: CutList, lines: Lines) -> Iterator[Problem]:
    found = [(caption, (*place[:-1], "to") if place[-1] == "text" else place) for caption, place in placed(reel)]
    for caption, place in found:
        yield from _short(caption.start, caption.end, place, lines)
        yield from _outside(caption, place, reel, lines)
    for (one, place), (other, _place) in pairwise(found):
        if _meet(one, other):
            words = {"line": line_of(lines, place), "other": other.text[:40]}
            told = _("Line {line}: this caption overlaps “{other}”; let one end first.", **words)
            yield Problem(line_of(lines, place), told)


def _outside(said: Caption | LowerThird, place: Place, reel: CutList, lines: Lines) -> Iterator[Problem]:
    until = reel.footage_frames / FPS
    if said.end > until + _HALF:
        line = line_of(lines, place)
        words = {"line": line, "end": said.end, "until": until}
        yield Problem(
            line, _("Line {line}: the pictures end at {until} s; end the caption then, not at {end}.", **words)
        )


def _meet(one: Caption | LowerThird, other: Caption | LowerThird) -> bool:
    return other.start < one.end - _EARLY and one.start < other.end - _EARLY


def _lower_thirds(reel: CutList, lines: Lines) -> Iterator[Problem]:
    before: Sequence[LowerThird] = ()
    for index, said in enumerate(reel.lower_thirds):
        place = ("lower_thirds", index, "to")
        yield from _short(said.start, said.end, place, lines)
        yield from _outside(said, place, reel, lines)
        line = line_of(lines, place)
        for other in before:
            if _meet(said, other):
                words = {"line": line, "other": other.text[:40]}
                yield Problem(line, _("Line {line}: this lower third overlaps “{other}”; let one end first.", **words))
        before = reel.lower_thirds[: index + 1]
