"""The LinkedIn server: headers, tokens, roles, throttles and the way from a path to an edge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sandbox._faults import ERROR, EXPIRE, LIMIT, Fault
from sandbox._orders import Order
from sandbox._server import Call, Sandbox
from sandbox._wire import Answer, Request, json_answer
from sandbox.linkedin import assets, listings, oauth, orders, posts, social, uploads
from sandbox.linkedin.errors import LinkedInError, bad_token, denied, throttled
from sandbox.linkedin.restli import Ask, path_key, query_of
from sandbox.linkedin.state import App, Asset, Code, Comment, Organization, Person, Post, Token

# Each lives a year or longer; 202510 ended on 2026-10-15, 202609 was the newest on 2026-11-22.
VERSIONS = ("202511", "202512", *(f"2026{month:02}" for month in range(1, 10)))
POSTING_ROLES = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")
FAULTS: dict[str, tuple[int, str, str]] = {
    ERROR: (500, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
    LIMIT: (429, "TOO_MANY_REQUESTS", throttled("APPLICATION").message),
}  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """What one method of one path does. `open`: an address under /v2, without version."""

    name: str  # for faults and the log
    run: Callable[[Ask], Answer]
    open: bool = False


EDGES: dict[tuple[str, str, str], Edge] = {
    ("POST", "/rest/posts", ""): Edge("posts", posts.create),
    ("GET", "/rest/posts", "author"): Edge("posts_by_author", posts.by_author),
    ("GET", "/rest/posts/*", ""): Edge("post", posts.get),
    ("POST", "/rest/posts/*", ""): Edge("post_edit", posts.edit),
    ("DELETE", "/rest/posts/*", ""): Edge("post_delete", posts.delete),
    ("POST", "/rest/images", "initializeUpload"): Edge("images_init", assets.begin_image),
    ("POST", "/rest/documents", "initializeUpload"): Edge("documents_init", assets.begin_document),
    ("POST", "/rest/videos", "initializeUpload"): Edge("videos_init", assets.begin_video),
    ("POST", "/rest/videos", "finalizeUpload"): Edge("videos_finalize", assets.finalize),
    ("GET", "/rest/images/*", ""): Edge("image", assets.get),
    ("GET", "/rest/documents/*", ""): Edge("document", assets.get),
    ("GET", "/rest/videos/*", ""): Edge("video", assets.get),
    ("POST", "/rest/socialActions/*/comments", ""): Edge("comments", social.comment),
    ("GET", "/rest/socialActions/*/comments", ""): Edge("comments_list", social.comments),
    ("GET", "/rest/organizationalEntityShareStatistics", "organizationalEntity"): Edge("statistics", social.statistics),
    ("GET", "/rest/organizationAcls", "roleAssignee"): Edge("organization_acls", social.acls),
    ("GET", "/rest/organizations/*", ""): Edge("organization", social.organization),
    ("GET", "/v2/userinfo", ""): Edge("userinfo", oauth.userinfo, open=True),
}


class LinkedIn(Sandbox):
    """LinkedIn, by the documented rules."""

    name = "linkedin"
    label = "LinkedIn"
    platforms = ("linkedin",)
    hosts = ("api", "upload", "www")
    raw_hosts = frozenset(("upload",))
    secret_names = frozenset(("client_secret", "code", "access_token", "refresh_token", "token"))

    def start(self) -> None:
        """An app, a person, their page, another person's page, and a token for each way of publishing."""
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.assets: dict[str, Asset] = {}
        self.posts: dict[str, Post] = {}
        self.comments: list[Comment] = []
        self.people: dict[str, Person] = {}
        self.organizations: dict[str, Organization] = {}
        self.times: list[tuple[datetime, str]] = []  # of calls, by person
        self.versions = list(VERSIONS)
        self.processing = {"image": 2.0, "document": 5.0, "video": 20.0}  # seconds of the server's clock
        self.member_calls_a_day, self.app_calls_a_day = 150, 500
        self.duplicate_hours = 24.0  # LinkedIn does not say
        self.addresses_last_hours = 24.0  # of uploads
        self.app = App(self.word(14).lower(), f"WPL_AP1.{self.word(16)}", "Porte-voix (sandbox)")
        self.person = self.add_person("Camille", "Sandbox")
        self.organization = self.add_organization("Observatoire (sandbox)", "ADMINISTRATOR")
        self.elsewhere = self.add_organization("Elsewhere", "")
        self.member_token = self.issue(oauth.MEMBER_SCOPES).value
        self.org_token = self.issue().value

    # ------------------------------------------------------------------------------- accounts and tokens

    def add_person(self, given_name: str, family_name: str) -> Person:
        """A new member."""
        urn = f"urn:li:person:{self.word(10)}"
        self.people[urn] = Person(urn, given_name, family_name, f"{given_name.lower()}@example.org")
        return self.people[urn]

    def add_organization(self, name: str, role: str = "ADMINISTRATOR") -> Organization:
        """A new page of an organisation, on which the person has that role; none if it is empty."""
        urn = f"urn:li:organization:{self.digits('9', 8)}"
        vanity = "-".join(word for word in name.lower().replace("(", "").replace(")", "").split())
        made = Organization(urn, name, vanity, {self.person.urn: role} if role else {})
        self.organizations[urn] = made
        return made

    def issue(self, scopes: Iterable[str] = oauth.SCOPES, *, lasts: timedelta = oauth.ACCESS,
              refreshes: bool = False) -> Token:  # fmt: skip
        """A new token of the person; `refreshes`: one that renews others."""
        now = self.clock.now()
        token = Token(f"AQ{self.word(70)}", self.person.urn, frozenset(scopes), now, now + lasts, refreshes)
        self.tokens[token.value] = token
        return token

    def revoke(self, token: str) -> None:
        """The person took the token back: 401/65601 from now on."""
        with self.lock:
            self.tokens[token].revoked = True

    def expire(self, token: str) -> None:
        """The token has expired: 401/65602 from now on."""
        with self.lock:
            self.tokens[token].expires = self.clock.now()

    def secrets(self) -> Iterable[str]:
        """Tokens, codes and the secret of the app."""
        return [*self.tokens, *self.codes, self.app.secret]

    def names(self) -> dict[str, str]:
        """What everybody is called, by URN."""
        people = {urn: one.name for urn, one in self.people.items()}
        return people | {urn: one.name for urn, one in self.organizations.items()}

    # ------------------------------------------------------------------------------- from path to edge

    def route(self, request: Request) -> Call:
        """The call that a request is."""
        if request.host == "upload":
            return uploads.route(self, request)
        if request.host == "www":
            return oauth.route(self, request)
        query = query_of(request.target)
        words = request.target.partition("?")[0].split("/")
        key = words[3] if len(words) > 3 else ""
        template = "/".join([*words[:3], *(["*"] if key else []), *words[4:]])
        edge = EDGES.get((request.method, template, query.get("action") or query.get("q") or ""))
        ask = Ask(self, request, key, query=query)
        if edge is None:
            return Call("unknown", lambda: self.guarded(ask, Edge("unknown", no_resource)))
        return Call(edge.name, lambda: self.guarded(ask, edge))

    def guarded(self, ask: Ask, edge: Edge) -> Answer:
        """The answer of an edge, or the error, with the headers of every answer."""
        try:
            ask.token = self.token_of(ask.request)
            if not edge.open:
                self.check_headers(ask.request)
                self.count(ask.token)
            ask.key = path_key(ask.key)
            answer = edge.run(ask)
        except LinkedInError as error:
            answer = error.answer()
        return answer.with_headers(self.headers())

    def headers(self) -> dict[str, str]:
        """What LinkedIn says beside every answer."""
        return {
            "X-RestLi-Protocol-Version": "2.0.0",
            "X-LI-UUID": f"{len(self.requests):032x}",
            "X-LI-Fabric": "sandbox",
        }

    def check_headers(self, request: Request) -> None:
        """The version and the protocol of a versioned call."""
        version = request.headers.get("linkedin-version", "")
        if not version:
            raise LinkedInError(400, "A version must be present. Please specify a version by adding the "
                                     "LinkedIn-Version header.", "VERSION_MISSING")  # fmt: skip
        if version not in self.versions:
            raise LinkedInError(426, f"Requested version {version} is not active", "NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise LinkedInError(400, "Invalid Rest.li protocol version: 2.0.0 is needed", "ILLEGAL_ARGUMENT", service=0)

    def token_of(self, request: Request) -> Token:
        """The working token of a call; it stands in the Authorization header and nowhere else."""
        scheme, _space, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not text:
            raise bad_token("empty")
        token = self.tokens.get(text)
        if token is None or token.refreshes:
            raise bad_token("invalid")
        if token.revoked:
            raise bad_token("revoked")
        if token.expires <= self.clock.now():
            raise bad_token("expired")
        return token

    def count(self, token: Token) -> None:
        """Counts a call; refuses it where the day, which begins at 00:00 UTC, is full."""
        today = self.clock.now().date()
        self.times = [one for one in self.times if one[0].date() == today]
        mine = sum(one[1] == token.person for one in self.times)
        if mine >= self.member_calls_a_day:
            raise throttled()
        if len(self.times) >= self.app_calls_a_day:
            raise throttled("APPLICATION")
        self.times.append((self.clock.now(), token.person))

    # ------------------------------------------------------------------------------- who may do what

    def must_write(self, token: Token, author: str, what: str) -> None:
        """Whether this token may publish as that person or page; LinkedInError otherwise."""
        if author in self.organizations:
            role = self.organizations[author].roles.get(token.person, "")
            if "w_organization_social" not in token.scopes or role not in POSTING_ROLES:
                raise denied(what)
        elif author != token.person or "w_member_social" not in token.scopes:
            raise denied(what)

    def must_read(self, token: Token, author: str, what: str) -> None:
        """Whether this token may read posts of that page; what people posted is closed (r_member_social)."""
        role = self.organizations[author].roles.get(token.person, "") if author in self.organizations else ""
        if "r_organization_social" not in token.scopes or role not in POSTING_ROLES:
            raise denied(what)

    # ------------------------------------------------------------------------------- faults, control, publication

    def refuse(self, fault: Fault, request: Request) -> Answer:
        """LinkedIn's own words for a planned fault; its details: status, code, message."""
        if fault.kind == EXPIRE:
            worn = request.headers.get("authorization", "").partition(" ")[2]
            if worn in self.tokens:
                self.expire(worn)
            return bad_token("expired").answer().with_headers(self.headers())
        status, code, message = FAULTS.get(fault.kind, (400, "BAD_REQUEST", "The request was refused"))
        told = {"status": status, "code": code, "message": message, **fault.details}
        if request.host == "www":
            return json_answer({"error": "server_error", "error_description": told["message"]}, told["status"])
        error = LinkedInError(told["status"], told["message"], told["code"], service=told.get("service"))
        return error.answer().with_headers(self.headers())

    def error_of(self, answer: Answer) -> str:
        """The code of an error, for the log."""
        if answer.status < 400 or not answer.mime.startswith("application/json") or not answer.body:
            return "" if answer.status < 400 else f"HTTP {answer.status}"
        told = json.loads(answer.body)
        return f"{answer.status} {told.get('code') or told.get('error') or ''}".strip()

    def settle(self) -> None:
        """Nothing happens by itself: states are read from the clock."""

    def published(self) -> list[dict[str, Any]]:
        """What the public sees, oldest first."""
        return listings.published(self)

    def facts(self) -> dict[str, str]:
        """What a channel needs to publish here."""
        return {
            "api_url": self.url, "upload_url": self.urls["upload"], "oauth_url": self.urls["www"],
            "author": self.organization.urn, "organization": self.organization.urn, "person": self.person.urn,
            "access_token": self.org_token, "member_token": self.member_token, "client_id": self.app.id,
            "client_secret": self.app.secret, "version": self.versions[-1],
        }  # fmt: skip

    def orders(self) -> Mapping[str, Order]:
        """The commands of the control interface that only this server knows."""
        return orders.orders(self)


def no_resource(ask: Ask) -> Answer:
    """404: no such path or method."""
    path = unquote(ask.request.target.partition("?")[0])
    raise LinkedInError(404, f"No virtual resource found for {ask.request.method} {path}", "RESOURCE_NOT_FOUND")
