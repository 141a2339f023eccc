"""The records, the note and the command of tests/numerals."""

from tests.numerals.conftest import note, typed

__all__ = ["note", "typed"]
