"""Commands of the control interface that only the LinkedIn server knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox._orders import Order, settings
from sandbox.linkedin.oauth import ACCESS, SCOPES

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn

SETTINGS = ("versions", "member_calls_a_day", "app_calls_a_day", "duplicate_hours", "addresses_last_hours")


def orders(server: LinkedIn) -> dict[str, Order]:
    """Every command by its name."""

    def organizations(given: dict[str, Any]) -> Any:
        return {"organization": server.add_organization(given["name"], given.get("role", "ADMINISTRATOR")).urn}

    def tokens(given: dict[str, Any]) -> Any:
        lasts = timedelta(seconds=given["expires_in"]) if "expires_in" in given else ACCESS
        return {"access_token": server.issue(given.get("scopes", SCOPES), lasts=lasts).value}

    def revoke(given: dict[str, Any]) -> Any:
        server.revoke(given["token"])
        return {"revoked": True}

    def redirects(given: dict[str, Any]) -> Any:
        server.app.redirects.append(given["url"])
        return server.app.redirects

    def partner(given: dict[str, Any]) -> Any:
        server.app.refreshes = bool(given.get("refreshes", True))
        return {"refreshes": server.app.refreshes}

    def statistics(given: dict[str, Any]) -> Any:
        server.posts[given["id"]].statistics.update(given["values"])
        return {"known": True}

    return {
        "organizations": organizations, "tokens": tokens, "revoke": revoke, "redirects": redirects,
        "partner": partner, "statistics": statistics, "settings": settings(server, SETTINGS, server.processing),
    }  # fmt: skip
