"""Poisoned pictures, made from a clean JPEG and a clean PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from tests.media.canary import CANARY
from tests.media.clean import picture

TEXT = CANARY.decode()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def all_of_them(folder: Path) -> Iterator[tuple[str, bytes]]:
    yield from jpegs()
    yield from pngs()
    yield from others()


# ------------------------------------------------------------------------------------------------------------- JPEG


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(**tags: object) -> bytes:
    block = Image.Exif()
    for tag, value in tags.items():
        block[int(tag[1:], 16)] = value
    return block.tobytes()


def exif_in(directory: int, values: dict[int, object]) -> bytes:
    block = Image.Exif()
    block.get_ifd(directory).update(values)
    return block.tobytes()


def _after_header(jpeg: bytes, extra: bytes) -> bytes:
    return jpeg[:20] + extra + jpeg[20:]


def _before_scan(jpeg: bytes, extra: bytes) -> bytes:
    at = jpeg.index(b"\xff\xda")
    return jpeg[:at] + extra + jpeg[at:]


def _exif_jpegs() -> Iterator[tuple[str, bytes]]:
    degrees = (IFDRational(48), IFDRational(51), IFDRational(30))
    blocks = {
        "exif camera": exif(x010F=TEXT, x0110="Phone 7"),
        "exif artist": exif(x013B=TEXT),
        "exif orientation only": exif(x0112=6),
        "exif date": exif(x0132="2026:11:20 08:00:00"),
        "exif gps": exif_in(0x8825, {1: "N", 2: degrees, 3: "E", 4: degrees, 28: CANARY}),
        "exif maker note": exif_in(0x8769, {0x927C: CANARY}),
        "exif user comment": exif_in(0x8769, {0x9286: b"ASCII\0\0\0" + CANARY}),
        "exif serial number": exif_in(0x8769, {0xA431: TEXT}),
        "exif thumbnail": exif(x010F="x") + saved(picture(16, 16), "JPEG") + CANARY,
    }
    for name, block in blocks.items():
        yield f"{name}.jpg", saved(picture(), "JPEG", exif=block)


def jpegs() -> Iterator[tuple[str, bytes]]:
    clean = saved(picture(), "JPEG")
    yield from _exif_jpegs()
    segments = {
        "xmp": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"),
        "extended xmp": (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + CANARY),
        "iptc": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0&\x1c\x02x\0!" + CANARY),
        "icc text": (0xE2, b"ICC_PROFILE\0\1\1" + CANARY),
        "mpf": (0xE2, b"MPF\0MM\0*\0\0\0\x08" + CANARY),
        "flashpix": (0xE2, b"FPXR\0" + CANARY),
        "jumbf": (0xEB, b"JP\0\1\0\0\0\1jumb" + CANARY),
        "spiff": (0xE8, b"SPIFF\0" + CANARY),
        "adobe": (0xEE, b"Adobe\0\x64\0\0\0\0\1" + CANARY),
        "unknown application": (0xEF, CANARY),
        "jfif extension thumbnail": (0xE0, b"JFXX\0\x10" + saved(picture(8, 8), "JPEG") + CANARY),
        "second jfif": (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + CANARY),
        "comment": (0xFE, CANARY),
        "reserved marker": (0xF0, CANARY),
        "lines marker": (0xDC, CANARY),
        "long restart interval": (0xDD, b"\0\0" + CANARY),
        "unused quantisation table": (0xDB, b"\3" + CANARY.ljust(64, b" ")),
        "unused huffman table": (0xC4, b"\x13" + bytes(7) + b"\x08" + bytes(8) + CANARY[8:16]),
    }
    for name, (marker, content) in segments.items():
        yield f"{name}.jpg", _after_header(clean, segment(marker, content))
    yield from _hidden_in_jpegs(clean)


def _hidden_in_jpegs(clean: bytes) -> Iterator[tuple[str, bytes]]:
    small = picture(5, 5).tobytes()
    yield "jfif thumbnail.jpg", clean[:2] + segment(0xE0, clean[6:18] + b"\5\5" + small) + clean[20:]
    yield "trailer.jpg", clean + CANARY
    yield "trailing second picture.jpg", clean + saved(picture(seed=9), "JPEG")
    yield "trailing zip.jpg", clean + b"PK\3\4" + CANARY
    yield "bytes between segments.jpg", _before_scan(clean, CANARY)
    yield "fill bytes.jpg", _before_scan(clean, b"\xff" * 9)
    yield "bytes after the scan.jpg", clean[:-2] + CANARY + clean[-2:]
    scan = clean[clean.index(b"\xff\xda") : -2]
    other = saved(picture(seed=9), "JPEG")
    yield "picture under the picture.jpg", clean[:-2] + other[other.index(b"\xff\xda") : -2] + clean[-2:]
    yield "scan twice.jpg", clean[:-2] + scan + clean[-2:]
    yield "cmyk.jpg", saved(picture().convert("CMYK"), "JPEG")
    yield "progressive.jpg", saved(picture(), "JPEG", progressive=True)
    yield "restart markers.jpg", saved(picture(), "JPEG", restart_marker_blocks=2)
    yield "cut short.jpg", clean[: len(clean) // 2]
    yield "several pictures.jpg", saved(picture(), "MPO", save_all=True, append_images=[picture(seed=4)])


# -------------------------------------------------------------------------------------------------------------- PNG


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def rows(image: Image.Image) -> bytes:
    """Unfiltered rows of a picture's pixels, each after its filter byte 0."""
    data, width = image.tobytes(), image.width * len(image.getbands())
    return b"".join(b"\0" + data[start : start + width] for start in range(0, len(data), width))


