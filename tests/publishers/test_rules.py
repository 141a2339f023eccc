"""Every documented rule of each network at its edge: what is at the limit passes, one beyond is refused.

The figures stand here as the networks' documentation says them, never read from the toml.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from publishers import registry
from publishers._base import File, LinkCard, Media, Submission, Subtitles
from tests.publishers.meta import jpeg, mp4
from tests.publishers.samples import Folder, a_file, a_post, a_video, an_image
from tests.publishers.test_contract import credentials

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one sign to a reader, 8 UTF-16 units, 18 bytes
Made = Callable[[Folder], Submission] | Submission


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def said(network: str, made: Made, folder: Folder, severity: str = "error") -> list[str]:
    """The codes of what the network's own adapter says against a submission."""
    platform = registry()[network]
    known = credentials(platform, folder.root).model_copy(update={"media_url": "https://example.org"})
    if network == "linkedin":
        known = known.model_copy(update={"author_urn": "urn:li:organization:7"})
    post = made if isinstance(made, Submission) else made(folder)
    found = platform(known, folder).validate(post.model_copy(update={"platform": network}))
    return [problem.code for problem in found if problem.severity == severity]


# ---------------------------------------------------------------------------------------- posts, small and cheap


def picture(**changes: Any) -> Submission:
    return a_post("image", "Bonjour", (an_image(**changes),))


def text(words: str, kind: str = "text") -> Submission:
    return a_post(kind, words)


def carousel(number: int, **changes: Any) -> Submission:
    return a_post("carousel", "Bonjour", tuple(an_image(**changes) for _ in range(number)))


def mixed(pictures: int) -> Submission:
    """A carousel of so many pictures and one film."""
    return a_post(
        "carousel", "Bonjour", (*(an_image(height=1920, width=1536) for _ in range(pictures)), a_video(width=1536))
    )


def film(kind: str = "reel", **changes: Any) -> Submission:
    words = "" if kind == "story" else "Bonjour"
    return a_post(kind, words, (a_video(**changes),))


def weighing(size: int, mime: str = "video/mp4") -> File:
    return a_file(mime=mime, size=size)


def still(size: int) -> Submission:
    return picture(file=a_file(size=size))


def sized(width: int, height: int) -> Submission:
    return picture(width=width, height=height)


def document(size: int = 1000) -> Submission:
    file = a_file(mime="application/pdf", size=size, name="note.pdf")
    return a_post("document", "x", (Media(kind="document", file=file, width=1, height=1, lang="fr", title="Note"),))


def subtitled(number: int = 1, form: Any = "vtt", lang: str = "en", size: int = 900) -> Submission:
    one = Subtitles(lang=lang, format=form, file=a_file(mime=f"text/{form}", size=size, name=f"x.{form}"))
    return film("video", subtitles=(one,) * number)


def linked(**changes: Any) -> Submission:
    card = LinkCard.model_validate({"url": "https://example.org", "title": "Note", **changes})
    return a_post("link", "Bonjour", (), part={"link_card": card})


def thumb(size: int) -> File:
    return a_file(size=size)


# ---------------------------------------------------------------------------------------- posts with real bytes


def kept(content: bytes, kind: str = "reel", mime: str = "video/mp4", **changes: Any) -> Made:
    """A post whose one file has these bytes."""

    def made(folder: Folder) -> Submission:
        file = folder.add(content, "x.bin", mime)
        if mime.startswith("image/"):
            return picture(file=file, **changes)
        if mime == "application/pdf":
            medium = Media(kind="document", file=file, width=1, height=1, lang="fr", title="Note")
            return a_post("document", "x", (medium,))
        return film(kind, file=file, **changes)

    return made


def reel(kind: str = "reel", **changes: Any) -> Made:
    return kept(mp4(**{"seconds": 3, **changes}), kind)


