"""What each network takes, read from the toml beside its adapter, and what of a submission it would refuse."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Literal

import regex

from publishers._base import File, Frozen, Media, Part, Problem, Submission
from publishers._facets import find_facets, graphemes, validate_facets
from publishers._sentences import Sentence, _
from publishers._shapes import shape_problems

FOLDER = Path(__file__).parent
Unit = Literal["graphemes", "utf8_bytes", "utf16"]
_UNITS: dict[str, Callable[[str], int]] = {
    "graphemes": graphemes,
    "utf8_bytes": lambda text: len(text.encode()),
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
}
_MENTION = regex.compile(r"(?<![\p{L}\p{N}_.@/])@[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?")


class Limit(Frozen):
    """One limit with where it was read; `value` is a number in `unit`, or the names that are allowed."""

    value: int | float | tuple[str, ...]
    unit: str
    evidence: Literal["documented", "source", "measured", "third-party", "unverified"]
    source: str
    date: date
    severity: Literal["error", "warning"] = "error"

    @property
    def number(self) -> float:
        """The limit as a number; only for limits that are one."""
        assert isinstance(self.value, int | float)
        return self.value

    @property
    def names(self) -> tuple[str, ...]:
        """The allowed names; only for limits that are a list."""
        assert isinstance(self.value, tuple)
        return self.value


class Version(Frozen):
    """A version of a network's interface and the day it stops answering."""

    name: str
    value: str
    sunset: date
    source: str
    date: date


class Renditions(Frozen):
    """What to make for a network: the format's name, pixels as (width, height), and bytes at most."""

    image: Literal["portrait", "square", "landscape"]
    image_size: tuple[int, int]
    image_mime: str
    max_bytes: int
    video: Literal["portrait", "square", "landscape"]
    video_size: tuple[int, int]


class Limits(Frozen):
    """All that is known about what one network takes."""

    platform: str
    label: str
    kinds: tuple[str, ...]
    features: frozenset[str]
    lacks: dict[str, frozenset[str]] = {}  # features that a kind of post does not have
    renditions: Renditions
    versions: tuple[Version, ...] = ()
    limits: dict[str, Limit]

    def get(self, name: str, kind: str = "") -> Limit | None:
        """The limit of that name, the kind's own before the general one; None where the network sets none."""
        return self.limits.get(f"{kind}_{name}") or self.limits.get(name)

    def has(self, feature: str, kind: str) -> bool:
        """Whether a kind of post can carry something."""
        return feature in self.features and feature not in self.lacks.get(kind, ())

    def version(self, name: str) -> str:
        """The version to ask for, e.g. `version("graph")` is "v25.0"; KeyError where the network has none such."""
        return {version.name: version.value for version in self.versions}[name]

    def ending(self, today: date, within_days: int = 90) -> tuple[Version, ...]:
        """The interface versions that stop answering within so many days of `today`."""
        return tuple(version for version in self.versions if (version.sunset - today).days <= within_days)


@lru_cache
def limits(network: str) -> Limits:
    """What `network` takes; KeyError for a network without a toml."""
    if network not in networks():
        raise KeyError(network)
    return Limits.model_validate(tomllib.loads((FOLDER / f"{network}.toml").read_text(encoding="utf-8")))


@lru_cache
def networks() -> tuple[str, ...]:
    """Every network whose limits are known, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def count(text: str, unit: Unit) -> int:
    """How long a text is in a network's own unit: graphemes, utf8_bytes or utf16 (code units)."""
    return _UNITS[unit](text)


def hashtags(text: str) -> int:
    """How many hashtags a reader would count in a text."""
    return sum(facet.kind == "tag" for facet in find_facets(text))


def mentions(text: str) -> int:
    """How many @accounts are named in a text; e-mail addresses are not."""
    return len(_MENTION.findall(text))


def check(submission: Submission, network: str) -> list[Problem]:
    """What `network` would refuse of a submission, in reading order; empty if nothing. No network is asked."""
    known = limits(network)
    found = [*shape_problems(submission, known), *_carried(submission, known)]
    for index, part in enumerate(submission.parts):
        at = "" if index == 0 else f"parts[{index}]."
        found += [*_text(part, at, submission, known), *_link_card(part, at, known)]
        for place, medium in enumerate(part.media):
            found += _medium(medium, f"{at}media[{place}]", submission.kind, known)
    return found


