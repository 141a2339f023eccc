"""Talking to an AT Protocol server: one call, one session per account, and what each error means.

The SDK carries the requests and names the errors; its own login is not used, because it follows no rule of ours
(it refreshes inside other calls and asks the AppView for a profile). Nothing here retries.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping
from typing import IO, Any, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from publishers._base import Frozen, OutcomeUnknown, PublisherError, Rejected, TryLater, Unauthorized
from publishers._bytes import pieces
from publishers._http import TIMEOUT, seconds_for
from publishers._keeping import Keeper
from publishers._sentences import _

Stage = Literal["prepare", "commit"]
SPARE = 300.0  # seconds before its end when a session is renewed

# Error names of the lexicons and of @atproto/pds 0.5.35; expired and invalid tokens come as 400 (seen 2026-11-22).
ENDED = frozenset({"ExpiredToken", "InvalidToken"})
REFUSED = frozenset({
    "AuthenticationRequired", "AuthMissing", "AuthFactorTokenRequired", "AccountTakedown", "AccountDeactivated",
    "AccountSuspended", "InvalidHandle", "BadAuth",
})  # fmt: skip


class SessionEndedError(TryLater):
    """The server no longer takes this session's token. Nothing was done; a new session may work."""


class BlobGoneError(TryLater):
    """The record names a blob that the server has dropped. Nothing was published."""


class NoSuchRecordError(Rejected):
    """The server says that it holds no such record."""


class Session(Frozen):
    """One account's session; `host` is the server that holds the account, as the login named it."""

    of: str = Field(repr=False, description="what tells its account and password from others")
    did: str
    handle: str
    host: str
    token: str = Field(repr=False)
    refresh: str = Field(repr=False)
    ends: float = Field(description="Unix time until which its token is used")
    app_password: bool = True

    @property
    def live(self) -> bool:
        """Whether its token will last for a call."""
        return time.time() < self.ends


class Account(Frozen):
    """Who logs in where."""

    host: str
    handle: str
    password: SecretStr

    @property
    def mark(self) -> str:
        """What tells it from others; the password takes part, so that a changed one never meets an old session."""
        words = [self.host, self.handle, self.password.get_secret_value()]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()


class Sessions:
    """The one session of an account: renewed before its end, opened by the password only where it cannot be renewed."""

    def __init__(self, account: Account, keeper: Keeper) -> None:
        self.account = account
        self._keeper = keeper

    def live(self) -> Session | None:
        """The usable session, or None. No call."""
        held = self._held(self._keeper.kept())
        return held if held and held.live else None

    def opened(self) -> Session:
        """A usable session. Two calls at most, by one caller at a time: the others find what it was given."""
        return Session.model_validate(self._keeper.change(self._renewed))

    def ended(self, session: Session) -> None:
        """Notes that the server no longer takes the session's token; the next one is had by `opened`."""
        self._keeper.change(lambda kept: {**kept, "ends": 0.0} if kept.get("token") == session.token else kept)

    def _renewed(self, kept: dict[str, Any]) -> dict[str, Any]:
        held = self._held(kept)
        if held and held.live:
            return kept
        return ((held and self._refreshed(held)) or self._logged_in()).model_dump()

    def _refreshed(self, held: Session) -> Session | None:
        """The session renewed by its own right, or None where the server revoked it."""
        try:
            answer = call(held.host, "com.atproto.server.refreshSession", token=held.refresh, body=b"")
        except (SessionEndedError, Unauthorized, Rejected):
            return None
        return self._session(answer)

    def _logged_in(self) -> Session:
        password = self.account.password.get_secret_value()
        body = {"identifier": self.account.handle, "password": password}
        return self._session(call(self.account.host, "com.atproto.server.createSession", body=body, hide=password))

    def _held(self, kept: dict[str, Any]) -> Session | None:
        """What was kept, if it is a session of this very account and password."""
        return Session.model_validate(kept) if kept.get("of") == self.account.mark else None

    def _session(self, answer: Mapping[str, Any]) -> Session:
        """The session of a login's or a renewal's answer."""
        try:
            token, refresh = str(answer["accessJwt"]), str(answer["refreshJwt"])
            did, handle = str(answer["did"]), str(answer["handle"])
        except KeyError:
            raise _lost("prepare") from None
        claims = _claims(token)
        lasts = float(claims.get("exp", 0)) - float(claims.get("iat", claims.get("exp", 0)))
        return Session(
            of=self.account.mark,
            did=did,
            handle=handle,
            host=_home(self.account.host, answer.get("didDoc")),
            token=token,
            refresh=refresh,
            ends=time.time() + max(lasts - SPARE, TIMEOUT),
            app_password="appPass" in str(claims.get("scope", "")),
        )


