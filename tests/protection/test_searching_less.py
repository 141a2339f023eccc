"""What spares the search time: pictures decoded once, and none searched between two while the picture moves evenly."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipeline.protection import faces, worker
from pipeline.protection.movement import Movement, Shift, off_the_line
from pipeline.protection.tracks import Box, Carried, boxes_at, linked, steadied
from pipeline.reels import masking
from pipeline.reels.sources import Frames, probe
from tests.reels.films import film, grey, heads, shifted


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who crosses the picture evenly in a second."""
    scene = heads()
    return film(tmp_path_factory.mktemp("walk") / "a.mp4", [(i / 30, shifted(scene, -40 + 2.5 * i)) for i in range(30)])


@pytest.mark.parametrize("kept", [0, 4 << 20, 1 << 30], ids=["nothing kept", "the beginning kept", "all kept"])
def test_a_film_searched_and_masked_at_once_is_the_one_that_is_searched_first_and_masked_then(
    kept: int, walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "KEPT", kept)
    found = worker.search_and_mask(str(walk), str(tmp_path / "once.mp4"))
    assert found == worker.search(str(walk), False) and found["tracks"]
    worker.mask_film(str(walk), found["tracks"], str(tmp_path / "then.mp4"))
    assert (tmp_path / "once.mp4").read_bytes() == (tmp_path / "then.mp4").read_bytes()


@pytest.mark.parametrize("kept", [0, 1 << 30])
def test_pictures_that_are_kept_are_not_decoded_again(kept: int, walk: Path, monkeypatch: pytest.MonkeyPatch):
    frames, opened = Frames(probe(walk), keep=kept), []
    true = Frames._opened
    monkeypatch.setattr(Frames, "_opened", lambda self, seconds: opened.append(seconds) or true(self, seconds))
    first = [frame.pts for frame in frames.every()]
    assert [frames.at(i / 30).pts for i in range(30)] == first
    frames.close()
    assert len(opened) == (1 if kept else 2)


def test_a_film_of_which_no_copy_can_be_made_is_searched_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    still = film(tmp_path / "a.mp4", [(0.0, heads())])
    monkeypatch.setattr("pipeline.reels.masking.count_of", refusing)
    found = worker.search_and_mask(str(still), str(tmp_path / "b.mp4"))
    assert found["tracks"] and not (tmp_path / "b.mp4").exists()


def colours(path: Path, matrix: str | None = None) -> np.ndarray:
    """The mean colour (RGB) of each third of the first picture, by the matrix that the file names or another one."""
    with av.open(str(path)) as held:
        frame = next(held.decode(video=0))
        named = {1: "itu709", 6: "itu601"}.get(frame.colorspace, "itu601" if frame.height < 720 else "itu709")
        picture = frame.reformat(format="rgb24", src_colorspace=matrix or named).to_ndarray()
    return np.array([part.mean(axis=(0, 1)) for part in np.array_split(picture, 3, axis=1)])


def test_a_copy_to_be_watched_has_the_colours_of_an_older_film_and_says_how_they_are_coded(tmp_path: Path):
    flags = np.repeat(np.array([[[200, 30, 30], [30, 200, 30], [30, 30, 200]]], np.uint8), 64, axis=1)
    film(tmp_path / "a.mp4", [(i / 30, np.repeat(flags, 108, axis=0)) for i in range(3)])
    worker.mask_film(str(tmp_path / "a.mp4"), [], str(tmp_path / "b.mp4"))
    assert np.abs(colours(tmp_path / "b.mp4") - colours(tmp_path / "a.mp4")).max() < 6
    assert np.abs(colours(tmp_path / "b.mp4", "itu709") - colours(tmp_path / "a.mp4")).max() > 10


def test_a_picture_that_stands_twice_as_long_is_masked_once_and_shown_twice(tmp_path: Path, monkeypatch):
    slow = film(tmp_path / "a.mp4", [(i / 15, shifted(heads(), 4.0 * i)) for i in range(10)])
    covered, cover = [], masking.cover

    def counted(picture: np.ndarray, boxes: list[Box], *more: object) -> None:
        covered.append(boxes)
        cover(picture, boxes, *more)

    monkeypatch.setattr(masking, "cover", counted)
    found = worker.search_and_mask(str(slow), str(tmp_path / "b.mp4"))
    assert len(covered) == 10 and all(covered)
    with av.open(str(tmp_path / "b.mp4")) as held:
        assert sum(1 for _frame in held.decode(video=0)) in (19, 20)
    assert found["tracks"]


