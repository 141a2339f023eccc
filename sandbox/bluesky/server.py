"""The Bluesky servers: the account's own (api), the video service (video) and the public app (appview)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox._faults import ERROR, EXPIRE, LIMIT, Fault
from sandbox._orders import Order, settings
from sandbox._server import Call, Sandbox
from sandbox._wire import Answer, Request, json_answer
from sandbox.bluesky import accounts, listings, repo, video
from sandbox.bluesky.state import Account, Ask, Blob, Job, Key, Leave, Record, Token, XrpcError, invalid

ANY, WRITES, RENEWS = (), (accounts.FULL, accounts.APP), (accounts.RENEW,)
BUDGETS = {
    "logins_5min": (30, 300), "logins_day": (300, 86_400), "uploads_day": (1000, 86_400),
    "writes_hour": (5000, 3600), "writes_day": (35_000, 86_400),
}  # fmt: skip
SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
VERSION = "0.5.35"  # the official server's, whose rules these are


@dataclass(frozen=True)
class Method:
    """One method of the lexicons: whether it is a query, what it needs and does."""

    run: Callable[[Ask], Answer]
    query: bool = False
    scopes: tuple[str, ...] = ANY
    streams: bool = False


METHODS: dict[str, dict[str, Method]] = {
    "api": {
        "com.atproto.server.createAccount": Method(accounts.create_account),
        "com.atproto.server.createAppPassword": Method(accounts.create_app_password, scopes=(accounts.FULL,)),
        "com.atproto.server.createSession": Method(accounts.create_session),
        "com.atproto.server.refreshSession": Method(accounts.refresh_session, scopes=RENEWS),
        "com.atproto.server.deleteSession": Method(accounts.delete_session, scopes=RENEWS),
        "com.atproto.server.getSession": Method(accounts.get_session, True, WRITES),
        "com.atproto.server.getServiceAuth": Method(accounts.get_service_auth, True, WRITES),
        "com.atproto.server.describeServer": Method(listings.describe, True),
        "com.atproto.identity.resolveHandle": Method(accounts.resolve_handle, True),
        "com.atproto.repo.uploadBlob": Method(repo.upload_blob, scopes=WRITES, streams=True),
        "com.atproto.repo.putRecord": Method(repo.put_record, scopes=WRITES),
        "com.atproto.repo.createRecord": Method(repo.create_record, scopes=WRITES),
        "com.atproto.repo.applyWrites": Method(repo.apply_writes, scopes=WRITES),
        "com.atproto.repo.deleteRecord": Method(repo.delete_record, scopes=WRITES),
        "com.atproto.repo.getRecord": Method(repo.get_record, True),
        "com.atproto.repo.listRecords": Method(repo.list_records, True),
        "com.atproto.sync.getBlob": Method(repo.get_blob, True),
        "_health": Method(listings.health, True),
    },
    "video": {
        "app.bsky.video.uploadVideo": Method(video.upload, streams=True),
        "app.bsky.video.getJobStatus": Method(video.status, True),
        "app.bsky.video.getUploadLimits": Method(video.limits, True),
    },
    "appview": {"app.bsky.feed.getPosts": Method(listings.get_posts, True)},
}


class Bluesky(Sandbox):
    """One account's server, by the documented rules, and what stands around it."""

    name = "bluesky"
    label = "Bluesky"
    platforms = ("bluesky",)
    hosts = ("api", "video", "appview")
    raw_hosts = frozenset(("video",))
    secret_names = frozenset(("password", "access_token"))

    def start(self) -> None:
        """One account with an app password."""
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.leaves: dict[str, Leave] = {}
        self.records: dict[Key, Record] = {}
        self.blobs_of: dict[tuple[str, str], Blob] = {}  # account and content id -> file
        self.jobs: dict[str, Job] = {}
        self.spent: list[tuple[datetime, str, str, int]] = []  # when, of which budget, whose, points
        self.budgets = {name: most for name, (most, _seconds) in BUDGETS.items()}
        self.processing, self.blobs_last = {"video": 20.0}, 3600.0  # seconds of the server's clock
        self.blob_bytes, self.version = repo.BLOB_BYTES, VERSION
        self.last_tid = 0
        self.account = self.add_account("observatoire.test", self.word(20))
        self.app_password = self.add_app_password(self.account, "porte-voix")

    def add_account(self, handle: str, password: str, did: str = "", email_confirmed: bool = True) -> Account:
        """A new account."""
        made = Account(did or f"did:plc:{self.word(24, SIGNS)}", handle, password, email_confirmed=email_confirmed)
        self.accounts[made.did] = made
        return made

    def add_app_password(self, account: Account, name: str) -> str:
        """A new app password of the account."""
        password = "-".join(self.word(4, SIGNS) for _part in range(4))
        account.app_passwords[password] = name
        return password

    def revoke(self, account: Account | None = None) -> None:
        """Every session of the account is over, whatever its end was."""
        for token in self.tokens.values():
            if token.account == (account or self.account).did:
                token.revoked = True

    def tid(self) -> str:
        """A key of the server's own choosing, later ones greater."""
        self.last_tid = max(self.last_tid + 1, int(self.clock.now().timestamp() * 1e6))
        return "".join(SIGNS[self.last_tid << 10 >> shift & 31] for shift in range(60, -1, -5))

    def secrets(self) -> Iterable[str]:
        """Passwords, tokens and leaves."""
        words = [word for one in self.accounts.values() for word in (one.password, *one.app_passwords) if word]
        return [*words, *self.tokens, *self.leaves]

    def spend(self, budget: str, whose: str, points: int) -> None:
        """Counts towards a budget; 429 where it is empty."""
        now, seconds = self.clock.now(), BUDGETS[budget][1]
        self.spent = [one for one in self.spent if one[0] > now - timedelta(days=1)]
        begun = now - timedelta(seconds=seconds)
        used = sum(n for at, *key, n in self.spent if key == [budget, whose] and at > begun)
        if used + points > self.budgets[budget]:
            raise TooManyError(self.budgets[budget], seconds, now)
        self.spent.append((now, budget, whose, points))

    # ------------------------------------------------------------------------------- from path to method

    def route(self, request: Request) -> Call:
        """The call that a request is, named by the last word of its method."""
        nsid = request.path.removeprefix("/xrpc/")
        method = METHODS[request.host].get(nsid)
        name = nsid.rsplit(".", 1)[-1] if re.fullmatch(r"[\w.]+", nsid) else "unknown"
        ask = Ask(self, request)
        if method is None:
            return Call(name, lambda: XrpcError(401, "AuthMissing", "Authentication Required").answer())
        return Call(name, partial(self.guarded, ask, method), method.streams)

    def guarded(self, ask: Ask, method: Method) -> Answer:
        """The answer of a method, or the error."""
        right = "GET" if method.query else "POST"
        try:
            if ask.request.method != right:
                raise invalid(f"Incorrect HTTP method ({ask.request.method}) expected {right}")
            if method.scopes:
                ask.token = accounts.token_of(ask, method.scopes)
            return method.run(ask)
        except XrpcError as error:
            return error.answer()

    # ------------------------------------------------------------------------------- faults, control, publication

    def refuse(self, fault: Fault, request: Request) -> Answer:
        """The server's own words for a planned fault; its details: status, error, message."""
        if fault.kind == EXPIRE:
            token = self.tokens.get(request.headers.get("authorization", "").partition(" ")[2])
            if token:
                token.ends = self.clock.now()
            return invalid("Token has expired", "ExpiredToken").answer()
        if fault.kind == LIMIT:
            return TooManyError(5000, 3600, self.clock.now()).answer()
        usual = (500, "InternalServerError", "Internal Server Error") if fault.kind == ERROR else (
            400, "InvalidRequest", "refused")  # fmt: skip
        told = (fault.details.get(name, word) for name, word in zip(("status", "error", "message"), usual, strict=True))
        return XrpcError(*told).answer()

    def error_of(self, answer: Answer) -> str:
        """Status and name of an error, for the log."""
        if answer.status < 400 or not answer.mime.startswith("application/json"):
            return "" if answer.status < 400 else f"HTTP {answer.status}"
        return f"{answer.status} {json.loads(answer.body).get('error', '')}"

    def settle(self) -> None:
        """Films become ready, files that nobody shows are dropped."""
        video.settle(self)
        repo.drop_unused(self)

    def published(self) -> list[dict[str, Any]]:
        """What the public sees, oldest first; each message of a thread is one."""
        with self.lock:
            self.settle()
            return listings.published(self)

    def facts(self) -> dict[str, str]:
        """What a channel needs to publish here."""
        urls = {"pds_url": self.url, "video_url": self.urls["video"], "appview_url": self.urls["appview"]}
        return {**urls, "handle": self.account.handle, "app_password": self.app_password, "did": self.account.did}

    def orders(self) -> Mapping[str, Order]:
        """The commands of the control interface that only this server knows."""

        def revoke(_given: dict[str, Any]) -> Any:
            self.revoke()
            return {"revoked": True}

        def statistics(given: dict[str, Any]) -> Any:
            did, collection, rkey = given["id"].removeprefix("at://").split("/")
            self.records[did, collection, rkey].counts.update(given["values"])
            return {"known": True}

        names = ("blobs_last", "blob_bytes", "version")
        return {
            "revoke": revoke,
            "statistics": statistics,
            "settings": settings(self, names, self.budgets, self.processing),
        }


class TooManyError(XrpcError):
    """429, with the headers that say until when."""

    def __init__(self, most: int, seconds: int, now: datetime) -> None:
        super().__init__(429, "RateLimitExceeded", "Rate Limit Exceeded")
        ends = int(now.timestamp()) + seconds
        self.headers = {
            "ratelimit-limit": str(most), "ratelimit-remaining": "0", "ratelimit-reset": str(ends),
            "ratelimit-policy": f"{most};w={seconds}",
        }  # fmt: skip

    def answer(self) -> Answer:
        """The error as it goes over the wire."""
        return json_answer({"error": self.error, "message": self.message}, self.status, self.headers)
