"""Instagram through the Graph API (Facebook Login): a container is made, then published; the container is the key.

`saved` grows as `prepare` goes: the quota as read, the addresses of the pictures, the containers, the upload. The
container's id is stored before it is published, and its status tells afterwards whether it was. Facts: instagram.toml.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers._base import (
    Absent,
    Check,
    File,
    MetricValue,
    More,
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
    Unclear,
)
from publishers._bytes import sealed_file
from publishers._graph import (
    Account,
    GoneError,
    NotReadyError,
    OffsetError,
    RenewError,
    ask,
    lost,
    quota_spent,
    upload,
    upload_address,
)
from publishers._graph_after import delete, first_comment
from publishers._graph_doctor import token_checks, version_check
from publishers._graph_posts import instagram_child, instagram_parent, instagram_single
from publishers._http import HostUrl
from publishers._instagram_reads import Reader, refuse
from publishers._instagram_state import address, again, forgotten, noted, with_media
from publishers._limits import limits
from publishers._looking import now_text, older
from publishers._mediahost import LASTS, MediaChoice, MediaHost
from publishers._mediahost_check import reachable
from publishers._meta_consent import INSTAGRAM_SCOPES, MetaConsent
from publishers._rules import problems
from publishers._sentences import _

KEPT = timedelta(hours=23)  # Meta drops a container after 24 hours
QUOTA_GOOD = timedelta(hours=1)
SHOWN = timedelta(seconds=LASTS / 2)  # an address older than that is not given to Meta any more
POLL, POLLS = timedelta(minutes=1), 5  # as documented: once a minute, for five minutes; then as the delivery tries
ID = r"^[A-Za-z0-9_-]{1,60}$"


class Credentials(BaseModel):
    """One professional account, the token of the page that it is linked to, and where its pictures can be fetched."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    ig_user_id: str = Field(pattern=ID, description="the account's number, e.g. 17841400000000000")
    page_id: str = Field(pattern=ID, description="the number of the Facebook page that the account is linked to")
    access_token: SecretStr = Field(description="the page's long-lived token")
    graph_url: HostUrl = Field(default="https://graph.facebook.com", description="Meta's Graph API")
    rupload_url: HostUrl = Field(default="https://rupload.facebook.com", description="where videos are uploaded")
    media_url: HostUrl | None = Field(
        default=None, description="the public https address of this studio, or of the bucket: Meta fetches pictures"
    )
    media_bucket: str = Field(default="", description="an S3-compatible bucket for pictures; empty: this studio")
    media_endpoint_url: HostUrl | None = Field(default=None, description="the bucket's server; empty: Amazon's")
    media_region: str = Field(default="", description="the bucket's region")
    media_key: str = Field(default="", description="the bucket's access key")
    media_secret: SecretStr = Field(default=SecretStr(""), description="the bucket's secret key")


