"""Figures in words: numbers and plurals of each language, and the sentences that an editor wrote."""

from pipeline.rendering.formats import number
from pipeline.summaries.facts import Fact
from pipeline.summaries.words.conditions import CONDITIONS, true_of
from pipeline.summaries.words.figures import at_least, counted, floored, noun, shown, vocabulary
from pipeline.summaries.words.filling import PLACE, fill, say
from pipeline.summaries.words.spans import named, shared

__all__ = [
    "CONDITIONS",
    "PLACE",
    "Fact",
    "at_least",
    "counted",
    "fill",
    "floored",
    "named",
    "noun",
    "number",
    "say",
    "shared",
    "shown",
    "true_of",
    "vocabulary",
]