@lru_cache
def coded(codec: str = "libx264", pixels: str = "yuv420p", sound: str = "", rate: int = 48_000, layout: str = "stereo",
          **options: str) -> bytes:  # fmt: skip
    """Three seconds of film by a real encoder, with the sound that is asked for."""
    place = Path(tempfile.mkdtemp()) / "film.mp4"
    with av.open(str(place), "w", format="mp4", options={"movflags": "+faststart", "use_editlist": "0"}) as out:
        stream = out.add_stream(codec, rate=24, options={"bf": "0", **options})
        stream.width, stream.height, stream.pix_fmt = 540, 960, pixels
        heard = out.add_stream(sound, rate=rate, layout=layout) if sound else None
        for _number in range(72):
            out.mux(stream.encode(av.VideoFrame(540, 960, pixels)))
        out.mux(stream.encode())
        if heard:
            kind = heard.codec_context.format.name
            size = heard.codec_context.frame_size or 1024
            for _number in range(12):
                silence = np.zeros((heard.layout.nb_channels, size), "float32" if kind == "fltp" else "int32")
                frame = av.AudioFrame.from_ndarray(silence, format=kind, layout=layout)
                frame.sample_rate = rate
                out.mux(heard.encode(frame))
            out.mux(heard.encode())
    return place.read_bytes()


def sounding(sound: str = "aac", rate: int = 48_000, layout: str = "stereo") -> bytes:
    return coded(preset="ultrafast", sound=sound, rate=rate, layout=layout)


@lru_cache
def gif(frames: int) -> bytes:
    out = BytesIO()
    pictures = [Image.new("P", (8, 8), number % 200) for number in range(frames)]
    for number, one in enumerate(pictures):
        one.putpalette([value for shade in range(256) for value in (shade, (shade + number) % 256, number % 256)])
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:])
    return out.getvalue()


def pdf(pages: int) -> bytes:
    return b"%PDF-1.4\n" + b"<< /Type /Page >>\n" * pages + b"%%EOF"


def drawn(format: str, mode: str = "RGB", **more: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, (1080, 1350), 3 if mode == "L" else None).save(out, format, **more)
    return out.getvalue()


INSTAGRAM: list[tuple[str, Made, Made]] = [
    ("text", text("é" * 2200, "image"), text("é" * 2201, "image")),
    ("text", text("🙂" * 1100, "image"), text("🙂" * 1100 + "a", "image")),
    ("hashtags", text("#a " * 30, "image"), text("#a " * 31, "image")),
    ("mentions", text("@a " * 20, "image"), text("@a " * 21, "image")),
    ("alt", picture(alt="é" * 1000), picture(alt="é" * 1001)),
    ("alt_missing", picture(), picture(alt="  ")),
    ("images", carousel(10), carousel(11)),
    ("images_min", carousel(2), carousel(1)),
    ("images", mixed(9), mixed(10)),
    ("mime", picture(), picture(file=a_file(mime="image/png"))),
    ("mime", kept(jpeg(), mime="image/jpeg"), kept(drawn("PNG"), mime="image/jpeg")),
    ("bytes", still(8_000_000), still(8_000_001)),
    ("ratio", sized(1080, 1350), sized(1080, 1351)),
    ("ratio", sized(1910, 1000), sized(1911, 1000)),
    ("duration", film(duration_ms=900_000), film(duration_ms=900_001)),
    ("duration_min", film(duration_ms=3_000), film(duration_ms=2_999)),
    ("duration", film("story", duration_ms=60_000), film("story", duration_ms=60_001)),
    ("duration_min", film("story", duration_ms=3_000), film("story", duration_ms=2_999)),
    ("bytes", film(file=weighing(300_000_000)), film(file=weighing(300_000_001))),
    ("bytes", film("story", file=weighing(100_000_000)), film("story", file=weighing(100_000_001))),
    ("mime", film(file=weighing(9_000, "video/quicktime")), film(file=weighing(9_000, "video/webm"))),
    ("width", film(width=1920, height=1920), film(width=1921, height=1920)),
    ("ratio", film(width=10, height=1000), film(width=10, height=1001)),
    ("ratio", film(width=1900, height=190), film(width=1901, height=190)),
    ("text", film("story"), a_post("story", "Bonjour", (a_video(),))),
    ("kind", picture(), text("Bonjour")),
    ("cover_offset", film(cover_offset_ms=19_999), film(cover_offset_ms=20_000)),
    ("bytes", film(cover=thumb(8_000_000)), film(cover=thumb(8_000_001))),
    ("mime", film(cover=thumb(9)), film(cover=a_file(mime="image/png"))),
    ("collaborators", a_post(options={"collaborators": ("a", "b", "c")}),
     a_post(options={"collaborators": ("a", "b", "c", "d")})),
    ("index_first", reel(), reel(movflags="+negative_cts_offsets")),
    ("edit_list", reel(use_editlist="0"), reel(use_editlist="1", movflags="+faststart")),
    ("frame_rate", reel(rate=23), reel(rate=22)),
    ("frame_rate", reel(rate=60), reel(rate=61)),
    ("video_codec", kept(coded("libx265", preset="ultrafast")), kept(coded("mpeg4"))),
    ("chroma", kept(coded(preset="ultrafast")), kept(coded(pixels="yuv422p", preset="ultrafast"))),
    ("chroma", kept(coded(preset="medium")), kept(coded(pixels="yuv444p", preset="ultrafast"))),
    ("chroma", kept(coded("libx265", preset="ultrafast")),
     kept(coded("libx265", pixels="yuv422p", preset="ultrafast"))),
    ("interlaced", kept(coded(preset="fast")), kept(coded(preset="ultrafast", **{"x264-params": "interlaced=1"}))),
    ("audio_codec", kept(sounding()), kept(sounding("ac3"))),
    ("audio_codec", kept(sounding()), kept(sounding("libmp3lame"))),
    ("audio_rate", kept(sounding(rate=48_000)), kept(sounding(rate=64_000))),
    ("audio_rate", kept(sounding(rate=44_100)), kept(sounding(rate=96_000))),
    ("audio_channels", kept(sounding(layout="mono")), kept(sounding(layout="3.0"))),
]  # fmt: skip

