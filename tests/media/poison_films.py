"""Poisoned films: some written by ffmpeg as careless settings would, some by hand from a clean one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.media import boxes
from tests.media.boxes import Box
from tests.media.canary import CANARY
from tests.media.clean import MUXER, WITHOUT_SEI, add_pictures, add_sound, picture, write_clean_mp4

TEXT = CANARY.decode()
SEI_TEXT = f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{TEXT}"


def all_of_them(folder: Path) -> Iterator[tuple[str, bytes]]:
    scratch = folder / "scratch.mp4"
    clean = write_clean_mp4(scratch).read_bytes()
    yield from _careless(scratch)
    yield from _more_tracks(scratch)
    for name, data in [*_boxes(clean), *_values(clean), *_stream(clean), *_media(clean)]:
        yield f"{name}.mp4", data
    scratch.unlink()


# ------------------------------------------------------------------------------------------------ written by ffmpeg


def _film(
    path: Path,
    *,
    container: dict[str, str] | None = None,
    picture_tags: dict[str, str] | None = None,
    sound_tags: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    units: str | None = WITHOUT_SEI,
    kind: str = "mp4",
    chapters: bool = False,
) -> bytes:
    with av.open(str(path), "w", format=kind, options={**MUXER, **(muxer or {})}) as film:
        film.metadata.update(container or {})
        writers = [add_pictures(film, units=units, metadata=picture_tags), add_sound(film, metadata=sound_tags)]
        if chapters:
            title = {"title": TEXT}
            film.set_chapters([{"id": 1, "start": 0, "end": 300, "time_base": Fraction(1, 1000), "metadata": title}])
        for write in writers:
            write()
    return path.read_bytes()


def _careless(path: Path) -> Iterator[tuple[str, bytes]]:
    mdta = {"movflags": f"{MUXER['movflags']}+use_metadata_tags"}
    settings: dict[str, dict[str, object]] = {
        "title": {"container": {"title": TEXT}},
        "comment": {"container": {"comment": TEXT}},
        "artist": {"container": {"artist": TEXT}},
        "place xyz": {"container": {"location": "+48.8584+002.2945/", "title": TEXT}},
        "place loci": {"container": {"location": "+48.8584+002.2945/"}, "kind": "3gp"},
        "place mdta": {"container": {"com.apple.quicktime.location.ISO6709": TEXT}, "muxer": mdta},
        "creation time": {
            "container": {"creation_time": "2026-11-20T08:00:00Z"},
            "muxer": {"fflags": "+flush_packets"},
        },
        "picture handler name": {"picture_tags": {"handler_name": TEXT}, "muxer": {"empty_hdlr_name": "0"}},
        "sound handler name": {"sound_tags": {"handler_name": TEXT}, "muxer": {"empty_hdlr_name": "0"}},
        "language": {"sound_tags": {"language": "amh"}},
        "track title": {"picture_tags": {"title": TEXT}, "kind": "mov"},
        "quicktime title": {"container": {"title": TEXT}, "kind": "mov"},
        "time code": {"picture_tags": {"timecode": "08:15:30:00"}, "muxer": {"write_tmcd": "1"}},
        "chapters": {"chapters": True},
        "chapters in the old place": {"chapters": True, "muxer": {"movflags": "+faststart"}},
        "maker of the file": {"muxer": {"fflags": "+flush_packets"}},
        "edit list": {"muxer": {"use_editlist": "1"}},
        "index after the media": {"muxer": {"movflags": "+negative_cts_offsets"}},
        "fragments": {"muxer": {"movflags": "+frag_keyframe+empty_moov"}},
        "note of the encoder": {"units": None},
        "words in the stream": {"units": SEI_TEXT},
        "wall clock": {"muxer": {"movflags": "+frag_keyframe+empty_moov", "write_prft": "wallclock"}},
    }
    for name, options in settings.items():
        yield f"{name}.mp4", _film(path, **options)


def _more_tracks(path: Path) -> Iterator[tuple[str, bytes]]:
    for name, adders in {
        "second sound": (add_pictures, add_sound, add_sound),
        "second picture": (add_pictures, add_pictures),
        "sound alone": (add_sound,),
    }.items():
        with av.open(str(path), "w", format="mp4", options=MUXER) as film:
            for write in [add(film) for add in adders]:
                write()
        yield f"{name}.mp4", path.read_bytes()
    with av.open(str(path), "w", format="mp4", options=MUXER) as film:
        writers = [add_pictures(film), _add_cover(film)]
        for write in writers:
            write()
    yield "cover art.mp4", path.read_bytes()


def _add_cover(film: av.container.OutputContainer) -> Callable[[], None]:
    stream = film.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"

    def write() -> None:
        frame = av.VideoFrame.from_ndarray(np.asarray(picture(64, 64)), format="rgb24")
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))

    return write


# --------------------------------------------------------------------------------------------------- written by hand


def _boxes(clean: bytes) -> Iterator[tuple[str, bytes]]:
    """Boxes that have no business in a film."""
    place = Box(b"\xa9xyz", struct.pack(">HH", len(CANARY), 0x15C7) + CANARY)
    loci = Box(b"loci", struct.pack(">IHB", 0, 0x55C4, 0) + b"\0" * 16 + CANARY)
    added = {
        "xyz": ("moov", Box(b"udta", place.dump())),
        "loci": ("moov", Box(b"udta", loci.dump())),
        "nero chapters": ("moov", Box(b"udta", Box(b"chpl", bytes(8) + CANARY).dump())),
        "notes on the film": ("moov", Box(b"meta", CANARY)),
        "uuid in the index": ("moov", Box(b"uuid", bytes(16) + CANARY)),
        "free in the index": ("moov", Box(b"free", CANARY)),
        "object descriptor": ("moov", Box(b"iods", CANARY)),
        "unknown box in the index": ("moov", Box(b"Cana", CANARY)),
        "notes on a track": ("moov/trak", Box(b"udta", Box(b"name", CANARY).dump())),
        "metadata of a track": ("moov/trak", Box(b"meta", CANARY)),
        "reference of a track": ("moov/trak", Box(b"tref", Box(b"chap", struct.pack(">I", 2)).dump())),
        "aperture": ("moov/trak", Box(b"tapt", CANARY)),
        "language of a track": ("moov/trak/mdia", Box(b"elng", bytes(4) + CANARY)),
        "notes in the media": ("moov/trak/mdia/minf", Box(b"hdlr", bytes(24) + CANARY)),
        "dependencies": ("moov/trak/mdia/minf/stbl", Box(b"sdtp", bytes(4) + CANARY)),
        "sub-samples": ("moov/trak/mdia/minf/stbl", Box(b"subs", CANARY)),
        "auxiliary data": ("moov/trak/mdia/minf/stbl", Box(b"saiz", CANARY)),
    }
    for name, (path, extra) in added.items():
        yield (
            f"box {name}",
            boxes.changed(clean, lambda film, path=path, extra=extra: film.at(path).inside.append(extra)),
        )
    for kind in (b"uuid", b"free", b"skip", b"wide", b"meta", b"mdat", b"pnot", b"\xa9too"):
        extra = Box(kind, CANARY).dump()
        name = kind.decode("latin-1").replace("\xa9", "copyright ")
        yield f"{name} after the media", clean + extra
        head = len(boxes.load(clean).at("ftyp").dump())
        moved = boxes.load(clean)
        moved.inside.insert(1, Box(kind, CANARY))
        yield (
            f"{name} before the index",
            boxes.dump(moved, clean) if kind != b"mdat" else clean[:head] + extra + clean[head:],
        )
    for handler, entry in (
        (b"text", b"tx3g"),
        (b"sbtl", b"tx3g"),
        (b"meta", b"gpmd"),
        (b"meta", b"mebx"),
        (b"tmcd", b"tmcd"),
        (b"camm", b"camm"),
        (b"hint", b"rtp "),
        (b"vide", b"jpeg"),
        (b"soun", b"sowt"),
    ):
        yield f"track {handler.decode()} {entry.decode().strip()}", _with_track(clean, handler, entry)


def _added(path: str, extra: Box) -> Callable[[Box], None]:
    """A change that puts a box there, in the place of one of its type that is there already."""

    def change(film: Box) -> None:
        around = film.at(path)
        around.inside = [*(box for box in around.inside if box.kind != extra.kind), extra]

    return change


def _with_track(clean: bytes, handler: bytes, entry: bytes) -> bytes:
    """The film with a third track of one sample, the canary, behind the other media."""
    film = boxes.load(clean)
    track = boxes.load(film.at("moov/trak", 1).dump()).inside[0]
    hdlr, stbl = track.at("mdia/hdlr"), track.at("mdia/minf/stbl")
    hdlr.content = hdlr.content[:8] + handler + hdlr.content[12:]
    stbl.at("stsd").content = struct.pack(">II", 0, 1) + Box(entry, bytes(6) + b"\0\1").dump()
    stbl.at("stsz").content = struct.pack(">IIII", 0, 0, 1, len(CANARY))
    stbl.at("stts").content = struct.pack(">IIII", 0, 1, 1, 24 * 1024)
    stbl.at("stsc").content = struct.pack(">IIIII", 0, 1, 1, 1, 1)
    stbl.at("stco").content = struct.pack(">III", 0, 1, len(clean))
    stbl.inside = [box for box in stbl.inside if box.kind not in {b"sgpd", b"sbgp"}]
    film.at("moov").inside.append(track)
    film.at("mdat").content += CANARY
    return boxes.dump(film, clean)


def _put(path: str, offset: int, value: bytes, track: int = 0) -> Callable[[Box], None]:
    """A change that writes `value` over a box's content at `offset`."""

    def change(film: Box) -> None:
        box = film.at(path, track)
        box.content = box.content[:offset] + value + box.content[offset + len(value) :]

    return change


