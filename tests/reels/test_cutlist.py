"""Cut lists: what is read, and how a mistake is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline import reels
from pipeline.errors import Refused
from pipeline.reels import captioning, cutlist, yamlfile
from tests.reels.films import film, steps, tone


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
        ("language: fr\ncuts:\n  - clip: a.mp4\n    from: 0\n    to: 7.5\n", 5, "lasts 2 s"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    from: 1\n    to: 1.1\n", 5, "0.2"),
        (CUT + "captions:\n  - {from: 0, to: 0.6, text: A}\n  - {from: 0.5, to: 0.9, text: B}\n", 5, "B"),
        (CUT + "captions:\n  - {from: 0, to: 3, text: A}\n", 5, "at 1 s"),
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
        (CUT + "when: 3 novembre 14h20\n", 4, "when: 2026-11-03"),
        (CUT + "when: 2026-11-03 14:20:00\n", 4, "hours are never shown"),
        (CUT + "when: 2026-02-31\n", 4, "2026-11-03"),
        (CUT + "where: 12 rue de Verdun, Calais\n", 4, "where: Calais"),
        (CUT + "where: 50.95, 1.85\n", 4, "commune"),
        (CUT + "where: quai de la Loire\n", 4, "where: Calais"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    where: Puythouck\n", 4, "where: Calais"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    speed: 9\n", 4, "speed: 1"),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    caption:\n", 4, "caption"),
        ("language: fr\ncuts:\n  - {clip: a.mp4, caption: ''}\n", 3, "missing"),
        ("language: fr\ncuts:\n  - {from: 0, to: 1}\n", 3, "clip or a card"),
        ("language: fr\ncuts:\n  - {clip: a.mp4, card: Non}\n", 3, "clip or a card"),
        (
            "language: fr\ncuts:\n  - clip: a.mp4\n    to: 1\n    keyframes:\n      - {at: 1.5, x: 0}\n",
            6,
            "from 0 to 1",
        ),
        ("language: fr\ncuts:\n  - clip: a.mp4\n    keyframes:\n      - {at: 1, x: 2}\n", 5, "x: 0.5"),
        ("language: fr\ncuts:\n  - {card: {text: Morts, figure: deaths}}\n", 1, "summary"),
        (CUT + "captions: nowhere.srt\n", 4, "nowhere.srt"),
        (CUT + "captions: {file: words.mp4}\n", 4, "no subtitles"),
        (CUT + "captions:\n  - {from: 0, to: 1}\n", 5, "text"),
        (CUT + "captions:\n  burned: maybe\n", 5, "burned: true"),
        (CUT + "lower_thirds:\n  - {from: 0, to: 3, text: Un}\n", 5, "at 1 s"),
        (CUT + "music: nothing.mp3\n", 4, "nothing.mp3"),
        (CUT + "music: {file: words.mp4}\n", 4, "no sound"),
        (CUT + "cover: 4\n", 4, "within it"),
        (CUT + "template: none\n", 4, "field"),
        (CUT + "title:\n  text: 'Un titre'\n  label: '漢字'\n", 6, "漢"),
        (f"language: fr\ncuts:\n  - clip: a.mp4\n    caption: {'mot ' * 39}\n", 4, "lines"),
        (f"language: fr\ncuts:\n  - clip: a.mp4\n  - card: {'mot ' * 60}\n", 4, "at most"),
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


WHOLE = """# Mardi matin.
format: feed
language: ar
template: field
title: كاليه
when: 2026-11-03   # le jour seulement
where: Calais
cuts:
  # les tentes
  - {clip: a.mp4, from: 0, to: 1, speed: 2, sound: disguise}
  - clip: a.mp4
    keyframes: [{at: 0, x: 0.2}, {at: 1.5, x: 0.8, zoom: 1.5}]
    when: 2026-11
  - card: {text: expulsions, value: 132, floor: true, bars: [{label: Calais, value: 90}]}
  - {card: "Ce que dit la loi", to: 2.5}
captions: {file: words.srt, beside: false}
lower_thirds:
  - {from: 0.2, to: 1.5, text: Une habitante}
