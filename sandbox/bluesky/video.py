"""The video service: a film comes with a leave of the account's server, is made ready, and is stored there as a blob.

Sources: lexicons app.bsky.video.* (read 2026-11-26); docs.bsky.app, "Uploading video". The service itself was never
asked. It keeps the bytes as they came, where the real one may encode anew.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox import _media as media
from sandbox._wire import Answer, json_answer
from sandbox.bluesky.repo import received
from sandbox.bluesky.state import Ask, Job, Leave, XrpcError, invalid

if TYPE_CHECKING:
    from sandbox.bluesky.server import Bluesky

UPLOAD = "com.atproto.repo.uploadBlob"
BYTES = 300_000_000
CREATED, COMPLETED, FAILED = (f"JOB_STATE_{name}" for name in ("CREATED", "COMPLETED", "FAILED"))


def upload(ask: Ask) -> Answer:
    """The job that makes a film ready; 409 for one that came before."""
    with ask.server.lock:
        leave = leave_of(ask, f"did:web:{urlsplit(ask.server.urls['api']).hostname}", UPLOAD)
        account = ask.server.accounts[leave.account]
        if ask.param("did") != account.did:
            raise XrpcError(401, "invalid_auth", "The token is another account's")
        if not account.email_confirmed:
            raise XrpcError(401, "unconfirmed_email", "Please confirm your email address before uploading videos")
    ask.param("name")
    if ask.request.mime != "video/mp4":
        raise invalid("Content-Type must be video/mp4", "invalid_content_type")
    blob = received(ask, "video/mp4")
    if blob.size > BYTES:
        raise XrpcError(413, "file_too_large", "The video is too large")
    try:
        media.film(blob.path)
        good = blob
    except media.Unreadable:
        good = None
    with ask.server.lock:
        for job in ask.server.jobs.values():
            if job.blob and (job.account, job.blob.cid) == (account.did, blob.cid):
                job.stored = False  # whoever posts it once more finds it in the account
                settle(ask.server)
                said = {"error": "already_exists", "message": "Video already processed"}
                return json_answer({**row(ask.server, job), **said}, 409)
        made = Job(ask.server.word(20), account.did, ask.now + timedelta(seconds=ask.server.processing["video"]), good)
        ask.server.jobs[made.id] = made
        return json_answer(row(ask.server, made))


def status(ask: Ask) -> Answer:
    """How far a job has come."""
    job = ask.server.jobs.get(ask.param("jobId"))
    if job is None:
        raise XrpcError(404, "not_found", "Job not found")
    return json_answer({"jobStatus": row(ask.server, job)})


def limits(ask: Ask) -> Answer:
    """What the account may still upload today."""
    leave = leave_of(ask, "did:web:video.bsky.app", "app.bsky.video.getUploadLimits")
    confirmed = ask.server.accounts[leave.account].email_confirmed
    return json_answer({"canUpload": confirmed, "remainingDailyVideos": 25, "remainingDailyBytes": 10_000_000_000})


def leave_of(ask: Ask, audience: str, method: str) -> Leave:
    """The leave that the call carries, for that method and meant for that server."""
    value = ask.request.headers.get("authorization", "").removeprefix("Bearer ")
    leave = ask.server.leaves.get(value)
    if leave is None or leave.ends <= ask.now:
        raise XrpcError(401, "invalid_auth", "The token is unknown or has expired")
    if (leave.audience, leave.method) != (audience, method):
        raise XrpcError(401, "invalid_auth", "The token is for another server or method")
    return leave


def settle(server: Bluesky) -> None:
    """Films that are ready go to their accounts' servers."""
    for job in server.jobs.values():
        if job.blob and not job.stored and job.ready <= server.clock.now():
            job.blob.at, job.stored = server.clock.now(), True
            server.blobs_of.setdefault((job.account, job.blob.cid), job.blob)


def row(server: Bluesky, job: Job) -> dict[str, Any]:
    """A job as JSON."""
    told: dict[str, Any] = {"jobId": job.id, "did": job.account, "state": CREATED}
    if job.ready > server.clock.now():
        return told
    if job.blob is None:
        return {**told, "state": FAILED, "error": "unsupported codec", "message": "The video could not be read"}
    return {**told, "state": COMPLETED, "progress": 100, "blob": job.blob.ref()}
