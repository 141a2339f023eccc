"""The records, the note and the command of tests/numerals."""

from tests.numerals.conftest import note, quick_worker, typed

__all__ = ["note", "quick_worker", "typed"]
