"""Login on the Graph server: the consent page as a browser sees it, codes, tokens, what they open and how they end."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sandbox.graph import Graph
from tests.sandbox.conftest import Api, code

HERE = "https://studio.example.org/meta/back"
SCOPE = "pages_show_list,pages_read_engagement,pages_manage_posts,instagram_basic,instagram_content_publish"


@pytest.fixture(autouse=True)
def registered(graph: Graph):
    graph.app.redirects.append(HERE)


class Form(HTMLParser):
    """The fields of the one form of a page, as a browser would send it untouched, and its buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action, self.fields, self.buttons = "", [], []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.action = given["action"]
        if tag == "input" and (given["type"] == "hidden" or "checked" in given):
            self.fields.append((given["name"], given["value"]))
        if tag == "button":
            self.buttons.append((given["name"], given["value"]))


def open_dialog(graph: Graph, **more: str) -> httpx.Response:
    query = {"client_id": graph.app.id, "redirect_uri": HERE, "state": "s3cret&more", "scope": SCOPE, **more}
    return Api.http.get(f"{graph.urls['www']}/v25.0/dialog/oauth", params=query)


def answer(graph: Graph, page: httpx.Response, button: str = "continue", without: str = "") -> dict[str, str]:
    """What comes back to the app after the person pressed a button."""
    form = Form(page.text)
    fields = [one for one in [*form.fields, ("answer", button)] if one[1] != without]
    assert ("answer", button) in form.buttons
    sent = "&".join(str(httpx.QueryParams([one])) for one in fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    back = Api.http.post(f"{graph.urls['www']}{form.action}", content=sent, headers=headers)
    assert back.status_code == 302
    place = urlsplit(back.headers["Location"])
    assert back.headers["Location"].startswith(HERE)
    assert place.fragment == "_=_"
    return dict(parse_qsl(place.query))


def exchange(graph: Graph, method: str = "POST", **more: str) -> dict[str, Any]:
    given = {"client_id": graph.app.id, "client_secret": graph.app.secret, "redirect_uri": HERE, **more}
    return Api.http.request(
        method, f"{graph.url}/v25.0/oauth/access_token", **{"params" if method == "GET" else "data": given}
    ).json()


def a_code(graph: Graph, **more: str) -> str:
    return answer(graph, open_dialog(graph, **more))["code"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_from_the_consent_page_to_a_page_token_without_end(graph: Graph, method: str):
    shown = open_dialog(graph)
    assert graph.page.name in shown.text
    assert "pages_manage_posts" in shown.text
    back = answer(graph, shown)
    assert back["state"] == "s3cret&more"
    short = exchange(graph, method, code=back["code"])
    assert (short["token_type"], short["expires_in"]) == ("bearer", 3600)
    long = exchange(graph, method, grant_type="fb_exchange_token", fb_exchange_token=short["access_token"])
    assert long["expires_in"] == 60 * 86400
    api = Api(graph, long["access_token"])
    (row,) = api.get("me/accounts", fields="id,name,access_token,tasks,instagram_business_account{id,username}")["data"]
    assert (row["id"], row["instagram_business_account"]["id"]) == (graph.page.id, graph.account.id)
    assert "CREATE_CONTENT" in row["tasks"]
    told = api.get("debug_token", input_token=row["access_token"])["data"]
    assert (told["type"], told["is_valid"], told["expires_at"], told["profile_id"]) == ("PAGE", True, 0, graph.page.id)
    assert told["data_access_expires_at"] > told["issued_at"]
    assert "id" in Api(graph, row["access_token"]).post(f"{graph.page.id}/feed", message="a")
    graph.move(days=61)
    assert code(api.get("me")) == (190, 463)
    assert "id" in Api(graph, row["access_token"]).get("me"), "the page's token lives on"


def test_a_pages_token_is_the_same_each_time_and_has_only_the_rights_of_who_asks(graph: Graph, person: Api):
    (row,) = person.get("me/accounts")["data"]
    assert row["access_token"] == graph.page_token == person.get(graph.page.id, fields="access_token")["access_token"]
    less = Api(graph, graph.issue(scopes=["pages_show_list", "pages_read_engagement"]).value)
    token = less.get(graph.page.id, fields="access_token")["access_token"]
    assert token != graph.page_token
    assert code(Api(graph, token).post(f"{graph.page.id}/feed", message="a"))[0] == 200


def test_a_page_token_of_a_short_token_ends_with_it(graph: Graph):
    api = Api(graph, exchange(graph, code=a_code(graph))["access_token"])
    (row,) = api.get("me/accounts")["data"]
    graph.move(hours=1)
    assert code(Api(graph, row["access_token"]).get("me")) == (190, 463)


def test_a_person_who_says_no_comes_back_without_a_code(graph: Graph):
    back = answer(graph, open_dialog(graph), "cancel")
    assert (back["error"], back["error_reason"], back["state"]) == ("access_denied", "user_denied", "s3cret&more")
    assert "code" not in back


def test_what_the_person_unticks_is_not_given(graph: Graph):
    token = exchange(graph, code=answer(graph, open_dialog(graph), without="pages_manage_posts")["code"])
    api = Api(graph, token["access_token"])
    granted = {one["permission"]: one["status"] for one in api.get("me/permissions")["data"]}
    assert (granted["pages_manage_posts"], granted["pages_show_list"]) == ("declined", "granted")
    (row,) = api.get("me/accounts")["data"]
    assert code(Api(graph, row["access_token"]).post(f"{graph.page.id}/feed", message="a"))[0] == 200
    none = exchange(graph, code=answer(graph, open_dialog(graph), without=graph.page.id)["code"])
    assert Api(graph, none["access_token"]).get("me/accounts") == {"data": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "1"},
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": HERE + "/more"},
        {"redirect_uri": "https://localhost.evil.example/"},
        {"scope": "pages_manage_everything"},
        {"response_type": "token"},
        {"code_challenge": "a", "code_challenge_method": "plain"},
    ],
)
def test_a_wrong_request_stays_on_the_page_and_redirects_nowhere(graph: Graph, wrong: dict):
    shown = open_dialog(graph, **wrong)
    assert shown.status_code == 400
    assert "something went wrong" in shown.text
    assert Form(shown.text).buttons == []
    posted = {"client_id": graph.app.id, "redirect_uri": HERE, "scope": SCOPE, "answer": "continue", **wrong}
    refused = Api.http.post(f"{graph.urls['www']}/v25.0/dialog/oauth", data=posted)
    assert (refused.status_code, "location" in refused.headers) == (400, False)


