"""The brand: colours, fonts and logo of the brand folder, and whether its colours can be read on each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import Refused
from pipeline.rendering.languages import ROLES, Language
from pipeline.rendering.reading import read_table, stamp
from publishers._sentences import _
from publishers._templating import BRAND_DIR, brand_folder

__all__ = ["BRAND_DIR", "Brand", "Font", "chosen", "load"]

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA), https://www.w3.org/TR/WCAG22/ read 2026-11
SHAPE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11 (AA)
USUAL_TYPE: Mapping[str, Mapping[str, float]] = {
    "figure": {"weight": 800, "tracking": -0.02},
    "title": {"weight": 750, "width": 76, "leading": 0.98, "tracking": -0.01},
    "label": {"weight": 700, "width": 78, "leading": 1.04, "tracking": -0.005},
    "tag": {"weight": 800, "tracking": 0.01},
}
_UNITS = {"weight": "", "width": "%", "leading": "", "tracking": "em"}
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Font:
    """A family and the pip package that brings its file."""

    family: str
    package: str
    module: str
    file: str

    def path(self) -> Path:
        """The font file; a package that is not installed is refused by its name."""
        return _font_file(self)


@lru_cache
def _font_file(font: Font) -> Path:
    spec = find_spec(font.module)  # found, not imported: a font package's code is of no use
    if spec is None or spec.origin is None or not (found := Path(spec.origin).parent / font.file).is_file():
        raise Refused(
            _("The font {family} is missing: install the package {package}.", family=font.family, package=font.package)
        )
    return found


@dataclass(frozen=True, eq=False)
class Brand:
    """One brand folder, read. `scripts` names the families of a script's roles where the brand has its own.

    `logos` by the colour of the ground that each is made for, the first being the usual one; `measures` are type and
    spacing by their names in style sheets ("title-width": "76%").
    """

    folder: Path
    colours: Mapping[str, str]
    fonts: Mapping[str, Font]
    fallback: tuple[str, ...]
    scripts: Mapping[str, Mapping[str, str]]
    logos: Mapping[str, Path]
    account: str
    measures: Mapping[str, str]

    @property
    def logo(self) -> Path:
        """The usual logo."""
        return next(iter(self.logos.values()))

    def images(self) -> dict[str, bytes]:
        """The logos as templates name them: "logo", and "logo-ink" for the one on ink."""
        found = {f"logo-{ground}": path.read_bytes() for ground, path in self.logos.items()}
        return {"logo": next(iter(found.values())), **found}

    def dressed(self, lang: Language) -> Language:
        """The language, set in the families that this brand has for its script."""
        own: Mapping[str, Any] = self.scripts.get(lang.script, {})
        return replace(lang, **{role: family for role, family in own.items() if role in ROLES})

    def chain(self, family: str) -> tuple[str, ...]:
        """The families that are asked for a glyph, in order, beginning with `family`."""
        return (family, *(f for f in self.fallback if f != family))

    def variables(self) -> str:
        """The colours and measures as CSS declarations, `--paper:#F3EFE6;--title-width:76%;...`."""
        return "".join(f"--{name}:{value};" for name, value in {**self.colours, **self.measures}.items())


def chosen() -> Path:
    """The brand's folder: PORTEVOIX_BRAND's, else the one that comes with the tool."""
    return brand_folder()


def load(folder: Path | None = None) -> Brand:
    """The brand of a folder, the chosen one if none is given.

    A file that is missing or cannot be read, a colour that is not #RRGGBB and a family that is not listed are refused.
    """
    own = folder or chosen()
    return _read(own, (stamp(own), stamp(own / "logos")))


@lru_cache(maxsize=8)
def _read(folder: Path, _stamp: object) -> Brand:
    tokens, fonts = read_table(folder / "tokens.toml"), read_table(folder / "fonts.toml")
    try:
        brand = Brand(
            folder=folder,
            colours=_with_land(tokens["colours"]),
            fallback=tuple(fonts["fallback"]),
            fonts={family: Font(family, **where) for family, where in fonts["families"].items()},
            scripts={script: dict(roles) for script, roles in fonts.get("scripts", {}).items()},
            logos={ground: folder / "logos" / name for ground, name in tokens["logos"].items()},
            account=tokens["account"],
            measures=_measures(tokens),
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise Refused(
            _(
                "The brand in {folder} is not whole: {key} is missing or not as it should be.",
                folder=folder.name,
                key=str(wrong),
            )
        ) from None
    _check(brand)
    return brand


def _measures(tokens: Mapping[str, Any]) -> dict[str, str]:
    """Type and spacing as style sheets name them; what a brand does not state is as usual."""
    stated = {role: {**usual, **tokens.get("type", {}).get(role, {})} for role, usual in USUAL_TYPE.items()}
    found = {f"{role}-{key}": (value, _UNITS[key]) for role, own in stated.items() for key, value in own.items()}
    found["step"] = (tokens.get("spacing", {}).get("step", 8), "px")
    if wrong := [name for name, (value, _unit) in found.items() if type(value) not in (int, float)]:
        raise Refused(_("The brand’s {name} is not a number.", name=wrong[0]))
    return {name: f"{value:g}{unit}" for name, (value, unit) in found.items()}


def _with_land(colours: Mapping[str, str]) -> dict[str, str]:
    """The colours; where a brand states none for a map's land and shore, shades between its paper and its ink."""
    usual = {"land": 0.08, "shore": 0.3} if {"paper", "ink"} <= set(colours) else {}
    return {name: _mixed(colours["paper"], colours["ink"], part) for name, part in usual.items()} | dict(colours)


def _mixed(one: str, other: str, part: float) -> str:
    if not all(isinstance(colour, str) and _HEX.fullmatch(colour) for colour in (one, other)):
        return one  # refused by its own name
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in pairs)


def _check(brand: Brand) -> None:
    for name, value in brand.colours.items():
        if not (isinstance(value, str) and _HEX.fullmatch(value)):
            raise Refused(_("The brand colour {name} is {value}: write it as #RRGGBB.", name=name, value=str(value)))
    named = {*brand.fallback, *(family for roles in brand.scripts.values() for family in roles.values())}
    if unknown := sorted(named - set(brand.fonts)):
        raise Refused(
            _("The brand names the font {family}, which fonts.toml does not list under families.", family=unknown[0])
        )
    if missing := [path for path in brand.logos.values() if not path.is_file()]:
        raise Refused(_("The brand’s logo {name} is not in its folder logos.", name=missing[0].name))


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two #RRGGBB colours, 1.0 to 21.0."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def check_contrast(brand: Brand, pairs: Iterable[tuple[str, str]], smallest: float = TEXT_CONTRAST) -> None:
    """Nothing, if each pair of colour names has the `smallest` ratio; else Refused, naming pair and ratio."""
    for front, ground in pairs:
        if unknown := [name for name in (front, ground) if name not in brand.colours]:
            raise Refused(_("The brand has no colour {name}: add it to its tokens.toml.", name=unknown[0]))
        ratio = contrast(brand.colours[front], brand.colours[ground])
        if ratio < smallest:
            raise Refused(
                _(
                    "{front} on {ground} cannot be read: contrast {ratio}, {smallest} at least. "
                    "Change the colours in the brand’s tokens.toml.",
                    front=front,
                    ground=ground,
                    ratio=round(ratio, 2),
                    smallest=smallest,
                )
            )
