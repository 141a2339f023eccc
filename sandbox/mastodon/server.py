"""The Mastodon server: tokens, scopes, limits of calls, and the way from a path to an edge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sandbox import _media as looks
from sandbox._faults import ERROR, EXPIRE, LIMIT, Fault
from sandbox._orders import Order, settings
from sandbox._server import Call, Sandbox
from sandbox._wire import Answer, Request
from sandbox.mastodon import instance, media, statuses, text
from sandbox.mastodon.state import Account, Ask, Attachment, MastodonError, Status, Token

FAULTS = {ERROR: (500, "We're sorry, but something went wrong"), LIMIT: (429, "Too many requests")}
BUDGETS = {"calls": 300, "uploads": 300 * 6, "deletions": 300 * 6}  # seconds of their windows


@dataclass(frozen=True)
class Edge:
    """What one method of one path needs and does. `limit`: which budget of calls it uses beside the general one."""

    name: str
    run: Callable[[Ask], Answer]
    scope: str = ""  # empty: everybody may, with or without a token
    limit: str = ""


EDGES: list[tuple[str, str, Edge]] = [
    ("POST", "/api/v2/media", Edge("media", media.create, "write:media", "uploads")),
    ("GET", "/api/v1/media/*", Edge("media_get", media.get, "write:media")),
    ("PUT", "/api/v1/media/*", Edge("media_edit", media.update, "write:media")),
    ("POST", "/api/v1/statuses", Edge("statuses", statuses.create, "write:statuses")),
    ("GET", "/api/v1/statuses/*", Edge("status", statuses.get)),
    ("GET", "/api/v1/statuses/*/source", Edge("status_source", statuses.source, "read:statuses")),
    ("DELETE", "/api/v1/statuses/*", Edge("status_delete", statuses.delete, "write:statuses", "deletions")),
    ("GET", "/api/v1/accounts/verify_credentials", Edge("verify_credentials", statuses.verify, "read:accounts")),
    ("GET", "/api/v1/accounts/*/statuses", Edge("account_statuses", statuses.of_account)),
    ("GET", "/api/v2/instance", Edge("instance", instance.get)),
]


class Mastodon(Sandbox):
    """A Mastodon server, by the documented rules."""

    name = "mastodon"
    label = "Mastodon"
    platforms = ("mastodon",)
    hosts = ("api",)
    secret_names = frozenset(("access_token",))

    def start(self) -> None:
        """One account with a token that may read and write."""
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.media: dict[str, Attachment] = {}
        self.statuses: dict[str, Status] = {}
        self.keys: dict[tuple[str, str], tuple[datetime, str]] = {}  # account and Idempotency-Key -> when, post
        self.times: list[tuple[datetime, str, str]] = []  # of calls: account, budget
        self.made = 0
        self.processing = {"image": 0.0, "video": 20.0}  # seconds of the server's clock
        self.budgets = {"calls": 300, "uploads": 30, "deletions": 30}  # in 5, 30 and 30 minutes
        self.account = self.add_account("observatoire", "Observatoire (sandbox)")
        self.token = self.issue().value

    def number(self) -> str:
        """A new id; later ones are greater."""
        self.made += 1
        return str((int(self.clock.now().timestamp() * 1000) << 16) + self.made)

    def add_account(self, username: str, name: str) -> Account:
        """A new account."""
        made = Account(self.number(), username, name)
        self.accounts[made.id] = made
        return made

    def issue(self, scopes: Iterable[str] = ("read", "write"), account: Account | None = None) -> Token:
        """A new token of the account."""
        token = Token(self.word(43), (account or self.account).id, frozenset(scopes))
        self.tokens[token.value] = token
        return token

    def revoke(self, token: str) -> None:
        """The token fails with 401 from now on."""
        self.tokens[token].revoked = True

    def secrets(self) -> Iterable[str]:
        """The tokens."""
        return list(self.tokens)

    # ------------------------------------------------------------------------------- from path to edge

    def route(self, request: Request) -> Call:
        """The call that a request is."""
        for method, pattern, edge in EDGES:
            found = re.fullmatch(pattern.replace("*", r"(\w+)"), request.path)
            if found and method == request.method:
                ask = Ask(self, request, found[1] if found.groups() else "")
                return Call(edge.name, partial(self.guarded, ask, edge))
        return Call("unknown", lambda: MastodonError(404, "Not Found").answer())

    def guarded(self, ask: Ask, edge: Edge) -> Answer:
        """The answer of an edge, or the error, with the limits of calls."""
        usage: dict[str, str] = {}
        try:
            ask.token = self.token_of(ask.request, edge.scope)
            usage = self.count(ask.token.account if ask.token else "", edge.limit)
            answer = edge.run(ask)
        except MastodonError as error:
            answer = error.answer()
        return answer.with_headers(usage or self.left("", "calls"))

    def token_of(self, request: Request, scope: str) -> Token | None:
        """The token of a call, which has the scope; none where none is needed."""
        scheme, _space, value = request.headers.get("authorization", "").partition(" ")
        if not value and not scope:
            return None
        token = self.tokens.get(value) if scheme == "Bearer" else None
        if token is None or token.revoked:
            raise MastodonError(401, "The access token was revoked" if token else "The access token is invalid")
        if scope and not token.may(scope):
            raise MastodonError(403, "This action is outside the authorized scopes")
        return token

    def count(self, account: str, limit: str) -> dict[str, str]:
        """Counts a call and says what is left; 429 where a budget is empty."""
        for budget in ("calls", limit) if limit else ("calls",):
            if self.used(account, budget) >= self.budgets[budget]:
                raise MastodonError(429, "Too many requests")
        self.times += [(self.clock.now(), account, budget) for budget in ("calls", limit) if budget]
        return self.left(account, limit or "calls")

    def used(self, account: str, budget: str) -> int:
        """How many calls of that budget the running window holds."""
        begun = window(budget, self.clock.now())
        self.times = [one for one in self.times if one[0] >= self.clock.now() - timedelta(minutes=30)]
        return sum(one[1:] == (account, budget) and one[0] >= begun for one in self.times)

    def left(self, account: str, budget: str, none: bool = False) -> dict[str, str]:
        """The headers that say what is left of a budget, and until when."""
        most = self.budgets[budget]
        ends = window(budget, self.clock.now()) + timedelta(seconds=BUDGETS[budget])
        rest = 0 if none else max(0, most - self.used(account, budget))
        return {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(rest),
                "X-RateLimit-Reset": statuses.stamp(ends)}  # fmt: skip

    # ------------------------------------------------------------------------------- faults, control, publication

    def refuse(self, fault: Fault, request: Request) -> Answer:
        """Mastodon's own words for a planned fault; its details: status, message."""
        if fault.kind == EXPIRE:
            worn = request.headers.get("authorization", "").partition(" ")[2]
            if worn in self.tokens:
                self.revoke(worn)
            return MastodonError(401, "The access token was revoked").answer()
        status, message = FAULTS.get(fault.kind, (422, "Validation failed: refused"))
        answer = MastodonError(fault.details.get("status", status), fault.details.get("message", message)).answer()
        return answer.with_headers(self.left("", "calls", none=fault.kind == LIMIT))

    def error_of(self, answer: Answer) -> str:
        """Status and message of an error, for the log."""
        if answer.status < 400 or not answer.mime.startswith("application/json"):
            return "" if answer.status < 400 else f"HTTP {answer.status}"
        return f"{answer.status} {json.loads(answer.body).get('error', '')}"

    def settle(self) -> None:
        """Scheduled posts go out."""
        statuses.settle(self)

    def published(self) -> list[dict[str, Any]]:
        """What the public sees, oldest first."""
        with self.lock:
            self.settle()
            out = [one for one in self.statuses.values() if not one.gone and not one.scheduled]
            seen = [public_row(self, one) for one in out if one.visibility in ("public", "unlisted")]
        return sorted(seen, key=lambda row: row["at"])

    def facts(self) -> dict[str, str]:
        """What a channel needs to publish here."""
        return {"api_url": self.url, "instance_url": self.url, "access_token": self.token,
                "account_id": self.account.id, "username": self.account.username}  # fmt: skip

    def orders(self) -> Mapping[str, Order]:
        """The commands of the control interface that only this server knows."""

        def tokens(given: dict[str, Any]) -> Any:
            return {"access_token": self.issue(given.get("scopes", ("read", "write"))).value}

        def revoke(given: dict[str, Any]) -> Any:
            self.revoke(given["token"])
            return {"revoked": True}

        def statistics(given: dict[str, Any]) -> Any:
            self.statuses[given["id"]].counts.update(given["values"])
            return {"known": True}

        change = settings(self, (), self.budgets, self.processing)
        return {"tokens": tokens, "revoke": revoke, "statistics": statistics, "settings": change}


def window(budget: str, now: datetime) -> datetime:
    """When the running window of a budget began: they follow each other by the clock."""
    seconds = BUDGETS[budget]
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


def public_row(server: Mastodon, one: Status) -> dict[str, Any]:
    """A post for tests and for the human page."""
    files = [server.media[name] for name in one.media]
    account = server.accounts[one.account]
    kind = "text" if not files else "carousel" if len(files) > 1 else files[0].kind
    return {
        "network": "mastodon", "kind": kind, "id": one.id, "code": one.id, "container": "", "account": account.username,
        "account_id": account.id, "text": one.text, "title": one.spoiler, "link": "",
        "permalink": statuses.permalink(server, one), "at": one.at.isoformat(), "cover": None, "subtitles": {},
        "media": [{**looks.facts(file.look), "alt": file.description} for file in files], "comments": [],
        "options": {"visibility": one.visibility, "language": one.language, "sensitive": one.sensitive,
                    "reply_to": one.reply_to, "hashtags": text.tags(one.text)},
    }  # fmt: skip
