"""What LinkedIn asks of every call, who may do what, throttles, and planned faults around the creation of a post."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from sandbox.linkedin import LinkedIn
from tests.sandbox.conftest import Api
from tests.sandbox.linked import Linked, error


@pytest.fixture
def page(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.org_token, linkedin.organization.urn)


@pytest.fixture
def member(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.member_token, linkedin.person.urn)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"LinkedIn-Version": None}, (400, "VERSION_MISSING")),
        ({"LinkedIn-Version": "202510"}, (426, "NONEXISTENT_VERSION")),
        ({"LinkedIn-Version": "209901"}, (426, "NONEXISTENT_VERSION")),
        ({"LinkedIn-Version": "2026-09"}, (426, "NONEXISTENT_VERSION")),
        ({"X-Restli-Protocol-Version": None}, (400, "ILLEGAL_ARGUMENT")),
        ({"X-Restli-Protocol-Version": "1.0.0"}, (400, "ILLEGAL_ARGUMENT")),
        ({"Authorization": None}, (401, "EMPTY_ACCESS_TOKEN")),
        ({"Authorization": "Bearer nobody"}, (401, "INVALID_ACCESS_TOKEN")),
        ({"Authorization": "OAuth nobody"}, (401, "EMPTY_ACCESS_TOKEN")),
        ({"Content-Type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
def test_headers_of_every_call(page: Linked, headers: dict, expected: tuple[int, str]):
    answer = page.ask("POST", "/rest/posts", json=page.body(), headers=headers)
    assert error(answer) == expected
    assert page.server.published() == []


@pytest.mark.parametrize("version", ["202511", "202609"])
def test_versions_that_live_are_answered(page: Linked, version: str):
    answer = page.ask("POST", "/rest/posts", json=page.body(), headers={"LinkedIn-Version": version})
    assert answer.status_code == 201


def test_a_version_ends_when_the_server_says_so(page: Linked):
    Api.http.post(f"{page.server.url}/sandbox/settings", json={"versions": ["202610"]})
    assert error(page.post())[0] == 426


def test_ended_and_revoked_tokens_say_which_they_are(page: Linked, linkedin: LinkedIn):
    short = linkedin.issue(lasts=timedelta(minutes=1)).value
    page.token = short
    linkedin.move(60)
    answer = page.post()
    assert error(answer) == (401, "EXPIRED_ACCESS_TOKEN")
    assert answer.json()["serviceErrorCode"] == 65602
    page.token = linkedin.issue().value
    linkedin.revoke(page.token)
    answer = page.post()
    assert error(answer) == (401, "REVOKED_ACCESS_TOKEN")
    assert answer.json()["serviceErrorCode"] == 65601


def test_a_token_in_the_address_is_not_looked_at(page: Linked):
    answer = page.ask("GET", f"/v2/userinfo?access_token={page.token}", headers={"Authorization": None})
    assert error(answer) == (401, "EMPTY_ACCESS_TOKEN")
    assert len(page.server.secrets_in_urls()) == 1


def test_each_author_needs_the_right_scope_and_role(linkedin: LinkedIn, page: Linked, member: Linked):
    assert page.post("a").status_code == member.post("b").status_code == 201
    denied = (403, "ACCESS_DENIED")
    assert error(Linked(linkedin, member.token, page.author).post("c")) == denied
    assert error(Linked(linkedin, page.token, linkedin.elsewhere.urn).post("d")) == denied
    assert error(Linked(linkedin, page.token, "urn:li:person:other").post("e")) == denied
    only_page = linkedin.issue(["w_organization_social"]).value
    assert error(Linked(linkedin, only_page, member.author).post("f")) == denied
    assert Linked(linkedin, only_page, page.author).post("g").status_code == 201
    linkedin.organization.roles[linkedin.person.urn] = "ANALYST"
    assert error(page.post("h")) == denied
    assert {one["text"] for one in linkedin.published()} == {"a", "b", "g"}


def test_a_day_has_so_many_calls_and_ends_at_midnight_utc(page: Linked):
    page.server.member_calls_a_day = 2
    assert [page.post(one).status_code for one in "abc"] == [201, 201, 429]
    answer = page.post("d")
    assert error(answer) == (429, "TOO_MANY_REQUESTS")
    assert "APPLICATION_AND_MEMBER DAY" in answer.json()["message"]
    page.server.move(hours=15)  # 24:00 UTC
    assert page.post("c").status_code == 201
    page.server.member_calls_a_day, page.server.app_calls_a_day = 100, 1
    assert "APPLICATION DAY" in page.post("e").json()["message"]


@pytest.mark.parametrize("path", ["/rest/post", "/v2/ugcPosts", "/rest/posts?action=like", "/rest"])
def test_an_unknown_path_is_no_resource(page: Linked, path: str):
    assert error(page.ask("POST", path, json={})) == (404, "RESOURCE_NOT_FOUND")


# ------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("refuse", 400, False),
        ("limit", 429, False),
        ("expire", 401, False),
        ("error", 500, True),
        ("html", 502, False),
        ("drop", None, True),
        ("cut", None, None),
        ("half", 200, True),
    ],
)
def test_what_goes_wrong_around_a_post_and_whether_it_is_out(
    page: Linked, kind: str, status: int | None, applied: bool
):
    page.server.fault("posts", kind)
    if status is None:
        with pytest.raises(httpx.RemoteProtocolError):
            page.post()
    else:
        assert page.post().status_code == status
    assert len(page.server.published()) == bool(applied)
    assert page.server.calls("posts")[0].fault == kind


def test_who_repeats_after_a_lost_answer_is_told_the_urn_of_the_first(page: Linked):
    page.server.fault("POST posts", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        page.post()
    answer = page.post()
    (row,) = page.server.published()
    assert answer.status_code == 422
    assert row["id"] in answer.json()["message"]


def test_without_the_detection_of_duplicates_a_repetition_stands_twice_and_it_shows(page: Linked):
    """The naive client: were the count still one, this server would prove nothing."""
    page.server.duplicate_hours = 0
    page.server.fault("POST posts", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        page.post()
    assert page.post().status_code == 201
    assert len(page.server.published()) == 2


def test_an_answer_can_come_without_the_urn(page: Linked):
    page.server.fault("posts", "half")
    answer = page.post()
    assert (answer.status_code, "x-restli-id" in answer.headers) == (200, False)


def test_orders_from_another_process(page: Linked):
    def order(command: str, **given: object) -> httpx.Response:
        return Api.http.post(f"{page.server.url}/sandbox/{command}", json=given)

    urn = order("organizations", name="Third", role="ADMINISTRATOR").json()["organization"]
    assert Linked(page.server, page.token, urn).post().status_code == 201
    short = order("tokens", scopes=["w_member_social"], expires_in=60).json()["access_token"]
    assert Linked(page.server, short, page.server.person.urn).post().status_code == 201
    order("clock", move=60)
    assert error(Linked(page.server, short, page.server.person.urn).post("b"))[1] == "EXPIRED_ACCESS_TOKEN"
    assert order("redirects", url="https://a.example/b").json() == ["https://a.example/b"]
    assert order("partner").json() == {"refreshes": True}
    assert order("settings", image=9).json()["image"] == 9
    assert [order("settings", nothing=1).status_code, order("earthquake").status_code] == [404, 404]
    order("revoke", token=page.token)
    assert error(page.post())[1] == "REVOKED_ACCESS_TOKEN"
    assert order("reset").json()["author"] == page.author, "the same seed, the same ids"


def test_a_late_post_comes_after_the_client_gave_up(page: Linked):
    page.server.fault("posts", "late", seconds=60)
    with pytest.raises(httpx.RemoteProtocolError):
        page.post()
    assert page.server.published() == []
    page.server.move(60)
    assert len(page.server.published()) == 1


def test_a_planned_refusal_has_the_words_that_were_planned(page: Linked):
    page.server.fault("posts", "refuse", status=409, code="CONFLICT", message="try again")
    assert error(page.post()) == (409, "CONFLICT")
    page.server.fault("posts", "expire")
    assert page.post().json()["serviceErrorCode"] == 65602
    assert error(page.post()) == (401, "EXPIRED_ACCESS_TOKEN"), "and so it stays"


def test_many_at_once_publish_the_same_post_once(page: Linked):
    with ThreadPoolExecutor(8) as crowd:
        statuses = sorted(crowd.map(lambda _turn: page.post().status_code, range(12)))
    assert statuses == [201, *[422] * 11]
    assert len(page.server.published()) == 1


def test_no_secret_stands_in_the_log(page: Linked):
    page.post()
    log = json.dumps([vars(one) for one in page.server.requests])
    assert not [one for one in page.server.secrets() if one in log]
    assert page.server.calls("posts")[0].places() == {"header"}