FACEBOOK: list[tuple[str, Made, Made]] = [
    ("text", text("a" * 63_206), text("a" * 63_207)),
    ("alt_missing", picture(), picture(alt="")),
    ("bytes", still(4_000_000), still(4_000_001)),
    ("mime", picture(file=a_file(mime="image/tiff")), picture(file=a_file(mime="image/webp"))),
    ("mime", picture(file=a_file(mime="image/bmp")), picture(file=a_file(mime="image/heif"))),
    ("duration", film(duration_ms=90_000), film(duration_ms=90_001)),
    ("duration_min", film(duration_ms=3_000), film(duration_ms=2_999)),
    ("duration", film("story", duration_ms=60_000), film("story", duration_ms=60_001)),
    ("ratio", film(), film(width=1080, height=1350)),
    ("ratio", film(width=608, height=1080), film(width=1080, height=1080)),
    ("ratio", film(width=720, height=1280), film(width=720, height=1600)),
    ("width", film(width=540, height=960), film(width=538, height=956)),
    ("frame_rate", reel(rate=24), reel(rate=23)),
    ("frame_rate", reel(rate=60), reel(rate=61)),
    ("frame_rate", reel("video", rate=10), reel("story", rate=10)),
    ("video_codec", kept(coded("libsvtav1", preset="12")), kept(coded("mpeg4"))),
    ("video_codec", kept(coded("libvpx-vp9", deadline="realtime")), kept(coded("mpeg4"))),
    ("chroma", kept(coded(preset="ultrafast")), kept(coded(pixels="yuv422p", preset="ultrafast"))),
    (
        "chroma",
        kept(coded("libvpx-vp9", deadline="realtime")),
        kept(coded("libvpx-vp9", pixels="yuv444p", deadline="realtime")),
    ),
    ("audio_codec", kept(sounding()), kept(sounding("libmp3lame"))),
    ("audio_rate", kept(sounding(rate=48_000)), kept(sounding(rate=96_000))),
    ("audio_channels", kept(sounding(layout="stereo")), kept(sounding(layout="5.1"))),
    ("subtitles_format", subtitled(form="srt"), subtitled(form="vtt")),
    ("subtitles_lang", subtitled(form="srt", lang="fr"), subtitled(form="srt", lang="tlh")),
    ("kind", text("Bonjour"), document()),
    ("media", carousel(2), mixed(2)),
]

