"""The one door to LinkedIn's versioned REST interface: one call, and what its answer means.

LinkedIn's own client writes the requests (Rest.li's way of writing keys and lists, its headers). It makes them on a
session of ours, which leads to the channel's host, ends in time, follows no redirect and keeps status, headers and
body: the client itself (0.3.0) knows no time-out, takes a 422 for a success and fails on an answer without JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from publishers._atproto import plain
from publishers._base import OutcomeUnknown, PublisherError, Rejected, TryLater, Unauthorized
from publishers._http import LOOPBACK, NotSentError, asked_to_wait, request
from publishers._limits import limits
from publishers._sentences import _

# "commit" is the irreversible call, in which an answer that proves nothing is OutcomeUnknown.
Stage = Literal["prepare", "look", "commit"]
POST_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):[A-Za-z0-9_-]+")
A_MINUTE = 60.0
WORKING = frozenset({"MEDIA_ASSET_PROCESSING"})  # said of a file that a person's token could not see being prepared
SUNSET = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING"})


@dataclass(frozen=True)
class Account:
    """Whose calls these are: the author as a URN, the host, the token."""

    author: str
    url: str
    token: SecretStr = field(repr=False)

    @property
    def is_organisation(self) -> bool:
        """Whether a page speaks; else it is a person."""
        return self.author.startswith("urn:li:organization:")


class GoneError(Rejected):
    """There is no such thing, or none that this token may see."""


class ForbiddenError(Unauthorized):
    """The token is good; a permission or a role is missing."""


class DuplicateError(Rejected):
    """LinkedIn holds the same post already; `urn` names it where LinkedIn did."""

    urn: str | None = None


@dataclass
class Answer:
    """A good answer: what LinkedIn said, and the id of what was made, from the header x-restli-id."""

    body: dict[str, Any]
    made: str | None = None


def create(account: Account, path: str, entity: dict[str, Any], *, stage: Stage = "prepare", **keys: str) -> Answer:
    """The answer of a creation; raises PublisherError's children."""
    return _ask(account, stage, "create", path, keys, entity=entity)


def action(account: Account, path: str, name: str, params: dict[str, Any]) -> dict[str, Any]:
    """The `value` of an action's answer, empty where it has none."""
    value = _ask(account, "prepare", "action", path, {}, action_name=name, action_params=params).body.get("value")
    return value if isinstance(value, dict) else {}


def get(account: Account, path: str, *, versioned: bool = True, **keys: str) -> dict[str, Any]:
    """One entity."""
    return _ask(account, "look", "get", path, keys, versioned=versioned).body


def finder(account: Account, path: str, name: str, **params: Any) -> list[dict[str, Any]]:
    """The elements that a finder names."""
    found = _ask(account, "look", "finder", path, {}, finder_name=name, query_params=params).body
    return elements(found)


def get_all(account: Account, path: str, **keys: str) -> list[dict[str, Any]]:
    """The elements of a collection, its first page."""
    return elements(_ask(account, "look", "get_all", path, keys).body)


def delete(account: Account, path: str, **keys: str) -> None:
    """Nothing; raises GoneError where it was gone already."""
    _ask(account, "look", "delete", path, keys)


