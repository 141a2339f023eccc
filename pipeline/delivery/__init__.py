"""Delivery: each approved publication goes out once, or a person is asked. The rows are the truth, ticks only look."""

from pipeline.delivery.claims import due
from pipeline.delivery.engine import Tick, tick
from pipeline.delivery.forecast import Becomes, Forecast, forecast, next_step
from pipeline.delivery.hold import active_holds, pull, release
from pipeline.delivery.late import send_after_all
from pipeline.delivery.reconcile import decide
from pipeline.delivery.status import Status, status

__all__ = [
    "Becomes",
    "Forecast",
    "Status",
    "Tick",
    "active_holds",
    "decide",
    "due",
    "forecast",
    "next_step",
    "pull",
    "release",
    "send_after_all",
    "status",
    "tick",
]
