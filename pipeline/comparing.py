"""What differs between two states of a post: words by insertion and deletion, pictures, channels, settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from pipeline import composing, review
from pipeline.models import Channel, Post, Revision
from publishers._base import Media, Submission
from publishers._sentences import Sentence

Fate = Literal["same", "gone", "new"]
# Each of these has its own place on the page, or follows from the words.
SAID_ELSEWHERE = {"text", "pictures and videos", "description of a picture", "links and tags"}


@dataclass(frozen=True)
class Stretch:
    """Some words that stayed, went or came."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Words:
    """One message: its languages, and what became of its words."""

    langs: tuple[str, ...]
    stretches: list[Stretch]

    @property
    def changed(self) -> bool:
        """Whether anything came or went."""
        return any(one.fate != "same" for one in self.stretches)


@dataclass(frozen=True)
class Picture:
    """One picture or film, and what became of its description."""

    fate: Fate
    medium: Media
    alt: list[Stretch]

    @property
    def changed(self) -> bool:
        """Whether it came, went or is described in other words."""
        return self.fate != "same" or any(one.fate != "same" for one in self.alt)


@dataclass(frozen=True)
class Sheet:
    """One channel's part of the difference."""

    channel: Channel
    fate: Fate
    words: list[Words]
    pictures: list[Picture]
    reordered: bool
    settings: list[Sentence]

    @property
    def changed(self) -> bool:
        """Whether anything of it differs."""
        said = any(one.changed for one in self.words) or any(one.changed for one in self.pictures)
        return self.fate != "same" or said or self.reordered or bool(self.settings)


State = Mapping[Channel, Submission]


def sealed(revision: Revision) -> dict[Channel, Submission]:
    """What each channel was to receive by this revision; a text whose seal is broken is left out."""
    items = revision.items.select_related("variant__channel").order_by("variant_id")
    found = {item.variant.channel: review.sealed_text(item.submission)[0] for item in items}
    return {channel: submission for channel, submission in found.items() if submission is not None}


def standing(post: Post) -> dict[Channel, Submission]:
    """What each channel would receive as the post stands now."""
    rows = post.variants.select_related("channel", "post").order_by("pk")
    return {variant.channel: composing.compose(variant) for variant in rows}


def between(old: State, new: State) -> list[Sheet]:
    """A sheet for each channel of either, in order; `changed` says whether it differs."""
    return [_sheet(channel, old.get(channel), new.get(channel)) for channel in {**old, **new}]


def _sheet(channel: Channel, old: Submission | None, new: Submission | None) -> Sheet:
    fate: Fate = "new" if old is None else "gone" if new is None else "same"
    told = composing.differences(old, new) if old and new else []
    pictures, reordered = _pictures(_media(old), _media(new))
    return Sheet(
        channel, fate, _messages(old, new), pictures, reordered,
        [what for what in told if what.msgid not in SAID_ELSEWHERE],
    )  # fmt: skip


def _messages(old: Submission | None, new: Submission | None) -> list[Words]:
    pairs = zip_longest(old.parts if old else (), new.parts if new else ())
    return [
        Words(tuple((after or before).langs), words(before.text if before else "", after.text if after else ""))
        for before, after in pairs
    ]


def _media(of: Submission | None) -> list[Media]:
    return [one for part in of.parts for one in part.media] if of else []


def _pictures(old: list[Media], new: list[Media]) -> tuple[list[Picture], bool]:
    """Every picture of either, those of today first, and whether the ones that stayed changed places."""
    before = {one.file.sha256: one for one in old}
    after = {one.file.sha256: one for one in new}
    kept = [Picture("same" if one.file.sha256 in before else "new", one,
                    words(before[one.file.sha256].alt if one.file.sha256 in before else "", one.alt))
            for one in new]  # fmt: skip
    gone = [Picture("gone", one, words(one.alt, "")) for one in old if one.file.sha256 not in after]
    stayed = [[sha for sha in first if sha in second] for first, second in ((before, after), (after, before))]
    return [*kept, *gone], stayed[0] != stayed[1]


MOST_PAIRS = 4_000_000  # of equal words in both texts: with more, comparing them would keep the page waiting


def _too_alike(before: list[str], after: list[str]) -> bool:
    """Whether the same words come so often, as in a text of one word over and over, that comparing takes minutes."""
    there, here = Counter(before), Counter(after)
    return before != after and sum(number * here[word] for word, number in there.items()) > MOST_PAIRS


def words(old: str, new: str) -> list[Stretch]:
    """The words of both in one line: what stayed, what went, what came. Spaces belong to the word before them."""
    before, after = re.findall(r"\S+\s*|\s+", old), re.findall(r"\S+\s*|\s+", new)
    if _too_alike(before, after):
        return [Stretch("gone", old), Stretch("new", new)]
    found: list[Stretch] = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Stretch("same", "".join(before[i:j])))
            continue
        if i < j:
            found.append(Stretch("gone", "".join(before[i:j])))
        if k < m:
            found.append(Stretch("new", "".join(after[k:m])))
    return found
