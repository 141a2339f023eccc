"""Accounts, sessions, and the leave that a server gives to another one.

Sources: lexicons com.atproto.server.*; @atproto/pds 0.5.35 (a used right to renew is good for two hours more, and gives
the same successor; an access token is good until its end).
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from sandbox._wire import Answer, json_answer
from sandbox.bluesky.state import Account, Ask, Leave, Token, XrpcError, invalid

ACCESS, REFRESH, GRACE = timedelta(hours=2), timedelta(days=90), timedelta(hours=2)
FULL, APP, RENEW = "com.atproto.access", "com.atproto.appPass", "com.atproto.refresh"


def create_account(ask: Ask) -> Answer:
    """A new account, logged in by its password."""
    given = ask.body("handle")
    if any(one.handle == given["handle"] for one in ask.server.accounts.values()):
        raise invalid(f"Handle already taken: {given['handle']}", "HandleNotAvailable")
    made = ask.server.add_account(given["handle"], given.get("password", ""), email_confirmed=False)
    return json_answer({"did": made.did, "handle": made.handle, **_session(ask, made, FULL)})


def create_app_password(ask: Ask) -> Answer:
    """A new password for one program."""
    name = ask.body("name")["name"]
    password = ask.server.add_app_password(ask.account, name)
    return json_answer({"name": name, "password": password, "createdAt": stamp(ask)})


def create_session(ask: Ask) -> Answer:
    """A session for a password."""
    given = ask.body("identifier", "password")
    ask.server.spend("logins_5min", given["identifier"], 1)
    ask.server.spend("logins_day", given["identifier"], 1)
    account = next((a for a in ask.server.accounts.values() if given["identifier"] in (a.did, a.handle)), None)
    if account is None or given["password"] not in (account.password, *account.app_passwords):
        raise XrpcError(401, "AuthenticationRequired", "Invalid identifier or password")
    if account.taken_down:
        raise XrpcError(401, "AccountTakedown", "Account has been taken down")
    scope = FULL if given["password"] == account.password else APP
    return json_answer({**_session(ask, account, scope), **_about(account)})


def refresh_session(ask: Ask) -> Answer:
    """The next session of one."""
    assert ask.token
    account, worn = ask.account, ask.token
    if account.taken_down:
        raise XrpcError(401, "AccountTakedown", "Account has been taken down")
    if worn.next:
        successor = ask.server.tokens[worn.next]
        if successor.revoked:
            raise invalid("Token has been revoked", "ExpiredToken")
        access = issue(ask, account, worn.scope, ACCESS)
        return json_answer({"accessJwt": access.value, "refreshJwt": successor.value, **_about(account)})
    made = _session(ask, account, worn.scope)
    worn.next, worn.ends = made["refreshJwt"], min(worn.ends, ask.now + GRACE)
    return json_answer({**made, **_about(account)})


def get_session(ask: Ask) -> Answer:
    """Whose session it is."""
    return json_answer(_about(ask.account))


def delete_session(ask: Ask) -> Answer:
    """Nothing; the right to renew is gone."""
    assert ask.token
    ask.token.revoked = True
    return Answer(200)


def get_service_auth(ask: Ask) -> Answer:
    """A token for another server."""
    audience, method = ask.param("aud"), ask.query.get("lxm", "")
    ends = ask.now + timedelta(minutes=1)
    if "exp" in ask.query:
        seconds = float(ask.query["exp"]) - ask.now.timestamp()
        if seconds < 0:
            raise invalid("expiration is in past", "BadExpiration")
        if seconds > 3600:
            words = "cannot request a token with an expiration more than an hour in the future"
            raise invalid(words, "BadExpiration")
        ends = ask.now + timedelta(seconds=seconds)
    if not audience.startswith("did:"):
        raise invalid("aud must be a valid atproto DID or did#serviceId reference")
    leave = Leave("", ask.account.did, audience, method, ends)
    claims = {"iss": leave.account, "aud": audience, "lxm": method, "exp": int(ends.timestamp())}
    leave.value = jwt(ask.server.word(43), claims)
    ask.server.leaves[leave.value] = leave
    return json_answer({"token": leave.value})


def resolve_handle(ask: Ask) -> Answer:
    """The account of a handle."""
    handle = ask.param("handle").lower()
    found = next((one.did for one in ask.server.accounts.values() if one.handle == handle), None)
    if found is None:
        raise invalid("Unable to resolve handle", "HandleNotFound")
    return json_answer({"did": found})


def token_of(ask: Ask, scopes: tuple[str, ...]) -> Token:
    """The token that the call carries, for what needs one of these scopes."""
    scheme, _space, value = ask.request.headers.get("authorization", "").partition(" ")
    if not value or scheme.lower() != "bearer":
        raise XrpcError(401, "AuthMissing", "Authentication Required")
    token = ask.server.tokens.get(value)
    renews = RENEW in scopes
    if token is None or token.value.startswith("r.") != renews:
        raise invalid("Token could not be verified", "InvalidToken")
    if not renews and token.scope not in scopes:
        raise invalid("Bad token scope", "InvalidToken")
    if token.ends <= ask.now:
        raise invalid("Token has expired", "ExpiredToken")
    if token.revoked:
        raise invalid("Token has been revoked", "ExpiredToken")
    return token


def issue(ask: Ask, account: Account, scope: str, lasts: timedelta) -> Token:
    """A new access token."""
    return _issue(ask, account, scope, lasts, "")


def _session(ask: Ask, account: Account, scope: str) -> dict[str, str]:
    access, renew = issue(ask, account, scope, ACCESS), _issue(ask, account, scope, REFRESH, "r.")
    return {"accessJwt": access.value, "refreshJwt": renew.value}


def _issue(ask: Ask, account: Account, scope: str, lasts: timedelta, start: str) -> Token:
    now, ends = ask.now, ask.now + lasts
    claims = {"scope": scope if not start else RENEW, "aud": "did:web:localhost", "sub": account.did}
    value = start + jwt(ask.server.word(43), {**claims, "iat": int(now.timestamp()), "exp": int(ends.timestamp())})
    ask.server.tokens[value] = token = Token(value, account.did, scope, ends)
    return token


def jwt(signature: str, claims: dict[str, Any]) -> str:
    """A token that tells its claims as the usual ones do."""
    parts = ({"typ": "at+jwt", "alg": "HS256"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return ".".join([*coded, signature])


def _about(account: Account) -> dict[str, Any]:
    return {
        "did": account.did, "handle": account.handle, "email": f"{account.handle}@example.org",
        "emailConfirmed": account.email_confirmed, "active": True,
    }  # fmt: skip


def stamp(ask: Ask) -> str:
    """The server's time as records write it."""
    return ask.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
