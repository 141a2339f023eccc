"""What stands against a post, beside the field that it is about: while it is read, and while it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline import composing, repairs
from pipeline.models import Channel, Variant, VariantMedia
from publishers._base import Problem
from publishers._limits import limits, room
from publishers._sentences import Said, Sentence


@dataclass(frozen=True)
class Stated:
    """One problem: where it stands ("text", "media.N" or nowhere in particular), and whether a machine can mend it."""

    sentence: Sentence
    place: str = ""
    warning: bool = False
    mendable: bool = False
    numeral: bool = False  # a person may answer for it by typing it
    question: bool = False  # a person may say that it stands


@dataclass(frozen=True)
class Room:
    """How long the words are for a network, in its own unit, and how long they may be."""

    used: int
    limit: int

    @property
    def over(self) -> bool:
        """Whether they are too long."""
        return self.used > self.limit


@dataclass(frozen=True)
class Check:
    """What one channel's network would say of what is being written."""

    channel: Channel
    problems: list[Stated]
    room: Room | None = None


def of_variant(variant: Variant, known: frozenset[str] | None = None) -> list[Stated]:
    """What a submission would be refused for; a channel that cannot even be asked is one of them.

    `known` is the register as `textscan.names` gives it, for who looks at several variants.
    """
    try:
        found = composing.problems(variant, known)
    except Said as refusal:
        return [Stated(refusal.sentence)]
    return stated(found, {offer.place for offer in repairs.offers(variant, found)})


def stated(problems: Iterable[Problem], mendable: Iterable[str] = ()) -> list[Stated]:
    """The problems as a page shows them; the first one at each `mendable` place gets the button."""
    left, found = set(mendable), []
    for problem in problems:
        place = _place(problem)
        mends = place in left and repairs.place_of(problem) == place
        left -= {place} if mends else set()
        warning, code = problem.severity == "warning", problem.code
        found.append(Stated(problem.sentence, place, warning, mends, code == "numeral", code == "scan"))
    return found


def _place(problem: Problem) -> str:
    if composing.in_words(problem):
        return "text"
    number = problem.field.removeprefix("media[").partition("]")[0]
    return f"media.{number}" if number.isdigit() else ""


def of_words(variant: Variant, texts: Mapping[str, str]) -> tuple[list[Stated], Room | None]:
    """What the network would say of these words, and how much room they take; nothing where it cannot be asked."""
    try:
        found = stated(composing.text_problems(variant, texts))
    except Said as refusal:
        return [Stated(refusal.sentence)], None
    used = room(composing.worded(variant, texts), limits(variant.channel.network))
    return found, Room(*used) if used else None


def of_alt(use: VariantMedia, alt: str) -> list[Stated]:
    """What the network would say of this description."""
    try:
        return stated(composing.alt_problems(use, alt))
    except Said as refusal:
        return [Stated(refusal.sentence)]
