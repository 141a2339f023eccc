"""Bluesky when things go wrong: a real HTTP server on the loopback that answers badly."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from publishers import _atproto, _http
from publishers._base import (
    Absent,
    More,
    OutcomeUnknown,
    Prepared,
    PublisherError,
    Receipt,
    Rejected,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._bluesky_record import cid, new_tids
from publishers._keeping import in_process
from publishers.bluesky import Bluesky, Credentials
from tests.publishers.loopback import CUT, DRIP_BODY, DROP, SILENCE, Said, Script, a_token, json_answer, serving
from tests.publishers.samples import Folder, a_file, a_post, a_video, an_image, png

DID = "did:plc:observatory"
PASSWORD = "CANARY-pass-word"
NO_ID = json_answer(blob={"ref": {"$link": "bafy"}, "mimeType": "image/png", "size": 1})
HTML = Said(502, b"<html>Bad gateway</html>", mime="text/html")


@pytest.fixture
def server() -> Iterator[Script]:
    in_process.cache_clear()
    with serving() as script:
        session = {"did": DID, "handle": "observatory.test", "refreshJwt": a_token(90 * 86_400, mark="CANARY-r")}
        script.on("createSession", json_answer(accessJwt=a_token(), **session))
        script.on("refreshSession", json_answer(accessJwt=a_token(mark="CANARY-new"), **session))
        script.on("uploadBlob", json_answer(blob=a_blob("one")))
        yield script


@pytest.fixture
def adapter(server: Script, tmp_path: Path) -> Bluesky:
    return an_adapter(server, tmp_path)


def an_adapter(server: Script, folder: Path, **changes: Any) -> Bluesky:
    known = {"handle": "observatory.test", "app_password": PASSWORD, "pds_url": server.url, "appview_url": server.url}
    return Bluesky(Credentials.model_validate({**known, "video_url": None, **changes}), Folder(folder))


def a_blob(link: str, mime: str = "image/png") -> dict[str, Any]:
    return {"$type": "blob", "ref": {"$link": cid({"of": link})}, "mimeType": mime, "size": 10}


def finished(adapter: Bluesky, post: Submission, saved: dict[str, Any] | None = None) -> Prepared:
    step: More | Prepared = More(saved=saved or {})
    for _ in range(12):
        step = adapter.prepare(post, step.saved)
        if isinstance(step, Prepared):
            return step
    raise AssertionError("prepare never ends")


def a_picture(folder: Path) -> Submission:
    return a_post(media=(an_image(file=Folder(folder).add(png())),))


def committing(adapter: Bluesky, server: Script, *answers: Said | str) -> Prepared:
    ready = finished(adapter, a_post("text", "Bonjour"))
    server.on("putRecord", *answers)
    return ready


def taken(ready: Prepared) -> Said:
    return json_answer(uri=f"at://{DID}/app.bsky.feed.post/{ready.saved['rkeys'][0]}", cid="bafy")


def test_what_is_put_is_the_frozen_record_under_our_own_key(adapter: Bluesky, server: Script, tmp_path: Path) -> None:
    ready = finished(adapter, a_picture(tmp_path))
    frozen = json.loads(json.dumps(ready.saved))  # as a database would give it back
    server.on("putRecord", taken(ready))
    receipt = adapter.commit(Prepared(saved=frozen))
    assert isinstance(receipt, Receipt)
    assert receipt.url == f"https://bsky.app/profile/{DID}/post/{ready.saved['rkeys'][0]}"
    assert server.asked[-1].json == {
        "repo": DID, "collection": "app.bsky.feed.post", "rkey": ready.saved["rkeys"][0], "validate": True,
        "record": ready.saved["writes"][0]["value"],
    }  # fmt: skip
    upload = next(one for one in server.asked if one.name == "uploadBlob")
    assert upload.body == png() and upload.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HTML, OutcomeUnknown),
        (json_answer(500, error="InternalServerError"), OutcomeUnknown),
        (Said(200, b'{"uri": "at://did'), OutcomeUnknown),
        (Said(200, b"<html>", mime="text/html"), OutcomeUnknown),
        (json_answer(uri="at://did:plc:other/app.bsky.feed.post/x"), OutcomeUnknown),
        (Said(404, b"<html>", mime="text/html"), OutcomeUnknown),
        (Said(302, b"", {"Location": "/xrpc/canary"}), OutcomeUnknown),
        (DROP, OutcomeUnknown),
        (CUT, OutcomeUnknown),
        (json_answer(400, error="InvalidRequest", message="Invalid app.bsky.feed.post record"), Rejected),
        (json_answer(413, error="PayloadTooLarge"), Rejected),
        (json_answer(401, error="AuthMissing"), Unauthorized),
        (json_answer(403, error="AccountTakedown"), Unauthorized),
        (json_answer(400, error="ExpiredToken"), TryLater),
        (json_answer(400, error="BlobNotFound"), TryLater),
        (json_answer(429, {"retry-after": "30"}, error="RateLimitExceeded"), TryLater),
    ],
)
def test_a_bad_answer_to_the_write_says_what_it_proves_and_is_not_repeated(
    adapter: Bluesky, server: Script, answer: Said | str, expected: type[PublisherError]
) -> None:
    ready = committing(adapter, server, answer)
    with pytest.raises(expected):
        adapter.commit(ready)
    assert server.names().count("putRecord") == 1 and "canary" not in server.names()


def test_a_silent_server_is_an_unknown_outcome(
    adapter: Bluesky, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = committing(adapter, server, SILENCE)
    monkeypatch.setattr(_atproto, "TIMEOUT", 0.2)
    with pytest.raises(OutcomeUnknown):
        adapter.commit(ready)
    assert server.names().count("putRecord") == 1


def test_a_server_that_drips_its_answer_is_an_unknown_outcome_in_time(
    adapter: Bluesky, server: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = committing(adapter, server, DRIP_BODY)
    monkeypatch.setattr(_http, "WHOLE", 0.2)
    with pytest.raises(OutcomeUnknown):
        adapter.commit(ready)
    assert server.names().count("putRecord") == 1


def test_a_refused_connection_is_tried_later_even_while_publishing(tmp_path: Path) -> None:
    with serving() as script:
        script.on("createSession", json_answer(accessJwt=a_token(), refreshJwt=a_token(), did=DID, handle="h.test"))
        adapter = an_adapter(script, tmp_path)
        ready = finished(adapter, a_post("text", "Bonjour"))
    with pytest.raises(TryLater):
        adapter.commit(ready)


@pytest.mark.parametrize("answer", [HTML, DROP, CUT, Said(200, b'{"blob": '), json_answer(500, error="X"), NO_ID])
def test_a_bad_answer_while_preparing_is_tried_later(
    adapter: Bluesky, server: Script, tmp_path: Path, answer: Said | str
) -> None:
    server.on("uploadBlob", answer)
    with pytest.raises(TryLater):
        finished(adapter, a_picture(tmp_path))
    assert server.names().count("uploadBlob") == 1


def test_taking_every_error_for_a_failure_would_lose_a_post_so_these_tests_can_tell() -> None:
    import httpx

    lost = httpx.RemoteProtocolError("Server disconnected")
    assert isinstance(_atproto.meaning(lost, "commit"), OutcomeUnknown)
    assert not isinstance(_atproto.meaning(lost, "prepare"), OutcomeUnknown)


def test_a_pause_is_as_long_as_the_server_says(adapter: Bluesky, server: Script) -> None:
    reset = str(int(time.time()) + 120)
    ready = committing(adapter, server, json_answer(429, {"ratelimit-reset": reset}, error="RateLimitExceeded"))
    with pytest.raises(TryLater) as caught:
        adapter.commit(ready)
    assert caught.value.scope == "channel" and caught.value.retry_after == pytest.approx(120, abs=10)


def test_an_ended_session_is_opened_again_once_and_then_a_person_is_asked(
    adapter: Bluesky, server: Script, tmp_path: Path
) -> None:
    post, ended = a_picture(tmp_path), json_answer(400, error="ExpiredToken")
    server.on("uploadBlob", ended, json_answer(blob=a_blob("one")))
    assert finished(adapter, post).saved["writes"]
    assert [server.names().count(name) for name in ("createSession", "refreshSession")] == [1, 1]
    server.on("uploadBlob", ended)
    with pytest.raises(Unauthorized):
        finished(adapter, post)
    assert [server.names().count(name) for name in ("createSession", "refreshSession")] == [1, 2]


def test_a_revoked_session_is_one_login_and_a_refused_login_closes_the_channel(
    adapter: Bluesky, server: Script
) -> None:
    finished(adapter, a_post("text", "un"))
    server.on("refreshSession", json_answer(400, error="ExpiredToken"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        finished(adapter, a_post("text", "deux"))
    assert server.names() == ["createSession", "refreshSession", "createSession"]
    server.on("createSession", json_answer(401, error="AuthenticationRequired"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5)), pytest.raises(Unauthorized):
        finished(adapter, a_post("text", "trois"))
    assert server.names()[3:] == ["refreshSession", "createSession"]


def test_a_server_that_cannot_renew_now_is_no_reason_to_send_the_password(adapter: Bluesky, server: Script) -> None:
    finished(adapter, a_post("text", "un"))
    for answer in (HTML, DROP, json_answer(429, error="RateLimitExceeded")):
        server.on("refreshSession", answer)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)), pytest.raises(TryLater):
            finished(adapter, a_post("text", "deux"))
    assert server.names().count("createSession") == 1


def test_two_posts_log_in_once_and_a_session_near_its_end_is_renewed_without_the_password(
    adapter: Bluesky, server: Script
) -> None:
    finished(adapter, a_post("text", "un"))
    finished(adapter, a_post("text", "deux"))
    assert server.names() == ["createSession"]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        finished(adapter, a_post("text", "trois"))
    assert server.names() == ["createSession", "refreshSession"]
    assert server.asked[-1].headers["authorization"].endswith("CANARY-r")


def test_a_changed_password_never_meets_the_old_session(server: Script, adapter: Bluesky, tmp_path: Path) -> None:
    finished(adapter, a_post("text", "un"))
    finished(an_adapter(server, tmp_path, app_password="another"), a_post("text", "deux"))
    assert server.names() == ["createSession", "createSession"]


def test_a_post_prepared_for_one_account_never_goes_to_another(adapter: Bluesky, server: Script) -> None:
    ready = committing(adapter, server, json_answer())
    with pytest.raises(Unauthorized):
        adapter.commit(Prepared(saved={**ready.saved, "did": "did:plc:before"}))
    assert "putRecord" not in server.names()


def test_no_secret_is_in_any_error_log_or_saved_state_even_if_the_server_repeats_it(
    adapter: Bluesky, server: Script, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said, states = [], []
    ready = finished(adapter, a_picture(tmp_path))
    states.append(json.dumps(ready.saved))
    echo = f"bad token {a_token()} or {PASSWORD}"
    for answer in (json_answer(400, error="InvalidRequest", message=echo), HTML, DROP, json_answer(401, error=echo)):
        server.on("putRecord", answer)
        with pytest.raises(PublisherError) as caught:
            adapter.commit(ready)
        said.append("".join(traceback.format_exception(caught.value)) + repr(caught.value.sentence))
    server.on("createSession", json_answer(400, error="InvalidRequest", message=echo))
    adapter.keeper.change(lambda _kept: {})
    with pytest.raises(Rejected) as refused:
        adapter.prepare(a_post("text"), {"rkeys": ["x"], "created_at": "x"})
    said.append("".join(traceback.format_exception(refused.value)) + repr(adapter.keeper))
    everything = "\n".join([*said, *states, caplog.text, repr(adapter.credentials)])
    assert "CANARY" not in everything and len(said) == 5


def test_find_does_not_take_a_broken_answer_for_an_absent_post(adapter: Bluesky, server: Script) -> None:
    post = a_post("text", "Bonjour")
    ready = finished(adapter, post)
    for answer in (HTML, DROP, json_answer(400, error="RepoNotFound"), Said(404, b"", mime="text/html")):
        server.on("getRecord", answer)
        assert isinstance(adapter.find(post, ready.saved), Unclear)
    server.on("getRecord", json_answer(400, error="RecordNotFound"))
    assert adapter.find(post, ready.saved) == Absent()


def test_changed_bytes_are_not_uploaded(adapter: Bluesky, server: Script, tmp_path: Path) -> None:
    post = a_picture(tmp_path)
    (tmp_path / post.files()[0].sha256).write_bytes(b"other")
    with pytest.raises(Rejected):
        finished(adapter, post)
    assert "uploadBlob" not in server.names()


def test_counts_are_those_given_and_a_missing_one_is_not_zero(adapter: Bluesky, server: Script) -> None:
    receipt = Receipt(id=f"at://{DID}/app.bsky.feed.post/3k", url="https://bsky.app/x")
    server.on("getPosts", json_answer(posts=[{"uri": receipt.id, "likeCount": 3, "replyCount": 0}]))
    assert {metric.name: metric.value for metric in adapter.metrics(receipt)} == {"likes": 3, "replies": 0}
    assert server.asked[-1].query == {"uris": [receipt.id]} and "authorization" not in server.asked[-1].headers
    server.on("getPosts", HTML)
    with pytest.raises(TryLater):
        adapter.metrics(receipt)


def test_a_video_is_made_ready_by_its_service_before_the_record_names_it(server: Script, tmp_path: Path) -> None:
    adapter, folder = an_adapter(server, tmp_path, video_url=server.url), Folder(tmp_path)
    film = folder.add(b"not really a film", "reel.mp4", "video/mp4")
    post = a_post("video", media=(a_video(file=film),))
    server.on("getServiceAuth", json_answer(token="leave-CANARY"))
    server.on("uploadVideo", json_answer(jobStatus={"jobId": "job1", "state": "JOB_STATE_CREATED"}))
    running = json_answer(jobStatus={"jobId": "job1", "state": "JOB_STATE_ENCODING"})
    done = json_answer(jobStatus={"jobId": "job1", "state": "JOB_STATE_COMPLETED", "blob": a_blob("v", "video/mp4")})
    server.on("getJobStatus", running, done)
    saved, waits = {}, []
    while isinstance(step := adapter.prepare(post, saved), More):
        saved, waits = step.saved, [*waits, step.not_before]
        assert "CANARY" not in json.dumps(saved)
    assert step.saved["writes"][0]["value"]["embed"]["video"]["ref"] == a_blob("v")["ref"]
    [wait] = [one for one in waits if one]
    assert timedelta(0) < wait - datetime.now(UTC) <= timedelta(seconds=10)
    upload = next(one for one in server.asked if one.name == "uploadVideo")
    assert upload.body == b"not really a film" and upload.headers["authorization"] == "Bearer leave-CANARY"


def test_a_video_that_the_service_cannot_use_is_refused(server: Script, tmp_path: Path) -> None:
    adapter, folder = an_adapter(server, tmp_path, video_url=server.url), Folder(tmp_path)
    post = a_post("video", media=(a_video(file=folder.add(b"x", "reel.mp4", "video/mp4")),))
    server.on("getServiceAuth", json_answer(token="leave"))
    server.on("uploadVideo", json_answer(jobStatus={"jobId": "job1", "state": "JOB_STATE_CREATED"}))
    server.on("getJobStatus", json_answer(jobStatus={"jobId": "job1", "state": "JOB_STATE_FAILED", "error": "codec"}))
    with pytest.raises(Rejected, match="codec"):
        finished(adapter, post)


def test_the_accounts_own_server_is_used_only_if_it_is_as_safe_as_the_door() -> None:
    def document(url: str) -> dict[str, Any]:
        return {"service": [{"id": "#atproto_pds", "serviceEndpoint": url}]}

    door = "https://bsky.social"
    assert _atproto._home(door, document("https://morel.example.org")) == "https://morel.example.org"
    assert _atproto._home(door, document("http://morel.example.org")) == door
    assert _atproto._home(door, None) == door == _atproto._home(door, {"service": "?"})


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://example.org", "https://", "https://a:b@example.org", "https://example.org?x=1"]
)
def test_an_address_that_is_not_a_safe_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="an address like"):
        _http._host_url(url)
    assert _http._host_url("http://127.0.0.1:80/") == "http://127.0.0.1:80"


def test_keys_are_thirteen_signs_and_grow_with_time() -> None:
    keys = [*new_tids(25), *new_tids(25)]
    assert all(len(key) == 13 and set(key) <= set("234567abcdefghijklmnopqrstuvwxyz") for key in keys)
    assert [key[:11] for key in keys] == sorted(key[:11] for key in keys)


def test_a_text_of_three_hundred_families_is_refused_before_anything_is_sent(adapter: Bluesky) -> None:
    file = a_file(mime="image/gif", size=2_000_000)
    post = a_post(text="\U0001f468\u200d\U0001f469\u200d\U0001f467" * 301, media=(an_image(file=file, alt=""),))
    codes = {problem.code for problem in adapter.validate(post)}
    assert codes == {"text", "text_bytes", "alt_missing", "mime", "bytes"}
