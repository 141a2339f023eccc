"""What a field file is: by its content, without opening another file, and without reading private values out."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from pipeline.errors import Refused
from pipeline.probing import probe, probe_limited
from pipeline.reels.sources import open_clip
from tests.media import boxes, poison_field, poison_films, poison_hidden, poison_pictures
from tests.media.canary import CANARY
from tests.media.clean import picture, write_clean_mp4

FOOTAGE = Path(__file__).parents[1].parent / "shared" / "footage"
PORTRAIT = (0, 65536, 0, -65536, 0, 0, 96 << 16, 0, 1 << 30)  # tkhd matrix of a phone held upright


def field_clip(name: str) -> Path:
    path = FOOTAGE / name
    if not path.exists():
        pytest.skip(f"shared/footage/{name} not present")
    return path


def write_film(path: Path, *, codec: str = "libx264", times: list[int] | None = None, **settings: object) -> Path:
    """A film of 64 x 48 without sound, its pictures at `times` (in 1/30 s)."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        for index, time in enumerate(times or range(20)):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture(64, 48, seed=index)), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 30)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def test_a_film_is_described_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    path = write_clean_mp4(tmp_path / "notes.txt", count=25)
    found = probe(path)
    assert (found.kind, found.mime, found.width, found.height) == ("video", "video/mp4", 64, 96)
    assert (found.fps, found.variable_frame_rate, found.video_codec, found.pix_fmt) == (25, False, "h264", "yuv420p")
    assert (found.audio_codec, found.audio_channels, found.audio_rate) == ("aac", 2, 48_000)
    assert found.duration_ms == pytest.approx(1000, abs=40)
    assert (found.hdr, found.damaged, found.rotation, found.sar, found.private) == (False, False, 0, 1.0, ())


def test_a_film_is_described_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = write_clean_mp4(tmp_path / "film.mp4")
    assert probe_limited(path) == probe(path)


@pytest.mark.parametrize(
    ("name", "mime"),
    [("a.mkv", "video/x-matroska"), ("a.webm", "video/webm"), ("a.avi", "video/x-msvideo"), ("a.ts", "video/mp2t"),
     ("a.mov", "video/quicktime")],
)  # fmt: skip
def test_the_containers_of_phones_and_cameras_are_read(name: str, mime: str, tmp_path: Path) -> None:
    path = write_film(tmp_path / name, codec="libvpx" if name == "a.webm" else "libx264")
    found = probe(path.rename(tmp_path / "unnamed"))
    assert (found.kind, found.mime, found.width, found.height, found.damaged) == ("video", mime, 64, 48, False)
    assert found.fps == pytest.approx(30, abs=0.5)
    assert not found.variable_frame_rate


def test_a_portrait_film_has_the_size_that_people_see(tmp_path: Path) -> None:
    clean = write_clean_mp4(tmp_path / "film.mp4").read_bytes()
    matrix = b"".join(value.to_bytes(4, "big", signed=True) for value in PORTRAIT)
    (tmp_path / "film.mp4").write_bytes(boxes.changed(clean, poison_films._put("moov/trak/tkhd", 40, matrix)))
    found = probe(tmp_path / "film.mp4")
    assert (found.width, found.height, found.rotation) == (96, 64, 90)


@pytest.mark.parametrize("name", ["decord_rot90.mov", "scenedetect_issue-134-rotate.mp4"])
def test_a_real_portrait_film_has_the_size_that_people_see(name: str) -> None:
    found = probe(field_clip(name))
    assert found.rotation == 90
    assert found.width < found.height


def test_a_rate_that_varies_is_seen(tmp_path: Path) -> None:
    assert probe(write_film(tmp_path / "a.mp4", times=[0, 1, 2, 5, 6, 9, 10, 11])).variable_frame_rate
    assert not probe(write_film(tmp_path / "b.mp4", times=list(range(0, 60, 2)))).variable_frame_rate


def test_a_rate_that_varies_is_seen_in_real_footage() -> None:
    assert probe(field_clip("scenedetect_goldeneye-vfr-drop3.mp4")).variable_frame_rate
    assert not probe(field_clip("intel_asl_sister.mkv")).variable_frame_rate


def test_a_high_dynamic_range_is_seen(tmp_path: Path) -> None:
    assert probe(write_film(tmp_path / "hlg.mp4", color_trc=18)).hdr
    assert not probe(write_film(tmp_path / "plain.mp4", color_trc=1)).hdr