class Instagram(Publisher):
    """One Instagram account."""

    platform: ClassVar[str] = "instagram"
    label: ClassVar[str] = "Instagram"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LOOKUP
    Credentials: ClassVar[type[BaseModel]] = Credentials
    consent = MetaConsent

    def validate(self, submission: Submission) -> list[Problem]:
        """What Instagram would refuse, by instagram.toml and by what its films say of themselves."""
        found = problems(submission, self.files, "instagram")
        known: Credentials = self.credentials
        if self._fetched(submission) and not (known.media_url or known.media_bucket):
            sentence = _("Instagram fetches pictures by their address: give this channel a media_url or a bucket.")
            found.append(Problem(code="no_media_host", field="media", sentence=sentence))
        return found

    # ------------------------------------------------------------------------------------------------ publishing

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step: read the quota, show one picture, make or poll one container, upload.

        Called again, it goes on where it was: containers are good for a day. One that was published meanwhile is
        marked, and `commit` publishes nothing.
        """
        if saved.get("out"):
            return Prepared(saved=saved)
        try:
            if "made_at" in saved and older(saved["made_at"], KEPT):
                return self._outdated(saved)
            if "quota_at" not in saved or older(saved["quota_at"], QUOTA_GOOD):
                return self._quota(saved)
            return self._next(submission, saved)
        except RenewError:
            return again(saved)
        except Rejected:
            self._clean_up(saved)
            raise

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Publishes the container; the permalink and the first comment are `check`'s."""
        saved = prepared.saved
        if saved.get("out"):
            return Pending(saved=saved)
        path = f"{self._reader.user}/media_publish"
        try:
            answer = ask(self._account, "POST", path, stage="commit", creation_id=saved["container"])
        except GoneError as gone:
            forgotten = RenewError(gone.sentence)  # nothing is published: `prepare` finds that out, and makes a new one
        except Rejected:
            self._clean_up(saved)
            raise
        else:
            if not answer.get("id"):
                raise lost(self._account, "commit")
            return Pending(saved={**saved, "media_id": str(answer["id"]), "out_at": now_text()})
        raise forgotten

    def check(self, pending: Pending) -> Pending | Receipt:
        """The receipt of what is out, its first comment written. It is out: nothing here rejects it any more."""
        try:
            return self._completed(pending.saved)
        except Rejected as no:
            later = TryLater(no.sentence)
        raise later

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Pending | Absent | Unclear:
        """Whether the container was published: by the media's id where it is known, else by the container's status."""
        if "container" not in saved:
            return Absent()
        if "media_id" not in saved:
            try:
                status, _why = self._reader.status(saved["container"])
            except GoneError:
                status = ""
            if status in ("IN_PROGRESS", "FINISHED", "ERROR", "EXPIRED"):
                return Absent()
            media = self._reader.listed(saved)
            if media is None:
                return Unclear(reason="the post is not in the account's list")
            saved = with_media(saved, media)
        if saved["comment"] and "commented" not in saved:
            return Pending(saved=saved)
        try:
            receipt = self._reader.receipt(saved)
        except GoneError:
            return Absent()
        self._clean_up(saved)
        return receipt

    def _completed(self, saved: dict[str, Any]) -> Pending | Receipt:
        if "media_id" not in saved:
            media = self._reader.listed(saved)
            if media is None and older(saved["made_at"], KEPT):
                raise NotReadyError(_("Instagram says that the post is out and does not list it: look at the account."))
            found = with_media(saved, media) if media else saved
            return Pending(saved=found, not_before=None if media else datetime.now(UTC) + POLL)
        if saved["comment"] and "commented" not in saved:
            media_id, words = saved["media_id"], saved["comment"]
            done = first_comment(self._account, media_id, words, field="text", since=saved["out_at"])
            return Pending(saved={**saved, "commented": done})
        receipt = self._reader.receipt(saved)
        self._clean_up(saved)
        return receipt

    # ------------------------------------------------------------------------------------------------ afterwards

    def remove(self, receipt: Receipt) -> None:
        """Deletes the post (Facebook Login only)."""
        delete(self._account, receipt.id)

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Views, reach, likes and so on, as Meta counts them up to two days late; empty where it does not yet."""
        return self._reader.metrics(receipt.id, str(receipt.details.get("product") or "FEED"))

    def doctor(self) -> list[Check]:
        """Whether the account lets us in, is linked to the page, has its rights and quota, and can fetch pictures."""
        reader = self._reader
        try:
            seen = ask(self._account, "GET", reader.user, stage="look", fields="id,username")
        except PublisherError as error:
            return [Check(name="login", ok=False, sentence=error.sentence)]
        login = _("Logged in as {handle}.", handle=str(seen.get("username", reader.user)))
        return [
            Check(name="login", ok=True, sentence=login),
            *token_checks(self._account, INSTAGRAM_SCOPES),
            reader.page_check(str(self.credentials.page_id)),
            reader.quota_check(),
            version_check("instagram"),
            reachable(self._host),
        ]

    # --------------------------------------------------------------------------------------------------- the steps

    @property
    def _account(self) -> Account:
        known: Credentials = self.credentials
        return Account("Instagram", known.graph_url, limits("instagram").version("graph"), known.access_token)

    @property
    def _reader(self) -> Reader:
        return Reader(self._account, str(self.credentials.ig_user_id))

    @property
    def _host(self) -> MediaHost:
        known: Credentials = self.credentials
        return self.files.host(
            MediaChoice(
                url=known.media_url, bucket=known.media_bucket, endpoint=known.media_endpoint_url,
                region=known.media_region, key=known.media_key, secret=known.media_secret,
            )
        )  # fmt: skip

    def _quota(self, saved: dict[str, Any]) -> More:
        """The state with the quota as read now; TryLater where it is spent."""
        used, total = self._reader.quota()
        if total is not None and used >= total:
            raise quota_spent(self._account)
        return More(saved={**saved, "quota": [used, total], "quota_at": now_text()})

    def _next(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        if "container" in saved:
            return self._finished(submission, saved)
        for file in self._fetched(submission):
            shown = saved.get("hosted", {}).get(file.sha256)
            if not shown or older(shown["at"], SHOWN):
                return self._show(file, saved)
        if submission.kind == "carousel":
            return self._carousel(submission, saved)
        medium = submission.media[0]
        cover = address(saved, medium.cover) if medium.cover else None
        url = address(saved, medium.file) if medium.kind == "image" else ""
        return self._container(submission, saved, instagram_single(submission, url, cover))

    def _fetched(self, submission: Submission) -> list[File]:
        """The files that Meta fetches by their address: pictures, and the cover of a reel."""
        pictures = [medium.file for medium in submission.media if medium.kind == "image"]
        covers = [medium.cover for medium in submission.media if medium.cover and submission.kind == "reel"]
        return list({file.sha256: file for file in (*pictures, *covers)}.values())

    def _show(self, file: File, saved: dict[str, Any]) -> More:
        """The state with one picture on the media host."""
        hosted: dict[str, Any] = saved.get("hosted", {})
        if file.sha256 in hosted:
            self._clean_up({"hosted": {file.sha256: hosted[file.sha256]}})
        sealed_file(self.files, file).close()
        url = self._host.put(self.files.path(file))
        return More(saved={**saved, "hosted": {**hosted, file.sha256: {"url": url, "at": now_text()}}})

    def _carousel(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """The state with one more child made or found finished, or the parent over them all."""
        children: list[dict[str, Any]] = saved.get("children", [])
        if len(children) < len(submission.media):
            medium = submission.media[len(children)]
            url = address(saved, medium.file) if medium.kind == "image" else ""
            made = self._made(instagram_child(medium, url))
            known = {"made_at": saved.get("made_at") or now_text()}
            return More(saved={**saved, **known, "children": [*children, {**made, "done": False}]})
        for place, child in enumerate(children):
            medium = submission.media[place]
            if medium.kind == "video" and not child.get("uploaded"):
                return self._upload(medium.file, saved, child) or noted(saved, place, uploaded=True)
            if not child["done"]:
                return self._waiting(saved, child["id"]) or noted(saved, place, done=True)
        return self._container(submission, saved, instagram_parent(submission, [child["id"] for child in children]))

    def _container(self, submission: Submission, saved: dict[str, Any], params: dict[str, Any]) -> More:
        """The state with the container that will be published, and all that `commit` and `check` need."""
        made = self._made(params)
        words = "" if submission.kind == "story" else submission.text
        kept = {
            "container": made["id"], "made_at": saved.get("made_at") or now_text(), "caption": words,
            "comment": submission.first_comment, "kind": submission.kind,
        }  # fmt: skip
        return More(saved={**saved, **kept, **({"uri": made["uri"]} if "uri" in made else {})})

    def _made(self, params: dict[str, Any]) -> dict[str, str]:
        answer = ask(self._account, "POST", f"{self._reader.user}/media", **params)
        if not answer.get("id"):
            raise lost(self._account, "prepare")
        return {name: str(answer[name]) for name in ("id", "uri") if answer.get(name)}

    def _finished(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        if submission.media[0].kind == "video" and not saved.get("uploaded"):
            holder = {"id": saved["container"], **({"uri": saved["uri"]} if "uri" in saved else {})}
            return self._upload(submission.media[0].file, saved, holder) or More(saved={**saved, "uploaded": True})
        return self._waiting(saved, saved["container"]) or Prepared(saved=saved)

    def _outdated(self, saved: dict[str, Any]) -> More | Prepared:
        """The state without containers that Meta no longer keeps, unless one of them was published after all."""
        if "container" in saved:
            try:
                out = self._reader.status(saved["container"])[0] == "PUBLISHED"
            except GoneError:
                out = self._reader.listed(saved) is not None
            if out:
                return Prepared(saved={**saved, "out": True})
        return More(saved=forgotten(saved))

    def _upload(self, file: File, saved: dict[str, Any], holder: dict[str, Any]) -> More | None:
        """None once a container holds the bytes, else the state to start anew. Two calls: what is there, then the rest.

        They are one step because a count stored without its upload would look, after a crash, as if it were fresh.
        """
        account = self._account
        usual = f"{self.credentials.rupload_url}/ig-api-upload/{account.version}/{holder['id']}"
        there_at = upload_address(account, holder.get("uri"), usual)
        with sealed_file(self.files, file) as source:
            try:
                there = self._reader.bytes_there(holder["id"])
            except GoneError:
                return again(saved)
            try:
                if there < file.size:
                    upload(account, there_at, source, file, there)
            except OffsetError:  # it counts otherwise than it said, or did not say: a new container begins at nothing
                return again(saved)
        return None

    def _waiting(self, saved: dict[str, Any], container: str) -> More | Prepared | None:
        """None where the container is finished; else when to ask again, or the state to start anew."""
        try:
            status, why = self._reader.status(container, stage="prepare")
        except GoneError:
            return again(saved)
        if status == "FINISHED":
            return None
        if status == "PUBLISHED":
            return Prepared(saved={**saved, "out": True})
        if status in ("EXPIRED", "ERROR"):
            refuse(self.label, why)
            return again(saved)
        if (polls := saved.get("polls", 0) + 1) > POLLS:
            sentence = _("{network} is still at work on the file ({code}): it is tried again in some minutes.",
                         network=self.label, code=status)  # fmt: skip
            raise NotReadyError(sentence, retry_after=(POLL * POLLS).total_seconds())
        return More(saved={**saved, "polls": polls}, not_before=datetime.now(UTC) + POLL)

    def _clean_up(self, saved: dict[str, Any]) -> None:
        """Takes this post's pictures off the media host; what fails now goes when its time is over."""
        for one in saved.get("hosted", {}).values():
            try:
                self._host.remove(one["url"])
            except TryLater:
                return
