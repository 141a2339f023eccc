"""The worker: the same card as in process, and an end to everything else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import cards
from pipeline.cards import worker
from pipeline.errors import Refused

ASKED = {"lang": "fr", "format": "link", "mime": "image/jpeg"}


@pytest.fixture(scope="module")
def drawer() -> Iterator[worker.Worker]:
    started = worker.Worker()
    yield started
    started.close()


def test_another_process_draws_the_same_bytes(drawer: worker.Worker) -> None:
    here = cards.draw("figure", cards.sample("figure"), **ASKED)  # type: ignore[arg-type]
    assert drawer.draw("figure", cards.sample("figure"), **ASKED) == here


def test_a_refusal_comes_through_as_its_sentence(drawer: worker.Worker) -> None:
    with pytest.raises(Refused, match="label is missing") as refused:
        drawer.draw("figure", {**cards.sample("figure"), "label": ""}, **ASKED)
    assert refused.value.sentence.values == {"slot": "label"}


def test_a_card_that_is_late_is_refused_and_the_next_one_is_drawn(drawer: worker.Worker) -> None:
    with pytest.raises(Refused, match=r"within 0\.0001 seconds"):
        drawer.draw("figure", cards.sample("figure"), **ASKED, seconds=0.0001)
    assert drawer.draw("figure", cards.sample("figure"), **ASKED).width == 1200


def test_a_card_needs_none_of_the_heavy_libraries() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pipeline import cards; cards.draw('figure', cards.sample('figure'), "
            "lang='fr'); print(*sorted({name.partition('.')[0] for name in sys.modules}))",
        ],
        cwd=Path(worker.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"babel", "cv2", "django", "fontTools", "numpy", "pydantic", "yaml"}
    assert "pytakumi" in told.stdout.split() and not heavy & set(told.stdout.split())