# ------------------------------------------------------------------------------------------- the post as a whole


def _carried(submission: Submission, known: Limits) -> Iterator[Problem]:
    """A problem for each thing that was asked for and that this network cannot carry: nothing is dropped in silence."""
    options = submission.options
    asked = [
        ("first_comment", "first_comment", bool(submission.first_comment), _("a first comment")),
        ("content_warning", "content_warning", bool(submission.content_warning), _("a content warning")),
        ("visibility", "options.visibility", options.visibility != "public", _("a restricted audience")),
        ("replies", "options.replies", options.replies != "everyone", _("a limit on who may reply")),
        ("allow_quotes", "options.allow_quotes", not options.allow_quotes, _("a ban on quoting")),
        ("allow_reshare", "options.allow_reshare", not options.allow_reshare, _("a ban on sharing")),
        ("collaborators", "options.collaborators", bool(options.collaborators), _("collaborators")),
        ("location_id", "options.location_id", bool(options.location_id), _("a place")),
        ("link_card", "link_card", any(part.link_card for part in submission.parts), _("a link card")),
        ("subtitles", "media", any(medium.subtitles for medium in submission.media), _("a subtitle file")),
    ]
    hints = [
        ("labels", "options.labels", bool(options.labels), _("labels")),
        ("sensitive", "options.sensitive", options.sensitive, _("the mark “sensitive”")),
        ("made_with_ai", "options.made_with_ai", options.made_with_ai, _("the mark “made with AI”")),
        ("cover", "media", any(medium.cover for medium in submission.media), _("a chosen cover")),
    ]
    for severity, group in (("error", asked), ("warning", hints)):
        for feature, field, wanted, what in group:
            if wanted and not known.has(feature, submission.kind):
                sentence = _("{network} has no way to carry {what}: remove it for this channel.",
                             network=known.label, what=what)  # fmt: skip
                yield Problem.model_validate(
                    {"code": f"no_{feature}", "field": field, "sentence": sentence, "severity": severity}
                )
    yield from _options(submission, known)


def _options(submission: Submission, known: Limits) -> Iterator[Problem]:
    together = known.get("collaborators")
    if together and len(submission.options.collaborators) > together.number:
        sentence = _("{network}: {count} collaborators, {limit} at most.", network=known.label,
                     count=len(submission.options.collaborators), limit=together.value)  # fmt: skip
        yield Problem(code="collaborators", field="options.collaborators", sentence=sentence)
    allowed = known.get("label")
    for label in submission.options.labels if allowed else ():
        assert allowed
        if label not in allowed.names:
            sentence = _("{network} does not know the label “{label}”: use one of {allowed}.",
                         network=known.label, label=label, allowed=", ".join(allowed.names))  # fmt: skip
            yield Problem(code="label", field="options.labels", sentence=sentence)


# ----------------------------------------------------------------------------------------------------- the text


def _text(part: Part, at: str, submission: Submission, known: Limits) -> Iterator[Problem]:
    for name in ("text", "text_bytes"):
        limit = known.get(name, submission.kind)
        if limit and (length := _UNITS[limit.unit](part.text)) > limit.number:
            yield Problem(code=name, field=f"{at}text", sentence=_too_long(known.label, length, limit))
    if not part.text.strip() and (submission.kind == "text" or _says_nothing(part, submission)):
        sentence = _("{network}: the text is empty; write one.", network=known.label)
        yield Problem(code="text_empty", field=f"{at}text", sentence=sentence)
    yield from _signs(part, at, known)
    langs = known.get("langs")
    if langs and len(part.langs) > langs.number:
        sentence = _("{network}: {count} languages, {limit} at most; the first ones are announced.",
                     network=known.label, count=len(part.langs), limit=langs.value)  # fmt: skip
        yield Problem(code="langs", field=f"{at}langs", sentence=sentence, severity=langs.severity)
    if "facets" in known.features:
        yield from validate_facets(part.text, part.facets, field=f"{at}facets")


