"""Bluesky: records under keys of our own choosing, so that sending them twice leaves one post.

`saved` grows as `prepare` goes: the keys and the time, the account's id and server, one upload after the other, then
every record, frozen. `commit` writes exactly that in one request. Facts: see bluesky.toml; measured on @atproto/pds
0.5.35: the same putRecord twice leaves one record and the same cid (2026-11-22); applyWrites is obeyed whole or not at
all, and refuses (HTTP 500) whole what it obeyed before (2026-11-26).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers._atproto import Account, NoSuchRecordError, Session, SessionEndedError, Sessions, call
from publishers._base import (
    Absent,
    Check,
    File,
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
    canonical,
)
from publishers._bluesky_record import (
    IMAGES,
    POST,
    address,
    is_content_id,
    new_tids,
    record_time,
    record_times,
    write_call,
    writes,
)
from publishers._bluesky_video import AwayError, away, job_state, start_upload
from publishers._bytes import sealed_file
from publishers._http import HostUrl, request
from publishers._known import limits
from publishers._rules import problems
from publishers._sentences import _

OWN_HOSTS = ("https://bsky.social",)  # Bluesky's own servers take larger pictures than every server does
COUNTS = {"likeCount": "likes", "repostCount": "reposts", "replyCount": "replies", "quoteCount": "quotes"}


class Credentials(BaseModel):
    """One Bluesky account and the servers that it is reached by."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    handle: str = Field(min_length=3, description="the account's name, e.g. observatory.bsky.social")
    app_password: SecretStr = Field(description="an app password (Settings > App passwords), never the main one")
    pds_url: HostUrl = Field(default="https://bsky.social", description="the server that the account logs in to")
    appview_url: HostUrl = Field(default="https://public.api.bsky.app", description="where the counts are read")
    video_url: HostUrl | None = Field(
        default="https://video.bsky.app", description="the video service; none: videos go to the account's server"
    )