def _values(clean: bytes) -> Iterator[tuple[str, bytes]]:
    """Boxes that belong there, with values that do not."""
    stbl = "moov/trak/mdia/minf/stbl"
    date = struct.pack(">I", 3_900_000_000)
    entry_end = len(boxes.load(clean).at(f"{stbl}/stsd").content)
    changes = {
        "date of the film": _put("moov/mvhd", 4, date),
        "date of change of the film": _put("moov/mvhd", 8, date),
        "date of a track": _put("moov/trak/tkhd", 4, date),
        "date of the media": _put("moov/trak/mdia/mdhd", 4, date),
        "preview times": _put("moov/mvhd", 72, CANARY[:24]),
        "reserved bytes": _put("moov/mvhd", 26, CANARY[:10]),
        "rotation": _put("moov/trak/tkhd", 40, struct.pack(">iiiiiiiii", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)),
        "layer": _put("moov/trak/tkhd", 32, b"\0\1"),
        "language of the picture": _put("moov/trak/mdia/mdhd", 20, b"\x05\xcd"),
        "vendor": _put("moov/trak/mdia/hdlr", 12, b"appl"),
        "handler name": _put("moov/trak/mdia/hdlr", 24, CANARY),
        "brand": _put("ftyp", 8, b"qt  "),
        "many brands": _put("ftyp", 28, CANARY),
        "compressor name": _put(f"{stbl}/stsd", 8 + 8 + 42, b"\x1f" + CANARY[:31]),
        "link to another file": _put(
            "moov/trak/mdia/minf/dinf/dref", 8, struct.pack(">I4sI", 12 + len(CANARY), b"url ", 0) + CANARY
        ),
        "second description": _put(f"{stbl}/stsd", entry_end, Box(b"avc1", CANARY).dump()),
        "shorter than its pictures": _put("moov/trak/mdia/mdhd", 16, struct.pack(">I", 512)),
        "shorter track": _put("moov/trak/tkhd", 20, struct.pack(">I", 40)),
        "more times than samples": _put(f"{stbl}/stts", 8, struct.pack(">I", 13)),
        "table with a tail": _put(f"{stbl}/stss", 12, CANARY),
        "key frames that are none": _put(f"{stbl}/stss", 8, b"Anna"),
        "other sample group": _put(f"{stbl}/sgpd", 4, b"tele", track=1),
        "tail of the sound set-up": _put(f"{stbl}/stsd", 8 + 8 + 28 + 54 - 2, CANARY, track=1),
        "oversized balance": _put("moov/trak/mdia/minf/smhd", 8, CANARY, track=1),
        "mode of the picture": _put("moov/trak/mdia/minf/vmhd", 4, CANARY[:8]),
    }
    for name, change in changes.items():
        yield name, boxes.changed(clean, change)
    profile = Box(b"colr", b"prof" + CANARY)
    yield "colour profile", boxes.changed(clean, _grow_entry(profile.dump()))
    yield "private box in the description", boxes.changed(clean, _grow_entry(Box(b"Cana", CANARY).dump()))
    yield "stereo box in the description", boxes.changed(clean, _grow_entry(Box(b"pasp", CANARY).dump()))


