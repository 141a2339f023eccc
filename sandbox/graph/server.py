"""The Graph server: versions, tokens, scopes and the way from a path to an edge."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sandbox._faults import ERROR, EXPIRE, LIMIT, Fault
from sandbox._orders import Order
from sandbox._server import Call, Sandbox
from sandbox._wire import Answer, Request, json_answer
from sandbox.graph import facebook, instagram, listings, media, oauth, orders, params, rupload, videos
from sandbox.graph.core import Ask, Edge, Kindred
from sandbox.graph.errors import GraphError, bad_token, missing, upload_refused
from sandbox.graph.state import Account, App, Code, Comment, Media, Page, Person, Post, Token

OLDEST, NEWEST = 22, 26  # v26.0 is of 2026-07-29; v21.0 ends on 2027-01-21, too near to begin with
FAULTS: dict[str, dict[str, Any]] = {
    ERROR: {"code": 1, "status": 500}, LIMIT: {"status": 429}, EXPIRE: {"code": 190, "subcode": 463},
}  # fmt: skip
TOKENS = ("access_token", "input_token", "fb_exchange_token")
PARTS = (oauth, instagram, media, facebook, videos)
EDGES: dict[tuple[Any, str, str], Edge] = {key: edge for part in PARTS for key, edge in part.EDGES.items()}
KINDS: dict[type, Kindred] = {kind: told for part in PARTS for kind, told in part.KINDS.items()}


class Graph(Sandbox):
    """Instagram, Facebook pages and their login, by the documented rules."""

    name = "graph"
    label = "Instagram, Facebook"
    platforms = ("instagram", "facebook")
    hosts = ("graph", "rupload", "www")
    raw_hosts = frozenset(("rupload",))
    secret_names = frozenset(("client_secret", "code", "code_verifier", "appsecret_proof", *TOKENS))
    kinds: ClassVar = KINDS

    def start(self) -> None:
        """One app, one person, one page and its Instagram account, with tokens that may do everything."""
        self.objects: dict[str, Any] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.comments: list[Comment] = []
        self.times: list[tuple[datetime, str]] = []  # of calls, by page or account
        self.sessions: dict[str, str] = {}  # upload session -> video
        self.https_only = False  # True: even a loopback address must be https
        self.processing = {"image": 0.0, "carousel": 0.0, "video": 20.0}  # seconds of the server's clock
        self.fetch_timeout = 10.0  # seconds of the wall
        self.quota_total, self.containers_a_day, self.reels_a_day = 50, 400, 30
        self.calls_an_hour = 4800
        self.transfer_bytes = 1 << 20  # what one `transfer` of /videos asks for
        self.app = App(self.digits("11", 16), self.word(32, "0123456789abcdef"), "Porte-voix (sandbox)")
        self.person = Person(self.digits("10", 17), "Camille Sandbox")
        self.page = self.add_page("Observatoire (sandbox)", instagram="observatoire_sandbox")
        self.account: Account = self.objects[self.page.instagram]
        self.user_token = self.issue().value
        self.page_token = self.issue(page=self.page).value

    # ------------------------------------------------------------------------------- accounts and tokens

    def add_page(self, name: str, instagram: str = "") -> Page:
        """A new page, with a linked Instagram account of that user name where one is given."""
        page = Page(self.digits("10", 15), name)
        self.objects[page.id] = page
        if instagram:
            account = Account(self.digits("178414", 17), instagram, name, page.id)
            self.objects[account.id], page.instagram = account, account.id
        return page

    def issue(
        self, *, page: Page | None = None, scopes: Iterable[str] = oauth.SCOPES, lasts: timedelta | None = None,
        targets: Iterable[str] | None = None, kind: str = "",
    ) -> Token:  # fmt: skip
        """A new token: a page's own where `page` is given, else the person's; `lasts` None: without end."""
        now = self.clock.now()
        seen = [page.id, page.instagram] if page else list(self.objects) if targets is None else targets
        token = Token(
            f"EAA{self.word(60)}", kind or ("PAGE" if page else "USER"), self.app.id, self.person.id, frozenset(scopes),
            now, now + lasts if lasts is not None else None, page.id if page else "", frozenset(seen),
        )  # fmt: skip
        self.tokens[token.value] = token
        return token

    def expire(self, token: str) -> None:
        """The token has expired: error 190/463 from now on."""
        self.revoke(token, 463)

    def revoke(self, token: str, subcode: int = 458) -> None:
        """The token fails with error 190 and that subcode from now on."""
        with self.lock:
            self.tokens[token].broken = subcode

    def restrict(self, account: Page | Account, code: int, subcode: int | None = None) -> None:
        """What would publish on this page or account is refused with that error: 25/2207050, 368/1390008..."""
        account.restricted = GraphError(code, subcode=subcode)

    def secrets(self) -> Iterable[str]:
        """Tokens, codes and the secret of the app."""
        return [*self.tokens, *self.codes, self.app.secret]

    # ------------------------------------------------------------------------------- from path to edge

    def route(self, request: Request) -> Call:
        """The call that a request is."""
        try:
            if request.host == "rupload":
                return rupload.route(self, request)
            if request.host == "www":
                return oauth.dialog(self, request)
            return self.find(request)
        except GraphError as error:
            refused = error  # the name of `except ... as` ends with its block
            return Call("unknown", lambda: refused.answer(self.trace()))

    def find(self, request: Request) -> Call:
        """The edge of a path of the graph host."""
        version, words = self.version_of(request.path)
        pairs = [*request.query, *request.form]
        given = params.collected(pairs)
        method = given.get("method", request.method).upper()
        ask = Ask(self, request, method, version, given)
        head, edge = words[0], "/".join(words[1:])
        if (request_edge := EDGES.get((head, edge, method))) is not None:
            return self.call(request_edge, ask)
        node = self.objects.get(head)
        found = EDGES.get((type(node), edge, method))
        if node is None or found is None or getattr(node, "gone", False):
            reason = missing(head, method)
            if node is not None and found is None:
                reason = GraphError(2500, f"Unknown path components: /{edge}") if edge else missing(head, method)
            return Call(f"{edge or 'object'}", lambda: self.guarded(ask, None, reason))
        ask.node = node
        return self.call(found, ask)

    def version_of(self, path: str) -> tuple[str, list[str]]:
        """The version and the further words of a path; an unknown or ended version is refused."""
        words = [word for word in path.split("/") if word]
        match = re.fullmatch(r"v(\d+)\.(\d)", words[0]) if words else None
        if not match or len(words) == 1:
            raise GraphError(2500, f"Unknown path components: {path}")
        if int(match[1]) < OLDEST:
            raise GraphError(2635, f"(#2635) You are calling a deprecated version of the API ({words[0]}). "
                                   f"Please update to the latest version: v{NEWEST}.0.")  # fmt: skip
        if int(match[1]) > NEWEST or match[2] != "0":
            raise GraphError(2500, f"Unknown path components: {path}")
        return words[0], words[1:]

    def call(self, edge: Edge, ask: Ask) -> Call:
        """The call of an edge."""
        return Call(edge.called(ask.given), lambda: self.guarded(ask, edge, None))

    def guarded(self, ask: Ask, edge: Edge | None, reason: GraphError | None) -> Answer:
        """The answer of an edge, or the error, with the headers of every answer."""
        try:
            if edge is None or edge.name not in oauth.WITHOUT_TOKEN:
                ask.token = self.token_of(ask)
                self.count(ask)
            if reason or edge is None:
                raise reason or missing("", ask.method)
            self.check(ask, edge)
            value = edge.run(ask)
            answer = value if isinstance(value, Answer) else json_answer(value)
        except GraphError as error:
            answer = error.answer(self.trace())
        return answer.with_headers(self.headers(ask))

    # ------------------------------------------------------------------------------- what every call is asked

    def token_of(self, ask: Ask) -> Token:
        """The token of a call: in the Authorization header (Bearer or OAuth), or the parameter."""
        scheme, _space, worn = ask.request.headers.get("authorization", "").partition(" ")
        value = ask.given.get("access_token") or (worn if scheme in ("Bearer", "OAuth") else "")
        if not value:
            raise GraphError(104, "An access token is required to request this resource.")
        token = self.token(value)
        right = hmac.digest(self.app.secret.encode(), value.encode(), "sha256").hex()
        if not hmac.compare_digest(ask.given.get("appsecret_proof", right), right):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")
        return token

    def token(self, value: str) -> Token:
        """The token of that value, if it works; `app id|app secret` is the app's own."""
        if hmac.compare_digest(value.encode(), f"{self.app.id}|{self.app.secret}".encode()):
            return Token(value, "APP", self.app.id, "", frozenset(), self.clock.now(), None)
        token = self.tokens.get(value)
        if token is None:
            raise bad_token()
        if token.broken:
            raise bad_token(token.broken)
        if token.expires and token.expires <= self.clock.now():
            raise bad_token(463)
        return token

    def check(self, ask: Ask, edge: Edge) -> None:
        """Whether this token may do this here, with these parameters."""
        if ask.token is not None and ask.node is not None:
            self.may_see(ask, edge)
        lacking = [scope for scope in edge.scopes if ask.token and scope not in ask.token.scopes]
        if lacking:
            code = 10 if any(scope.startswith("instagram") for scope in edge.scopes) else 200
            words = f"requires {', '.join(edge.scopes)}; missing: {', '.join(lacking)}"
            raise GraphError(code, f"(#{code}) This action {words}")
        ask.params = params.read(ask.given, edge.params, edge.required)

    def may_see(self, ask: Ask, edge: Edge) -> None:
        """Whether the object belongs to what this token was given for."""
        token = ask.token
        assert token is not None
        owner = self.owner(ask.node)
        if owner and owner not in token.targets:
            if isinstance(ask.node, Page | Account):
                raise GraphError(200 if isinstance(ask.node, Page) else 10)
            raise missing(ask.node.id, ask.method)
        if edge.page_token and (token.kind != "PAGE" or token.page != owner):
            raise GraphError(210, "(#210) A page access token is required to request this resource.")

    def owner(self, node: Any) -> str:
        """The id of the page or account that an object belongs to."""
        if isinstance(node, Page | Account):
            return node.id
        if isinstance(node, Comment):
            return self.owner(self.objects[node.parent])
        return getattr(node, "page", "") or getattr(node, "account", "")

    # ------------------------------------------------------------------------------- limits and headers

    def count(self, ask: Ask) -> None:
        """Counts a call; refuses it where the hour is full (80001 for pages, 80002 for Instagram)."""
        hour_ago = ask.now - timedelta(hours=1)
        owner = self.owner(ask.node) or (ask.token.page if ask.token else "")
        self.times = [one for one in self.times if one[0] > hour_ago]
        self.times.append((ask.now, owner))
        if self.used(owner) > 100:
            raise GraphError(80002 if isinstance(self.objects.get(owner), Account) else 80001)

    def used(self, owner: str) -> int:
        """How full the hour of a page or account is, in percent."""
        return sum(one[1] == owner for one in self.times) * 100 // self.calls_an_hour

    def headers(self, ask: Ask | None, owner: str = "", full: int | None = None) -> dict[str, str]:
        """What Graph says beside every answer."""
        owner = owner or (self.owner(ask.node) if ask else "") or self.page.id
        percent = self.used(owner) if full is None else full
        usage = {"call_count": percent, "total_cputime": 0, "total_time": 0}
        kind = "instagram" if isinstance(self.objects.get(owner), Account) else "pages"
        wait = 0 if percent < 100 else 60  # minutes
        cases = {owner: [{"type": kind, **usage, "estimated_time_to_regain_access": wait}]}
        return {
            "facebook-api-version": ask.version if ask else f"v{NEWEST}.0", "x-fb-request-id": self.trace(),
            "X-App-Usage": text_of(usage), "X-Business-Use-Case-Usage": text_of(cases),
        }  # fmt: skip

    def trace(self) -> str:
        """An id for support, different each time."""
        return "A" + hashlib.sha256(f"{len(self.requests)}".encode()).hexdigest()[:22]

    # ------------------------------------------------------------------------------- faults, control, publication

    def refuse(self, fault: Fault, request: Request) -> Answer:
        """Graph's own words for a planned fault; its details: code, subcode, message, status."""
        word = next((word for word in request.path.split("/") if word in self.objects), self.page.id)
        owner = self.owner(self.objects[word])
        told = {"code": 2, "status": 400, **FAULTS.get(fault.kind, {}), **fault.details}
        if fault.kind == LIMIT and "code" not in fault.details:
            told["code"] = 80002 if isinstance(self.objects[owner], Account) else 80001
        if fault.kind == EXPIRE and (value := self.worn(request)) in self.tokens:
            self.expire(value)
        error = GraphError(told["code"], told.get("message", ""), told.get("subcode"), transient=told.get("transient"))
        if told["code"] == 190:
            error = bad_token(told.get("subcode"))
        error.status = told["status"]
        if request.host == "rupload":
            kind = "NotAuthorizedError" if told["code"] == 190 else "ProcessingFailedError"
            return upload_refused(kind, error.message, retriable=error.transient, status=error.status)
        answer = error.answer(self.trace())
        return answer.with_headers(self.headers(None, owner, 100)) if fault.kind == LIMIT else answer

    def worn(self, request: Request) -> str:
        """The value of the token of a request."""
        given = dict([*request.query, *request.form])
        return given.get("access_token") or request.headers.get("authorization", "").partition(" ")[2]

    def error_of(self, answer: Answer) -> str:
        """Code and subcode of an error, for the log."""
        return listings.error_words(answer)

    def settle(self) -> None:
        """Processing ends, scheduled posts go out."""
        videos.settle(self)

    def published(self) -> list[dict[str, Any]]:
        """What the public sees of both networks, oldest first."""
        return listings.published(self)

    def facts(self) -> dict[str, str]:
        """What a channel needs to publish here."""
        return {
            "graph_url": self.url, "rupload_url": self.urls["rupload"], "oauth_url": self.urls["www"],
            "page_id": self.page.id, "account_id": self.account.id, "ig_user_id": self.account.id,
            "access_token": self.page_token, "user_token": self.user_token,
            "app_id": self.app.id, "app_secret": self.app.secret,
        }  # fmt: skip

    def orders(self) -> Mapping[str, Order]:
        """The commands of the control interface that only this server knows."""
        return orders.orders(self)

    def posts(self) -> list[Post]:
        """The posts that pages show now."""
        return [one for one in self.objects.values() if isinstance(one, Post) and one.published and not one.gone]

    def medias(self) -> list[Media]:
        """The Instagram posts that stand now."""
        return [one for one in self.objects.values() if isinstance(one, Media) and not one.gone]


def text_of(value: Any) -> str:
    """A value as JSON text."""
    return json_answer(value).body.decode()
