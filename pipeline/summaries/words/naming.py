"""What an editor wrote that stands for nothing: places, conditions, plural forms; told with the names there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from pipeline.rendering.formats import plural
from pipeline.rendering.languages import language, languages
from pipeline.summaries.definitions import Definition
from pipeline.summaries.facts import Fact, Setting
from pipeline.summaries.periods import Period
from pipeline.summaries.words.conditions import CONDITIONS
from pipeline.summaries.words.figures import vocabulary
from pipeline.summaries.words.filling import PLACE, names_in
from pipeline.summaries.words.spans import shared
from publishers._sentences import Sentence, _

Where = tuple[str, ...]
MONTH = Period("month", date(2026, 1, 1), date(2026, 2, 1))
SERIES = frozenset({"series.least", "series.least_period", "series.most", "series.most_period"})


@dataclass(frozen=True)
class Named:
    """A definition by its version."""

    sha256: str
    definition: Definition = field(compare=False)


@lru_cache(maxsize=32)
def strange(definition: Named) -> tuple[tuple[Where, Sentence], ...]:
    """Each place, condition and form that stands for nothing, with where it is written; read once for a version."""
    return tuple(_strange(definition.definition))


def _strange(definition: Definition) -> Iterator[tuple[Where, Sentence]]:
    places, conditions = _places(definition), _conditions(definition)
    for name, sayings in definition.say.items():
        for saying in sayings:
            yield from _wording(("say", name), saying.words, saying.when, places, conditions)
    on_cards = places | SERIES | {f"say.{name}" for name in definition.say}
    for name, card in definition.cards.items():
        for part in ("tag", "place"):
            yield from _wording(("cards", name, part), getattr(card, part), (), on_cards, conditions)
        for part in ("body", "alt"):
            for saying in getattr(card, part):
                yield from _wording(
                    ("cards", name, part), saying.words, saying.when, on_cards, conditions | {"series.drawn"}
                )
    yield from _forms(definition)


def _places(definition: Definition) -> set[str]:
    one = Fact(Decimal(1))
    known = set(shared(Setting(MONTH, over=True, n_days=31), language("fr")))
    for name, metric in definition.metrics.items():
        for lang in set(metric.noun) & set(languages()):
            known |= set(vocabulary(name, one, metric, lang, definition.protect.threshold))
    return known


def _conditions(definition: Definition) -> set[str]:
    return {f"{name}.{one}" for name in definition.metrics for one in CONDITIONS} | {"coverage.enough"}


def _wording(
    where: Where, words: dict[str, str], when: tuple[str, ...], places: set[str], conditions: set[str]
) -> Iterator[tuple[Where, Sentence]]:
    for one in when:
        if one not in conditions:
            yield (*where, "when"), _not_there(one, conditions)
    for lang, text in words.items():
        for place in PLACE.findall(text):
            for name in names_in(place):
                if name not in places:
                    yield (*where, lang), _not_there(name, places)


def _not_there(name: str, known: set[str]) -> Sentence:
    """The name with those that begin alike, else with the first parts that there are."""
    first = name.partition(".")[0]
    near = sorted(one for one in known if one.partition(".")[0] == first) or sorted(
        {one.partition(".")[0] for one in known}
    )
    return _("{name} stands for nothing here; there are {names}", name=name, names=", ".join(near))


def _forms(definition: Definition) -> Iterator[tuple[Where, Sentence]]:
    """Forms without # that would be said of several numbers: French `one` is also for zero."""
    for name, metric in definition.metrics.items():
        for lang in set(metric.noun) & set(languages()):
            for form, text in metric.noun[lang].items():
                if "#" in text:
                    continue
                numbers = [n for n in range(121) if plural(Decimal(n), language(lang)) == form]
                if len(numbers) > 1:
                    yield ("metrics", name, "noun", lang), _(
                        "the form “{form}” is for {numbers}: write # for the number", form=form,
                        numbers=", ".join(map(str, numbers[:3])) + ("…" if len(numbers) > 3 else ""),
                    )  # fmt: skip
