"""The Mastodon server: posts once for each key, uploads and their states, counting, scopes, limits and faults."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sandbox import servers
from sandbox.mastodon import Mastodon
from sandbox.mastodon.text import html, length, tags
from tests.sandbox.conftest import Api
from tests.sandbox.samples import film, picture


class Toots:
    """Raw HTTP to a Mastodon server, as one token."""

    def __init__(self, server: Mastodon, token: str) -> None:
        self.server, self.token = server, token

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        kept = {key: one for key, one in headers.items() if one is not None}
        return Api.http.request(method, f"{self.server.url}{path}", headers=kept, **more)

    def post(self, text: str = "a", key: str | None = None, **more: Any) -> httpx.Response:
        return self.ask("POST", "/api/v1/statuses", json={"status": text, **more}, headers={"Idempotency-Key": key})

    def upload(self, body: bytes, **fields: str) -> httpx.Response:
        return self.ask("POST", "/api/v2/media", files={"file": ("a", body)}, data=fields)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.fixture
def api(mastodon: Mastodon) -> Toots:
    return Toots(mastodon, mastodon.token)


def test_both_new_servers_are_found():
    assert {"linkedin", "mastodon"} <= set(servers())


# ------------------------------------------------------------------------------------------- posts


def test_a_post_is_out_and_read_back(api: Toots):
    told = api.post("Bonjour #Droits\n\n<b> & https://example.org/a", language="fr").json()
    (row,) = api.server.published()
    assert (row["id"], row["text"][:15], row["permalink"]) == (told["id"], "Bonjour #Droits", told["url"])
    assert told["created_at"] == "2026-11-25T09:00:00.000Z"
    assert [one["name"] for one in told["tags"]] == ["droits"]
    assert "&lt;b&gt; &amp; <a" in told["content"]
    assert api.ask("GET", f"/api/v1/statuses/{told['id']}").json()["uri"] == told["uri"]
    assert api.ask("GET", f"/api/v1/statuses/{told['id']}/source").json()["text"] == row["text"]
    assert "Bonjour" in Api.http.get(told["url"]).text


def test_the_same_key_is_the_same_post_for_an_hour(api: Toots):
    first = api.post("a", "k1").json()["id"]
    assert api.post("a", "k1").json()["id"] == first
    assert api.post("another text", "k1").json()["id"] == first, "the key decides, not the text"
    api.server.move(3599)
    assert api.post("a", "k1").json()["id"] == first
    api.server.move(1)
    assert api.post("a", "k1").json()["id"] != first
    assert len(api.server.published()) == 2


def test_without_a_key_the_same_text_stands_twice(api: Toots):
    assert api.post().json()["id"] != api.post().json()["id"]


def test_a_key_belongs_to_one_account(api: Toots):
    other = api.server.add_account("other", "Other")
    theirs = Toots(api.server, api.server.issue(account=other).value)
    assert api.post("a", "k1").json()["id"] != theirs.post("a", "k1").json()["id"]


def test_a_refused_post_does_not_use_its_key(api: Toots):
    assert api.post("", "k1").status_code == 422
    assert api.post("a", "k1").status_code == 200


def test_many_at_once_with_one_key_publish_once(api: Toots):
    with ThreadPoolExecutor(8) as crowd:
        found = set(crowd.map(lambda _turn: api.post("a", "k1").json()["id"], range(16)))
    assert len(found) == len(api.server.published()) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"status": ""}, "Validation failed: Text can't be blank"),
        ({"status": "a" * 501}, "Validation failed: Text character limit of 500 exceeded"),
        ({"status": "a" * 499, "spoiler_text": "bb"}, "Validation failed: Text character limit of 500 exceeded"),
        ({"status": "a", "visibility": "all"}, "Validation failed: Visibility is not included in the list"),
        ({"media_ids": ["1"]}, "Validation failed: Media 1 not found or already attached to another post"),
        ({"media_ids": list("12345")}, "Validation failed: Cannot attach more than 4 files"),
    ],
)
def test_a_post_that_is_not_in_order_is_refused(api: Toots, given: dict, message: str):
    answer = api.ask("POST", "/api/v1/statuses", json=given)
    assert error(answer) == (422, message)
    assert api.server.published() == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 500, 500),
        ("https://example.org/" + "a" * 300, 23),
        ("see https://example.org.", 28),
        ("hi @someone@a-long-server.example!", 12),
        ("mail me@example.org", 19),
        ("👩‍👩‍👧‍👦é", 2),
        ("مرحبا", 5),
        ("", 0),
    ],
)
def test_what_a_post_counts(text: str, count: int):
    assert length(text) == count


def test_what_a_text_looks_like():
    assert html("a\nb\n\nc & d") == "<p>a<br />b</p><p>c &amp; d</p>"
    assert tags("#Droits, #2026 and https://a.org/#part a#b") == ["Droits"]


def test_only_what_is_public_is_seen(api: Toots):
    for visibility in ("public", "unlisted", "private", "direct"):
        api.post(visibility, visibility=visibility)
    assert [one["text"] for one in api.server.published()] == ["public", "unlisted"]
    path = f"/api/v1/accounts/{api.server.account.id}/statuses"
    seen = api.ask("GET", path, headers={"Authorization": None}).json()
    assert len(seen) == 2
    assert len(api.ask("GET", path).json()) == 4
    private = api.ask("GET", path).json()[1]["id"]
    assert api.ask("GET", f"/api/v1/statuses/{private}", headers={"Authorization": None}).status_code == 404


def test_an_account_lists_its_posts_newest_first(api: Toots):
    ids = [api.post(f"{n}").json()["id"] for n in range(5)]
    path = f"/api/v1/accounts/{api.server.account.id}/statuses"
    page = api.ask("GET", f"{path}?limit=2")
    assert [one["id"] for one in page.json()] == [ids[4], ids[3]]
    more = page.links["next"]["url"].removeprefix(api.server.url)
    assert [one["id"] for one in api.ask("GET", more).json()] == [ids[2], ids[1]]
    assert [one["id"] for one in api.ask("GET", f"{path}?since_id={ids[3]}&limit=x").json()] == [ids[4]]
    assert error(api.ask("GET", "/api/v1/accounts/1/statuses")) == (404, "Record not found")


def test_a_post_is_deleted_once_and_its_key_remembers(api: Toots):
    found = api.post("a", "k1").json()["id"]
    assert api.ask("DELETE", f"/api/v1/statuses/{found}").json()["text"] == "a"
    assert error(api.ask("DELETE", f"/api/v1/statuses/{found}")) == (404, "Record not found")
    assert error(api.post("a", "k1")) == (404, "Record not found")
    assert api.server.published() == []


def test_a_scheduled_post_goes_out_at_its_time(api: Toots):
    for at in ("2026-11-25T09:04:59Z", "soon", "2026-11-26T09:00:00"):
        assert api.post("a", scheduled_at=at).status_code == 422
    told = api.post("a", scheduled_at="2026-11-25T10:00:00Z").json()
    assert told["scheduled_at"] == "2026-11-25T10:00:00.000Z"
    api.server.move(3599)
    assert api.server.published() == []
    api.server.move(1)
    assert len(api.server.published()) == 1


def test_an_answer_needs_a_post_that_stands(api: Toots):
    first = api.post("a").json()["id"]
    assert api.post("b", in_reply_to_id=first).json()["in_reply_to_id"] == first
    assert api.post("c", in_reply_to_id="1").status_code == 404


# ------------------------------------------------------------------------------------------- media


def test_pictures_are_ready_at_once_and_gone_once_attached(api: Toots):
    answer = api.upload(picture(), description="A map", focus="0,0")
    told = answer.json()
    assert (answer.status_code, told["type"], told["description"]) == (200, "image", "A map")
    assert Api.http.get(told["url"]).content == picture()
    assert api.ask("GET", f"/api/v1/media/{told['id']}").status_code == 200
    edited = api.ask("PUT", f"/api/v1/media/{told['id']}", data={"description": "A better map"})
    assert edited.json()["description"] == "A better map"
    post = api.ask("POST", "/api/v1/statuses", data={"status": "a", "media_ids[]": told["id"]}).json()
    assert post["media_attachments"][0]["description"] == "A better map"
    assert error(api.ask("GET", f"/api/v1/media/{told['id']}")) == (404, "Record not found")
    assert api.post("b", media_ids=[told["id"]]).status_code == 422
    (row,) = api.server.published()
    assert (row["kind"], row["media"][0]["alt"], row["media"][0]["width"]) == ("image", "A better map", 1080)


def test_a_film_is_worked_on_first(api: Toots):
    answer = api.upload(film(seconds=3.4))
    told = answer.json()
    assert (answer.status_code, told["url"], told["type"]) == (202, None, "video")
    assert api.ask("GET", f"/api/v1/media/{told['id']}").status_code == 206
    early = api.post("a", media_ids=[told["id"]])
    assert error(early)[1].endswith("Cannot attach files that have not finished processing. Try again in a moment!")
    api.server.move(20)
    answer = api.ask("GET", f"/api/v1/media/{told['id']}")
    assert (answer.status_code, bool(answer.json()["url"])) == (200, True)
    image = api.upload(picture()).json()["id"]
    assert "images" in error(api.post("a", media_ids=[image, told["id"]]))[1]
    assert api.post("a", media_ids=[told["id"]]).status_code == 200
    assert api.server.published()[0]["kind"] == "video"


def test_a_slow_picture_can_be_ordered(api: Toots):
    Api.http.post(f"{api.server.url}/sandbox/settings", json={"image": 5})
    assert api.upload(picture()).status_code == 202


def test_uploads_that_are_refused(api: Toots):
    assert error(api.upload(b"words"))[0] == 422
    assert "too long" in error(api.upload(picture(), description="a" * 1501))[1]
    assert api.upload(picture(), description="a" * 1500).status_code == 200
    assert error(api.ask("POST", "/api/v2/media", data={"description": "a"}))[0] == 422
    assert error(api.upload(picture(format="TIFF")))[0] == 422
    large = picture() + bytes(16 * 1024 * 1024)
    assert "less than 16 MB" in error(api.upload(large))[1]


# ------------------------------------------------------------------------------------------- tokens and limits


def test_what_a_token_may(api: Toots, mastodon: Mastodon):
    assert error(Toots(mastodon, "nobody").post()) == (401, "The access token is invalid")
    reader = Toots(mastodon, mastodon.issue(["read"]).value)
    assert error(reader.post()) == (403, "This action is outside the authorized scopes")
    assert reader.ask("GET", "/api/v1/accounts/verify_credentials").json()["username"] == "observatoire"
    writer = Toots(mastodon, mastodon.issue(["write:statuses"]).value)
    assert writer.post().status_code == 200
    assert writer.upload(picture()).status_code == 403
    assert writer.ask("GET", "/api/v1/accounts/verify_credentials").status_code == 403
    mastodon.revoke(api.token)
    assert error(api.post()) == (401, "The access token was revoked")


def test_the_server_says_what_it_allows(api: Toots):
    told = api.ask("GET", "/api/v2/instance", headers={"Authorization": None}).json()["configuration"]
    assert told["statuses"] == {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23}
    assert told["media_attachments"]["image_size_limit"] == 16 * 1024 * 1024
    assert error(api.ask("GET", "/api/v3/instance")) == (404, "Not Found")


def test_calls_are_limited_and_the_headers_say_it(api: Toots):
    answer = api.post()
    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("300", "299")
    assert answer.headers["x-ratelimit-reset"] == "2026-11-25T09:05:00.000Z"
    api.server.budgets["calls"] = 2
    assert api.post().status_code == 200
    assert error(api.post()) == (429, "Too many requests")
    api.server.move(300)
    assert api.post().status_code == 200


def test_uploads_and_deletions_have_their_own_limits(api: Toots):
    api.server.budgets |= {"uploads": 1, "deletions": 1}
    first = api.upload(picture())
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("1", "0")
    assert api.upload(picture()).status_code == 429
    ids = [api.post(one).json()["id"] for one in "ab"]
    assert [api.ask("DELETE", f"/api/v1/statuses/{one}").status_code for one in ids] == [200, 429]
    api.server.move(1800)
    assert api.upload(picture()).status_code == 200


# ------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [("refuse", 422, 0), ("limit", 429, 0), ("expire", 401, 0), ("error", 500, 1), ("html", 502, 0), ("half", 200, 1)],
)
def test_what_goes_wrong_around_a_post(api: Toots, kind: str, status: int, applied: int):
    api.server.fault("statuses", kind)
    answer = api.post()
    assert answer.status_code == status
    if kind == "limit":
        assert answer.headers["x-ratelimit-remaining"] == "0"
    assert len(api.server.published()) == applied


def test_after_a_lost_answer_the_key_gives_the_first_post(api: Toots):
    api.server.fault("statuses", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("a", "k1")
    (row,) = api.server.published()
    assert api.post("a", "k1").json()["id"] == row["id"]
    assert len(api.server.published()) == 1


def test_who_repeats_without_a_key_publishes_twice_and_it_shows(api: Toots):
    """The naive client: were the count still one, this server would prove nothing."""
    api.server.fault("statuses", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        api.post("a")
    api.post("a")
    assert len(api.server.published()) == 2


def test_orders_from_another_process(api: Toots):
    def order(name: str, **given: Any) -> httpx.Response:
        return Api.http.post(f"{api.server.url}/sandbox/{name}", json=given)

    made = order("tokens", scopes=["read"]).json()["access_token"]
    assert Toots(api.server, made).post().status_code == 403
    found = api.post().json()["id"]
    order("statistics", id=found, values={"favourites": 3})
    assert api.ask("GET", f"/api/v1/statuses/{found}").json()["favourites_count"] == 3
    assert order("settings", nothing=1).status_code == 404
    assert order("settings", uploads=2).json()["uploads"] == 2
    order("revoke", token=api.token)
    assert api.post().status_code == 401
    assert order("earthquake").status_code == 404


def test_no_secret_stands_in_the_log(api: Toots):
    api.post()
    assert api.token not in json.dumps([vars(one) for one in api.server.requests])
    assert api.server.secrets_in_urls() == []