LINKEDIN: list[tuple[str, Made, Made]] = [
    ("text", text("🙂" * 1500), text("🙂" * 1500 + "a")),
    ("alt", picture(alt="é" * 4086), picture(alt="é" * 4087)),
    ("alt_missing", picture(), picture(alt="")),
    ("images", carousel(20), carousel(21)),
    ("images_min", carousel(2), carousel(1)),
    ("mime", picture(file=a_file(mime="image/png")), picture(file=a_file(mime="image/webp"))),
    ("frames", kept(gif(250), mime="image/gif"), kept(gif(251), mime="image/gif")),
    ("pixels", sized(6000, 6025), sized(36_152_320, 1)),
    ("mime", film("video"), film("video", file=weighing(90_000, "video/quicktime"))),
    ("bytes_min", film("video", file=weighing(75_000)), film("video", file=weighing(74_999))),
    ("bytes", film("video", file=weighing(500_000_000)), film("video", file=weighing(500_000_001))),
    ("duration_min", film("video", duration_ms=3_000), film("video", duration_ms=2_999)),
    ("duration", film("video", duration_ms=1_800_000), film("video", duration_ms=1_800_001)),
    ("bytes", document(100_000_000), document(100_000_001)),
    ("pages", kept(pdf(300), mime="application/pdf"), kept(pdf(301), mime="application/pdf")),
    ("subtitles_format", subtitled(form="srt"), subtitled(form="vtt")),
    ("subtitles_lang", subtitled(form="srt", lang="en-GB"), subtitled(form="srt", lang="fr")),
    ("subtitles", subtitled(1, "srt"), subtitled(2, "srt")),
    ("link_card_title", linked(), linked(title=" ")),
    ("link_card_url", linked(), linked(url="example.org")),
    ("kind", film("video"), film("reel")),
]

BLUESKY: list[tuple[str, Made, Made]] = [
    ("text", text("é" * 300), text("é" * 301)),
    ("text", text(FAMILY * 120 + "é" * 180), text(FAMILY * 120 + "é" * 181)),
    ("text_bytes", text(FAMILY * 166 + "é" * 6), text(FAMILY * 166 + "é" * 6 + "a")),
    ("images", carousel(20), carousel(21)),
    ("alt_missing", picture(), picture(alt="")),
    ("bytes", still(1_000_000), still(1_000_001)),
    ("mime", film("video"), film("video", file=weighing(9_000, "video/quicktime"))),
    ("bytes", film("video", file=weighing(300_000_000)), film("video", file=weighing(300_000_001))),
    ("subtitles", subtitled(20), subtitled(21)),
    ("bytes", subtitled(size=20_000), subtitled(size=20_001)),
    ("subtitles_format", subtitled(form="vtt"), subtitled(form="srt")),
    ("bytes", linked(thumbnail=thumb(1_000_000)), linked(thumbnail=thumb(1_000_001))),
    ("label", a_post(options={"labels": ("graphic-media",)}), a_post(options={"labels": ("violence",)})),
]

MASTODON: list[tuple[str, Made, Made]] = [
    ("text", text("é" * 500), text("é" * 501)),
    ("text", text("é" * 476 + " https://example.org/" + "a" * 200), text("é" * 477 + " https://a.be")),
    ("text", text("é" * 495 + " @ami@" + "b" * 60 + ".example"), text("é" * 496 + " @ami@b.example")),
    ("text", a_post("text", "é" * 490, content_warning="a" * 10), a_post("text", "é" * 490, content_warning="a" * 11)),
    ("images", carousel(4), carousel(5)),
    ("alt_missing", picture(), picture(alt="")),
    ("bytes", still(16_000_000), still(16_000_001)),
    ("mime", picture(file=a_file(mime="image/avif")), picture(file=a_file(mime="image/tiff"))),
    ("bytes", film("video", file=weighing(99_000_000)), film("video", file=weighing(99_000_001))),
]

