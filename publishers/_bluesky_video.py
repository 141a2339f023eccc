"""Bluesky's video service: a file goes there, is made ready, and comes back as a blob for the record.

Written from the lexicons app.bsky.video.* (read 2026-08-20); the service itself was never asked.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from publishers._atproto import Session, call, plain
from publishers._base import File, Rejected, TryLater
from publishers._http import request
from publishers._sentences import _

POLL = timedelta(seconds=10)
LEAVE = 1800  # seconds that the service may write to the account's server: the most that a server grants


def start_upload(service: str, session: Session, file: File, held: bytes) -> str:
    """The id of the job that makes a video ready. Two calls: the leave to write, then the bytes."""
    leave = {
        "aud": f"did:web:{urlsplit(session.host).hostname}",
        "lxm": "com.atproto.repo.uploadBlob",
        "exp": str(int(time.time()) + LEAVE - 60),
    }
    granted = call(session.host, "com.atproto.server.getServiceAuth", token=session.token, params=leave)
    headers = {"Authorization": f"Bearer {granted.get('token', '')}", "Content-Type": file.mime}
    url = f"{service}/xrpc/app.bsky.video.uploadVideo?did={quote(session.did)}&name={quote(file.name)}"
    job = _job(request("POST", url, headers=headers, content=held))
    return str(job["jobId"])


def job_state(service: str, job_id: str) -> tuple[dict[str, Any] | None, datetime | None]:
    """The blob of a finished job, or None and when to ask again. Raises Rejected if the video was refused."""
    job = _job(request("GET", f"{service}/xrpc/app.bsky.video.getJobStatus", params={"jobId": job_id}))
    blob = job.get("blob")
    if isinstance(blob, dict):  # also with the error already_exists
        return blob, None
    if job.get("state") == "JOB_STATE_FAILED":
        raise Rejected(
            _("Bluesky could not use the video ({reason}): render it again.", reason=plain(str(job.get("error"))))
        )
    return None, datetime.now(UTC) + POLL


def _job(answer: Any) -> dict[str, Any]:
    """The job of an answer; one that already exists answers 409 and names itself."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    job = said.get("jobStatus", said) if isinstance(said, dict) else {}
    if isinstance(job, dict) and job.get("jobId") and (answer.status_code < 300 or answer.status_code == 409):
        return job
    if answer.status_code in (400, 401, 403, 413):
        reason = str(job.get("error", answer.status_code)) if isinstance(job, dict) else str(answer.status_code)
        raise Rejected(_("Bluesky's video service refuses the video: {reason}", reason=plain(reason)))
    raise TryLater(_("Bluesky's video service did not answer as it should: it is tried again later."))
