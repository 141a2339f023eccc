"""What is read of a Facebook page: whether a post, a video or a story is out, where it stands, and its counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers._base import MetricValue
from publishers._graph import Account, GoneError, Stage, ask
from publishers._looking import moment, same_words
from publishers._sentences import _

SKEW = timedelta(minutes=5)  # that Meta's clock and ours may differ
SITE = "https://www.facebook.com"
LISTED = 50
# Page post insights as of v25.0; the *_impressions metrics ended on 2026-06-15.
POST_METRICS = {
    "post_total_media_view_unique": "reach", "post_clicks": "clicks", "post_reactions_by_type_total": "reactions",
}  # fmt: skip
# Video insights, Reels publishing guide (2026-11-25); not tried on the real interface.
VIDEO_METRICS = {
    "blue_reels_play_count": "views", "post_impressions_unique": "reach",
    "post_video_likes_by_reaction_type": "reactions", "post_video_social_actions": "interactions",
}  # fmt: skip


@dataclass(frozen=True)
class Out:
    """A post that is out."""

    id: str
    url: str
    at: datetime | None


@dataclass(frozen=True)
class Reader:
    """One page, to be read as it stands."""

    account: Account
    page: str

    def post(self, saved: dict[str, Any], stage: Stage = "look") -> Out | None:
        """The post if it is published, by its id; by its words where the id is not known any more.

        Raises GoneError where there is neither.
        """
        fields = "is_published,permalink_url,created_time"
        if "post" in saved:
            try:
                seen = ask(self.account, "GET", saved["post"], stage=stage, fields=fields)
            except GoneError:
                pass
            else:
                return _out(saved["post"], seen) if seen.get("is_published") is True else None
        found = self.listed(saved)
        if found is None:
            raise GoneError(_("Facebook knows no such post: look at the page."))
        return found

    def listed(self, saved: dict[str, Any]) -> Out | None:
        """The only published post with these words since the post was begun."""
        since = datetime.fromisoformat(saved["begun_at"]) - SKEW
        answer = ask(
            self.account, "GET", f"{self.page}/published_posts", stage="look", limit=LISTED,
            fields="id,message,created_time,permalink_url", since=int(since.timestamp()),
        )  # fmt: skip
        fitting = [
            _out(str(post["id"]), post)
            for post in answer.get("data") or ()
            if (at := moment(post.get("created_time"))) and at >= since
            and same_words(post.get("message") or "", saved["message"])
        ]  # fmt: skip
        return fitting[0] if len(fitting) == 1 else None

    def video(self, video: str, stage: Stage = "look") -> dict[str, Any]:
        """A video's status and its address, as Graph tells them."""
        return ask(self.account, "GET", video, stage=stage, fields="status,permalink_url,created_time")

    def story(self, media: str, stage: Stage = "look") -> Out | None:
        """The story that shows a photo or video, or None."""
        # Without `fields`: the guide names none for this list, and shows all that is read here.
        answer = ask(self.account, "GET", f"{self.page}/stories", stage=stage, limit=LISTED)
        for one in answer.get("data") or ():
            if str(one.get("media_id")) == media:
                told = one.get("creation_time")
                at = datetime.fromtimestamp(int(told), UTC) if str(told).isdigit() else moment(told)
                return Out(id=str(one.get("post_id") or media), url=address(one.get("url"), media), at=at)
        return None

    def metrics(self, target: str, *, video: bool) -> list[MetricValue]:
        """The counts of a post; those that Meta leaves empty are left out."""
        names = VIDEO_METRICS if video else POST_METRICS
        edge = "video_insights" if video else "insights"
        answer = ask(self.account, "GET", f"{target}/{edge}", stage="look", metric=",".join(names))
        at, found = datetime.now(UTC), []
        for one in answer.get("data") or ():
            value = (one.get("values") or [{}])[-1].get("value")
            if isinstance(value, dict) and value:
                value = sum(part for part in value.values() if isinstance(part, int))
            if isinstance(value, int) and one.get("name") in names:
                found.append(MetricValue(name=names[one["name"]], value=value, at=at))
        return found


def _out(post: str, seen: dict[str, Any]) -> Out:
    return Out(id=post, url=address(seen.get("permalink_url"), post), at=moment(seen.get("created_time")))


def address(told: Any, target: str) -> str:
    """The whole address of a post; Graph gives a video's without its host."""
    if not isinstance(told, str) or not told:
        return f"{SITE}/{target}"
    return told if "://" in told else f"{SITE}/{told.lstrip('/')}"


def phases(seen: dict[str, Any]) -> tuple[str, str, int]:
    """A video's state, whether it is published, and how many of its bytes have come (written with one r and two)."""
    status = seen.get("status") or {}
    uploading, publishing = status.get("uploading_phase") or {}, status.get("publishing_phase") or {}
    there = uploading.get("bytes_transfered") or uploading.get("bytes_transferred") or 0
    return str(status.get("video_status") or ""), str(publishing.get("publish_status") or ""), int(there)
