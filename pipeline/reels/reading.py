"""Cut lists read from YAML, their clips, captions and figures found; every mistake has its line and what to write."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import Refused
from pipeline.reels.cache import Cache
from pipeline.reels.captioning import advice
from pipeline.reels.cutlist import CutList
from pipeline.reels.explaining import explained
from pipeline.reels.finding import FiguresFinder, FootageFinder, Search
from pipeline.reels.fitting import misfits
from pipeline.reels.knowing import Knowledge
from pipeline.reels.problems import Problem
from pipeline.reels.timing import mistakes
from pipeline.reels.yamlfile import parsed, text_of


def load(
    path: Path, footage: FootageFinder | None = None, figures: FiguresFinder | None = None, cache: Cache | None = None
) -> CutList:
    """The cut list in a YAML file, its clips found and its times checked.

    `footage` turns the id of `clip: footage:ID` into a path, `figures` a summary and its period into its figures by
    name; `cache` keeps what is known of clips. Raises `Refused` with the line and what to write.
    """
    found, problems = check(path, footage, figures, cache=cache)
    if found is None:
        raise Refused(problems[0].sentence)
    return found


def check(
    path: Path,
    footage: FootageFinder | None = None,
    figures: FiguresFinder | None = None,
    text: str | None = None,
    *,
    cache: Cache | None = None,
) -> tuple[CutList | None, list[Problem]]:
    """The cut list, None where it cannot be cut, and all that is to be mended in it, by line.

    `text` is checked instead of what the file holds, its paths counted from where the file is.
    """
    try:
        said = text_of(path) if text is None else text
    except Refused as refusal:
        return None, [Problem(1, refusal.sentence)]
    with Knowledge(cache) as known:
        return _checked(said, path.name, Search(path.parent, {}, known, footage, figures))


def check_text(
    text: str, footage: FootageFinder, figures: FiguresFinder, cache: Cache | None = None
) -> tuple[CutList | None, list[Problem]]:
    """The same of a text that may name footage and summaries, but no file by its path."""
    with Knowledge(cache) as known:
        return _checked(text, "", Search(None, {}, known, footage, figures))


def _checked(text: str, name: str, search: Search) -> tuple[CutList | None, list[Problem]]:
    try:
        data, lines = parsed(text, name)
        written = CutList.model_validate(data)
    except Refused as refusal:
        return None, [Problem(int(refusal.sentence.values.get("line", 1)), refusal.sentence)]
    except ValidationError as wrong:
        return None, [Problem(line, sentence) for line, sentence in explained(wrong, data, lines)]
    search.lines = lines
    found = search.whole(written)
    problems = search.problems or list(mistakes(found, lines)) or list(misfits(found, lines))
    if problems:
        return None, sorted(problems, key=lambda one: one.line)
    return found, sorted(advice(found, lines, search.known), key=lambda one: one.line)
