"""Log lines without what must not stand in them."""

from __future__ import annotations

import logging
import re

# Whoever knows a calendar's address reads it: Django logs the addresses of pages that are not there, or that fail.
SECRETS = re.compile(r"(/calendar/)[^/\s?#]+(\.ics)")


class Redacted(logging.Formatter):
    """Writes lines in which the secret of a calendar's address is left out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return SECRETS.sub(r"\1…\2", super().format(record))
