"""One figure in words: its number with its own noun, as a floor, at the beginning of a sentence, in a list."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pipeline.rendering.formats import number, percent, plural
from pipeline.rendering.languages import Language, language
from pipeline.summaries.definitions import Metric
from pipeline.summaries.facts import Fact
from pipeline.summaries.words.cardinals import capital, cardinal
from pipeline.summaries.words.comparing import comparisons
from pipeline.summaries.words.elision import elided

MILLION = 1_000_000


def shown(fact: Fact, lang: str, threshold: int) -> str:
    """The figure alone: the number, "moins de 5" where it is suppressed, "non connu" where it is not known.

    "non publié" where it is withheld: not itself few, it would give a number of few people away.
    """
    spoken = language(lang)
    if fact.withheld:
        return spoken.words["withheld"]
    if fact.suppressed:
        return spoken.words["fewer_than"].replace("{n}", number(Decimal(threshold), spoken))
    return spoken.words["not_known"] if fact.value is None else _number(fact, fact.value, spoken)


def _number(fact: Fact, value: Decimal, spoken: Language) -> str:
    """The number as its kind is written: "61 %", "2,4", "1 226"."""
    rounded = round(value, fact.decimals)
    return percent(rounded, spoken) if fact.kind == "share" else number(rounded, spoken)


def counted(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The figure with its own noun in the right plural, "98 expulsions"; None when it is not known.

    Number and noun are put together here alone, so that no sentence can lend a number another noun.
    """
    if fact.value is None and not fact.suppressed:
        return None
    forms, spoken = metric.noun[lang], language(lang)
    if fact.suppressed:
        form = noun(forms, Decimal(threshold), lang)
        # A form that says "two" by itself cannot say "fewer than five".
        return (form if "#" in form else forms["other"]).replace("#", shown(fact, lang, threshold))
    value = fact.value or Decimal(0)
    if lang == "fr" and fact.kind == "count" and value and value % MILLION == 0:
        return _millions(forms, value, spoken)
    return noun(forms, value, lang).replace("#", _number(fact, value, spoken))


def noun(forms: Mapping[str, str], value: Decimal, lang: str) -> str:
    """The form of a noun that goes with a number in a language, by CLDR's rules; `other` where it has none."""
    return forms.get(plural(value, language(lang)), forms["other"])


def _millions(forms: Mapping[str, str], value: Decimal, spoken: Language) -> str:
    """Whole millions, whose noun French joins with "de": "1 million de personnes", "2 millions d’expulsions"."""
    millions = value / MILLION
    said = f"{number(millions, spoken)} million{'s' if millions >= 2 else ''}"
    if "many" in forms:
        return forms["many"].replace("#", said)
    before, _number, after = forms["other"].partition("#")
    return f"{before}{said} {elided('de', after.strip())}"


def at_least(fact: Fact, lang: str) -> str:
    """ "at least" where the figure is a floor, else nothing; zero is no floor."""
    return language(lang).words["at_least"].replace("{n}", "").strip() if _is_floor(fact) else ""


def _is_floor(fact: Fact) -> bool:
    return fact.floor and bool(fact.value) and not fact.suppressed


def floored(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The counted figure, said as a floor where it is one."""
    said = counted(fact, metric, lang, threshold)
    return language(lang).words["at_least"].replace("{n}", said) if said and _is_floor(fact) else said


def ranged(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The figure between its two ends, "entre 180 et 214 personnes"; without an upper one as `floored`."""
    if fact.value is None or fact.upper is None:
        return floored(fact, metric, lang, threshold)
    spoken = language(lang)
    ends = spoken.words["between"].replace("{a}", _number(fact, fact.value, spoken))
    forms, ends = metric.noun[lang], ends.replace("{b}", _number(fact, fact.upper, spoken))
    form = noun(forms, fact.upper, lang)
    return (form if "#" in form else forms["other"]).replace("#", ends)


def opening(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The figure as a sentence begins with it: a small number in words ("Douze tentes saisies"), else a capital."""
    said = floored(fact, metric, lang, threshold)
    if said is None or fact.value is None or _is_floor(fact):
        return said and capital(said)
    word = cardinal(fact.value, lang) if fact.kind == "count" else ""
    form = noun(metric.noun[lang], fact.value, lang)
    return capital(form.replace("#", word, 1) if word and form.startswith("#") else said)


def vocabulary(name: str, fact: Fact, metric: Metric, lang: str, threshold: int) -> dict[str, str | None]:
    """Everything that a sentence can say of one figure, by placeholder; None is not known."""
    said, floor = counted(fact, metric, lang, threshold), floored(fact, metric, lang, threshold)
    some, spoken = fact.suppressed or bool(fact.value), language(lang)
    return {
        name: said,
        f"{name}.n": None if fact.value is None and not fact.suppressed else shown(fact, lang, threshold),
        f"{name}.some": said if some else None,
        f"{name}.floor": floor,
        f"{name}.Floor": opening(fact, metric, lang, threshold),
        f"{name}.range": (between := ranged(fact, metric, lang, threshold)),
        f"{name}.Range": capital(between)
        if between and fact.upper is not None
        else opening(fact, metric, lang, threshold),
        **comparisons(name, fact, spoken),
        f"{name}.record_since": fact.record.since.named(spoken) if fact.record else None,
        f"{name}.streak": number(Decimal(abs(fact.streak)), spoken) if fact.streak else None,
        f"{name}.unknown": number(Decimal(fact.unknown), spoken) if fact.unknown else None,
        f"{name}.base": None if fact.base is None else number(Decimal(fact.base), spoken),
    }
