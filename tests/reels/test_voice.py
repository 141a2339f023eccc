"""Voices disguised: another pitch in the same time, by an amount of the footage's own that stands nowhere."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.demo._voice import ambience
from pipeline.reels import hearing, recode, voice
from pipeline.reels.sources import probe
from tests.reels.ears import RATE, clip, heard, pitch, strength
from tests.reels.films import film, steps

SEEDS = [bytes([n]) * 8 for n in range(200)]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("spoken") / "a.mkv", ambience(4.0, 150, 2))


def listened(path: Path, filters: list[tuple[str, str]], seconds: float = 4.0) -> np.ndarray:
    return np.concatenate(list(hearing.of_clip(probe(path), 0.0, round(seconds * RATE), steps=filters))).astype(float)


def test_no_voice_is_left_near_its_own_pitch_and_some_go_up_some_down():
    shifts = [voice.shift(seed) for seed in SEEDS]
    assert min(abs(math.log2(one)) for one in shifts) > 2.4 / 12  # well over two semitones
    assert 60 < sum(one < 1 for one in shifts) < 140
    assert len(set(shifts)) > 190


def chosen(lower: bool) -> bytes:
    return next(seed for seed in SEEDS if (voice.shift(seed) < 1) == lower)


@pytest.mark.parametrize("lower", [True, False])
def test_the_pitch_moves_by_the_shift_of_the_seed(spoken: Path, lower: bool):
    seed = chosen(lower)
    before, after = pitch(listened(spoken, [])), pitch(listened(spoken, voice.steps(seed)))
    assert after / before == pytest.approx(voice.shift(seed), rel=0.04)


def test_a_disguise_that_does_nothing_would_be_found_out(spoken: Path):
    assert pitch(listened(spoken, [])) / pitch(listened(spoken, [])) != pytest.approx(
        voice.shift(chosen(True)), rel=0.04
    )


@pytest.mark.parametrize("lower", [True, False])
def test_what_makes_the_vowels_moves_too(tmp_path: Path, lower: bool):
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft(rng.standard_normal(4 * RATE))
    hertz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
    one = np.fft.irfft(spectrum * np.exp(-(((hertz - 1500) / 80) ** 2)), 4 * RATE)
    path = clip(tmp_path / "a.mkv", np.repeat((0.1 * one / one.std())[:, None], 2, axis=1).astype(np.float32))
    seed = chosen(lower)
    wave = listened(path, voice.steps(seed))[:, 0]
    power = np.abs(np.fft.rfft(wave)) ** 2
    assert (hertz[: len(power)] * power).sum() / power.sum() == pytest.approx(1500 * voice.shift(seed), rel=0.02)


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_words_stay_in_their_time(tmp_path: Path, seed: bytes):
    found = np.zeros((4 * RATE, 2), np.float32)
    for at in (0.5, 1.5, 2.5, 3.5):
        found[int(at * RATE) : int(at * RATE) + 4800] = ambience(0.6, 150, 1)[14_400:19_200]
    wave = listened(clip(tmp_path / "a.mkv", found), voice.steps(seed))
    assert len(wave) == 4 * RATE
    loud = np.abs(wave).max(axis=1).reshape(-1, 480).max(axis=1) > 0.02
    begins = np.nonzero(loud & ~np.roll(loud, 1))[0] / 100
    for at in (0.5, 1.5, 2.5, 3.5):
        assert np.abs(begins - at).min() < 1 / 30


def test_the_bright_part_of_a_voice_goes(tmp_path: Path):
    rng = np.random.default_rng(1)
    path = clip(tmp_path / "a.mkv", (0.1 * rng.standard_normal((2 * RATE, 2))).astype(np.float32))
    wave = listened(path, voice.steps(SEEDS[0]), 2.0)
    assert strength(wave, 10_000, 14_000) < strength(wave, 1000, 4000) - 10


def test_the_same_seed_gives_the_same_disguise_and_another_footage_another(spoken: Path):
    one, same, other = (listened(spoken, voice.steps(seed), 1.0) for seed in (SEEDS[0], SEEDS[0], SEEDS[1]))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_without_a_store_the_seed_is_the_clips_own(spoken: Path, tmp_path: Path):
    other = tmp_path / "b.mkv"
    other.write_bytes(spoken.read_bytes() + b"\0")
    assert voice.seed_of(spoken) == voice.seed_of(spoken) != voice.seed_of(other)


@pytest.mark.parametrize("how", ["keep", "mute", "disguise"])
def test_a_film_that_goes_out_without_a_reel_is_heard_as_asked(tmp_path: Path, how: str):
    source = film(tmp_path / "a.mp4", steps(60), sound=ambience(2.0, 150, 2))
    recode(source, tmp_path / "out.mp4", (192, 108), voices=how, seed=SEEDS[0])
    wave = heard(tmp_path / "out.mp4")
    assert abs(len(wave) - 2 * RATE) < 1024
    if how == "mute":
        assert np.abs(wave).max() < 1e-4
    else:
        moved = voice.shift(SEEDS[0]) if how == "disguise" else 1.0
        assert pitch(wave) / pitch(heard(source)) == pytest.approx(moved, rel=0.05)
    with av.open(str(tmp_path / "out.mp4")) as out:
        assert not {key for key in out.metadata if key not in ("major_brand", "minor_version", "compatible_brands")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "out.mp4"]
