"""Figures in words: numbers and plurals of each language, and the sentences that an editor wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pipeline.errors import Refused
from pipeline.rendering.languages import Language, language
from pipeline.summaries.definitions import Metric, Saying
from pipeline.summaries.facts import Fact
from publishers._sentences import _

AT_LEAST = {
    "fr": "au moins", "en": "at least", "de": "mindestens", "ar": "ما لا يقل عن", "fa": "دست‌کم", "prs": "دست‌کم",
}  # fmt: skip
FEWER_THAN = {
    "fr": "moins de", "en": "fewer than", "de": "weniger als", "ar": "أقل من", "fa": "کمتر از", "prs": "کمتر از",
}  # fmt: skip
NOT_KNOWN = {"fr": "non connu", "en": "not known", "de": "nicht bekannt", "ar": "غير معروف", "fa": "نامعلوم",
             "prs": "نامعلوم"}  # fmt: skip
PLACE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
NO_BREAK = "\u00a0"


def number(value: Decimal, lang: Language) -> str:
    """A number as readers of the language write it: "1 234" with U+202F in French, "١٬٢٣٤" in Arabic."""
    if value == value.to_integral_value():
        sign = "−" if value < 0 else ""
        return sign + lang.number(int(abs(value)))
    from babel.numbers import format_decimal

    western = format_decimal(value, format="#,##0.##", locale=lang.locale, numbering_system="latn")
    return "".join(lang.number(int(sign)) if sign.isascii() and sign.isdigit() else sign for sign in western)


def shown(fact: Fact, lang: str, threshold: int) -> str:
    """The figure alone: the number, "moins de 5" where it is suppressed, "non connu" where it is not known."""
    if fact.suppressed:
        return f"{_own(FEWER_THAN, lang)}{NO_BREAK}{number(Decimal(threshold), language(lang))}"
    return _own(NOT_KNOWN, lang) if fact.value is None else number(fact.value, language(lang))


def counted(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The figure with its noun in the right plural, "98 expulsions"; None when it is not known."""
    if fact.value is None and not fact.suppressed:
        return None
    form = noun(metric.noun[lang], Decimal(threshold) if fact.suppressed else fact.value or Decimal(0), lang)
    if fact.suppressed and "#" not in form:  # a form that says "two" by itself cannot say "fewer than five"
        form = metric.noun[lang]["other"]
    return form.replace("#", shown(fact, lang, threshold))


def noun(forms: Mapping[str, str], value: Decimal, lang: str) -> str:
    """The form of a noun that goes with a number in a language, by CLDR's rules; `other` where it has none."""
    from babel import Locale

    rule = Locale.parse(language(lang).locale).plural_form
    plain = value.to_integral_value() if value == value.to_integral_value() else value
    return forms.get(rule(plain), forms["other"])


def at_least(fact: Fact, lang: str) -> str:
    """ "at least" where the figure is a floor, else nothing; zero is no floor."""
    return _own(AT_LEAST, lang) if fact.floor and fact.value and not fact.suppressed else ""


def floored(fact: Fact, metric: Metric, lang: str, threshold: int) -> str | None:
    """The counted figure, said as a floor where it is one."""
    said = counted(fact, metric, lang, threshold)
    return f"{_own(AT_LEAST, lang)} {said}" if said and fact.floor and not fact.suppressed and fact.value else said


def _own(words: Mapping[str, str], lang: str) -> str:
    if lang not in words:
        raise Refused(_("Figures cannot be said in {lang} yet: leave it out of the summary's languages.", lang=lang))
    return words[lang]


def vocabulary(name: str, fact: Fact, metric: Metric, lang: str, threshold: int) -> dict[str, str | None]:
    """Everything that a sentence can say of one figure, by placeholder; None is not known."""
    floor = floored(fact, metric, lang, threshold)
    compared = fact.value is not None and fact.previous is not None
    change = abs(fact.value - fact.previous) if fact.value is not None and fact.previous is not None else None
    return {
        name: counted(fact, metric, lang, threshold),
        f"{name}.n": None if fact.value is None and not fact.suppressed else shown(fact, lang, threshold),
        f"{name}.floor": floor,
        f"{name}.Floor": floor and floor[0].upper() + floor[1:],
        f"{name}.previous": number(fact.previous, language(lang)) if compared and fact.previous is not None else None,
        f"{name}.change": None if change is None else number(change, language(lang)),
    }


def true_of(name: str, fact: Fact) -> set[str]:
    """The conditions that hold for one figure: known, some, zero, suppressed, up, down, same."""
    if fact.value is None:
        return {f"{name}.suppressed", f"{name}.some"} if fact.suppressed else set()
    found = {f"{name}.known", f"{name}.some" if fact.value else f"{name}.zero"}
    if fact.previous is not None:
        step = fact.value - fact.previous
        found.add(f"{name}.up" if step > 0 else f"{name}.down" if step < 0 else f"{name}.same")
    return found


CONDITIONS = ("known", "some", "zero", "suppressed", "up", "down", "same")


def fill(template: str, words: Mapping[str, str | None]) -> str | None:
    """The template with its {places} filled; None when one of them is not known. Raises Refused for a strange name."""
    names = PLACE.findall(template)
    if strange := [name for name in names if name not in words]:
        raise Refused(
            _(
                "{{{name}}} is no word of this summary; there are {names}.",
                name=strange[0],
                names=", ".join(sorted(words)),
            )
        )
    if any(words[name] is None for name in names):
        return None
    return PLACE.sub(lambda place: words[place[1]] or "", template).strip()


def say(sayings: Iterable[Saying], lang: str, words: Mapping[str, str | None], holds: set[str]) -> str | None:
    """The first wording whose conditions hold and whose figures are known, in one language; else None."""
    for saying in sayings:
        if all(condition in holds for condition in saying.when):
            said = fill(saying.words[lang], words)
            if said is not None:
                return said
    return None