def _grow_entry(extra: bytes) -> Callable[[Box], None]:
    def change(film: Box) -> None:
        description = film.at("moov/trak/mdia/minf/stbl/stsd")
        entry = boxes.load(description.content[8:]).inside[0]
        description.content = description.content[:8] + Box(entry.kind, entry.content + extra).dump()

    return change


def _nal(header: int, content: bytes) -> bytes:
    return struct.pack(">IB", 1 + len(content), header) + content


def _stream(clean: bytes) -> Iterator[tuple[str, bytes]]:
    """Units in the video stream, and words behind parameter sets."""
    units = {
        "note in a sample": (6, b"\5" + bytes([16 + len(CANARY)]) + bytes(16) + CANARY + b"\x80"),
        "closed captions": (6, b"\4" + bytes([7 + len(CANARY)]) + b"\xb5\0\x31GA94" + CANARY + b"\x80"),
        "filler unit": (12, CANARY + b"\x80"),
        "unspecified unit": (30, CANARY),
        "end of stream unit": (11, CANARY),
        "auxiliary picture": (19, CANARY),
        "long delimiter": (9, b"\x10" + CANARY),
        "parameter set with a tail": (0x68, bytes.fromhex("efbcb0") + CANARY),
        "zeros after a slice": (0x41, b"\x9a" + CANARY + bytes(3)),
    }
    for name, (header, content) in units.items():
        yield name, boxes.first_sample_grown(clean, _nal(header, content))
    yield "broken unit length", boxes.first_sample_grown(clean, struct.pack(">I", 1 << 30) + CANARY)
    yield "words behind the sequence set", boxes.changed(clean, _grow_avcc(CANARY, sps=True))
    yield "words behind the set-up", boxes.changed(clean, _grow_avcc(CANARY, sps=False))


