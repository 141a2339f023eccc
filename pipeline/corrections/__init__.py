"""A figure that changed after posts had shown it: they are marked, held back where they are not out, and corrected.

`rows_changed` is called in the transaction that changes the rows.
"""

from pipeline.corrections.changes import shows
from pipeline.corrections.finding import dates_of, rows_changed
from pipeline.corrections.making import correct, keep
from pipeline.corrections.reading import open_of, waiting

__all__ = ["correct", "dates_of", "keep", "open_of", "rows_changed", "shows", "waiting"]
