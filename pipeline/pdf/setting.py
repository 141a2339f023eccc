"""A template of templates/pdf set by Typst in a limited process: tagged, the same bytes every time, nothing signed."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

from pipeline.cards import fonts
from pipeline.errors import Refused
from pipeline.pdf import typesetter
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import Language, language
from pipeline.rendering.limited import run_limited
from pipeline.rendering.templating import TEMPLATES_DIR
from pipeline.rendering.typography import clean, isolated, polish
from publishers._sentences import _

FOLDER = TEMPLATES_DIR / "pdf"
SECONDS = 30.0
MEMORY = 2 << 30  # bytes
LONGEST = 100_000  # characters of all texts together
# The setter signs what it makes; same length, so that the places in the file's index stay true.
_SIGNATURES = (
    re.compile(rb"/Creator\(Typst [\d.]+\)(?=>>\nendobj\n)"),
    re.compile(rb"<xmp:CreatorTool>Typst [\d.]+</xmp:CreatorTool>"),
)


@dataclass(frozen=True)
class Pdf:
    """A PDF, how many pages it has and the size of the first, in points (1/72 inch)."""

    data: bytes
    pages: int
    width: int
    height: int
    lang: str
    title: str


def setting(
    template: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    title: str,
    brand: Brand | None = None,
    files: Mapping[str, Path] | None = None,
) -> Pdf:
    """The template set with `data`, whose texts went through `text`; `files` are pictures by the name it uses.

    The same arguments give the same bytes. `Refused` where the setter does not finish in time.
    """
    dress, speaks = brand or brands.load(), language(lang)
    told = json.dumps({**data, "house": _house(dress, speaks, title)}, ensure_ascii=False)
    if len(told) > LONGEST:
        raise Refused(_("These are too many texts for one PDF: shorten them."))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("house.typ", f"{template}.typ"):
            copyfile(FOLDER / name, root / name)
        for name, path in {"logo.svg": dress.logo, **(files or {})}.items():
            copyfile(path, root / name)
        faces = sorted({str(dress.fonts[name].path().parent) for name in _families(dress, speaks)})
        pages = run_limited(typesetter.pages, folder, template, told, faces, seconds=SECONDS, memory_bytes=MEMORY)
        made = (root / "out.pdf").read_bytes()
    for signature in _SIGNATURES:
        made = signature.sub(lambda signed: b" " * len(signed[0]), made)
    first = re.search(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", made)
    width, height = (round(float(first[n])) if first else 0 for n in (1, 2))
    return Pdf(made, pages, width, height, lang, title)


def text(value: Any, lang: Language, brand: Brand, slot: str, *, title: bool = False) -> str:
    """A text as it will be read: clean, set with no-break spaces, runs of the other direction isolated; else Refused.

    The marks of isolation have no glyph and none is asked for.
    """
    if not isinstance(value, str):
        raise Refused(_("{slot}: give a text.", slot=slot))
    said = polish(clean(value, slot), lang)
    fonts.check(said, lang.title if title else lang.body, brand, slot)
    return isolated(said, lang)


def _families(brand: Brand, lang: Language) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*brand.chain(lang.title), *brand.chain(lang.body))))


def _house(brand: Brand, lang: Language, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "lang": lang.code,
        "dir": lang.dir,
        "script": lang.script,
        "body": brand.chain(lang.body),
        "title-font": brand.chain(lang.title),
        "colours": dict(brand.colours),
        "digits": [lang.number(number) for number in range(20)],
    }
