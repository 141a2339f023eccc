"""The machine's oracle: what people typed and were told, what was approved, and what left. It asks no line of review.

Everything here is noted from the outside: the sealed text is read when the approval is given and written out and
hashed by this file's own code, files are hashed from the disk, times and holds are those that the doors answered to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ON_TIME = timedelta(minutes=15)
LATEST = {"news": ON_TIME, "evergreen": timedelta(hours=12)}
PARIS = ZoneInfo("Europe/Paris")
QUIET = (7, 22)  # the hours of the day between which late posts may go out by themselves


def written_out(text: str) -> str:
    """A JSON text in the one form that it has: sorted, tight, as its bytes are meant to be hashed."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sealed(text: str) -> str:
    body = '{"seal_version":1,"submission":' + written_out(text) + "}"
    return hashlib.sha256(body.encode()).hexdigest()


def file_hashes(text: str) -> dict[str, str]:
    """The files that a sealed text names, name -> SHA-256."""
    named = [m["file"] for part in json.loads(text)["parts"] for m in part["media"]]
    return {file["name"]: file["sha256"] for file in named}


@dataclass
class Place:
    """A post's place in the calendar on one channel, as its people were told."""

    due: datetime
    day: date
    cancelled: bool = False
    asked: bool = False  # nothing goes out before a person says so again


@dataclass
class Told:
    """A post as its people typed it."""

    token: str
    kind: str
    makers: set[str]
    texts: dict[str, dict[str, str]]  # channel -> language -> text
    alts: dict[str, list[str]]
    pictures: dict[str, list[str]]  # channel -> SHA-256 of the pictures
    agreed: dict[str, str] = field(default_factory=dict)  # channel -> sealed text, while an approval is in force
    places: dict[str, Place] = field(default_factory=dict)
    changed: tuple[str, ...] = ()  # what was written last: channel and language, or channel alone for a description


@dataclass
class Left:
    """What left for one channel: the text, and the hashes of the bytes that went with it."""

    channel: str
    submission: str
    files: dict[str, str]
    at: datetime
    out: bool


class Witness:
    """Everything told and everything that left; `wrong` says what should not be."""

    def __init__(self) -> None:
        self.posts: list[Told] = []
        self.held: dict[str, datetime] = {}  # channel, or "*" -> since when
        self.left: list[Left] = []
        self.late: set[tuple[str, datetime]] = set()
        self.wrong: list[str] = []

    def approved(self, told: Told, by: str, items: list[tuple[str, str, str]]) -> None:
        """An approval was given: (channel, sealed text, seal) of each item as they stand in the store."""
        if by in told.makers:
            self.wrong.append(f"{by} approved what they touched")
        for channel, text, seal in items:
            if sealed(text) != seal or written_out(text) != text:
                self.wrong.append(f"the seal that was approved is not the text's: {text}")
            self._typed(told, channel, text)
            told.agreed[channel] = text
        if set(told.agreed) != set(told.texts):
            self.wrong.append("an approval left a channel out")

    def _typed(self, told: Told, channel: str, text: str) -> None:
        (part,) = json.loads(text)["parts"]
        typed = "\n\n".join(told.texts[channel].values())
        if part["text"] != typed or part["langs"] != list(told.texts[channel]):
            self.wrong.append(f"approved was {part['text']!r}, typed {typed!r}")
        if [m["alt"] for m in part["media"]] != told.alts[channel]:
            self.wrong.append("the descriptions approved are not those typed")
        if list(file_hashes(text).values()) != told.pictures[channel]:
            self.wrong.append("the pictures approved are not those chosen")

    def is_out(self, told: Told, channel: str | None = None) -> bool:
        return any(told.token in one.submission and one.out and channel in (None, one.channel) for one in self.left)

    def void(self, told: Told, what: str) -> None:
        """An approval ended, and the person was told so: nothing of the post may be out."""
        told.agreed = {}
        if self.is_out(told):
            self.wrong.append(f"{what} was accepted although the post is out")

    def leaves(self, one: Left) -> None:
        """Something left: whether it may is decided here."""
        told = next(t for t in self.posts if t.token in one.submission)
        self.wrong += [f"{why}: {one.submission[:300]}" for why in self._faults(told, one)]
        self.left.append(one)

    def _faults(self, told: Told, one: Left) -> list[str]:
        agreed, place = told.agreed.get(one.channel), told.places.get(one.channel)
        found = []
        if agreed is None:
            found.append("left without an approval in force")
        elif written_out(one.submission) != agreed or one.files != file_hashes(agreed):
            found.append("what left is not what was approved")
        if "*" in self.held or one.channel in self.held:
            found.append("left during a hold")
        if one.out and self.is_out(told, one.channel):
            found.append("left twice")
        if place is None or place.cancelled:
            found.append("left without a place in the calendar")
        elif place.asked:
            found.append("left although a person was to be asked")
        elif not place.due <= one.at <= place.due + LATEST[told.kind]:
            found.append(f"left at {one.at}, due at {place.due}")
        elif one.at > place.due + ON_TIME:
            found += self._late(one)
        return found

    def _late(self, one: Left) -> list[str]:
        """What leaves late by itself leaves alone, and not at night."""
        found = [] if QUIET[0] <= one.at.astimezone(PARIS).hour < QUIET[1] else ["left late, in the quiet hours"]
        if (one.channel, one.at) in self.late:
            found.append("left late together with another")
        self.late.add((one.channel, one.at))
        return found

    def released(self, channel: str, now: datetime) -> None:
        """A hold ended: what became due under it waits for a word."""
        since = self.held.pop(channel)
        for told in self.posts:
            for name, place in told.places.items():
                waited = channel in ("*", name) and since <= place.due <= now
                place.asked |= waited and not any(told.token in one.submission for one in self.left)


def folder_left(folder: Path, at: datetime) -> Left:
    """What stands in one folder of an outbox, from its bytes."""
    text = (folder / "submission.json").read_text(encoding="utf-8")
    names = file_hashes(text)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return Left(json.loads(text)["channel"], text, files, at, out=True)
