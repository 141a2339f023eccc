"""What the stages raise for people."""

from __future__ import annotations

from publishers._sentences import Said


class Refused(Said):
    """ "No, because…": one sentence that says what is wrong and what to do."""


class NotHere(Refused):
    """This machine or process cannot do it now (a key, a disk, a folder is missing); it says nothing about the post."""
