"""The sentences of a summary: its words filled with its figures, in each of its languages."""

from __future__ import annotations

from pipeline.errors import Refused
from pipeline.rendering.languages import language
from pipeline.summaries import words
from pipeline.summaries.definitions import Definition
from pipeline.summaries.facts import Fact, Setting
from publishers._sentences import _


def vocabulary(definition: Definition, setting: Setting, facts: dict[str, Fact], lang: str) -> dict[str, str | None]:
    """Everything that a sentence may say in one language, by placeholder."""
    found = words.shared(setting, language(lang))
    for name, fact in facts.items():
        found |= words.vocabulary(name, fact, definition.metrics[name], lang, definition.protect.threshold)
    return found


def holding(setting: Setting, facts: dict[str, Fact]) -> set[str]:
    """Every condition that holds: those of each figure, and `coverage.enough`."""
    found = {condition for name, fact in facts.items() for condition in words.true_of(name, fact)}
    return found | ({"coverage.enough"} if setting.coverage and setting.coverage.enough else set())


def spoken(definition: Definition, setting: Setting, facts: dict[str, Fact]) -> dict[str, dict[str, str]]:
    """The sentences by name and language; one whose figures are not known is left out, a required one refuses."""
    found: dict[str, dict[str, str]] = {}
    for lang in definition.languages:
        vocabulary_ = vocabulary(definition, setting, facts, lang)
        for name, sayings in definition.say.items():
            text = words.say(sayings, lang, vocabulary_, holding(setting, facts))
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
