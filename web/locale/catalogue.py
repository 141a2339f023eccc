"""Collects the sentences of code and pages into the catalogues; --check says what is not yet said in French.

python web/locale/catalogue.py          update web/locale/fr/LC_MESSAGES/django.po
python web/locale/catalogue.py --check  fail where a sentence is missing, unused or changes its {names}
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from pydantic import BaseModel

from publishers import registry
from publishers._consent import consents

ROOT = Path(__file__).parents[2]
FRENCH = Path(__file__).parent / "fr" / "LC_MESSAGES" / "django.po"
PARTIAL = Path(__file__).parent / "ar" / "LC_MESSAGES" / "django.po"  # kept by hand; what it lacks is said in French
FOLDERS = ("publishers", "pipeline", "commands", "web")
NAMES = re.compile(r"%\((\w+)\)s|\{(\w+)")


def collected() -> Catalog:
    """Every msgid of the code and the pages, and what forms are made from, with where it stands."""
    found = Catalog()
    for folder in FOLDERS:
        for name, line, msgid, comments, context in extract_from_dir(
            ROOT / folder, method_map=[("**.py", "python")], keywords={"_": None, "gettext": None, "gettext_lazy": None}
        ):
            found.add(msgid, None, [(f"{folder}/{name}", line)], auto_comments=comments, context=context)
    for page in sorted((ROOT / "web" / "templates").rglob("*.html")):
        for msgid in _of_page(page.read_text(encoding="utf-8")):
            found.add(msgid, None, [(str(page.relative_to(ROOT)), 1)])
    for where, model in _settings():
        for field in model.model_fields.values():
            found.add(field.description or "", None, [(where, 1)])
    return found


def _settings() -> list[tuple[str, type[BaseModel]]]:
    """The settings of channels and of networks' apps: pages ask for them by their descriptions."""
    asked = [(kind.__module__, kind.Credentials) for kind in registry().values()]
    return [*asked, *((kind.__module__, kind.App) for kind in consents().values())]


def _of_page(text: str) -> list[str]:
    """The msgids of a Django template, in the form in which Django asks gettext for them."""
    simple = [m[2] for m in re.finditer(r"""{%\s*translate\s+(["'])(.*?)\1""", text)]
    simple += [m[2] for m in re.finditer(r"""\b_\((["'])(.*?)\1\)""", text)]
    blocks = []
    for m in re.finditer(r"{%\s*blocktrans(?:late)?\b([^%]*)%}(.*?){%\s*endblocktrans(?:late)?\s*%}", text, re.DOTALL):
        body = re.sub(r"\s*\n\s*", " ", m[2]).strip() if "trimmed" in m[1] else m[2]
        blocks.append(re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", body))
    return simple + blocks


def stored(path: Path = FRENCH) -> Catalog:
    """A catalogue as it stands, the French one if none is named."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parts[-3])


def update() -> None:
    """Adds what is new and drops what is no longer said; nothing is guessed."""
    catalogue = stored()
    catalogue.update(collected(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with FRENCH.open("wb") as stream:
        write_po(stream, catalogue, width=120, sort_output=True, omit_header=False, include_lineno=False)


def problems() -> list[str]:
    """One line for each sentence that is missing in French, or whose {names} differ."""
    french = stored()
    found = []
    for message in collected():
        if not message.id:
            continue
        known = french.get(message.id, message.context)
        if known is None or not known.string:
            found.append(f"not said in French: {message.id!r}")
        elif set(NAMES.findall(str(message.id))) != set(NAMES.findall(str(known.string))):
            found.append(f"other names in French: {message.id!r}")
    said = {message.id for message in collected()}
    found += [f"no longer said, but in Arabic: {one.id!r}" for one in stored(PARTIAL) if one.id and one.id not in said]
    return found


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(problems()) or None)
    update()
