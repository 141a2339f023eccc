"""Sentences for people: an English msgid with its values, said in French or English at the edge.

A sentence travels through exceptions, database rows and JSON as (msgid, values) and becomes text only where a
person reads it, so one error can reach an intern in French and a log in English.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

LOCALE_DIR = Path(__file__).parents[1] / "web" / "locale"
LANGUAGES = ("fr", "en")  # what the tool itself speaks wholly; its pages partly Arabic too, and posts many more


def compile_catalogues() -> None:
    """Makes the .mo files that are missing or older than their .po; a bare machine has no gettext, Babel does it."""
    for po in LOCALE_DIR.glob("*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        incoming = mo.with_suffix(f".{os.getpid()}")
        with po.open("rb") as source, incoming.open("wb") as target:
            write_mo(target, read_po(source))
        incoming.replace(mo)


@lru_cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    compile_catalogues()
    # What a partial catalogue lacks is said in French, as on the pages around it.
    return gettext.translation("django", LOCALE_DIR, languages=list(dict.fromkeys((lang, "fr"))), fallback=True)


@dataclass(frozen=True)
class Sentence:
    """One sentence for a person, not yet in a language. Values may be sentences, or lists, said with commas.

    Floats are said with two decimals at most and the language's own mark: 3.14 in English, 3,14 in French.
    """

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "fr") -> str:
        """The sentence in `lang`, else in French; English where no translation exists."""
        template = self.msgid if lang == "en" else _catalogue(lang).gettext(self.msgid)
        said = {name: _said(value, lang) for name, value in self.values.items()}
        return template.format(**said) if said else template

    def __str__(self) -> str:
        return self.text("en")

    def as_json(self) -> dict[str, Any]:
        """A plain mapping for a JSON column; `Sentence.from_json` reads it back."""
        return {"msgid": self.msgid, "values": {name: _plain(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Sentence:
        """The sentence that `as_json` wrote."""
        return cls(stored["msgid"], {name: _heard(value) for name, value in stored.get("values", {}).items()})


def _said(value: Any, lang: str) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_said(one, lang)) for one in value)
    if isinstance(value, float):
        written = f"{value:.2f}".rstrip("0").rstrip(".")
        return written if lang == "en" else written.replace(".", ",")
    return value.text(lang) if isinstance(value, Sentence) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.as_json() if isinstance(value, Sentence) else value


def _heard(value: Any) -> Any:
    if isinstance(value, list):
        return [_heard(one) for one in value]
    return Sentence.from_json(value) if isinstance(value, dict) and "msgid" in value else value


def _(msgid: str, **values: Any) -> Sentence:
    """A sentence to be translated; named `_` so that Babel collects it."""
    return Sentence(msgid, values)


class Said(Exception):
    """An exception that carries one sentence for a person: what is wrong and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
