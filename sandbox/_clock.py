"""The server's clock: runs with the machine's, or stands still; moved by hand either way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that tests move."""

    def __init__(self, at: datetime | None = None) -> None:
        self._frozen = at
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The server's time, aware UTC."""
        return (self._frozen or datetime.now(UTC)) + self._ahead

    def move(self, by: timedelta | float) -> datetime:
        """The new time, `by` (seconds, or a timedelta) later."""
        self._ahead += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self.now()

    def freeze(self, at: datetime | None = None) -> None:
        """Stands still from now on, at `at` or at the present."""
        self._frozen, self._ahead = at or self.now(), timedelta()