def elements(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The elements of a collection's answer; raises TryLater where it is none."""
    found = body.get("elements")
    if not isinstance(found, list):
        raise lost("look")
    return [one for one in found if isinstance(one, dict)]


def _ask(
    account: Account,
    stage: Stage,
    method: str,
    path: str,
    keys: dict[str, str],
    *,
    versioned: bool = True,
    **asked: Any,
) -> Answer:
    from linkedin_api.clients.restli.client import RestliClient
    from linkedin_api.common.errors import ResponseFormattingError

    client, session = RestliClient(), _Session(account)
    client.session = session
    call: Callable[..., Any] = getattr(client, method)
    failure: PublisherError | None = None
    try:
        call(
            resource_path=path,
            path_keys=keys or None,
            access_token=account.token.get_secret_value(),
            version_string=limits("linkedin").version("linkedin") if versioned else None,
            **asked,
        )
    except NotSentError as unreached:
        failure = unreached
    except TryLater:
        failure = lost(stage)
    except (ResponseFormattingError, ValueError, AttributeError, TypeError):
        # What was answered is judged below. Anything else than the client failing on an answer goes on up.
        if not session.status:
            raise
    if failure is None:
        return _judged(session, stage, account)
    raise failure


class _Session:
    """What LinkedIn's client makes its requests on: it asks for one method, `send`, of a session."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body: Any = None
        self.empty = True

    def send(self, prepared: Any) -> Any:
        """The answer of a request that the client has written, led to the channel's host. Raises TryLater."""
        parts = urlsplit(prepared.url)
        url = f"{self._account.url}{parts.path}{'?' if parts.query else ''}{parts.query}"
        content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        ours = _OURS if content else {*_OURS, "content-type"}  # the client names one where there is no content
        kept = {name: value for name, value in prepared.headers.items() if name.lower() not in ours}
        answer = request(prepared.method, url, headers=kept, content=content)
        self.status, self.headers, self.empty = answer.status_code, dict(answer.headers), not answer.content
        try:
            self.body = answer.json()
        except ValueError:
            self.body = None
        return answer


_OURS = frozenset({"connection", "content-length"})  # written by the transport


def _judged(session: _Session, stage: Stage, account: Account) -> Answer:
    """A good answer. Raises what a bad one means."""
    body, status = session.body, session.status
    made = _made(session)
    if 200 <= status < 300 and (session.empty or made or isinstance(body, dict)):
        return Answer(body if isinstance(body, dict) else {}, made)
    if status == 429:
        raise _pause(session.headers)
    if not 400 <= status < 500 or (not isinstance(body, dict) and status not in (401, 404, 426)):
        raise lost(stage)
    raise _refusal(status, body if isinstance(body, dict) else {}, stage, account)


def _made(session: _Session) -> str | None:
    """The id of what was made: Rest.li's header, LinkedIn's older one, else the body's; a URN may come encoded."""
    told = session.headers.get("x-restli-id") or session.headers.get("x-linkedin-id")
    if not told and isinstance(session.body, dict):
        told = session.body.get("id")
    return unquote(told) if isinstance(told, str) and told else None


def lost(stage: Stage) -> PublisherError:
    """What an answer means that proves nothing."""
    if stage == "commit":
        return OutcomeUnknown(
            _("{network} was asked to publish and its answer was lost: the post is looked for first.",
              network="LinkedIn")
        )  # fmt: skip
    return TryLater(_("{network} did not answer as it should: it is tried again later.", network="LinkedIn"))


def _refusal(status: int, body: Mapping[str, Any], stage: Stage, account: Account) -> PublisherError:
    """What a 4xx means: nothing was done."""
    hide = (account.token.get_secret_value(),)
    code = plain(str(body.get("code") or body.get("serviceErrorCode") or status), hide)
    names: dict[str, Any] = {"network": "LinkedIn", "code": code}
    if status == 426 or code in SUNSET:
        return Unauthorized(
            _("LinkedIn no longer answers to the version of its interface that Porte-voix speaks, {version}: bring "
              "Porte-voix up to date, then check the channel.", version=limits("linkedin").version("linkedin"))
        )  # fmt: skip
    if status == 401:
        return Unauthorized(
            _("{network} does not accept the channel's token ({code}): connect the account again.", **names)
        )
    if status == 403:
        return ForbiddenError(
            _("{network} does not let the channel do this ({code}): give the app the permission that is missing, or "
              "the person their role on the page.", **names)
        )  # fmt: skip
    if _is_duplicate(status, body):
        return _duplicate(body, stage)
    if status == 404:
        return GoneError(_("{network} knows no such post or file ({code}): look at the account.", **names))
    if status == 409:
        return TryLater(_("{network} had a passing fault ({code}): it is tried again later.", **names))
    if code in WORKING:
        sentence = _("{network} is still at work on the file ({code}): it is tried again in a minute.", **names)
        return TryLater(sentence, retry_after=A_MINUTE)
    reason = plain(str(body.get("message") or ""), hide)
    return Rejected(_("{network} refuses the post ({code}): {reason}", reason=reason, **names))


def _is_duplicate(status: int, body: Mapping[str, Any]) -> bool:
    told = json.dumps(body)
    return "duplicate" in told.lower() and (
        status == 422 or (status in (400, 409) and POST_URN.search(told) is not None)
    )


def _duplicate(body: Mapping[str, Any], stage: Stage) -> PublisherError:
    """Which post LinkedIn names; where it names none, only a look can tell whether it is ours."""
    named = POST_URN.search(json.dumps(body))
    if named is None and stage == "commit":
        return OutcomeUnknown(_("LinkedIn says that it has this post already, not which: it is looked for first."))
    found = DuplicateError(_("LinkedIn has the same post already: change its words, or leave it out."))
    found.urn = named.group() if named else None
    return found


def _pause(headers: Mapping[str, str]) -> TryLater:
    """LinkedIn's allowance is one of a day, which begins at midnight UTC."""
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    told = asked_to_wait(headers)
    wait = (midnight - now).total_seconds() if told is None else told
    sentence = _("{network} asks for a pause: too many requests from this account.", network="LinkedIn")
    return TryLater(sentence, retry_after=wait, scope="channel")


def safe_address(url: Any) -> str:
    """An upload address that LinkedIn named; raises TryLater unless bytes may be sent there."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return str(url)
    raise lost("prepare")


def known_host(account: Account, url: str) -> bool:
    """Whether the token may travel to an upload address: LinkedIn's own hosts, or the channel's."""
    parts, ours = urlsplit(url), urlsplit(account.url)
    if parts.hostname == ours.hostname:
        return parts.scheme == ours.scheme
    return parts.scheme == "https" and (parts.hostname or "").endswith(".linkedin.com")
