"""A first cut list: scenes become cuts, what is dull is left out and said so, and what is left to decide is asked."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline import reels, summaries
from pipeline.errors import Refused
from pipeline.observations.importing import import_file
from pipeline.reels import dressing, proposing, watching, yamlfile
from pipeline.reels.watching import Piece, pieces
from tests.numerals.conftest import records
from tests.reels.films import film, tone

TODAY = date(2026, 11, 23)


def moving(first: int, count: int, seed: int) -> list[tuple[float, np.ndarray]]:
    """A square that walks over a ground of its own."""
    ground = np.random.default_rng(seed).integers(0, 255, (1, 1, 3), np.uint8).repeat(64, 0).repeat(96, 1)
    frames = []
    for index in range(count):
        picture = ground.copy()
        picture[20:44, 4 * index % 70 :][:, :24] = 255 - ground[0, 0]
        frames.append(((first + index) / 30, picture))
    return frames


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of movement and sound, two and a half of nothing, then two of another scene."""
    one = moving(0, 60, seed=1)
    still = [((60 + index) / 30, one[-1][1]) for index in range(75)]
    two = moving(135, 60, seed=8)
    heard = np.concatenate([tone(2.0), np.zeros((120_000, 2), np.float32), tone(2.0)])
    return film(tmp_path_factory.mktemp("clips") / "a.mp4", [*one, *still, *two], sound=heard)


def test_scenes_are_cut_apart_and_a_dull_stretch_is_known_as_such(clip: Path):
    found = pieces(clip)
    assert [(piece.start, piece.end, piece.dull) for piece in found] == [
        (0.0, pytest.approx(2.0, abs=0.26), False),
        (pytest.approx(2.0, abs=0.26), pytest.approx(4.5, abs=0.04), True),
        (pytest.approx(4.5, abs=0.04), pytest.approx(6.5, abs=0.05), False),
    ]


@pytest.mark.parametrize("name", ["field", "testimony", "eviction", "explainer"])
def test_a_proposal_is_a_cut_list_that_asks_for_four_decisions_at_most(clip: Path, name: str):
    path = clip.with_name(f"{name}.yaml")
    path.write_text(proposing.from_clips([("a.mp4", clip)], name=name, lang="fr", spoken="en"), encoding="utf-8")
    text = path.read_text("utf-8")
    asked = re.findall(r"To decide (\d) of (\d):", text)
    assert [int(number) for number, _of in asked] == list(range(1, len(asked) + 1))
    assert len(asked) == len(dressing.template(name).decisions) <= 4
    assert "Left out: a.mp4, 2.00 to 4.50" in text
    found, problems = reels.check(path, text=text.replace('"…"', '"Des mots"'))
    assert found and all(problem.advice for problem in problems)
    assert [(cut.start, cut.end) for cut in found.cuts if cut.clip] == [(0.0, 2.0), (4.5, pytest.approx(6.5, abs=0.05))]


def test_what_the_proposal_leaves_to_be_written_is_not_rendered_as_it_stands(clip: Path):
    text = proposing.from_clips([("a.mp4", clip)], name="field", lang="fr")
    found, problems = reels.check(clip.with_name("reel.yaml"), text=text)
    assert found is None
    assert [problem.line for problem in problems] == [yamlfile.parsed(text, "")[1]["title",]]


def test_a_long_proposal_keeps_what_is_most_alive(monkeypatch: pytest.MonkeyPatch, clip: Path):
    many = [Piece(9.0 * n, 9.0 * n + 8.5, False, lively=float(n)) for n in range(12)]
    monkeypatch.setattr(watching, "pieces", lambda _path, _tell: many)
    data, _lines = yamlfile.parsed(proposing.from_clips([("a.mp4", clip)], name="field", lang="fr"), "")
    assert [cut["from"] for cut in data["cuts"]] == [9.0 * n for n in range(5, 12)]
    assert sum(cut["to"] - cut["from"] for cut in data["cuts"]) <= proposing.LONGEST


def test_an_unknown_template_or_language_is_refused_before_a_clip_is_looked_at(tmp_path: Path):
    for name, lang in (("none", "fr"), ("field", "xx")):
        with pytest.raises(Refused, match=r"none|xx"):
            proposing.from_clips([("a.mp4", tmp_path / "no.mp4")], name=name, lang=lang)


@pytest.mark.parametrize("lang", ["fr", "ar", "ti"])
def test_a_summarys_figures_become_cards_that_count_them(db: None, home: Path, tmp_path: Path, lang: str):
    path = records(tmp_path, months={7: 12, 8: 30, 9: 4, 10: 27}, people=46)
    import_file(path, "observations", by=None, today=TODAY)
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    text = proposing.from_summary(result, lang=lang, spoken="en")
    named: list[tuple[str, str]] = []

    def figures(name: str, period: str) -> dict[str, float]:
        named.append((name, period))
        return {metric: float(fact.value) for metric, fact in result.facts.items() if fact.value is not None}

    found, problems = reels.check_text(text, lambda _code: tmp_path, figures)
    assert found and not problems
    assert named == [("note_mensuelle", "2026-10")]
    assert found.template == "month" and not found.clips
    first = found.cuts[0].card
    assert (first.value, first.floor, [bar.value for bar in first.bars]) == (27, True, [12, 30, 4, 27])
    assert len(re.findall("To decide", text)) == 3


def test_a_language_that_the_summary_does_not_speak_is_refused(db: None, home: Path, tmp_path: Path):
    import_file(records(tmp_path, months={10: 3}, people=4), "observations", by=None, today=TODAY)
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    with pytest.raises(Refused, match="does not speak xx"):
        proposing.from_summary(result, lang="xx")
