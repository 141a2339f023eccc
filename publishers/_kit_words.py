"""What a submission says, cut as a person needs it: title and body in each language, tags, figures, embargo."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publishers._base import Media, Part, Submission
from publishers._facets import find_facets

_ROW = re.compile(r"^\|(?P<name>[^|]+)\|(?P<value>[^|]+)\|?$")
_EMBARGO = re.compile(r"^(under |sous )?embargo\b|^sperrfrist\b|^embargoed\b|^حظر", re.IGNORECASE)
_CHAPTER = re.compile(
    r"^(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?=\s)\s*[-–—:]?\s*(?P<name>.*)$"
)


@dataclass(frozen=True)
class Words:
    """What is said in one language."""

    lang: str
    title: str
    body: str


@dataclass(frozen=True)
class Chapter:
    """A line of a description that begins with a time, in milliseconds from the film's beginning."""

    at: int
    name: str


def words(submission: Submission) -> list[Words]:
    """Title and body of each language. The title is the submission's own, or else the text's first line."""
    return [_words(part, submission.title if place == 0 else "") for place, part in enumerate(submission.parts)]


def _words(part: Part, title: str) -> Words:
    lang = part.langs[0] if len(part.langs) == 1 else "-".join(part.langs)
    if title:
        return Words(lang, title.strip(), part.text.strip())
    first, _end, rest = part.text.strip().partition("\n")
    return Words(lang, first.strip(), rest.strip())


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a body, rows of figures and the embargo left out."""
    kept = ("\n".join(line for line in block.split("\n") if not _ROW.match(line.strip())) for block in _blocks(body))
    return [text for text in kept if text.strip() and not _EMBARGO.match(text.strip())]


def figures(body: str) -> list[tuple[str, str]]:
    """The rows of figures: each line of the form “| what | how many |”."""
    found = (_ROW.match(line.strip()) for line in body.split("\n"))
    return [(row["name"].strip(), row["value"].strip()) for row in found if row]


def embargo(body: str) -> str:
    """The paragraph that begins with “Embargo”, empty where there is none."""
    return next((block.strip() for block in _blocks(body) if _EMBARGO.match(block.strip())), "")


def _blocks(body: str) -> list[str]:
    return re.split(r"\n\s*\n", body)


def chapters(body: str) -> list[Chapter]:
    """The lines that begin with a time, in their order, as YouTube reads them."""
    return [_chapter(found) for line in body.split("\n") if (found := _CHAPTER.match(line.strip()))]


def _chapter(found: re.Match[str]) -> Chapter:
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    return Chapter(((hours * 60 + minutes) * 60 + seconds) * 1000, found["name"].strip())


def clock(at: int) -> str:
    """So many milliseconds as a line of chapters begins: 1:07 or 1:00:07."""
    minutes, seconds = divmod(at // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


def tags(submission: Submission, standing: str = "") -> list[str]:
    """The hashtags of all texts without their sign, after the channel's standing ones; each once."""
    given = [tag.strip() for tag in standing.split(",") if tag.strip()]
    found = [facet.value for part in submission.parts for facet in find_facets(part.text) if facet.kind == "tag"]
    kept: dict[str, str] = {}
    for tag in (*given, *found):
        kept.setdefault(tag.casefold(), tag)
    return list(kept.values())


def pictures(submission: Submission, lang: str) -> list[Media]:
    """The pictures for a language: those in it, or all where none is."""
    images = [medium for medium in submission.media if medium.kind == "image"]
    return [medium for medium in images if medium.lang == lang] or images


def direction(text: str) -> str:
    """Where a text is read from: "rtl" if its first letter with a direction runs so, else "ltr"."""
    for sign in text:
        if (runs := unicodedata.bidirectional(sign)) in ("L", "R", "AL"):
            return "ltr" if runs == "L" else "rtl"
    return "ltr"


def links(paragraph: str) -> Iterator[tuple[str, str]]:
    """The paragraph in pieces: (text, "") or (text, address)."""
    held, at = paragraph.encode(), 0
    for facet in find_facets(paragraph):
        if facet.kind == "link":
            yield held[at : facet.start].decode(), ""
            yield held[facet.start : facet.end].decode(), facet.value
            at = facet.end
    yield held[at:].decode(), ""


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Figures as CSV that a spreadsheet opens: semicolons, no cell that could count as a formula."""
    return "".join(f"{_cell(name)};{_cell(value)}\r\n" for name, value in rows)


def _cell(text: str) -> str:
    safe = f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return f'"{safe.replace(chr(34), chr(34) * 2)}"'