TABLE = [
    *(("instagram", *row) for row in INSTAGRAM),
    *(("facebook", *row) for row in FACEBOOK),
    *(("linkedin", *row) for row in LINKEDIN),
    *(("bluesky", *row) for row in BLUESKY),
    *(("mastodon", *row) for row in MASTODON),
]


@pytest.mark.parametrize(
    ("network", "code", "fits", "over"), TABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_at_the_limit_passes_and_one_beyond_is_refused(
    network: str, code: str, fits: Made, over: Made, folder: Folder
) -> None:
    assert said(network, fits, folder) == []
    assert said(network, over, folder) == [code]


def test_bluesky_s_own_server_takes_pictures_of_two_megabytes(folder: Folder) -> None:
    platform = registry()["bluesky"]
    known = credentials(platform, folder.root).model_copy(update={"pds_url": "https://bsky.social"})
    own = platform(known, folder)
    assert own.validate(still(2_000_000)) == []
    assert [problem.code for problem in own.validate(still(2_000_001))] == ["bytes"]


def test_a_bit_rate_over_25_megabits_is_refused_for_a_reel(folder: Folder) -> None:
    whole = folder.add(mp4(seconds=3), "x.mp4", "video/mp4")
    light, heavy = (whole.model_copy(update={"size": size}) for size in (9_375_000, 9_380_000))  # bytes in 3 seconds
    assert said("instagram", film(file=light), folder) == []
    assert said("instagram", film(file=heavy), folder) == ["video_bit_rate"]


def test_high_efficiency_sound_is_not_the_low_complexity_that_facebook_asks_for(folder: Folder) -> None:
    film_ = sounding()
    at = film_.index(b"esds")
    config = film_.index(b"\x05\x80\x80\x80", at) + 5
    first = (5 << 3) | film_[config] & 7  # audio object type 5: spectral band replication
    spoilt = film_[:config] + bytes([first]) + film_[config + 1 :]
    assert said("facebook", kept(film_), folder) == []
    assert said("facebook", kept(spoilt), folder) == ["audio_profile"]


def test_what_instagram_scales_crops_or_recolours_is_said_and_not_refused(folder: Folder) -> None:
    p3 = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    def warned(made: Made) -> list[str]:
        assert said("instagram", made, folder) == []
        return said("instagram", made, folder, "warning")

    assert warned(sized(320, 320)) == [] and warned(sized(319, 319)) == ["width"]
    assert warned(sized(1440, 1440)) == [] and warned(sized(1441, 1441)) == ["width"]
    assert warned(kept(drawn("JPEG", icc_profile=srgb), mime="image/jpeg")) == []
    assert warned(kept(drawn("JPEG", icc_profile=p3), mime="image/jpeg")) == ["colours"]
    assert warned(kept(drawn("JPEG", "CMYK"), mime="image/jpeg")) == ["colours"]
    mixed = a_post("carousel", "x", (an_image(), an_image(height=1080), an_image()))
    assert warned(carousel(2)) == [] and warned(mixed) == ["cropped"]


def test_a_picture_is_read_no_further_than_its_bytes_go(folder: Folder) -> None:
    whole = drawn("JPEG")
    for cut in (3, 4, 20, 40, 160, 300):
        said("instagram", kept(whole[:cut], mime="image/jpeg"), folder)
    huge = whole[:2] + struct.pack(">BBH", 0xFF, 0xE2, 65_535) + b"ICC_PROFILE\0"
    said("instagram", kept(huge, mime="image/jpeg"), folder)


@pytest.mark.parametrize("network", ["bluesky", "facebook", "instagram", "linkedin", "mastodon"])
def test_an_outbox_refuses_what_the_network_that_it_stands_for_refuses(network: str, folder: Folder) -> None:
    outbox = registry()["outbox"]
    for name, code, _fits, over in TABLE:
        if name == network:
            known = credentials(outbox, folder.root).model_copy(update={"stands_for": network})
            post = over if isinstance(over, Submission) else over(folder)
            found = [one.code for one in outbox(known, folder).validate(post) if one.severity == "error"]
            assert found == ([] if code == "subtitles_lang" and network == "facebook" else [code])
