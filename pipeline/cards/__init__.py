"""Cards: templates/cards and the brand become pictures. `draw` is the door; importing this is cheap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.rendering.brand import Brand


@dataclass(frozen=True)
class TextDrawn:
    """A text as it can be read on the card."""

    slot: str
    text: str


@dataclass(frozen=True)
class Drawn:
    """A card: its bytes, its size in pixels and every text on it."""

    data: bytes
    mime: str
    width: int
    height: int
    lang: str
    format: str
    texts: tuple[TextDrawn, ...]


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
    safe_zone: bool = False,
) -> Drawn:
    """The card `name` drawn with `data`: see `pipeline.cards.drawing.draw`, which this calls in a process of its own.

    Raises pipeline.errors.Refused, also where drawing takes longer or more memory than it may.
    """
    from pipeline.cards import worker

    folder = brand.folder if brand else None
    return worker.draw(
        name, data, lang=lang, format=format, mime=mime, brand=folder, photos=photos, safe_zone=safe_zone
    )


def names() -> list[str]:
    """The names of all card templates, sorted."""
    from pipeline.cards import templates

    return templates.names()


def listed() -> list[Listed]:
    """Every card template, by name."""
    return [one(name) for name in names()]


def one(name: str) -> Listed:
    """The card template of that name; an unknown one is refused with the names that exist."""
    from pipeline.cards import templates

    found = templates.load(name)
    return Listed(found.name, found.title, found.formats, found.languages)


def sample(name: str, lang: str = "fr") -> dict[str, Any]:
    """The sample data of a card in a language; in the first one that it has, where there is none in `lang`."""
    from pipeline.cards import templates

    return templates.sample(templates.load(name), lang)


def fingerprint(name: str) -> str:
    """64 hex digits that change with the template, with what all templates share and with the brand."""
    from hashlib import sha256

    from pipeline.cards import templates
    from pipeline.rendering import brand as brands

    shared = (path for path in templates.CARDS_DIR.iterdir() if path.is_file())
    files = (*templates.find(name).iterdir(), *shared, *brands.chosen().rglob("*"))
    found = sha256()
    for path in sorted(path for path in files if path.is_file()):
        found.update(sha256(path.read_bytes()).digest())
    return found.hexdigest()
