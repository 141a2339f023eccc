"""Log lines without what must not stand in them."""

from __future__ import annotations

import logging
import re

# Whoever knows a calendar's address reads it, whoever has an invitation's or a new password's comes in by it: Django
# logs the addresses of pages that are not there, or that fail.
SECRETS = re.compile(r"(/calendar/)[^/\s?#]+(\.ics)|(/invited/|/password/[^/\s?#]+/)[^/\s?#]+(/)")


class Redacted(logging.Formatter):
    """Writes lines in which the secrets of addresses are left out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return SECRETS.sub(r"\1\3…\2\4", super().format(record))
