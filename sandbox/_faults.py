"""Planned faults: what goes wrong around a call, before or after the server did what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

REFUSE = "refuse"  # the platform's own error; nothing done
LIMIT = "limit"  # too many calls, with the platform's headers; nothing done
EXPIRE = "expire"  # the token of the call expires now; nothing done
DROP = "drop"  # the connection is closed without an answer
ERROR = "error"  # HTTP 500 with the platform's own words
HTML = "html"  # HTTP 502 and a page, as a proxy in front of the platform says it
HALF = "half"  # half of the document; with cut=True the connection breaks there
SILENCE = "silence"  # no answer, the connection stays open
LATE = "late"  # no answer now; it is done `seconds` later
CUT = "cut"  # the connection breaks after `bytes` bytes of the body

NEVER_APPLIED = {REFUSE, LIMIT, EXPIRE}
APPLIED_UNLESS_TOLD = {DROP: True, ERROR: True, HALF: True, SILENCE: True, HTML: False, LATE: True, CUT: True}
KINDS = {*NEVER_APPLIED, *APPLIED_UNLESS_TOLD}


@dataclass
class Fault:
    """One planned fault on the calls whose name fits `call` ("media_publish", "POST feed", "*")."""

    call: str
    kind: str
    nth: int = 1  # the first matching call that it strikes, counted from now on
    times: int = 1  # how many calls it strikes
    applied: bool | None = None  # whether the server does what it was asked; None: as usual for the kind
    details: dict[str, Any] = field(default_factory=dict)  # code, subcode, status, seconds, bytes...
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault: {', '.join(sorted(KINDS))}")
        if self.kind in NEVER_APPLIED:
            self.applied = False
        elif self.applied is None:
            self.applied = APPLIED_UNLESS_TOLD[self.kind]

    def fits(self, method: str, call: str) -> bool:
        """Whether this call is meant."""
        return fnmatchcase(call, self.call) or fnmatchcase(f"{method} {call}", self.call)


class Faults(list[Fault]):
    """The faults still to come."""

    def take(self, method: str, call: str) -> Fault | None:
        """The fault that strikes this call, if any; every fault that fits counts the call."""
        struck = None
        for fault in [one for one in self if one.fits(method, call)]:
            fault.seen += 1
            if struck is None and fault.seen >= fault.nth:
                struck = fault
                if fault.seen >= fault.nth + fault.times - 1:
                    self.remove(fault)
        return struck
