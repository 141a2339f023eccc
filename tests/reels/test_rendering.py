"""Finished reels, read back with PyAV: what they are, and that every frame and sound stands where it should."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline import gate, reels
from pipeline.errors import Refused
from tests.reels.films import cut_list, film, grey, level, seen, steps, tone

ROOT = Path(__file__).parents[2]


def make(folder: Path, cuts: list[dict], **more: object) -> reels.Rendered:
    more = {"format": "square", **more}
    return reels.render(reels.load(cut_list(folder, cuts, **more)), folder / "reel.mp4", preview=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> reels.Rendered:
    """One full-size reel with all that a reel can have."""
    folder = tmp_path_factory.mktemp("finished")
    film(folder / "a.mp4", steps(90, by=2), sound=tone(3.0))
    film(folder / "b.mp4", steps(60))
    cuts = [
        {"clip": "a.mp4", "from": 0.2, "to": 2.0, "caption": "À l'aube, « ils » arrivent"},
        {"clip": "b.mp4", "to": 1},
    ]
    words = reels.load(
        cut_list(
            folder,
            cuts,
            title={"text": "Un matin à Calais", "label": "3 novembre"},
            captions=[{"from": 2, "to": 2.6, "text": "Puis plus rien.", "speaker": "Femme, trentaine"}],
            end={"text": "132 expulsions en octobre", "source": "Nos observations", "seconds": 0.4},
        )
    )
    return reels.render(words, folder / "reel.mp4")


def test_a_reel_is_what_the_networks_take(finished: reels.Rendered):
    with av.open(str(finished.path)) as reel:
        picture, sound = reel.streams.video[0], reel.streams.audio[0]
        context = picture.codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (picture.width, picture.height, picture.average_rate) == (1080, 1920, 30)
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert (sound.codec_context.name, sound.rate, sound.layout.name) == ("aac", 48_000, "stereo")
        assert (picture.start_time, sound.start_time) == (0, 0)
        assert finished.duration_ms == 3200
        assert float(picture.duration * picture.time_base) == pytest.approx(3.2, abs=1 / 30)
        assert float(sound.duration * sound.time_base) == pytest.approx(3.2, abs=1 / 30)
        keys = [round(p.pts * p.time_base * 30) for p in reel.demux(picture) if p.is_keyframe and p.pts is not None]
    assert keys[0] == 0
    assert max(np.diff([*keys, 96])) <= 60


def test_frames_follow_each_other_every_thirtieth_of_a_second(finished: reels.Rendered):
    with av.open(str(finished.path)) as reel:
        times = [round(float(frame.time) * 30, 3) for frame in reel.decode(video=0)]
    assert times == list(range(96))


def test_the_index_stands_first_and_the_gate_lets_the_file_pass(finished: reels.Rendered):
    data = finished.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert gate.inspect(finished.path) == []
    assert b"x264" not in data
    assert b"Lavc" not in data


def test_a_render_tells_what_it_made(finished: reels.Rendered):
    assert finished.size == finished.path.stat().st_size
    assert [(t.slot, t.text) for t in finished.texts] == [
        ("label", "3 novembre"),
        ("title", "Un matin à\u00a0Calais"),
        ("caption", "À\u00a0l’aube, «\u00a0ils\u00a0» arrivent"),
        ("speaker", "Femme, trentaine"),
        ("caption", "Puis plus rien."),
        ("end", "132 expulsions en octobre"),
        ("source", "Nos observations"),
    ]


def test_loudness_reaches_the_target_and_peaks_stay_below_theirs(finished: reels.Rendered):
    assert finished.loudness == pytest.approx(-14, abs=0.7)
    assert finished.true_peak <= -1


def test_cuts_are_true_to_the_frame(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(36, by=6))
    make(tmp_path, [{"clip": "a.mp4", "from": 0.5, "to": 1}, {"clip": "a.mp4", "from": 0.1, "to": 0.4}])
    wanted = [20 + 6 * i for i in (*range(15, 30), *range(3, 12))]
    assert [level(luma) for luma in seen(tmp_path / "reel.mp4")] == pytest.approx(wanted, abs=2.9)


def test_a_varying_frame_rate_is_taken_by_its_time_stamps(tmp_path: Path):
    times = [0, 0.1, 0.15, 0.5, 0.55, 0.9, 1.2]
    film(tmp_path / "a.mp4", [(t, grey(30 + 25 * i)) for i, t in enumerate(times)])
    make(tmp_path, [{"clip": "a.mp4", "from": 0, "to": 1.2}])
    wanted = [30 + 25 * max(i for i, t in enumerate(times) if t <= n / 30 + 1e-6) for n in range(36)]
    assert [level(luma) for luma in seen(tmp_path / "reel.mp4")] == pytest.approx(wanted, abs=2.5)


def test_a_phone_held_upright_is_shown_upright(tmp_path: Path):
    picture = grey(40, (192, 108))
    picture[:36, :48] = 220  # stored upper left corner: the upper right one once turned clockwise
    film(tmp_path / "a.mp4", [(i / 30, picture) for i in range(12)], turned=True)
    make(tmp_path, [{"clip": "a.mp4", "to": 0.4}], format="portrait")
    luma = seen(tmp_path / "reel.mp4")[5]
    height, width = luma.shape
    corners = [
        luma[y : y + height // 12, x : x + width // 12].mean()
        for x in (0, width * 11 // 12)
        for y in (0, height * 11 // 12)
    ]
    assert [c > 150 for c in corners] == [False, False, True, False]


@pytest.mark.parametrize(("framing", "wanted"), [("left", 60), ("centre", 120), ("right", 200), ("auto", 120)])
def test_framing_chooses_what_fills_the_reel(tmp_path: Path, framing: str, wanted: int):
    picture = grey(60, (240, 60))
    picture[:, 80:160], picture[:, 160:] = 120, 200
    film(tmp_path / "a.mp4", [(i / 30, picture) for i in range(9)])
    make(tmp_path, [{"clip": "a.mp4", "to": 0.3, "framing": framing}])
    assert level(seen(tmp_path / "reel.mp4")[3]) == pytest.approx(wanted, abs=2.5)


def test_odd_sizes_become_even_pictures(tmp_path: Path):
    film(tmp_path / "a.mp4", [(i / 30, grey(90, (161, 121))) for i in range(9)], pixels="yuv444p")
    made = make(tmp_path, [{"clip": "a.mp4", "to": 0.3}])
    with av.open(str(made.path)) as reel:
        assert (reel.streams.video[0].width, reel.streams.video[0].codec_context.pix_fmt) == (540, "yuv420p")
    assert level(seen(made.path)[4]) == pytest.approx(90, abs=2.5)


def heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as reel:
        return np.concatenate([frame.to_ndarray() for frame in reel.decode(audio=0)], axis=1)[0]


def test_a_clip_without_sound_and_a_muted_one_are_silent_beside_one_that_is_heard(tmp_path: Path):
    film(tmp_path / "mute.mp4", steps(30))
    film(tmp_path / "loud.mp4", steps(30), sound=tone(1.0))
    cuts = [
        {"clip": "mute.mp4", "to": 0.5},
        {"clip": "loud.mp4", "to": 0.5},
        {"clip": "loud.mp4", "to": 0.5, "sound": "mute"},
    ]
    make(tmp_path, cuts)
    strength = [
        np.abs(part).max() for part in np.split(heard(tmp_path / "reel.mp4")[:72_000], [23_000, 25_000, 47_000, 49_000])
    ]
    assert max(strength[0], strength[4]) < 0.005
    assert strength[2] > 0.05


def loudness(wave: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt((wave.astype(float) ** 2).mean()) + 1e-9))


def test_a_soft_cut_is_raised_to_ten_below_its_neighbour(tmp_path: Path):
    film(tmp_path / "soft.mp4", steps(30), sound=tone(1.0, strength=0.004))
    film(tmp_path / "loud.mp4", steps(30), sound=tone(1.0, strength=0.2))
    make(tmp_path, [{"clip": "soft.mp4", "to": 1}, {"clip": "loud.mp4", "to": 1}])
    wave = heard(tmp_path / "reel.mp4")
    apart = loudness(wave[52_000:92_000]) - loudness(wave[4_000:44_000])
    assert apart == pytest.approx(10, abs=0.7)


def test_under_the_end_card_the_room_is_heard_and_none_of_what_was_cut_off(tmp_path: Path):
    rng = np.random.default_rng(1)
    sound = 0.01 * rng.standard_normal((144_000, 2)).astype(np.float32)
    sound[:72_000] += tone(1.5, strength=0.2)
    sound[100_000:] += tone(2.0, hertz=2000, strength=0.4)[:44_000]
    film(tmp_path / "a.mp4", steps(90, by=2), sound=sound)
    make(tmp_path, [{"clip": "a.mp4", "to": 2}], end={"text": "Fin", "seconds": 2})
    wave = heard(tmp_path / "reel.mp4")
    before, after, last = (loudness(wave[a:b]) for a, b in ((0, 72_000), (100_000, 140_000), (190_500, 191_000)))
    assert before - 40 < after < before - 15
    assert last < after - 20
    spectrum = np.abs(np.fft.rfft(wave[100_000:140_000]))
    assert spectrum[round(2000 * 40_000 / 48_000) - 3 :][:6].max() < 12 * np.median(spectrum[1000:3000])


def test_a_muted_reel_ends_in_silence(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(30), sound=tone(1.0))
    make(tmp_path, [{"clip": "a.mp4", "to": 1, "sound": "mute"}], end={"text": "Fin", "seconds": 1})
    assert np.abs(heard(tmp_path / "reel.mp4")).max() < 1e-4


def test_the_first_frame_shows_the_title_whole(tmp_path: Path):
    film(tmp_path / "a.mp4", [(i / 30, grey(128)) for i in range(30)])
    make(tmp_path, [{"clip": "a.mp4", "to": 1}], title={"text": "Calais", "label": "3 novembre"})
    first, settled = (seen(tmp_path / "reel.mp4")[i] for i in (0, 20))
    assert int(first.min()) <= int(settled.min()) + 3
    paper = [int((frame > 215).sum()) for frame in (first, settled)]
    assert paper[0] == pytest.approx(paper[1], rel=0.02)
    assert np.nonzero(first > 215)[0].min() > np.nonzero(settled > 215)[0].min()


def test_a_caption_comes_and_goes_within_its_cut(tmp_path: Path):
    film(tmp_path / "a.mp4", [(i / 30, grey(200)) for i in range(30)])
    make(tmp_path, [{"clip": "a.mp4", "to": 1, "caption": "Bonjour"}])
    dark = [bool((frame < 60).any()) for frame in seen(tmp_path / "reel.mp4")]
    assert dark == [False] * 4 + [True] * 22 + [False] * 4


def test_sound_stands_where_it_was_heard(tmp_path: Path):
    clap = np.zeros((48_000, 2), np.float32)
    clap[24_000:24_048] = 0.5
    film(tmp_path / "a.mp4", steps(30), sound=clap)
    make(tmp_path, [{"clip": "a.mp4", "from": 0.2, "to": 1}])
    assert np.abs(heard(tmp_path / "reel.mp4")).argmax() == pytest.approx(0.3 * 48_000, abs=150)


def test_the_same_cut_list_gives_the_same_bytes(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(30), sound=tone(1.0))
    cuts = [{"clip": "a.mp4", "to": 0.5, "caption": "Encore"}]
    assert make(tmp_path, cuts).sha256 == make(tmp_path, cuts).sha256


def test_a_caption_that_does_not_hold_or_has_no_glyph_is_refused_and_nothing_is_written(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(30))
    for words in ("mot " * 39, "une main ☝"):
        with pytest.raises(Refused, match="caption"):
            make(tmp_path, [{"clip": "a.mp4", "to": 0.5, "caption": words}])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "reel.yaml"]


def test_a_render_that_fails_half_way_leaves_nothing(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(30))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 1}], format="square"))

    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.7:
            raise Stopped

    with pytest.raises(Stopped):
        reels.render(loaded, tmp_path / "reel.mp4", preview=True, progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "reel.yaml"]


def test_a_damaged_clip_is_refused_with_the_time(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(80, by=2))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 2.6}], format="square"))
    with av.open(str(tmp_path / "a.mp4")) as clip:
        middle = sorted(p.pos for p in clip.demux(video=0) if p.pos is not None)[20]
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    data[middle : data.index(b"moov") - 4] = bytes(data.index(b"moov") - 4 - middle)
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(Refused, match=r"a\.mp4 has no picture that can be read"):
        reels.render(loaded, tmp_path / "reel.mp4", preview=True)
    assert not (tmp_path / "reel.mp4").exists()


def test_a_killed_render_leaves_no_reel(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(60))
    path = cut_list(tmp_path, [{"clip": "a.mp4", "to": 2} for _cut in range(20)])
    out = tmp_path / "reel.mp4"
    door = "import sys; from pathlib import Path; from pipeline import reels; "
    program = door + "reels.render(reels.load(Path(sys.argv[1])), Path(sys.argv[2]))"
    with subprocess.Popen([sys.executable, "-c", program, str(path), str(out)], cwd=ROOT) as child:
        until = time.monotonic() + 30
        while not list(tmp_path.glob(".reel.mp4.*/*/.*")) and child.poll() is None and time.monotonic() < until:
            pass
        child.kill()
    assert child.returncode == -9
    assert not out.exists()


@pytest.mark.parametrize(("lang", "words", "side"), [("fr", "Bonjour à toutes", "left"), ("ar", "صباح الخير", "right")])
def test_captions_hang_from_the_edge_where_reading_begins_and_stay_in_the_safe_zone(
    tmp_path: Path, lang: str, words: str, side: str
):
    film(tmp_path / "a.mp4", [(i / 30, grey(200)) for i in range(9)])
    make(tmp_path, [{"clip": "a.mp4", "to": 0.3, "caption": words}], language=lang, format="portrait")
    rows, columns = np.nonzero(seen(tmp_path / "reel.mp4")[4] < 60)
    top, side_margin, foot = 270 / 2, 72 / 2, 672 / 2
    assert rows.min() >= top
    assert rows.max() <= 960 - foot
    assert (columns.min() if side == "left" else 540 - columns.max()) == pytest.approx(side_margin, abs=3)


@pytest.mark.parametrize("names", [("scenedetect_issue-134-rotate.mp4", "mmaction_demo.mp4")])
def test_a_reel_is_made_of_real_clips(tmp_path: Path, shared: Path, names: tuple[str, ...]):
    clips = [shared / "footage" / name for name in names]
    if not all(clip.is_file() for clip in clips):
        pytest.skip("the clips are not present")
    made = make(tmp_path, [{"clip": str(clip), "from": 1, "to": 1.6} for clip in clips], format="portrait")
    assert made.duration_ms == 1200
    assert len(seen(made.path)) == 36
    assert gate.inspect(made.path) == []
