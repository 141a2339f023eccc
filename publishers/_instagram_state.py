"""What an Instagram post's saved state becomes, step by step."""

from __future__ import annotations

from typing import Any

from publishers._base import File, More
from publishers._graph import NotReadyError
from publishers._looking import now_text
from publishers._sentences import _

RENEWALS = 2


def address(saved: dict[str, Any], file: File) -> str:
    """Where a picture is shown."""
    return str(saved["hosted"][file.sha256]["url"])


def noted(saved: dict[str, Any], place: int, **told: bool) -> More:
    """The state with something more known of one child; how often it was asked for begins anew."""
    children = [{**child, **(told if at == place else {})} for at, child in enumerate(saved["children"])]
    return More(saved={**saved, "children": children, "polls": 0})


def forgotten(saved: dict[str, Any]) -> dict[str, Any]:
    """The state without its containers, which Meta no longer keeps, and without a quota read long ago."""
    gone = ("container", "children", "made_at", "uploaded", "uri", "quota", "quota_at", "out", "polls")
    return {name: value for name, value in saved.items() if name not in gone}


def again(saved: dict[str, Any]) -> More:
    """The state to make the containers anew, twice at most; then TryLater, which the delivery counts."""
    renewals = saved.get("renewals", 0) + 1
    if renewals > RENEWALS:
        raise NotReadyError(
            _("Instagram loses what is prepared time and again: it is tried again later; look at the files.")
        )
    return More(saved={**forgotten(saved), "renewals": renewals})


def with_media(saved: dict[str, Any], media: dict[str, Any]) -> dict[str, Any]:
    """The state of a post that was found in the account's list."""
    return {**saved, "media_id": str(media["id"]), "out_at": saved.get("out_at") or now_text()}
