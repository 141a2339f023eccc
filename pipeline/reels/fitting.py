"""Whether every text of a cut list holds in its place, before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import Refused
from pipeline.reels.captioning import placed
from pipeline.reels.counting import held
from pipeline.reels.cutlist import CutList
from pipeline.reels.lettering import pressed
from pipeline.reels.problems import Problem
from pipeline.reels.yamlfile import Lines, Place, line_of
from publishers._sentences import _

_OPEN = {"…", "..."}  # what a proposal leaves to be written
_SMALL = (54, 96)  # pixels: cards are looked at for their fit, not for their pictures


def misfits(reel: CutList, lines: Lines) -> Iterator[Problem]:
    """Texts that are too long, have a glyph that no font has, or stand in an unknown template or language."""
    try:
        press = pressed(reel, _SMALL)
    except Refused as refusal:
        yield _problem(("template",) if "template" in refusal.sentence.msgid else ("language",), lines, refusal)
        return
    for slot, text, place in _texts(reel):
        yield from _unwritten(text, place, lines)
        try:
            press.slot(slot, text)
        except Refused as refusal:
            yield _problem(place, lines, refusal)
    for index, cut in enumerate(reel.cuts):
        try:
            if cut.card is not None:
                yield from _unwritten(cut.card.text, ("cuts", index, "card", "text"), lines)
                yield from _unwritten(cut.card.source, ("cuts", index, "card", "source"), lines)
                held(press, cut.card)
        except Refused as refusal:
            yield _problem(("cuts", index, "card"), lines, refusal)


def _unwritten(text: str, place: Place, lines: Lines) -> Iterator[Problem]:
    if text in _OPEN:
        line = line_of(lines, place)
        yield Problem(line, _("Line {line}: {text} still stands here: write the words, or take it away.", line=line,
                              text=text))  # fmt: skip


def _problem(place: Place, lines: Lines, refusal: Refused) -> Problem:
    line = line_of(lines, place)
    return Problem(line, _("Line {line}: {sentence}", line=line, sentence=refusal.sentence))


def _texts(reel: CutList) -> Iterator[tuple[str, str, Place]]:
    """Every text but those of cards: its slot, itself, and where it is written."""
    if reel.title:
        yield "title", reel.title.text, ("title", "text")
        yield from [("label", reel.title.label, ("title", "label"))] if reel.title.label else []
    for caption, place in placed(reel):
        yield "caption", caption.text, place
        yield from [("speaker", caption.speaker, (*place[:-1], "speaker"))] if caption.speaker else []
    for index, said in enumerate(reel.lower_thirds):
        yield "who", said.text, ("lower_thirds", index, "text")
        yield from [("detail", said.detail, ("lower_thirds", index, "detail"))] if said.detail else []
    if reel.end:
        yield "end", reel.end.text, ("end", "text")
        yield from [("source", reel.end.source, ("end", "source"))] if reel.end.source else []
