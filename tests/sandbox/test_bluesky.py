"""What the Bluesky servers do beyond what the official one is compared in (tests/real_pds): films, limits, time."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from publishers._bluesky_record import cid
from sandbox import servers
from sandbox.bluesky import Bluesky, cbor
from tests.sandbox.conftest import Api
from tests.sandbox.samples import film, picture

POST = "app.bsky.feed.post"


class Sky:
    """Raw HTTP to the servers, as one session."""

    def __init__(self, server: Bluesky) -> None:
        self.server = server
        self.session = self.log_in().json()

    def ask(self, nsid: str, host: str = "api", token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.session['accessJwt']}", **more.pop("headers", {})}
        method = "POST" if "json" in more or "content" in more else "GET"
        return Api.http.request(method, f"{self.server.urls[host]}/xrpc/{nsid}", headers=headers, **more)

    def log_in(self) -> httpx.Response:
        given = {"identifier": self.server.account.handle, "password": self.server.app_password}
        return Api.http.post(f"{self.server.url}/xrpc/com.atproto.server.createSession", json=given)

    def post(self, rkey: str = "3n36ie5ndpjkp", **more: Any) -> httpx.Response:
        record = {"$type": POST, "text": "a", "createdAt": "2026-11-25T09:00:00.000Z", **more}
        where = {"repo": self.server.account.did, "collection": POST, "rkey": rkey}
        return self.ask("com.atproto.repo.putRecord", json={**where, "record": record})

    def upload(self, body: bytes, mime: str = "image/jpeg") -> dict[str, Any]:
        answer = self.ask("com.atproto.repo.uploadBlob", content=body, headers={"Content-Type": mime})
        found: dict[str, Any] = answer.json()["blob"]
        return found

    def leave(self, **changes: str) -> str:
        known = {"aud": "did:web:127.0.0.1", "lxm": "com.atproto.repo.uploadBlob", **changes}
        return str(self.ask("com.atproto.server.getServiceAuth", params=known).json()["token"])

    def film(self, body: bytes, token: str, did: str = "") -> httpx.Response:
        params = {"did": did or self.server.account.did, "name": "a.mp4"}
        headers = {"Content-Type": "video/mp4"}
        return self.ask("app.bsky.video.uploadVideo", "video", token, params=params, content=body, headers=headers)

    def job(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("app.bsky.video.getJobStatus", "video", params={"jobId": name}).json()
        return found["jobStatus"]


@pytest.fixture
def sky(bluesky: Bluesky) -> Sky:
    return Sky(bluesky)


def images(blob: dict[str, Any]) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "Une barre"}]}


def test_the_server_is_found_and_its_content_ids_are_those_of_another_library() -> None:
    assert "bluesky" in servers()
    record = {"b": [1, -7, 300, 70_000, None, True], "aa": {"é": "ت" * 30}, "ref": {"$link": cbor.blob_cid(b"x")}}
    assert cbor.cid(record) == cid(record)


def test_a_film_is_made_ready_in_time_and_stands_in_the_account_then(sky: Sky) -> None:
    job = sky.film(film(), sky.leave()).json()
    assert job["state"] == "JOB_STATE_CREATED" and "blob" not in sky.job(job["jobId"])
    sky.server.move(21)
    blob = sky.job(job["jobId"])["blob"]
    again = sky.film(film(), sky.leave())
    assert again.status_code == 409 and again.json()["jobId"] == job["jobId"]
    assert sky.post(embed={"$type": "app.bsky.embed.video", "video": blob, "alt": "Une rue"}).status_code == 200
    [row] = sky.server.published()
    assert row["kind"] == "video" and row["media"][0]["alt"] == "Une rue" and row["media"][0]["codec"] == "h264"


def test_what_is_no_film_fails_as_a_job(sky: Sky) -> None:
    job = sky.film(b"nothing" * 50, sky.leave()).json()
    sky.server.move(21)
    assert sky.job(job["jobId"])["state"] == "JOB_STATE_FAILED"


def test_a_leave_is_for_one_server_one_method_one_account_and_a_while(sky: Sky) -> None:
    other = sky.server.add_account("other.test", "")
    bad = [sky.leave(aud="did:web:elsewhere.org"), sky.leave(lxm="com.atproto.repo.putRecord"), "none"]
    assert [sky.film(film(), token).status_code for token in bad] == [401, 401, 401]
    assert sky.film(film(), sky.leave(), did=other.did).status_code == 401
    old = sky.leave()
    sky.server.move(61)
    assert sky.film(film(), old).status_code == 401
    sky.server.account.email_confirmed = False
    assert sky.film(film(), sky.leave()).json()["error"] == "unconfirmed_email"


def test_the_thirty_first_login_in_five_minutes_is_one_too_many(sky: Sky) -> None:
    assert [sky.log_in().status_code for _time in range(30)] == [200] * 29 + [429]
    answer = sky.log_in()
    assert answer.headers["ratelimit-policy"] == "30;w=300" and answer.json()["error"] == "RateLimitExceeded"
    sky.server.move(301)
    assert sky.log_in().status_code == 200


def test_a_file_that_no_record_names_is_dropped_and_one_that_is_shown_stays(sky: Sky) -> None:
    shown, left = sky.upload(picture()), sky.upload(picture(width=700))
    assert sky.post(embed=images(shown)).status_code == 200
    sky.server.move(3601)
    place = {"did": sky.server.account.did, "cid": shown["ref"]["$link"]}
    assert sky.ask("com.atproto.sync.getBlob", params=place).content == picture()
    refused = sky.post("3n36ie5ndpjkq", embed=images(left))
    assert (refused.status_code, refused.json()["error"]) == (400, "BlobNotFound")


def test_a_session_ends_after_two_hours_and_a_revoked_one_cannot_be_renewed(sky: Sky) -> None:
    sky.server.move(7201)
    assert sky.post().json()["error"] == "ExpiredToken"
    right = sky.session["refreshJwt"]
    renewed = sky.ask("com.atproto.server.refreshSession", token=right, json={}).json()
    assert sky.ask("com.atproto.server.getSession", token=renewed["accessJwt"]).status_code == 200
    sky.server.revoke()
    assert sky.ask("com.atproto.server.refreshSession", token=renewed["refreshJwt"], json={}).status_code == 400


def test_counts_are_given_and_what_nobody_knows_is_left_out(sky: Sky) -> None:
    uri = sky.post().json()["uri"]
    sky.server.order("statistics", {"id": uri, "values": {"likeCount": 3}})
    found = sky.ask("app.bsky.feed.getPosts", "appview", params={"uris": [uri, uri + "x"]}).json()["posts"]
    assert [(one["uri"], one["likeCount"], one["quoteCount"]) for one in found] == [(uri, 3, 0)]


def test_no_secret_stands_in_the_log(sky: Sky) -> None:
    sky.film(film(), sky.leave())
    sky.post()
    told = repr(sky.server.requests)
    assert all(secret not in told for secret in sky.server.secrets()) and sky.server.secrets_in_urls() == []
