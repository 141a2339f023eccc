"""How a video comes to Facebook: in parts for a video of the page, by one resumable upload for reels and stories."""

from __future__ import annotations

from typing import Any

from publishers._base import File, Files, More
from publishers._bytes import Slice, sealed_file
from publishers._facebook_reads import Reader, phases
from publishers._graph import (
    Account,
    GoneError,
    NotReadyError,
    OffsetError,
    RenewError,
    ask,
    lost,
    upload,
    upload_address,
)
from publishers._looking import now_text
from publishers._sentences import _

EDGES = {"reel": "video_reels", "story": "video_stories"}
BROKEN = ("error", "expired", "upload_failed")
RENEWALS = 2
PART = 32_000_000  # bytes: what is sent at a time where Graph leaves the end of a part open


def start(account: Account, page: str, kind: str, file: File, saved: dict[str, Any]) -> More:
    """The state with a new video at Facebook, which nobody sees yet."""
    if kind == "video":
        answer = ask(account, "POST", f"{page}/videos", upload_phase="start", file_size=file.size)
        if not answer.get("upload_session_id") or not answer.get("video_id"):
            raise lost(account, "prepare")
        session: dict[str, Any] = {"session": str(answer["upload_session_id"]), "next": _next(answer, file.size)}
    else:
        answer = ask(account, "POST", f"{page}/{EDGES[kind]}", upload_phase="start")
        if not answer.get("video_id"):
            raise lost(account, "prepare")
        session = {"address": answer.get("upload_url")}
    return More(saved={**saved, "video": str(answer["video_id"]), "made_at": now_text(), **session})


def _next(answer: dict[str, Any], size: int) -> list[int]:
    first = int(answer.get("start_offset") or 0)
    return [first, int(answer.get("end_offset") or min(first + PART, size))]


def part(account: Account, page: str, files: Files, file: File, saved: dict[str, Any]) -> More:
    """The state after one more part of a video; Graph says which part it wants next."""
    first, end = saved["next"]
    with sealed_file(files, file) as source:
        chunk = {"video_file_chunk": (file.name, Slice(source, first, end), "application/octet-stream")}
        try:
            answer = ask(
                account, "POST", f"{page}/videos", files=chunk, size=end - first,  # type: ignore[arg-type]
                upload_phase="transfer", upload_session_id=saved["session"], start_offset=first,
            )  # fmt: skip
        except OffsetError as elsewhere:
            # A part whose answer was lost has come: Graph names the place to go on from.
            if elsewhere.start is None or elsewhere.start == first:
                raise
            answer = {"start_offset": elsewhere.start, "end_offset": elsewhere.end}
    if answer.get("start_offset") is None:
        raise lost(account, "prepare")
    following = _next(answer, file.size)
    return More(saved={**saved, "next": following, "uploaded": following[0] >= file.size})


def whole(reader: Reader, rupload_url: str, files: Files, file: File, saved: dict[str, Any]) -> More:
    """The state with a reel's bytes at Facebook. Two calls: how many are there, then the rest.

    They are one step because a count stored without its upload would look, after a crash, as if it were fresh.
    """
    account, video = reader.account, saved["video"]
    address = upload_address(account, saved.get("address"), f"{rupload_url}/video-upload/{account.version}/{video}")
    with sealed_file(files, file) as source:
        try:
            state, _published, there = phases(reader.video(video, stage="prepare"))
        except GoneError:
            return More(saved=anew(saved))
        if state in BROKEN:
            return More(saved=anew(saved))
        try:
            if there < file.size:
                upload(account, address, source, file, there)
        except (OffsetError, RenewError):  # the session is lost, or counts otherwise than it said
            return More(saved=anew(saved))
    return More(saved={**saved, "uploaded": True})


def anew(saved: dict[str, Any]) -> dict[str, Any]:
    """The state before anything was uploaded, twice at most; then TryLater, which the delivery counts."""
    renewals = saved.get("renewals", 0) + 1
    if renewals > RENEWALS:
        raise NotReadyError(
            _("Facebook loses what is prepared time and again: it is tried again later; look at the files.")
        )
    gone = ("video", "session", "next", "address", "uploaded", "made_at", "photos", "post", "final", "ready")
    return {**{name: value for name, value in saved.items() if name not in gone}, "renewals": renewals}