def _grow_avcc(extra: bytes, *, sps: bool) -> Callable[[Box], None]:
    def change(film: Box) -> None:
        description = film.at("moov/trak/mdia/minf/stbl/stsd")
        entry = boxes.load(description.content[8:]).inside[0]
        parts = boxes.load(entry.content[78:])
        avcc = parts.at("avcC")
        (length,) = struct.unpack_from(">H", avcc.content, 6)
        end = 8 + length
        grown = (
            avcc.content[:6] + struct.pack(">H", length + len(extra)) + avcc.content[8:end] + extra + avcc.content[end:]
        )
        avcc.content = grown if sps else avcc.content + extra
        inside = b"".join(box.dump() for box in parts.inside)
        description.content = description.content[:8] + Box(b"avc1", entry.content[:78] + inside).dump()

    return change


def _media(clean: bytes) -> Iterator[tuple[str, bytes]]:
    """Bytes in the media that no sample uses."""
    film = boxes.load(clean)
    film.at("mdat").content += CANARY
    yield "bytes behind the samples", b"".join(box.dump() for box in film.inside)
    film = boxes.load(clean)
    film.at("mdat").content = CANARY + film.at("mdat").content
    longer = boxes.dump(film, clean)
    moved = boxes.load(longer)
    for track in (0, 1):
        table = moved.at("moov/trak/mdia/minf/stbl/stco", track)
        places = struct.unpack(f">{(len(table.content) - 8) // 4}I", table.content[8:])
        table.content = table.content[:8] + struct.pack(f">{len(places)}I", *(place + len(CANARY) for place in places))
    yield "bytes before the samples", b"".join(box.dump() for box in moved.inside)
    yield "tail of bytes", clean + CANARY
    yield "media up to the end", clean[: clean.index(b"mdat") - 4] + bytes(4) + clean[clean.index(b"mdat") :]
    yield "track without its sound", boxes.changed(clean, lambda film: film.at("moov").inside.pop(2))
    yield (
        "samples twice",
        boxes.changed(
            clean, _put("moov/trak/mdia/minf/stbl/stco", 12, film.at("moov/trak/mdia/minf/stbl/stco").content[8:12])
        ),
    )
