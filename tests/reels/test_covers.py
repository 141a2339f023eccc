"""The cover of a reel: its own frame, alone or with words, and nothing that the reel does not show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline import reels
from pipeline.reels import covers
from tests.reels.films import cut_list, film, steps


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A reel whose grey tells the frame, with a caption from 0.5 to 1.5 s."""
    folder = tmp_path_factory.mktemp("covers")
    film(folder / "a.mp4", steps(60))
    said = [{"from": 0.5, "to": 1.5, "text": "Des mots"}]
    path = cut_list(folder, [{"clip": "a.mp4", "sound": "mute"}], format="square", captions=said)
    reels.render(reels.load(path), folder / "reel.mp4", preview=True)
    return path, folder / "reel.mp4"


def cover(finished: tuple[Path, Path], **wanted: object) -> tuple[np.ndarray, list[str]]:
    path, reel = finished
    image, texts = covers.draw(reels.load(path).model_copy(update={"cover": covers.Cover(**wanted)}), reel)
    return np.asarray(image), [one.text for one in texts]


@pytest.mark.parametrize(("at", "grey"), [(0.0, 20), (0.3, 47), (1.8, 182), (9.0, 197)])
def test_a_cover_without_words_is_the_frame_of_its_moment(finished: tuple[Path, Path], at: float, grey: int):
    picture, texts = cover(finished, at=at)
    assert picture.shape == (540, 540, 3) and texts == []
    assert np.median(picture[200:300]) == pytest.approx(grey, abs=3)


def test_a_cover_with_words_takes_the_nearest_frame_that_bears_none(finished: tuple[Path, Path]):
    picture, texts = cover(finished, at=1.2, text="Un matin", label="Calais")
    assert texts == ["Calais", "Un matin"]
    assert np.median(picture[:100]) == pytest.approx(20 + 3 * 45, abs=4)  # 1.5 s, when the caption has gone
    middle = picture[200:340]
    assert (middle > 225).any() and (np.abs(middle.astype(int) - 155).max(axis=2) > 40).any()
