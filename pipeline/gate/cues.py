"""Subtitles, read line by line against an allow-list (WebVTT as of W3C 2019; SubRip as players read it).

Accepted: UTF-8 without a byte order mark, lines ended by LF; times with hours, cues in order, each begun before it
ends; plain text. Refused, because they carry what nobody sees or lead away: notes, styles, regions, cue names and
settings, tags and codes, addresses, signs without a shape. A joiner or a direction mark, which Persian and Arabic
need, may stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline.gate.finding import Finding, broken
from publishers._sentences import Sentence, _

MOST = 1_000_000  # bytes: an hour of speech is a tenth of it
LINES, SIGNS = 4, 300  # of one cue
VTT = b"WEBVTT\n\n"
_TIME = r"(\d{2}):([0-5]\d):([0-5]\d)%s(\d{3})"
_TIMES = {
    "vtt": re.compile(rf"{_TIME % '[.]'} --> {_TIME % '[.]'}"),
    "srt": re.compile(rf"{_TIME % ','} --> {_TIME % ','}"),
}
_FIRST_OF_SRT = re.compile(rb"1\n\d{2}:\d{2}:\d{2},\d{3} --> ")
_JOINERS = "\u200c\u200d\u200e\u200f\u061c"
# What a reader could follow: a scheme, a host with a known ending, a mail address, an @account.
_ADDRESS = re.compile(
    r"\w+://|www\.|\b[\w-]+\.(?:com|org|net|info|io|fr|eu|uk|de|be|ch|me|ly|app|onion)\b|\w@\w|(?:^|\s)@\w",
    re.IGNORECASE,
)


def is_srt(head: bytes) -> bool:
    """Whether a file begins as SubRip does."""
    return _FIRST_OF_SRT.match(head) is not None


def vtt(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse a WebVTT file."""
    if not data.startswith(VTT):
        yield Finding("hidden", "@6", _("words after WEBVTT"))
        return
    yield from _cues(data[len(VTT) :], "vtt")


def srt(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse a SubRip file."""
    yield from _cues(data, "srt")


def _cues(data: bytes, form: str) -> Iterator[Finding]:
    if len(data) > MOST:
        raise broken("@0", _("more bytes than subtitles have"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise broken(f"@{error.start}", _("bytes that are no UTF-8")) from None
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield Finding("structure", "@0", _("an end that is not one line's"))
        return
    last = 0
    for number, cue in enumerate(text.removesuffix("\n").split("\n\n"), 1):
        where = f"cue {number}"
        lines = cue.split("\n")
        if form == "srt" and lines.pop(0) != str(number):
            raise broken(where, _("a cue without its number"))
        times = _TIMES[form].fullmatch(lines[0]) if lines else None
        if times is None or len(lines) < 2:
            raise broken(where, _("a block that is no cue of time and text"))
        begins, ends = _milliseconds(times.groups()[:4]), _milliseconds(times.groups()[4:])
        if not last <= begins < ends:
            yield Finding("structure", where, _("times that do not follow each other"))
        last = begins
        yield from _text("\n".join(lines[1:]), where, form)


def _milliseconds(parts: tuple[str, ...]) -> int:
    hours, minutes, seconds, rest = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _text(text: str, where: str, form: str) -> Iterator[Finding]:
    if text.count("\n") >= LINES or len(text) > SIGNS:
        yield Finding("hidden", where, _("more words than anyone can read at once"))
    if any(sign in text for sign in "<>{}") or "-->" in text or (form == "vtt" and _entities(text)):
        yield Finding("hidden", where, _("a tag or code"))
    if _ADDRESS.search(text):
        yield Finding("metadata", where, _("an address"))
    if bad := _shapeless(text):
        yield Finding("hidden", where, bad)
    if any(not line.strip() for line in text.split("\n")):
        yield Finding("hidden", where, _("an empty line"))


def _entities(text: str) -> bool:
    return "&" in text.replace("&amp;", "")


def _shapeless(text: str) -> Sentence | None:
    """Signs that no reader sees: control, format, private and unassigned ones, tags and variation selectors."""
    for sign in text:
        kind = unicodedata.category(sign)
        selector = "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
        if sign not in _JOINERS and sign != "\n" and (kind in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp") or selector):
            return _("a sign without a shape")
    return None
