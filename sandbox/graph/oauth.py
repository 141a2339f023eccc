"""Login: the consent page, codes, short and long tokens, what a token is and which pages it opens.

Sources: Manually Build a Login Flow (2026-03-10), Access Token guides, debug_token reference, the code flow with PKCE.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from sandbox._media import LOOPBACK
from sandbox._server import Call
from sandbox._wire import Answer, Request, html_answer
from sandbox.graph import params
from sandbox.graph.consent import blocked, consent
from sandbox.graph.core import Ask, Edge, Kindred, project
from sandbox.graph.errors import GraphError
from sandbox.graph.state import App, Code, Page, Person, Token

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

SCOPES = (
    "public_profile", "pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement",
    "pages_read_user_content", "read_insights", "business_management", "instagram_basic", "instagram_content_publish",
    "instagram_manage_comments", "instagram_manage_insights", "publish_video",
)  # fmt: skip
WITHOUT_TOKEN = {"oauth_token"}
CODE_LASTS = timedelta(minutes=10)
SHORT, LONG = timedelta(hours=1), timedelta(days=60)
DATA_ACCESS = timedelta(days=90)


# ---------------------------------------------------------------------------------------------- the dialog


@dataclass(frozen=True)
class Wish:
    """What an app asks a person for."""

    app: App
    redirect: str
    state: str
    scopes: tuple[str, ...]
    challenge: str


def dialog(graph: Graph, request: Request) -> Call:
    """The call of the consent page: shown on GET, answered on POST."""
    version, words = graph.version_of(request.path)
    if words != ["dialog", "oauth"] or request.method not in ("GET", "POST"):
        raise GraphError(2500, f"Unknown path components: {request.path}")
    given = params.collected([*request.query, *request.form])
    if request.method == "GET":
        return Call("dialog", lambda: ask_person(graph, given, version))
    chosen = [value for name, value in request.form if name == "target"]
    granted = [value for name, value in request.form if name == "grant"]
    return Call("dialog_answer", lambda: person_answers(graph, given, chosen, granted))


def wish_of(graph: Graph, given: dict[str, str]) -> Wish:
    """The checked wish; ValueError, with the sentence that the page shows, for what Facebook blocks."""
    if given.get("client_id") != graph.app.id:
        raise ValueError("Invalid App ID: The provided app ID does not look like a valid app ID.")
    redirect = given.get("redirect_uri", "")
    if not may_redirect(graph.app, redirect):
        raise ValueError("URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's "
                         "Client OAuth Settings.")  # fmt: skip
    scopes = tuple(one for one in given.get("scope", "public_profile").replace(" ", ",").split(",") if one)
    unknown = [one for one in scopes if one not in SCOPES]
    if unknown:
        raise ValueError(f"Invalid Scopes: {', '.join(unknown)}. This message is only shown to developers.")
    if given.get("response_type", "code") != "code":
        raise ValueError("Only response_type=code is answered here.")
    if given.get("code_challenge") and given.get("code_challenge_method", "plain") != "S256":
        raise ValueError("code_challenge_method must be S256.")
    return Wish(graph.app, redirect, given.get("state", ""), scopes, given.get("code_challenge", ""))


def may_redirect(app: App, redirect: str) -> bool:
    """Whether the app registered this address exactly; an app in development may also use its own machine."""
    return redirect in app.redirects or urlsplit(redirect).hostname in LOOPBACK


def ask_person(graph: Graph, given: dict[str, str], version: str) -> Answer:
    """The consent page, or the page that says what is wrong."""
    try:
        wish = wish_of(graph, given)
    except ValueError as error:
        return html_answer(blocked(str(error)), 400)
    pages = [one for one in graph.objects.values() if isinstance(one, Page)]
    return html_answer(consent(graph, wish, pages, version, given))


def person_answers(graph: Graph, given: dict[str, str], chosen: list[str], granted: list[str]) -> Answer:
    """Back to the app: with a code, or with the refusal."""
    try:
        wish = wish_of(graph, given)
    except ValueError as error:
        return html_answer(blocked(str(error)), 400)
    back = {"state": wish.state} if wish.state else {}
    if given.get("answer") != "continue":
        refused = {"error": "access_denied", "error_code": "200", "error_description": "Permissions error",
                   "error_reason": "user_denied"}  # fmt: skip
        return redirect(wish.redirect, {**refused, **back})
    pages = [graph.objects[one] for one in chosen if isinstance(graph.objects.get(one), Page)]
    targets = frozenset(one for page in pages for one in (page.id, page.instagram) if one)
    code = Code(f"AQ{graph.word(80)}", wish.app.id, graph.person.id, wish.redirect,
                frozenset(granted) & frozenset(wish.scopes) | {"public_profile"}, targets, graph.clock.now(),
                wish.challenge)  # fmt: skip
    graph.codes[code.value] = code
    return redirect(wish.redirect, {"code": code.value, **back})


def redirect(address: str, query: dict[str, str]) -> Answer:
    """Sends the browser back; Facebook appends #_=_."""
    glue = "&" if urlsplit(address).query else "?"
    return Answer(302, b"", "text/html", {"Location": f"{address}{glue}{urlencode(query)}#_=_"})


