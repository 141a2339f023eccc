"""What every call of the Graph API is asked: version, token, scopes, parameters, fields; and what the log keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from sandbox.graph import Graph, serving
from tests.sandbox.conftest import AT, Api, as_json, code


@pytest.mark.parametrize("version", ["v22.0", "v23.0", "v24.0", "v25.0", "v26.0"])
def test_a_living_version_answers_and_says_its_name(page: Api, version: str):
    answer = page.ask("GET", "me", version=version)
    assert answer.status_code == 200
    assert answer.headers["facebook-api-version"] == version


@pytest.mark.parametrize(("version", "expected"), [("v21.0", 2635), ("v2.8", 2635), ("v27.0", 2500), ("v25.1", 2500)])
def test_an_ended_or_unknown_version_is_refused(page: Api, version: str, expected: int):
    answer = page.ask("GET", "me", version=version)
    assert answer.status_code == 400
    assert code(answer.json())[0] == expected


def test_a_path_without_version_is_refused(page: Api):
    answer = page.http.get(f"{page.graph.url}/me", headers={"Authorization": f"Bearer {page.token}"})
    assert code(answer.json())[0] == 2500


def test_a_host_does_not_answer_for_another(page: Api):
    headers = {"Authorization": f"OAuth {page.token}"}
    wrong = page.http.post(f"{page.graph.url}/video-upload/v25.0/1", headers=headers)
    assert wrong.status_code == 400
    feed = page.http.post(f"{page.graph.urls['rupload']}/v25.0/{page.graph.page.id}/feed", headers=headers)
    assert feed.status_code == 404
    assert page.http.get(f"{page.graph.urls['www']}/v25.0/me", headers=headers).status_code == 400


def test_without_a_token_nothing_is_answered(graph: Graph):
    assert code(Api.http.get(f"{graph.url}/v25.0/me").json()) == (104, None)


@pytest.mark.parametrize("place", ["Bearer", "OAuth", "query", "form"])
def test_a_token_is_taken_where_meta_takes_it_and_the_log_says_where(graph: Graph, place: str):
    url, token = f"{graph.url}/v25.0/{graph.page.id}/feed", graph.page_token
    if place == "query":
        answer = Api.http.post(url, params={"access_token": token}, data={"message": "a"})
    elif place == "form":
        answer = Api.http.post(url, data={"message": "a", "access_token": token})
    else:
        answer = Api.http.post(url, data={"message": "a"}, headers={"Authorization": f"{place} {token}"})
    assert answer.status_code == 200
    expected = {"query": "query", "form": "body"}.get(place, "header")
    assert graph.calls("feed")[0].places() == {expected}
    assert bool(graph.secrets_in_urls()) == (place == "query"), "a token in a URL must show"
    assert token not in json.dumps([vars(one) for one in graph.requests])


def test_a_token_in_the_path_shows_too(graph: Graph, page: Api):
    page.get(graph.page_token)
    assert [one.secrets[-1] for one in graph.secrets_in_urls()] == [("access_token", "path")]
    assert graph.page_token not in graph.requests[0].path


def test_another_scheme_is_no_token(graph: Graph):
    answer = Api.http.get(f"{graph.url}/v25.0/me", headers={"Authorization": f"Token {graph.page_token}"})
    assert code(answer.json())[0] == 104


def test_a_token_in_another_parameter_is_masked_too(graph: Graph, page: Api):
    page.post(f"{graph.page.id}/feed", message=f"our token is {graph.page_token}")
    assert graph.page_token not in json.dumps([vars(one) for one in graph.requests])


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_token_that_was_ended_says_why(graph: Graph, page: Api, subcode: int):
    graph.revoke(page.token, subcode)
    assert code(page.get("me")) == (190, subcode)


def test_a_token_expires_by_the_servers_clock(graph: Graph):
    token = graph.issue(page=graph.page, lasts=timedelta(hours=1)).value
    api = Api(graph, token)
    assert "id" in api.get("me")
    graph.move(hours=1)
    assert code(api.get("me")) == (190, 463)


def test_an_invented_token_is_refused(graph: Graph):
    api = Api(graph, "EAAinvented")
    assert code(api.get("me")) == (190, None)


SCOPES = [
    ("POST", "{ig}/media", "instagram_content_publish", 10),
    ("POST", "{ig}/media_publish", "instagram_content_publish", 10),
    ("GET", "{ig}/content_publishing_limit", "instagram_content_publish", 10),
    ("GET", "{ig}/media", "instagram_basic", 10),
    ("POST", "{page}/feed", "pages_manage_posts", 200),
    ("POST", "{page}/photos", "pages_manage_posts", 200),
    ("POST", "{page}/videos", "pages_manage_posts", 200),
    ("POST", "{page}/video_reels", "pages_manage_posts", 200),
    ("GET", "{page}/published_posts", "pages_read_engagement", 200),
    ("GET", "{page}/insights", "read_insights", 200),
    ("GET", "me/accounts", "pages_show_list", 200),
]


@pytest.mark.parametrize(("method", "path", "scope", "expected"), SCOPES)
def test_each_edge_needs_its_scope(graph: Graph, method: str, path: str, scope: str, expected: int):
    from sandbox.graph.oauth import SCOPES as ALL

    person = graph.issue(scopes=set(ALL) - {scope}) if path.startswith("me") else None
    token = person or graph.issue(page=graph.page, scopes=set(ALL) - {scope})
    api = Api(graph, token.value)
    answer = api.ask(method, path.format(ig=graph.account.id, page=graph.page.id)).json()
    assert code(answer)[0] == expected
    assert scope in answer["error"]["message"]


def test_a_token_opens_only_its_own_page_and_account(graph: Graph, page: Api):
    other = graph.add_page("Elsewhere", instagram="elsewhere")
    assert code(page.post(f"{other.id}/feed", message="a"))[0] == 200
    assert code(page.post(f"{other.instagram}/media", image_url="https://example.org/a.jpg"))[0] == 10
    theirs = Api(graph, graph.issue(page=other).value)
    post = theirs.post(f"{other.id}/feed", message="a")["id"]
    assert code(page.get(post)) == (100, 33)
    assert code(page.delete(post)) == (100, 33)
    assert len(graph.published()) == 1


def test_a_page_publishes_as_itself_not_as_a_person(graph: Graph, person: Api):
    assert code(person.post(f"{graph.page.id}/feed", message="a"))[0] == 210
    assert graph.published() == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("{page}/feed", {"message": "a", "attached_media": "media_fbid"}),
        ("{page}/feed", {"message": "a", "attached_media": as_json({"media_fbid": "1"})}),
        ("{page}/feed", {"message": "a", "attached_media": as_json([{"media_fbid": "1"}])}),
        ("{page}/feed", {"message": "a", "published": "perhaps"}),
        ("{page}/feed", {"message": "a", "published": "false", "scheduled_publish_time": "tomorrow"}),
        ("{page}/feed", {"message": "a", "unpublished_content_type": "SECRET"}),
        ("{page}/feed", {"message": "a", "mesage": "b"}),
        ("{page}/feed", {}),
        ("{ig}/media", {"image_url": "https://a.example/a.jpg", "user_tags": "user"}),
        ("{ig}/media", {"media_type": "REELS", "upload_type": "resumable", "thumb_offset": "soon"}),
        ("{ig}/media", {"media_type": "REELS", "upload_type": "chunked"}),
        ("{ig}/media", {"media_type": "REELS", "upload_type": "resumable", "trial_params": "[]"}),
        ("{ig}/media", {}),
        ("{ig}/media_publish", {}),
        ("{page}/video_reels", {"upload_phase": "transfer"}),
    ],
)
def test_a_parameter_that_is_unknown_missing_or_of_the_wrong_type_is_error_100(page: Api, path: str, data: dict):
    target = path.format(page=page.graph.page.id, ig=page.graph.account.id)
    assert code(page.post(target, **data))[0] == 100
    assert page.graph.published() == []


def test_a_json_body_is_a_form_too(graph: Graph, page: Api):
    answer = page.ask("POST", f"{graph.page.id}/feed", json={"message": "été", "published": True})
    assert answer.status_code == 200
    assert graph.published()[0]["text"] == "été"


def test_fields_are_given_as_asked_and_unknown_ones_refused(graph: Graph, page: Api):
    shown = page.get(graph.page.id, fields="name,instagram_business_account{id,username}")
    assert shown == {
        "name": graph.page.name,
        "instagram_business_account": {"id": graph.account.id, "username": graph.account.username},
        "id": graph.page.id,
    }
    assert code(page.get(graph.page.id, fields="name,secret"))[0] == 100
    assert code(page.get(graph.page.id, fields="name{"))[0] == 2500


def test_an_unknown_object_or_edge_is_refused(graph: Graph, page: Api):
    assert code(page.get("17000000000000000", fields="id")) == (100, 33)
    assert code(page.get(f"{graph.page.id}/secrets"))[0] == 2500
    assert code(page.ask("PUT", f"{graph.page.id}/feed").json())[0] == 2500


def test_lists_go_page_by_page_newest_first(graph: Graph, page: Api):
    for n in range(5):
        page.post(f"{graph.page.id}/feed", message=f"post {n}")
        graph.move(60)
    first = page.get(f"{graph.page.id}/published_posts", limit=3, fields="message")
    assert [one["message"] for one in first["data"]] == ["post 4", "post 3", "post 2"]
    rest = page.http.get(first["paging"]["next"], headers={"Authorization": f"Bearer {page.token}"}).json()
    assert [one["message"] for one in rest["data"]] == ["post 1", "post 0"]
    assert "next" not in rest["paging"]
    assert graph.secrets_in_urls() == []
    since = page.get(f"{graph.page.id}/feed", since=int(AT.timestamp()) + 150, fields="message")
    assert [one["message"] for one in since["data"]] == ["post 4", "post 3"]
    assert code(page.get(f"{graph.page.id}/feed", limit=101))[0] == 100


def test_usage_is_told_in_the_headers_and_a_full_hour_refuses(graph: Graph, page: Api):
    graph.calls_an_hour = 4
    answers = [page.ask("GET", graph.page.id) for _call in range(5)]
    usage = json.loads(answers[3].headers["X-Business-Use-Case-Usage"])[graph.page.id][0]
    assert (usage["type"], usage["call_count"]) == ("pages", 100)
    assert json.loads(answers[0].headers["X-App-Usage"])["call_count"] == 25
    assert code(answers[4].json())[0] == 80001
    graph.move(hours=1, seconds=1)
    assert page.ask("GET", graph.page.id).status_code == 200


def test_a_wrong_proof_of_the_app_secret_is_refused(graph: Graph, page: Api):
    proof = hmac.new(graph.app.secret.encode(), page.token.encode(), hashlib.sha256).hexdigest()
    assert "id" in page.get("me", appsecret_proof=proof)
    assert code(page.get("me", appsecret_proof=proof[::-1]))[0] == 100


def test_the_same_seed_gives_the_same_ids():
    with serving(seed=7) as one, serving(seed=7) as two, serving(seed=8) as three:
        assert one.page.id == two.page.id != three.page.id
        assert one.page_token == two.page_token


def test_a_reset_forgets_everything_but_the_addresses(graph: Graph, page: Api):
    page.post(f"{graph.page.id}/feed", message="a")
    graph.reset()
    assert graph.published() == []
    assert graph.requests == []
    assert page.get("me")["id"] == graph.page.id
