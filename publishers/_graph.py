"""The one door to Meta's Graph API, for Facebook and Instagram: one call, and what its answer means.

facebook-sdk's GraphAPI writes the requests; its version is set after construction, because its constructor knows none
after 3.1. It makes them on a session of ours, which sends the token as a header and never in a URL, follows no
redirect, retries nothing, ends in time and keeps status, headers and body. What was read of the SDK (3.1.0) and has to
be mended here: it needs a content type, takes a 500 without an error for a success, and writes lists as their keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from publishers._atproto import plain
from publishers._base import File, OutcomeUnknown, PublisherError, Rejected, TryLater, Unauthorized
from publishers._graph_errors import Means, Row, meaning
from publishers._http import LOOPBACK, TIMEOUT, NotSentError, asked_to_wait, request
from publishers._sentences import _

# "prepare": nothing is published by it; "look": reads what became of a post; "commit": the irreversible call.
Stage = Literal["prepare", "look", "commit"]
Attached = Mapping[str, tuple[str, IO[bytes], str]]  # by field: name, open file, media type

BUSY = 80  # per cent of the account's allowance: from here on, Meta's guide on rate limits says, slow down
REST = 300.0  # seconds to leave an account alone that comes near its limit and is not told for how long
A_MINUTE = 60.0
QUOTA_REST = 5 * 3600.0  # seconds: five such waits between six tries are more than the 24 hours that are counted


@dataclass(frozen=True)
class Account:
    """Whose calls these are: the host, the interface's version, the token, and the network's name for people."""

    network: str
    url: str
    version: str
    token: SecretStr = field(repr=False)


class GoneError(Rejected):
    """There is no such object, or none that this token may see."""


class ForbiddenError(Unauthorized):
    """The token is good; a permission or a role is missing."""


class NotReadyError(TryLater):
    """The platform still works on what it was given."""


class RenewError(TryLater):
    """What was prepared is lost and has to be made anew. Nothing was published."""


class OffsetError(TryLater):
    """An upload goes on at another place; `start` and `end` are bytes where the platform named them."""

    start: int | None = None
    end: int | None = None


def ask(
    account: Account,
    method: Literal["GET", "POST", "DELETE"],
    path: str,
    /,
    *,
    stage: Stage = "prepare",
    files: Attached | None = None,
    size: int = 0,
    **params: Any,
) -> dict[str, Any]:
    """The JSON answer of one call. Raises PublisherError's children, as the table of _graph_errors.py reads them.

    In the stage "commit" whatever proves nothing is OutcomeUnknown; elsewhere it is TryLater. `size` is that of the
    files, in bytes. A read in the stage "prepare" raises TryLater for the channel where its allowance is nearly spent.
    """
    import facebook

    session = _Session(account, size)
    graph = facebook.GraphAPI(access_token=account.token.get_secret_value(), session=session, timeout=TIMEOUT)
    graph.version = account.version
    sent = {name: _written(value) for name, value in params.items() if value is not None}
    body = sent if method == "POST" else None
    failure: PublisherError | None = None
    try:
        graph.request(f"{graph.version}/{path}", None if body else sent, post_args=body, files=files, method=method)
    except NotSentError as unreached:
        failure = unreached
    except TryLater:
        failure = lost(account, stage)
    except (facebook.GraphAPIError, ValueError):
        pass  # what was answered is judged below; the SDK's own error may quote the request
    if failure is None:
        return _judged(account, session, stage, reading=method == "GET")
    raise failure


def _written(value: Any) -> str:
    """A parameter as Graph reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Session:
    """What facebook-sdk makes its requests on: it asks for one method, `request`, of a session."""

    def __init__(self, account: Account, size: int) -> None:
        self._account = account
        self._size = size
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body: Any = None

    def request(
        self,
        method: Any,
        url: str,
        *,
        params: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        files: Attached | None = None,
        **_ours: Any,
    ) -> Any:
        """The answer, labelled as the SDK needs it; the token goes into a header. Raises TryLater."""
        import facebook

        url = f"{self._account.url}/{url.removeprefix(facebook.FACEBOOK_GRAPH_URL)}"
        headers = {"Authorization": f"Bearer {self._account.token.get_secret_value()}"}
        answer = request(
            method, url, headers=headers, params=_bare(params), form=_bare(data), files=files, size=self._size or None
        )
        self.status, self.headers = answer.status_code, dict(answer.headers)
        try:
            self.body = answer.json()
        except ValueError:
            self.body = None
        answer.headers["content-type"] = "text/plain" if self.body is None else "application/json"
        return answer


def _bare(params: dict[str, str] | None) -> dict[str, str] | None:
    return {name: value for name, value in params.items() if name != "access_token"} if params else None


