"""The daily queue: when posts go out, on which openings of the week, and what stands in the way."""

from pipeline.planning.deadlines import deadline, set_deadline, warn
from pipeline.planning.listing import between, month, month_named, posts_with, week
from pipeline.planning.outcome import LeftOut, Made
from pipeline.planning.placing import (
    HELD_PLACES,
    MOVABLE,
    about_to_go,
    approved_item,
    cancel,
    chosen_time,
    move,
    not_before,
    schedule,
    shift,
    stop,
    swap,
)
from pipeline.planning.precedence import Bound, InQuietTime, bounds, earliest, standing_at, standing_in_words
from pipeline.planning.series import series
from pipeline.planning.slots import Opening, move_to_next, next_free, schedule_day, schedule_next
from pipeline.planning.times import WallTime, instant, this_moment, time_fields, wall_time

__all__ = [
    "HELD_PLACES",
    "MOVABLE",
    "Bound",
    "InQuietTime",
    "LeftOut",
    "Made",
    "Opening",
    "WallTime",
    "about_to_go",
    "approved_item",
    "between",
    "bounds",
    "cancel",
    "chosen_time",
    "deadline",
    "earliest",
    "instant",
    "month",
    "month_named",
    "move",
    "move_to_next",
    "next_free",
    "not_before",
    "posts_with",
    "schedule",
    "schedule_day",
    "schedule_next",
    "series",
    "set_deadline",
    "shift",
    "standing_at",
    "standing_in_words",
    "stop",
    "swap",
    "this_moment",
    "time_fields",
    "wall_time",
    "warn",
    "week",
]
