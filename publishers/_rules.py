"""Everything of a submission that a network would refuse by its limits: its words, its files, and the files' bytes."""

from __future__ import annotations

from collections.abc import Iterator

from publishers._base import Files, Problem, Submission
from publishers._films import film_problems
from publishers._known import Limits, limits
from publishers._limits import check
from publishers._pdf import pages
from publishers._pictures import at_hand, picture_problems
from publishers._sentences import _


def problems(submission: Submission, files: Files, network: str, known: Limits | None = None) -> list[Problem]:
    """What `network` would refuse, in reading order; empty if nothing. No network is asked.

    `known` is what this very server takes, where that is more than every one of its kind does.
    """
    known = known or limits(network)
    return [
        *check(submission, network, known),
        *picture_problems(submission, files, known),
        *film_problems(submission, files, known),
        *_document_problems(submission, files, known),
    ]


def _document_problems(submission: Submission, files: Files, known: Limits) -> Iterator[Problem]:
    """Documents with too many pages; a page count that cannot be read is no problem."""
    most = known.get("document_pages")
    for place, medium in enumerate(submission.media):
        path = at_hand(files, medium.file) if most and medium.file.mime == "application/pdf" else None
        many = pages(path) if path else None
        if most and many and many > most.number:
            sentence = _("{network}: the document has {count} pages, {limit} at most.",
                         network=known.label, count=many, limit=most.value)  # fmt: skip
            yield Problem(code="pages", field=f"media[{place}].file", sentence=sentence)
