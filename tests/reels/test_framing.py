"""Where a cut looks: faces stay in whole, the window moves gently, and a hand may always say otherwise."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import reels
from pipeline.protection.tracks import Box, Track, box_at, grown
from pipeline.reels import edges, showing
from pipeline.reels.cutlist import Cut
from pipeline.reels.framing import ACCELERATION, SPEED, path
from pipeline.reels.framing import Path as Way
from pipeline.reels.panning import Pan
from pipeline.reels.segments import Segment, Stretch
from tests.reels.films import cut_list, film, level, seen

WIDE, TALL = (1920, 1080), (1080, 1920)
SHARE = 1080 * 1080 / 1920 / 1920  # of a wide picture's width that an upright reel shows


def walker(start: float, speed: float, until: float, width: float = 0.05, begins: float = 0.0) -> Track:
    """A face that walks: `start` is where its middle is, `speed` in pictures a second."""
    times = np.arange(begins, until + 1e-6, 0.1)
    boxes = tuple(Box(float(t), start + speed * (t - begins) - width / 2, 0.3, width, width * 1.6) for t in times)
    return Track(boxes, begins, until)


def looked(tracks: list[Track], seconds: float = 4.0, **more: object) -> Way:
    return path(Cut(clip="a", start=0, end=seconds, **more), WIDE, TALL, tracks)


def halved(way: Way, tracks: list[Track]) -> list[int]:
    """The frames in which the mask of a face is cut by the window's side."""
    found = []
    for index, crop in enumerate(way.crops):
        left, right = crop.x / WIDE[0], (crop.x + crop.width) / WIDE[0]
        boxes = [grown(box) for track in tracks if (box := box_at(track, way.start + index * way.step))]
        if any(box.x < side - 1e-3 and side + 1e-3 < box.x + box.width for box in boxes for side in (left, right)):
            found.append(index)
    return found


def speeds(way: Way) -> np.ndarray:
    """In window widths a second, from each frame to the next."""
    return np.diff([crop.x / crop.width for crop in way.crops]) * 30


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 0.9), st.floats(-0.12, 0.12), st.floats(0.03, 0.12))
def test_a_face_that_walks_no_faster_than_the_window_is_never_half_in(start: float, speed: float, width: float):
    track = walker(start, speed, 4.0, width)
    edges = [grown(box) for box in track.boxes]
    if min(box.x for box in edges) < 0 or max(box.x + box.width for box in edges) > 1:
        return  # the picture itself halves it
    way = looked([track])
    assert halved(way, [track]) == []
    middles = [(crop.x + crop.width / 2) / WIDE[0] for crop in way.crops]
    faces = [start + speed * index / 30 for index in range(len(middles))]
    assert all(abs(middle - face) < SHARE / 2 for middle, face in zip(middles, faces, strict=True))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-0.6, 0.6), st.floats(0, 3)), max_size=5))
def test_the_window_moves_gently_and_stays_in_the_picture_whatever_the_faces_do(
    walks: list[tuple[float, float, float]],
):
    way = looked([walker(start, speed, 4.0, begins=begins) for start, speed, begins in walks])
    assert np.abs(speeds(way)).max() <= SPEED + 1e-6
    assert np.abs(np.diff(speeds(way)) * 30).max() <= ACCELERATION + 1e-6
    assert all(crop.x >= -1e-6 and crop.x + crop.width <= WIDE[0] + 1e-6 for crop in way.crops)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4))
def test_people_who_stand_still_are_shown_by_a_window_that_stands_still(places: list[float]):
    tracks = [walker(place, 0.0, 4.0, 0.04) for place in places]
    way = looked(tracks)
    assert way.still
    free = [
        left
        for left in np.linspace(0, 1 - SHARE, 97)
        if not any(
            grown(t.boxes[0]).x < side < grown(t.boxes[0]).x + grown(t.boxes[0]).width
            for t in tracks
            for side in (left, left + SHARE)
        )
    ]
    assert not halved(way, tracks) or not free


def test_a_way_that_only_follows_the_mean_of_the_faces_would_halve_them():
    """The broken variant: what these properties are for."""
    tracks = [walker(0.3, 0.0, 4.0), walker(0.62, 0.0, 4.0)]
    full = looked([]).crops[0]
    mean = Way(0.0, 1 / 30, (type(full)(0.46 * WIDE[0] - full.width / 2, 0, full.width, full.height),) * 120)
    assert halved(mean, tracks)
    assert not halved(looked(tracks), tracks)


