"""Summaries as editors declare them in config/summaries: read, checked against their dataset, and frozen."""

from pipeline.summaries.definitions.conditions import Condition
from pipeline.summaries.definitions.loading import FOLDER, listed, load
from pipeline.summaries.definitions.metrics import PLURALS, Kind, Metric
from pipeline.summaries.definitions.model import (
    CALENDAR,
    By,
    CardWords,
    Checks,
    CoverageRule,
    Definition,
    Periods,
    Protection,
    Records,
    Saying,
    Sayings,
    Series,
    Strings,
    Unit,
    Words,
)

__all__ = [
    "CALENDAR",
    "FOLDER",
    "PLURALS",
    "By",
    "CardWords",
    "Checks",
    "Condition",
    "CoverageRule",
    "Definition",
    "Kind",
    "Metric",
    "Periods",
    "Protection",
    "Records",
    "Saying",
    "Sayings",
    "Series",
    "Strings",
    "Unit",
    "Words",
    "listed",
    "load",
]
