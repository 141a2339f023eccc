"""What came of several posts made in one go: those that were made, and those that were left out aloud."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.models import Post, Publication
from publishers._sentences import Sentence


@dataclass(frozen=True)
class LeftOut:
    """A post that was not made, and why: its name (a recipe's, or the day of a series) and title."""

    name: str
    title: str
    sentence: Sentence


@dataclass(frozen=True)
class Made:
    """The drafts in order, their places in the calendar, and what was left out."""

    posts: list[Post]
    publications: list[Publication]
    left_out: list[LeftOut]
