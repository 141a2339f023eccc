"""Speech written down: the captions are made from words with times, and stay marked until a person has checked them.

The machine that listens is a stand-in written from faster-whisper's documented interface (1.2): `transcribe` takes
float32 at 16 kHz and a language or None, and gives segments with words, lazily, and an info with the language.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest

from pipeline import gate, reels, subtitles
from pipeline.demo._voice import ambience
from pipeline.errors import NotHere, Refused
from pipeline.reels import captioning, listening, speechmodel, transcribing
from pipeline.reels.cutlist import CutList
from pipeline.reels.sources import probe
from tests.reels.ears import clip, wave
from tests.reels.films import tone


@dataclass
class StandIn:
    """Hears the words that it is given, whatever is said."""

    words: list[tuple[float, float, str]]
    asked: list[Any] = field(default_factory=list)

    def transcribe(self, audio: Any, language: str | None = None, **options: Any) -> tuple[Any, Any]:
        self.asked.append((audio, language, options))
        words = [SimpleNamespace(start=np.float64(a), end=np.float64(b), word=said) for a, b, said in self.words]
        segments = (SimpleNamespace(words=words[n : n + 3]) for n in range(0, len(words), 3))
        return segments, SimpleNamespace(language=language or "fr")


def said(text: str, *, at: float = 0.5, each: float = 0.3) -> list[tuple[float, float, str]]:
    """The words of a text one after the other, each with the space before it, as Whisper has them."""
    return [(at + n * each, at + (n + 1) * each, f" {word}") for n, word in enumerate(text.split())]


def written(words: list[tuple[float, float, str]], seconds: float = 20.0) -> list[subtitles.Cue]:
    audio = np.zeros(int(seconds * listening.HEARS_AT), np.float32)
    return transcribing.write_down(audio, StandIn(words), "fr", lambda _share: None)[0]


# ---------------------------------------------------------------------- captions of words


def test_a_caption_ends_with_its_sentence_and_never_grows_past_two_lines_or_six_seconds():
    text = "Ils sont venus à l'aube. Tout le monde dormait encore et personne ne savait où aller ce matin-là"
    cues = written(said(text))
    assert " ".join(cue.text for cue in cues) == text
    assert cues[0].text == "Ils sont venus à l'aube."
    assert all(len(cue.text) <= transcribing.WIDEST and cue.ends - cue.begins <= 6000 for cue in cues)
    assert all(one.ends <= other.begins for one, other in pairwise(cues))


def test_a_pause_ends_a_caption():
    cues = written([*said("un deux", at=1.0), *said("trois", at=4.0)])
    assert [(cue.begins, cue.text) for cue in cues] == [(1000, "un deux"), (4000, "trois")]


def test_a_single_short_word_stands_long_enough_to_be_read():
    (cue,) = written([(1.0, 1.1, " Non.")])
    assert cue.ends - cue.begins == 800


def test_where_nobody_speaks_it_is_said():
    with pytest.raises(Refused, match="Nobody is heard"):
        written([])


def test_how_far_it_is_can_be_followed():
    shares: list[float] = []
    audio = np.zeros(4 * listening.HEARS_AT, np.float32)
    transcribing.write_down(audio, StandIn(said("a b c d e f", at=0.0, each=0.6)), None, shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


# ---------------------------------------------------------------------- what it listens to


def test_a_clip_is_listened_to_on_its_own_time_whatever_its_sound(tmp_path: Path):
    heard = np.zeros((2 * 44_100, 1), np.float32)
    heard[44_100:] = 0.3 * np.sin(2 * np.pi * 500 * np.arange(44_100) / 44_100)[:, None]
    audio = listening.listened(clip(tmp_path / "a.mkv", heard, rate=44_100, layout="mono"))
    assert len(audio) == pytest.approx(2 * 16_000, abs=200)
    assert np.abs(audio).argmax() > 15_000
    assert int(np.abs(np.fft.rfft(audio[16_000:32_000])).argmax()) == pytest.approx(500, abs=3)


def test_a_file_of_sound_alone_is_taken_and_a_silent_film_is_refused(tmp_path: Path):
    assert len(listening.listened(wave(tmp_path / "a.wav", tone(1.0)))) == pytest.approx(16_000, abs=50)
    with pytest.raises(Refused, match="no sound"):
        listening.listened(clip(tmp_path / "b.mkv", None))


def test_a_muted_or_disguised_cut_is_listened_to_as_it_was_filmed(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", ambience(2.0, 150, 1))
    heard = [
        listening.listened(CutList.model_validate({"language": "fr", "cuts": [{"clip": film, "to": 2, "sound": how}]}))
        for how in ("keep", "mute", "disguise")
    ]
    assert np.abs(heard[0]).max() > 0.05
    assert np.array_equal(heard[0], heard[1])
    assert np.array_equal(heard[0], heard[2])


# ---------------------------------------------------------------------- the mark


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_what_a_machine_heard_is_marked_and_cannot_leave_as_it_is(form: str, tmp_path: Path):
    cues = [subtitles.Cue(0, 1500, "Ils sont venus.")]
    path = tmp_path / f"a.{form}"
    path.write_bytes(subtitles.marked(cues, form))
    read = subtitles.read(path.read_bytes())
    assert (list(read), read.unchecked) == (cues, True)
    assert gate.inspect(path) != []
    path.write_bytes(subtitles.write(cues, form))
    assert subtitles.read(path.read_bytes()).unchecked is False
    assert gate.inspect(path) == []


# ---------------------------------------------------------------------- the model


def small_model(**files: bytes) -> speechmodel.Model:
    facts = {name.replace("_", "."): (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    return speechmodel.Model("test", "somebody/some-model", "c" * 40, facts)


def served(files: dict[str, bytes], asked: list[str]) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        name = request.url.path.rsplit("/", 1)[1]
        return httpx.Response(200, content=files[name]) if name in files else httpx.Response(404)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_the_model_is_fetched_once_at_its_commit_into_the_home(tmp_path: Path):
    model, asked, shares = small_model(model_bin=b"weights" * 9000, config_json=b"{}"), [], []
    files = {"model.bin": b"weights" * 9000, "config.json": b"{}"}
    folder = speechmodel.at_hand(model, tmp_path, shares.append, served(files, asked))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert folder.is_relative_to(tmp_path)
    assert asked == [f"https://huggingface.co/somebody/some-model/resolve/{'c' * 40}/{name}" for name in files]
    assert (shares[-1], shares) == (1.0, sorted(shares))
    speechmodel.at_hand(model, tmp_path, shares.append, served({}, asked))
    assert len(asked) == 2


@pytest.mark.parametrize("came", [b"w" * 8999, b"w" * 9001, b"v" * 9000])
def test_another_file_than_the_one_that_was_meant_is_refused_and_not_kept(came: bytes, tmp_path: Path):
    model = small_model(model_bin=b"w" * 9000)
    with pytest.raises(Refused, match="not the speech model"):
        speechmodel.at_hand(model, tmp_path, lambda _share: None, served({"model.bin": came}, []))
    assert list((tmp_path / "models").rglob("*.bin*")) == []


def test_a_file_that_was_changed_since_is_fetched_again(tmp_path: Path):
    model, asked = small_model(config_json=b"{}"), []
    folder = speechmodel.at_hand(model, tmp_path, lambda _share: None, served({"config.json": b"{}"}, asked))
    (folder / "config.json").write_bytes(b"[]")
    speechmodel.at_hand(model, tmp_path, lambda _share: None, served({"config.json": b"{}"}, asked))
    assert (folder / "config.json").read_bytes() == b"{}"
    assert len(asked) == 2


@pytest.mark.parametrize("trouble", ["away", "not found"])
def test_without_the_network_it_says_what_to_do(trouble: str, tmp_path: Path):
    def answer(request: httpx.Request) -> httpx.Response:
        if trouble == "away":
            raise httpx.ConnectError("no route", request=request)
        return httpx.Response(404)

    line = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(NotHere, match=r"cannot be fetched from huggingface\.co"):
        speechmodel.at_hand(small_model(config_json=b"{}"), tmp_path, lambda _share: None, line)


def test_without_the_extra_it_says_which_one_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transcribing, "find_spec", lambda _name: None)
    with pytest.raises(NotHere, match="--extra stt"):
        transcribing.refuse_without_extra()


def test_every_model_is_named_by_commit_and_hash():
    for model in speechmodel.MODELS.values():
        assert len(model.commit) == 40
        assert {len(sha256) for _size, sha256 in model.files.values()} == {64}
        assert set(model.files) == {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"}


# ---------------------------------------------------------------------- captions instead of a voice


def test_a_muted_cut_in_which_somebody_speaks_is_offered_captions_and_one_of_wind_is_not(tmp_path: Path):
    clip(tmp_path / "said.mkv", ambience(3.0, 150, 1))
    clip(tmp_path / "wind.mkv", ambience(3.0, None, 1))
    cuts = "".join(f"  - {{clip: {name}.mkv, to: 3, sound: mute}}\n" for name in ("said", "wind"))
    path = tmp_path / "reel.yaml"
    path.write_text(f"language: fr\ncuts:\n{cuts}", encoding="utf-8")
    for name in ("said", "wind"):  # one picture counts as no length: the sound's is taken
        assert probe(tmp_path / f"{name}.mkv").seconds == pytest.approx(3.0, abs=0.1)
    found, problems = reels.check(path)
    assert found is not None
    assert [(one.line, one.advice) for one in problems] == [(3, True)]
    assert "muted" in str(problems[0].sentence)
    assert "transcribe" in str(problems[0].sentence)


def test_captions_of_a_machine_stay_marked_in_the_files_beside_a_reel(tmp_path: Path):
    film = clip(tmp_path / "a.mkv", tone(3.0))
    (tmp_path / "said.srt").write_bytes(subtitles.marked([subtitles.Cue(0, 1500, "Ils sont venus.")], "srt"))
    path = tmp_path / "reel.yaml"
    path.write_text(f"language: fr\ncuts:\n  - {{clip: {film.name}, to: 3}}\ncaptions: said.srt\n", encoding="utf-8")
    beside = captioning.beside(reels.load(path))
    assert all(subtitles.read(content).unchecked for content in beside.values())
    (tmp_path / "said.srt").write_bytes(subtitles.write([subtitles.Cue(0, 1500, "Ils sont venus.")], "srt"))
    beside = captioning.beside(reels.load(path))
    assert not any(subtitles.read(content).unchecked for content in beside.values())
