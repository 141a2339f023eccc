"""The demo's own clips: plausible phone files that exercise what phones do."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline import gate, reels
from pipeline.demo.clips import SCENES, pictures, write_clips
from pipeline.protection.faces import count_faces, find_tracks
from pipeline.reels.hearing import of_clip
from pipeline.reels.sources import probe
from tests.reels.films import cut_list


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.stem: path for path in write_clips(tmp_path_factory.mktemp("clips"))}


def test_three_clips_of_four_to_five_seconds_one_of_them_turned(clips: dict[str, Path]):
    found = {name: probe(path) for name, path in clips.items()}
    assert all(4 <= clip.seconds <= 5 for clip in found.values())
    assert {name: clip.turned for name, clip in found.items()} == {
        "camp": (1280, 720),
        "street": (720, 1280),
        "distribution": (1280, 720),
    }


def test_one_clip_has_a_frame_rate_that_varies(clips: dict[str, Path]):
    gaps = {}
    for name, path in clips.items():
        with av.open(str(path)) as clip:
            times = [float(frame.time) for frame in clip.decode(video=0)]
        gaps[name] = {round(1 / gap) for gap in np.diff(times)}
    assert len(gaps["camp"]) == len(gaps["street"]) == 1
    assert len(gaps["distribution"]) >= 3


def test_every_person_drawn_is_found_as_a_face(clips: dict[str, Path]):
    # A face cut by the picture's edge may be seen twice for a moment.
    tracks = {name: find_tracks(path, 1.0, 1.6) for name, path in clips.items()}
    found = {name: sum(track.end - track.start > 1.1 for track in there) for name, there in tracks.items()}
    drawn = {scene.name: len(scene.actors) for scene in SCENES}
    assert all(drawn[name] <= found[name] <= drawn[name] + 1 for name in drawn)  # a tent may be taken for one more


def test_voices_are_heard_and_the_street_is_only_windy(clips: dict[str, Path]):
    loud = {name: np.abs(np.concatenate(list(of_clip(probe(path), 0.5, 48_000)))).max() for name, path in clips.items()}
    assert min(loud["camp"], loud["distribution"]) > 0.1 > loud["street"] > 0.005


def test_the_clips_are_phone_files_which_the_gate_would_never_let_out(clips: dict[str, Path]):
    assert all(gate.inspect(path) for path in clips.values())
    with av.open(str(clips["camp"])) as clip:
        assert clip.metadata["location"].startswith("+50.95")


def test_a_reel_of_them_shows_no_face_and_nothing_private(clips: dict[str, Path], tmp_path: Path):
    cuts = [{"clip": str(path), "from": 1.0, "to": 1.6} for path in clips.values()]
    wanted = reels.load(cut_list(tmp_path, cuts, mask=True))
    made = reels.render(wanted, tmp_path / "reel.mp4", preview=True)
    assert made.faces_masked >= sum(len(scene.actors) for scene in SCENES)
    assert count_faces(made.path, step=0.06) == made.faces_left == 0
    assert gate.inspect(made.path) == []
    with av.open(str(made.path)) as reel:
        assert not {"location", "comment"} & set(reel.metadata)


def test_the_drawing_is_the_same_each_time():
    first, second = (next(pictures(SCENES[1])) for _time in range(2))
    assert np.array_equal(first, second)
