"""A clock that several processes share and that can be set ahead by days, for months that pass in minutes."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

LOOKS = 0.05  # seconds between two looks at the file


def follow(shared: Path) -> None:
    """This process's wall clock runs on, as many days ahead as the file says; its monotonic clock stays."""
    coordinates = time_machine.travel(datetime.now(UTC), tick=True).start()
    gone = 0

    def watch() -> None:
        nonlocal gone
        while shared.exists():
            ahead = int(shared.read_text() or gone)
            if ahead > gone:
                coordinates.shift(timedelta(days=ahead - gone))
                gone = ahead
            time.sleep(LOOKS)

    threading.Thread(target=watch, daemon=True).start()


def set_ahead(shared: Path, days: int) -> None:
    """All who follow the file are that many days ahead when this returns."""
    shared.write_text(str(days))
    time.sleep(10 * LOOKS)
