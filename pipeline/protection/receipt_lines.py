"""A receipt of protection in lines for people: the same on its page, in a terminal and on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from publishers._sentences import Sentence, _

Value = str | Sentence

FACES = {"masked": _("all covered"), "nobody": _("nobody in the picture"), "consent": _("shown with consent")}
VOICES = {"none": _("no voice"), "muted": _("muted"), "disguised": _("disguised"), "kept": _("kept")}
SEEN = {
    "nobody": _("nobody is there: {n}"), "hidden": _("nobody can be recognised: {n}"),
    "covered": _("a mask covers it: {n}"),
}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, each with its name."""

    title: Sentence
    lines: tuple[tuple[Sentence, Value], ...]


def sections(said: Mapping[str, Any]) -> list[Section]:
    """The file, then each piece of footage in it; `said` is a receipt's JSON."""
    return [Section(_("The file"), tuple(_file(said))), *map(_footage, said["footage"])]


def _file(said: Mapping[str, Any]) -> Iterator[tuple[Sentence, Value]]:
    file, tools = said["file"], said["tools"]
    yield _("Its hash (SHA-256)"), file["sha256"]
    yield _("Kind"), f"{file['kind']}, {file['mime']}, {file['bytes']} B"
    if file["copy_of"]:
        yield _("Copy of the file"), file["copy_of"]
    yield _("What shaped it (hash)"), file["inputs"]
    if tools:
        yield _("Made with"), ", ".join(f"{name} {version}" for name, version in sorted(tools.items()))


def _footage(one: Mapping[str, Any]) -> Section:
    title = _("Footage {code}", code=one["sha256"][:10])
    return Section(title, (*_masks(one), *_confirmed(one), *_settled(one)))


def _masks(one: Mapping[str, Any]) -> Iterator[tuple[Sentence, Value]]:
    yield _("Hash of the original (SHA-256)"), one["sha256"]
    yield _("Hash of the masks"), one["masks"]
    if one["search"]:
        yield _("Searched with"), ", ".join(f"{name} {value}" for name, value in sorted(one["search"].items()))
    review = one["review"]
    if review:
        yield (
            _("Masks reviewed"),
            _("version {n}, by {who}, {when}", n=review["version"], who=review["by"], when=when(review["at"])),
        )
        yield _("Places looked at"), _places(review["places"])
        yield _("Drawn or changed by"), ", ".join(review["drawn_by"]) or _("nobody: as the search found them")


def _places(places: list[Mapping[str, Any]]) -> Value:
    counted = Counter(place["decision"] for place in places)
    if not counted:
        return _("there were none")
    parts = [replace(words, values={"n": counted[one]}) for one, words in SEEN.items() if one in counted]
    return _("{n} in all ({parts})", n=len(places), parts=parts)


def _confirmed(one: Mapping[str, Any]) -> Iterator[tuple[Sentence, Value]]:
    word = one["confirmed"]
    yield _("Watched and confirmed"), _("by {who}, {when}", who=word["by"], when=when(word["at"]))
    yield _("Faces"), FACES[word["faces"]]
    yield _("Voices"), VOICES[word["voice"]]
    if one["voices_chosen"]:
        yield _("Chosen for the voices of this footage"), VOICES[one["voices_chosen"]]
    yield _("Faces that the detector still saw"), str(word["faces_left"])


def _settled(one: Mapping[str, Any]) -> Iterator[tuple[Sentence, Value]]:
    if not one["consents"]:
        yield _("Consents"), _("none")
    for consent in one["consents"]:
        yield _("Consent {code}", code=consent["code"]), Sentence("{parts}", {"parts": _consent(consent)})
    yield _("Embargo"), _("until {day}", day=when(one["embargo_until"])) if one["embargo_until"] else _("none")


def _consent(consent: Mapping[str, Any]) -> list[Value]:
    parts: list[Value] = [_("given on {day}", day=consent["given_on"])]
    parts += [_("until {day}", day=consent["until"])] if consent["until"] else []
    parts += [_("the face may be seen") if consent["face"] else _("masked only")]
    parts += [_("the voice may be heard")] if consent["voice"] else []
    parts += [*consent["networks"], *consent["languages"]]
    return [*parts, _("withdrawn")] if consent["withdrawn"] else parts


def when(stored: str) -> str:
    """A stored time as people read it here: 2026-11-26 09:12."""
    return timezone.localtime(datetime.fromisoformat(stored)).strftime("%Y-%m-%d %H:%M")
