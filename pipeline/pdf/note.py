"""The monthly note from a summary: its figure, its year, every figure with its code, and how it was counted."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pipeline.errors import Refused
from pipeline.pdf.setting import FOLDER, Pdf, setting, text
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import Language, language
from pipeline.summaries import SummaryResult, showing
from pipeline.summaries import words as wording
from publishers._sentences import _

FINGERPRINT = 16  # hex digits of a file's SHA-256 that are printed
HASH_SHORT = 4  # files named for a figure; more are counted


@lru_cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


def note(result: SummaryResult, *, lang: str, card: str = "figure", brand: Brand | None = None) -> Pdf:
    """The note of a summary's period in a language, A4; `card` names the summary's card whose figure it begins with.

    `Refused` for a language that the summary or the note does not speak, and for what `showing.card_data` refuses.
    """
    dress, speaks = brand or brands.load(), language(lang)
    data = note_data(result, lang, card)
    return setting("note", _texts(data, speaks, dress), lang=lang, title=title(result, lang), brand=dress)


def title(result: SummaryResult, lang: str) -> str:
    """The note's title with its period: "Note mensuelle · octobre 2026"; `Refused` as `note` is."""
    if lang not in _words():
        raise Refused(_("The note does not speak {lang}: use one of {known}.", lang=lang, known=", ".join(_words())))
    return f"{_words()[lang]['title']} · {result.span.named(language(lang))}"


def note_data(result: SummaryResult, lang: str, card: str = "figure") -> dict[str, Any]:
    """Everything that the note says, as it will be read but for the typesetter's spaces."""
    drawn, said = showing.card_data(result, card, lang), result.sentences
    heading = title(result, lang)
    now = result.span.named(language(lang))
    return {
        "words": _words()[lang],
        "title": heading,
        "period": now,
        "previous": result.span.before().named(language(lang)),
        **{name: drawn[name] for name in ("tag", "place", "qualifier", "figure", "label", "account")},
        "said": [said[name][lang] for name in ("headline", "trend", "detail") if lang in said.get(name, {})],
        "bars": [_bar(bar, language(lang)) for bar in drawn["bars"]],
        "bars-alt": showing.alt_text(result, lang, card),
        "figures": [_figure(result, name, lang) for name in result.figures if _known(result, name)],
        "method": [said[name][lang] for name in ("method", "source") if lang in said.get(name, {})],
        "origins": [_origin(result, name, lang) for name in result.figures if _known(result, name)],
        "foot": said["source"][lang] if "source" in said else "",
    }


def _known(result: SummaryResult, name: str) -> bool:
    fact = result.facts.get(name)
    return fact is not None and (fact.value is not None or fact.suppressed)


def _bar(bar: dict[str, Any], lang: Language) -> dict[str, Any]:
    value = bar["value"]
    shown = "" if value is None else wording.number(Decimal(str(value)), lang)
    return {"label": bar["label"], "year": bar.get("year", ""), "value": value, "text": shown,
            "current": bar["current"]}  # fmt: skip


def _figure(result: SummaryResult, name: str, lang: str) -> dict[str, str]:
    fact, threshold = result.facts[name], result.definition.protect.threshold
    value = Decimal(threshold) if fact.value is None else fact.value
    what = wording.noun(result.definition.metrics[name].noun[lang], value, lang).replace("#", "").strip()
    many = " ".join(filter(None, (wording.at_least(fact, lang), wording.shown(fact, lang, threshold))))
    before = "" if fact.previous is None else wording.number(fact.previous, language(lang))
    return {"what": what, "many": many, "before": before, "code": f"#{result.figures[name].code}"}


def _origin(result: SummaryResult, name: str, lang: str) -> dict[str, str]:
    """The figure's code, how many rows are behind it, and its files by their fingerprints: never by their names."""
    shown = result.figures[name]
    files = [source["sha256"][:FINGERPRINT] for source in shown.sources]
    named = ", ".join(files[:HASH_SHORT]) + (f" +{len(files) - HASH_SHORT}" if len(files) > HASH_SHORT else "")
    rows = sum(source["rows"] for source in shown.sources)
    return {"code": f"#{shown.code}", "rows": language(lang).number(rows), "files": named or "–"}


def _texts(value: Any, lang: Language, brand: Brand, name: str = "note") -> Any:
    """The data with every text set: cleaned, its spaces put right, runs of the other direction isolated."""
    if isinstance(value, dict):
        return {key: _texts(one, lang, brand, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_texts(one, lang, brand, name) for one in value]
    if isinstance(value, str):
        return text(value, lang, brand, name, title=name in {"figure", "label", "title", "qualifier", "tag"})
    return value