# ---------------------------------------------------------------------------------------------- tokens


def access_token(ask: Ask) -> dict[str, Any]:
    """A token for a code, a long one for a short one, or the app's own."""
    graph, kind = ask.graph, ask.get("grant_type", "authorization_code")
    if ask.get("client_id") != graph.app.id:
        raise GraphError(101, "Error validating application. Cannot get application info due to a system error.")
    secret = ask.get("client_secret", "")
    if not hmac.compare_digest(secret.encode(), graph.app.secret.encode()):
        raise GraphError(1, "Error validating client secret.", transient=False)
    if kind == "client_credentials":
        return {"access_token": f"{graph.app.id}|{graph.app.secret}", "token_type": "bearer"}
    if kind == "fb_exchange_token":
        return exchanged(graph, graph.token(ask.get("fb_exchange_token", "")))
    return redeemed(ask)


def redeemed(ask: Ask) -> dict[str, Any]:
    """The short token of a code: once, in time, to the same address, by who began."""
    code = ask.graph.codes.get(ask.get("code", ""))
    if code is None:
        raise GraphError(100, "Invalid verification code format.", 36009)
    if code.used:
        raise GraphError(100, "This authorization code has been used.", 36009)
    if code.issued + CODE_LASTS <= ask.now:
        raise GraphError(100, "This authorization code has expired.", 36007)
    if ask.get("redirect_uri") != code.redirect:
        raise GraphError(100, "Error validating verification code. Please make sure your redirect_uri is identical to "
                              "the one you used in the OAuth dialog request", 36008)  # fmt: skip
    if code.challenge and challenge_of(ask.get("code_verifier", "")) != code.challenge:
        raise GraphError(100, "Error validating verification code. The code_verifier does not match.", 36008)
    code.used = True
    token = ask.graph.issue(scopes=code.scopes, lasts=SHORT, targets=code.targets)
    return {"access_token": token.value, "token_type": "bearer", "expires_in": int(SHORT.total_seconds())}


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def exchanged(graph: Graph, token: Token) -> dict[str, Any]:
    """The long token of a person's working token."""
    if token.kind != "USER":
        raise GraphError(100, "(#100) fb_exchange_token must be a user access token")
    long = graph.issue(scopes=token.scopes, lasts=LONG, targets=token.targets)
    return {"access_token": long.value, "token_type": "bearer", "expires_in": int(LONG.total_seconds())}


def debug(ask: Ask) -> dict[str, Any]:
    """What a token is; asked by the app itself or by somebody who uses it."""
    value = ask.get("input_token")
    try:
        token = ask.graph.token(value)
    except GraphError as error:
        told = {"code": error.code, "message": error.message, "subcode": error.subcode}
        return {"data": {"app_id": ask.graph.app.id, "error": told, "is_valid": False, "scopes": []}}
    return {"data": described(ask.graph, token)}


