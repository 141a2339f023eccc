"""Reel templates: what templates/reels/<name>.toml states, on top of the one that it is based on, and its pages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.cards.templates import CARDS_DIR, Slot
from pipeline.errors import Refused
from pipeline.rendering.templating import TEMPLATES_DIR, environment
from publishers._sentences import _

REELS_DIR = TEMPLATES_DIR / "reels"
MOST_DECISIONS = 4  # that a template asks of the intern


@dataclass(frozen=True)
class Space:
    """What one text gets: characters and lines at most, sizes in pixels, what stands beside it across."""

    slot: Slot
    largest: int
    smallest: int
    lines: int = 1
    padding: int = 0


@dataclass(frozen=True)
class Template:
    """One reel template. `chain` are the folders of its pages and styles, its own first."""

    name: str
    title: Mapping[str, str]
    chain: tuple[str, ...]
    contrast: tuple[tuple[str, str], ...]
    motion: Mapping[str, int]
    safe: Mapping[str, tuple[int, int, int]]
    spaces: Mapping[str, Space]
    logos: Mapping[str, str]
    decisions: Mapping[str, Mapping[str, str]]

    def page(self, kind: str, **values: Any) -> str:
        """The HTML of one kind of page."""
        return environment(REELS_DIR).get_template(f"{self._holder(f'{kind}.html.j2')}/{kind}.html.j2").render(**values)

    def sheets(self) -> tuple[str, ...]:
        """The style sheets in the order in which they hold."""
        own = [REELS_DIR / name / "reel.css" for name in reversed(self.chain)]
        return tuple(path.read_text("utf-8") for path in (CARDS_DIR / "base.css", *own) if path.is_file())

    def _holder(self, file: str) -> str:
        return next(name for name in self.chain if (REELS_DIR / name / file).is_file())


def listed() -> list[Template]:
    """Every template, in the order of its name."""
    return [template(path.stem) for path in sorted(REELS_DIR.glob("*.toml"))]


@lru_cache
def template(name: str) -> Template:
    """The template of that name; `Refused` with the known ones where there is none."""
    if not (REELS_DIR / f"{name}.toml").is_file():
        known = ", ".join(sorted(found.stem for found in REELS_DIR.glob("*.toml")))
        raise Refused(_("There is no reel template {name}: use one of {known}.", name=name[:40], known=known))
    stated, chain = _stated(name)
    return Template(
        name=name,
        title=stated["title"],
        chain=chain,
        contrast=tuple((front, ground) for front, ground in stated["contrast"]),
        motion=stated["motion"],
        safe={format: (top, side, foot) for format, (top, side, foot) in stated["safe"].items()},
        spaces={name: _space(name, dict(values)) for name, values in stated["slots"].items()},
        logos=stated["logos"],
        decisions=stated.get("decisions", {}),
    )


def _space(name: str, values: dict[str, Any]) -> Space:
    slot = Slot(name, values.pop("role"), values.pop("characters"), keep=values.pop("keep", False))
    return Space(slot, **values)


def _stated(name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the file says over what its base says, slot by slot, and the names of both."""
    path: Path = REELS_DIR / f"{name}.toml"
    own = tomllib.loads(path.read_text("utf-8"))
    if "base" not in own:
        return own, (name,)
    based, chain = _stated(own.pop("base"))
    based.pop("decisions", None)
    for key, value in own.pop("slots", {}).items():
        based["slots"][key] = based["slots"].get(key, {}) | value
    for section in ("motion", "safe", "logos"):
        based[section] = based[section] | own.pop(section, {})
    based["contrast"] = [*based["contrast"], *own.pop("contrast", [])]
    return based | own, (name, *chain)
