"""The YAML vocabulary of config/summaries, drawn from the store into figures, sentences, cards and alt texts."""

from pipeline.summaries.checks import Check
from pipeline.summaries.computing import Shown, SummaryResult, compute, sql_text
from pipeline.summaries.confirming import confirm, refuse_unready, unanswered
from pipeline.summaries.definitions import listed
from pipeline.summaries.showing import alt_text, card_data, table

__all__ = [
    "Check",
    "Shown",
    "SummaryResult",
    "alt_text",
    "card_data",
    "compute",
    "confirm",
    "listed",
    "refuse_unready",
    "sql_text",
    "table",
    "unanswered",
]
