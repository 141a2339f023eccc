"""Cards: templates/cards and the brand become pictures. `draw` is the door; importing this is cheap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.cards.drawing import Drawn
    from pipeline.rendering.brand import Brand


@dataclass(frozen=True)
class Listed:
    """What a person chooses from: a template, its title in each language of the tool, what it can be drawn in."""

    name: str
    title: Mapping[str, str]
    formats: tuple[str, ...]
    languages: tuple[str, ...]


def draw(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str = "portrait",
    mime: str = "image/jpeg",
    brand: Brand | None = None,
    photos: Mapping[str, bytes] | None = None,
) -> Drawn:
    """The card `name` drawn with `data`: see `pipeline.cards.drawing.draw`. Raises pipeline.errors.Refused."""
    from pipeline.cards.drawing import draw as drawn

    return drawn(name, data, lang=lang, format=format, mime=mime, brand=brand, photos=photos)


def listed() -> list[Listed]:
    """Every card template, by name."""
    from pipeline.cards import templates

    found = [templates.load(name) for name in templates.names()]
    return [Listed(t.name, t.title, t.formats, t.languages) for t in found]


def sample(name: str, lang: str = "fr") -> dict[str, Any]:
    """The sample data of a card in a language; in the first one that it has, where there is none in `lang`."""
    from pipeline.cards import templates

    return templates.sample(templates.load(name), lang)
