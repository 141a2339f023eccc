"""A Facebook page through the Graph API: everything is prepared unseen, and one call shows it.

A post is made unpublished, its id stored, then flipped; a video or reel is uploaded, then finished; a story's photo is
uploaded, then shown. So an id that is known before tells afterwards whether it was shown. Facts: facebook.toml.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers import _facebook_video as video
from publishers._base import (
    Absent,
    Check,
    File,
    Media,
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
from publishers._facebook_after import captions, locale
from publishers._facebook_reads import SITE, Out, Reader, address, phases
from publishers._graph import Account, GoneError, RenewError, Stage, ask, lost
from publishers._graph_after import delete, first_comment, left_out
from publishers._graph_doctor import no_account, token_checks, version_check
from publishers._graph_posts import (
    FACEBOOK_FLIP,
    facebook_feed,
    facebook_photo,
    facebook_reel_finish,
    facebook_story_finish,
    facebook_video_finish,
)
from publishers._http import HostUrl
from publishers._limits import limits
from publishers._looking import moment, now_text, older
from publishers._meta_consent import FACEBOOK_SCOPES, MetaConsent
from publishers._rules import problems
from publishers._sentences import _

KEPT = timedelta(hours=23)  # a temporary photo goes after 24 hours
POLL = timedelta(seconds=30)
SHOWS = timedelta(minutes=15)  # a flipped post is published by then, or it is not
ID = r"^[A-Za-z0-9_-]{1,60}$"


class DroppedError(Rejected):
    """Facebook took the post and threw it away."""


class Credentials(BaseModel):
    """One page and its token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    page_id: str = Field(pattern=ID, description="the page's number")
    access_token: SecretStr = Field(description="the page's long-lived token")
    graph_url: HostUrl = Field(default="https://graph.facebook.com", description="Meta's Graph API")
    rupload_url: HostUrl = Field(default="https://rupload.facebook.com", description="where reels are uploaded")
    publishing: Literal["flip", "direct"] = Field(
        default="flip", description="flip: prepared unseen, then shown; direct: where the page refuses to be flipped"
    )


