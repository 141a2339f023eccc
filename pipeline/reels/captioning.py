"""Captions that can be read: how long each stands, how fast it must be read, and the files beside the reel.

Two lines at most, 5/6 s to 7 s, two frames between one and the next: Netflix' Timed Text Style Guide, General
Requirements (read 2026-11-26), for every language.

How fast: 17 characters a second in Latin letters (the same house's English Template guide: 200 words a minute). Other
scripts write the same sentence with fewer characters, and nobody reads sentences faster for it (IReST, Trauzettel-
Klosinski and Dietz 2012: alphabets alike at 68 ms a character, Arabic and Hebrew apart): the 109 texts of
templates/cards/*/sample.toml that stand in every language have 3,658 characters in French, 3,066 in Arabic (0.84) and
2,346 in Tigrinya (0.64), counted 2026-11-26. So 14 in Arabic letters and 11 in Ethiopic ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.reels.cutlist import CutList
from pipeline.reels.parts import Caption
from pipeline.reels.problems import Problem
from pipeline.reels.sources import FPS
from pipeline.reels.yamlfile import Lines, Place, line_of
from pipeline.rendering.languages import languages
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.reels.knowing import Knowledge
    from pipeline.subtitles import Cues

SHORTEST, LONGEST = 5 / 6, 7.0  # seconds that a caption stands
GAP = 2  # frames at least between one and the next
SPEEDS = {"latn": 17.0, "arab": 14.0, "ethi": 11.0}  # characters a second at most, by script
_ROUNDED = 0.01  # seconds: times written with two decimals

Placed = Sequence[tuple[Caption, Place]]


def placed(reel: CutList) -> list[tuple[Caption, Place]]:
    """Every caption on the finished reel's time with the place where it is written, in order of time."""
    file = reel.captions.file is not None
    found: list[tuple[Caption, Place]] = [
        (caption, ("captions", "file") if file else ("captions", index, "text"))
        for index, caption in enumerate(reel.captions.cues)
    ]
    said = {id(caption) for caption in reel.captions.cues}
    cuts = [("cuts", index, "caption") for index, cut in enumerate(reel.cuts) if cut.caption]
    own = [caption for caption in reel.timed_captions() if id(caption) not in said]
    found += zip(own, cuts, strict=True)
    return sorted(found, key=lambda one: one[0].start)


def advice(reel: CutList, lines: Lines, known: Knowledge) -> Iterator[Problem]:
    """What makes the captions hard to read, and cuts that are heard without any; the reel can be made as it is."""
    found = placed(reel)
    for caption, place in found:
        yield from _standing(caption, line_of(lines, place))
        yield from _speed(caption, line_of(lines, place), reel.language)
    for (one, _place), (other, place) in pairwise(found):
        if 0 < (other.start - one.end) * FPS < GAP - 0.5:
            line = line_of(lines, place)
            words = {"line": line, "gap": GAP, "time": one.end + GAP / FPS}
            told = _("Line {line}: leave {gap} frames after the caption before: begin at {time} s.", **words)
            yield Problem(line, told, True)
    yield from _unwritten(reel, [caption for caption, _place in found], lines, known)


def _standing(caption: Caption, line: int) -> Iterator[Problem]:
    lasts = caption.end - caption.start
    words = {"line": line, "lasts": lasts}
    if lasts < SHORTEST - _ROUNDED:
        yield Problem(line, _("Line {line}: the caption stands {lasts} s: let it stand 0.84 s or more.", **words), True)
    if lasts > LONGEST + _ROUNDED:
        yield Problem(line, _("Line {line}: the caption stands {lasts} s, 7 at most: make two of it.", **words), True)


def _speed(caption: Caption, line: int, lang: str) -> Iterator[Problem]:
    known = languages().get(lang)
    most = SPEEDS.get(known.script if known else "latn", SPEEDS["latn"])
    count = len(" ".join(caption.text.split()))
    needed = count / most
    lasts = caption.end - caption.start
    if needed > lasts + _ROUNDED:
        words = {"line": line, "speed": f"{count / lasts:.0f}", "most": most, "needed": needed,
                 "fits": int(lasts * most)}  # fmt: skip
        yield Problem(
            line,
            _(
                "Line {line}: {speed} characters a second, {most} can be read: let the caption stand {needed} s, or "
                "keep {fits} characters.",
                **words,
            ),
            True,
        )


def _unwritten(reel: CutList, captions: Sequence[Caption], lines: Lines, known: Knowledge) -> Iterator[Problem]:
    at = 0
    for index, cut in enumerate(reel.cuts):
        first, last = at / FPS, (at + cut.frames) / FPS
        at += cut.frames
        if cut.clip is None or any(caption.start < last and first < caption.end for caption in captions):
            continue
        line = line_of(lines, ("cuts", index))
        if cut.sound != "mute" and known.is_loud(cut.clip):
            yield Problem(line, _("Line {line}: what is said here is not written: add caption: “…”, or sound: mute.",
                                  line=line), True)  # fmt: skip
        elif cut.sound == "mute" and known.speaks(cut.clip, cut.start, cut.end or 0.0):
            yield Problem(line, _("Line {line}: somebody speaks in this muted cut: let caption: “…” say what they say "
                                  "(portevoix reel transcribe writes it down).", line=line), True)  # fmt: skip


def cues(reel: CutList) -> dict[str, Cues]:
    """The captions as they stand in each form of file, srt and vtt; none where the cut list wants no files."""
    from pipeline import subtitles

    said = reel.timed_captions()
    if not said or not reel.captions.beside:
        return {}
    found = subtitles.Cues(
        subtitles.Cue(round(one.start * 1000), round(one.end * 1000), f"{one.speaker}\n{one.text}".strip())
        for one in said
    )
    found.unchecked = reel.captions.unchecked
    return dict.fromkeys(subtitles.MIMES, found)


def beside(reel: CutList) -> dict[str, bytes]:
    """The files of the captions by their form; still marked where a machine heard them and nobody checked them."""
    from pipeline import subtitles

    write = subtitles.marked if reel.captions.unchecked else subtitles.write
    return {form: write(found, form) for form, found in cues(reel).items()}
