"""The human page: what the public sees on the platform, drawn plainly."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox._server import Sandbox

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1f }
article { border: 1px solid #c8c8d0; border-radius: .5rem; padding: 1rem; margin: 1.5rem 0; overflow-wrap: anywhere }
header { color: #55555f; font-size: .9rem } figure { margin: 1rem 0 }
img, video { max-width: 100%; max-height: 36rem; display: block; border-radius: .25rem }
figcaption, .comment { color: #33333b; font-size: .9rem; border-left: 3px solid #c8c8d0; padding-left: .75rem }
.text { white-space: pre-wrap } .absent { color: #a11 }
"""


def page(sandbox: Sandbox, only: str = "") -> str:
    """The whole page, newest post first; one post alone where `only` names it."""
    posts = [one for one in reversed(sandbox.published()) if only in ("", one.get("code", ""), one["id"])]
    told = "".join(article(one) for one in posts) or "<p>Nothing is published here yet.</p>"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(sandbox.label)} (sandbox)</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{escape(sandbox.label)}</h1><p>A sandbox on this machine. Nobody else sees what is published here."
        f"</p>{told}</body></html>"
    )


def article(post: dict[str, Any]) -> str:
    """One post with its pictures, alt texts and comments."""
    title = f"<h2>{escape(post['title'])}</h2>" if post.get("title") else ""
    link = f'<p><a href="{escape(post["link"])}">{escape(post["link"])}</a></p>' if post.get("link") else ""
    comments = "".join(
        f'<p class="comment"><b>{escape(one["by"])}</b> {escape(one["text"])}</p>' for one in post.get("comments", ())
    )
    return (
        f'<article id="{escape(post["id"])}"><header>{escape(post["network"])} · {escape(post["account"])} · '
        f"{escape(post['kind'])} · {escape(post['at'])}</header>{title}"
        f'<p class="text" dir="auto">{escape(post["text"])}</p>{link}'
        f"{''.join(figure(one) for one in post['media'])}{comments}</article>"
    )


def figure(medium: dict[str, Any]) -> str:
    """A picture or a film with what is said for people who do not see it."""
    source = f"/sandbox/files/{medium['sha256']}"
    alt = medium.get("alt") or ""
    if medium["kind"] == "document":
        return f'<p><a href="{source}">{escape(alt)}</a>: {medium["pages"]} pages</p>'
    if medium["kind"] == "video":
        shown = f'<video controls preload="metadata" src="{source}"></video>'
    else:
        shown = f'<img src="{source}" alt="{escape(alt)}">'
    said = f"Alt text: {escape(alt)}" if alt else '<span class="absent">No alt text</span>'
    caption = "" if medium["kind"] == "video" and not alt else f'<figcaption dir="auto">{said}</figcaption>'
    return f"<figure>{shown}{caption}</figure>"
