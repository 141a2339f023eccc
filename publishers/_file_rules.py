"""What a network would refuse of a file by what the submission says of it: type, weight, pixels, length.

What only the bytes can tell is in _films.py and _pictures.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from publishers._base import File, Media, Part, Problem
from publishers._counting import UNITS
from publishers._known import Limit, Limits
from publishers._sentences import Sentence, _

# By kind: the repair of what is too large, and of what is in another form than the network takes.
FIXES: dict[str, tuple[str | None, str | None]] = {
    "image": ("shrink", "convert"),
    "video": ("reencode", "reencode"),
    "document": (None, None),
}


def card_problems(part: Part, at: str, known: Limits) -> Iterator[Problem]:
    """What is wrong with the link card of a message."""
    card = part.link_card
    if not card:
        return
    where = f"{at}link_card"
    if part.media:
        sentence = _("{network} shows either files or a link card: remove one of them.", network=known.label)
        yield Problem(code="link_card", field=where, sentence=sentence)
    if not card.url.startswith(("https://", "http://")):
        sentence = _("The link “{value}” does not begin with https://: write it whole.", value=card.url)
        yield Problem(code="link_card_url", field=where, sentence=sentence)
    if known.get("link_card_title_min") and not card.title.strip():
        sentence = _("{network}: the link card has no title; write one.", network=known.label)
        yield Problem(code="link_card_title", field=where, sentence=sentence)
    if card.thumbnail and known.has("link_card", "link"):
        mimes, most = known.get("thumbnail_mime") or known.get("image_mime"), known.get("thumbnail_bytes")
        if mimes and card.thumbnail.mime not in mimes.names:
            yield Problem(code="mime", field=f"{where}.thumbnail", sentence=_form(card.thumbnail, mimes, known))
        if most:
            yield from _weight(card.thumbnail, most, f"{where}.thumbnail", None, known)


def medium_problems(medium: Media, at: str, kind: str, known: Limits) -> Iterator[Problem]:
    """What is wrong with a picture, video or document by what the submission says of it."""
    smaller, other = FIXES[medium.kind]
    yield from _alt(medium, at, known)
    mimes = known.get(f"{medium.kind}_mime", kind)
    if mimes and medium.file.mime not in mimes.names:
        yield Problem(code="mime", field=f"{at}.file", sentence=_form(medium.file, mimes, known), fix=other)
    if most := known.get(f"{medium.kind}_bytes", kind):
        yield from _weight(medium.file, most, f"{at}.file", smaller, known)
    least = known.get(f"{medium.kind}_bytes_min", kind)
    if least and medium.file.size < least.number:
        sentence = _("{network}: the file weighs {size}, {limit} at least.",
                     network=known.label, size=_size(medium.file.size), limit=_size(least.number))  # fmt: skip
        yield Problem(code="bytes_min", field=f"{at}.file", sentence=sentence)
    yield from _dimensions(medium, at, kind, smaller, known)
    yield from _duration(medium, at, kind, known)
    yield from _beside(medium, at, known)


def _alt(medium: Media, at: str, known: Limits) -> Iterator[Problem]:
    described = medium.kind == "image" or (medium.kind == "video" and "video_alt" in known.features)
    if described and not medium.alt.strip():
        sentence = _("{network}: a description for people who do not see the picture is missing; write one.",
                     network=known.label)  # fmt: skip
        yield Problem(code="alt_missing", field=f"{at}.alt", sentence=sentence)
    most = known.get("alt")
    if most and described and (length := UNITS[most.unit](medium.alt)) > most.number:
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
                mend = FIXES[medium.kind][1] if name == "ratio" else fix
                yield Problem(code=name, field=at, sentence=sentence, severity=limit.severity, fix=mend)


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
    spoken = known.get("subtitles_lang")
    if many and len(medium.subtitles) > many.number:
        sentence = _("{network}: {count} subtitle files, {limit} at most.",
                     network=known.label, count=len(medium.subtitles), limit=many.value)  # fmt: skip
        yield Problem(code="subtitles", field=f"{at}.subtitles", sentence=sentence)
    for index, subtitles in enumerate(medium.subtitles):
        where = f"{at}.subtitles[{index}]"
        if form and subtitles.format not in form.names:
            sentence = _("{network} takes subtitles as {allowed} only.",
                         network=known.label, allowed=", ".join(form.names))  # fmt: skip
            yield Problem(code="subtitles_format", field=where, sentence=sentence)
        if spoken and subtitles.lang.partition("-")[0] not in spoken.names:
            sentence = _("{network} takes subtitles in {allowed} only: remove these ones for this channel.",
                         network=known.label, allowed=", ".join(spoken.names))  # fmt: skip
            yield Problem(code="subtitles_lang", field=where, sentence=sentence)
        if weight:
            yield from _weight(subtitles.file, weight, where, None, known)
    cover, mimes = known.get("cover_bytes"), known.get("cover_mime")
    if mimes and medium.cover and medium.cover.mime not in mimes.names:
        yield Problem(code="mime", field=f"{at}.cover", sentence=_form(medium.cover, mimes, known))
    if cover and medium.cover:
        yield from _weight(medium.cover, cover, f"{at}.cover", None, known)
    yield from _cover_moment(medium, at, known)


def _cover_moment(medium: Media, at: str, known: Limits) -> Iterator[Problem]:
    moment, lasts = medium.cover_offset_ms, medium.duration_ms
    if moment is not None and (moment < 0 or (lasts is not None and moment >= lasts)):
        sentence = _("{network}: the moment chosen for the cover lies outside the video.", network=known.label)
        yield Problem(code="cover_offset", field=f"{at}.cover", sentence=sentence)


def _form(file: File, allowed: Limit, known: Limits) -> Sentence:
    return _("{network} does not take files of the type {mime}: {allowed} only.",
             network=known.label, mime=file.mime, allowed=", ".join(allowed.names))  # fmt: skip


def _size(size: float) -> str:
    """A file size as people say it, rounded up so that what is over never reads as equal."""
    return f"{ceil(size / 100_000) / 10:g} MB" if size >= 10_000_000 else f"{ceil(size / 1000)} kB"
