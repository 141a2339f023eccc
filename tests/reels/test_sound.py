"""The sound of a reel: its mix, its loudness on the encoded file, and every sample where its picture is.

Loudness and peaks are read back by a meter of the tests' own (`ears`).
"""

from __future__ import annotations

import math
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.demo._voice import ambience
from pipeline.errors import Refused
from pipeline.reels import loudness, sound
from pipeline.reels.air import room_tone
from pipeline.reels.cutlist import CutList
from tests.reels.ears import RATE, clip, heard, lufs, pitch, strength, true_peak, wave
from tests.reels.films import tone

FRAME = RATE // 30


def reel(cuts: list[dict[str, Any]], **more: Any) -> CutList:
    return CutList.model_validate({"language": "fr", "mask": False, "cuts": cuts, **more})


def made(folder: Path, cuts: list[dict[str, Any]], **more: Any) -> np.ndarray:
    """What is heard of a reel of these cuts, in samples of the reel's own time."""
    out = folder / "sound.mp4"
    sound.make(reel(cuts, **more), out)
    return heard(out)


def claps(seconds: float, every: float = 0.5, strength: float = 0.5) -> np.ndarray:
    found = np.zeros((int(seconds * RATE), 2), np.float32)
    for at in range(int(every * RATE / 2), len(found), int(every * RATE)):
        found[at : at + 24] = strength
    return found


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of somebody speaking at 120 Hz in the wind."""
    return clip(tmp_path_factory.mktemp("voice") / "voice.mkv", ambience(6.0, 120, 3))


# ---------------------------------------------------------------------- loudness


@pytest.mark.parametrize("case", ["speech", "claps over a hum", "a tone", "hiss", "soft speech", "loud already"])
def test_the_encoded_file_has_the_loudness_that_was_promised(case: str, tmp_path: Path):
    rng = np.random.default_rng(5)
    hum = tone(4.0, 150, 0.04)
    sounds = {
        "speech": ambience(4.0, 180, 1),
        "claps over a hum": hum + claps(4.0),
        "a tone": tone(4.0, 997, 0.02),
        "hiss": (0.01 * rng.standard_normal((4 * RATE, 2))).astype(np.float32),
        "soft speech": 0.3 * ambience(4.0, 180, 1),
        "loud already": np.clip(6 * ambience(4.0, 180, 1), -1, 1),
    }
    film = clip(tmp_path / "a.mkv", sounds[case])
    told = sound.make(reel([{"clip": film, "to": 4}]), tmp_path / "out.mp4")
    result = heard(tmp_path / "out.mp4")
    assert lufs(result) == pytest.approx(-14, abs=0.3)
    assert true_peak(result) <= -1
    assert told.integrated == pytest.approx(lufs(result), abs=0.1)
    assert told.peak == pytest.approx(true_peak(result), abs=0.3)


def test_without_the_limiter_the_peaks_would_be_too_high(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loudness, "_limited", lambda blocks, gain, _ceiling: (b * 10 ** (gain / 20) for b in blocks))
    film = clip(tmp_path / "a.mkv", tone(3.0, 150, 0.01) + claps(3.0))
    assert true_peak(made(tmp_path, [{"clip": film, "to": 3}])) > -1


def test_measured_once_before_encoding_the_file_would_miss_its_loudness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loudness, "_PASSES", 1)
    film = clip(tmp_path / "a.mkv", tone(4.0, 150, 0.01) + claps(4.0))
    assert abs(lufs(made(tmp_path, [{"clip": film, "to": 4}])) + 14) > 0.3


def test_what_is_very_soft_is_raised_by_no_more_than_is_stated(tmp_path: Path):
    soft = tone(3.0, 997, 0.002)
    film = clip(tmp_path / "a.mkv", soft)
    result = made(tmp_path, [{"clip": film, "to": 3}])
    assert lufs(result) - lufs(soft) == pytest.approx(loudness.MOST_GAIN, abs=0.3)


@pytest.mark.parametrize("level", [0.0, 0.0003])
def test_silence_and_what_is_nearly_silent_are_not_blown_up(level: float, tmp_path: Path):
    rng = np.random.default_rng(2)
    film = clip(tmp_path / "a.mkv", (level * rng.standard_normal((3 * RATE, 2))).astype(np.float32))
    told = sound.make(reel([{"clip": film, "to": 3}]), tmp_path / "out.mp4")
    assert np.abs(heard(tmp_path / "out.mp4")).max() <= 5 * level + 1e-5
    assert told.integrated == -math.inf or told.integrated < loudness.SILENT


def test_a_real_speech_and_a_real_film_reach_the_target(tmp_path: Path, shared: Path):
    jfk, bunny = (shared / "footage" / name for name in ("whisper_jfk.flac", "bigbuckbunny.mp4"))
    result = made(tmp_path, [{"clip": bunny, "to": 5}], music={"file": jfk, "level": -16})
    assert lufs(result) == pytest.approx(-14, abs=0.3)
    assert true_peak(result) <= -1


# ---------------------------------------------------------------------- every sample's place


def test_the_sound_lasts_as_long_as_the_pictures(tmp_path: Path, voice: Path):
    cuts = [{"clip": voice, "from": 0.1 * n, "to": 0.1 * n + 0.233} for n in range(7)]
    wanted = reel(cuts, end={"text": "Fin", "seconds": 0.5})
    sound.make(wanted, tmp_path / "out.mp4")
    samples = (wanted.footage_frames + wanted.end_frames) * FRAME
    assert 0 <= len(heard(tmp_path / "out.mp4")) - samples < 1024  # AAC comes in packets of 1,024


def test_every_clap_of_twenty_cuts_is_heard_at_its_picture(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", claps(12.0))
    starts = [0.35 * n for n in range(20)]
    result = made(tmp_path, [{"clip": film, "from": s, "to": s + 0.3 + n % 3 / 30} for n, s in enumerate(starts)])
    at = 0
    for n, start in enumerate(starts):
        samples = (9 + n % 3) * FRAME
        there = [place for k in range(24) if 960 < (place := round((0.25 + 0.5 * k - start) * RATE)) < samples - 960]
        for place in there:
            near = np.abs(result[at + place - 700 : at + place + 700, 0])
            assert abs(int(near.argmax()) - 700) <= 72  # a millisecond and a half: no drift, no lost frame
        at += samples


def test_a_cut_comes_and_goes_within_ten_milliseconds(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", tone(4.0, 2000, 0.1))
    cuts = [{"clip": film, "from": 1, "to": 2}, {"clip": film, "from": 0.2101, "to": 1.2101}]
    result = np.abs(made(tmp_path, cuts)[:, 0])
    whole = result[24_000:36_000].max()
    assert result[RATE - 12 : RATE + 12].max() < 0.15 * whole
    assert result[RATE - 340 : RATE - 290].max() == pytest.approx(whole * 315 / 480, rel=0.2)
    assert result[RATE + 480 : RATE + 960].max() == pytest.approx(whole, rel=0.1)


def test_without_fades_the_cut_would_be_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sound, "FADE", 1)
    film = clip(tmp_path / "a.mkv", tone(4.0, 2000, 0.1))
    cuts = [{"clip": film, "from": 1, "to": 2}, {"clip": film, "from": 0.2101, "to": 1.2101}]
    result = np.abs(made(tmp_path, cuts)[:, 0])
    assert result[RATE - 12 : RATE + 12].max() > 0.3 * result[24_000:36_000].max()


def test_the_same_cut_list_gives_the_same_bytes_of_sound(tmp_path: Path, voice: Path):
    music = {"file": wave(tmp_path / "m.wav", tone(3.0, 6000, 0.2))}
    wanted = reel([{"clip": voice, "to": 2, "sound": "disguise"}], music=music, end={"text": "Fin", "seconds": 1})
    for name in ("one.mp4", "two.mp4"):
        sound.make(wanted, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.wav", "one.mp4", "two.mp4"]


def test_memory_does_not_grow_with_the_length_of_the_reel(tmp_path: Path, voice: Path):
    def most(cuts: int) -> int:
        tracemalloc.start()
        sound.make(reel([{"clip": voice, "to": 3}] * cuts), tmp_path / "out.mp4")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(1)  # imports, and what is kept for the next time
    assert most(5) < 1.2 * most(1)


def test_memory_does_not_grow_with_the_length_of_a_card():
    heard_before = [ambience(2.0, 120, 3)]

    def most(seconds: int) -> int:
        tracemalloc.start()
        samples = sum(len(block) for block in room_tone(heard_before, seconds * RATE))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert samples == seconds * RATE
        return peak

    most(12)  # imports
    assert most(90) < 1.1 * most(12)


# ---------------------------------------------------------------------- what a cut lets hear


def test_each_cut_is_kept_muted_disguised_or_ducked_as_written(tmp_path: Path, voice: Path):
    parts = ("keep", "mute", "disguise", "duck")
    result = made(tmp_path, [{"clip": voice, "from": 1, "to": 3, "sound": how} for how in parts])
    kept, muted, disguised, ducked = (result[2 * RATE * n : 2 * RATE * (n + 1)] for n in range(4))
    assert np.abs(muted[2048:-2048]).max() < 1e-4
    assert lufs(kept) - lufs(ducked) == pytest.approx(sound.UNDER, abs=1)
    assert pitch(kept) == pytest.approx(120, rel=0.12)
    assert abs(math.log(pitch(disguised) / pitch(kept))) > 0.1


@pytest.mark.parametrize("speed", [0.4, 0.5, 1.5, 2.0, 4.0])
def test_a_faster_or_slower_cut_keeps_its_pitch(speed: float, tmp_path: Path):
    film = clip(tmp_path / "a.mkv", tone(8.0, 440))
    result = made(tmp_path, [{"clip": film, "to": 2 * speed, "speed": speed}])
    assert abs(len(result) - 2 * RATE) < 1024
    spectrum = np.abs(np.fft.rfft(result[RATE // 2 : RATE * 3 // 2, 0]))
    assert int(spectrum.argmax()) == pytest.approx(440, abs=3)


def test_a_faster_cut_is_heard_with_its_picture(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", claps(4.0, every=1.0))
    result = np.abs(made(tmp_path, [{"clip": film, "to": 4, "speed": 2.0}])[:, 0])
    for at in (0.25, 0.75, 1.25, 1.75):
        place = int(at * RATE)
        near = result[place - 6000 : place + 6000]
        assert abs(int(near.argmax()) - 6000) < FRAME


# ---------------------------------------------------------------------- music


def levels(result: np.ndarray, low: float, high: float) -> np.ndarray:
    """The level of a band in dB, ten times a second."""
    return np.array([strength(result[at : at + 4800], low, high) for at in range(0, len(result) - 4800, 4800)])


def song(seconds: float) -> np.ndarray:
    """Music that no voice covers: noise from 8 to 10 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(9).standard_normal(int(seconds * RATE)))
    hertz = np.fft.rfftfreq(int(seconds * RATE), 1 / RATE)
    heard = np.fft.irfft(spectrum * ((hertz > 8000) & (hertz < 10_000)), int(seconds * RATE))
    return np.repeat(0.1 * heard[:, None] / heard.std(), 2, axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Three seconds of wind, three of speech, three of wind, over three seconds of music begun anew."""
    folder = tmp_path_factory.mktemp("scored")
    still, speech = (
        clip(folder / f"{name}.mkv", ambience(3.0, hz, 4)) for name, hz in (("still", None), ("said", 140))
    )
    music = {"file": wave(folder / "m.wav", song(3.0)), "ducking": 12, "level": -18}
    return made(folder, [{"clip": film, "to": 3} for film in (still, speech, still)], music=music)


def test_music_yields_to_speech_and_comes_back(scored: np.ndarray):
    music = levels(scored, 7900, 10_100)
    alone, under, after = music[8:24].mean(), music[35:55].mean(), music[71:74].mean()
    assert alone - under == pytest.approx(12, abs=1)
    assert after == pytest.approx(alone, abs=1.5)
    assert np.abs(np.diff(music[5:72])).max() < 9  # it falls and rises, it does not switch


def test_music_is_down_before_the_first_word(scored: np.ndarray):
    first_word = 3.25  # ambience speaks from there on
    music = levels(scored, 7900, 10_100)
    assert music[int(first_word * 10) + 1] < music[8:24].mean() - 8


def test_short_music_begins_anew_without_a_hole_or_a_doubling(scored: np.ndarray):
    music = levels(scored, 7900, 10_100)
    assert music[8:27].max() - music[8:27].min() < 2.5
    assert music.argmin() == len(music) - 1


def test_music_has_gone_at_the_end(scored: np.ndarray):
    music = levels(scored, 7900, 10_100)
    assert music[-1] < music[75] - 15
    assert music[-8] > music[-1] + 6


def test_music_is_as_loud_as_written_against_the_voices(scored: np.ndarray):
    voices = lufs(scored[3 * RATE : 6 * RATE])
    music = strength(scored[int(0.8 * RATE) : int(2.4 * RATE)], 7900, 10_100) - strength(song(1.6))
    asked = lufs(song(3.0)) + music
    assert asked - voices == pytest.approx(-18 - -14, abs=1)


def test_where_nobody_speaks_music_alone_reaches_the_target(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", None)
    music = {"file": wave(tmp_path / "m.wav", tone(2.5, 500, 0.02))}
    assert lufs(made(tmp_path, [{"clip": film, "to": 3}], music=music)) == pytest.approx(-14, abs=0.3)


def test_wind_and_engines_are_no_speech(tmp_path: Path):
    rng = np.random.default_rng(8)
    hum = 0.1 * rng.standard_normal((4 * RATE, 2)).astype(np.float32)
    films = [clip(tmp_path / "w.mkv", ambience(4.0, None, 1)), clip(tmp_path / "h.mkv", hum)]
    music = {"file": wave(tmp_path / "m.wav", tone(3.0, 9000, 0.2)), "level": -10}
    for film in films:
        heights = levels(made(tmp_path, [{"clip": film, "to": 4}], music=music), 8900, 9100)[6:24]
        assert heights.max() - heights.min() < 3


@pytest.mark.parametrize("content", ["text", "short", "after its end"])
def test_music_that_is_none_is_refused_in_words(content: str, tmp_path: Path, voice: Path):
    path = tmp_path / "m.wav"
    path.write_text("a song") if content == "text" else wave(path, tone(1.0 if content == "short" else 4.0))
    music = {"file": path, "from": 3 if content == "after its end" else 0}
    with pytest.raises(Refused, match="music"):
        made(tmp_path, [{"clip": voice, "to": 1}], music=music)
    assert not (tmp_path / "sound.mp4").exists()


# ---------------------------------------------------------------------- what clips come with


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("5.1", 6), ("7.1", 8), ("stereo", 2)])
@pytest.mark.parametrize("rate", [8000, 44_100, 96_000])
def test_whatever_the_channels_and_the_rate_the_sound_is_in_place(
    layout: str, channels: int, rate: int, tmp_path: Path
):
    found = np.zeros((2 * rate, channels), np.float32)
    found[rate : rate * 3 // 2] = 0.3 * np.sin(2 * np.pi * 700 * np.arange(rate // 2) / rate)[:, None]
    film = clip(tmp_path / "a.mkv", found, rate=rate, layout=layout)
    result = made(tmp_path, [{"clip": film, "to": 2}])
    loud = np.nonzero(np.abs(result).max(axis=1) > 0.02)[0]
    assert (loud[0], loud[-1]) == (pytest.approx(RATE, abs=FRAME), pytest.approx(RATE * 3 / 2, abs=FRAME))
    assert int(np.abs(np.fft.rfft(result[RATE : RATE * 3 // 2, 0])).argmax()) * 2 == pytest.approx(700, abs=4)


def test_the_voice_in_the_middle_of_five_point_one_is_heard_on_both_sides(tmp_path: Path):
    found = np.zeros((2 * RATE, 6), np.float32)
    found[:, 2] = ambience(2.0, 120, 1)[:, 0]
    result = made(tmp_path, [{"clip": clip(tmp_path / "a.mkv", found, layout="5.1"), "to": 2}])
    assert lufs(result) == pytest.approx(-14, abs=0.3)
    assert strength(result[:, 0]) == pytest.approx(strength(result[:, 1]), abs=0.5)


def test_a_film_without_sound_or_shorter_in_sound_than_in_picture_is_silent_there(tmp_path: Path):
    none = clip(tmp_path / "none.mkv", None)
    short = clip(tmp_path / "short.mkv", tone(0.5, 700))
    result = np.abs(made(tmp_path, [{"clip": none, "to": 1}, {"clip": short, "to": 1}])).max(axis=1)
    assert result[: RATE - 2048].max() < 1e-3
    assert result[RATE + 2048 : RATE + 22_000].max() > 0.1
    assert result[RATE + 26_500 :].max() < 1e-3


def test_a_gap_in_the_time_stamps_is_silent_and_what_follows_is_in_place(tmp_path: Path):
    pieces = [(0.2, 0, 12_000), (1.0, 12_000, 36_000)]  # begins late, then half a second is missing
    film = clip(tmp_path / "a.mkv", tone(1.0, 700), pieces=pieces)
    result = np.abs(made(tmp_path, [{"clip": film, "to": 2}])).max(axis=1)
    loud = (result[: 2 * RATE].reshape(-1, 480).max(axis=1) > 0.05).nonzero()[0] / 100
    edges = [
        loud[0],
        *(t for pair in pairwise(loud) if pair[1] - pair[0] > 0.1 for t in pair),
        loud[-1],
    ]
    assert edges == pytest.approx([0.2, 0.45, 1.0, 1.5], abs=0.03)


def test_time_stamps_that_jitter_do_not_tear_the_sound(tmp_path: Path):
    rng = np.random.default_rng(1)
    pieces = [(n * 0.02 + rng.uniform(0, 0.004), n * 960, n * 960 + 960) for n in range(100)]
    film = clip(tmp_path / "a.mkv", tone(2.0, 700, 0.2), pieces=pieces)
    result = made(tmp_path, [{"clip": film, "to": 2}])
    level = strength(result[4800:-4800], 600, 800)
    assert strength(result[4800:-4800], 1500, 20_000) < level - 40


def test_damage_in_the_sound_is_silent_and_the_rest_is_heard(tmp_path: Path):
    film = clip(tmp_path / "a.mp4", tone(4.0, 700, 0.2), codec="aac")
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    film.write_bytes(data)
    result = made(tmp_path, [{"clip": film, "to": 4}])
    assert abs(len(result) - 4 * RATE) < 1024
    assert strength(result[: RATE // 2], 600, 800) > -30
    assert strength(result[-RATE // 2 :], 600, 800) > -30


def test_samples_that_are_no_numbers_are_silent(tmp_path: Path):
    found = tone(2.0, 700, 0.2)
    found[RATE : RATE + 100] = np.nan
    found[RATE + 200] = np.inf
    result = made(tmp_path, [{"clip": clip(tmp_path / "a.mkv", found), "to": 2}])
    assert np.isfinite(result).all()
    assert lufs(result) == pytest.approx(-14, abs=0.3)
