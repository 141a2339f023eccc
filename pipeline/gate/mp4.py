"""MP4, read box by box against an allow-list (ISO 14496-12 and -14).

The index says where each sample lies. Every byte of the media must belong to exactly one sample of the one picture
track or the one sound track, and every sample of the picture track is read by `pipeline.gate.h264`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.gate import h264, mp4_entries, mp4_leaves, mp4_samples
from pipeline.gate.boxes import children
from pipeline.gate.finding import Finding, Span, broken, whole
from publishers._sentences import Sentence, _

Leaves = dict[bytes, Span]

BRANCHES: dict[bytes, frozenset[bytes]] = {
    b"": frozenset({b"ftyp", b"moov", b"free", b"mdat"}),
    b"moov": frozenset({b"mvhd", b"trak", b"udta"}),
    b"trak": frozenset({b"tkhd", b"mdia"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset({b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sgpd", b"sbgp"}),
}
ORDERS = ((b"ftyp", b"moov", b"mdat"), (b"ftyp", b"moov", b"free", b"mdat"))
NEEDED = (b"tkhd", b"mdhd", b"hdlr", b"dref", b"stsd", b"stts", b"stsc", b"stsz")

_NAMES: dict[bytes, Sentence] = {
    b"udta": _("notes about the recording (place, title, author)"),
    b"meta": _("notes about the recording (place, title, author)"),
    b"uuid": _("a private part (uuid)"),
    b"edts": _("an edit list, which can hide pictures"),
    b"free": _("unused bytes"),
    b"skip": _("unused bytes"),
    b"wide": _("unused bytes"),
    b"tref": _("a link between tracks (chapters or time code)"),
    b"gmhd": _("a track other than picture and sound"),
    b"nmhd": _("a track other than picture and sound"),
    b"moof": _("a video in fragments"),
    b"mvex": _("a video in fragments"),
}


def findings(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse these bytes as an MP4."""
    file = whole(data)
    top, tracks = Leaves(), list[Leaves]()
    yield from _walk(file, b"", "", top, tracks)
    if tuple(kind for kind, _body in children(file)) not in ORDERS:
        raise broken("@0", _("its parts in an order other than index, then media"))
    yield from _tracks(top, tracks)
    yield from _media(file, top[b"mdat"], tracks)


def _walk(span: Span, branch: bytes, path: str, leaves: Leaves, tracks: list[Leaves]) -> Iterator[Finding]:
    for kind, body in children(span):
        where = f"{path}{kind.decode() if kind in BRANCHES[branch] or kind in _NAMES else '?'}"
        if kind in leaves and kind != b"trak":
            raise broken(where, _("a part that comes twice"))
        leaves[kind] = body
        if kind not in BRANCHES[branch]:
            yield Finding("metadata", where, _NAMES.get(kind, _("a part of unknown use")))
        elif kind == b"trak":
            tracks.append(Leaves())
            yield from _walk(body, kind, f"{where}/", tracks[-1], tracks)
        elif kind in BRANCHES:
            yield from _walk(body, kind, f"{where}/", leaves, tracks)
        elif (wrong := mp4_leaves.judge(kind, body)) is not None:
            yield Finding("metadata", where, wrong)


def _tracks(top: Leaves, tracks: list[Leaves]) -> Iterator[Finding]:
    kinds = [mp4_leaves.handler(track[b"hdlr"]) if b"hdlr" in track else b"" for track in tracks]
    if sorted(kinds) not in ([b"vide"], [b"soun", b"vide"]):
        raise broken("moov/trak", _("tracks other than one of pictures and at most one of sound"))
    if b"mvhd" not in top or any(needed not in track for track in tracks for needed in NEEDED):
        raise broken("moov/trak", _("an index without all its parts"))
    for track in tracks:
        own, other = (b"vmhd", b"smhd") if mp4_leaves.handler(track[b"hdlr"]) == b"vide" else (b"smhd", b"vmhd")
        if own not in track or other in track:
            raise broken("moov/trak/mdia/minf", _("an index without all its parts"))
        if not mp4_samples.times_agree(top, track):
            yield Finding("hidden", "moov/trak", _("pictures or sound outside the stated length"))


def _media(file: Span, mdat: Span, tracks: list[Leaves]) -> Iterator[Finding]:
    """Refuses bytes of the media that no sample uses, and what the picture samples carry beside pictures."""
    used: list[Span] = []
    for track in tracks:
        samples = mp4_samples.samples(file, track)
        used += samples
        if mp4_leaves.handler(track[b"hdlr"]) == b"vide":
            yield from _pictures(track[b"stsd"], samples)
        else:
            yield from mp4_entries.sound(track[b"stsd"])
    used.sort(key=lambda span: span.start)
    position = mdat.start
    for span in [*used, mdat.part(len(mdat))]:
        if span.start != position:
            yield Finding("hidden", f"mdat, @{min(position, span.start)}", _("bytes that the video does not use"))
            return
        position = span.end


def _pictures(description: Span, samples: list[Span]) -> Iterator[Finding]:
    found, configuration = mp4_entries.pictures(description)
    yield from found
    length_size, sets = h264.configuration(configuration)
    for parameters in sets:
        yield from h264.unit(parameters)
    for span in samples:
        yield from h264.sample(span, length_size)
