"""The languages that posts can speak: direction, fonts, digits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import Refused
from publishers._sentences import _

LANGUAGES_FILE = Path(__file__).parents[2] / "config" / "languages.toml"
ROLES = ("title", "body", "quote")  # what a text can be on a card
_ZEROS = {"latn": "0", "arab": "٠", "arabext": "۰"}


@dataclass(frozen=True)
class Language:
    """One language of config/languages.toml."""

    code: str
    name: str
    dir: Literal["ltr", "rtl"]
    script: str
    locale: str
    digits: str
    group: str
    decimal: str
    percent: str
    title: str
    body: str
    quote: str
    list: tuple[str, ...]
    day: str = "d MMMM y"
    short: str = "d MMMM"
    month: str = "MMMM y"
    months: tuple[str, ...] = ()
    first: str = ""
    points: Mapping[str, str] = field(default_factory=dict, hash=False)
    words: Mapping[str, str] = field(default_factory=dict, hash=False)

    def family(self, role: str) -> str:
        """The family in which texts of a role ("title", "body", "quote") are set."""
        return str(getattr(self, role))

    @property
    def rtl(self) -> bool:
        """Whether it is written from right to left."""
        return self.dir == "rtl"

    def number(self, value: float) -> str:
        """A whole number with this language's digits and thousands, `1320` -> `١٬٣٢٠`."""
        return self.own_digits(f"{round(value):,}".replace(",", self.group))

    def year(self, value: int) -> str:
        """A year with this language's digits, never grouped."""
        return self.own_digits(str(value))

    def own_digits(self, text: str) -> str:
        """The text with the digits that readers of the language expect."""
        zero = ord(_ZEROS[self.digits])
        return "".join(chr(zero + int(c)) if c.isascii() and c.isdigit() else c for c in text)


@lru_cache
def languages() -> dict[str, Language]:
    """Every language by its BCP 47 code, in the order of the file."""
    table = tomllib.loads(LANGUAGES_FILE.read_text("utf-8"))
    return {code: Language(code=code, **_frozen(values)) for code, values in table.items()}


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def language(code: str) -> Language:
    """The language of a BCP 47 code; an unknown one is refused."""
    found = languages().get(code)
    if found is None:
        raise Refused(
            _("The language {code} is not known: use one of {known}.", code=code[:20], known=", ".join(languages()))
        )
    return found