def _says_nothing(part: Part, submission: Submission) -> bool:
    """Whether it is a message of a thread without anything in it."""
    return (submission.kind == "thread" or len(submission.parts) > 1) and not part.media and not part.link_card


def _too_long(label: str, length: int, limit: Limit) -> Sentence:
    if limit.unit == "utf8_bytes":
        return _("{network}: {count} bytes of text, {limit} at most.", network=label, count=length, limit=limit.value)
    if limit.value == 0:
        return _("{network}: no text goes with this kind of post, remove it.", network=label)
    return _("{network}: {count} characters, {limit} at most.", network=label, count=length, limit=limit.value)


def _signs(part: Part, at: str, known: Limits) -> Iterator[Problem]:
    tags, people = known.get("hashtags"), known.get("mentions")
    if tags and (many := hashtags(part.text)) > tags.number:
        sentence = _("{network}: {count} hashtags, {limit} at most.",
                     network=known.label, count=many, limit=tags.value)  # fmt: skip
        yield Problem(code="hashtags", field=f"{at}text", sentence=sentence, fix="fewer_hashtags")
    if people and (many := mentions(part.text)) > people.number:
        sentence = _("{network}: {count} mentions, {limit} at most.",
                     network=known.label, count=many, limit=people.value)  # fmt: skip
        yield Problem(code="mentions", field=f"{at}text", sentence=sentence)


def _link_card(part: Part, at: str, known: Limits) -> Iterator[Problem]:
    if not part.link_card:
        return
    if part.media:
        sentence = _("{network} shows either files or a link card: remove one of them.", network=known.label)
        yield Problem(code="link_card", field=f"{at}link_card", sentence=sentence)
    most = known.get("thumbnail_bytes")
    if most and part.link_card.thumbnail:
        yield from _weight(part.link_card.thumbnail, most, f"{at}link_card.thumbnail", "rerender_image", known)


# --------------------------------------------------------------------------------------------------- the files


def _medium(medium: Media, at: str, kind: str, known: Limits) -> Iterator[Problem]:
    fix = f"rerender_{medium.kind}" if medium.kind != "document" else None
    yield from _alt(medium, at, known)
    mimes = known.get(f"{medium.kind}_mime", kind)
    if mimes and medium.file.mime not in mimes.names:
        sentence = _("{network} does not take files of the type {mime}: {allowed} only.",
                     network=known.label, mime=medium.file.mime, allowed=", ".join(mimes.names))  # fmt: skip
        yield Problem(code="mime", field=f"{at}.file", sentence=sentence, fix=fix)
    if most := known.get(f"{medium.kind}_bytes", kind):
        yield from _weight(medium.file, most, f"{at}.file", fix, known)
    least = known.get(f"{medium.kind}_bytes_min", kind)
    if least and medium.file.size < least.number:
        sentence = _("{network}: the file weighs {size}, {limit} at least.",
                     network=known.label, size=_size(medium.file.size), limit=_size(least.number))  # fmt: skip
        yield Problem(code="bytes_min", field=f"{at}.file", sentence=sentence)
    yield from _dimensions(medium, at, kind, fix, known)
    yield from _duration(medium, at, kind, known)
    yield from _beside(medium, at, known)


def _alt(medium: Media, at: str, known: Limits) -> Iterator[Problem]:
    described = medium.kind == "image" or (medium.kind == "video" and "video_alt" in known.features)
    if described and not medium.alt.strip():
        sentence = _("{network}: a description for people who do not see the picture is missing; write one.",
                     network=known.label)  # fmt: skip
        yield Problem(code="alt_missing", field=f"{at}.alt", sentence=sentence)
    most = known.get("alt")
    if most and described and (length := _UNITS[most.unit](medium.alt)) > most.number:
        sentence = _("{network}: the description has {count} characters, {limit} at most.",
                     network=known.label, count=length, limit=most.value)  # fmt: skip
        yield Problem(code="alt", field=f"{at}.alt", sentence=sentence)