def call(
    host: str,
    nsid: str,
    *,
    stage: Stage = "prepare",
    token: str = "",
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | IO[bytes] | bytes | None = None,
    mime: str = "application/json",
    size: int = 0,
    hide: str = "",
) -> dict[str, Any]:
    """The JSON answer of one method: a query, or a procedure if there is a `body`. Raises PublisherError's children.

    A body is a JSON object, bytes, or an open file of `size` bytes, which is read piece by piece.

    In the stage "commit" an answer that proves nothing is OutcomeUnknown, else it is TryLater.
    What a server quotes of the token or of `hide` is not repeated in an error.
    """
    import httpx
    from atproto_client.client.raw import ClientRaw
    from atproto_client.exceptions import AtProtocolError

    content = json.dumps(body, ensure_ascii=False).encode() if isinstance(body, Mapping) else body
    request = _request(len(content) if isinstance(content, bytes) else size)
    client = ClientRaw(host, request=request)
    asked = f"{nsid}?{urlencode(params)}" if params else nsid
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        if content is None:
            answer = client.invoke_query(asked, headers=headers)
        elif isinstance(content, bytes):
            kind = {"Content-Type": mime} if content else {}
            answer = client.invoke_procedure(asked, content=content, headers={**headers, **kind})
        else:
            kind = {"Content-Type": mime, "Content-Length": str(size)}
            answer = client.invoke_procedure(asked, content=pieces(content, 0), headers={**headers, **kind})
        if isinstance(answer.content, dict):
            return answer.content
        if body is not None and not answer.content:
            return {}
        failure: PublisherError = _lost(stage)
    except (AtProtocolError, httpx.HTTPError, ValueError) as error:
        failure = meaning(error, stage, hide=(token, hide))
    finally:
        request.close()
    raise failure  # outside of the handler: the SDK's error, which may quote a request, is not chained to ours


def meaning(error: Exception, stage: Stage, hide: tuple[str, ...] = ()) -> PublisherError:
    """What an error of the SDK or of httpx says about the call: see docs of `publishers._base` for the four kinds."""
    import httpx

    cause = error.__cause__ or error
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return TryLater(_("The Bluesky server cannot be reached: nothing was sent, it is tried again later."))
    answer = getattr(error, "response", None)
    if answer is None:
        return _lost(stage)
    name = str(getattr(answer.content, "error", "") or "")
    if answer.status_code == 429:
        return _too_many(answer.headers)
    if not 400 <= answer.status_code < 500 or (not name and answer.status_code != 401):
        return _lost(stage)
    message = plain(str(getattr(answer.content, "message", "") or ""), hide)
    return _named(plain(name, hide), message, answer.status_code)


def _named(name: str, message: str, status: int) -> PublisherError:
    """The meaning of a 4xx that carries the server's own error: the server did nothing."""
    if name in ENDED:
        return SessionEndedError(_("Bluesky no longer takes this session: it is opened again at the next try."))
    if status in (401, 403) or name in REFUSED:
        return Unauthorized(
            _(
                "Bluesky does not accept the handle or its app password ({reason}): make a new one and enter it.",
                reason=name or str(status),
            )
        )
    if name == "BlobNotFound":
        return BlobGoneError(_("Bluesky no longer holds the uploaded files: they are sent again at the next try."))
    if name == "RecordNotFound":
        return NoSuchRecordError(_("Bluesky holds no such post."))
    return Rejected(_("Bluesky refuses the post: {reason}", reason=f"{name}: {message}" if message else name))


def _lost(stage: Stage) -> PublisherError:
    if stage == "commit":
        return OutcomeUnknown(_("Bluesky was asked to publish and its answer was lost: the post is looked for first."))
    return TryLater(_("Bluesky did not answer as it should: it is tried again later."))


def _too_many(headers: Mapping[str, str]) -> TryLater:
    """Seconds to wait from `retry-after`, else from `ratelimit-reset` (a Unix time, seen on @atproto/pds 0.5.35)."""
    wait: float | None = None
    try:
        if "retry-after" in headers:
            wait = float(headers["retry-after"])
        elif "ratelimit-reset" in headers:
            wait = float(headers["ratelimit-reset"]) - time.time()
    except ValueError:
        wait = None
    sentence = _("Bluesky asks for a pause: too many requests from this account.")
    return TryLater(sentence, retry_after=None if wait is None else max(wait, 0.0), scope="channel")


def plain(message: str, hide: tuple[str, ...] = ()) -> str:
    """A server's message fit for a page: one line, bounded, without our secrets or anything that looks like a token."""
    for secret in filter(None, hide):
        message = message.replace(secret, "…")
    words = (word if len(word) < 60 and "eyJ" not in word else "…" for word in message.split())
    return " ".join(words)[:200]


def _request(size: int) -> Any:
    """The SDK's transport with our rules: bounded for an upload of so many bytes, and no redirect is followed."""
    from atproto_client.request import Request

    from publishers._transport import Bounded

    request = Request(timeout=TIMEOUT, transport=Bounded(seconds_for(size)))
    request._client.follow_redirects = False  # the SDK's constructor offers no way to say so (0.0.73)
    return request


def _claims(token: str) -> dict[str, Any]:
    """What a token says of itself; empty if it is not of the usual kind. It is not checked: the server does that."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _home(host: str, document: Any) -> str:
    """The server that the account's document names, where bsky.social only answers the door; never less secure."""
    services = document.get("service", []) if isinstance(document, dict) else []
    for service in services if isinstance(services, list) else []:
        named = str(service.get("serviceEndpoint", "")) if str(service.get("id", "")).endswith("#atproto_pds") else ""
        if named.startswith("https://") and host.startswith("https://"):
            return named.rstrip("/")
    return host
