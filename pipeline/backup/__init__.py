"""Backups: one encrypted file that holds the whole store but its keys, and the way back, which sends nothing twice."""

from pipeline.backup.making import Made, back_up, last_made, listed
from pipeline.backup.marking import PUT_BACK, check_epoch
from pipeline.backup.recipients import add_recipient, make_identity, recipients, remove_recipient
from pipeline.backup.restoring import Restored, restore

__all__ = [
    "PUT_BACK",
    "Made",
    "Restored",
    "add_recipient",
    "back_up",
    "check_epoch",
    "last_made",
    "listed",
    "make_identity",
    "recipients",
    "remove_recipient",
    "restore",
]