def test_a_film_cut_short_or_overwritten_is_damaged(tmp_path: Path) -> None:
    whole = write_clean_mp4(tmp_path / "film.mp4", count=30, sound=False).read_bytes()
    cut, noisy = tmp_path / "cut.mp4", tmp_path / "noisy.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    noisy.write_bytes(whole[: len(whole) // 2] + bytes(2000) + whole[len(whole) // 2 + 2000 :])
    assert probe(cut).damaged
    assert probe(noisy).damaged


def test_a_real_damaged_film_is_damaged_and_a_whole_one_is_not() -> None:
    assert probe(field_clip("decord_corrupted.mp4")).damaged
    assert not probe(field_clip("bigbuckbunny.mp4")).damaged


def test_private_kinds_of_a_film_are_named_without_their_values(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    for expected, options in {
        "GPS": {"container": {"location": "+48.8584+002.2945/"}},
        "notes": {"container": {"title": CANARY.decode()}},
        "creation time": {
            "container": {"creation_time": "2026-11-20T08:00:00Z"},
            "muxer": {"fflags": "+flush_packets"},
        },
        "chapters": {"chapters": True},
        "further tracks": {"picture_tags": {"timecode": "08:15:30:00"}, "muxer": {"write_tmcd": "1"}},
    }.items():
        poison_films._film(path, **options)
        found = probe(path)
        assert expected in found.private
        assert "48.8584" not in found.model_dump_json()


def test_private_kinds_of_a_picture_are_named_without_their_values(tmp_path: Path) -> None:
    expected = {
        "exif camera": "camera", "exif gps": "GPS", "exif date": "creation time", "exif user comment": "notes",
        "exif maker note": "camera", "xmp": "XMP", "iptc": "IPTC", "comment": "notes",
        "several pictures": "further pictures",
    }  # fmt: skip
    path, seen = tmp_path / "picture", {}
    for name, data in poison_pictures.jpegs():
        if name.removesuffix(".jpg") in expected:
            path.write_bytes(data)
            found = probe(path)
            seen[name.removesuffix(".jpg")] = expected[name.removesuffix(".jpg")] in found.private
            assert "canary" not in found.model_dump_json()
    assert seen == dict.fromkeys(expected, True)


@pytest.mark.parametrize("name", ["glass.mov", "glass.webm"])
def test_a_film_that_is_transparent_in_places_is_refused_wherever_it_is_opened(name: str, tmp_path: Path) -> None:
    made = dict(poison_hidden.films(tmp_path / "scratch"))
    (tmp_path / name).write_bytes(made[name])
    for reads in (probe, open_clip):
        with pytest.raises(Refused, match="transparent in places"):
            reads(tmp_path / name)


def test_a_picture_held_upright_has_the_size_that_people_see(tmp_path: Path) -> None:
    path = tmp_path / "picture.mp4"
    for orientation, rotation, size in ((1, 0, (96, 64)), (6, 90, (64, 96)), (3, 180, (96, 64)), (8, 270, (64, 96))):
        path.write_bytes(poison_pictures.saved(picture(), "JPEG", exif=poison_pictures.exif(x0112=orientation)))
        found = probe(path)
        assert (found.kind, found.mime, found.rotation, (found.width, found.height)) == (
            "image", "image/jpeg", rotation, size,
        )  # fmt: skip


def test_a_picture_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    data = poison_pictures.saved(picture(), "JPEG")
    path.write_bytes(data[: len(data) // 2])
    assert probe(path).damaged
    path.write_bytes(data)
    assert not probe(path).damaged


def test_a_picture_that_would_fill_the_memory_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(poison_pictures.png(0, (30_000, 30_000), poison_pictures.chunk(b"IDAT", b"")))
    with pytest.raises(Refused, match="smaller copy"):
        probe(path)
    path.write_bytes(poison_pictures.png(0, (8_000, 8_000), poison_pictures.chunk(b"IDAT", b"")))
    with pytest.raises(Refused, match="smaller copy"):
        probe(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"%PDF-1.4", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\0\0\0\x08ftyp",
     b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0AVI LIST", b"\x1a\x45\xdf\xa3\x80", b"\0\0\0\x18ftypisom" + bytes(400)],
)  # fmt: skip
def test_what_is_neither_picture_nor_film_is_refused_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(Refused, match="not a video or a picture that we can read"):
        probe(path)


def test_a_picture_in_avif_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(b"\0\0\0\x18ftypavif" + bytes(16))
    with pytest.raises(Refused, match="save it as JPEG"):
        probe(path)


def test_a_picture_in_heic_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    from pillow_heif import from_pillow

    path = tmp_path / "picture.jpg"
    from_pillow(Image.new("RGB", (64, 48), "red")).save(path)
    found = probe(path)
    assert (found.kind, found.mime, found.width, found.height) == ("image", "image/heic", 64, 48)
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(16))
    with pytest.raises(Refused):
        probe(path)


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [("plain.heic", "image", "image/heic"), ("h264.mp4", "video", "video/mp4"), ("h265.mp4", "video", "video/mp4"),
     ("h264.mov", "video", "video/quicktime"), ("h265.mov", "video", "video/quicktime"),
     ("h264.mkv", "video", "video/x-matroska"), ("h265.mkv", "video", "video/x-matroska"),
     ("vp8.webm", "video", "video/webm"), ("vp9.webm", "video", "video/webm"), ("h263.3gp", "video", "video/mp4"),
     ("h264.3gp", "video", "video/mp4"), ("mpeg4.avi", "video", "video/x-msvideo"),
     ("mjpeg.avi", "video", "video/x-msvideo"), ("h264.ts", "video", "video/mp2t"),
     ("h264.m2ts", "video", "video/mp2t")],
)  # fmt: skip
def test_clean_files_of_every_accepted_type_are_taken(name: str, kind: str, mime: str, tmp_path: Path) -> None:
    path = tmp_path / "no.ending"
    codec, _dot, container = name.partition(".")
    if container == "heic":
        path.write_bytes(poison_field.heic(picture()))
    else:
        encoders = {"h264": "libx264", "h265": "libx265", "vp8": "libvpx", "vp9": "libvpx-vp9"}
        muxer = {"mkv": "matroska", "ts": "mpegts", "m2ts": "mpegts"}.get(container, container)
        size, options = ((176, 144), {"bf": "0"}) if codec == "h263" else ((96, 64), {})
        options |= {"deadline": "realtime", "cpu-used": "8"} if container == "webm" else {}
        how = {"mpegts_m2ts_mode": "1"} if container == "m2ts" else {}
        poison_field.film(path, muxer, [poison_field.moving(encoders.get(codec, codec), size=size, **options)], **how)
    found = probe(path)
    assert (found.kind, found.mime, found.damaged) == (kind, mime, False)
    assert not set(found.private) - {"camera"}  # AVI: the name of the program that wrote it


def test_a_thumbnail_is_named_among_what_is_private(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(dict(poison_field._jpegs_and_pngs())["phone thumbnail.jpg"])
    assert "thumbnail" in probe(path).private


def _never_read(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns))


def _was_read(path: Path) -> bool:
    return path.stat().st_atime_ns > 0


def lists_of(victim: str) -> dict[str, bytes]:
    """Files that only name another file, dressed as films."""
    return {
        "concat": f"ffconcat version 1.0\nfile {victim}\n".encode(),
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{victim}\n#EXT-X-ENDLIST\n".encode(),
        "dash": f"<?xml version='1.0'?><MPD><Period><BaseURL>{victim}</BaseURL></Period></MPD>".encode(),
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={victim}\nm=video 5004 RTP/AVP 96\n".encode(),
        "padded concat": b"\0\0\0\x08free" + f"\nffconcat version 1.0\nfile {victim}\n".encode(),
    }


def test_a_list_of_other_files_dressed_as_a_film_opens_nothing(tmp_path: Path) -> None:
    victim, list_file = write_clean_mp4(tmp_path / "victim.mp4"), tmp_path / "film.mp4"
    linked = boxes.changed(
        victim.read_bytes(),
        poison_films._put("moov/trak/mdia/minf/dinf/dref", 8, b"\0\0\0\x17url \0\0\0\0victim.mp4\0"),
    )
    for content in [*lists_of(victim.name).values(), *lists_of(str(victim)).values()]:
        list_file.write_bytes(content)
        _never_read(victim)
        with pytest.raises(Refused):
            probe(list_file)
        assert not _was_read(victim)
    list_file.write_bytes(linked)
    probe(list_file)
    assert not _was_read(victim)


def test_a_careless_reader_does_open_the_listed_file(tmp_path: Path) -> None:
    victim, list_file = write_clean_mp4(tmp_path / "victim.mp4"), tmp_path / "film.mp4"
    _never_read(victim)
    victim.read_bytes()
    if not _was_read(victim):
        pytest.skip("this file system keeps no access times: opening a file leaves no trace")
    list_file.write_bytes(lists_of(victim.name)["concat"])
    _never_read(victim)
    with av.open(str(list_file)):
        assert _was_read(victim)


def test_pictures_of_every_kind_that_we_read(tmp_path: Path) -> None:
    for kind, mime in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")):
        path = tmp_path / "unnamed"
        Image.new("RGB", (30, 20), "teal").save(path, kind)
        found = probe(path)
        assert (found.kind, found.mime, found.width, found.height, found.damaged) == ("image", mime, 30, 20, False)
