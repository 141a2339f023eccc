"""Every nasty input that was seen in the field: right or refused in words, when it comes in and in a finished reel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline import footage as stage
from pipeline import reels
from pipeline.errors import Refused
from pipeline.probing import Probe, probe
from tests.media.exposure import exposed
from tests.reels.films import cut_list, film, grey, level, steps, tone

LASTS = 0.2  # seconds that each clip has in the reel
FRAMES = 6
STREET = (200, 30, 30)  # the red that came out as (212, 45, 27) where the matrix was not told


@dataclass(frozen=True)
class Nasty:
    """One input: how it is made, what must be known of it when it comes in, and its grey in the reel."""

    make: Callable[[Path], Path]
    known: dict[str, object]
    grey: float | None = None
    name: str = "clip.mp4"


def still(path: Path, grey_of: int, **how: object) -> Path:
    """A quarter of a second of one grey."""
    return film(path, [(i / 30, grey(grey_of)) for i in range(8)], **how)


def turned(path: Path) -> Path:
    """Filmed upright: left in the file is above on the screen."""
    picture = np.concatenate([grey(40, (96, 108)), grey(220, (96, 108))], axis=1)
    return film(path, [(i / 30, picture) for i in range(8)], turned=True)


def varying(path: Path) -> Path:
    """Pictures at 0, 33, 67 and then only 233 ms: at 200 ms the third still stands."""
    return film(
        path, [(0, grey(20)), (1 / 30, grey(60)), (2 / 30, grey(100)), (7 / 30, grey(240)), (8 / 30, grey(240))]
    )


def red(path: Path) -> Path:
    return film(path, [(i / 30, np.full((108, 192, 3), STREET, np.uint8)) for i in range(8)])


def odd(path: Path) -> Path:
    return film(path, [(i / 30, grey(90, (161, 91))) for i in range(8)], pixels="yuv444p")


def encoded(
    path: Path, greys: Sequence[int], *, track: dict[str, str] | None = None, tags: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None, **context: object,
) -> Path:  # fmt: skip
    """A clip of greys, 30 a second, with tags on its track and file, and what its encoder is told."""
    with av.open(str(path), "w", options=muxer or {}) as out:
        out.metadata.update(tags or {})
        options = {"preset": "ultrafast", "bf": "0", "g": "5"}
        stream = out.add_stream("libx264", rate=30, width=192, height=108, pix_fmt="yuv420p", options=options)
        stream.metadata.update(track or {})
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        for index, shade in enumerate(greys):
            frame = av.VideoFrame.from_ndarray(grey(shade), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def located(path: Path) -> Path:
    return encoded(path, [120] * 8, tags={"location": "+50.9513+001.8587/"})


def clocked(path: Path) -> Path:
    made = encoded(path, [125] * 8, track={"timecode": "10:11:12:00"})
    assert b"tmcd" in made.read_bytes()
    return made


def anamorphic(path: Path) -> Path:
    """The shape of a pixel that programs write by themselves: 4095 to 4096."""
    return encoded(path, [150] * 8, sample_aspect_ratio=Fraction(4095, 4096))


def bright(path: Path) -> Path:
    """Pictures of a high dynamic range (HLG), as telephones make them; how they are shown: test_sources.py."""
    return encoded(path, [128] * 8, color_trc=18)


def surround(path: Path) -> Path:
    """A voice in the middle of six channels."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, width=192, height=108, pix_fmt="yuv420p", options={"bf": "0"})
        voice = out.add_stream("aac", rate=48_000, layout="5.1")
        for index in range(8):
            frame = av.VideoFrame.from_ndarray(grey(170), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        samples = np.zeros((6, 14_400), np.float32)
        samples[2] = tone(0.3, strength=0.4)[:, 0]
        heard = av.AudioFrame.from_ndarray(samples, format="fltp", layout="5.1")
        heard.sample_rate, heard.pts = 48_000, 0
        out.mux(voice.encode(heard))
        out.mux(voice.encode(None))
    return path


def covered(path: Path) -> Path:
    """A song's picture before the film: it is no film, wherever it stands."""
    source = still(path.with_name("source-covered.mp4"), 190)
    with av.open(str(source)) as read, av.open(str(path), "w") as out:
        pictures = out.add_stream_from_template(read.streams.video[0])
        cover = out.add_stream("mjpeg", rate=1, width=64, height=64, pix_fmt="yuvj420p")
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(grey(5, (64, 64)), format="rgb24").reformat(format="yuvj420p")
        frame.pts = 0
        out.mux(cover.encode(frame))
        out.mux(cover.encode(None))
        for packet in read.demux(read.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                out.mux(packet)
    return path


READABLE = {
    "rotation tag": Nasty(turned, {"rotation": 90, "width": 108, "height": 192}),
    "variable frame rate": Nasty(varying, {"variable_frame_rate": True}, 100),
    "colour": Nasty(red, {"hdr": False}),
    "odd size": Nasty(odd, {"width": 161, "height": 91}, 90),
    "HLG": Nasty(bright, {"hdr": True}),
    "no sound": Nasty(lambda path: still(path, 110), {"audio_codec": None}, 110),
    "5.1 sound": Nasty(surround, {"audio_channels": 6}, 170),
    "%03d and quotes in its name": Nasty(lambda path: still(path, 130), {"width": 192}, 130, "l'été %03d.mp4"),
    "Arabic name": Nasty(lambda path: still(path, 140), {"width": 192}, 140, "فيديو الشارع.mp4"),
    "name that begins with a dash": Nasty(lambda path: still(path, 160), {"width": 192}, 160, "-i.mp4"),
    "one frame": Nasty(lambda path: film(path, [(0, grey(180))]), {"damaged": False}, 180),
    "pixels of 4095:4096": Nasty(anamorphic, {"sar": pytest.approx(4095 / 4096), "width": 192}, 150),
    "GPS in its tags": Nasty(located, {"private": ("GPS",)}, 120, "gps.mov"),
    "timecode track": Nasty(clocked, {"width": 192}, 125, "camera.mov"),
    "cover picture": Nasty(covered, {"width": 192, "height": 108}),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for number, (what, one) in enumerate(READABLE.items()):
        folder = tmp_path_factory.mktemp(f"nasty{number}")
        made[what] = one.make(folder / one.name)
    return made


@pytest.fixture(scope="module")
def reel(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that have a grey or a colour to be seen, one after the other, in one small reel."""
    folder = tmp_path_factory.mktemp("reel")
    cuts = [{"clip": str(clips[what]), "from": 0, "to": LASTS} for what in shown()]
    out = folder / "reel.mp4"
    reels.render(reels.load(cut_list(folder, cuts)), out, preview=True)
    return out


def shown() -> list[str]:
    """Those of the reel. How HLG and covers are shown: test_sources.py; a single frame is no cut."""
    return [what for what in READABLE if what not in ("HLG", "cover picture", "one frame")]


@pytest.fixture(scope="module")
def last_frames(reel: Path) -> dict[str, np.ndarray]:
    """The last picture of each clip in the reel, RGB as a player that takes it for BT.709 shows it."""
    with av.open(str(reel)) as made:
        frames = list(made.decode(video=0))
    assert len(frames) == FRAMES * len(shown())
    wanted = frames[FRAMES - 1 :: FRAMES]
    seen = [frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG") for frame in wanted]
    return {what: frame.to_ndarray() for what, frame in zip(shown(), seen, strict=True)}


@pytest.mark.parametrize("what", READABLE)
def test_it_is_known_for_what_it_is_when_it_comes_in(what: str, clips: dict[str, Path]) -> None:
    found = probe(clips[what])
    assert found.kind == "video"
    assert {name: getattr(found, name) for name in READABLE[what].known} == READABLE[what].known


@pytest.mark.parametrize("what", [what for what in shown() if READABLE[what].grey is not None])
def test_in_the_reel_its_picture_stands_at_its_time(what: str, last_frames: dict[str, np.ndarray]) -> None:
    height, width, _channels = last_frames[what].shape
    middle = last_frames[what][height // 3 : height // 2, width // 3 : 2 * width // 3]
    assert float(np.median(middle)) == pytest.approx(READABLE[what].grey, abs=3)


def test_in_the_reel_a_phone_held_upright_is_upright(last_frames: dict[str, np.ndarray]) -> None:
    picture = last_frames["rotation tag"]
    top, bottom = np.median(picture[: len(picture) // 3]), np.median(picture[-len(picture) // 3 :])
    assert (top, bottom) == (pytest.approx(40, abs=4), pytest.approx(220, abs=4))


def test_in_the_reel_colours_are_those_of_the_street(last_frames: dict[str, np.ndarray]) -> None:
    assert np.median(last_frames["colour"], axis=(0, 1)) == pytest.approx(np.array(STREET), abs=5)


def test_in_the_reel_the_voice_of_six_channels_is_heard_in_both_ears(reel: Path) -> None:
    with av.open(str(reel)) as made:
        assert made.streams.audio[0].codec_context.layout.name == "stereo"
        heard = np.concatenate([frame.to_ndarray() for frame in made.decode(audio=0)], axis=1)
    at = round(shown().index("5.1 sound") * LASTS * 48_000)
    part = np.abs(heard[:, at + 2400 : at + 7200]).max(axis=1)
    assert part.min() > 0.01 and part.max() < 1.6 * part.min()


def test_the_reel_itself_is_plain_and_tells_no_place(reel: Path) -> None:
    assert exposed(reel) == []
    with av.open(str(reel)) as made:
        assert made.streams.video[0].codec_context.pix_fmt == "yuv420p"


# ------------------------------------------------------------------------------------------- damaged, or no film at all


def _index_first(folder: Path) -> bytes:
    """A film that gets lighter, its index before its pictures."""
    greys = [60 + 4 * index for index in range(30)]
    return encoded(folder / "index-first.mp4", greys, muxer={"movflags": "+faststart"}).read_bytes()


def refused(folder: Path, content: bytes) -> None:
    """It is refused in a sentence when it comes in, and as a clip."""
    path = folder / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(Refused) as said:
        probe(path)
    assert said.value.sentence.text("fr")
    with pytest.raises(Refused):
        reels.render(reels.load(cut_list(folder, [{"clip": str(path), "from": 0, "to": 0.2}])), folder / "out.mp4")
    assert not (folder / "out.mp4").exists()


@pytest.mark.parametrize("content", [b"", b"\0", b"une note, pas un film\n" * 40], ids=["empty", "one byte", "text"])
def test_what_is_no_film_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    refused(tmp_path, content)


def test_a_film_whose_index_is_lost_is_refused_in_words(tmp_path: Path) -> None:
    whole = film(tmp_path / "source.mp4", steps(10)).read_bytes()  # the index stands last
    refused(tmp_path, whole[: whole.index(b"moov") - 4])


def test_a_film_of_one_frame_comes_in_and_as_a_cut_is_refused_in_words(clips: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"lasts 0\.03 seconds"):
        reels.load(cut_list(tmp_path, [{"clip": str(clips["one frame"]), "from": 0, "to": 0.2}]))


def _after_damage(folder: Path, content: bytes) -> Probe:
    (folder / "clip.mp4").write_bytes(content)
    return probe(folder / "clip.mp4")


def test_of_a_film_with_a_lost_tail_the_beginning_is_cut_and_the_tail_refused(tmp_path: Path) -> None:
    whole = _index_first(tmp_path)
    assert _after_damage(tmp_path, whole[: -(len(whole) - whole.index(b"mdat")) // 2]).damaged
    clip = str(tmp_path / "clip.mp4")
    reels.render(
        reels.load(cut_list(tmp_path, [{"clip": clip, "from": 0, "to": 0.2}])), tmp_path / "a.mp4", preview=True
    )
    with av.open(str(tmp_path / "a.mp4")) as made:
        greys = [level(frame.to_ndarray()[: frame.height]) for frame in made.decode(video=0)]
    assert greys == pytest.approx([60, 64, 68, 72, 76, 80], abs=4)
    with pytest.raises(Refused, match=r"\d"):  # the time at which it ends
        late = [{"clip": clip, "from": 0.7, "to": 0.99}]
        reels.render(reels.load(cut_list(tmp_path, late)), tmp_path / "b.mp4", preview=True)


def test_bit_rot_is_seen_when_it_comes_in_and_no_rotten_picture_is_shown(tmp_path: Path) -> None:
    """Rotten pictures are left out: the one before them stands, or the cut is refused in words."""
    whole = bytearray(_index_first(tmp_path))
    start = whole.index(b"mdat") + 4
    rotten = start + (len(whole) - start) // 2
    whole[rotten : rotten + 60] = bytes(range(60))
    assert _after_damage(tmp_path, bytes(whole)).damaged
    cuts = [{"clip": str(tmp_path / "clip.mp4"), "from": 0, "to": 0.9}]
    try:
        reels.render(reels.load(cut_list(tmp_path, cuts)), tmp_path / "a.mp4", preview=True)
    except Refused as said:
        assert said.sentence.text("fr")
        return
    with av.open(str(tmp_path / "a.mp4")) as made:
        greys = [level(frame.to_ndarray()[: frame.height]) for frame in made.decode(video=0)]
    assert all(56 <= one <= 180 for one in greys) and greys == sorted(greys)


def test_a_film_of_any_name_is_kept_under_ours(world, clips: dict[str, Path]) -> None:
    row = stage.add(clips["Arabic name"], by=world.intern)
    kept = stage.original_path(row.sha256)
    assert kept.name == row.sha256 and kept.stat().st_mode & 0o222 == 0


def test_a_file_of_sound_alone_is_refused_in_words(world, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "voice.m4a"), "w") as out:
        voice = out.add_stream("aac", rate=48_000, layout="stereo")
        heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone(0.2).T), format="fltp", layout="stereo")
        heard.sample_rate, heard.pts = 48_000, 0
        out.mux(voice.encode(heard))
        out.mux(voice.encode(None))
    with pytest.raises(Refused, match="only sound"):
        stage.add(tmp_path / "voice.m4a", by=world.intern)
