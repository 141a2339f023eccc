"""Numbers after publication: read once a day from the platforms, kept by day, told by post, month and year."""

from pipeline.metrics.collecting import Collected, collect
from pipeline.metrics.names import named, ordered
from pipeline.metrics.reading import History, MonthView, Row, all_of, history, month, year
from pipeline.metrics.report import report

__all__ = [
    "Collected",
    "History",
    "MonthView",
    "Row",
    "all_of",
    "collect",
    "history",
    "month",
    "named",
    "ordered",
    "report",
    "year",
]
