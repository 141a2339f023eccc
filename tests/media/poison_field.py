"""Poisoned files as telephones, cameras and programs leave them, in every container and picture format of theirs.

What is hidden as a picture (under transparency, on a second page, in a thumbnail, on a second track) is all `SECRET`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageCms
from pillow_heif import HeifFile, from_pillow, register_heif_opener

from tests.media import boxes
from tests.media.boxes import Box
from tests.media.canary import CANARY
from tests.media.clean import picture
from tests.media.poison_pictures import chunk, exif, exif_in, png, saved, segment

TEXT = CANARY.decode()
SECRET = (255, 0, 255)
SIZE = (96, 64)
XMP = b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'>" + CANARY + b"</x:xmpmeta><?xpacket end='w'?>"


def secret(size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, SECRET)


def under_glass(mode: str = "RGBA") -> Image.Image:
    """A picture whose upper half is SECRET made invisible: what shows is only the lower half."""
    image = picture().convert("RGBA")
    image.paste((*SECRET, 0), (0, 0, SIZE[0], SIZE[1] // 2))
    return image.convert(mode)


def all_of_them(folder: Path) -> Iterator[tuple[str, bytes]]:
    register_heif_opener(thumbnails=False)
    yield from pictures()
    scratch = folder / "scratch"
    yield from films(scratch)
    scratch.unlink()


# --------------------------------------------------------------------------------------------------------- pictures


def full_exif() -> bytes:
    block = Image.Exif()
    block[0x010F], block[0x0110], block[0x013B], block[0x0132] = TEXT, "Phone 7", TEXT, "2026:11:20 08:00:00"
    block.get_ifd(0x8769).update({0x927C: CANARY, 0x9286: b"ASCII\0\0\0" + CANARY, 0xA431: TEXT})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0), 28: CANARY})
    return block.tobytes()


def profile() -> bytes:
    """An sRGB profile whose description is the canary."""
    held = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = held.index("sRGB".encode("utf-16-be"))
    return held[:at] + CANARY[: min(len(CANARY), len(held) - at)] + held[at + len(CANARY) :] if at > 0 else held


def pictures() -> Iterator[tuple[str, bytes]]:
    yield from _heics()
    yield from _webps()
    yield from _pages()
    yield from _jpegs_and_pngs()


def heic(image: Image.Image, **options: Any) -> bytes:
    out = BytesIO()
    from_pillow(image).save(out, format="HEIF", **options)
    return out.getvalue()


def _heics() -> Iterator[tuple[str, bytes]]:
    plain = heic(picture())
    yield "plain.heic", plain
    yield "exif.heic", heic(picture(), exif=full_exif())
    yield "gps.heic", heic(picture(), exif=exif_in(0x8825, {1: "N", 2: (48.0, 51.0, 30.0), 28: CANARY}))
    yield "xmp.heic", heic(picture(), xmp=XMP)
    yield "everything.heic", heic(picture(), exif=full_exif(), xmp=XMP, icc_profile=profile())
    yield "under glass.heic", heic(under_glass())
    yield "trailer.heic", plain + CANARY
    yield "free box.heic", plain + Box(b"free", CANARY).dump()
    yield "private box.heic", plain + Box(b"uuid", bytes(16) + CANARY).dump()
    several = HeifFile()
    several.add_from_pillow(picture())
    several.add_from_pillow(secret())
    out = BytesIO()
    several.save(out, exif=full_exif())
    yield "second picture.heic", out.getvalue()
    big, out = from_pillow(picture(256, 192)), BytesIO()
    big[0].info["thumbnails"] = [64]
    big.save(out, exif=full_exif())
    yield "thumbnail.heic", out.getvalue()
    for name, options in {"exif": {"exif": full_exif()}, "xmp": {"xmp": XMP}, "icc": {"icc_profile": profile()},
                          "plain": {}}.items():  # fmt: skip
        yield f"{name}.avif", saved(picture(), "AVIF", **options)
    yield "moving.avif", saved(picture(), "AVIF", save_all=True, append_images=[secret()])


def riff(data: bytes, extra: bytes) -> bytes:
    """A RIFF file with a further chunk at its end."""
    return data[:4] + struct.pack("<I", len(data) - 8 + len(extra)) + data[8:] + extra


def _webps() -> Iterator[tuple[str, bytes]]:
    ways: dict[str, dict[str, Any]] = {
        "exif": {"exif": full_exif()}, "xmp": {"xmp": XMP}, "icc": {"icc_profile": profile()},
        "everything": {"exif": full_exif(), "xmp": XMP, "icc_profile": profile(), "lossless": True},
    }  # fmt: skip
    for name, options in ways.items():
        yield f"{name}.webp", saved(picture(), "WEBP", **options)
    yield "under glass.webp", saved(under_glass(), "WEBP", lossless=True, exact=True)
    yield "moving.webp", saved(picture(), "WEBP", save_all=True, append_images=[secret()], duration=40)
    plain = saved(picture(), "WEBP")
    words = struct.pack("<4sI", b"CANA", len(CANARY)) + CANARY + b"\0" * (len(CANARY) % 2)
    yield "private chunk.webp", riff(plain, words)
    yield "trailer.webp", plain + CANARY


def _pages() -> Iterator[tuple[str, bytes]]:
    few, more = picture().quantize(), secret().quantize()
    yield "pages.gif", saved(few, "GIF", save_all=True, append_images=[more], comment=CANARY)
    yield "comment.gif", saved(few, "GIF", comment=CANARY)
    yield "under glass.gif", saved(under_glass().quantize(), "GIF")
    yield "pages.tiff", saved(picture(), "TIFF", save_all=True, append_images=[secret()])
    yield "exif.tiff", saved(picture(), "TIFF", exif=full_exif(), description=TEXT)
    yield "xmp.tiff", saved(picture(), "TIFF", tiffinfo={700: XMP, 33723: CANARY})
    yield "dng.dng", saved(picture(), "TIFF", tiffinfo={50706: b"\1\4\0\0", 50708: TEXT})
    yield "layers.psd", b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x40\0\0\0\x60\0\x08\0\3" + CANARY
    yield "icon.ico", saved(picture(), "ICO", sizes=[(32, 32)]) + CANARY
    yield "jpeg 2000.jp2", saved(picture(), "JPEG2000", comment=TEXT)
    yield "text.ppm", b"P6\n# " + CANARY + b"\n2 1\n255\n" + bytes(6)


def _jpegs_and_pngs() -> Iterator[tuple[str, bytes]]:
    clean = saved(picture(), "JPEG")
    thumb = saved(secret((16, 16)), "JPEG")
    gain = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<hdrgm:Version>1.0" + CANARY)
    yield "phone.jpg", saved(picture(), "JPEG", exif=full_exif(), icc_profile=profile(), comment=CANARY)
    yield "phone thumbnail.jpg", saved(picture(), "JPEG", exif=_with_thumbnail(thumb))
    yield "gain map.jpg", clean[:20] + gain + clean[20:] + saved(secret(), "JPEG")
    yield "second in mpo.jpg", saved(picture(), "MPO", save_all=True, append_images=[secret()], exif=full_exif())
    yield "motion photo.jpg", clean + Box(b"ftyp", b"isom\0\0\2\0isom").dump() + Box(b"mdat", CANARY).dump()
    yield "turned.jpg", saved(picture(), "JPEG", exif=exif(x0112=6, x013B=TEXT))
    yield "broken exif.jpg", clean[:20] + segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + CANARY) + clean[20:]
    yield "cmyk phone.jpg", saved(picture().convert("CMYK"), "JPEG", exif=full_exif())
    yield "grey phone.jpg", saved(picture().convert("L"), "JPEG", exif=full_exif())
    yield "progressive phone.jpg", saved(picture(), "JPEG", exif=full_exif(), progressive=True)
    for mode in ("RGBA", "LA"):
        yield f"under glass {mode.lower()}.png", saved(under_glass(mode), "PNG")
    yield "clear colour.png", png(2, SIZE, chunk(b"tRNS", struct.pack(">HHH", *SECRET)),
                                  chunk(b"IDAT", zlib.compress(_rows(under_glass("RGB")))))  # fmt: skip
    yield "clear palette.png", saved(_clear_palette(), "PNG", transparency=0)
    yield "moving secret.png", saved(picture(), "PNG", save_all=True, append_images=[secret()])
    yield "phone.png", saved(picture(), "PNG", exif=full_exif(), icc_profile=profile())
    yield "sixteen bits grey.png", saved(Image.fromarray(np.full((8, 8), 900, np.uint16)), "PNG", exif=full_exif())


def _rows(image: Image.Image) -> bytes:
    data, width = image.tobytes(), image.width * 3
    return b"".join(b"\0" + data[start : start + width] for start in range(0, len(data), width))


def _clear_palette() -> Image.Image:
    image = Image.new("P", SIZE, 1)
    image.putpalette([*SECRET, 0, 128, 128])
    image.paste(0, (0, 0, SIZE[0], SIZE[1] // 2))
    return image


def _with_thumbnail(thumb: bytes) -> bytes:
    """An EXIF block of two directories, the second of which holds a small JPEG (TIFF 6.0, big-endian)."""
    second = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 44, 0x0202, 4, 1, len(thumb), 0)
    first = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 8 + 18)
    head = b"Exif\0\0MM\0*\0\0\0\x08" + first
    gap = 8 + 18 + len(second)
    return head + second.replace(struct.pack(">I", 44), struct.pack(">I", gap), 1) + thumb + CANARY


# ------------------------------------------------------------------------------------------------------------ films

Adder = Callable[[Any], Callable[[], None]]


def moving(codec: str, *, image: Image.Image | None = None, tags: dict[str, str] | None = None, count: int = 10,
           size: tuple[int, int] = (96, 64), rate: int = 25, **options: str) -> Adder:  # fmt: skip
    """Adds a stream of moving pictures: of `image` all the time, else of noise."""

    def add(container: Any) -> Callable[[], None]:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream = container.add_stream(codec, rate=rate, options={**quiet, **options})
        stream.width, stream.height, stream.pix_fmt = *size, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.metadata.update(tags or {})

        def write() -> None:
            for index in range(count):
                shown = image.resize(size) if image else picture(*size, seed=index)
                frame = av.VideoFrame.from_ndarray(np.asarray(shown), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

        return write

    return add


def sounding(codec: str, *, rate: int = 48_000, layout: str = "stereo", loud: int = 0,
             tags: dict[str, str] | None = None) -> Adder:  # fmt: skip
    """Adds a third of a second of sound: silence, else a hum of that loudness (of 32,767)."""

    def add(container: Any) -> Callable[[], None]:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.metadata.update(tags or {})

        def write() -> None:
            channels = 1 if layout == "mono" else 2
            hum = (np.arange(rate // 3 * channels) // channels // 40 % 2 * loud).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(hum, format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

        return write

    return add


def telling(kind: str) -> Adder:
    """Adds a stream of subtitles, copied from a file of that `kind` (srt or webvtt) with one cue."""
    head, point = (b"WEBVTT\n\n", b".") if kind == "webvtt" else (b"1\n", b",")
    told = head + b"00:00:00%b000 --> 00:00:00%b300\n" % (point, point) + CANARY + b"\n\n"

    def add(container: Any) -> Callable[[], None]:
        source = av.open(BytesIO(told), format=kind)
        stream = container.add_stream_from_template(source.streams[0])

        def write() -> None:
            for packet in source.demux():
                if packet.size:
                    packet.stream = stream
                    container.mux(packet)
            source.close()

        return write

    return add


def attached(container: Any) -> Callable[[], None]:
    container.add_attachment("places.txt", "text/plain", CANARY)
    return lambda: None


def film(path: Path, kind: str, adders: Sequence[Adder], *, tags: dict[str, str] | None = None,
         chapters: bool = False, **options: str) -> bytes:  # fmt: skip
    with av.open(str(path), "w", format=kind, options=options) as container:
        container.metadata.update(tags or {})
        writers = [add(container) for add in adders]
        if chapters:
            one = {"id": 1, "start": 0, "end": 300, "time_base": Fraction(1, 1000), "metadata": {"title": TEXT}}
            container.set_chapters([one])
        for write in writers:
            write()
    return path.read_bytes()


NOTES = {"title": TEXT, "artist": TEXT, "comment": TEXT, "creation_time": "2026-11-20T08:00:00Z",
         "location": "+48.8584+002.2945/", "make": "Phone", "model": TEXT}  # fmt: skip


def films(path: Path) -> Iterator[tuple[str, bytes]]:
    yield from _matroskas(path)
    yield from _older(path)
    yield from _quicktimes(path)
    yield from _by_hand(path)


def _matroskas(path: Path) -> Iterator[tuple[str, bytes]]:
    h264, opus, vp8 = moving("libx264"), sounding("libopus"), moving("libvpx", deadline="realtime")
    hidden = moving("libx264", image=secret())
    mkvs: dict[str, tuple[Sequence[Adder], dict[str, Any]]] = {
        "tags": ([h264, opus], {"tags": {**NOTES, "LOCATION": TEXT}}),
        "track tags": ([moving("libx264", tags={"title": TEXT, "LOCATION": TEXT}), opus], {}),
        "chapters": ([h264], {"chapters": True}),
        "attachment": ([h264, attached], {}),
        "subtitles": ([h264, telling("srt")], {}),
        "second sound": ([h264, opus, sounding("libopus", loud=20_000, tags={"title": TEXT})], {"tags": NOTES}),
        "second picture": ([h264, hidden], {"tags": NOTES}),
        "h265": ([moving("libx265"), opus], {"tags": NOTES}),
        "everything": ([h264, opus, telling("srt"), attached], {"tags": NOTES, "chapters": True}),
    }
    for name, (adders, options) in mkvs.items():
        yield f"mkv {name}.mkv", film(path, "matroska", adders, **options)
    yield "webm tags.webm", film(path, "webm", [vp8, opus], tags=NOTES)
    yield "webm chapters.webm", film(path, "webm", [vp8], chapters=True)
    yield "webm subtitles.webm", film(path, "webm", [vp8, telling("webvtt")])


def _older(path: Path) -> Iterator[tuple[str, bytes]]:
    mpeg4, pcm = moving("mpeg4"), sounding("pcm_s16le")
    info = {"title": TEXT, "artist": TEXT, "comment": TEXT, "date": TEXT, "IDIT": TEXT, "copyright": TEXT}
    yield "avi tags.avi", film(path, "avi", [mpeg4, pcm], tags=info)
    yield "avi motion jpeg.avi", film(path, "avi", [moving("mjpeg"), pcm], tags=info)
    plain = film(path, "avi", [mpeg4, pcm])
    yield "avi junk.avi", riff(plain, struct.pack("<4sI", b"JUNK", len(CANARY) + 1) + CANARY + b"\0")
    yield "avi camera chunk.avi", riff(plain, struct.pack("<4sI", b"IDIT", len(CANARY) + 1) + CANARY + b"\0")
    yield "avi second sound.avi", film(path, "avi", [mpeg4, pcm, sounding("pcm_s16le", loud=20_000)], tags=info)
    yield "transport names.ts", film(path, "mpegts", [moving("libx264"), sounding("aac")],
                                     tags={"service_name": TEXT, "service_provider": TEXT})  # fmt: skip
    amr = sounding("libopencore_amrnb", rate=8000, layout="mono")
    for name, tags in {"loci": {"location": "+48.8584+002.2945/", "title": TEXT}, "titles": NOTES}.items():
        yield f"3gp {name}.3gp", film(path, "3gp", [moving("h263", size=(176, 144), bf="0"), amr], tags=tags)
    yield "3gp h264.3gp", film(path, "3gp", [moving("libx264"), sounding("aac")], tags=NOTES)


def _quicktimes(path: Path) -> Iterator[tuple[str, bytes]]:
    h264, aac, keys = moving("libx264"), sounding("aac"), {"movflags": "+use_metadata_tags"}
    apple = {"com.apple.quicktime.location.ISO6709": "+48.8584+002.2945/", "com.apple.quicktime.model": TEXT,
             "com.apple.quicktime.creationdate": "2026-11-20T08:00:00+0100"}  # fmt: skip
    movs: dict[str, tuple[Sequence[Adder], dict[str, Any]]] = {
        "xyz": ([h264, aac], {"tags": NOTES}),
        "mdta": ([h264, aac], {"tags": apple, **keys}),
        "h265": ([moving("libx265", tags={"title": TEXT}), aac], {"tags": NOTES}),
        "time code": ([moving("libx264", tags={"timecode": "08:15:30:00"}), aac], {"tags": NOTES}),
        "chapters": ([h264, aac], {"chapters": True}),
        "second picture": ([h264, moving("libx264", image=secret())], {"tags": NOTES}),
        "second sound": ([h264, aac, sounding("pcm_s16le", loud=20_000, tags={"title": TEXT})], {}),
        "motion jpeg": ([moving("mjpeg"), sounding("pcm_s16le")], {"tags": NOTES}),
    }
    for name, (adders, options) in movs.items():
        yield f"mov {name}.mov", film(path, "mov", adders, **options)
    yield "mp4 h265.mp4", film(path, "mp4", [moving("libx265"), aac], tags=NOTES)
    yield "mp4 titles.mp4", film(path, "mp4", [h264, aac], tags=NOTES)


def _by_hand(path: Path) -> Iterator[tuple[str, bytes]]:
    """What ffmpeg does not write: telemetry of action cameras, covers of music programs, notes of cameras."""
    plain = film(path, "mp4", [moving("libx264"), sounding("aac")])
    gpmf = b"DEVC\0\1\0\x40GPS5l\0\0\1" + CANARY
    cover = Box(b"covr", Box(b"data", struct.pack(">II", 13, 0) + saved(secret((16, 16)), "JPEG")).dump())
    handler = Box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    ilst = Box(b"meta", bytes(4) + handler.dump() + Box(b"ilst", cover.dump()).dump())
    extras = {
        "gpmf in udta": Box(b"udta", Box(b"GPMF", gpmf).dump()),
        "cover in ilst": Box(b"udta", ilst.dump()),
        "camera notes": Box(b"udta", Box(b"CAME", CANARY).dump() + Box(b"FIRM", CANARY).dump()),
        "android version": Box(b"meta", CANARY),
        "nikon notes": Box(b"udta", Box(b"NCDT", CANARY).dump()),
    }
    for name, extra in extras.items():

        def change(tree: Box, extra: Box = extra) -> None:
            moov = tree.at("moov")
            moov.inside = [*(box for box in moov.inside or [] if box.kind != extra.kind), extra]

        yield f"{name}.mp4", boxes.changed(plain, change)
    yield "telemetry track.mp4", _telemetry(plain)
    yield "canon thumbnail.mov", plain + Box(b"uuid", bytes(16) + saved(secret((16, 16)), "JPEG") + CANARY).dump()


def _telemetry(plain: bytes) -> bytes:
    """A third track of one sample, as GoPro writes its places."""
    tree = boxes.load(plain)
    track = boxes.load(tree.at("moov/trak", 1).dump()).inside[0]
    hdlr, stbl = track.at("mdia/hdlr"), track.at("mdia/minf/stbl")
    hdlr.content = hdlr.content[:8] + b"meta" + hdlr.content[12:]
    stbl.at("stsd").content = struct.pack(">II", 0, 1) + Box(b"gpmd", bytes(6) + b"\0\1" + bytes(4)).dump()
    stbl.at("stsz").content = struct.pack(">IIII", 0, 0, 1, len(CANARY))
    stbl.at("stts").content = struct.pack(">IIII", 0, 1, 1, 1024)
    stbl.at("stsc").content = struct.pack(">IIIII", 0, 1, 1, 1, 1)
    stbl.at("stco").content = struct.pack(">III", 0, 1, len(plain))
    stbl.inside = [box for box in stbl.inside or [] if box.kind not in {b"sgpd", b"sbgp"}]
    tree.at("moov").inside.append(track)
    whole = boxes.dump(tree, plain)
    return whole + Box(b"mdat", CANARY).dump()
