"""What is handed on to another program: clips made anew, masked and bare of all else; an edit that names nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

from pipeline import gate, reels
from pipeline.errors import Refused
from pipeline.protection.tracks import Box, Track
from pipeline.reels import handing, masking
from pipeline.reels.masks import SLATE
from pipeline.reels.sources import FPS, probe
from tests.reels.films import cut_list, film, seen, tone
from tests.reels.inline import Inline

WHITE, SIZE = 235, (160, 90)
FACE = Track(tuple(Box(t / 10, 0.4, 0.35, 0.15, 0.3) for t in range(31)), 0.0, 3.0)


def counted() -> list[tuple[float, np.ndarray]]:
    """Three seconds: the frame's number as seven squares at the top, a white face in the middle."""
    frames = []
    for number in range(90):
        picture = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
        for bit in range(7):
            picture[2:14, 4 + 16 * bit : 16 + 16 * bit] = WHITE * (number >> bit & 1)
        picture[32:58, 64:88] = WHITE
        frames.append((number / 30, picture))
    return frames


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handing")
    source = film(folder / "Amal Calais 3.mp4", counted(), sound=tone(3.0))
    cuts = [
        {"clip": source.name, "from": 1.5, "to": 2.0, "caption": "Une légende", "sound": "mute"},
        {"card": "Un carton", "to": 1},
        {"clip": source.name, "from": 0.2, "to": 1.2, "speed": 2},
    ]
    reel = reels.load(cut_list(folder, cuts, mask=True))
    out = folder / "handed"
    made = handing.hand_over(reel, out, seconds={source: 3.0}, masks={source: [FACE]})
    assert {path.relative_to(out).as_posix() for path in made} == {
        "clips/CUT01.mp4", "clips/CUT03.mp4", "reel.otio", "reel.edl", "reel.fcpxml", "reel.srt", "reel.vtt",
    }  # fmt: skip
    return out


def number(picture: np.ndarray) -> int:
    return sum((picture[8, 10 + 16 * bit] > 128) << bit for bit in range(7))


def test_the_edit_shows_in_each_cut_the_very_frames_of_the_cut_list(handed: Path):
    timeline = otio.adapters.read_from_file(str(handed / "reel.otio"))
    pictures = next(track for track in timeline.tracks if track.kind == "Video")
    first, card, last = pictures
    shown = {}
    for clip in (first, last):
        frames = seen(handed / clip.media_reference.target_url)
        at, count = (int(value.value) for value in (clip.source_range.start_time, clip.source_range.duration))
        assert clip.media_reference.available_range.duration.value == len(frames) >= at + count
        shown[clip.name] = [number(frame) for frame in frames[at : at + count]]
    assert shown == {"CUT01": [*range(45, 60)], "CUT03": [*range(6, 36, 2)]}
    assert isinstance(card, otio.schema.Gap) and card.markers[0].name == "Un carton"
    assert pictures.range_of_child(last).start_time.value == 15 + FPS


def test_the_edl_and_the_fcpxml_say_the_same_edit(handed: Path):
    lines = [line for line in (handed / "reel.edl").read_text("utf-8").splitlines() if line[:3].isdigit()]
    assert [line.split()[-4:] for line in lines] == [
        ["00:00:01:00", "00:00:01:15", "00:00:00:00", "00:00:00:15"],
        ["00:00:00:03", "00:00:00:18", "00:00:01:15", "00:00:02:00"],
    ]
    final = (handed / "reel.fcpxml").read_text("utf-8")
    assert 'src="clips/CUT01.mp4"' in final and 'duration="2/1s"' in final


def test_clips_are_masked_in_every_frame_and_the_gate_lets_them_out(handed: Path):
    for path in sorted(handed.glob("clips/*.mp4")):
        gate.check(path)
        for frame in seen(path):
            assert np.abs(frame[45, 76].astype(int) - SLATE).max() < 12
    assert probe(handed / "clips" / "CUT01.mp4").turned == SIZE


def test_a_face_that_is_there_only_before_or_after_the_cut_is_masked_in_what_is_there_to_trim_with(tmp_path: Path):
    """The cut is frames 30 to 59; a face is seen in frames 9 to 21, another in 69 to 81."""
    source = film(tmp_path / "a.mp4", counted())
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "from": 1.0, "to": 2.0}], mask=True))
    sides = [
        Track(tuple(replace(box, time=at) for box, at in zip(FACE.boxes, times, strict=False)), *times)
        for times in ((0.3, 0.7), (2.3, 2.7))
    ]
    handing.hand_over(reel, tmp_path / "out", seconds={source: 3.0}, masks={source: sides})
    (clip,) = (tmp_path / "out" / "clips").iterdir()
    masked = {number(frame) for frame in seen(clip) if np.abs(frame[45, 76].astype(int) - SLATE).max() < 12}
    assert masked == {*range(9, 22), *range(69, 82)}