def png(colour_type: int, size: tuple[int, int], *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def pngs() -> Iterator[tuple[str, bytes]]:
    image = picture(32, 24)
    clean, body = saved(image, "PNG"), chunk(b"IDAT", zlib.compress(rows(image)))
    extras = {
        "text": (b"tEXt", b"Comment\0" + CANARY),
        "compressed text": (b"zTXt", b"Comment\0\0" + zlib.compress(CANARY)),
        "international text xmp": (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + CANARY),
        "exif": (b"eXIf", exif(x010F=TEXT)[6:]),
        "icc": (b"iCCP", b"profile\0\0" + zlib.compress(CANARY)),
        "date": (b"tIME", struct.pack(">HBBBBB", 2026, 11, 20, 8, 0, 0)),
        "private": (b"prVt", CANARY),
        "content credentials": (b"caBX", CANARY),
        "long resolution": (b"pHYs", struct.pack(">IIB", 1, 1, 1) + CANARY),
        "long gamma": (b"gAMA", CANARY),
        "significant bits": (b"sBIT", b"\5\5\5"),
        "suggested palette": (b"sPLT", CANARY),
        "unused palette": (b"PLTE", CANARY.ljust(36, b" ")),
        "transparent colour": (b"tRNS", bytes(6)),
    }
    for name, (kind, content) in extras.items():
        yield f"{name}.png", png(2, image.size, chunk(kind, content), body)
    yield from _hidden_in_pngs(image, clean, body)


def _hidden_in_pngs(image: Image.Image, clean: bytes, body: bytes) -> Iterator[tuple[str, bytes]]:
    masked = image.convert("RGBA")
    masked.putalpha(0)
    yield "pixels under full transparency.png", saved(masked, "PNG")
    half = image.convert("RGBA")
    half.putalpha(254)
    yield "pixels under slight transparency.png", saved(half, "PNG")
    yield "grey under transparency.png", saved(half.convert("LA"), "PNG")
    frames = {"save_all": True, "append_images": [picture(32, 24, seed=5)]}
    yield "animation.png", saved(image, "PNG", **frames)
    yield "hidden first frame.png", saved(image, "PNG", **frames, default_image=True)
    yield "trailer.png", clean + CANARY
    yield "words in the end chunk.png", clean[:-12] + chunk(b"IEND", CANARY)
    yield "after the pixels.png", png(2, image.size, chunk(b"IDAT", zlib.compress(rows(image)) + CANARY))
    yield "more rows than shown.png", png(2, image.size, chunk(b"IDAT", zlib.compress(rows(image) + CANARY)))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Author", TEXT, zip=True)
    yield "compressed author.png", saved(image, "PNG", pnginfo=text)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "profile.png", saved(image, "PNG", icc_profile=profile)
    few = Image.new("P", image.size)
    few.putpalette((CANARY * 8)[:96])
    yield "palette entries.png", saved(few, "PNG", bits=8)
    yield "bad sum.png", png(2, image.size, body[:-1] + bytes([body[-1] ^ 1]))
    yield "sixteen bits.png", saved(image.convert("I;16"), "PNG")


# ------------------------------------------------------------------------------------------------------------ others


def others() -> Iterator[tuple[str, bytes]]:
    yield "picture.webp", saved(picture(), "WEBP", exif=exif(x010F=TEXT))
    yield "plain.webp", saved(picture(), "WEBP")
    yield "picture.gif", saved(picture().quantize(), "GIF", comment=CANARY)
    yield "picture.tiff", saved(picture(), "TIFF", description=TEXT)
    yield "picture.bmp", saved(picture(), "BMP") + CANARY
    yield "picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><desc>" + CANARY + b"</desc></svg>"
    yield "document.pdf", b"%PDF-1.4\n%" + CANARY
    yield "words.mp4", b"ffconcat version 1.0\nfile " + CANARY
    yield "empty.jpg", b""
    yield "raw video.h264", b"\0\0\0\1\x06\x05" + CANARY
