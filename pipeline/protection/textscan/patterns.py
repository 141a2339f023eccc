"""What in a text is finer than the commune or points at a person: times, streets, plates, phones, coordinates, names.

It reads digits of any script. It asks rather too often: what is meant is let stand with one click, what slipped in is
seen.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from django.conf import settings

from pipeline.protection.consents import name_words


class Kind(StrEnum):
    """What a finding is."""

    TIME = "time"
    STREET = "street"
    PLATE = "plate"
    PHONE = "phone"
    COORDINATES = "coordinates"
    NAME = "name"


FINER = frozenset({Kind.TIME, Kind.STREET, Kind.COORDINATES})  # than the commune and the day: they wait
FIXED = frozenset({Kind.PHONE, Kind.PLATE, Kind.COORDINATES})  # digits that count nothing
LONGEST = 120  # characters of a finding that are kept
LISTS = settings.BASE_DIR / "config" / "places.toml"


@dataclass(frozen=True)
class Finding:
    """Something found, as it stands in the text, and where it begins (characters)."""

    kind: Kind
    text: str
    start: int


# With its minutes a time points at one event; a whole hour ("à 15 h") is rounded, and mostly an appointment.
_HOUR = r"(?:[01]?\d|2[0-4])"
_HALF = r"\s?(?:am|pm|a\.m\.|p\.m\.)"
_TIME = re.compile(
    rf"(?<![\d.,:/])(?:{_HOUR}\s?h\s?[0-5]\d|{_HOUR}:[0-5]\d(?!\d|:\d{{3}})|{_HOUR}[.:][0-5]\d(?:{_HALF}|\s?Uhr))(?![\d.,]\d)",
    re.IGNORECASE,
)
# A street is its type and a name: "rue de Verrotières", "quai de la Loire". "Place" alone is a word of its own.
_TYPES = (
    r"(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oulevard|[Bb]d\.?|[Qq]uai|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Pp]lace|[Rr]oute|[Ss]quare"
    r"|[Pp]assage|[Rr]ond-point|[Pp]ont|[Cc]ité|[Rr]ésidence|[Zz]one industrielle|Z\.?I\.?)"
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'-]*"
_OF = r"(?:(?:de|du|des|la|le|les)\s|[dl]['’]\s?)"
_STREET = re.compile(
    rf"(?<!\w){_TYPES}\s+{_OF}*{_CAPITAL}(?:\s{_OF}?{_CAPITAL})*"
    rf"|(?<!\w){_CAPITAL}(?:\s{_CAPITAL})?\s(?:Street|Road|Avenue|Lane|Straße|Strasse|Square)\b"
    r"|\b[A-ZÄÖÜ][\w-]*(?:straße|strasse|weg|platz)\b"
)
# French plates of 2009 and before, British, German ones, and the numbers that French police wear.
_PLATE = re.compile(
    r"(?<![A-Za-z\d-])(?:[A-HJ-NP-TV-Z]{2}[-\s]\d{3}[-\s][A-HJ-NP-TV-Z]{2}|\d{2,4}\s[A-Z]{2,3}\s(?:\d{2}|2[AB])"
    r"|[A-Z]{2}\d{2}\s?[A-Z]{3}|[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}\s?\d{1,4}"
    r"|(?:RIO|matricule|badge)\s*(?:n°|no\.?|:)?\s*\d{4,7})(?![A-Za-z\d-])"
)
_MINUTES = r"""\d{1,2}(?:[.,]\d+)?\s?[′'’]\s?(?:\d{1,2}(?:[.,]\d+)?\s?[″"”]?)?"""
_DEGREES = rf"\d{{1,3}}(?:[.,]\d+)?\s?°\s?(?:{_MINUTES})?\s?[NSEWO]"
_MAPS = r"google\.[a-z.]+/maps|goo\.gl/maps|maps\.app\.goo\.gl|maps\.apple\.com|openstreetmap\.org|osm\.org|waze\.com"
_OLC = "[23456789CFGHJMPQRVWX]"  # the letters of open location codes
_COORDINATES = re.compile(
    r"(?<![\d.,])[-−+]?\d{1,2}[.,]\d{3,}\s?°?\s?[NS]?\s*[,;/ ]\s*[-−+]?\d{1,3}[.,]\d{3,}(?!\d)"
    rf"|{_DEGREES}(?:\s*[,;/]?\s*{_DEGREES})?|geo:[-\d.,]+|///\w+\.\w+\.\w+|\b{_OLC}{{4,8}}\+{_OLC}{{2,3}}\b"
    rf"|\bhttps?://\S*(?:{_MAPS})\S*"
)
_REGIONS = ("FR", "GB", "BE", "DE")  # whose numbers are written without a country's code


def scan(text: str, names: frozenset[str] = frozenset()) -> list[Finding]:
    """What was found, in order of place; nothing twice. `names` are the keyed hashes of the register's names."""
    plain = _western(text)
    found = chain(
        _matches(plain, text, Kind.COORDINATES, _COORDINATES),
        _matches(plain, text, Kind.PLATE, _PLATE),
        _matches(plain, text, Kind.TIME, _TIME),
        _matches(plain, text, Kind.STREET, _STREET),
        _listed(text),
        _phones(plain, text),
        _names(text, names),
    )
    return _apart(sorted(found, key=lambda one: (one.start, -len(one.text))))


def _western(text: str) -> str:
    """The text with its digits as 0 to 9, sign for sign, and its odd spaces as plain ones."""
    return "".join(_western_sign(sign) for sign in text)


@lru_cache(maxsize=4096)
def _western_sign(sign: str) -> str:
    if (value := unicodedata.decimal(sign, None)) is not None:
        return str(value)
    return " " if unicodedata.category(sign) == "Zs" else sign


def _matches(plain: str, text: str, kind: Kind, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for match in pattern.finditer(plain):
        yield Finding(kind, text[match.start() : match.end()][:LONGEST], match.start())


@lru_cache(maxsize=1)
def places() -> re.Pattern[str] | None:
    """The living sites, streets and bridges of config/places.toml as one pattern; None where the list is empty."""
    listed = tomllib.loads(LISTS.read_text("utf-8")).get("finer", [])
    words = "|".join(re.escape(one) for one in sorted(listed, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None


def _listed(text: str) -> Iterator[Finding]:
    if (pattern := places()) is not None:
        yield from _matches(text, text, Kind.STREET, pattern)


def _phones(plain: str, text: str) -> Iterator[Finding]:
    if sum(sign.isdigit() for sign in plain) < 7:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in _REGIONS:
        for match in PhoneNumberMatcher(plain, region, leniency=Leniency.VALID):
            yield Finding(Kind.PHONE, text[match.start : match.end][:LONGEST], match.start)


def _names(text: str, hashed: frozenset[str]) -> Iterator[Finding]:
    """Runs of one to four words whose keyed hash is in the register. The finding says where, never what."""
    if not hashed:
        return
    from pipeline import vault

    words = [(match.start(), match[0]) for match in re.finditer(r"[\w'’.-]+", text)]
    for first in range(len(words)):
        for last in range(first, min(first + 4, len(words))):
            run = " ".join(name_words(" ".join(word for _at, word in words[first : last + 1])))
            if run and not hashed.isdisjoint(vault.keyed_hashes(run)):
                yield Finding(Kind.NAME, text[words[first][0] : words[last][0] + len(words[last][1])], words[first][0])


def _apart(found: list[Finding]) -> list[Finding]:
    """The findings without those that lie within another one."""
    kept: list[Finding] = []
    for one in found:
        if not kept or one.start >= kept[-1].start + len(kept[-1].text):
            kept.append(one)
    return kept
