"""One adapter for each way in which a platform can be asked afterwards, talking HTTP to the test platform.

They follow the house contract and nothing more: short time-outs, no retries, no redirects. The fault suites put them
into `publishers.registry()` of their own processes; the product never sees them.
"""

from __future__ import annotations

import ssl
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, ClassVar, Literal

import httpx
from pydantic import BaseModel, ConfigDict

from publishers._base import (
    Absent,
    Check,
    MetricValue,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Problem,
    Publisher,
    PublisherError,
    Receipt,
    Reconciliation,
    Rejected,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._http import HostUrl
from publishers._sentences import Sentence
from publishers._transport import Bounded

NEXT_LOOK = timedelta(seconds=20)  # between two questions about a post that the platform works on


class Credentials(BaseModel):
    """An account of the test platform, and how long to wait for its answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HostUrl
    account: str
    ca: str = ""
    patience: float = 0.4  # seconds for connecting and for each wait
    deadline: float = 1.0  # seconds for the whole answer


@lru_cache
def _context(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca) if ca else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def call(
    known: Credentials, method: Literal["GET", "POST", "PUT"], path: str, *, irreversible: bool = False, **body: Any
) -> tuple[int, dict[str, Any]]:
    """The status (2xx, or 404 of a question) and the body of one answer; all else is one of the contract's errors.

    The errors are those of the house: only what certainly never reached the platform, and what it documents as a no,
    is definite; a lost or unreadable answer to the irreversible call is an unknown outcome.
    """
    lost: type[PublisherError] = OutcomeUnknown if irreversible else TryLater
    try:
        answer = _exchange(known, method, path, body)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise TryLater(Sentence("The platform was not reached.")) from None
    except httpx.HTTPError:
        raise lost(Sentence("The platform's answer was lost.")) from None
    if answer.is_success:
        try:
            return answer.status_code, dict(answer.json())
        except ValueError:
            raise lost(Sentence("The platform's answer cannot be read.")) from None
    if answer.status_code == 404 and method == "GET":
        return 404, {}
    raise _refusal(answer, lost)


def _exchange(known: Credentials, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    """The whole answer, within the deadline."""
    transport = Bounded(known.deadline, verify=_context(known.ca), trust_env=False)
    named = {"params": body} if method == "GET" else {"json": body}
    headers = {"Authorization": f"Bearer {known.account}"}
    with httpx.Client(timeout=known.patience, transport=transport, trust_env=False) as client:
        return client.request(method, f"{known.url}{path}", headers=headers, follow_redirects=False, **named)


def _refusal(answer: httpx.Response, lost: type[PublisherError]) -> PublisherError:
    if answer.status_code == 401:
        return Unauthorized(Sentence("The platform does not let us in."))
    if answer.status_code == 429:
        wait = _wait(answer.headers.get("Retry-After"))
        return TryLater(Sentence("The platform asks us to wait."), wait, "channel" if wait else "call")
    if answer.status_code == 409:  # it was published before: looking tells as what
        return OutcomeUnknown(Sentence("The platform says that it is out already."))
    if 400 <= answer.status_code < 500:
        return Rejected(Sentence("The platform refuses this post."))
    return lost(Sentence("The platform failed."))


def _wait(header: str | None) -> float | None:
    """Seconds of a Retry-After, which is a number or a date."""
    if header is None:
        return None
    if header.isdigit():
        return float(header)
    return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)


class Tested(Publisher):
    """What the four have in common."""

    Credentials: ClassVar[type[BaseModel]] = Credentials

    @classmethod
    def network(cls, credentials: BaseModel) -> str:
        return "bluesky"

    def validate(self, submission: Submission) -> list[Problem]:
        return []

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        return Prepared(saved=saved or {"text": submission.text})

    def check(self, pending: Pending) -> Pending | Receipt:
        status, said = self.call("GET", f"jobs/{pending.saved['job']}")
        if status == 404:
            raise Rejected(Sentence("The platform dropped this post."))
        return self.outcome(status, said, pending.saved)

    def remove(self, receipt: Receipt) -> None:
        raise Rejected(Sentence("The test platform keeps everything."))

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        return []

    def doctor(self) -> list[Check]:
        self.call("GET", "account")
        return [Check(name="account", ok=True, sentence=Sentence("The account answers."))]

    def call(
        self, method: Literal["GET", "POST", "PUT"], path: str, *, irreversible: bool = False, **body: Any
    ) -> tuple[int, dict[str, Any]]:
        return call(self.credentials, method, f"/{self.platform}/{path}", irreversible=irreversible, **body)

    def outcome(self, status: int, said: dict[str, Any], saved: dict[str, Any]) -> Receipt | Pending:
        """Out, or accepted and not out yet."""
        if status == 202:
            not_before = datetime.now(UTC) + NEXT_LOOK
            return Pending(saved={**saved, "job": said.get("job") or saved["job"]}, not_before=not_before)
        return self.receipt(said["id"])

    def receipt(self, post: str) -> Receipt:
        return Receipt(id=post, url=f"{self.credentials.url}/posts/{post}")


class ExactlyOnce(Tested):
    """Posts under a key of its own choosing: repeating changes nothing."""

    platform: ClassVar[str] = "exactly_once"
    label: ClassVar[str] = "Exactly once"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        return Prepared(saved=saved or {"text": submission.text, "key": uuid.uuid4().hex})

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        saved = prepared.saved
        return self.outcome(*self.call("PUT", f"posts/{saved['key']}", irreversible=True, text=saved["text"]), saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        if "key" not in saved:
            return Absent()
        status, said = self.call("GET", f"keys/{saved['key']}")
        return Absent() if status == 404 else self.receipt(said["id"])


class Lookup(Tested):
    """Makes a container first, saves its id, publishes it once, and can ask what became of it."""

    platform: ClassVar[str] = "lookup"
    label: ClassVar[str] = "Lookup"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LOOKUP

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        if "container" not in saved:
            _status, said = self.call("POST", "containers", text=submission.text)
            return More(saved={"container": said["id"]})
        status, _said = self.call("GET", f"containers/{saved['container']}")
        return More(saved={}) if status == 404 else Prepared(saved=saved)

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        named = {"container": prepared.saved["container"]}
        return self.outcome(*self.call("POST", "publish", irreversible=True, **named), prepared.saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        if "container" not in saved:
            return Absent()
        status, said = self.call("GET", f"containers/{saved['container']}")
        if said.get("status") == "PUBLISHED":
            return self.receipt(said["id"])
        return Absent() if status == 404 or said.get("status") == "FINISHED" else Unclear()


class Listing(Tested):
    """Posts plainly, and finds what it posted in the account's own listing."""

    platform: ClassVar[str] = "list"
    label: ClassVar[str] = "Listing"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LIST

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        return self.outcome(*self.call("POST", "posts", irreversible=True, text=prepared.saved["text"]), prepared.saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        """Absent only from a listing that was read to its end."""
        start: int | None = 0
        while start is not None:
            _status, said = self.call("GET", "posts", **{"from": start})
            for post in said["posts"]:
                if post["text"] == submission.text:
                    return self.receipt(post["id"])
            start = said["next"]
        return Absent()


class Nothing(Tested):
    """Posts plainly and cannot be asked afterwards."""

    platform: ClassVar[str] = "none"
    label: ClassVar[str] = "Nothing to ask"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.NONE

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        return self.outcome(*self.call("POST", "posts", irreversible=True, text=prepared.saved["text"]), prepared.saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        return Unclear()


ADAPTERS: dict[str, type[Tested]] = {kind.platform: kind for kind in (ExactlyOnce, Lookup, Listing, Nothing)}


def install() -> None:
    """Makes the four known to this process and its children."""
    from publishers import registry

    registry().update(ADAPTERS)
