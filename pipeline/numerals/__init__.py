"""Every number in a finished text is a figure of the post's summary, or somebody has typed it again, by name."""

from pipeline.numerals.checking import Stranger, of_post, problems
from pipeline.numerals.confirming import confirm

__all__ = ["Stranger", "confirm", "of_post", "problems"]