def _judged(account: Account, session: _Session, stage: Stage, *, reading: bool) -> dict[str, Any]:
    """The body of a good answer. Raises what a bad one means."""
    body, status = session.body, session.status
    error = body.get("error") if isinstance(body, dict) else None
    if 200 <= status < 300 and body is True:
        body = {"success": True}
    if 200 <= status < 300 and isinstance(body, dict) and error is None:
        if stage == "prepare" and reading and (rest := rest_for(session.headers)) is not None:
            raise TryLater(_pause(account), retry_after=rest, scope="channel")
        return body
    if status == 429:
        raise TryLater(_pause(account), retry_after=_wait(session.headers), scope="channel")
    if not isinstance(error, dict) or status >= 500 or (stage == "commit" and status < 400):
        # Meta answers passing faults with 500 and an error of its own: on the irreversible call they prove nothing.
        raise lost(account, stage)
    raise refusal(account, error, session.headers, stage)


def lost(account: Account, stage: Stage) -> PublisherError:
    """What an answer means that proves nothing."""
    if stage == "commit":
        return OutcomeUnknown(
            _("{network} was asked to publish and its answer was lost: the post is looked for first.",
              network=account.network)
        )  # fmt: skip
    return TryLater(_("{network} did not answer as it should: it is tried again later.", network=account.network))


def refusal(
    account: Account, error: Mapping[str, Any], headers: Mapping[str, str], stage: Stage = "prepare"
) -> PublisherError:
    """What Graph's own error says, by code and subcode; its trace id goes into the sentence, for Meta's support."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    row = meaning(code, subcode)
    means = row.means if row else Means.AGAIN if _passing(error) else Means.REFUSED
    if stage == "commit" and (means in (Means.AGAIN, Means.DUPLICATE) or (means == Means.REFUSED and _passing(error))):
        return lost(account, stage)
    hide = (account.token.get_secret_value(),)
    number = f"{code}/{subcode}" if subcode else str(code)
    trace = plain(str(error.get("fbtrace_id") or ""), hide)
    said = plain(str(error.get("error_user_msg") or error.get("message") or ""), hide)
    return _meant(account, means, row, f"{number}, {trace}" if trace else number, said, error, headers)


def _passing(error: Mapping[str, Any]) -> bool:
    return error.get("is_transient") is True


def _meant(
    account: Account,
    means: Means,
    row: Row | None,
    number: str,
    said: str,
    error: Mapping[str, Any],
    headers: Mapping[str, str],
) -> PublisherError:
    names: dict[str, Any] = {"network": account.network, "code": number}
    if means in (Means.TOKEN, Means.SCOPE, Means.STOP):
        return _unauthorised(means, names)
    if means == Means.GONE:
        return GoneError(_("{network} knows no such post or file ({code}): look at the account.", **names))
    if means == Means.REFUSED:
        reason = row.sentence if row and row.sentence else said
        return Rejected(_("{network} refuses the post ({code}): {reason}", reason=reason, **names))
    return _later(account, means, names, error, headers)


def _unauthorised(means: Means, names: dict[str, Any]) -> PublisherError:
    if means == Means.TOKEN:
        return Unauthorized(
            _("{network} does not accept the channel's token ({code}): connect the account again.", **names)
        )
    if means == Means.SCOPE:
        return ForbiddenError(
            _("{network} does not let the channel do this ({code}): give the app the permission that is missing, or "
              "the person their role on the page.", **names)
        )  # fmt: skip
    return Unauthorized(
        _("{network} has restricted this account ({code}): nothing more is sent until somebody has looked at it there.",
          **names)
    )  # fmt: skip


def _later(
    account: Account, means: Means, names: dict[str, Any], error: Mapping[str, Any], headers: Mapping[str, str]
) -> PublisherError:
    if means == Means.PAUSE:
        return TryLater(_pause(account), retry_after=_wait(headers), scope="channel")
    if means == Means.QUOTA:
        return quota_spent(account)
    if means == Means.NOT_READY:
        sentence = _("{network} is still at work on the file ({code}): it is tried again in a minute.", **names)
        return NotReadyError(sentence, retry_after=A_MINUTE)
    if means == Means.RENEW:
        return RenewError(_("{network} lost what was prepared ({code}): it is prepared anew.", **names))
    if means == Means.UNFETCHED:
        return TryLater(
            _("{network} could not fetch the picture ({code}): see that the media host can be reached from outside.",
              **names)
        )  # fmt: skip
    if means == Means.OFFSET:
        return _elsewhere(error, names)
    wait = A_MINUTE / 2 if means == Means.SHORTLY else _wait(headers)
    return TryLater(_("{network} had a passing fault ({code}): it is tried again later.", **names), retry_after=wait)


def _elsewhere(error: Mapping[str, Any], names: dict[str, Any]) -> OffsetError:
    found = OffsetError(_("{network} had a passing fault ({code}): it is tried again later.", **names))
    told = error.get("error_data")
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            told = None
    if isinstance(told, dict):
        found.start, found.end = _number(told.get("start_offset")), _number(told.get("end_offset"))
    return found


def quota_spent(account: Account) -> TryLater:
    """The account has published as often as it may in 24 hours; a post's usual tries are spread over that day."""
    sentence = _("{network}: this account has published as often as it may in 24 hours; the post waits.",
                 network=account.network)  # fmt: skip
    return TryLater(sentence, retry_after=QUOTA_REST, scope="channel")


