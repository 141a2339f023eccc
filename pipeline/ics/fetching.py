"""A calendar file from the web: over https, from a public address, bounded in time and size.

The name is resolved once, and the connection goes to that very address: so a name that changes its answer in between
leads nowhere else. An address may hold a secret, so no sentence repeats it.
"""

from __future__ import annotations

import socket
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from pipeline.errors import Refused
from pipeline.ics.reading import MOST_BYTES
from publishers._sentences import _

WAIT, WHOLE = 10.0, 30.0  # seconds: each wait, and all of one request
HOPS, PORT = 3, 443
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


def fetch(url: str, **options: Any) -> bytes:
    """The bytes behind the address (https or webcal); `Refused` for any other, and where there is no good answer.

    `options` are for the transport: which certificates are trusted.
    """
    for _hop in range(HOPS + 1):
        parts = _checked(url)
        answer = _ask(parts, options)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(parts.geturl(), answer)
    raise Refused(_("{host} only leads on from one address to the next: give the last one.", host=_host(parts)))


def _checked(url: str) -> SplitResult:
    """The parts of an address that may be asked."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("https", "webcal") and parts.hostname and parts.port in (None, 443)
    except ValueError:
        good = False
    if not good or parts.username or parts.password:
        raise Refused(_("A calendar is fetched from an address that begins with https:// and names no port or user."))
    return parts._replace(scheme="https", fragment="")


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "")[:100]


def _ask(parts: SplitResult, options: dict[str, Any]) -> bytes | str:
    """The content, or the address to which the host leads on."""
    import httpx

    from publishers._transport import Bounded

    host, address = _host(parts), resolved(parts.hostname or "")
    there = f"[{address}]:{PORT}" if address.version == 6 else f"{address}:{PORT}"
    url = parts._replace(netloc=there).geturl()
    # The certificate is asked for, and checked against, the name; the connection goes to the address looked up.
    wanted = httpx.Request(
        "GET", url, headers={"Host": host, "Accept": "text/calendar", "Accept-Encoding": "identity"},
        extensions={"sni_hostname": parts.hostname, "timeout": httpx.Timeout(WAIT).as_dict()},
    )  # fmt: skip
    try:
        # By the transport alone: httpx's client would write the whole address into the log.
        with Bounded(WHOLE, **options) as transport, closing(transport.handle_request(wanted)) as answer:
            if answer.has_redirect_location:
                return str(answer.headers["location"])
            if answer.status_code != 200 or answer.headers.get("content-encoding", "identity") != "identity":
                raise Refused(_("{host} gives no calendar at this address (it answers {code}).", host=host,
                                code=answer.status_code))  # fmt: skip
            return _bounded(answer, host)
    except (httpx.HTTPError, httpx.InvalidURL):
        pass
    raise Refused(_("{host} did not answer: check the address, or try again later.", host=host))


def _bounded(answer: Any, host: str) -> bytes:
    content = b""
    for piece in answer.iter_raw():
        content += piece
        if len(content) > MOST_BYTES:
            raise Refused(_("The calendar at {host} is larger than 2 MB: bring in a smaller one.", host=host))
    return content


def resolved(host: str) -> IPv4Address | IPv6Address:
    """The address of the host, one of the public internet; `Refused` where any of its addresses is not."""
    try:
        found = {ip_address(str(info[4][0]).partition("%")[0]) for info in _look_up(host)}
    except (OSError, UnicodeError, ValueError):
        raise Refused(_("{host} is not known: check the address.", host=host[:100])) from None
    if not found or not all(is_public(one) for one in found):
        raise Refused(_("{host} is a machine of a private network: calendars are fetched from public ones only.",
                        host=host[:100]))  # fmt: skip
    return min(found, key=lambda one: (one.version, int(one)))


def _look_up(host: str) -> list[Any]:
    return socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one of the public internet, also the IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped or address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour or address.teredo:
            return False
    return address.is_global and not address.is_multicast
