"""A period in words, by itself and in the places where grammar changes what stands before it."""

from __future__ import annotations

from pipeline.rendering.languages import Language
from pipeline.summaries.periods import Period
from pipeline.summaries.words.cardinals import capital
from pipeline.summaries.words.elision import elided


def named(place: str, span: Period, lang: Language) -> dict[str, str | None]:
    """What a sentence may say of a period, by placeholder.

    {period} is "octobre 2026", {period.in} "en octobre 2026" and "le 14 octobre 2026", {period.of} "d’octobre 2026";
    each begins with a capital where its name does, {Period.in}.
    """
    said = {place: span.named(lang)}
    for how in ("in", "of"):
        said[f"{place}.{how}"] = _worded(f"{how}_{span.unit}", said[place], lang)
    return {**said, **{capital(name): capital(text) for name, text in said.items()}}


def _worded(word: str, name: str, lang: Language) -> str:
    pattern = lang.words[word]
    if lang.code == "fr" and pattern == "de {n}":
        return elided("de", name)
    return pattern.replace("{n}", name)
