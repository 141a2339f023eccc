"""Faces: found, followed, covered in every frame of the finished reel, and searched for once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline import reels
from pipeline.protection import tracks
from pipeline.protection.faces import count_faces, find_tracks
from pipeline.protection.tracks import Box, Track, boxes_at, linked
from pipeline.reels import decoding, masks
from pipeline.reels.picture import Window
from tests.reels.films import cut_list, film, heads, seen, shifted
from tests.reels.inline import Inline


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who crosses the picture in two seconds."""
    scene = heads()
    folder = tmp_path_factory.mktemp("walk")
    return film(folder / "walk.mp4", [(i / 30, shifted(scene, -70 + 2.5 * i)) for i in range(60)])


@pytest.fixture(scope="module", params=[True, False], ids=["masked", "bare"])
def reel(request: pytest.FixtureRequest, walk: Path) -> tuple[bool, reels.Rendered]:
    wanted = cut_list(walk.parent, [{"clip": "walk.mp4", "to": 1.9}], format="square", mask=request.param)
    out = walk.parent / f"{'masked' if request.param else 'bare'}.mp4"
    return request.param, reels.render(reels.load(wanted), out, preview=True)


def test_one_person_is_one_track_from_the_first_frame_to_the_last(walk: Path):
    (track,) = find_tracks(walk)
    assert track.boxes[0].time == pytest.approx(0)
    assert track.boxes[-1].time > 1.85
    assert track.boxes[-1].x - track.boxes[0].x == pytest.approx(2.5 * 58 / 640, abs=0.02)


def test_no_frame_of_a_masked_reel_shows_a_face_and_a_reel_without_masks_is_found_out(
    reel: tuple[bool, reels.Rendered],
):
    masked, made = reel
    left = count_faces(made.path, step=0)
    if masked:
        assert (left, made.faces_left, made.faces_masked) == (0, 0, 1)
    else:
        assert left >= 50
        assert made.faces_left > 0


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """Somebody comes in after 0.7 s; one packet before that is broken, as a bad card leaves it."""
    path, empty = tmp_path / "torn.mp4", np.full((360, 640, 3), (150, 158, 160), np.uint8)
    with av.open(str(path), "w") as out:
        options = {"g": "10", "bf": "0", "preset": "ultrafast"}
        stream = out.add_stream("libx264", rate=30, width=640, height=360, pix_fmt="yuv420p", options=options)
        for number in range(40):
            picture = heads() if number >= 21 else empty
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open(str(path)) as film_:
        at, size = [(packet.pos, packet.size) for packet in film_.demux(video=0) if packet.size][4]
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    return path


def of_cut_after_damage(clip: Path) -> reels.Rendered:
    words = cut_list(clip.parent, [{"clip": clip.name, "from": 0.8, "to": 1.2}], format="square", mask=True)
    return reels.render(reels.load(words), clip.parent / "reel.mp4", preview=True, workers=Inline)


def test_whoever_comes_after_damage_in_a_clip_is_covered_too(torn: Path):
    made = of_cut_after_damage(torn)
    assert (made.faces_masked, made.faces_left, count_faces(made.path, step=0)) == (1, 0, 0)


def test_a_search_that_ends_at_the_damage_is_found_out(torn: Path, monkeypatch: pytest.MonkeyPatch):
    """The broken variant of the test above: decoding as PyAV does it, up to the first packet that is broken."""

    def until_the_first(container: Any, stream: Any, *_faults: object) -> Iterator[Any]:
        with suppress(av.FFmpegError):
            yield from container.decode(stream)

    monkeypatch.setattr(decoding, "every", until_the_first)
    made = of_cut_after_damage(torn)
    monkeypatch.undo()
    assert (made.faces_masked, count_faces(made.path, step=0)) == (0, 12)


def test_nothing_of_the_picture_is_left_under_a_mask(reel: tuple[bool, reels.Rendered], walk: Path):
    masked, made = reel
    frames, found = seen(made.path), find_tracks(walk)
    rough = []
    for index in range(0, len(frames), 5):
        (box,) = boxes_at(found, index / 30)
        # The reel shows the columns around the faces: the oval is looked for along its row.
        band = frames[index][int((box.y + box.height * 0.4) * 540) : int((box.y + box.height * 0.6) * 540)].astype(
            float
        )
        flat = np.abs(band - (16 + (0.2126 * 90 + 0.7152 * 96 + 0.0722 * 104) * 219 / 255)).max(axis=0) < 8
        rough.append(flat.sum() < 0.9 * box.width * 640 * 540 / 360)
    assert any(rough) is not masked