def _weight(file: File, most: Limit, field: str, fix: str | None, known: Limits) -> Iterator[Problem]:
    if file.size > most.number:
        sentence = _("{network}: the file weighs {size}, {limit} at most.",
                     network=known.label, size=_size(file.size), limit=_size(most.number))  # fmt: skip
        yield Problem(code="bytes", field=field, sentence=sentence, fix=fix)


def _dimensions(medium: Media, at: str, kind: str, fix: str | None, known: Limits) -> Iterator[Problem]:
    if medium.kind == "document":
        return
    ratio = medium.width / medium.height
    measured: Sequence[tuple[str, float, Sentence]] = (
        ("ratio", ratio, _("{network}: the picture is too tall or too wide for it; choose its own format.",
                           network=known.label)),
        ("width", medium.width, _("{network}: {width} pixels wide is outside what it takes as it is.",
                                  network=known.label, width=medium.width)),
        ("pixels", medium.width * medium.height, _("{network}: the picture has too many pixels; make it smaller.",
                                                   network=known.label)),
    )  # fmt: skip
    for name, value, sentence in measured:
        least = known.get(f"{medium.kind}_{name}_min", kind)
        most = known.get(f"{medium.kind}_{name}_max", kind) or known.get(f"{medium.kind}_{name}", kind)
        for limit, broken in ((least, least and value < least.number), (most, most and value > most.number)):
            if limit and broken:
                yield Problem(code=name, field=at, sentence=sentence, severity=limit.severity, fix=fix)


def _duration(medium: Media, at: str, kind: str, known: Limits) -> Iterator[Problem]:
    if medium.kind != "video":
        return
    least, most = known.get("video_ms_min", kind), known.get("video_ms", kind)
    lasts = medium.duration_ms or 0
    if most and lasts > most.number:
        sentence = _("{network}: the video lasts {seconds} s, {limit} s at most.",
                     network=known.label, seconds=ceil(lasts / 1000), limit=int(most.number // 1000))  # fmt: skip
        yield Problem(code="duration", field=at, sentence=sentence)
    if least and lasts < least.number:
        sentence = _("{network}: the video lasts {seconds} s, {limit} s at least.",
                     network=known.label, seconds=lasts // 1000, limit=int(least.number // 1000))  # fmt: skip
        yield Problem(code="duration_min", field=at, sentence=sentence)


def _beside(medium: Media, at: str, known: Limits) -> Iterator[Problem]:
    """Problems of what travels beside a video: its cover and its subtitles."""
    many, weight, form = known.get("subtitles"), known.get("subtitles_bytes"), known.get("subtitles_format")
    if many and len(medium.subtitles) > many.number:
        sentence = _("{network}: {count} subtitle files, {limit} at most.",
                     network=known.label, count=len(medium.subtitles), limit=many.value)  # fmt: skip
        yield Problem(code="subtitles", field=f"{at}.subtitles", sentence=sentence)
    for index, subtitles in enumerate(medium.subtitles):
        where = f"{at}.subtitles[{index}]"
        if form and subtitles.format not in form.names:
            sentence = _("{network} takes subtitles as {allowed} only.",
                         network=known.label, allowed=", ".join(form.names))  # fmt: skip
            yield Problem(code="subtitles_format", field=where, sentence=sentence, fix="convert_subtitles")
        if weight:
            yield from _weight(subtitles.file, weight, where, None, known)
    cover, mimes = known.get("cover_bytes"), known.get("cover_mime")
    if mimes and medium.cover and medium.cover.mime not in mimes.names:
        sentence = _("{network} does not take files of the type {mime}: {allowed} only.",
                     network=known.label, mime=medium.cover.mime, allowed=", ".join(mimes.names))  # fmt: skip
        yield Problem(code="mime", field=f"{at}.cover", sentence=sentence, fix="rerender_image")
    if cover and medium.cover:
        yield from _weight(medium.cover, cover, f"{at}.cover", "rerender_image", known)


def _size(size: float) -> str:
    """A file size as people say it, rounded up so that what is over never reads as equal."""
    return f"{ceil(size / 100_000) / 10:g} MB" if size >= 10_000_000 else f"{ceil(size / 1000)} kB"
