"""Mastodon: a status under an Idempotency-Key of our own choosing.

A server keeps the key for an hour and answers a repetition with the status that it made: until then sending again is
harmless, later it would double. So a key is sent for 55 minutes from its making. After 70, when no request under it can
be under way any more, the account's list is asked, and only where the status is not there a new key is made.
"""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers._atproto import plain
from publishers._base import (
    Absent,
    Check,
    Media,
    MetricValue,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Problem,
    Publisher,
    PublisherError,
    Receipt,
    Reconciliation,
    Rejected,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._bytes import sealed_file
from publishers._http import HostUrl, NotSentError, asked_to_wait, request
from publishers._known import limits
from publishers._looking import moment, now_text, older
from publishers._rules import problems
from publishers._sentences import _

KEY_USED, KEY_DEAD = timedelta(minutes=55), timedelta(minutes=70)
MEDIA_KEPT = timedelta(hours=20)  # a server drops what no status shows after a day
POLL, SKEW = timedelta(seconds=5), timedelta(minutes=5)
ME = "/api/v1/accounts/verify_credentials"
LISTED = "40"  # statuses: the most that one answer holds
COUNTS = {"favourites_count": "likes", "reblogs_count": "reposts", "replies_count": "replies"}
HANDLE = re.compile(r"(@[\w.-]+)@[\w-]+(?:\.[\w-]+)+")
VISIBLE = {"public": "public", "connections": "private"}
NEEDED = ("write:statuses", "write:media", "read:accounts", "read:statuses")


class Credentials(BaseModel):
    """One account on one server."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    instance_url: HostUrl = Field(description="the account's server, e.g. https://mastodon.social")
    access_token: SecretStr = Field(
        description="the token of an app made in the account's settings (Development), with the rights read and write"
    )


class GoneError(Rejected):
    """The server holds no such thing."""


class Mastodon(Publisher):
    """One Mastodon account."""

    platform: ClassVar[str] = "mastodon"
    label: ClassVar[str] = "Mastodon"
    # True while a key lives; `find` says Absent only then, and afterwards that a person has to look.
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE
    lead: ClassVar[timedelta] = timedelta(minutes=5)  # what is spent of the key's hour before the post is due
    Credentials: ClassVar[type[BaseModel]] = Credentials

    @classmethod
    def calls(cls, submission: Submission) -> list[dict[str, Any]]:
        """The calls in their order; the last one is the irreversible one."""
        names = [f"{{media {place}}}" for place in range(1, len(submission.media) + 1)]
        file = {"method": "POST", "url": "{server}/api/v2/media"}
        uploads = [{**file, "file": one.file.name, "description": one.alt} for one in submission.media]
        post = {"method": "POST", "url": "{server}/api/v1/statuses", "headers": {"Idempotency-Key": "{key}"}}
        return [*uploads, {**post, "json": _status(submission, names)}]

    def validate(self, submission: Submission) -> list[Problem]:
        """What Mastodon would refuse, by mastodon.toml; it counts a link as 23 and a mention without its server."""
        return problems(submission, self.files, "mastodon")

    # ------------------------------------------------------------------------------------------------ publishing

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step: choose the key, learn who we are, upload one file or look at it, or freeze the status."""
        if "key" not in saved:
            return More(saved=_new_key())
        if "account" not in saved:
            return More(saved={**saved, "account": _named(self._call("GET", ME))})
        if older(saved["key_at"], KEY_USED):
            return self._renewed(saved)
        media: list[str] = saved.get("media", [])
        if "waiting" in saved:
            return self._looked_at(saved)
        if len(media) < len(submission.media):
            return self._upload(submission.media[len(media)], saved)
        return Prepared(saved={**saved, "status": _status(submission, media)})

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Posts the frozen status under its key; an old key is never sent. Repeating within the hour is safe."""
        saved = prepared.saved
        if "out" in saved:
            return Receipt.model_validate(saved["out"])
        if older(saved["key_at"], KEY_USED):
            sentence = _("The server may have forgotten this post's key: its list is asked before it is sent anew.")
            raise TryLater(sentence, retry_after=(_dead(saved) - datetime.now(UTC)).total_seconds())
        headers = {"Idempotency-Key": saved["key"], "Content-Type": "application/json"}
        content = json.dumps(saved["status"], ensure_ascii=False).encode()
        answer = self._call("POST", "/api/v1/statuses", commit=True, headers=headers, content=content)
        _named(answer, commit=True)
        return _receipt(answer)

    def check(self, pending: Pending) -> Pending | Receipt:
        """Never called: Mastodon's answer is final. Raises Rejected."""
        raise Rejected(_("Mastodon leaves no post pending: nothing is to be checked."))

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        """Whether the status stands in the account's list. Absent only while sending again cannot double."""
        if "status" not in saved:
            return Absent()
        if "out" in saved:
            saved = {**saved, "key_at": saved["out_since"]}
        found = self._listed(saved)
        if len(found) > 1:
            return Unclear(reason="several statuses of the account have these words", final=True)
        if found:
            return _receipt(found[0])
        if older(saved["key_at"], KEY_USED) and "out" not in saved:
            return Unclear(reason="the account's list does not show it, and its key is too old to try", final=True)
        return Absent()

    # ------------------------------------------------------------------------------------------------ afterwards

    def remove(self, receipt: Receipt) -> None:
        """Deletes the status; one already gone is not an error."""
        with suppress(GoneError):
            self._call("DELETE", f"/api/v1/statuses/{_id(receipt)}")

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Likes, reposts and replies that the account's server knows of."""
        seen, at = self._call("GET", f"/api/v1/statuses/{_id(receipt)}"), datetime.now(UTC)
        return [MetricValue(name=COUNTS[n], value=seen[n], at=at) for n in COUNTS if isinstance(seen.get(n), int)]

    def doctor(self) -> list[Check]:
        """Whether the token is taken, has its rights, and the server's limits are those that we count with."""
        try:
            seen = self._call("GET", ME)
        except PublisherError as error:
            return [Check(name="login", ok=False, sentence=error.sentence)]
        login = _("Logged in as {handle}.", handle=plain(str(seen.get("acct") or "")))
        return [Check(name="login", ok=True, sentence=login), *self._rights(), *self._instance()]

    # --------------------------------------------------------------------------------------------------- the steps

    def _upload(self, medium: Media, saved: dict[str, Any]) -> More:
        """The state with one more file at the server; its description goes with it."""
        with ExitStack() as opened:
            source = opened.enter_context(sealed_file(self.files, medium.file))
            files = {"file": (medium.file.name, source, medium.file.mime)}
            if medium.cover:
                cover = opened.enter_context(sealed_file(self.files, medium.cover))
                files["thumbnail"] = (medium.cover.name, cover, medium.cover.mime)
            form = {"description": medium.alt} if medium.alt else {}
            size = medium.file.size + (medium.cover.size if medium.cover else 0)
            answer = self._call("POST", "/api/v2/media", files=files, form=form, size=size)
        named = _named(answer)
        first = {"media_at": saved.get("media_at") or now_text()}
        if answer.get("url"):
            return More(saved={**saved, **first, "media": [*saved.get("media", []), named]})
        return More(saved={**saved, **first, "waiting": named}, not_before=datetime.now(UTC) + POLL)

    def _looked_at(self, saved: dict[str, Any]) -> More:
        """The state with the file ready, or with the time of the next look (206: still being processed)."""
        named = saved["waiting"]
        rest = {name: value for name, value in saved.items() if name != "waiting"}
        try:
            answer = self._call("GET", f"/api/v1/media/{named}")
        except GoneError:  # lost there: it is uploaded anew, after a while
            return More(saved=rest, not_before=datetime.now(UTC) + SKEW)
        if not answer.get("url"):
            return More(saved=saved, not_before=datetime.now(UTC) + POLL)
        return More(saved={**rest, "media": [*saved.get("media", []), named]})

    def _renewed(self, saved: dict[str, Any]) -> More | Prepared:
        """A state with a new key, once the old one is dead and the list shows no status; else what the list shows."""
        if "out" in saved:
            return Prepared(saved=saved)
        dead = _dead(saved)
        if "status" not in saved:  # never sent
            dropped = "media_at" in saved and older(saved["media_at"], MEDIA_KEPT)
            return More(saved={**({"account": saved["account"]} if dropped else saved), **_new_key()})
        if datetime.now(UTC) < dead:
            return More(saved=saved, not_before=dead)
        found = self._listed(saved)
        if len(found) > 1:
            raise TryLater(_("Several statuses of the account have these words: look at it and delete what is double."))
        if found:
            out = _receipt(found[0]).model_dump(mode="json")
            return More(saved={**saved, "out": out, "out_since": saved["key_at"]})
        return More(saved={**_new_key(), "account": saved["account"]})  # files that a lost status took are gone

    def _listed(self, saved: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of the account's newest statuses that can be this one: its files, or its words, made since."""
        path = f"/api/v1/accounts/{saved['account']}/statuses"
        listed = self._call("GET", path, params={"limit": LISTED, "exclude_reblogs": "true"})
        statuses = listed.get("listed")
        if not isinstance(statuses, list):
            raise _lost()
        since = datetime.fromisoformat(saved["key_at"]) - SKEW
        newer = (one for one in statuses if isinstance(one, dict) and (moment(one.get("created_at")) or since) >= since)
        return [one for one in newer if _same(one, saved["status"])]

    def _rights(self) -> list[Check]:
        """What the app may do, where the server tells it (4.3 and newer)."""
        granted: Any = None
        with suppress(PublisherError):
            granted = self._call("GET", "/api/v1/apps/verify_credentials").get("scopes")
        if not isinstance(granted, list):
            return []
        missing = [one for one in NEEDED if one not in granted and one.split(":")[0] not in granted]
        right = _("The channel has every permission that it needs.")
        wrong = _("These permissions are missing: {scopes}. Connect the account again and grant them.", scopes=missing)
        return [Check(name="scopes", ok=not missing, sentence=wrong if missing else right)]

    def _instance(self) -> list[Check]:
        """Whether the server takes as much as mastodon.toml says."""
        try:
            told = self._call("GET", "/api/v2/instance").get("configuration")
        except PublisherError as error:
            return [Check(name="limits", ok=False, sentence=error.sentence)]
        most = (told.get("statuses") or {}) if isinstance(told, dict) else {}
        theirs = {"text": most.get("max_characters"), "images": most.get("max_media_attachments")}
        ours = limits("mastodon").limits
        less = any(isinstance(value, int) and value < ours[name].number for name, value in theirs.items())
        good = _("The server takes {text} characters and {images} pictures.", **theirs)
        bad = _("The server takes only {text} characters and {images} pictures, less than Porte-voix counts with.",
                **theirs)  # fmt: skip
        return [Check(name="limits", ok=not less, sentence=bad if less else good)]

    def _call(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        *,
        commit: bool = False,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> dict[str, Any]:
        """The JSON answer of one call, a list under "listed". Raises PublisherError's children.

        With `commit` an answer that proves nothing is OutcomeUnknown, else TryLater.
        """
        secret: str = self.credentials.access_token.get_secret_value()
        failure: PublisherError
        try:
            answer = request(
                method,
                f"{self.credentials.instance_url}{path}",
                headers={"Authorization": f"Bearer {secret}", **(headers or {})},
                **sent,
            )
        except NotSentError as unreached:
            failure = unreached
        except TryLater:
            failure = _lost(commit)
        else:
            return _judged(answer, secret, commit)
        raise failure


# ----------------------------------------------------------------------------------------------------- the status


def _status(submission: Submission, media: list[str]) -> dict[str, Any]:
    part, options = submission.parts[0], submission.options
    status = {"status": part.text, "visibility": VISIBLE[options.visibility], "language": part.langs[0]}
    files = {"media_ids": media} if media else {}
    warning = {"spoiler_text": submission.content_warning} if submission.content_warning else {}
    return {**status, "sensitive": options.sensitive, **files, **warning}


def _same(status: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether a status of the list is the one that was sent: by its files where it has some, by its words else."""
    files = [str(one.get("id")) for one in status.get("media_attachments") or () if isinstance(one, dict)]
    if sent.get("media_ids"):
        return bool(files == sent["media_ids"])
    return not files and _words(_read(str(status.get("content") or ""))) == _words(sent["status"])


def _words(text: str) -> list[str]:
    return HANDLE.sub(r"\1", text).split()


def _read(content: str) -> str:
    """The text of a status's HTML; a shortened link stands there whole, its ends unseen."""
    broken = re.sub(r"<br\s*/?>|</p>", "\n", content)
    return html.unescape(re.sub(r"<[^>]*>", "", broken))


def _receipt(status: Mapping[str, Any]) -> Receipt:
    url = status.get("url") or status.get("uri") or ""
    return Receipt(id=str(status["id"]), url=str(url), published_at=moment(status.get("created_at")))


def _id(receipt: Receipt) -> str:
    """The status's number; a receipt from a person's word has its address, which ends with it."""
    return urlsplit(receipt.id).path.rstrip("/").rsplit("/", 1)[-1]


def _dead(saved: Mapping[str, Any]) -> datetime:
    """From when on no request under the key can be under way any more."""
    return datetime.fromisoformat(saved["key_at"]) + KEY_DEAD


def _new_key() -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "key_at": now_text()}


def _judged(answer: Any, secret: str, commit: bool) -> dict[str, Any]:
    """The body of a good answer. Raises what a bad one means."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    status = answer.status_code
    if status == 206:  # a file that is still being processed, whatever else is said of it
        return {}
    if 200 <= status < 300 and isinstance(body, dict | list):
        return body if isinstance(body, dict) else {"listed": body}
    if status == 429:
        sentence = _("{network} asks for a pause: too many requests from this account.", network="Mastodon")
        raise TryLater(sentence, retry_after=_wait(answer.headers), scope="channel")
    if not 400 <= status < 500 or not isinstance(body, dict):
        raise _lost(commit)
    said = plain(str(body.get("error") or ""), (secret,))
    if status in (401, 403):
        raise Unauthorized(
            _("{network} does not accept the channel's token ({code}): connect the account again.",
              network="Mastodon", code=said or str(status))
        )  # fmt: skip
    names = {"network": "Mastodon", "code": str(status)}
    if status in (404, 410):
        raise GoneError(_("{network} knows no such post or file ({code}): look at the account.", **names))
    if "finished processing" in said:
        sentence = _("{network} is still at work on the file ({code}): it is tried again in a minute.", **names)
        raise TryLater(sentence, retry_after=60.0)
    raise Rejected(_("{network} refuses the post ({code}): {reason}", reason=said, **names))


def _named(answer: Mapping[str, Any], *, commit: bool = False) -> str:
    """The id of what an answer tells of; without one it proves nothing."""
    if not answer.get("id"):
        raise _lost(commit)
    return str(answer["id"])


def _lost(commit: bool = False) -> PublisherError:
    """What an answer means that proves nothing."""
    if commit:
        return OutcomeUnknown(
            _("{network} was asked to publish and its answer was lost: the post is looked for first.",
              network="Mastodon")
        )  # fmt: skip
    return TryLater(_("{network} did not answer as it should: it is tried again later.", network="Mastodon"))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, or until the moment of X-RateLimit-Reset."""
    told, reset = asked_to_wait(headers), moment(headers.get("x-ratelimit-reset"))
    return max((reset - datetime.now(UTC)).total_seconds(), 0.0) if reset and told is None else told