@pytest.mark.parametrize("error", [OSError(28, "full"), MemoryError(), av.error.InvalidDataError(1, "no")], ids=repr)
def test_a_search_is_not_lost_where_its_copy_cannot_be_written(error: Exception, tmp_path: Path, monkeypatch):
    def failing(_frames: object, out: Path, *_more: object) -> None:
        out.write_bytes(b"half")
        raise error

    monkeypatch.setattr("pipeline.reels.masking.masked_frames", failing)
    still = film(tmp_path / "a.mp4", [(0.0, heads())])
    assert worker.search_and_mask(str(still), str(tmp_path / "b.mp4"))["tracks"]
    assert not (tmp_path / "b.mp4").exists()


def refusing(_clip: object) -> int:
    from pipeline.errors import Refused
    from publishers._sentences import _

    raise Refused(_("This film is too short to be made anew: choose another one."))


def test_where_it_can_be_told_how_the_picture_moves_every_fourth_is_searched_and_masks_are_where_they_were(
    walk: Path, monkeypatch: pytest.MonkeyPatch
):
    less = faces.search(walk)
    monkeypatch.setattr(faces, "SPARED", 0.0)
    each = faces.search(walk)
    assert each.pictures == 15 and less.pictures <= 9
    (one,), (other,) = less.tracks, each.tracks
    for at in (i / 30 for i in range(30)):
        (a,), (b,) = (boxes_at([track], at) for track in (one, other))
        assert abs(a.x - b.x) < 0.1 * b.width and abs(a.y - b.y) < 0.1 * b.height


@pytest.fixture(scope="module", params=[False, True], ids=["upright", "turned"])
def shaken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody filmed by a camera that shakes from side to side: pictures that are not searched are 20 pixels off."""
    pictures = [shifted(heads(), 20.0 * (i // 2 % 2)) for i in range(24)]
    stored = [np.ascontiguousarray(np.rot90(one)) for one in pictures] if request.param else pictures
    frames = [(i / 30, one) for i, one in enumerate(stored)]
    return film(tmp_path_factory.mktemp("shaken") / "a.mp4", frames, turned=request.param)


def middle_at(clip: Path, seconds: float) -> tuple[int, float, float]:
    """How many pictures were searched; where the mask's left and right edges are then, in pixels of 640."""
    found = faces.search(clip)
    (box,) = boxes_at(found.tracks, seconds)
    return found.pictures, box.x * 640, (box.x + box.width) * 640


def test_a_face_that_shakes_with_the_picture_is_covered_where_nobody_looked_for_it(
    shaken: Path, monkeypatch: pytest.MonkeyPatch
):
    searched, left, right = middle_at(shaken, 6 / 30)
    monkeypatch.setattr(faces, "SPARED", 0.0)
    each, left_seen, right_seen = middle_at(shaken, 6 / 30)
    assert searched <= 8 and each == 12
    assert left < left_seen + 4 and right > right_seen - 4


