"""Login at LinkedIn: the consent page as a browser sees it, codes, tokens, and what they are."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sandbox.linkedin import LinkedIn
from tests.sandbox.conftest import Api
from tests.sandbox.linked import Linked, error
from tests.sandbox.test_graph_oauth import Form

HERE = "https://studio.example.org/linkedin/back"
SCOPE = "openid profile w_member_social w_organization_social"


@pytest.fixture(autouse=True)
def registered(linkedin: LinkedIn):
    linkedin.app.redirects.append(HERE)


def open_dialog(linkedin: LinkedIn, **more: str) -> httpx.Response:
    query = {
        "response_type": "code",
        "client_id": linkedin.app.id,
        "redirect_uri": HERE,
        "state": "s&t",
        "scope": SCOPE,
    }
    return Api.http.get(f"{linkedin.urls['www']}/oauth/v2/authorization", params={**query, **more})


def press(linkedin: LinkedIn, page: httpx.Response, button: str = "allow") -> dict[str, str]:
    form = Form(page.text)
    assert ("answer", button) in form.buttons
    sent = dict([*form.fields, ("answer", button)])
    back = Api.http.post(f"{linkedin.urls['www']}{form.action}", data=sent)
    assert back.status_code == 302
    assert back.headers["Location"].startswith(HERE)
    return dict(parse_qsl(urlsplit(back.headers["Location"]).query))


def exchange(linkedin: LinkedIn, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "redirect_uri": HERE, "client_id": linkedin.app.id,
            "client_secret": linkedin.app.secret, **more}  # fmt: skip
    return Api.http.post(f"{linkedin.urls['www']}/oauth/v2/accessToken", data=form)


def a_code(linkedin: LinkedIn) -> str:
    return press(linkedin, open_dialog(linkedin))["code"]


def introspect(linkedin: LinkedIn, token: str, **more: str) -> dict[str, Any]:
    form = {"client_id": linkedin.app.id, "client_secret": linkedin.app.secret, "token": token, **more}
    return Api.http.post(f"{linkedin.urls['www']}/oauth/v2/introspectToken", data=form).json()


def test_from_the_consent_page_to_a_token_of_sixty_days(linkedin: LinkedIn):
    shown = open_dialog(linkedin)
    assert "w_member_social" in shown.text
    back = press(linkedin, shown)
    assert back["state"] == "s&t"
    told = exchange(linkedin, code=back["code"]).json()
    assert (told["expires_in"], told["token_type"], "refresh_token" in told) == (5_184_000, "Bearer", False)
    assert set(told["scope"].split(",")) == set(SCOPE.split())
    client = Linked(linkedin, told["access_token"], linkedin.person.urn)
    who = client.ask("GET", "/v2/userinfo", headers={"LinkedIn-Version": None}).json()
    assert f"urn:li:person:{who['sub']}" == linkedin.person.urn
    assert who["name"] == "Camille Sandbox"
    assert "email" not in who
    assert client.post().status_code == 201
    linkedin.move(days=60)
    assert error(client.post("b")) == (401, "EXPIRED_ACCESS_TOKEN")


def test_a_token_without_openid_does_not_say_who_it_is(linkedin: LinkedIn):
    client = Linked(linkedin, linkedin.issue(["w_member_social"]).value, linkedin.person.urn)
    assert error(client.ask("GET", "/v2/userinfo")) == (403, "ACCESS_DENIED")
    client.token = linkedin.issue(["openid"]).value
    assert list(client.ask("GET", "/v2/userinfo").json()) == ["sub"]


@pytest.mark.parametrize(
    "wrong", [{"client_id": "1"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": HERE + "/more"}]
)
def test_a_wrong_request_stays_on_the_page(linkedin: LinkedIn, wrong: dict):
    shown = open_dialog(linkedin, **wrong)
    assert (shown.status_code, "location" in shown.headers, Form(shown.text).buttons) == (400, False, [])
    posted = {"client_id": linkedin.app.id, "redirect_uri": HERE, "scope": SCOPE, "answer": "allow", **wrong}
    refused = Api.http.post(f"{linkedin.urls['www']}/oauth/v2/authorization", data=posted)
    assert (refused.status_code, "location" in refused.headers) == (400, False)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"scope": "w_everything"}, "unauthorized_scope_error"),
        ({"scope": ""}, "unauthorized_scope_error"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_wish_that_cannot_be_granted_goes_back_with_its_state(linkedin: LinkedIn, wrong: dict, name: str):
    back = open_dialog(linkedin, **wrong)
    assert back.status_code == 302
    told = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert (told["error"], told["state"]) == (name, "s&t")


def test_a_person_who_says_no_comes_back_without_a_code(linkedin: LinkedIn):
    back = press(linkedin, open_dialog(linkedin), "cancel")
    assert (back["error"], back["state"], "code" in back) == ("user_cancelled_authorize", "s&t", False)


def test_the_page_shows_no_word_of_the_request_as_markup(linkedin: LinkedIn):
    assert "<script>" not in open_dialog(linkedin, state='"><script>alert(1)</script>').text


def test_a_code_is_used_once_in_half_an_hour_and_by_nobody_else(linkedin: LinkedIn):
    code = a_code(linkedin)
    for wrong in ({"code": "AQinvented"}, {"code": code, "redirect_uri": "http://127.0.0.1/"}):
        answer = exchange(linkedin, **wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    answer = exchange(linkedin, code=code, client_secret="guess")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert exchange(linkedin, code=code).status_code == 200
    assert exchange(linkedin, code=code).status_code == 400
    late = a_code(linkedin)
    linkedin.move(minutes=30)
    assert exchange(linkedin, code=late).status_code == 400
    assert exchange(linkedin, grant_type="password").status_code == 400


def test_secrets_in_the_address_are_not_looked_at(linkedin: LinkedIn):
    query = {"grant_type": "authorization_code", "code": a_code(linkedin), "client_id": linkedin.app.id,
             "client_secret": linkedin.app.secret, "redirect_uri": HERE}  # fmt: skip
    assert Api.http.post(f"{linkedin.urls['www']}/oauth/v2/accessToken", params=query).status_code == 400
    assert [one.call for one in linkedin.secrets_in_urls()] == ["access_token"]


def test_only_partners_renew_tokens_and_the_end_does_not_move(linkedin: LinkedIn):
    refused = exchange(linkedin, grant_type="refresh_token", refresh_token="AQnone")
    assert refused.status_code == 400
    linkedin.app.refreshes = True
    told = exchange(linkedin, code=a_code(linkedin)).json()
    assert told["refresh_token_expires_in"] == 365 * 86400
    linkedin.move(days=100)
    renewed = exchange(linkedin, grant_type="refresh_token", refresh_token=told["refresh_token"]).json()
    assert renewed["refresh_token_expires_in"] == 265 * 86400
    assert Linked(linkedin, renewed["access_token"], linkedin.person.urn).post().status_code == 201
    assert error(Linked(linkedin, told["refresh_token"], linkedin.person.urn).post("b"))[0] == 401
    linkedin.move(days=265)
    assert exchange(linkedin, grant_type="refresh_token", refresh_token=told["refresh_token"]).status_code == 400


def test_what_a_token_is(linkedin: LinkedIn):
    told = introspect(linkedin, linkedin.org_token)
    assert (told["active"], told["status"], told["client_id"]) == (True, "active", linkedin.app.id)
    assert told["expires_at"] - told["created_at"] == 5_184_000
    assert "w_organization_social" in told["scope"].split(",")
    linkedin.revoke(linkedin.org_token)
    assert introspect(linkedin, linkedin.org_token)["status"] == "revoked"
    assert introspect(linkedin, "nobody") == {"active": False}
    assert introspect(linkedin, linkedin.member_token, client_secret="guess")["error"] == "invalid_client"
    linkedin.move(days=60)
    assert introspect(linkedin, linkedin.member_token)["status"] == "expired"


def test_an_app_gives_a_token_back(linkedin: LinkedIn):
    form = {"client_id": linkedin.app.id, "client_secret": linkedin.app.secret, "token": linkedin.member_token}
    assert Api.http.post(f"{linkedin.urls['www']}/oauth/v2/revoke", data=form).status_code == 200
    client = Linked(linkedin, linkedin.member_token, linkedin.person.urn)
    assert error(client.post()) == (401, "REVOKED_ACCESS_TOKEN")


def test_no_secret_of_a_login_stands_in_the_log(linkedin: LinkedIn):
    code = a_code(linkedin)
    token = exchange(linkedin, code=code).json()["access_token"]
    introspect(linkedin, token)
    log = json.dumps([vars(one) for one in linkedin.requests])
    assert not [one for one in (code, token, linkedin.app.secret) if one in log]
