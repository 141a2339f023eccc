"""Subtitles of a film: read from what people bring, kept as plain cues in the form that a network takes."""

from __future__ import annotations

import hashlib
import html
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pipeline import audit, gate
from pipeline.errors import Refused
from pipeline.models import Post, Rendition, RenditionState, User, VariantMedia
from pipeline.people import refuse_readers
from pipeline.rendering import store
from pipeline.rendering.languages import languages
from publishers._sentences import _

MIMES = {"srt": "application/x-subrip", "vtt": "text/vtt"}
FORMS = {mime: form for form, mime in MIMES.items()}
MOST = 1_000_000  # bytes of a file brought in
_TIMES = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})")
# The first block of what a machine heard. It is no cue: the gate lets no file out that still has it.
UNCHECKED = "NOTE to be checked: a machine heard this, and nobody has compared it with the sound yet"
_MARK = re.compile(r"^NOTE to be checked\b", re.MULTILINE)
# What players honour and readers never miss; any other tag is refused by the gate.
_PLAIN_TAGS = re.compile(r"</?(?:i|b|u|c|font)(?:[ .][^>]*)?>|\{\\an?\d\}|<v [^>]*>|</v>", re.IGNORECASE)


@dataclass(frozen=True)
class Cue:
    """One subtitle: milliseconds from the film's beginning, and its lines."""

    begins: int
    ends: int
    text: str


class Cues(list[Cue]):
    """Cues of a file; `unchecked` where it says of itself that a machine heard them and nobody checked them."""

    unchecked = False


def read(content: bytes, name: str = "") -> Cues:
    """The cues of an SRT or WebVTT file, in order, or `Refused`; notes, styles, settings and plain tags are dropped."""
    if len(content) > MOST:
        raise Refused(_("{name} is too large to be subtitles: choose another file.", name=name))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise Refused(_("{name} is not in UTF-8: save it again as UTF-8 text.", name=name)) from None
    webvtt = text.startswith("WEBVTT")
    found = [cue for block in re.split(r"\n[ \t]*\n", text.strip()) if (cue := _cue(block, webvtt=webvtt))]
    if not found:
        raise Refused(_("{name} holds no subtitles: an SRT or WebVTT file is needed.", name=name))
    cues = Cues(sorted(found, key=lambda cue: (cue.begins, cue.ends)))
    cues.unchecked = _MARK.search(text) is not None
    return cues


def marked(cues: Sequence[Cue], form: str) -> bytes:
    """The file's bytes with the mark that a person has still to check them."""
    head, _lines, rest = write(cues, form).partition(b"WEBVTT\n\n")
    return b"WEBVTT\n\n" * (form == "vtt") + UNCHECKED.encode() + b"\n\n" + (rest or head)


def _cue(block: str, *, webvtt: bool) -> Cue | None:
    lines = block.split("\n")
    for place, line in enumerate(lines[:2]):  # a name or a number may stand before the times
        if match := _TIMES.match(line.strip()):
            parts = match.groups()
            said = [_PLAIN_TAGS.sub("", one).strip() for one in lines[place + 1 :]]
            plain = "\n".join(html.unescape(one) if webvtt else one for one in said if one)
            return Cue(_milliseconds(parts[:4]), _milliseconds(parts[4:]), plain) if plain else None
    return None


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((parts[3] or "0").ljust(3, "0"))


def write(cues: Sequence[Cue], form: str) -> bytes:
    """The file's bytes, as the gate lets them out: the same cues give the same bytes."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        times = f"{_clock(cue.begins, form)} --> {_clock(cue.ends, form)}"
        text = cue.text.replace("&", "&amp;") if form == "vtt" else cue.text
        blocks.append("\n".join([*([str(number)] if form == "srt" else []), times, text]))
    return (("WEBVTT\n\n" if form == "vtt" else "") + "\n\n".join(blocks) + "\n").encode()


def _clock(moment: int, form: str) -> str:
    seconds, rest = divmod(moment, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{',' if form == 'srt' else '.'}{rest:03}"


def keep(cues: Sequence[Cue], lang: str, form: str, *, by: User) -> Rendition:
    """The cues as a file of ours that the gate let through; `Refused` with what may not leave."""
    refuse_readers(by)
    if lang not in languages():
        raise Refused(_("{lang} is not one of our languages: {known}.", lang=lang[:20], known=", ".join(languages())))
    content = write(cues, form)
    by_machine = isinstance(cues, Cues) and cues.unchecked
    heard = b"\0by machine" if by_machine else b""
    inputs = hashlib.sha256(b"subtitles\0" + lang.encode() + b"\0" + content + heard).hexdigest()
    work = Path(settings.PORTEVOIX_HOME) / "work"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        path = Path(folder) / "out"
        path.write_bytes(content)
        gate.check(path)
        sha256, size = store.keep(path, MIMES[form])
    row, _made = Rendition.objects.get_or_create(
        inputs_sha256=inputs,
        defaults={
            "kind": "subtitles", "state": RenditionState.READY, "spec": {}, "lang": lang, "format": form,
            "mime": MIMES[form], "sha256": sha256, "size": size, "requested_by": by, "progress": 1.0,
            "ready_at": timezone.now(), "by_machine": by_machine,
        },
    )  # fmt: skip
    return row


# ---------------------------------------------------------------------------------------------- what a machine heard


def unchecked(post: Post) -> QuerySet[Rendition]:
    """The films and subtitles of a post that say words which a machine heard and nobody has checked."""
    uses = VariantMedia.objects.filter(variant__post=post)
    # By number, not by joins: those would look through every file that was ever made.
    beside = uses.exclude(subtitles=None).values_list("subtitles", flat=True)
    held = [*uses.values_list("rendition", flat=True), *beside]
    return Rendition.objects.filter(pk__in=set(held), by_machine=True, checked_by=None).order_by("lang", "pk")


def check(post: Post, lang: str, *, by: User) -> int:
    """How many files of the post in that language `by` has compared with the sound and stands by."""
    refuse_readers(by)
    rows = list(unchecked(post).filter(lang=lang))
    if not rows:
        raise Refused(_("There are no captions to check in {lang} in this post.", lang=lang[:20]))
    with transaction.atomic():
        Rendition.objects.filter(pk__in=[row.pk for row in rows]).update(checked_by=by, checked_at=timezone.now())
        audit.append(by, "captions.checked", f"post:{post.pk}", lang=lang, files=[row.sha256[:16] for row in rows])
    return len(rows)