def test_one_that_does_not_carry_it_is_found_out(shaken: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(faces, "steadied", lambda boxes, *_others: boxes)
    _searched, _left, right = middle_at(shaken, 6 / 30)
    monkeypatch.setattr(faces, "SPARED", 0.0)
    assert right < middle_at(shaken, 6 / 30)[2] - 10


def test_a_picture_that_leaps_farther_than_half_a_face_is_searched(tmp_path: Path):
    clip = film(tmp_path / "a.mp4", [(i / 30, shifted(heads(), 60.0 * (i // 2 % 2))) for i in range(24)])
    assert faces.search(clip).pictures == 12


def test_a_carried_box_holds_where_the_face_would_be_on_the_straight_line():
    boxes = [Box(0.0, 0.2, 0.2, 0.1, 0.1), Box(1.0, 0.4, 0.2, 0.1, 0.1)]
    _first, between, _last = steadied(boxes, [Carried(0.0, 0.5, 1.0, -0.05, 0.02)])
    assert (between.x, between.x + between.width) == pytest.approx((0.25, 0.4))
    assert (between.y, between.y + between.height) == pytest.approx((0.2, 0.32))
    assert steadied(boxes, [Carried(0.1, 0.5, 1.0, -0.05, 0.02)]) == boxes


def scene() -> np.ndarray:
    rough = np.random.default_rng(2).integers(0, 255, (40, 70, 3), np.uint8)
    return cv2.resize(rough, (640, 360), interpolation=cv2.INTER_CUBIC)


def frames_of(pictures: list[np.ndarray]) -> list[object]:
    from av import VideoFrame

    return [VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p") for picture in pictures]


@pytest.mark.parametrize("by", [0.0, 3.0, -17.0])
def test_how_far_a_picture_moved_is_told_to_a_pixel(by: float):
    movement = Movement()
    first, second = frames_of([scene(), shifted(scene(), by)])
    assert movement(first) is None
    moved = movement(second)
    assert moved is not None and abs(moved.x - by) < 1 and abs(moved.y) < 1


def test_of_a_cut_and_of_pictures_without_anything_in_them_nothing_is_said():
    movement = Movement()
    other = np.ascontiguousarray(scene()[::-1, ::-1])
    blank = grey(120, (640, 360))
    assert [movement(frame) for frame in frames_of([scene(), other, blank])] == [None, None, None]


def test_how_far_a_picture_is_off_the_line_is_counted_by_its_time():
    (off,) = off_the_line([(0.1, Shift(10, 4)), (0.3, Shift(10, -4))])
    assert (off.x, off.y) == pytest.approx((5, 4))
    assert Shift(3, 4).length == 5 and Shift(1, 2).turned(90).turned(270) == Shift(1, 2)
    assert Shift(1, 2).turned(0, mirrored=True) == Shift(-1, 2)


@pytest.mark.parametrize("kept", [0, 1 << 20, 1 << 30])
def test_a_transport_stream_which_has_no_index_is_read_from_its_first_picture_again_and_again(
    kept: int, tmp_path: Path
):
    from tests.media.poison_field import film as written
    from tests.media.poison_field import moving

    path = tmp_path / "a.ts"
    written(path, "mpegts", [moving("libx264", size=(320, 240), count=20)])
    frames = Frames(probe(path), keep=kept)
    every = [frame.pts for frame in frames.every()]
    for _again in range(2):
        assert [frames.at(i / 25).pts for i in range(20)] == every and len(every) == 20
    frames.close()
    assert Frames(probe(path)).at(0.4).pts == every[10]


def test_faces_of_a_crowd_are_followed_while_the_camera_pans_by_more_than_they_are_wide():
    """Ten faces in a row, the picture gone by one and a half of their distance between two searched pictures."""
    step, wide = 0.06, 0.03
    searched = [[Box(i / 7, 0.1 + step * n + 1.5 * step * i, 0.4, wide, wide) for n in range(10)] for i in range(4)]
    tracks = linked(searched, way=lambda since, until: (1.5 * step * 7 * (until - since), 0.0))
    assert [len(track.boxes) for track in tracks] == [4] * 10
    assert all(track.boxes[-1].x - track.boxes[0].x == pytest.approx(4.5 * step) for track in tracks)
    assert [len(track.boxes) for track in linked(searched)] != [4] * 10


def test_a_face_that_the_camera_follows_is_one_track_though_the_picture_goes_away_behind_it():
    searched = [[Box(i / 7, 0.4, 0.4, 0.05, 0.08)] for i in range(5)]
    (track,) = linked(searched, way=lambda since, until: (2.0 * (until - since), 0.0))
    assert len(track.boxes) == 5


def test_while_nobody_knows_how_the_picture_moves_masks_are_larger():
    boxes = [Box(0.0, 0.2, 0.2, 0.1, 0.1), Box(1.0, 0.4, 0.2, 0.1, 0.1)]
    still, moving = steadied(boxes, [], {1.0})
    assert still == boxes[0] and moving.middle == pytest.approx(boxes[1].middle)
    assert moving.width == pytest.approx(0.12) and moving.height == pytest.approx(0.12)
