"""Cut lists: what is read, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline import reels
from pipeline.errors import Refused
from tests.reels.films import film, steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cutlists")
    film(made / "a.mp4", steps(60))
    (made / "words.mp4").write_text("this is no video", encoding="utf-8")
    return made


def read(folder: Path, text: str) -> reels.CutList:
    path = folder / "reel.yaml"
    path.write_text(text, encoding="utf-8")
    return reels.load(path)


def test_a_cut_list_is_read_with_its_clips_found_beside_it(folder: Path):
    text = """
language: fr
title: Calais
cuts:
  - {clip: a.mp4, from: "0:00.5", to: 1.5, caption: Bonjour}
  - {clip: a.mp4, from: 1}
captions:
  - {from: 1.2, to: 1.9, text: Encore}
end: {text: Fin, source: Nous}
"""
    found = read(folder, text)
    assert [(cut.clip, cut.start, cut.end) for cut in found.cuts] == [
        (folder / "a.mp4", 0.5, 1.5),
        (folder / "a.mp4", 1.0, pytest.approx(2.0, abs=0.05)),
    ]
    assert found.size == (1080, 1920)
    assert found.mask is True
    assert [(c.start, c.end, c.text) for c in found.timed_captions()] == [
        (pytest.approx(4 / 30), pytest.approx(26 / 30), "Bonjour"),
        (1.2, 1.9, "Encore"),
    ]


@pytest.mark.parametrize(
    ("end", "lasts"),
    [
        ("Fin", 4.5),
        (" ".join(["mot"] * 40), 10.5),
        ({"text": "Fin", "source": "mot " * 29}, 8),
        ({"text": "Fin", "seconds": 2}, 2),
    ],
)
def test_an_end_card_stands_as_long_as_its_words_take_to_read(folder: Path, end: str | dict, lasts: float):
    found = read(folder, CUT + yaml.safe_dump({"end": end}))
    assert found.end_frames == round(lasts * 30)


CUT = "language: fr\ncuts:\n  - {clip: a.mp4, from: 0, to: 1}\n"


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("language: fr\ncuts:\n  - {clip: a.mp4, to: 1}\n  - {clip: missing.mp4, to: 1}\n", 4, "missing.mp4"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    from: 0\n    to: 7.5\n", 5, "2.00"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    from: 1\n    to: 1.1\n", 5, "0.2"),
        (CUT + "captions:\n  - {from: 0, to: 0.6, text: A}\n  - {from: 0.5, to: 0.9, text: B}\n", 5, "B"),
        (CUT + "captions:\n  - {from: 0, to: 3, text: A}\n", 5, "1.00"),
        (CUT + "colour: red\n", 4, "format, language, template"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    to: 1\n    frame: left\n", 5, "clip, from, to, sound, framing"),
        ("language: fr\ncuts:\n  - {clip: a.mp4, to: 1, sound: loud}\n", 3, "keep, mute"),
        (CUT + "format: tall\n", 4, "portrait, square, landscape"),
        (CUT + "mask: maybe\n", 4, "mask: true"),
        ("cuts:\n  - {clip: a.mp4, to: 1}\n", 1, "language: fr"),
        ("language: fr\ncuts: []\n", 2, "clip: tentes.mp4"),
        ("language: fr\ncuts:\n  - {clip: a.mp4, from: soon, to: 1}\n", 3, "from: 2.5"),
        (CUT + "language: en\n", 4, "twice"),
        (CUT + "title: 'open\n", 5, "not YAML"),
        ("language: &l fr\ntemplate: *l\ncuts:\n  - {clip: a.mp4}\n", 2, "not read here"),
        ("language: fr\ncuts:\n  - {clip: 'footage:12', to: 1}\n", 3, "footage ids"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(folder: Path, text: str, line: int, hint: str):
    with pytest.raises(Refused) as told:
        read(folder, text)
    assert str(told.value).startswith(f"Line {line}:")
    assert hint in str(told.value)


def test_a_text_file_named_mp4_is_refused_by_its_name(folder: Path):
    with pytest.raises(Refused, match=r"words\.mp4 is not a video"):
        read(folder, "language: fr\ncuts:\n  - {clip: words.mp4, to: 1}\n")


def test_a_playlist_that_points_elsewhere_is_never_opened(folder: Path):
    target = folder / "a.mp4"
    (folder / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{target}\n#EXT-X-ENDLIST\n", encoding="utf-8")
    (folder / "concat.mp4").write_text(f"ffconcat version 1.0\nfile {target}\n", encoding="utf-8")
    for name in ("list.mp4", "concat.mp4"):
        with pytest.raises(Refused, match="is not a video"):
            read(folder, f"language: fr\ncuts:\n  - {{clip: {name}, to: 1}}\n")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2]", b""])
def test_what_is_no_cut_list_at_all_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "reel.yaml").write_bytes(content)
    with pytest.raises(Refused, match="is not a cut list"):
        reels.load(tmp_path / "reel.yaml")


def test_a_missing_cut_list_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="no cut list"):
        reels.load(tmp_path / "reel.yaml")


def test_a_footage_id_is_turned_into_its_original(folder: Path):
    path = folder / "reel.yaml"
    path.write_text(yaml.safe_dump({"language": "fr", "cuts": [{"clip": "footage:ab12", "to": 1}]}), encoding="utf-8")
    asked: list[str] = []
    found = reels.load(path, footage=lambda name: asked.append(name) or folder / "a.mp4")
    assert asked == ["ab12"]
    assert found.cuts[0].clip == folder / "a.mp4"
