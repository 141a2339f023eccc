"""The brand: colours, fonts and logo of the brand folder, and whether its colours can be read on each other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import Refused
from publishers._sentences import _

BRAND_DIR = Path(__file__).parents[2] / "brand"
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA), https://www.w3.org/TR/WCAG22/ read 2026-11
SHAPE_CONTRAST = 3.0  # WCAG 2.2, 1.4.11 (AA)
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
    """One brand folder, read."""

    folder: Path
    colours: Mapping[str, str]
    fonts: Mapping[str, Font]
    fallback: tuple[str, ...]
    logo: Path
    account: str

    def chain(self, family: str) -> tuple[str, ...]:
        """The families that are asked for a glyph, in order, beginning with `family`."""
        return (family, *(f for f in self.fallback if f != family))

    def variables(self) -> str:
        """The colours as CSS declarations, `--paper:#F3EFE6;...`."""
        return "".join(f"--{name}:{value};" for name, value in self.colours.items())


@lru_cache
def load(folder: Path = BRAND_DIR) -> Brand:
    """The brand of a folder; colours that are not #RRGGBB are refused."""
    tokens = tomllib.loads((folder / "tokens.toml").read_text("utf-8"))
    fonts = tomllib.loads((folder / "fonts.toml").read_text("utf-8"))
    for name, value in tokens["colours"].items():
        if not _HEX.fullmatch(value):
            raise Refused(_("The brand colour {name} is {value}: write it as #RRGGBB.", name=name, value=value))
    return Brand(
        folder=folder,
        colours=tokens["colours"],
        fallback=tuple(fonts["fallback"]),
        fonts={family: Font(family, **where) for family, where in fonts["families"].items()},
        logo=folder / "logos" / tokens["logo"],
        account=tokens["account"],
    )


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
        ratio = contrast(brand.colours[front], brand.colours[ground])
        if ratio < smallest:
            raise Refused(
                _(
                    "{front} on {ground} cannot be read: contrast {ratio}, {smallest} at least. "
                    "Change the colours in brand/tokens.toml.",
                    front=front,
                    ground=ground,
                    ratio=f"{ratio:.2f}",
                    smallest=smallest,
                )
            )
