"""What is read of an Instagram account: its quota, a container's status, its recent posts, its link to the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers._base import Check, MetricValue, PublisherError, Receipt, Rejected
from publishers._graph import Account, ForbiddenError, GoneError, Stage, ask
from publishers._graph_after import left_out
from publishers._graph_doctor import no_account
from publishers._graph_errors import Means, meaning_of_subcode
from publishers._looking import moment, same_words
from publishers._sentences import _

SKEW = timedelta(minutes=5)  # that Meta's clock and ours may differ
FIELDS = "id,caption,timestamp,permalink,media_type,media_product_type"
LISTED = 50
# By product type: Meta refuses the whole question for one that the type does not have (IG Media insights, 2026-11-22).
METRICS = {
    "FEED": "views,reach,saved,likes,comments,shares,total_interactions,profile_visits,follows",
    "REELS": "views,reach,saved,likes,comments,shares,total_interactions",
    "STORY": "views,reach,shares,total_interactions,replies,profile_visits,follows",
}


@dataclass(frozen=True)
class Reader:
    """One account, to be read as it stands."""

    account: Account
    user: str

    def quota(self, stage: Stage = "prepare") -> tuple[int, int | None]:
        """How many posts of the last 24 hours count, and how many may."""
        path = f"{self.user}/content_publishing_limit"
        try:
            answer = ask(self.account, "GET", path, stage=stage, fields="config,quota_usage")
        except GoneError as gone:
            missing = no_account(self.account, gone)
        else:
            told = (answer.get("data") or [{}])[0]
            total = (told.get("config") or {}).get("quota_total")
            return int(told.get("quota_usage") or 0), int(total) if total is not None else None
        raise missing

    def status(self, container: str, stage: Stage = "look") -> tuple[str, str]:
        """A container's status code (IN_PROGRESS, FINISHED, ERROR, EXPIRED, PUBLISHED) and what it says beside."""
        answer = ask(self.account, "GET", container, stage=stage, fields="status_code,status")
        return str(answer.get("status_code") or ""), str(answer.get("status") or "")

    def bytes_there(self, container: str) -> int:
        """How many bytes of a video have come; the documents write the field with one r and with two."""
        try:
            answer = ask(self.account, "GET", container, fields="video_status")
        except Rejected as no:
            if type(no) is not Rejected:  # the container itself is gone
                raise
            return 0  # a server that keeps no such field: from the beginning
        phase = (answer.get("video_status") or {}).get("uploading_phase") or {}
        return int(phase.get("bytes_transferred") or phase.get("bytes_transfered") or 0)

    def listed(self, saved: dict[str, Any]) -> dict[str, Any] | None:
        """The post of a published container whose id was lost: the only one with its words since it was made."""
        since = datetime.fromisoformat(saved["made_at"]) - SKEW
        edge = "stories" if saved["kind"] == "story" else "media"
        answer = ask(
            self.account, "GET", f"{self.user}/{edge}", stage="look", fields=FIELDS, limit=LISTED,
            since=int(since.timestamp()),
        )  # fmt: skip
        fitting = [
            media
            for media in answer.get("data") or ()
            if (at := moment(media.get("timestamp"))) and at >= since
            and same_words(media.get("caption") or "", saved["caption"])
        ]  # fmt: skip
        return fitting[0] if len(fitting) == 1 else None

    def receipt(self, saved: dict[str, Any]) -> Receipt:
        """The proof of a post whose id is known."""
        media = ask(self.account, "GET", saved["media_id"], stage="look", fields=FIELDS)
        done = saved.get("commented", {})
        details = {"container": saved["container"], "product": media.get("media_product_type"), **left_out(done)}
        if "id" in done:
            details["first_comment"] = done["id"]
        url = str(media.get("permalink") or "https://www.instagram.com/")
        return Receipt(id=saved["media_id"], url=url, published_at=moment(media.get("timestamp")), details=details)

    def metrics(self, media: str, product: str) -> list[MetricValue]:
        """The counts of a post; those that Meta leaves empty are left out."""
        wanted = METRICS.get(product, METRICS["FEED"])
        try:
            answer = ask(self.account, "GET", f"{media}/insights", stage="look", metric=wanted)
        except ForbiddenError:
            if product != "STORY":
                raise
            return []  # fewer than five people saw it: Meta says so with the code of a missing permission
        at, found = datetime.now(UTC), []
        for one in answer.get("data") or ():
            value = (one.get("values") or [one.get("total_value") or {}])[-1].get("value")
            if isinstance(value, int):
                found.append(MetricValue(name=str(one["name"]), value=value, at=at))
        return found

    def page_check(self, page: str) -> Check:
        """Whether the account is linked to its page."""
        try:
            seen = ask(self.account, "GET", page, stage="look", fields="instagram_business_account")
        except PublisherError as error:
            return Check(name="page", ok=False, sentence=error.sentence)
        linked = str((seen.get("instagram_business_account") or {}).get("id")) == self.user
        right = _("The account is linked to its Facebook page.")
        wrong = _("The account is not linked to this Facebook page: link them in the page's settings.")
        return Check(name="page", ok=linked, sentence=right if linked else wrong)

    def quota_check(self) -> Check:
        """How much of the day's posts is left."""
        try:
            used, total = self.quota("look")
        except PublisherError as error:
            return Check(name="quota", ok=False, sentence=error.sentence)
        sentence = _("{used} of {total} posts of the last 24 hours are used.", used=used, total=total or "?")
        return Check(name="quota", ok=total is None or used < total, sentence=sentence)


def refuse(network: str, why: str) -> None:
    """Raises Rejected where a container's status names an error that another container would meet too."""
    number = next(iter(re.findall(r"\b(?:22|13)\d{5}\b", why)), "")
    row = meaning_of_subcode(int(number)) if number else None
    if row and row.means == Means.REFUSED:
        reason = row.sentence or _("its file is not taken; render it again")
        raise Rejected(_("{network} refuses the post ({code}): {reason}", network=network, code=number, reason=reason))
