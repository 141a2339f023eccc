"""The numbers that a post may say: those of its summary, each with the noun that it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import regex

from pipeline.errors import Refused
from pipeline.models import Summary
from pipeline.numerals.reading import Numeral, read, visible
from pipeline.summaries import definitions

Key = tuple[str, Decimal, str]  # sign, value, unit
Between = tuple[str, str, str]  # language, the word before, the two words after
WORD = regex.compile(r"[\p{L}\p{M}]+")


@dataclass(frozen=True)
class Known:
    """The numbers of one summary or several.

    `counted` are those of each metric, `nouns` its nouns by language, `said` those that the summary's own sentences
    have between the same words.
    """

    numbers: frozenset[Key] = frozenset()
    said: Mapping[Between, frozenset[Decimal]] = field(default_factory=dict)
    counted: Mapping[str, frozenset[Decimal]] = field(default_factory=dict)
    nouns: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def __or__(self, other: Known) -> Known:
        langs = {*self.nouns, *other.nouns}
        return Known(
            self.numbers | other.numbers,
            _merged(self.said, other.said),
            _merged(self.counted, other.counted),
            {lang: (*self.nouns.get(lang, ()), *other.nouns.get(lang, ())) for lang in langs},
        )

    def has(self, numeral: Numeral) -> bool:
        """Whether the summary holds the number, in its unit and with its sign where it has one."""
        return numeral.value is not None and (numeral.sign, numeral.value, numeral.unit) in self.numbers

    def instead(self, numeral: Numeral, lang: str) -> frozenset[Decimal]:
        """What the summary says between these very words, where that is not this number; else nothing."""
        held = self.said.get(between(numeral, lang), frozenset())
        return held if numeral.value not in held else frozenset()

    def lent(self, numeral: Numeral, lang: str) -> str:
        """The noun that the number counts here and not in the summary; "" where it counts nothing of the summary's."""
        noun, names = self.counts(numeral, lang)
        if not names or numeral.unit:
            return ""
        held = {value for name in names for value in self.counted.get(name, ())}
        return "" if numeral.value in held else noun

    def counts(self, numeral: Numeral, lang: str) -> tuple[str, set[str]]:
        """The longest of the summary's nouns that stands after the number, and the metrics that it belongs to."""
        after = _plain(numeral.after)
        fitting = [(noun, name) for noun, name in self.nouns.get(lang, ()) if _begins(after, noun)]
        longest = max((noun for noun, _name in fitting), key=len, default="")
        return longest, {name for noun, name in fitting if noun == longest}


def between(numeral: Numeral, lang: str) -> Between:
    """The words that a number stands between."""
    before = WORD.findall(numeral.before.casefold())[-1:]
    after = WORD.findall(numeral.after.casefold())[:2]
    return lang, " ".join(before), " ".join(after)


def _merged(
    one: Mapping[Any, frozenset[Decimal]], other: Mapping[Any, frozenset[Decimal]]
) -> dict[Any, frozenset[Decimal]]:
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in {*one, *other}}


def _begins(text: str, noun: str) -> bool:
    return text.startswith(noun) and not text[len(noun) : len(noun) + 1].isalpha()


def _plain(text: str) -> str:
    return " ".join(visible(text).replace("'", "’").split()).casefold()


def of(summaries: Iterable[Summary]) -> Known:
    """The numbers of these summaries together."""
    found = Known()
    for summary in summaries:
        found |= _of_one(summary.pk, summary.fingerprint)
    return found


@lru_cache(maxsize=64)
def _of_one(pk: int, _fingerprint: str) -> Known:
    """A summary never changes: what it says is read once."""
    summary = Summary.objects.get(pk=pk)
    nouns = _nouns(summary.name)
    numbers: set[Key] = set()
    counted: dict[str, set[Decimal]] = defaultdict(set)
    for figure in summary.figures.all():
        threshold = figure.provenance.get("suppression", {}).get("threshold")
        value = Decimal(threshold) if figure.suppressed and threshold else figure.value
        if value is not None:
            unit = figure.provenance.get("unit", "")
            numbers.add(("", value, unit))
            counted[figure.name].add(value)
        if upper := figure.provenance.get("upper"):
            numbers.add(("", Decimal(upper), figure.provenance.get("unit", "")))
            counted[figure.name].add(Decimal(upper))
    numbers |= {("", Decimal(str(one["value"])), "") for one in summary.series if one["value"] is not None}
    for table in summary.tables:
        values = {Decimal(str(value)) for _key, value, _suppressed in table["cells"] if value is not None}
        numbers |= {("", value, "") for value in values}
        counted[table["metric"]] |= values
    own = Known(frozenset(numbers), {}, {name: frozenset(values) for name, values in counted.items()}, nouns)
    texts = [(lang, text) for one in summary.sentences.values() for lang, text in one.items()]
    return own | worded(texts, nouns)


def worded(texts: Iterable[tuple[str, str]], nouns: Mapping[str, tuple[tuple[str, str], ...]]) -> Known:
    """The numbers of texts (language, text) that the summary itself made."""
    bare, numbers = Known(nouns=nouns), set[Key]()
    said: dict[Between, set[Decimal]] = defaultdict(set)
    counted: dict[str, set[Decimal]] = defaultdict(set)
    for lang, text in texts:
        for numeral in read(text, lang):
            if numeral.value is None or numeral.one:
                continue
            numbers |= {(numeral.sign, numeral.value, numeral.unit), ("", numeral.value, numeral.unit)}
            said[between(numeral, lang)].add(numeral.value)
            for name in bare.counts(numeral, lang)[1]:
                counted[name].add(numeral.value)
    return Known(frozenset(numbers), _frozen(said), _frozen(counted))


def _frozen(sets: Mapping[Any, set[Decimal]]) -> dict[Any, frozenset[Decimal]]:
    return {key: frozenset(values) for key, values in sets.items()}


def _nouns(summary: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """What stands after the number in each form of each metric's noun, by language."""
    try:
        metrics = definitions.load(summary).metrics
    except Refused:  # its file is gone: the numbers still are what they are
        return {}
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, metric in metrics.items():
        for lang, forms in metric.noun.items():
            for form in forms.values():
                noun = _plain(form.partition("#")[2])
                if noun:
                    found[lang].add((noun, name))
    return {lang: tuple(sorted(nouns)) for lang, nouns in found.items()}
