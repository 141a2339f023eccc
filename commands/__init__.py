"""The commands of `portevoix`, one module per stage; each parses, calls the stage and prints."""

from __future__ import annotations


def main() -> None:
    """What `portevoix` starts. A limited process imports what started its parent: nothing more is imported here."""
    from cli import main as portevoix

    portevoix()