def lost(path: Path, first: int, last: int) -> Path:
    """The film with these pictures broken, as a bad card leaves them."""
    with av.open(str(path)) as whole:
        places = [(packet.pos, packet.size) for packet in whole.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for at, size in places[first : last + 1]:
        data[at : at + size] = bytes(size)
    path.write_bytes(data)
    return path


def handed_on(folder: Path, source: Path, start: float, end: float) -> tuple[list[int], int, int]:
    """The numbers of the frames that the one clip has, and the first and how many of them are the cut."""
    reel = reels.load(cut_list(folder, [{"clip": source.name, "from": start, "to": end}], mask=True))
    handing.hand_over(reel, folder / "out", seconds={source: 3.0}, masks={source: [FACE]}, workers=Inline)
    timeline = otio.adapters.read_from_file(str(folder / "out" / "reel.otio"))
    ((clip,),) = [[*track] for track in timeline.tracks if track.kind == "Video"]
    frames = [int(number(frame)) for frame in seen(folder / "out" / clip.media_reference.target_url)]
    assert clip.media_reference.available_range.duration.value == len(frames)
    return frames, *(int(value.value) for value in (clip.source_range.start_time, clip.source_range.duration))


def test_where_the_film_is_damaged_after_the_cut_there_is_less_to_trim_with(tmp_path: Path):
    """The last picture that can be read may stand for half a second."""
    source = lost(film(tmp_path / "a.mp4", counted(), keys=30), 30, 89)
    frames, first, count = handed_on(tmp_path, source, 0.8, 1.2)
    assert (first, count) == (24, 12) and frames[24:36] == [*range(24, 30), *[29] * 6]
    assert len(frames) in (44, 45) and set(frames[36:]) == {29}


def test_where_the_film_is_damaged_before_the_cut_it_begins_with_the_cut(tmp_path: Path):
    source = lost(film(tmp_path / "a.mp4", counted(), keys=30), 31, 59)
    frames, first, count = handed_on(tmp_path, source, 2.1, 2.6)
    assert (first, count) == (0, 15) and frames == [*range(63, 88)]


def test_where_the_cut_itself_is_damaged_nothing_is_handed_on(tmp_path: Path):
    source = lost(film(tmp_path / "a.mp4", counted(), keys=30), 31, 59)
    with pytest.raises(Refused, match="no picture that can be read"):
        handed_on(tmp_path, source, 1.2, 1.9)
    assert not (tmp_path / "out").exists()


def test_nothing_says_whose_clips_they_are_or_where_they_stand(handed: Path):
    for path in handed.rglob("*.*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"Amal" not in content and str(handed.parent).encode() not in content and b"/home" not in content


def test_a_hand_off_that_would_not_mask_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The broken variant of the test above."""
    source = film(tmp_path / "a.mp4", counted()[:12])
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.3}], mask=True))
    monkeypatch.setattr(masking, "cover", lambda *_told: None)
    handing.hand_over(reel, tmp_path / "out", seconds={source: 0.4}, masks={source: [FACE]})
    (clip,) = (tmp_path / "out" / "clips").iterdir()
    assert seen(clip)[4][45, 76].min() > 200


def test_what_the_gate_refuses_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = film(tmp_path / "a.mp4", counted()[:12])
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.3}], mask=True))

    def refuse(path: Path) -> None:
        raise gate.Leak([])

    monkeypatch.setattr(gate, "check", refuse)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(gate.Leak):
        handing.hand_over(reel, tmp_path / "out", seconds={source: 0.4}, masks={source: [FACE]})
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_command_hands_on_what_it_says(db, home, tmp_path, capsys, monkeypatch):
    import cli
    from pipeline import setup

    monkeypatch.setattr(setup, "require", lambda: None)  # the store of the tests is no file in this home
    monkeypatch.setenv("PORTEVOIX_LANG", "en")
    film(tmp_path / "a.mp4", counted()[:12])
    words = cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.3}], mask=True)
    cli.main(["reel", "handoff", str(words), "--out", str(tmp_path / "out"), "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(tmp_path / "out")
    assert set(told["files"]) == {"clips/CUT01.mp4", "reel.otio", "reel.edl", "reel.fcpxml"}
    assert all((tmp_path / "out" / name).stat().st_size for name in told["files"])
    bare = cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.3}], mask=False)
    with pytest.raises(SystemExit):
        cli.main(["reel", "handoff", str(bare), "--out", str(tmp_path / "bare")])
    assert "Only masked clips" in capsys.readouterr().err and not (tmp_path / "bare").exists()


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path):
    film(tmp_path / "a.mp4", counted()[:12])
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.3}], mask=True))
    (tmp_path / "out").mkdir()
    with pytest.raises(Refused, match="is there already"):
        handing.hand_over(reel, tmp_path / "out", seconds={}, masks={})
