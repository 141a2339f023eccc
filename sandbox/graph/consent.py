"""The pages of the login dialog that a person sees."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.graph.oauth import Wish
    from sandbox.graph.server import Graph
    from sandbox.graph.state import Page

HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Log in with Facebook (sandbox)</title><style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;"
    "margin:3rem auto;padding:0 1rem}fieldset{border:1px solid #c8c8d0;border-radius:.5rem;margin:1rem 0}"
    "label{display:block}button{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem}</style></head><body>"
)
# What the form carries from the app's request back with the person's answer.
CARRIED = ("client_id", "redirect_uri", "state", "scope", "response_type", "code_challenge", "code_challenge_method")


def blocked(why: str) -> str:
    """The page that stands instead of a redirect where the app asked wrongly."""
    return f"{HEAD}<h1>Sorry, something went wrong</h1><p>{escape(why)}</p></body></html>"


def consent(graph: Graph, wish: Wish, pages: list[Page], version: str, given: dict[str, str]) -> str:
    """The page that asks the person which pages and rights the app is to have."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(given[name])}">' for name in CARRIED if given.get(name)
    )
    targets = "".join(
        f'<label><input type="checkbox" name="target" value="{page.id}" checked> {escape(page.name)}'
        f"{escape(linked(graph, page))}</label>"
        for page in pages
    )
    rights = "".join(
        f'<label><input type="checkbox" name="grant" value="{one}" checked> {one}</label>' for one in wish.scopes
    )
    return (
        f"{HEAD}<h1>{escape(wish.app.name)} asks for access</h1><p>You are logged in as "
        f"<b>{escape(graph.person.name)}</b>. This is a sandbox: nothing leaves this machine.</p>"
        f'<form method="post" action="/{version}/dialog/oauth">{hidden}'
        f"<fieldset><legend>Pages and accounts</legend>{targets}</fieldset>"
        f"<fieldset><legend>What it may do there</legend>{rights}</fieldset>"
        '<button name="answer" value="continue">Continue</button>'
        '<button name="answer" value="cancel">Cancel</button></form></body></html>'
    )


def linked(graph: Graph, page: Page) -> str:
    """The Instagram account beside a page."""
    account = graph.objects.get(page.instagram)
    return f" and @{account.username} on Instagram" if account else ""