def test_an_app_in_development_may_use_its_own_machine(graph: Graph):
    assert open_dialog(graph, redirect_uri="http://127.0.0.1:8000/back").status_code == 200


def test_the_page_shows_no_word_of_the_request_as_markup(graph: Graph):
    shown = open_dialog(graph, state='"><script>alert(1)</script>')
    assert "<script>" not in shown.text


def test_a_code_is_used_once_and_by_nobody_else(graph: Graph):
    used = a_code(graph)
    assert "access_token" in exchange(graph, code=used)
    assert code(exchange(graph, code=used)) == (100, 36009)
    assert code(exchange(graph, code="AQinvented")) == (100, 36009)
    other = a_code(graph)
    assert code(exchange(graph, code=other, redirect_uri="http://127.0.0.1:1/")) == (100, 36008)
    assert code(exchange(graph, code=other, client_secret="guess")) == (1, None)
    assert code(exchange(graph, code=other, client_id="1")) == (101, None)
    assert "access_token" in exchange(graph, code=other), "a refused exchange does not use the code"


def test_a_code_lives_ten_minutes(graph: Graph):
    late = a_code(graph)
    graph.move(minutes=10)
    assert code(exchange(graph, code=late)) == (100, 36007)


def test_a_code_with_a_challenge_needs_its_verifier(graph: Graph):
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    held = a_code(graph, code_challenge=challenge, code_challenge_method="S256")
    assert code(exchange(graph, code=held)) == (100, 36008)
    assert code(exchange(graph, code=held, code_verifier="w" * 43)) == (100, 36008)
    assert "access_token" in exchange(graph, code=held, code_verifier=verifier)


def test_only_a_persons_working_token_is_exchanged(graph: Graph):
    assert code(exchange(graph, grant_type="fb_exchange_token", fb_exchange_token=graph.page_token))[0] == 100
    graph.expire(graph.user_token)
    assert code(exchange(graph, grant_type="fb_exchange_token", fb_exchange_token=graph.user_token)) == (190, 463)


def test_a_token_that_ended_is_described_not_refused(graph: Graph):
    app = Api(graph, f"{graph.app.id}|{graph.app.secret}")
    graph.revoke(graph.page_token, 460)
    told = app.get("debug_token", input_token=graph.page_token)["data"]
    assert (told["is_valid"], told["error"]["code"], told["error"]["subcode"]) == (False, 190, 460)


def test_leaving_the_app_ends_every_token(graph: Graph, person: Api, page: Api):
    assert person.delete("me/permissions") == {"success": True}
    assert code(person.get("me")) == (190, 458)
    assert code(page.get("me")) == (190, 458)


def test_a_question_with_a_secret_can_be_asked_without_an_address_that_tells_it(graph: Graph, person: Api):
    told = person.post("debug_token", method="get", input_token=graph.page_token)
    assert told["data"]["is_valid"] is True
    assert graph.secrets_in_urls() == []
    person.get("debug_token", input_token=graph.page_token)
    assert [one.call for one in graph.secrets_in_urls()] == ["debug_token"]


def test_no_secret_of_a_login_stands_in_the_log(graph: Graph):
    back = answer(graph, open_dialog(graph))
    token = exchange(graph, code=back["code"])["access_token"]
    Api(graph, token).get("me/accounts")
    log = json.dumps([vars(one) for one in graph.requests])
    assert not [one for one in (back["code"], token, graph.app.secret, *graph.tokens) if one in log]
