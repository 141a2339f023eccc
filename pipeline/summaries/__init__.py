"""The YAML vocabulary of config/summaries, drawn from the store into figures, sentences, cards and alt texts."""

from pipeline.summaries.computing import Shown, SummaryResult, compute, sql_text
from pipeline.summaries.definitions import listed
from pipeline.summaries.showing import alt_text, card_data, table

__all__ = ["Shown", "SummaryResult", "alt_text", "card_data", "compute", "listed", "sql_text", "table"]
