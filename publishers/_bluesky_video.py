"""Bluesky's video service: a file goes there, is made ready, and comes back as a blob for the record.

Written from the lexicons app.bsky.video.* (read 2026-08-20); the service itself was never asked. Where it is not to be
had, the film goes to the account's own server as it is: the network then makes it ready after the post is out.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from publishers._atproto import ENDED, Session, SessionEndedError, call, plain
from publishers._base import File, Files, Rejected, TryLater, Unauthorized
from publishers._bytes import pieces, sealed_file
from publishers._http import request
from publishers._sentences import _

POLL = timedelta(seconds=10)
LEAVE = 1800  # seconds that the service may write to the account's server: the most that a server grants
TRIES, PAUSE = 3, timedelta(seconds=20)  # what the service is given before we do without it

UNTRUSTED = ENDED | {"invalid_auth"}  # said of the leave that we brought, not of the film


class AwayError(TryLater):
    """The service is not to be had: not reached, out of order, or not known to the account's server."""


def start_upload(service: str, session: Session, files: Files, file: File) -> str:
    """The id of the job that makes a video ready. Two calls: the leave to write, then the bytes, piece by piece."""
    headers = {"Authorization": f"Bearer {_leave(session)}", "Content-Type": file.mime}
    url = f"{service}/xrpc/app.bsky.video.uploadVideo?did={quote(session.did)}&name={quote(file.name)}"
    with sealed_file(files, file) as opened:
        job = _asked("POST", url, headers=headers, content=pieces(opened, 0), size=file.size)
    return str(job["jobId"])


def job_state(service: str, job_id: str) -> tuple[dict[str, Any] | None, datetime | None]:
    """The blob of a finished job, or None and when to ask again. Raises Rejected if the video was refused."""
    job = _asked("GET", f"{service}/xrpc/app.bsky.video.getJobStatus", params={"jobId": job_id})
    blob = job.get("blob")
    if isinstance(blob, dict):  # also with the error already_exists
        return blob, None
    if job.get("state") == "JOB_STATE_FAILED":
        raise Rejected(
            _("Bluesky could not use the video ({reason}): render it again.", reason=plain(str(job.get("error"))))
        )
    return None, datetime.now(UTC) + POLL


def away(saved: dict[str, Any]) -> tuple[dict[str, Any], datetime | None]:
    """The state after a try that found the service away, and when to try it again; at last we do without it."""
    tries = int(saved.get("video_tries", 0)) + 1
    if tries >= TRIES:
        return {**saved, "video_plain": True}, None
    return {**saved, "video_tries": tries}, datetime.now(UTC) + PAUSE


def _leave(session: Session) -> str:
    """A token with which the service may upload in the account's name."""
    leave = {
        "aud": f"did:web:{urlsplit(session.host).hostname}",
        "lxm": "com.atproto.repo.uploadBlob",
        "exp": str(int(time.time()) + LEAVE - 60),
    }
    try:
        granted = call(session.host, "com.atproto.server.getServiceAuth", token=session.token, params=leave)
        return str(granted["token"])
    except (SessionEndedError, Unauthorized):
        raise
    except TryLater as later:
        if later.scope == "channel":
            raise
    except (Rejected, KeyError):
        pass
    raise _away()


def _asked(method: Any, url: str, **sent: Any) -> dict[str, Any]:
    """The job that the service answers about."""
    try:
        answer = request(method, url, **sent)
    except TryLater:
        answer = None
    if answer is None:
        raise _away()
    return _job(answer)


def _job(answer: Any) -> dict[str, Any]:
    """The job of an answer; one that already exists answers 409 and names itself."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    job = said.get("jobStatus", said) if isinstance(said, dict) else {}
    if isinstance(job, dict) and job.get("jobId") and (answer.status_code < 300 or answer.status_code == 409):
        return job
    name = str(job.get("error", "")) if isinstance(job, dict) else ""
    ours = name not in UNTRUSTED and (answer.status_code != 401 or name == "unconfirmed_email")
    if answer.status_code in (400, 401, 403, 413) and ours:
        reason = plain(name or str(answer.status_code))
        raise Rejected(_("Bluesky's video service refuses the video: {reason}", reason=reason))
    raise _away()


def _away() -> AwayError:
    return AwayError(_("Bluesky's video service did not answer as it should: it is tried again later."))