def test_a_gap_is_bridged_and_both_ends_are_covered_a_little_longer():
    seen_at = [i / 15 for i in range(30) if not 10 <= i < 16]
    boxes = [[Box(i / 15, 0.2 + 0.01 * i, 0.3, 0.1, 0.15, 0.9)] if i / 15 in seen_at else [] for i in range(30)]
    (track,) = linked(boxes)
    assert len(track.boxes) == 24
    (covered,) = boxes_at([track], 13 / 15)
    assert covered.x + covered.width / 2 == pytest.approx(0.2 + 0.01 * 13 + 0.05)
    assert covered.width > 0.1 and covered.y < 0.3 and covered.y + covered.height > 0.45
    assert len(boxes_at([track], -0.3)) == 1
    assert boxes_at([track], -0.5) == []


def noise() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (600, 400, 3), np.uint8)


def masked(*boxes: Box) -> np.ndarray:
    """Noise under which those detected boxes are covered: RGB."""
    picture = noise()
    grown = boxes_at([Track((box,), 0, 0) for box in boxes], 0)
    masks.cover(picture, grown, (400, 600), Window(0, 0, 400, 600), "rgb24")
    return picture


def pixels(box: Box, above: float = 0.0) -> tuple[slice, slice]:
    top, height = box.y * 600, box.height * 600
    return slice(int(top - above * height), int(top + height)), slice(int(box.x * 400), int((box.x + box.width) * 400))


# Wide and narrow boxes: faces seen from the front, in profile, half hidden.
FACES = [Box(0, 0.3, 0.4, width, height, 0.9) for width, height in ((0.3, 0.25), (0.36, 0.2), (0.12, 0.25))]


@pytest.mark.parametrize("face", FACES)
def test_a_mask_holds_the_whole_face_and_the_hair_and_is_taller_than_wide(face: Box):
    picture = masked(face)
    assert (picture[pixels(face)] == masks.SLATE).all()
    middle = int((face.x + face.width / 2) * 400)
    assert (picture[int((face.y - 0.4 * face.height) * 600) : int(face.y * 600), middle] == masks.SLATE).all()
    rows, columns = np.nonzero((picture == masks.SLATE).all(axis=2))
    assert np.ptp(rows) > np.ptp(columns)


def test_a_mask_that_does_not_grow_would_leave_a_face_s_corners(monkeypatch: pytest.MonkeyPatch):
    for name in ("WIDER", "TALLER"):
        monkeypatch.setattr(tracks, name, 1.0)
    assert not (masked(FACES[0])[pixels(FACES[0])] == masks.SLATE).all()


def test_two_masks_that_overlap_are_parted_by_a_line_and_cover_both_faces():
    one, other = Box(0, 0.25, 0.4, 0.2, 0.16, 0.9), Box(0, 0.44, 0.4, 0.22, 0.18, 0.9)
    picture = masked(one, other)
    parting = (picture == masks.PAPER).all(axis=2)
    assert parting.any()
    for face in (one, other):
        part = picture[pixels(face)].astype(float)
        share = (part - masks.SLATE) / (np.array(masks.PAPER) - masks.SLATE)
        assert np.ptp(share, axis=2).max() < 0.05  # everywhere slate, paper or between the two
    apart = masked(one, Box(0, 0.7, 0.7, 0.2, 0.16, 0.9))
    assert not (apart == masks.PAPER).all(axis=2).any()


def test_two_people_who_pass_each_other_stay_two_tracks():
    boxes = [
        [Box(i / 15, 0.1 + 0.02 * i, 0.3, 0.1, 0.15, 0.9), Box(i / 15, 0.8 - 0.02 * i, 0.6, 0.1, 0.15, 0.8)]
        for i in range(20)
    ]
    assert [len(track.boxes) for track in linked(boxes)] == [20, 20]


def test_a_turned_clip_is_searched_upright(tmp_path: Path):
    scene = heads()[:, 140:500]
    stored = np.ascontiguousarray(np.rot90(scene))
    film(tmp_path / "a.mp4", [(i / 30, stored) for i in range(6)], turned=True)
    (track,) = find_tracks(tmp_path / "a.mp4")
    assert track.boxes[0].middle[0] == pytest.approx(0.5, abs=0.05)
    assert track.boxes[0].middle[1] < 0.5


def test_faces_of_a_real_clip_are_found_and_covered(tmp_path: Path, shared: Path):
    clip = shared / "footage" / "intel_asl_sister.mkv"
    if not clip.is_file():
        pytest.skip("the clip is not present")
    assert find_tracks(clip, 1, 1.5)
    wanted = cut_list(tmp_path, [{"clip": str(clip), "from": 1, "to": 1.8}], format="square", mask=True)
    made = reels.render(reels.load(wanted), tmp_path / "reel.mp4", preview=True)
    assert count_faces(made.path, step=0.06) == 0


def test_what_the_detector_says_without_numbers_is_no_face():
    """On pictures of a few pixels YuNet answers with boxes that are not finite."""
    import numpy as np

    from pipeline.protection.faces import in_picture

    chance = np.random.default_rng(7)
    for side in range(1, 24):
        found = in_picture(chance.integers(0, 256, (side, side, 3), dtype=np.uint8), 0.01)
        assert all(np.isfinite([box.x, box.y, box.width, box.height]).all() for box in found)
