"""A text that is too long for its network: cut at a sentence's end, or told in several messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.errors import Refused
from pipeline.repairs.sentences import ends, tail
from publishers._facets import graphemes
from publishers._sentences import _

BREAK = "\n\n---\n\n"  # between two messages of a thread, as `composing` reads it


@dataclass(frozen=True)
class Cut:
    """A text that was cut: what stays, and what was taken out, to be kept beside."""

    kept: str
    rest: str


def cut(texts: Mapping[str, str], fits: Callable[[Mapping[str, str]], bool]) -> dict[str, Cut]:
    """The texts by language, the longest losing its last sentences until `fits` says so; links at the end stay.

    Only what was cut is returned. `Refused` where no sentence ends early enough.
    """
    found = {lang: _Shrinking(text, lang) for lang, text in texts.items()}
    while not fits({lang: one.text for lang, one in found.items()}):
        longest = max((one for one in found.values() if one.can_shrink), key=lambda one: one.length, default=None)
        if longest is None:
            raise Refused(_("No sentence ends early enough for this network: shorten the text yourself."))
        longest.shrink()
    return {lang: Cut(one.text, one.rest) for lang, one in found.items() if one.rest}


class _Shrinking:
    """A text that loses its sentences from the end; the links and tags that close it stay."""

    def __init__(self, text: str, lang: str) -> None:
        self._tail = tail(text)
        self._body = text.rstrip()[: len(text.rstrip()) - len(self._tail)].rstrip()
        self._ends = [place for place in ends(self._body, lang) if self._body[:place].strip()]

    @property
    def can_shrink(self) -> bool:
        return len(self._ends) > 1

    @property
    def text(self) -> str:
        kept = self._body[: self._ends[-1]].rstrip() if self._ends else ""
        return "\n\n".join(filter(None, (kept, self._tail)))

    @property
    def rest(self) -> str:
        return self._body[self._ends[-1] :].strip() if self._ends else ""

    @property
    def length(self) -> int:
        return graphemes(self.text)

    def shrink(self) -> None:
        self._ends.pop()


def thread(text: str, lang: str, fits: Callable[[str], bool]) -> list[str]:
    """The messages that tell a text, each as long as `fits` lets it be and ended at a sentence's end; no numbers.

    `Refused` where one sentence alone is too long for a message.
    """
    found: list[str] = []
    start, last = 0, 0
    for place in ends(text, lang):
        if not fits(text[start:place].strip()):
            if not text[start:last].strip():
                raise _too_long()
            found.append(text[start:last].strip())
            start = last
            if not fits(text[start:place].strip()):
                raise _too_long()
        last = place
    return [*found, text[start:].strip()] if text[start:].strip() else found


def _too_long() -> Refused:
    return Refused(_("A sentence alone is too long for one message: shorten it, then split the text."))
