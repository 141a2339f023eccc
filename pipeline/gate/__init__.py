"""The last look at a file before it leaves: an allow-list over its exact bytes that fails closed and never writes.

The gate knows nothing of where a file came from. What it does not know, it refuses. It accepts:

* JPEG: baseline; JFIF header without thumbnail, tables that the picture uses, one scan, end, nothing after it.
* PNG: 8-bit grey, RGB, palette without unused entries, or opaque alpha; pixels only.
* PDF: what our own setter writes (`pdf`): text, drawings, JPEG pictures, tags, title and language;
* subtitles, SRT or WebVTT: cues of time and plain text (`cues`);
* MP4: one H.264 and at most one AAC track, index before media, no edit list, no date, every byte of media used.

An MP4 that passes is made so (PyAV or ffmpeg; `tests/media/clean.py` does exactly this):

* muxer: `format=mp4`, `movflags=+faststart+negative_cts_offsets`, `fflags=+bitexact`, `use_editlist=0`,
  `empty_hdlr_name=1`, `write_tmcd=0`; no metadata on the container or a stream, no language, no rotation;
* video: libx264, `a53cc=0`, the packets sent through the bitstream filter `filter_units=remove_types=6`, which drops
  every SEI, x264's own version note included (PyAV: `container.start_encoding()` first, then
  `BitStreamFilterContext("filter_units=remove_types=6", stream)`, flushed at the end; given the output stream as well
  before that, it writes a wrong size into the index);
* audio: AAC, encoder flag `bitexact`, else the encoder signs the first frame.

Without an edit list the AAC encoder's priming (1,024 samples) is heard as silence: a maker who wants exact sync drops
the first 1,024 samples of sound.

Out of reach, and said so to people: what pictures show and voices say, steganography in sample values, bits after the
end of a coded H.264 slice, fill elements inside AAC frames, sensor noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.gate import cues, jpeg, mp4, pdf, png
from pipeline.gate.finding import Finding, Kind, Leak, UnreadableError
from publishers._sentences import _

MAX_BYTES = 1 << 30  # Facebook's own limit for a video sent in one piece; far above what we render

Reader = Callable[[bytes], Iterator[Finding]]


def _reader(head: bytes) -> Reader | None:
    if head.startswith(b"\xff\xd8\xff"):
        return jpeg.findings
    if head.startswith(png.SIGNATURE):
        return png.findings
    if head[4:8] == b"ftyp":
        return mp4.findings
    if head.startswith(pdf.SIGNATURE):
        return pdf.findings
    if head.startswith(b"WEBVTT"):
        return cues.vtt
    if cues.is_srt(head):
        return cues.srt
    return None


def _until_unreadable(findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except UnreadableError as stop:
        yield stop.finding


def inspect(path: Path) -> list[Finding]:
    """Every reason to refuse the file, in the order of its bytes; empty if it may leave. Raises OSError."""
    if path.stat().st_size > MAX_BYTES:
        return [Finding("unknown", "@0", _("more bytes than a file of ours has"))]
    data = path.read_bytes()
    reader = _reader(data[:64])
    if reader is None:
        return [Finding("unknown", "@0", _("a format other than JPEG, PNG, MP4, PDF and subtitles"))]
    return list(_until_unreadable(reader(data)))


def check(path: Path) -> None:
    """Returns if the file may leave as it is; raises `Leak` naming the first thing that may not, and OSError."""
    found = inspect(path)
    if found:
        raise Leak(
            _(
                "This file must not leave: it has {what} ({where}). Render it again with this tool, then retry.",
                what=found[0].what,
                where=found[0].where,
            )
        )


__all__ = ["Finding", "Kind", "Leak", "check", "inspect"]
