"""A person at a network's consent page, by plain HTTP; and a newsroom whose apps are the sandbox's."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from pipeline import connecting, networkapps
from pipeline.channels import Channel
from pipeline.connecting import Pick
from publishers._consent import Consent
from publishers._sentences import Said

STUDIO = "http://127.0.0.1:8000"
SESSION = "the session of a browser"
BROWSER = httpx.Client(follow_redirects=False, timeout=30)
YES = {"meta": "continue", "linkedin": "allow"}


class Form(HTMLParser):
    """The one form of a page as a browser would send it untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.action = given["action"]
        if tag == "input" and (given["type"] == "hidden" or "checked" in given):
            self.fields.append((given["name"], given["value"]))


def answered(address: str, button: str, without: tuple[str, ...] = ()) -> str:
    """The address to which the network sends the person back after a button."""
    page = BROWSER.get(address)
    assert page.status_code == 200, page.text
    form = Form(page.text)
    sent = urlencode([one for one in form.fields if one[1] not in without] + [("answer", button)])
    host = urlsplit(address)
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    back = BROWSER.post(f"{host.scheme}://{host.netloc}{form.action}", content=sent, headers=typed)
    assert back.status_code == 302, back.text
    return back.headers["Location"]


def query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def app_of(server: Any) -> dict[str, str]:
    """What an administrator enters of the sandbox's app."""
    facts = server.facts()
    names = (
        ("app_id", "app_secret", "graph_url", "rupload_url", "oauth_url")
        if server.name == "graph"
        else ("client_id", "client_secret", "api_url", "oauth_url")
    )
    return {name: facts[name] for name in names}


def refused(call, *args, **more) -> str:
    """The one sentence with which it was refused."""
    with pytest.raises(Said) as told:
        call(*args, **more)
    sentence = str(told.value)
    assert "\n" not in sentence and sentence.strip()
    return sentence


class Way:
    """One administrator's way through one network's consent."""

    def __init__(self, server: Any, by: Any) -> None:
        self.server, self.by = server, by
        self.kind: type[Consent] = networkapps.find({"graph": "meta"}.get(server.name, server.name))
        networkapps.keep_app(self.kind, app_of(server), by=by)

    def begin(self, session: str = SESSION) -> str:
        return connecting.begin(self.kind, session=session, by=self.by)

    def consent(self, button: str = "", without: tuple[str, ...] = (), session: str = SESSION) -> dict[str, str]:
        """What the network sends back after the person pressed the button."""
        return query(answered(self.begin(session), button or YES[self.kind.name], without))

    def back(self, given: dict[str, str], session: str = SESSION, by: Any = None) -> Any:
        return connecting.come_back(self.kind, given, session=session, by=by or self.by)

    def choose(self, asked: Any, *names: str) -> list[Channel]:
        """The channels of the accounts that stand for these platforms, or labels; all of them where none is named."""
        found = connecting.accounts(asked)
        wanted = [one for one in found if not names or {one.offer.platform, one.offer.label} & set(names)]
        picks = [Pick(one.number, one.name) for one in wanted]
        return connecting.choose(asked, picks, session=SESSION, by=self.by)

    def connected(self, *names: str) -> list[Channel]:
        return self.choose(self.back(self.consent()), *names)
