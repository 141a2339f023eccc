"""Commands of the control interface that only the LinkedIn server knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.linkedin.oauth import ACCESS, SCOPES

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn

SETTINGS = ("versions", "member_calls_a_day", "app_calls_a_day", "duplicate_hours", "addresses_last_hours")


def obey(server: LinkedIn, command: str, given: dict[str, Any]) -> Any:
    """What the command gives back; LookupError for an unknown command or id."""
    if command == "organizations":
        return {"organization": server.add_organization(given["name"], given.get("role", "ADMINISTRATOR")).urn}
    if command == "tokens":
        lasts = timedelta(seconds=given["expires_in"]) if "expires_in" in given else ACCESS
        return {"access_token": server.issue(given.get("scopes", SCOPES), lasts=lasts).value}
    if command == "revoke":
        server.revoke(given["token"])
        return {"revoked": True}
    if command == "redirects":
        server.app.redirects.append(given["url"])
        return server.app.redirects
    if command == "partner":
        server.app.refreshes = bool(given.get("refreshes", True))
        return {"refreshes": server.app.refreshes}
    if command == "statistics":
        server.posts[given["id"]].statistics.update(given["values"])
        return {"known": True}
    if command == "settings":
        return settings(server, given)
    raise LookupError(command)


def settings(server: LinkedIn, given: dict[str, Any]) -> dict[str, Any]:
    """The limits and durations after changing the given ones."""
    for name, value in given.items():
        if name in SETTINGS:
            setattr(server, name, value)
        elif name in server.processing:
            server.processing[name] = float(value)
        else:
            raise LookupError(name)
    return {**{name: getattr(server, name) for name in SETTINGS}, **server.processing}
