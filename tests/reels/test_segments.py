"""Parts of reels: each addressed by what shapes it, made once, joined without being encoded again."""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline import reels
from pipeline.errors import NotHere, Refused
from pipeline.protection.tracks import Box, Track
from pipeline.reels import joining, work
from pipeline.reels.cache import Cache, room
from pipeline.reels.cutlist import Cut
from pipeline.reels.encoding import PictureWriter
from pipeline.reels.masks import SLATE
from pipeline.reels.parts import Keyframe
from pipeline.reels.segments import LATE, Segment, Still, Stretch, key
from pipeline.reels.showing import opened
from tests.reels.films import cut_list, film, grey, seen, steps
from tests.reels.inline import Inline

BITS = 9
SIDE = 24  # pixels of one bit of the burned-in number


def numbered(number: int) -> np.ndarray:
    """A picture that bears its number: bright and dark squares, in the middle, where no framing cuts them off."""
    picture = grey(90, (SIDE * 3 * 2, SIDE * 3 * 2))
    for bit in range(BITS):
        y, x = SIDE * 3 // 2 + bit // 3 * SIDE, SIDE * 3 // 2 + bit % 3 * SIDE
        picture[y : y + SIDE, x : x + SIDE] = 230 if number >> bit & 1 else 20
    return picture


def read_number(luma: np.ndarray) -> int:
    side, edge = luma.shape[0] / 6, luma.shape[0] / 4
    middles = [edge + side * (step + 0.5) for step in range(3)]
    return sum(1 << bit for bit in range(BITS) if luma[int(middles[bit // 3]), int(middles[bit % 3])] > 120)


def counter(path: Path, rate: float, count: int) -> Path:
    """A clip of numbered frames as telephones encode them: B-frames, a key frame now and then."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=round(rate), width=144, height=144, pix_fmt="yuv420p")
        stream.options = {"bf": "3", "g": "47", "crf": "12"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = round(number * 90_000 / rate), Fraction(1, 90_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def render(folder: Path, cuts: list[dict], parts: Path | None = None, **more: object) -> reels.Rendered:
    loaded = reels.load(cut_list(folder, cuts, **{"format": "square", **more}))
    return reels.render(loaded, folder / "reel.mp4", preview=True, parts=parts)


@pytest.mark.parametrize(
    ("rate", "kind"), [(30, "mp4"), (30000 / 1001, "mp4"), (25, "mkv"), (60000 / 1001, "mp4"), (30, "mkv")]
)
def test_every_frame_of_every_cut_is_the_one_on_screen_at_its_time(tmp_path: Path, rate: float, kind: str):
    """Time stamps of Matroska are rounded to a thousandth of a second: the frame is the same."""
    counter(tmp_path / f"a.{kind}", rate, 200)
    stretches = [(1.0, 1.5), (0.1, 0.4), (2.2, 3.0), (0.0, 0.2), (1.51, 1.71)]
    render(tmp_path, [{"clip": f"a.{kind}", "from": start, "to": end} for start, end in stretches])
    wanted = [
        int((start + index / 30) * rate + 1e-5)
        for start, end in stretches
        for index in range(round((end - start) * 30))
    ]
    assert [read_number(luma) for luma in seen(tmp_path / "reel.mp4")] == wanted


def test_joined_frames_are_those_of_the_parts_bit_by_bit(tmp_path: Path):
    """What was searched in the parts was searched in the finished film."""
    film(tmp_path / "a.mp4", steps(70, by=2))
    cuts = [{"clip": "a.mp4", "to": 0.2}, {"clip": "a.mp4", "to": 2.3}, {"clip": "a.mp4", "from": 1, "to": 1.2}]
    made = render(tmp_path, cuts, tmp_path / "parts", end={"text": "Fin", "seconds": 0.2})
    parts = {path: seen(path) for path in (tmp_path / "parts").glob("*/*.mp4") if path.parent.name != "sounds"}
    assert sorted(map(len, parts.values())) == [6, 6, 6, 9, 60]
    finished = seen(made.path)
    assert len(finished) == 87
    for frames in parts.values():
        starts = [at for at in (0, 6, 66, 75, 81) if np.array_equal(finished[at], frames[0])]
        assert any(all(np.array_equal(a, b) for a, b in zip(finished[at:], frames, strict=False)) for at in starts)


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
@pytest.mark.parametrize("quick", [True, False])
def test_parts_of_a_few_frames_keep_their_order(tmp_path: Path, frames: int, quick: bool):
    places = []
    for number in range(3):
        places.append(tmp_path / f"{number}.mp4")
        with PictureWriter(places[-1], (64, 64), quick=quick) as writer:
            for index in range(frames):
                writer.add(np.full((96, 64), 20 + 10 * (number * frames + index), np.uint8))
    assert joining.join(places, None, tmp_path / "out.mp4") == 3 * frames
    with av.open(str(tmp_path / "out.mp4")) as out:
        shown = [(round(float(f.time) * 30, 3), round(float(f.to_ndarray()[32, 32]), -1)) for f in out.decode(video=0)]
    assert shown == [(index, 20 + 10 * index) for index in range(3 * frames)]


def test_parts_of_different_encoders_are_not_joined(tmp_path: Path):
    for name, size in (("a.mp4", (64, 64)), ("b.mp4", (64, 80))):
        with PictureWriter(tmp_path / name, size) as writer:
            writer.add(np.full((size[1] * 3 // 2, size[0]), 80, np.uint8))
    with pytest.raises(Refused, match="different versions"):
        joining.join([tmp_path / "a.mp4", tmp_path / "b.mp4"], None, tmp_path / "out.mp4")


# ------------------------------------------------------------------------------------------------------- the cache


def dates(parts: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in parts.glob("*/*.mp4")}


def test_a_changed_caption_makes_its_own_part_again_and_nothing_changed_makes_nothing(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(60))
    cuts = [{"clip": "a.mp4", "from": n / 5, "to": n / 5 + 0.4, "caption": f"Plan {n}"} for n in range(3)]
    parts = tmp_path / "parts"
    first = render(tmp_path, cuts, parts, end={"text": "Fin", "seconds": 0.2})
    before = dates(parts)
    again = render(tmp_path, cuts, parts, end={"text": "Fin", "seconds": 0.2})
    assert dates(parts) == before and again == first
    cuts[1]["caption"] = "Autre chose"
    changed = render(tmp_path, cuts, parts, end={"text": "Fin", "seconds": 0.2})
    assert len(dates(parts)) == len(before) + 1 and dates(parts).items() > before.items()
    assert changed.sha256 != first.sha256
    (tmp_path / "fresh").mkdir()
    bare = reels.render(reels.load(tmp_path / "reel.yaml"), tmp_path / "fresh" / "reel.mp4", preview=True)
    assert bare.sha256 == changed.sha256, "what comes from the cache is what is made anew"


def test_a_word_changed_in_a_long_cut_makes_only_the_groups_of_pictures_again_over_which_it_stands(tmp_path: Path):
    """A person who speaks for minutes is one cut: a comma must not cost all of it."""
    counter(tmp_path / "a.mp4", 30, 400)
    parts, said = tmp_path / "parts", [{"from": n, "to": n + 0.9, "text": f"Mot {n}"} for n in range(12)]
    cuts = [{"clip": "a.mp4", "to": 13}]
    render(tmp_path, cuts, parts, captions=said)
    before = dates(parts)
    said[6]["text"] = "Autre"
    changed = render(tmp_path, cuts, parts, captions=said)
    assert len(dates(parts)) == len(before) + 1 and dates(parts).items() > before.items()
    fresh = tmp_path / "fresh.mp4"
    bare = reels.render(reels.load(tmp_path / "reel.yaml"), fresh, preview=True)
    assert bare.sha256 == changed.sha256, "joined of old and new groups, it is what is made anew"
    assert [read_number(luma) for luma in seen(fresh)] == list(range(390)), "no group begins elsewhere than it should"


def test_a_caption_over_a_cut_stands_on_both_sides_of_it(tmp_path: Path):
    film(tmp_path / "a.mp4", [(i / 30, grey(200)) for i in range(30)])
    cuts = [{"clip": "a.mp4", "to": 0.5}, {"clip": "a.mp4", "to": 0.5}]
    render(tmp_path, cuts, captions=[{"from": 0.3, "to": 0.8, "text": "Bonjour"}])
    dark = [bool((frame < 60).any()) for frame in seen(tmp_path / "reel.mp4")]
    assert dark == [False] * 9 + [True] * 15 + [False] * 6


FACE = Track((Box(0.0, 0.3, 0.3, 0.2, 0.3), Box(1.0, 0.6, 0.4, 0.2, 0.3)), 0.0, 1.0)
CUT = Cut.model_validate({"clip": "a.mp4", "from": 1, "to": 2})
STRETCH = Stretch(CUT, "a" * 64, (FACE,))


def shown(**other: object) -> Stretch:
    return replace(STRETCH, cut=CUT.model_copy(update=other))


BASE = Segment(STRETCH, 30, (540, 960))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, frames=31),
        replace(BASE, first=60),
        replace(BASE, size=(540, 540)),
        replace(BASE, quick=True),
        replace(BASE, bit_rate=1_000_000),
        replace(BASE, shows=replace(STRETCH, sha256="b" * 64)),
        replace(BASE, shows=shown(start=1.1)),
        replace(BASE, shows=shown(framing="left")),
        replace(BASE, shows=shown(keyframes=(Keyframe(at=1.0, x=0.6),))),
        replace(BASE, shows=replace(STRETCH, tracks=())),
        replace(BASE, shows=replace(STRETCH, tracks=(replace(FACE, consent="K"),))),
        replace(BASE, shows=shown(speed=2.0)),
        replace(BASE, shows=Still(np.zeros((1440, 540), np.uint8))),
    ],
)
def test_whatever_shapes_a_part_changes_its_address(other: Segment):
    assert key(other) != key(BASE)


def test_where_a_clip_lies_does_not_change_an_address():
    assert key(replace(BASE, shows=shown(clip=Path("/elsewhere/b.mp4")))) == key(BASE)


def test_a_mask_moved_elsewhere_in_the_clip_leaves_a_part_as_it_is(tmp_path: Path):
    from pipeline.reels.cutlist import CutList
    from pipeline.reels.lettering import Lettering
    from pipeline.reels.timeline import Dress, segments

    reel = CutList.model_validate({"language": "fr", "cuts": [{"clip": "a.mp4", "from": 10, "to": 12}]})
    boxes = tuple(Box(float(t), 0.3 + t / 100, 0.3, 0.1, 0.1) for t in range(30))

    def address(track: Track) -> str:
        words = Lettering("yuv420p", (), (None,), None, ())
        (part,) = segments(reel, Dress((540, 960)), words, [[track]], {Path("a.mp4"): "0"})
        return key(part)

    plain = address(Track(boxes, 0.0, 29.0, 1))
    assert address(Track((*boxes[:20], replace(boxes[20], x=0.9), *boxes[21:]), 0.0, 25.0, 2)) == plain
    assert address(Track(boxes[:3], 0.0, 2.0, 1)) != address(Track(boxes[:3], 0.0, 1.0, 1)), "a picture may stand long"
    assert address(Track((*boxes[:12], replace(boxes[12], x=0.9), *boxes[13:]), 0.0, 29.0, 1)) != plain


@pytest.mark.parametrize("until", [0.4, 3.0], ids=["until its last sighting", "until later"])
def test_a_picture_that_stands_long_is_covered_where_its_face_was_at_its_own_time(until: float, tmp_path: Path):
    """A film of slides: the cut begins a second and a half after the picture that it shows."""
    face = np.full((108, 192, 3), 60, np.uint8)
    face[40:70, 80:112] = 235
    source = film(tmp_path / "a.mp4", [(0.0, face), (2.0, grey(60)), (3.0, grey(60))])
    track = Track(tuple(Box(at, 0.4, 0.35, 0.2, 0.3) for at in (0.0, until)), -0.4, until)
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "from": 1.5, "to": 1.9}], format="square", mask=True))
    reels.render(reel, tmp_path / "reel.mp4", preview=True, masks={source: [track]}, workers=Inline)
    for frame in seen(tmp_path / "reel.mp4"):
        assert np.abs(frame[frame.shape[0] // 2, frame.shape[1] // 2].astype(int) - SLATE).max() < 12


def test_old_and_too_many_parts_are_dropped_the_least_used_first_and_a_clip_takes_its_own_with_it(tmp_path: Path):
    cache = Cache(tmp_path)
    for age, name in enumerate(["new", "mid", "old", "ancient"]):
        path = cache.place("clip" if name == "mid" else "other", name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(1000))
        then = time.time() - age * 86_400 - 60
        os.utime(path, (then, then))
    cache.prune(10_000, timedelta(days=2, hours=12))
    assert {path.stem for path in tmp_path.glob("*/*")} == {"new", "mid", "old"}
    cache.prune(2500, timedelta(days=30))
    assert {path.stem for path in tmp_path.glob("*/*")} == {"new", "mid"}
    assert cache.has(cache.place("clip", "mid")) and not cache.has(cache.place("clip", "old"))
    cache.forget("clip")
    assert {path.stem for path in tmp_path.glob("*/*")} == {"new"}


def test_work_files_of_a_process_that_was_killed_are_dropped_and_those_of_one_at_work_stay(tmp_path: Path):
    for name, age in ((".sound-gone", 4000), (".sound-at-work", 60)):
        folder = tmp_path / "sounds" / name
        folder.mkdir(parents=True)
        (folder / "dry").write_bytes(bytes(1000))
        os.utime(folder, (time.time() - age,) * 2)
    Cache(tmp_path).prune(0, timedelta(days=30))
    assert [path.name for path in tmp_path.glob("*/*")] == [".sound-at-work"]


def test_what_another_process_renames_while_parts_are_dropped_is_passed_over(tmp_path: Path, monkeypatch):
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "here.mp4").write_bytes(bytes(1000))
    found = [tmp_path / "clip" / name for name in (".gone.mp4.1.part", "here.mp4")]
    monkeypatch.setattr(Path, "glob", lambda *_words: iter(found))
    Cache(tmp_path).prune(0, timedelta(days=30))
    assert not found[1].exists()


# ------------------------------------------------------------------------------------------------ clips of MoviePy


def test_an_ordinary_moviepy_effect_and_speed_work_on_our_clips(tmp_path: Path):
    """What MoviePy changes in RGB is seen in the planes as well."""
    from moviepy.video.fx import MultiplyColor

    film(tmp_path / "a.mp4", steps(60))
    with ExitStack() as held:
        cut = Cut.model_validate({"clip": tmp_path / "a.mp4", "from": 0.2, "to": 0.2 + 4 / 3, "speed": 2})
        part = Segment(Stretch(cut, "0"), 20, (96, 96))
        clip = opened(part, held).clip(part)
        assert clip.duration == pytest.approx(20 / 30)
        for index in (0, 10, 19):
            wanted = 20 + 3 * (6 + 2 * index)
            assert int(clip.get_frame(index / 30 + LATE)[48, 48, 0]) == pytest.approx(wanted, abs=3)
            assert (int(clip.get_planes(index / 30 + LATE)[48, 48]) - 16) * 255 / 219 == pytest.approx(wanted, abs=3)
        darker = clip.with_effects([MultiplyColor(0.5)])
        assert (int(darker.get_planes(LATE)[48, 48]) - 16) * 255 / 219 == pytest.approx(19, abs=3)


# ------------------------------------------------------------------------------------------------- what goes wrong


def test_a_clip_that_vanished_is_named_and_what_was_there_stays(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(30))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.4}], format="square"))
    (tmp_path / "reel.mp4").write_bytes(b"the one from before")
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(NotHere, match=r"a\.mp4 is gone: put it back"):
        reels.render(loaded, tmp_path / "reel.mp4", preview=True)
    assert (tmp_path / "reel.mp4").read_bytes() == b"the one from before"


def test_a_full_disk_is_said_in_one_sentence_and_nothing_half_is_left(tmp_path: Path, monkeypatch):
    film(tmp_path / "a.mp4", steps(30))

    def full(*_words: object, **_more: object) -> int:
        Path("/dev/full").write_bytes(b"x")
        return 0

    monkeypatch.setattr("pipeline.reels.making.join", full)
    with pytest.raises(NotHere, match="disk is full"):
        render(tmp_path, [{"clip": "a.mp4", "to": 0.4}])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "reel.yaml"]


def test_an_encoder_that_finds_the_disk_full_says_so(tmp_path: Path):
    """/dev/full takes no byte: what the encoder writes to it fails as on a full disk."""
    with pytest.raises(NotHere, match="disk is full"), room(), PictureWriter(Path("/dev/full"), (64, 64)) as writer:
        for _number in range(300):
            writer.add(np.full((96, 64), 80, np.uint8))


def still(frames: int) -> Segment:
    return Segment(Still(np.full((96, 64), 80, np.uint8)), frames, (64, 64))


def asked(folder: Path, *parts: Segment) -> list[work.Asked]:
    return [(part, key(part), str(folder / f"{number}.mp4")) for number, part in enumerate(parts)]


def test_what_was_ready_before_a_clip_was_missing_stays_and_nothing_half_is_left(tmp_path: Path):
    gone = replace(BASE, shows=shown(clip=tmp_path / "gone.mp4"))
    with pytest.raises(NotHere, match=r"gone\.mp4"):
        work.made(asked(tmp_path, still(40), gone, still(5)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.mp4", "0.seen"]
    assert len(seen(tmp_path / "0.mp4")) == 40


def test_an_encoder_that_dies_in_the_second_part_ends_the_work_with_its_sentence(tmp_path: Path, monkeypatch):
    add = PictureWriter.add

    def full(writer: PictureWriter, picture: np.ndarray) -> None:
        if writer._count == 7:
            raise OSError(errno.ENOSPC, "full")
        add(writer, picture)

    monkeypatch.setattr(PictureWriter, "add", full)
    with pytest.raises(NotHere, match="disk is full"):
        work.made(asked(tmp_path, still(5), still(50), still(6)))
    assert {path.name for path in tmp_path.iterdir()} >= {"0.mp4", "0.seen"}
    assert not (tmp_path / "1.mp4").exists() and not list(tmp_path.glob(".*"))


def test_shares_of_several_parts_grow_to_the_whole(tmp_path: Path):
    shares: list[float] = []
    work.made(asked(tmp_path, still(4), still(12)), tell=shares.append)
    assert shares == sorted(shares) and shares[3] == 0.25 and shares[-1] == 1.0


def test_a_machine_with_other_tools_makes_nothing(tmp_path: Path):
    with pytest.raises(NotHere, match="other versions"):
        work.made([(BASE, "0" * 64, str(tmp_path / "out.mp4"))])
    assert list(tmp_path.iterdir()) == []
