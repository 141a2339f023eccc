"""The sentences of a summary: its words filled with its figures, in each of its languages."""

from __future__ import annotations

from pipeline.errors import Refused
from pipeline.rendering.languages import language
from pipeline.summaries import words
from pipeline.summaries.definitions import Definition
from pipeline.summaries.facts import Fact
from pipeline.summaries.periods import Period
from publishers._sentences import _


def vocabulary(definition: Definition, span: Period, facts: dict[str, Fact], lang: str) -> dict[str, str | None]:
    """Everything that a sentence may say in one language, by placeholder."""
    spoken_ = language(lang)
    found = words.named("period", span, spoken_) | words.named("previous", span.before(), spoken_)
    for name, fact in facts.items():
        found |= words.vocabulary(name, fact, definition.metrics[name], lang, definition.protect.threshold)
    return found


def holding(facts: dict[str, Fact]) -> set[str]:
    """Every condition that holds."""
    return {condition for name, fact in facts.items() for condition in words.true_of(name, fact)}


def spoken(definition: Definition, span: Period, facts: dict[str, Fact]) -> dict[str, dict[str, str]]:
    """The sentences by name and language; one whose figures are not known is left out, a required one refuses."""
    found: dict[str, dict[str, str]] = {}
    for lang in definition.languages:
        vocabulary_ = vocabulary(definition, span, facts, lang)
        for name, sayings in definition.say.items():
            text = words.say(sayings, lang, vocabulary_, holding(facts))
            if text is not None:
                found.setdefault(name, {})[lang] = text
            elif any(one.required for one in sayings):
                raise Refused(
                    _(
                        "The sentence {name} is required and a figure in it is not known: complete the records.",
                        name=name,
                    )
                )
    return found
