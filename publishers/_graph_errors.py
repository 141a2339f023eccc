"""What Meta's error codes mean for a post, as a table: code, subcode, meaning, where it was read.

Sources: [E] developers.facebook.com, Instagram platform, error codes (2026-11-22); [H] Graph API, handle errors
(2026-11-22); [I] the specification's list of codes, read in public code and Meta's pages (2026-11-22); [V] Video API,
publishing guide, resumable upload (2026-11-25).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publishers._sentences import Sentence, _


class Means(StrEnum):
    """What follows from an error."""

    AGAIN = "again"  # a passing fault, which on the irreversible call proves nothing
    SHORTLY = "shortly"  # a passing fault, and surely nothing was published
    PAUSE = "pause"  # too many requests: the account rests
    QUOTA = "quota"  # the account's posts of a day are spent
    NOT_READY = "not_ready"  # the platform still works on the file
    RENEW = "renew"  # what was prepared is lost
    UNFETCHED = "unfetched"  # the platform could not get the file from the media host
    TOKEN = "token"  # noqa: S105 - a meaning, not a secret
    SCOPE = "scope"  # a permission or a role is missing
    STOP = "stop"  # the platform restricts the account: a person looks
    DUPLICATE = "duplicate"  # perhaps it is out already
    OFFSET = "offset"  # an upload goes on at another place
    GONE = "gone"  # no such object
    REFUSED = "refused"  # this content is never taken


@dataclass(frozen=True)
class Row:
    """One line of the table; `subcode` None stands for every subcode, `code` None for every code."""

    code: int | None
    subcode: int | None
    means: Means
    source: str
    sentence: Sentence | None = None


_TOO_LARGE = _("the picture is too large; render it again")
_FORMAT = _("the picture's format is not taken; render it again")
_RATIO = _("the picture is too tall or too wide; choose the network's own format")
_CAPTION = _("the text is too long or has too many tags; shorten it")
_VIDEO = _("the video's format is not taken; render it again")
_COUNT = _("the number of pictures is not taken; 2 to 10 go together")
_TAGS = _("too many accounts are tagged; remove some")
_KIND = _("this kind of file is not known there; render it again")
_COVER = _("the chosen picture of the video lies outside of it; choose another one")
_LINK = _("the link's page cannot be read by the network; check the address")

M = Means
ROWS: tuple[Row, ...] = (
    Row(1, 2207057, M.REFUSED, "E", _COVER),
    Row(1, None, M.AGAIN, "H"),
    Row(2, None, M.AGAIN, "H"),
    Row(-1, 2207001, M.AGAIN, "E"),
    Row(-1, 2207032, M.RENEW, "E"),
    Row(-1, 2207053, M.RENEW, "E"),
    Row(-1, None, M.AGAIN, "E"),
    Row(-2, 2207003, M.AGAIN, "E"),
    Row(-2, 2207020, M.RENEW, "E"),
    Row(-2, None, M.AGAIN, "E"),
    Row(4, 2207051, M.STOP, "E"),
    Row(4, None, M.PAUSE, "H"),
    Row(9, 2207042, M.QUOTA, "E"),
    Row(9, None, M.QUOTA, "E"),
    Row(10, None, M.SCOPE, "H"),
    Row(17, None, M.PAUSE, "H"),
    Row(24, 2207006, M.RENEW, "E"),
    Row(24, 2207008, M.SHORTLY, "E"),
    Row(25, 2207050, M.STOP, "E"),
    Row(32, None, M.PAUSE, "H"),
    Row(100, 33, M.GONE, "H"),
    Row(100, 2207023, M.REFUSED, "E", _KIND),
    Row(100, 2207028, M.REFUSED, "E", _COUNT),
    Row(100, 2207040, M.REFUSED, "E", _TAGS),
    Row(102, None, M.TOKEN, "H"),
    Row(190, None, M.TOKEN, "H"),
    Row(341, None, M.PAUSE, "I"),
    Row(352, 2207026, M.REFUSED, "E", _VIDEO),
    Row(352, None, M.REFUSED, "E", _VIDEO),
    Row(368, None, M.STOP, "H"),
    Row(389, None, M.AGAIN, "I"),
    Row(492, None, M.TOKEN, "I"),
    Row(506, None, M.DUPLICATE, "H"),
    Row(613, None, M.PAUSE, "I"),
    Row(803, None, M.GONE, "H"),
    Row(6000, None, M.REFUSED, "I", _VIDEO),
    Row(6001, None, M.AGAIN, "I"),
    Row(9004, 2207052, M.UNFETCHED, "E"),
    Row(9004, None, M.UNFETCHED, "E"),
    Row(9007, 2207027, M.NOT_READY, "E"),
    Row(9007, None, M.NOT_READY, "E"),
    Row(36000, None, M.REFUSED, "E", _TOO_LARGE),
    Row(36001, None, M.REFUSED, "E", _FORMAT),
    Row(36003, None, M.REFUSED, "E", _RATIO),
    Row(36004, None, M.REFUSED, "E", _CAPTION),
    Row(80001, None, M.PAUSE, "I"),
    Row(80002, None, M.PAUSE, "I"),
    Row(1609005, None, M.REFUSED, "I", _LINK),
    # Where a container's status tells no more than a number, and where the code varies.
    Row(None, 458, M.TOKEN, "H"),
    Row(None, 459, M.TOKEN, "H"),
    Row(None, 460, M.TOKEN, "H"),
    Row(None, 463, M.TOKEN, "H"),
    Row(None, 464, M.TOKEN, "H"),
    Row(None, 467, M.TOKEN, "H"),
    Row(None, 492, M.TOKEN, "H"),
    Row(None, 1363037, M.OFFSET, "V"),
    Row(None, 1366046, M.REFUSED, "I", _TOO_LARGE),
    Row(None, 1366051, M.RENEW, "I"),  # a photo that another post shows already, perhaps one whose answer was lost
    Row(None, 1390008, M.STOP, "I"),
    Row(None, 4854002, M.STOP, "I"),
    Row(None, 2207004, M.REFUSED, "E", _TOO_LARGE),
    Row(None, 2207005, M.REFUSED, "E", _FORMAT),
    Row(None, 2207009, M.REFUSED, "E", _RATIO),
    Row(None, 2207010, M.REFUSED, "E", _CAPTION),
    Row(None, 2207026, M.REFUSED, "E", _VIDEO),
    Row(None, 2207052, M.UNFETCHED, "E"),
)
_FOUND = {(row.code, row.subcode): row for row in ROWS}
SCOPES = range(200, 300)  # [H]: "API permission", one code for each


def meaning(code: int | None, subcode: int | None) -> Row | None:
    """The line of the table for an error, the most particular one; None for a code that is not in it."""
    for key in ((code, subcode), (None, subcode), (code, None)):
        if key in _FOUND and key != (None, None):
            return _FOUND[key]
    if code in SCOPES:
        return Row(code, None, Means.SCOPE, "H")
    return None


def meaning_of_subcode(subcode: int) -> Row | None:
    """The line for a subcode alone, as a container's status names it."""
    return next((row for row in ROWS if row.subcode == subcode), None)