class Facebook(Publisher):
    """One Facebook page."""

    platform: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Facebook"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LOOKUP
    Credentials: ClassVar[type[BaseModel]] = Credentials
    consent = MetaConsent

    def validate(self, submission: Submission) -> list[Problem]:
        """What Facebook would refuse, by facebook.toml and by what its films say of themselves."""
        found = problems(submission, self.files, "facebook")
        for subtitles in (one for medium in submission.media for one in medium.subtitles):
            if locale(subtitles.lang) is None:
                sentence = _("Facebook knows no subtitles in the language “{lang}”: remove them for this channel.",
                             lang=subtitles.lang)  # fmt: skip
                found.append(Problem(code="subtitles_lang", field="media[0].subtitles", sentence=sentence))
        return found

    # ------------------------------------------------------------------------------------------------ publishing

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step: upload one photo or one part, make the unpublished post, or see whether it is still there."""
        if "begun_at" not in saved:
            return More(saved=_begun(submission))
        if saved.get("out"):
            return Prepared(saved=saved)
        if saved.get("ready"):
            return self._still_good(saved)
        if "made_at" in saved and older(saved["made_at"], KEPT):
            return More(saved=video.anew(saved))
        try:
            if submission.media and submission.media[0].kind == "video":
                return self._video(submission, saved)
            return self._photos(submission, saved)
        except GoneError as gone:  # what was made is asked for elsewhere: here all is asked of the page
            missing = no_account(self._account, gone)
        raise missing

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Shows what was prepared. What follows, its address, comment and subtitles, is `check`'s."""
        saved = prepared.saved
        if saved.get("out"):
            return Pending(saved=saved)
        try:
            answer = self._show(saved)
        except Rejected as no:
            if type(no) is not Rejected or saved["final"]["params"] != FACEBOOK_FLIP:
                raise
            refused = Rejected(
                _("{why} If it says so again, set “publishing” of this channel to “direct”.", why=no.sentence)
            )
        else:
            return Pending(saved={**saved, **_named(answer), "sent_at": now_text()})
        self._clean_up(saved)
        raise refused

    def check(self, pending: Pending) -> Pending | Receipt:
        """The receipt once it shows, with subtitles and first comment. Raises DroppedError where it was thrown away."""
        try:
            return self._completed(pending.saved)
        except DroppedError:
            raise
        except Rejected as no:
            later = TryLater(no.sentence)
        raise later

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Pending | Absent | Unclear:
        """Whether it is shown, by the id that was stored before; by its words where there is none."""
        if not saved.get("ready"):
            return Absent()
        try:
            out = self._out(saved)
        except (GoneError, DroppedError):
            out = None
        except _BusyError:
            return Unclear(reason="the video is being processed")
        if out is None:
            return Unclear(reason="the post is not in the page's list") if self._direct(saved) else Absent()
        return Pending(saved=saved) if _left(saved) else _receipt(out, saved)

    # ------------------------------------------------------------------------------------------------ afterwards

    def remove(self, receipt: Receipt) -> None:
        """Deletes the post; Meta lets an app delete only what it made."""
        delete(self._account, receipt.id)

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Reach, clicks and reactions as Meta counts them; empty where it does not yet."""
        return self._reader.metrics(receipt.id, video=receipt.details.get("video") is True)

    def doctor(self) -> list[Check]:
        """Whether the page lets us in, and whether the token lasts and has its rights."""
        try:
            seen = ask(self._account, "GET", self._page, stage="look", fields="id,name")
        except PublisherError as error:
            return [Check(name="login", ok=False, sentence=error.sentence)]
        login = _("Logged in as {handle}.", handle=str(seen.get("name", self._page)))
        tokens = token_checks(self._account, FACEBOOK_SCOPES)
        return [Check(name="login", ok=True, sentence=login), *tokens, version_check("facebook")]

    # --------------------------------------------------------------------------------------------------- the steps

    @property
    def _account(self) -> Account:
        known: Credentials = self.credentials
        return Account("Facebook", known.graph_url, limits("facebook").version("graph"), known.access_token)

    @property
    def _page(self) -> str:
        return str(self.credentials.page_id)

    @property
    def _reader(self) -> Reader:
        return Reader(self._account, self._page)

    def _direct(self, saved: dict[str, Any]) -> bool:
        return bool(saved.get("final", {}).get("path") == f"{self._page}/feed")

    def _photos(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        photos: list[str] = saved.get("photos", [])
        if len(photos) < len(submission.media):
            medium = submission.media[len(photos)]
            made = {"photos": [*photos, self._photo(medium, story=submission.kind == "story")]}
            return More(saved={**saved, **made, "made_at": saved.get("made_at") or now_text()})
        if submission.kind == "story":
            return _ready(saved, f"{self._page}/photo_stories", facebook_story_finish(submission, photos[0]))
        if self.credentials.publishing == "direct":
            return _ready(saved, f"{self._page}/feed", facebook_feed(submission, photos, published=True))
        if "post" not in saved:
            try:
                answer = ask(self._account, "POST", f"{self._page}/feed", **facebook_feed(submission, photos))
            except RenewError:
                return More(saved=video.anew(saved))
            if not answer.get("id"):
                raise lost(self._account, "prepare")
            return More(saved={**saved, "post": str(answer["id"]), "made_at": saved.get("made_at") or now_text()})
        # A last look before the flip: it is there, and the account's allowance is not nearly spent.
        return self._still_good(_ready(saved, saved["post"], FACEBOOK_FLIP).saved)

    def _photo(self, medium: Media, *, story: bool) -> str:
        """The id of a photo that nobody sees yet."""
        file = medium.file
        with sealed_file(self.files, file) as source:
            answer = ask(
                self._account, "POST", f"{self._page}/photos", files={"source": (file.name, source, file.mime)},
                size=file.size, **facebook_photo(medium, story=story),
            )  # fmt: skip
        if not answer.get("id"):
            raise lost(self._account, "prepare")
        return str(answer["id"])

    def _video(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        file, kind = submission.media[0].file, submission.kind
        if "video" not in saved:
            return video.start(self._account, self._page, kind, file, saved)
        if not saved.get("uploaded"):
            if kind == "video":
                return video.part(self._account, self._page, self.files, file, saved)
            return video.whole(self._reader, self.credentials.rupload_url, self.files, file, saved)
        if kind == "video":
            cover = submission.media[0].cover
            thumb = {"thumb": cover.model_dump(mode="json")} if cover else {}
            finish = facebook_video_finish(submission, saved["session"])
            return _ready({**saved, **thumb}, f"{self._page}/videos", finish)
        last = facebook_reel_finish if kind == "reel" else facebook_story_finish
        return _ready(saved, f"{self._page}/{video.EDGES[kind]}", last(submission, saved["video"]))

    def _still_good(self, saved: dict[str, Any]) -> More | Prepared:
        """Prepared where what was made is still there; marked where it is out already; else the state to start anew."""
        try:
            out = self._out(saved, "prepare")
        except _BusyError:
            return Prepared(saved=saved)
        except (GoneError, DroppedError):
            return Prepared(saved=saved) if self._direct(saved) else More(saved=video.anew(saved))
        return Prepared(saved={**saved, "out": True} if out else saved)

    def _show(self, saved: dict[str, Any]) -> dict[str, Any]:
        """The answer of the irreversible call."""
        final = saved["final"]
        with ExitStack() as opened:
            files = None
            if "thumb" in saved:
                cover = File.model_validate(saved["thumb"])
                files = {"thumb": (cover.name, opened.enter_context(sealed_file(self.files, cover)), cover.mime)}
            answer = ask(self._account, "POST", final["path"], stage="commit", files=files, **final["params"])
        if answer.get("success") is not True and not answer.get("id") and not answer.get("post_id"):
            raise lost(self._account, "commit")
        return answer

    def _clean_up(self, saved: dict[str, Any]) -> None:
        """Deletes the post that nobody has seen, so that no draft is left on the page; one that is out stays."""
        with suppress(PublisherError):
            if self._reader.post(saved) is None:
                delete(self._account, saved["post"])

    def _out(self, saved: dict[str, Any], stage: Stage = "look") -> Out | None:
        """The post if it is shown. Raises GoneError, DroppedError, and _BusyError where only time will tell."""
        if "video" in saved:
            return self._video_out(saved, stage)
        if saved["kind"] != "story":
            return self._reader.post(saved, stage)
        seen = self._reader.story(saved["photos"][0], stage)
        if "story_id" not in saved:
            return seen
        return Out(saved["story_id"], seen.url if seen else f"{SITE}/{self._page}", seen.at if seen else None)

    def _video_out(self, saved: dict[str, Any], stage: Stage) -> Out | None:
        seen = self._reader.video(saved["video"], stage)
        state, published, _there = phases(seen)
        if state in video.BROKEN or published == "error":
            raise DroppedError(_("Facebook could not use the video: render it again."))
        if published == "published" or (saved["kind"] == "video" and state == "ready"):
            link = address(seen.get("permalink_url"), saved["video"])
            return Out(saved["video"], link, moment(seen.get("created_time")))
        if state == "processing":
            raise _BusyError
        return None

    def _completed(self, saved: dict[str, Any]) -> Pending | Receipt:
        try:
            out = self._out(saved)
        except (_BusyError, GoneError):
            out = None
        if out is None and "video" not in saved and older(saved.get("sent_at") or saved["begun_at"], SHOWS):
            out = self._reader.listed(saved)  # perhaps under another id
            if out is None:
                raise DroppedError(
                    _("Facebook said yes and does not show the post: set “publishing” of this channel to “direct”.")
                )
        if out is None:
            return Pending(saved=saved, not_before=datetime.now(UTC) + POLL)
        left = _left(saved)
        if not left:
            return _receipt(out, saved)
        since = saved.get("sent_at") or saved["begun_at"]
        if left == "comment":
            done = first_comment(self._account, out.id, saved["comment"], field="message", since=since)
            return Pending(saved={**saved, "commented": done})
        done = captions(self._account, self.files, out.id, saved["subtitles"], left, since)
        return Pending(saved={**saved, "captioned": {**saved.get("captioned", {}), left: done}})


class _BusyError(Exception):
    """Facebook is at work on the video: it does not show yet, and may without our doing."""


def _begun(submission: Submission) -> dict[str, Any]:
    """What `commit`, `check` and `find` need of a submission, and when it was begun."""
    subtitles = [one.model_dump(mode="json") for medium in submission.media for one in medium.subtitles]
    return {
        "begun_at": now_text(), "kind": submission.kind, "message": submission.text,
        "comment": submission.first_comment, "subtitles": subtitles,
    }  # fmt: skip


def _ready(saved: dict[str, Any], path: str, params: dict[str, Any]) -> Prepared:
    return Prepared(saved={**saved, "ready": True, "final": {"path": path, "params": params}})


def _named(answer: dict[str, Any]) -> dict[str, str]:
    """What the irreversible call's answer names: a direct post's id, a story's."""
    found = {"post": answer.get("id"), "story_id": answer.get("post_id")}
    return {name: str(value) for name, value in found.items() if value}


def _left(saved: dict[str, Any]) -> str:
    """What is still to be added to a post that is out: a language of subtitles, the comment, or nothing."""
    for subtitles in saved["subtitles"]:
        if subtitles["lang"] not in saved.get("captioned", {}):
            return str(subtitles["lang"])
    return "comment" if saved["comment"] and "commented" not in saved else ""


def _receipt(out: Out, saved: dict[str, Any]) -> Receipt:
    commented, captioned = saved.get("commented", {}), saved.get("captioned", {})
    details: dict[str, Any] = {"video": "video" in saved, **left_out(commented, *captioned.values())}
    if "id" in commented:
        details["first_comment"] = commented["id"]
    return Receipt(id=out.id, url=out.url, published_at=out.at, details=details)
