"""Commands of the control interface that only the Graph server knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.graph.oauth import SCOPES

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

SETTINGS = (
    "https_only", "fetch_timeout", "quota_total", "containers_a_day", "reels_a_day", "calls_an_hour", "transfer_bytes",
)  # fmt: skip


def obey(graph: Graph, command: str, given: dict[str, Any]) -> Any:
    """What the command gives back; LookupError for an unknown command or id."""
    if command == "pages":
        made = graph.add_page(given["name"], given.get("instagram", ""))
        return {"page_id": made.id, "account_id": made.instagram, "access_token": graph.issue(page=made).value}
    if command == "tokens":
        lasts = timedelta(seconds=given["expires_in"]) if "expires_in" in given else None
        page = graph.objects[given["page"]] if "page" in given else None
        return {"access_token": graph.issue(page=page, scopes=given.get("scopes", SCOPES), lasts=lasts).value}
    if command == "revoke":
        graph.revoke(given["token"], given.get("subcode", 458))
        return {"revoked": True}
    if command == "restrict":
        graph.restrict(graph.objects[given["id"]], given["code"], given.get("subcode"))
        return {"restricted": True}
    if command == "redirects":
        graph.app.redirects.append(given["url"])
        return graph.app.redirects
    if command == "insights":
        graph.objects[given["id"]].insights.update(given["values"])
        return {"known": True}
    if command == "settings":
        return settings(graph, given)
    raise LookupError(command)


def settings(graph: Graph, given: dict[str, Any]) -> dict[str, Any]:
    """The quotas and durations after changing the given ones."""
    for name, value in given.items():
        if name in SETTINGS:
            setattr(graph, name, value)
        elif name in graph.processing:
            graph.processing[name] = float(value)
        else:
            raise LookupError(name)
    return {**{name: getattr(graph, name) for name in SETTINGS}, **graph.processing}
