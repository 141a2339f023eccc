"""Subtitles of a film: read from what people bring, kept as plain cues in the form that a network takes."""

from __future__ import annotations

import hashlib
import html
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pipeline import gate
from pipeline.errors import Refused
from pipeline.models import Rendition, RenditionState, User
from pipeline.people import refuse_readers
from pipeline.rendering import store
from pipeline.rendering.languages import languages
from publishers._sentences import _

MIMES = {"srt": "application/x-subrip", "vtt": "text/vtt"}
FORMS = {mime: form for form, mime in MIMES.items()}
MOST = 1_000_000  # bytes of a file brought in
_TIMES = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})")
# What players honour and readers never miss; any other tag is refused by the gate.
_PLAIN_TAGS = re.compile(r"</?(?:i|b|u|c|font)(?:[ .][^>]*)?>|\{\\an?\d\}|<v [^>]*>|</v>", re.IGNORECASE)


@dataclass(frozen=True)
class Cue:
    """One subtitle: milliseconds from the film's beginning, and its lines."""

    begins: int
    ends: int
    text: str


def read(content: bytes, name: str = "") -> list[Cue]:
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
    return sorted(found, key=lambda cue: (cue.begins, cue.ends))


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


def write(cues: list[Cue], form: str) -> bytes:
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


def keep(cues: list[Cue], lang: str, form: str, *, by: User) -> Rendition:
    """The cues as a file of ours that the gate let through; `Refused` with what may not leave."""
    refuse_readers(by)
    if lang not in languages():
        raise Refused(_("{lang} is not one of our languages: {known}.", lang=lang[:20], known=", ".join(languages())))
    content = write(cues, form)
    inputs = hashlib.sha256(b"subtitles\0" + lang.encode() + b"\0" + content).hexdigest()
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
            "ready_at": timezone.now(),
        },
    )  # fmt: skip
    return row
