"""A face timeline as data: every edit covers what it says, keeps what it does not touch, and can be stored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Refused
from pipeline.protection.gaps import gaps, unseen
from pipeline.protection.timeline import Masks
from pipeline.protection.tracks import STRAIGHT, Box, Track, box_at, boxes_at, straightened

TIMES = [i / 10 for i in range(41)]


def a_track(number: int = 1, start: float = 1.0, end: float = 3.0, **more) -> Track:
    """A face that walks from left to right."""
    keys = tuple(Box(t / 10, 0.1 + t / 100, 0.4, 0.1, 0.2) for t in range(round(start * 10), round(end * 10) + 1, 5))
    return Track(keys, start, end, number, **more)


def covered(masks: Masks) -> dict[float, list[tuple[float, ...]]]:
    """What is covered at each tenth of a second, whatever track it belongs to."""
    return {
        at: sorted((round(b.x, 4), round(b.y, 4), round(b.width, 4)) for b in boxes_at(masks.tracks, at))
        for at in TIMES
    }


def test_splitting_and_joining_again_changes_nothing_of_what_is_covered():
    masks = Masks((a_track(),))
    split = masks.split(1, 2.05)
    assert [track.number for track in split.tracks] == [1, 2]
    assert covered(split) == covered(masks)
    assert covered(split.join(1, 2)) == covered(masks)


def test_a_track_is_made_longer_and_shorter():
    masks = Masks((a_track(),)).last(1, 0.5, 3.8)
    assert [at for at, there in covered(masks).items() if there] == [at for at in TIMES if 0.5 <= at <= 3.8]
    shorter = masks.last(1, 1.5, 2.0)
    assert covered(shorter) == {at: there if 1.5 <= at <= 2.0 else [] for at, there in covered(masks).items()}


def test_a_keyframe_moves_the_mask_there_and_lengthens_the_track_to_it():
    masks = Masks((a_track(),)).put(1, Box(3.5, 0.7, 0.1, 0.1, 0.1))
    (box,) = [box_at(masks.tracks[0], 3.5)]
    assert (box.x, box.y) == (0.7, 0.1) and masks.tracks[0].end == 3.5
    assert box_at(masks.tracks[0], 1.2) == box_at(a_track(), 1.2)
    with pytest.raises(Refused, match="no other keyframe"):
        masks.drop(1, 0.77)
    assert masks.drop(1, 3.5).tracks[0].boxes == a_track().boxes


def test_what_a_person_draws_is_covered_from_then_on_and_only_then():
    masks = Masks(()).add("plate", 1.0, 2.0, Box(1.0, 0.2, 0.2, 0.1, 0.05))
    (mask,) = boxes_at(masks.tracks, 1.5)
    assert mask.x < 0.2 and mask.x + mask.width > 0.3 and masks.tracks[0].drawn
    assert boxes_at(masks.tracks, 0.9) == boxes_at(masks.tracks, 2.1) == []


def test_only_a_track_that_is_shown_is_bare_and_the_masks_hash_tells_it():
    masks = Masks((a_track(1), a_track(2, 1.0, 3.0)))
    shown = masks.show(2, "C-1")
    assert len(boxes_at(masks.tracks, 2.0)) == 2 and len(boxes_at(shown.tracks, 2.0)) == 1
    assert shown.sha256 != masks.sha256 == shown.show(2, "").sha256


WRONG = [
    ("outside", lambda m: m.add("face", 0, 1, Box(0, 1.2, 0.2, 0.1, 0.1))),
    ("too small", lambda m: m.add("face", 0, 1, Box(0, 0.2, 0.2, 0.0005, 0.1))),
    ("before it ends", lambda m: m.add("face", 2, 1, Box(2, 0.2, 0.2, 0.1, 0.1))),
    ("before it ends", lambda m: m.last(1, 5, 6)),
    ("no track 7", lambda m: m.delete(7)),
    ("choose one within", lambda m: m.split(1, 9)),
    ("at the same time", lambda m: m.join(1, 2)),
    ("choose two of one kind", lambda m: m.join(1, 1)),
]


@pytest.mark.parametrize(("why", "wrong"), WRONG)
def test_what_makes_no_sense_is_refused_in_a_sentence(why, wrong):
    with pytest.raises(Refused, match=why):
        wrong(Masks((a_track(1), a_track(2, 1.5, 2.5))))


part = st.floats(0, 0.9).map(lambda value: round(value, 4))
acts = st.lists(
    st.one_of(
        st.tuples(st.just("add"), part, part, st.floats(0, 3)),
        st.tuples(st.just("put"), part, part, st.floats(0, 4)),
        st.tuples(st.just("split"), st.floats(0, 4)),
        st.tuples(st.just("last"), st.floats(0, 2), st.floats(0.1, 2)),
        st.tuples(st.just("delete")),
    ),
    max_size=8,
)


@given(acts, st.data())
def test_whatever_is_done_the_masks_survive_storing_and_no_other_track_is_touched(acts, data):
    masks = Masks((a_track(),))
    for name, *more in acts:
        numbers = [track.number for track in masks.tracks]
        chosen = data.draw(st.sampled_from(numbers)) if numbers else None
        before = {track.number: track for track in masks.tracks if track.number != chosen}
        try:
            if name == "add":
                masks = masks.add("face", more[2], more[2] + 1, Box(more[2], more[0], more[1], 0.1, 0.1))
            elif chosen is not None and name == "put":
                masks = masks.put(chosen, Box(more[2], more[0], more[1], 0.1, 0.1))
            elif chosen is not None and name == "split":
                masks = masks.split(chosen, more[0])
            elif chosen is not None and name == "last":
                masks = masks.last(chosen, more[0], more[0] + more[1])
            elif chosen is not None:
                masks = masks.delete(chosen)
        except Refused:
            continue
        after = {track.number: track for track in masks.tracks}
        assert all(after[number] == track for number, track in before.items())
        assert all(track.boxes and track.start <= track.end for track in masks.tracks)
    stored = Masks.from_json(json.loads(json.dumps(masks.as_json())))
    assert stored.sha256 == masks.sha256
    for at in TIMES:
        close = zip(boxes_at(stored.tracks, at), boxes_at(masks.tracks, at), strict=False)
        assert all(abs(a.x - b.x) < 0.05 for a, b in close)


FAR_AWAY = {"keys": [[1.0, 2e8, 2.0, 30.0, 40.0, 1.0]]}


@pytest.mark.parametrize(
    "spoilt", [{"keys": []}, {"kind": "wall"}, {"start": float("nan")}, {"keys": [[1, 2]]}, FAR_AWAY]
)
def test_what_no_search_of_ours_says_is_no_timeline(spoilt):
    stored = [{**Masks((a_track(),)).as_json()[0], **spoilt}]
    with pytest.raises((ValueError, TypeError)):
        Masks.from_json(stored)


# ---------------------------------------------------------------------------------------------------------------- gaps


def kinds(*tracks: Track, faint=(), bridged=(), seconds=4.0):
    return [(gap.kind, gap.track) for gap in gaps(tracks, faint, bridged, seconds)]


def test_a_track_that_ends_inside_the_picture_is_asked_about_and_one_that_leaves_it_is_not():
    inside = Track((Box(0, 0.4, 0.4, 0.1, 0.1), Box(2, 0.5, 0.4, 0.1, 0.1)), 0, 2.4, 1)
    leaves = Track((Box(0, 0.4, 0.4, 0.1, 0.1), Box(2, 0.92, 0.4, 0.1, 0.1)), 0, 2.4, 2)
    whole = Track((Box(0, 0.4, 0.4, 0.1, 0.1), Box(4, 0.5, 0.4, 0.1, 0.1)), 0, 4.4, 3)
    late = Track((Box(1, 0.4, 0.4, 0.1, 0.1), Box(4, 0.5, 0.4, 0.1, 0.1)), 0.6, 4.4, 4)
    assert kinds(inside, leaves, whole, late) == [("begins", 4), ("ends", 1)]


def test_a_faint_sighting_is_asked_about_until_a_mask_lies_over_it():
    faint = Track((Box(1.0, 0.7, 0.7, 0.05, 0.05, 0.25),), 1.0, 1.0, 1)
    assert kinds(faint=[faint]) == [("faint", 0)]
    drawn = Masks(()).add("face", 0, 4, Box(0, 0.69, 0.69, 0.07, 0.07)).tracks
    assert kinds(*drawn, faint=[faint]) == []
    elsewhere = Masks(()).add("face", 0, 4, Box(0, 0.1, 0.1, 0.07, 0.07)).tracks
    assert kinds(*elsewhere, faint=[faint]) == [("faint", 0)]


def test_a_stretch_without_a_sighting_is_asked_about():
    track = Track(tuple(Box(t, 0.4, 0.4, 0.1, 0.1) for t in (0, 0.1, 0.9, 1.0)), 0, 4.4, 1)
    assert [(one.start, one.end) for one in unseen([track])] == [(0.1, 0.9)]


def test_a_gap_keeps_its_key_when_tracks_get_other_numbers_and_not_when_its_end_moves():
    def key(track: Track) -> str:
        return next(gap.key for gap in gaps([track], [], [], 9.0) if gap.kind == "ends")

    one = a_track(1)
    assert key(one) == key(a_track(5)) != key(Masks((one,)).last(1, 1.0, 3.4).tracks[0])


def test_keyframes_are_few_and_every_box_left_out_lies_near_the_line():
    boxes = [Box(i / 15, 0.1 + 0.004 * i + (0.05 if i > 40 else 0), 0.3, 0.1, 0.15) for i in range(80)]
    kept = straightened(boxes)
    assert len(kept) <= 6
    track = Track(kept, 0, 6)
    assert all(abs(box_at(track, box.time).x - box.x) <= STRAIGHT * box.width + 1e-9 for box in boxes)
