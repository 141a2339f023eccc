"""Commands of the control interface that only the Graph server knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox._orders import Order, settings
from sandbox.graph.oauth import SCOPES

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

SETTINGS = (
    "https_only", "fetch_timeout", "quota_total", "containers_a_day", "reels_a_day", "calls_an_hour", "transfer_bytes",
)  # fmt: skip


def orders(graph: Graph) -> dict[str, Order]:
    """Every command by its name."""

    def pages(given: dict[str, Any]) -> Any:
        made = graph.add_page(given["name"], given.get("instagram", ""))
        return {"page_id": made.id, "account_id": made.instagram, "access_token": graph.issue(page=made).value}

    def tokens(given: dict[str, Any]) -> Any:
        lasts = timedelta(seconds=given["expires_in"]) if "expires_in" in given else None
        page = graph.objects[given["page"]] if "page" in given else None
        return {"access_token": graph.issue(page=page, scopes=given.get("scopes", SCOPES), lasts=lasts).value}

    def revoke(given: dict[str, Any]) -> Any:
        graph.revoke(given["token"], given.get("subcode", 458))
        return {"revoked": True}

    def restrict(given: dict[str, Any]) -> Any:
        graph.restrict(graph.objects[given["id"]], given["code"], given.get("subcode"))
        return {"restricted": True}

    def redirects(given: dict[str, Any]) -> Any:
        graph.app.redirects.append(given["url"])
        return graph.app.redirects

    def insights(given: dict[str, Any]) -> Any:
        graph.objects[given["id"]].insights.update(given["values"])
        return {"known": True}

    return {
        "pages": pages, "tokens": tokens, "revoke": revoke, "restrict": restrict, "redirects": redirects,
        "insights": insights, "settings": settings(graph, SETTINGS, graph.processing),
    }  # fmt: skip