def described(graph: Graph, token: Token) -> dict[str, Any]:
    """A working token in the words of debug_token; 0 is never."""
    pages = [one for one in token.targets if isinstance(graph.objects.get(one), Page)]
    data: dict[str, Any] = {
        "app_id": token.app, "type": token.kind, "application": graph.app.name, "is_valid": True,
        "expires_at": int(token.expires.timestamp()) if token.expires else 0,
        "data_access_expires_at": int((token.issued + DATA_ACCESS).timestamp()),
        "issued_at": int(token.issued.timestamp()), "scopes": sorted(token.scopes),
        "granular_scopes": [
            {"scope": one, "target_ids": pages if one.startswith("pages") else sorted(token.targets - set(pages))}
            for one in sorted(token.scopes) if one.startswith(("pages", "instagram"))
        ],
    }  # fmt: skip
    if token.person:
        data["user_id"] = token.person
    if token.page:
        data["profile_id"] = token.page
    return data


# ---------------------------------------------------------------------------------------------- me


def me(ask: Ask) -> dict[str, Any]:
    """The person, or the page whose token asks."""
    node = ask.graph.objects[ask.token.page] if ask.token and ask.token.page else ask.graph.person
    return project(ask.graph, node, params.wanted(ask.given.get("fields", "")))


def accounts(ask: Ask) -> dict[str, Any]:
    """The pages that the person gave, each with its own token: endless where the asking one is a long one."""
    token = ask.token
    assert token is not None
    pages = [one for one in ask.graph.objects.values() if isinstance(one, Page) and one.id in token.targets]
    tree = params.wanted(ask.given.get("fields", "access_token,category,name,id,tasks"))
    return {"data": [page_row(ask, page, tree) for page in pages]}


def one_page(ask: Ask) -> dict[str, Any]:
    """A page by its fields."""
    return page_row(ask, ask.node, params.wanted(ask.given.get("fields", "name,id")))


def page_row(ask: Ask, page: Page, tree: params.Wanted) -> dict[str, Any]:
    """The fields of a page; its token is of the rights of who asks."""
    row = project(ask.graph, page, {name: one for name, one in tree.items() if name != "access_token"})
    if "access_token" in tree and ask.token and ask.token.kind != "APP":
        row["access_token"] = page_token(ask.graph, page, ask.token)
    return row


def page_token(graph: Graph, page: Page, token: Token) -> str:
    """The page's token for this token's rights: without end, unless the asking one is short; the same each time."""
    short = token.expires is not None and token.expires - token.issued <= SHORT
    ends = token.expires if short else None
    for one in graph.tokens.values():
        if (one.page, one.scopes, one.expires, one.broken) == (page.id, token.scopes, ends, None):
            return one.value
    return graph.issue(page=page, scopes=token.scopes, lasts=ends - graph.clock.now() if ends else None).value


def permissions(ask: Ask) -> dict[str, Any]:
    """What the person granted and what not."""
    granted = ask.token.scopes if ask.token else frozenset()
    return {"data": [{"permission": one, "status": "granted" if one in granted else "declined"} for one in SCOPES]}


def leave(ask: Ask) -> dict[str, bool]:
    """The person leaves the app: every token of theirs stops working."""
    for token in ask.graph.tokens.values():
        token.broken = token.broken or 458
    return {"success": True}


KINDS: dict[type, Kindred] = {
    Person: Kindred("User", {"id": lambda _graph, one: one.id, "name": lambda _graph, one: one.name}, ("name", "id")),
}
ASKED = ("client_id", "client_secret", "redirect_uri", "code", "grant_type", "fb_exchange_token", "code_verifier")
TOKEN_PARAMS = dict.fromkeys(ASKED, params.text)
EDGES: dict[tuple[Any, str, str], Edge] = {
    ("oauth", "access_token", "GET"): Edge("oauth_token", access_token, TOKEN_PARAMS, ("client_id",)),
    ("oauth", "access_token", "POST"): Edge("oauth_token", access_token, TOKEN_PARAMS, ("client_id",)),
    ("debug_token", "", "GET"): Edge("debug_token", debug, {"input_token": params.text}, ("input_token",)),
    ("me", "", "GET"): Edge("me", me),
    (Page, "", "GET"): Edge("page", one_page, scopes=("pages_read_engagement",)),
    ("me", "accounts", "GET"): Edge("accounts", accounts, scopes=("pages_show_list",)),
    ("me", "permissions", "GET"): Edge("permissions", permissions),
    ("me", "permissions", "DELETE"): Edge("permissions_delete", leave),
}
