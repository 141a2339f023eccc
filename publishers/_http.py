"""The one HTTP function for what no SDK does: bounded, not retried, not redirected, nothing secret in its errors."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator

from publishers._base import TryLater
from publishers._sentences import _

if TYPE_CHECKING:
    import httpx

TIMEOUT = 60.0  # seconds, for connecting and for each wait
WHOLE, SLOWEST, LONGEST = 120.0, 100_000, 900.0  # a whole request: seconds, bytes a second of an upload, seconds
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _WithoutQuery(logging.Filter):
    """httpx logs the address of each request; what stands behind its question mark may open a door."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(one.copy_with(query=None) if hasattr(one, "copy_with") else one for one in record.args)
        return True


logging.getLogger("httpx").addFilter(_WithoutQuery())


def _host_url(url: str) -> str:
    """The address of a host without a trailing slash; ValueError unless https (plain http on the loopback only).

    In plain ASCII, as networks that fetch files from it take no other.
    """
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain) or parts.username or parts.query or parts.fragment:
        raise ValueError("an address like https://example.org is needed")
    if not url.isascii():
        named = parts.hostname.encode("idna").decode() + (f":{parts.port}" if parts.port else "")
        url = urlunsplit(parts._replace(netloc=named, path=quote(parts.path, safe="/%")))
    return url.rstrip("/")


HostUrl = Annotated[str, AfterValidator(_host_url)]


def seconds_for(size: int) -> float:
    """How long a whole request of so many bytes may take: two minutes, more for an upload; half a lease at most."""
    return min(WHOLE + size / SLOWEST, LONGEST)


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, which is a number or a date (RFC 9110, 10.2.3); None where there is none or no sense."""
    told = headers.get("retry-after", "")
    try:
        return max(float(told), 0.0)
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max((then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


class NotSentError(TryLater):
    """The host was never reached: whatever was to be asked, nothing was sent."""


def request(
    method: Literal["GET", "POST", "PUT", "DELETE"],
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    content: bytes | Iterable[bytes] | None = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, IO[bytes], str]] | None = None,
    size: int | None = None,
) -> httpx.Response:
    """The answer of one request, whatever its status; no redirect is followed. Raises TryLater if there is none.

    What is sent is bytes, a stream of `size` bytes, or a form with files by (name, open file, media type); streams and
    files are read piece by piece. A host that was not reached at all is NotSentError.
    """
    import httpx

    from publishers._transport import Bounded

    length = size if size is not None else len(content) if isinstance(content, bytes) else 0
    sized = {"Content-Length": str(size)} if content is not None and size is not None else {}
    whole: dict[str, Any] = {"params": params, "content": content, "data": form, "files": files}
    transport = Bounded(seconds_for(length))
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, transport=transport) as client:
            return client.request(method, url, headers={**(headers or {}), **sized}, **whole)
    except httpx.HTTPError as error:
        lost = _lost(error, urlsplit(url).hostname or "")
    raise lost


def _lost(error: httpx.HTTPError, host: str) -> TryLater:
    """What a request without an answer means: whether anything was sent."""
    import httpx

    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return NotSentError(_("{host} cannot be reached: nothing was sent, it is tried again later.", host=host))
    return TryLater(_("{host} did not answer: try again later.", host=host))