music: {file: air.mp4, level: -24, ducking: 12}
cover: {at: 1, text: Un matin}
"""


def test_everything_that_a_cut_list_can_say_is_read(folder: Path):
    (folder / "words.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nBonjour\n", encoding="utf-8")
    film(folder / "air.mp4", steps(3), sound=tone(0.1))
    found = read(folder, WHOLE)
    assert found.size == (1080, 1350)
    assert [cut.frames for cut in found.cuts[:2]] == [15, 60]
    assert found.cuts[0].at(0.25) == 0.5
    assert found.cuts[2].frames == 90 > found.cuts[3].frames == 75
    assert found.clips == (folder / "a.mp4",)
    assert (found.when, found.cuts[1].when, found.where) == ("2026-11-03", "2026-11", "Calais")
    assert [(c.start, c.end, c.text) for c in found.timed_captions()] == [(0.1, 0.9, "Bonjour")]
    assert (found.captions.burned, found.captions.beside) == (True, False)
    assert found.music and found.music.file == folder / "air.mp4"


def test_a_figure_of_a_card_comes_from_the_summary_that_the_cut_list_names(folder: Path):
    path = folder / "reel.yaml"
    path.write_text(
        "language: fr\nsummary: note\nperiod: 2026-10\ncuts:\n  - card: {text: Morts, figure: deaths}\n"
        "  - {card: {text: Morts, figure: births}}\n",
        encoding="utf-8",
    )
    asked: list[tuple[str, str]] = []
    found, problems = reels.check(path, figures=lambda *named: asked.append(named) or {"deaths": 7})
    assert asked == [("note", "2026-10")]
    assert (found, [(one.line, "deaths" in str(one.sentence)) for one in problems]) == (None, [(6, True)])
    whole = path.read_text("utf-8").replace("births", "deaths")
    found, problems = reels.check(path, figures=lambda *_named: {"deaths": 7}, text=whole)
    assert found and [cut.card.value for cut in found.cuts] == [7, 7]


ADVICE = [
    ("fr", "to: 1.5, text: Un deux trois", []),
    ("fr", "to: 0.5, text: Un", ["0.5 s"]),
    ("fr", f"to: 1.5, text: {'abc ' * 7}", ["18 characters a second, 17 can be read", "1.59 s, or keep 25"]),
    ("fr", f"to: 1.5, text: {'abc ' * 6}", []),
    ("ar", f"to: 1.5, text: {'ابج ' * 6}", ["15 characters a second, 14"]),
    ("ti", f"to: 1.5, text: {'ሀለሐ ' * 5}", ["13 characters a second, 11"]),
]


@pytest.mark.parametrize(("lang", "caption", "hints"), ADVICE)
def test_a_caption_that_cannot_be_read_in_its_time_is_advised_against(
    folder: Path, lang: str, caption: str, hints: list[str]
):
    text = f"language: {lang}\ncuts:\n  - {{clip: a.mp4, to: 2}}\ncaptions:\n  - {{from: 0, {caption}}}\n"
    found, problems = reels.check(folder / "reel.yaml", text=text)
    assert found
    said = " ".join(str(one.sentence) for one in problems)
    assert all(hint in said for hint in hints) and bool(hints) == bool(problems)
    assert all(one.advice and one.line == 5 for one in problems)


def test_captions_that_follow_too_close_and_what_is_heard_unwritten_are_told(folder: Path):
    film(folder / "said.mp4", steps(60), sound=tone(2.0))
    cuts = "cuts:\n  - {clip: said.mp4}\n  - {clip: said.mp4}\n  - {clip: said.mp4, sound: mute}\n"
    captions = "captions:\n  - {from: 0, to: 1, text: Un}\n  - {from: 1.03, to: 2, text: Deux}\n"
    found, problems = reels.check(folder / "reel.yaml", text="language: fr\n" + cuts + captions)
    assert found
    assert [(one.line, "1.07" in str(one.sentence), "sound: mute" in str(one.sentence)) for one in problems] == [
        (4, False, True),
        (8, True, False),
    ]


def test_captions_become_the_files_that_they_can_be_read_in_from(folder: Path):
    found = read(folder, CUT + "captions:\n  - {from: 0.1, to: 0.9, text: 'Un & <deux>', speaker: Femme}\n")
    files = captioning.beside(found)
    assert files["srt"].decode() == "1\n00:00:00,100 --> 00:00:00,900\nFemme\nUn & <deux>\n"
    for form, content in files.items():
        (folder / f"again.{form}").write_bytes(content)
        again = read(folder, CUT + f"captions: again.{form}\n")
        assert [(c.start, c.end, c.text) for c in again.timed_captions()] == [(0.1, 0.9, "Femme\nUn & <deux>")]
    assert captioning.beside(read(folder, CUT)) == {}
    assert captioning.beside(read(folder, CUT + "captions: {file: again.srt, beside: false}\n")) == {}


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(folder: Path):
    text = "language: fr\ncuts:\n  - {clip: no.mp4}\n  - {clip: a.mp4, to: 9}\nmusic: no.mp3\n"
    found, problems = reels.check(folder / "reel.yaml", text=text)
    assert (found, [one.line for one in problems]) == (None, [3, 4, 5])


def test_a_cut_list_rewritten_keeps_its_comments_and_its_order():
    changes = {("cuts", 0, "to"): 1.5, ("title",): None, ("captions", "burned"): False, ("cuts", 1, "caption"): "Là"}
    found = yamlfile.rewritten(WHOLE, changes)
    kept = [line for line in WHOLE.splitlines() if "#" in line]
    assert [line for line in found.splitlines() if "#" in line] == kept
    data, _lines = yamlfile.parsed(found, "reel.yaml")
    before, _lines = yamlfile.parsed(WHOLE, "reel.yaml")
    before["cuts"][0]["to"], before["cuts"][1]["caption"], before["captions"]["burned"] = 1.5, "Là", False
    del before["title"]
    assert data == before
    assert list(data) == list(before)


def test_the_schema_knows_every_key_and_every_short_form():
    schema = reels.schema()
    assert set(yamlfile.parsed(WHOLE, "reel.yaml")[0]) <= set(schema["properties"])
    assert schema["required"] == ["language", "cuts"]
    assert schema["additionalProperties"] is False
    short = {name: {form.get("type") for form in schema["properties"][name]["anyOf"]} for name in ("title", "cover")}
    assert short == {"title": {None, "string", "null"}, "cover": {None, "number", "string", "null"}}


def test_a_reel_kept_before_the_cut_list_grew_is_still_read():
    old = {"language": "fr", "cuts": [{"clip": "a.mp4", "end": 2.0, "sound": "keep"}], "captions": [], "masks": {}}
    assert cutlist.stored(old).cuts[0].frames == 60
    whole = cutlist.stored(old).model_dump(mode="json")
    assert cutlist.stored(whole) == cutlist.stored(old)


def test_a_loaded_cut_list_can_be_read_again_where_there_is_no_django(folder: Path):
    found = read(folder, CUT + "where: Calais\nwhen: 2026-11\n")
    again = "import sys, json; from pipeline.reels.cutlist import CutList; CutList.model_validate(json.load(sys.stdin))"
    told = found.model_dump_json().encode()
    subprocess.run([sys.executable, "-c", again], input=told, check=True, cwd=Path(__file__).parents[2])


def test_times_are_said_with_a_comma_in_french_and_read_with_either_mark(folder: Path):
    found, problems = reels.check(folder / "reel.yaml", text=CUT.replace("to: 1", 'to: "9,5"'))
    assert found is None
    assert "2 seconds" in problems[0].sentence.text("en")
    found, problems = reels.check(folder / "reel.yaml", text=CUT.replace("to: 1", 'to: "0,1"'))
    assert found is None
    assert "0.1" in problems[0].sentence.text("en") and "0,1" in problems[0].sentence.text("fr")
    assert read(folder, CUT.replace("to: 1", 'to: "1,5"')).cuts[0].end == 1.5
