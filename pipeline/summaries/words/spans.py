"""A period in words, by itself and where grammar changes what stands before it; and what all figures share."""

from __future__ import annotations

from decimal import Decimal

from pipeline.rendering.formats import number, percent
from pipeline.rendering.languages import Language
from pipeline.summaries.facts import Setting
from pipeline.summaries.periods import Period
from pipeline.summaries.words.cardinals import capital
from pipeline.summaries.words.elision import elided

HOW = ("in", "of")


def named(place: str, span: Period | None, lang: Language) -> dict[str, str | None]:
    """What a sentence may say of a period, by placeholder; None of one that there is not.

    {period} is "octobre 2026", {period.in} "en octobre 2026" and "le 14 octobre 2026", {period.of} "d’octobre 2026";
    each begins with a capital where its name does, {Period.in}.
    """
    name = span.named(lang) if span else None
    said = {place: name, **{f"{place}.{how}": _worded(how, span, name, lang) for how in HOW}}
    return {**said, **{capital(key): capital(text) if text else text for key, text in said.items()}}


def _worded(how: str, span: Period | None, name: str | None, lang: Language) -> str | None:
    if span is None or name is None:
        return None
    pattern = lang.words.get(f"{how}_{span.unit}", "{n}")
    if lang.code == "fr" and pattern == "de {n}":
        return elided("de", name)
    return pattern.replace("{n}", name)


def shared(setting: Setting, lang: Language) -> dict[str, str | None]:
    """What all figures of a summary share: its period and those compared with, {n_days}, {coverage}, {mean_of}."""
    last_mean = setting.mean[0] if setting.mean else None
    return {
        **named("period", setting.span, lang),
        **named("previous", setting.previous, lang),
        **named("same_last_year", setting.last_year, lang),
        **named("mean_since", last_mean, lang),
        "mean_of": number(Decimal(len(setting.mean)), lang) if setting.mean else None,
        "n_days": number(Decimal(setting.n_days), lang),
        "coverage": percent(setting.coverage.share, lang) if setting.coverage else None,
    }
