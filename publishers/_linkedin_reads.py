"""What LinkedIn tells of an author's posts: which are there, whether ours is among them, and its first comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers._base import MetricValue, Receipt, Rejected, TryLater
from publishers._linkedin import Account, ForbiddenError, create, finder, get_all
from publishers._linkedin_posts import comment_body
from publishers._littletext import shown
from publishers._looking import same_words, too_late
from publishers._sentences import _

LISTED = 50  # posts: more than an account writes while a doubt lasts
SKEW = timedelta(minutes=5)  # two clocks
SITE = "https://www.linkedin.com/feed/update"
COUNTS = {
    "impressionCount": "impressions", "uniqueImpressionsCount": "reach", "clickCount": "clicks",
    "likeCount": "likes", "commentCount": "comments", "shareCount": "shares",
}  # fmt: skip


def listed(account: Account) -> list[dict[str, Any]]:
    """The author's newest posts. Raises ForbiddenError where the token may not read."""
    return finder(account, "/posts", "author", author=account.author, count=LISTED, sortBy="LAST_MODIFIED")


def ours(posts: Iterable[Mapping[str, Any]], saved: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that can be the post of this state: its words and files, made since, and not known before."""
    known = saved.get("known") or ()
    return [post for post in posts if post.get("id") not in known and since(post, saved) and _same(post, saved["body"])]


def since(post: Mapping[str, Any], saved: Mapping[str, Any]) -> bool:
    """Whether a post was made after ours was begun; one without a time may have been."""
    at = made_at(post)
    return at is None or at > datetime.fromisoformat(saved["begun_at"]) - SKEW


def _same(post: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    words = str(post.get("commentary") or "")
    if shown(words).split() != shown(body["commentary"]).split():
        return False
    mine, theirs = _named(body.get("content")), _named(post.get("content"))
    return not (mine and theirs) or mine == theirs


def _named(content: Any) -> list[str]:
    """The URNs of a content's files, in order."""
    if not isinstance(content, dict):
        return []
    many = content.get("multiImage") or {}
    one = content.get("media") or {}
    return [str(file.get("id")) for file in [*many.get("images", ()), *([one] if one else [])]]


def made_at(post: Mapping[str, Any]) -> datetime | None:
    """When a post was published, or None where LinkedIn does not say."""
    told = post.get("publishedAt") or post.get("createdAt")
    return datetime.fromtimestamp(told / 1000, UTC) if isinstance(told, int) and told > 0 else None


def receipt(urn: str, saved: Mapping[str, Any], post: Mapping[str, Any] | None = None) -> Receipt:
    """The receipt of a post; what became of its first comment stands in the details."""
    comment = saved.get("commented") or {}
    details: dict[str, Any] = {"adopted": True} if saved.get("adopted") else {}
    if "id" in comment:
        details["first_comment"] = comment["id"]
    if "refused" in comment:
        details["left_out"] = [comment["refused"]]
    return Receipt(id=urn, url=f"{SITE}/{urn}", published_at=made_at(post) if post else None, details=details)


def first_comment(account: Account, urn: str, saved: Mapping[str, Any]) -> dict[str, Any]:
    """`{"id": ...}` of the comment, or `{"refused": sentence}`. Raises TryLater where it can be looked up again.

    It is looked for before it is written. Where the token may not read comments it is written once and no more: an
    answer that was lost is told in the receipt.
    """
    path, readable = "/socialActions/{post}/comments", True
    try:
        try:
            for comment in get_all(account, path, post=urn):
                if _by(comment, account) and same_words((comment.get("message") or {}).get("text"), saved["comment"]):
                    return {"id": str(comment.get("commentUrn") or comment.get("id") or "")}
        except (Rejected, ForbiddenError):
            readable = False
        made = create(account, path, comment_body(account.author, urn, saved["comment"]), post=urn)
        return {"id": str(made.body.get("commentUrn") or made.body.get("id") or made.made or "")}
    except (Rejected, ForbiddenError) as no:
        return {"refused": no.sentence.as_json()}
    except TryLater as later:
        if not readable:
            return {"refused": _("Nobody can tell whether the first comment is out: look at the post.").as_json()}
        if too_late(saved["sent_at"]):
            return {"refused": later.sentence.as_json()}
        raise


def _by(comment: Mapping[str, Any], account: Account) -> bool:
    return comment.get("actor") in (None, account.author)


def statistics(account: Account, urn: str) -> list[MetricValue]:
    """The counts of an organisation's post; empty where LinkedIn has none yet."""
    of = "ugcPosts" if ":ugcPost:" in urn else "shares"
    asked: dict[str, Any] = {"organizationalEntity": account.author, of: [urn]}
    found = finder(account, "/organizationalEntityShareStatistics", "organizationalEntity", **asked)
    told = found[0].get("totalShareStatistics") if found else None
    counts = told if isinstance(told, dict) else {}
    at = datetime.now(UTC)
    return [
        MetricValue(name=name, value=counts[key], at=at)
        for key, name in COUNTS.items()
        if isinstance(counts.get(key), int)
    ]
