"""What is really published on the LinkedIn server, for tests and for the human page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import _media as media
from sandbox.linkedin.littletext import told
from sandbox.linkedin.state import Asset, Post

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn


def published(server: LinkedIn) -> list[dict[str, Any]]:
    """Every post that the public sees, oldest first."""
    with server.lock:
        shown = [one for one in server.posts.values() if not one.gone and in_feed(one)]
        return sorted((row(server, one) for one in shown), key=lambda one: one["at"])


def in_feed(one: Post) -> bool:
    """Whether the post stands in the feed; NONE is for advertisements."""
    return bool(one.body["distribution"]["feedDistribution"] == "MAIN_FEED")


def row(server: LinkedIn, one: Post) -> dict[str, Any]:
    """A post as people see it: the rendered commentary, never its markup."""
    content = one.body.get("content", {})
    article, single = content.get("article", {}), content.get("media", {})
    pieces = content.get("multiImage", {}).get("images") or ([single] if single else [])
    cover = server.assets.get(article.get("thumbnail", "") or single.get("id", ""))
    return {
        "network": "linkedin", "kind": one.kind, "id": one.urn, "code": one.urn, "container": "",
        "account": server.names()[one.author], "account_id": one.author, "text": one.shown.text,
        "title": article.get("title") or single.get("title") or "", "link": article.get("source", ""),
        "permalink": permalink(server, one.urn), "at": one.created.isoformat(),
        "media": [figure(server.assets[piece["id"]], piece) for piece in pieces],
        "cover": cover_of(cover, bool(article)), "subtitles": subtitles(cover),
        "options": {"visibility": one.body["visibility"], "commentary": one.commentary, **told(one.shown),
                    "description": article.get("description", "")},
        "comments": [
            {"id": said.urn, "by": server.names()[said.actor], "text": said.text, "at": said.at.isoformat()}
            for said in server.comments if said.post == one.urn
        ],
    }  # fmt: skip


def permalink(server: LinkedIn, urn: str) -> str:
    """Where people see it: a page of this server; the real one is /feed/update/URN/ on www.linkedin.com."""
    return f"{server.url}/p/{urn}/"


def figure(asset: Asset, piece: dict[str, Any]) -> dict[str, Any]:
    """A picture, film or document with its alt text."""
    if asset.look is not None:
        return {**media.facts(asset.look), "alt": piece.get("altText", "")}
    return {"kind": "document", "alt": piece.get("title", ""), **asset.facts}


def cover_of(asset: Asset | None, is_article: bool) -> dict[str, Any] | None:
    """The picture that stands for an article or a film."""
    look = asset and (asset.look if is_article else asset.thumbnail)
    return media.facts(look) if look else None


def subtitles(asset: Asset | None) -> dict[str, str]:
    """Locale to the hash of the captions of a film."""
    return {asset.locale or "en_US": asset.captions} if asset and asset.captions else {}
