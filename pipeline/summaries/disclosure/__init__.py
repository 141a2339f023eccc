"""Which figures may be shown: the one door through which every drawn number passes before it is worded."""

from pipeline.summaries.disclosure.guarding import guard, note
from pipeline.summaries.disclosure.ledger import refuse
from pipeline.summaries.disclosure.shielding import protect

__all__ = ["guard", "note", "protect", "refuse"]