class Bluesky(Publisher):
    """One Bluesky account."""

    platform: ClassVar[str] = "bluesky"
    label: ClassVar[str] = "Bluesky"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE
    # The record carries the time at which it was prepared, and blobs that no record names are dropped.
    lead: ClassVar[timedelta] = timedelta(minutes=1)
    Credentials: ClassVar[type[BaseModel]] = Credentials

    def validate(self, submission: Submission) -> list[Problem]:
        """What Bluesky would refuse, by bluesky.toml."""
        known = limits("bluesky")
        if self.credentials.pds_url in OWN_HOSTS:
            known = known.with_instead(image_bytes="large_image_bytes")
        return problems(submission, self.files, "bluesky", known)

    # ------------------------------------------------------------------------------------------------ publishing

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step: choose the keys, log in, ask for the server's version, upload a file, poll a video, or freeze all.

        Called again on a state that was already prepared, it uploads every file again before it says Prepared:
        the server drops blobs that no record names within minutes, and the same bytes keep the same reference.
        """
        if "rkeys" not in saved:
            return More(saved={"rkeys": new_tids(len(submission.parts)), "created_at": record_time()})
        if saved.get("ready"):
            again = {"ready": False, "blobs": {}, "jobs": {}}
            return More(saved={**saved, **again}) if submission.files() else Prepared(saved=saved)
        session = self._sessions.live()
        if not session or "did" not in saved:
            return More(saved=self._known(saved, session or self._sessions.opened()))
        try:
            step = self._next(submission, saved, session)
        except SessionEndedError:
            self._sessions.ended(session)
            return self._log_in_again(saved)
        if saved.get("logged_in_again"):  # it went on: a further session may end in its time
            return step.model_copy(update={"saved": {**step.saved, "logged_in_again": False}})
        return step

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Writes the frozen records under their keys, in one request that is obeyed whole or not at all.

        Raises OutcomeUnknown where the answer is lost: repeating is safe. A session or a blob that the server has
        dropped is TryLater: nothing was published, and `prepare` on the same state mends both.
        """
        saved = prepared.saved
        session = self._sessions.live() or self._sessions.opened()
        self._same_account(saved, session)
        if len(saved["writes"]) > 1:
            # A server that has these records answers a repetition with an error that proves nothing: it is asked first.
            out = self._found(saved)
            if isinstance(out, Receipt):
                return out
        nsid, body = write_call(saved["did"], saved["writes"])
        answer = self._ask(session, nsid, stage="commit", body=body)
        results = answer.get("results") or [answer]
        if not isinstance(results[0], dict) or results[0].get("uri") != _uri(saved):
            raise OutcomeUnknown(_("Bluesky answered about another post than ours: look at the account."))
        return _receipt(saved, str(results[0].get("cid", "")))

    def check(self, pending: Pending) -> Pending | Receipt:
        """Never called: Bluesky's answer is final. Raises Rejected."""
        raise Rejected(_("Bluesky leaves no post pending: nothing is to be checked."))

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        """Whether the first record stands under its key: the others came with it, or not at all.

        Without keys and an account nothing can have been sent.
        """
        return self._found(saved) if "did" in saved else Absent()

    def resolve_mention(self, handle: str) -> str | None:
        """The id (DID) of a handle without its @, or None where no account has it. Raises TryLater."""
        try:
            answer = call(self._account.host, "com.atproto.identity.resolveHandle", params={"handle": handle})
        except Rejected:
            return None
        return str(answer["did"]) if "did" in answer else None

    # ------------------------------------------------------------------------------------------------ afterwards

    def remove(self, receipt: Receipt) -> None:
        """Deletes the records, the last message of a thread first; the server says yes to one already gone."""
        session = self._sessions.live() or self._sessions.opened()
        for collection, rkey in _records_of(receipt):
            body = {"repo": _owner(receipt) or session.did, "collection": collection, "rkey": rkey}
            self._ask(session, "com.atproto.repo.deleteRecord", body=body)

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Likes, reposts, replies and quotes as the public AppView counts them; empty if it does not know the post."""
        url = f"{self.credentials.appview_url}/xrpc/app.bsky.feed.getPosts"
        answer = request("GET", url, params={"uris": receipt.id})
        try:
            posts = answer.json()["posts"] if answer.status_code == 200 else None
            if posts is not None:
                at = datetime.now(UTC)
                counts = posts[0] if posts else {}
                return [MetricValue(name=COUNTS[n], value=counts[n], at=at) for n in COUNTS if n in counts]
        except (ValueError, KeyError, TypeError):
            pass
        raise TryLater(_("Bluesky's counts cannot be read now: they are asked for again later."))

    def doctor(self) -> list[Check]:
        """Whether the account logs in, by an app password, can post videos, and how many pictures its server takes."""
        try:
            session = self._sessions.live() or self._sessions.opened()
            seen = self._ask(session, "com.atproto.server.getSession")
            galleries = _knows_galleries(session.host)
        except PublisherError as error:
            return [Check(name="login", ok=False, sentence=error.sentence)]
        login = _("Logged in as {handle}.", handle=str(seen.get("handle", session.handle)))
        found = [Check(name="login", ok=True, sentence=login), _password_check(session), _mail_check(seen)]
        return [*found, _gallery_check(galleries)]

    # --------------------------------------------------------------------------------------------------- the steps

    @property
    def _account(self) -> Account:
        known: Credentials = self.credentials
        return Account(host=known.pds_url, handle=known.handle, password=known.app_password)

    @property
    def _sessions(self) -> Sessions:
        return Sessions(self._account, self.keeper)

    def _known(self, saved: dict[str, Any], session: Session) -> dict[str, Any]:
        """The state with the account in it."""
        if "did" in saved:
            self._same_account(saved, session)
        return {**saved, "did": session.did, "host": session.host}

    def _same_account(self, saved: dict[str, Any], session: Session) -> None:
        if saved["did"] != session.did:
            raise Unauthorized(
                _("The channel now logs in to another Bluesky account than this post was prepared for: plan it again.")
            )

    def _ask(self, session: Session, nsid: str, **asked: Any) -> dict[str, Any]:
        """The answer of one call in the account's name; a session that the server ended is not used again."""
        password: SecretStr = self.credentials.app_password
        try:
            return call(session.host, nsid, token=session.token, hide=password.get_secret_value(), **asked)
        except SessionEndedError:
            self._sessions.ended(session)
            raise

    def _log_in_again(self, saved: dict[str, Any]) -> More:
        """The same state for one more try with a new session; the second time the account is to be mended."""
        if saved.get("logged_in_again"):
            raise Unauthorized(
                _("Bluesky ends every session of this account at once: make a new app password and enter it.")
            )
        return More(saved={**saved, "logged_in_again": True})

    def _next(self, submission: Submission, saved: dict[str, Any], session: Session) -> More | Prepared:
        if "gallery" not in saved and any(len(part.media) > IMAGES for part in submission.parts):
            if not _knows_galleries(session.host):
                raise Rejected(
                    _("The account's Bluesky server takes {limit} pictures at most: send fewer.", limit=IMAGES)
                )
            return More(saved={**saved, "gallery": True})
        blobs: dict[str, Any] = saved.get("blobs", {})
        for file in submission.files():
            if file.sha256 not in blobs:
                return self._upload(file, saved, session)
        times = record_times(saved["created_at"], len(saved["rkeys"]))
        records = writes(submission, saved["did"], saved["rkeys"], times, lambda file: blobs[file.sha256])
        frozen = saved.get("writes", records)
        if canonical({"": frozen}) != canonical({"": records}):
            raise Rejected(_("Bluesky stored other bytes than at the first try: plan the post again."))
        return Prepared(saved={**saved, "writes": frozen, "ready": True})

    def _upload(self, file: File, saved: dict[str, Any], session: Session) -> More:
        """The state with one more file at the server, or one poll nearer to it."""
        service = self.credentials.video_url
        if file.mime.startswith("video/") and service and not saved.get("video_plain"):
            try:
                return self._video_step(file, saved, session, service)
            except AwayError:
                state, not_before = away(saved)
                return More(saved=state, not_before=not_before)
        with sealed_file(self.files, file) as opened:
            sent = {"body": opened, "mime": file.mime, "size": file.size}
            answer = self._ask(session, "com.atproto.repo.uploadBlob", **sent)
        return _with_blob(saved, file, answer.get("blob"))

    def _video_step(self, file: File, saved: dict[str, Any], session: Session, service: str) -> More:
        jobs: dict[str, str] = saved.get("jobs", {})
        if file.sha256 not in jobs:
            job = start_upload(service, session, self.files, file)
            return More(saved={**saved, "jobs": {**jobs, file.sha256: job}})
        blob, not_before = job_state(service, jobs[file.sha256])
        if blob is None:
            return More(saved=saved, not_before=not_before)
        return _with_blob(saved, file, blob)

    def _found(self, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        """What the server says of the first record."""
        try:
            answer = call(saved["host"], "com.atproto.repo.getRecord", params=_place(saved))
        except NoSuchRecordError:
            return Absent()
        except PublisherError as error:
            return Unclear(reason=str(error))
        if answer.get("uri") != _uri(saved):
            return Unclear(reason="the server answered about another record")
        return _receipt(saved, str(answer.get("cid", "")))


def _receipt(saved: dict[str, Any], cid: str) -> Receipt:
    """The proof of a post; what else was written with it stands in the details, for its removal."""
    others = [[write["collection"], write["rkey"]] for write in saved.get("writes", ())[1:]]
    return Receipt(
        id=_uri(saved),
        url=f"https://bsky.app/profile/{saved['did']}/post/{saved['rkeys'][0]}",
        published_at=datetime.fromisoformat(saved["created_at"]),
        details={"cid": cid, **({"others": others} if others else {})},
    )


def _place(saved: dict[str, Any]) -> dict[str, str]:
    """Where the first record stands, as the server's methods ask for it."""
    return {"repo": saved["did"], "collection": POST, "rkey": saved["rkeys"][0]}


def _uri(saved: dict[str, Any]) -> str:
    return address(saved["did"], POST, saved["rkeys"][0])


def _records_of(receipt: Receipt) -> list[tuple[str, str]]:
    """Collection and key of every record of a post, in the order in which they are taken away.

    A receipt from a person's word has the address of the page, whose last word is the key.
    """
    first = (POST, receipt.id.rstrip("/").rsplit("/", 1)[-1])
    return [(collection, rkey) for collection, rkey in reversed([first, *receipt.details.get("others", ())])]


def _owner(receipt: Receipt) -> str:
    """The account of a receipt that names its record; empty for the address of a page."""
    return receipt.id.removeprefix("at://").partition("/")[0] if receipt.id.startswith("at://") else ""


def _knows_galleries(host: str) -> bool:
    """Whether the server says that it is of a version that knows galleries; one of an unknown kind does not."""
    told = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", str(call(host, "_health").get("version", "")))
    [first] = limits("bluesky").limits["gallery_server"].names
    return told is not None and [int(one) for one in told.groups()] >= [int(one) for one in first.split(".")]


def _with_blob(saved: dict[str, Any], file: File, blob: Any) -> More:
    ref = blob.get("ref") if isinstance(blob, dict) else None
    if not isinstance(ref, dict) or not is_content_id(ref.get("$link")):
        raise TryLater(_("Bluesky did not answer as it should: it is tried again later."))
    return More(saved={**saved, "blobs": {**saved.get("blobs", {}), file.sha256: blob}})


def _password_check(session: Session) -> Check:
    if session.app_password:
        return Check(name="app_password", ok=True, sentence=_("The channel uses an app password."))
    sentence = _("This is the account's main password: make an app password in Bluesky's settings and enter that.")
    return Check(name="app_password", ok=False, sentence=sentence)


def _mail_check(seen: dict[str, Any]) -> Check:
    if seen.get("emailConfirmed"):
        return Check(name="email", ok=True, sentence=_("The account's e-mail address is confirmed."))
    sentence = _("The account's e-mail address is not confirmed: videos are refused until it is.")
    return Check(name="email", ok=False, sentence=sentence)


def _gallery_check(known: bool) -> Check:
    right = _("The account's server takes more than four pictures in a post.")
    wrong = _("The account's server takes four pictures in a post, no more.")
    return Check(name="gallery", ok=True, sentence=right if known else wrong)
