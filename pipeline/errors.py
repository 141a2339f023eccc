"""What the stages raise for people."""

from __future__ import annotations

from publishers._sentences import Said


class Refused(Said):
    """ "No, because…": one sentence that says what is wrong and what to do."""
