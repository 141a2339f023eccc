"""What tests of planning share."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.rendering import jobs
from tests.web.studio import drawn


@dataclass
class Drawing:
    """What a drawn card answers."""

    data: bytes
    mime: str = "image/jpeg"
    width: int = 1080
    height: int = 1350
    texts: tuple[object, ...] = ()


@pytest.fixture
def cheap_cards(monkeypatch) -> list[tuple[str, str, str]]:
    """Small pictures instead of drawn cards; the list of (figure, language, format) that were asked for."""
    asked: list[tuple[str, str, str]] = []

    def draw(_name, data, *, lang, format, photos=None):
        asked.append((data["label"], lang, format))
        return Drawing(drawn(len(asked)))

    monkeypatch.setattr(jobs.cards, "draw", draw)
    return asked
