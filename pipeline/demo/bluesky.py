"""A throw-away account on a Bluesky server that lets anyone in, such as the official one run for tests."""

from __future__ import annotations

import secrets
from typing import Any

from pipeline.errors import Refused
from publishers._sentences import _


def account(url: str) -> dict[str, str]:
    """The channel settings of a new account; `Refused` where the server does not answer or wants an invitation."""
    import httpx

    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            domain = _ok(client.get("/xrpc/com.atproto.server.describeServer"))["availableUserDomains"][0]
            handle, password = f"demo-{secrets.token_hex(4)}{domain}", secrets.token_urlsafe(16)
            wanted = {"handle": handle, "email": f"{handle}@example.org", "password": password}
            _ok(client.post("/xrpc/com.atproto.server.createAccount", json=wanted))
    except (httpx.HTTPError, KeyError, IndexError, ValueError):
        raise Refused(
            _("No account could be made on {url}: check the address, or add your own with “channel add”.", url=url)
        ) from None
    return {"pds_url": url, "handle": handle, "app_password": password}


def _ok(response: Any) -> dict[str, Any]:
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer
