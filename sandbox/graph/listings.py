"""What is really published on the Graph server, for tests and for the human page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox import _media as media
from sandbox._wire import Answer
from sandbox.graph.media import comments
from sandbox.graph.state import Media, Post

if TYPE_CHECKING:
    from sandbox.graph.server import Graph


def published(graph: Graph) -> list[dict[str, Any]]:
    """Every post that the public sees, oldest first."""
    with graph.lock:
        graph.settle()
        rows = [instagram(graph, one) for one in graph.medias() if one.container]
        rows += [facebook(graph, one) for one in graph.posts()]
    return sorted(rows, key=lambda row: row["at"])


def instagram(graph: Graph, one: Media) -> dict[str, Any]:
    """An Instagram post."""
    shown = one.children or [one]
    pictures = [{**media.facts(piece.look), "alt": piece.alt} for piece in shown if piece.look]
    kind = {"REELS": "reel", "STORY": "story"}.get(one.product, "carousel" if one.children else "image")
    return {
        "network": "instagram", "kind": kind, "id": one.id, "code": one.shortcode, "container": one.container,
        "account": graph.objects[one.account].username, "account_id": one.account, "text": one.caption, "title": "",
        "link": "", "permalink": f"{graph.url}/p/{one.shortcode}/", "at": one.at.isoformat(), "media": pictures,
        "cover": media.facts(one.cover) if one.cover else None, "options": one.options, "subtitles": {},
        "comments": said(graph, one),
    }  # fmt: skip


def facebook(graph: Graph, one: Post) -> dict[str, Any]:
    """A post on a page."""
    photos = [graph.objects[piece] for piece in one.photos]
    pictures = [{**media.facts(piece.look), "alt": piece.alt} for piece in photos]
    film = graph.objects[one.video] if one.video else None
    if film and film.look:
        pictures.append({**media.facts(film.look), "alt": ""})
    return {
        "network": "facebook", "kind": one.kind, "id": one.id, "code": one.id, "container": one.video,
        "account": graph.objects[one.page].name, "account_id": one.page, "text": one.message, "title": one.title,
        "link": one.link, "permalink": f"{graph.url}/p/{one.id}/",
        "at": (one.published or one.created).isoformat(), "media": pictures,
        "cover": media.facts(film.thumb) if film and film.thumb else None, "options": {},
        "subtitles": dict(film.subtitles) if film else {}, "comments": said(graph, one, film),
    }  # fmt: skip


def said(graph: Graph, *nodes: Any) -> list[dict[str, str]]:
    """The comments under a post, and under its film."""
    found = [comment for node in nodes if node is not None for comment in comments(graph, node)]
    return [{"id": one.id, "by": one.by, "text": one.text, "at": one.at.isoformat()} for one in found]


def error_words(answer: Answer) -> str:
    """Code and subcode of an error answer: "36003/2207009"."""
    if answer.status < 400 or not answer.mime.startswith("application/json"):
        return "" if answer.status < 400 else f"HTTP {answer.status}"
    told = json.loads(answer.body)
    error = told.get("error", {})
    if not isinstance(error, dict) or "code" not in error:
        return str(told.get("debug_info", {}).get("type", f"HTTP {answer.status}"))
    return f"{error['code']}" + (f"/{error['error_subcode']}" if "error_subcode" in error else "")
