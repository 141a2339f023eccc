"""Login: the consent page, codes, tokens of 60 days, what a token is and who its person is.

Sources: Authorization Code Flow (3-legged OAuth), Refresh Tokens with OAuth 2.0, Token Introspection, Sign In with
LinkedIn using OpenID Connect.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from sandbox._media import LOOPBACK
from sandbox._server import Call
from sandbox._wire import Answer, Request, html_answer, json_answer
from sandbox.linkedin.errors import denied
from sandbox.linkedin.restli import Ask
from sandbox.linkedin.state import App, Code, Token

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn

MEMBER_SCOPES = ("openid", "profile", "email", "w_member_social")
SCOPES = (*MEMBER_SCOPES, "w_organization_social", "r_organization_social", "rw_organization_admin")
ACCESS, REFRESH, CODE = timedelta(seconds=5_184_000), timedelta(days=365), timedelta(minutes=30)
CARRIED = ("response_type", "client_id", "redirect_uri", "state", "scope")
HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Sign in to LinkedIn (sandbox)</title><style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;"
    "margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem}</style></head><body>"
)


def route(server: LinkedIn, request: Request) -> Call:
    """The call of the login host."""
    given = dict([*request.query, *request.form])
    calls = {
        ("GET", "/oauth/v2/authorization"): ("authorization", lambda: ask_person(server, given)),
        ("POST", "/oauth/v2/authorization"): ("authorization_answer", lambda: person_answers(server, given)),
        ("POST", "/oauth/v2/accessToken"): ("access_token", lambda: form_only(server, request, token)),
        ("POST", "/oauth/v2/introspectToken"): ("introspect_token", lambda: form_only(server, request, introspect)),
        ("POST", "/oauth/v2/revoke"): ("revoke", lambda: form_only(server, request, revoke)),
    }
    name, run = calls.get((request.method, request.path), ("unknown", lambda: refused("not_found", "", 404)))
    return Call(name, run)


def refused(error: str, why: str, status: int = 400) -> Answer:
    """An error of the login host."""
    return json_answer({"error": error, "error_description": why}, status)


def form_only(server: LinkedIn, request: Request, run: Callable[[LinkedIn, dict[str, str]], Answer]) -> Answer:
    """The answer to a form in the body; secrets in an address are not looked at."""
    if request.mime != "application/x-www-form-urlencoded":
        return refused("invalid_request", "Content-Type must be application/x-www-form-urlencoded")
    return run(server, dict(request.form))


# ---------------------------------------------------------------------------------------------- the dialog


def fault_of(server: LinkedIn, given: dict[str, str]) -> str:
    """Why the page does not go on; empty if it does."""
    if given.get("client_id") != server.app.id:
        return "The passed in client_id is invalid"
    if not may_redirect(server.app, given.get("redirect_uri", "")):
        return "The redirect_uri does not match the registered value"
    return ""


def may_redirect(app: App, redirect: str) -> bool:
    """Whether the app registered this address exactly; its own machine is allowed besides."""
    return redirect in app.redirects or urlsplit(redirect).hostname in LOOPBACK


def ask_person(server: LinkedIn, given: dict[str, str]) -> Answer:
    """The consent page; the page that says what is wrong; or back to the app with an error."""
    if why := fault_of(server, given):
        return html_answer(f"{HEAD}<h1>Bummer, something went wrong.</h1><p>{escape(why)}</p></body></html>", 400)
    if given.get("response_type") != "code":
        return back(given, {"error": "unsupported_response_type", "error_description": "response_type must be code"})
    scopes = given.get("scope", "").split()
    unknown = [one for one in scopes if one not in SCOPES]
    if unknown or not scopes:
        why = f'Scope "{unknown[0]}" is not authorized for your application' if unknown else "scope is missing"
        return back(given, {"error": "unauthorized_scope_error", "error_description": why})
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(given[name])}">' for name in CARRIED if given.get(name)
    )
    rights = "".join(f"<li>{escape(one)}</li>" for one in scopes)
    return html_answer(
        f"{HEAD}<h1>{escape(server.app.name)} would like to</h1><ul>{rights}</ul><p>You are signed in as "
        f"<b>{escape(server.person.name)}</b>. This is a sandbox: nothing leaves this machine.</p>"
        f'<form method="post" action="/oauth/v2/authorization">{hidden}'
        '<button name="answer" value="allow">Allow</button>'
        '<button name="answer" value="cancel">Cancel</button></form></body></html>'
    )


def person_answers(server: LinkedIn, given: dict[str, str]) -> Answer:
    """Back to the app: with a code, or with the refusal."""
    scopes = given.get("scope", "").split()
    if why := fault_of(server, given):
        return html_answer(f"{HEAD}<h1>Bummer, something went wrong.</h1><p>{escape(why)}</p></body></html>", 400)
    if given.get("answer") != "allow" or not set(scopes) <= set(SCOPES):
        why = "The user cancelled the authorization"
        return back(given, {"error": "user_cancelled_authorize", "error_description": why})
    code = Code(f"AQ{server.word(60)}", server.person.urn, given["redirect_uri"], frozenset(scopes), server.clock.now())
    server.codes[code.value] = code
    return back(given, {"code": code.value})


def back(given: dict[str, str], query: dict[str, str]) -> Answer:
    """Sends the browser back to the app, with its state."""
    if given.get("state"):
        query["state"] = given["state"]
    glue = "&" if urlsplit(given["redirect_uri"]).query else "?"
    return Answer(302, b"", "text/html", {"Location": f"{given['redirect_uri']}{glue}{urlencode(query)}"})


# ---------------------------------------------------------------------------------------------- tokens


def is_app(server: LinkedIn, form: dict[str, str]) -> bool:
    """Whether the form comes from the app."""
    secret = form.get("client_secret", "").encode()
    return form.get("client_id") == server.app.id and hmac.compare_digest(secret, server.app.secret.encode())


def token(server: LinkedIn, form: dict[str, str]) -> Answer:
    """A token for a code, or for one that renews others."""
    if not is_app(server, form):
        return refused("invalid_client", "Client authentication failed", 401)
    if form.get("grant_type") == "authorization_code":
        return redeem(server, form)
    if form.get("grant_type") == "refresh_token":
        return renew(server, form)
    return refused("invalid_request", 'A required parameter "grant_type" is missing or unknown')


def redeem(server: LinkedIn, form: dict[str, str]) -> Answer:
    """The token of a code: once, in time, to the same address."""
    code = server.codes.get(form.get("code", ""))
    if (
        code is None
        or code.used
        or code.issued + CODE <= server.clock.now()
        or form.get("redirect_uri") != code.redirect
    ):
        why = ("Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. "
               "Or authorization code expired. Or external member binding exists")  # fmt: skip
        return refused("invalid_request", why)
    code.used = True
    renewing = server.issue(code.scopes, lasts=REFRESH, refreshes=True) if server.app.refreshes else None
    return granted(server, code.scopes, renewing)


def renew(server: LinkedIn, form: dict[str, str]) -> Answer:
    """A new token for one that renews; its own end does not move."""
    renewing = server.tokens.get(form.get("refresh_token", ""))
    if not server.app.refreshes:
        return refused("invalid_request", "Programmatic refresh tokens are not enabled for this application")
    if renewing is None or not renewing.refreshes or renewing.revoked or renewing.expires <= server.clock.now():
        return refused(
            "invalid_request", "The provided authorization grant or refresh token is invalid, expired or revoked"
        )
    return granted(server, renewing.scopes, renewing)


def granted(server: LinkedIn, scopes: frozenset[str], renewing: Token | None) -> Answer:
    """The answer with a fresh token."""
    made = server.issue(scopes)
    told: dict[str, Any] = {
        "access_token": made.value, "expires_in": int(ACCESS.total_seconds()), "scope": ",".join(sorted(scopes)),
        "token_type": "Bearer",
    }  # fmt: skip
    if renewing is not None:
        told["refresh_token"] = renewing.value
        told["refresh_token_expires_in"] = int((renewing.expires - server.clock.now()).total_seconds())
    return json_answer(told)


def introspect(server: LinkedIn, form: dict[str, str]) -> Answer:
    """What a token is, for the app that it belongs to."""
    if not is_app(server, form):
        return refused("invalid_client", "Client authentication failed", 401)
    one = server.tokens.get(form.get("token", ""))
    if one is None:
        return json_answer({"active": False})
    now = server.clock.now()
    status = "revoked" if one.revoked else "expired" if one.expires <= now else "active"
    issued = int(one.issued.timestamp())
    return json_answer({
        "active": status == "active", "status": status, "client_id": server.app.id, "authorized_at": issued,
        "created_at": issued, "expires_at": int(one.expires.timestamp()), "scope": ",".join(sorted(one.scopes)),
        "auth_type": "3L",
    })  # fmt: skip


def revoke(server: LinkedIn, form: dict[str, str]) -> Answer:
    """The app gives a token back."""
    if not is_app(server, form):
        return refused("invalid_client", "Client authentication failed", 401)
    if (one := server.tokens.get(form.get("token", ""))) is not None:
        one.revoked = True
    return Answer(200)


def userinfo(ask: Ask) -> Answer:
    """Who the person is."""
    if "openid" not in ask.who.scopes:
        raise denied("userinfo.GET.NO_VERSION")
    person = ask.server.people[ask.who.person]
    told: dict[str, Any] = {"sub": person.urn.rpartition(":")[2]}
    if "profile" in ask.who.scopes:
        told |= {"name": person.name, "given_name": person.given_name, "family_name": person.family_name,
                 "locale": {"country": "FR", "language": "fr"}}  # fmt: skip
    if "email" in ask.who.scopes:
        told |= {"email": person.email, "email_verified": True}
    return json_answer(told)