def _pause(account: Account) -> Any:
    return _("{network} asks for a pause: too many requests from this account.", network=account.network)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


# --------------------------------------------------------------------------------------------------- allowances


def rest_for(headers: Mapping[str, str]) -> float | None:
    """Seconds to leave the account alone where an answer says that over 80 % of an allowance is used; else None."""
    if max((share for share, _minutes in _uses(headers)), default=0) <= BUSY:
        return None
    return _wait(headers) or REST


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks to wait: Retry-After, or the time until access comes back."""
    if (told := asked_to_wait(headers)) is not None:
        return told
    minutes = max((minutes for _share, minutes in _uses(headers)), default=0)
    return minutes * 60.0 if minutes else None


def _uses(headers: Mapping[str, str]) -> Iterator[tuple[float, float]]:
    """(per cent used, minutes until access comes back) of each allowance that an answer tells of."""
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            told = json.loads(headers.get(name) or "{}")
        except ValueError:
            continue
        groups = told.values() if name.startswith("x-business") and isinstance(told, dict) else [[told]]
        for use in (one for group in groups if isinstance(group, list) for one in group if isinstance(one, dict)):
            shares = [use.get(key) for key in ("call_count", "total_cputime", "total_time")]
            share = max((one for one in shares if isinstance(one, int | float)), default=0)
            regain = use.get("estimated_time_to_regain_access")
            yield share, regain if isinstance(regain, int | float) else 0


# -------------------------------------------------------------------------------------------------- byte uploads


def upload(account: Account, url: str, source: IO[bytes], file: File, offset: int) -> None:
    """Sends a file's bytes from `offset` on to the address that Graph named for them (rupload).

    Raises TryLater where it broke off, Rejected where the platform will not have them.
    """
    from publishers._bytes import pieces

    token = account.token.get_secret_value()
    headers = {
        "Authorization": f"OAuth {token}", "offset": str(offset), "file_size": str(file.size),
        "Content-Type": "application/octet-stream",
    }  # fmt: skip
    answer = request("POST", url, headers=headers, content=pieces(source, offset), size=file.size - offset)
    try:
        said = answer.json()
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    if 200 <= answer.status_code < 300 and said.get("success") is True:
        return
    if isinstance(said.get("error"), dict) and answer.status_code < 500:
        raise refusal(account, said["error"], dict(answer.headers))
    raise _broken_off(account, answer.status_code, said.get("debug_info"), answer.headers)


def _broken_off(account: Account, status: int, told: Any, headers: Mapping[str, str]) -> PublisherError:
    """What rupload's own kind of error says: retriable or not."""
    told = told if isinstance(told, dict) else {}
    kind = plain(str(told.get("type") or status), (account.token.get_secret_value(),))
    names = {"network": account.network, "code": kind}
    if status == 429:
        return TryLater(_pause(account), retry_after=_wait(headers), scope="channel")
    if status in (404, 410):
        return RenewError(_("{network} lost what was prepared ({code}): it is prepared anew.", **names))
    if kind.startswith("Offset"):
        return OffsetError(_("{network} had a passing fault ({code}): it is tried again later.", **names))
    if status in (401, 403) or kind == "NotAuthorizedError":
        return Unauthorized(
            _("{network} does not accept the channel's token ({code}): connect the account again.", **names)
        )
    if told.get("retriable") is False and 400 <= status < 500:
        return Rejected(_("{network} refuses the video ({code}): render it again.", **names))
    return TryLater(_("{network} did not take the whole video ({code}): the rest is sent at the next try.", **names))


def upload_address(account: Account, named: Any, usual: str) -> str:
    """Where the bytes go: the address that Graph named, or the usual one where it named none.

    The token travels there, so it must be Meta's own host, the one of the channel's settings, or stay on the loopback.
    """
    if not isinstance(named, str) or not named:
        return usual
    parts, ours = urlsplit(named), {urlsplit(account.url).hostname, urlsplit(usual).hostname}
    host = parts.hostname or ""
    near = parts.scheme == "http" and host in LOOPBACK and ours & set(LOOPBACK)
    known = host in ours or host.endswith(".facebook.com")
    if near or (parts.scheme == "https" and known):
        return named
    raise Rejected(
        _("{network} names an upload address on a host that is not its own: check the channel's addresses.",
          network=account.network)
    )  # fmt: skip