def test_where_nobody_is_the_window_looks_where_something_moves():
    cut = Cut(clip="a", start=0, end=4)
    way = path(cut, WIDE, TALL, [], motion=[(float(t), 0.8, 100.0) for t in range(4)])
    assert way.crops[60].x + way.crops[60].width / 2 == pytest.approx(0.8 * WIDE[0], abs=20)
    assert path(cut, WIDE, TALL, []).crops[0].x == pytest.approx((WIDE[0] - 607.5) / 2, abs=12)


@pytest.mark.parametrize(("framing", "left"), [("left", 0.0), ("centre", 656.25), ("right", 1312.5)])
def test_a_hand_says_where_to_look_whatever_the_faces_do(framing: str, left: float):
    way = looked([walker(0.5, 0.0, 4.0)], framing=framing)
    assert way.still and way.crops[0].x == left


def test_keyframes_are_reached_at_their_times_at_rest_and_zoom():
    keys = [{"at": 1, "x": 0.3}, {"at": 3, "x": 0.7, "y": 0.4, "zoom": 2}]
    way = looked([walker(0.5, 0.0, 4.0)], keyframes=keys)
    at = {seconds: way.at(seconds) for seconds in (0, 1, 2, 3, 4)}
    assert at[0] == at[1] and at[3] == at[4]
    assert at[1].x + at[1].width / 2 == pytest.approx(0.3 * WIDE[0])
    assert (at[3].x + at[3].width / 2, at[3].width) == (pytest.approx(0.7 * WIDE[0]), pytest.approx(607.5 / 2))
    assert at[3].y + at[3].height / 2 == pytest.approx(0.4 * WIDE[1])
    middles = np.array([crop.x + crop.width / 2 for crop in way.crops])
    assert np.diff(middles)[[30, 88]] == pytest.approx(0, abs=2)


def passing() -> list[Track]:
    """Somebody who stands, large and followed, and a passer-by who crosses the whole picture behind them."""
    return [walker(0.5, 0.0, 4.0, 0.08), walker(0.02, 0.24, 4.0, 0.03)]


def test_a_passer_by_whom_the_edge_cuts_is_told_with_the_very_frames():
    tracks = passing()
    way = looked(tracks)
    told = [index for first, last in edges.halved(way, tracks, WIDE) for index in range(first, last)]
    assert set(told) <= set(halved(way, tracks)) and len(told) >= len(halved(way, tracks)) - 4  # a sliver is no cut
    assert told and len(told) < 40


def test_nothing_is_told_where_all_are_whole_or_the_picture_itself_cuts_them_or_they_are_shown():
    assert edges.halved(looked([walker(0.3, 0.05, 4.0)]), [walker(0.3, 0.05, 4.0)], WIDE) == []
    leaving = [walker(0.0, 0.0, 4.0, 0.04)]
    assert edges.halved(looked(leaving), leaving, WIDE) == []
    consented = [replace(track, consent="C1") for track in passing()]
    assert edges.halved(looked(passing()), consented, WIDE) == []


def test_a_face_that_was_gone_before_the_cut_does_not_keep_the_window_from_what_moves(monkeypatch: pytest.MonkeyPatch):
    shape = SimpleNamespace(turned=WIDE, turned_aspect=1.0, seconds=10.0)
    monkeypatch.setattr(showing, "probe", lambda _path: shape)
    monkeypatch.setattr(showing, "motion", lambda *_when: [(float(t), 0.8, 100.0) for t in range(5, 10)])
    cut = Cut(clip="a", start=5, end=9)

    def way(until: float) -> Way:
        part = Segment(Stretch(cut, "0", (walker(0.2, 0.0, until),)), 60, TALL)
        return showing.opened(part, ExitStack())._way

    assert way(2.0) == path(cut, WIDE, TALL, motion=showing.motion()) != way(9.0)


def test_a_reel_says_which_of_its_cuts_go_through_a_masked_face_and_a_hand_is_not_told(tmp_path: Path):
    clip = film(tmp_path / "a.mp4", [(index / 30, np.full((90, 160, 3), 90, np.uint8)) for index in range(45)])
    track = walker(0.02, 0.7, 1.4, 0.05)
    still = walker(0.5, 0.0, 1.4, 0.12)
    cuts = [{"clip": "a.mp4", "to": 0.2, "framing": "centre"}, {"clip": "a.mp4", "from": 0.0, "to": 1.4}]
    wanted = reels.load(cut_list(tmp_path, cuts, mask=True))
    made = reels.render(wanted, tmp_path / "reel.mp4", preview=True, masks={clip: [track, still]})
    assert {number for number, _start, _end in made.faces_cut} == {2}
    assert all(0.2 <= start < end <= 1.6 for _number, start, end in made.faces_cut)
    (first, *_rest) = edges.told(made.faces_cut)
    assert "Cut 2" in first.text("en") and "Plan 2" in first.text("fr")
    assert f"{made.faces_cut[0][1]:.2f}".rstrip("0").replace(".", ",") in first.text("fr")


def test_a_face_that_is_cut_over_the_end_of_a_group_of_pictures_is_told_once_as_from_the_whole_cut(tmp_path: Path):
    clip = film(tmp_path / "a.mp4", [(index / 30, np.full((90, 160, 3), 90, np.uint8)) for index in range(125)])
    tracks = passing()
    cuts = [{"clip": "a.mp4", "from": begins, "to": begins + 2.6} for begins in (0.0, 0.7, 1.1)]
    wanted = reels.load(cut_list(tmp_path, cuts, mask=True))
    made = reels.render(wanted, tmp_path / "reel.mp4", preview=True, masks={clip: tracks})
    told = [(number, round(start * 30), round(end * 30)) for number, start, end in made.faces_cut]
    expected = [
        (number, 78 * (number - 1) + first, 78 * (number - 1) + last)
        for number, cut in enumerate(wanted.cuts, 1)
        for first, last in edges.halved(path(cut, (160, 90), (540, 960), tracks), tracks, (160, 90))
    ]
    assert told == expected
    assert any(first % 78 < 60 < last % 78 for _number, first, last in told), "one goes over such an end"


def test_a_faster_cut_follows_the_times_of_the_clip():
    way = looked([walker(0.2, 0.1, 4.0)], speed=2.0)
    assert len(way.crops) == 60
    assert way.at(3.9).x > way.at(0.1).x + 0.15 * WIDE[0]
    assert not halved(way, [walker(0.2, 0.1, 4.0)])


def test_what_a_moving_window_shows_is_what_stands_there_in_the_clip():
    ramp = np.repeat(np.linspace(0, 255, 480).astype(np.uint8)[None, :, None], 3, axis=2).repeat(120, axis=0)
    way = path(Cut(clip="a", end=2, keyframes=[{"at": 0, "x": 0.2}, {"at": 2, "x": 0.8}]), (480, 120), (60, 120))
    pan = Pan(way, (480, 120), (60, 120))
    part = ramp[:, pan.part.x : pan.part.x + pan.part.width]
    assert pan.fitted == (part.shape[1], 120)
    for seconds in (0.0, 0.5, 1.03, 1.7):
        crop = way.at(seconds)
        shown = pan.shown(part, seconds, "rgb24")
        expected = np.interp(crop.x + np.arange(60), np.arange(480), ramp[0, :, 0])
        assert np.abs(shown[50, 1:-1, 0] - expected[1:-1]).max() <= 1


def test_a_reel_pans_and_shows_its_cards_between_the_clips(tmp_path: Path):
    ramp = np.repeat(np.linspace(20, 235, 320).astype(np.uint8)[None, :, None], 3, axis=2).repeat(90, axis=0)
    film(tmp_path / "a.mp4", [(index / 30, ramp) for index in range(45)])
    keys = [{"at": 0, "x": 0.2}, {"at": 1, "x": 0.8}]
    cuts = [
        {"clip": "a.mp4", "to": 1, "keyframes": keys, "sound": "mute"},
        {"card": {"text": "Morts", "value": 12}, "to": 1},
        {"clip": "a.mp4", "from": 1, "to": 1.4, "framing": "right", "sound": "mute"},
    ]
    made = reels.render(reels.load(cut_list(tmp_path, cuts)), tmp_path / "reel.mp4", preview=True)
    frames = seen(made.path)
    assert len(frames) == 30 + 30 + 12
    pan = [level(frame) for frame in frames[:30]]
    assert all(later >= earlier - 1 for earlier, later in pairwise(pan))
    assert pan[-1] - pan[0] > 100
    assert level(frames[55]) > 225 and (frames[32][:600] != frames[58][:600]).any()
    assert level(frames[65]) > pan[-1]
