"""What is no part of a platform: the control interface, the human page, and the command that starts it all."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sandbox import servers
from sandbox.graph import Graph, serving
from tests.sandbox.conftest import Api, as_json, code
from tests.sandbox.samples import film, picture

ROOT = Path(__file__).parents[2]


def order(graph: Graph, command: str, method: str = "POST", **given: Any) -> Any:
    answer = Api.http.request(method, f"{graph.url}/sandbox/{command}", json=given if method == "POST" else None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_another_process_can_do_everything_over_http(graph: Graph):
    made = order(graph, "pages", name="Elsewhere", instagram="elsewhere")
    api = Api(graph, made["access_token"])
    order(graph, "faults", call="feed", kind="html", applied=True)
    assert len(order(graph, "faults", "GET")) == 1
    assert api.ask("POST", f"{made['page_id']}/feed", data={"message": "a"}).status_code == 502
    (row,) = order(graph, "published", "GET")
    assert (row["text"], row["account"]) == ("a", "Elsewhere")
    order(graph, "insights", id=row["id"], values={"post_clicks": 3})
    assert api.get(f"{row['id']}/insights", metric="post_clicks")["data"][0]["values"] == [{"value": 3}]
    assert [one["call"] for one in order(graph, "requests", "GET")] == ["feed", "insights"]
    order(graph, "settings", quota_total=7, video=0)
    assert (graph.quota_total, graph.processing["video"]) == (7, 0)
    assert order(graph, "clock", move=3600)["now"] == "2026-11-25T10:00:00+00:00"
    assert order(graph, "clock", at="2027-01-01T00:00:00+00:00")["now"] == "2027-01-01T00:00:00+00:00"
    short = order(graph, "tokens", scopes=["pages_show_list"], expires_in=60)["access_token"]
    order(graph, "clock", move=60)
    assert code(Api(graph, short).get("me")) == (190, 463)
    order(graph, "restrict", id=made["page_id"], code=368, subcode=4854002)
    assert code(api.post(f"{made['page_id']}/feed", message="b")) == (368, 4854002)
    order(graph, "revoke", token=made["access_token"], subcode=460)
    assert code(api.get("me")) == (190, 460)
    assert order(graph, "faults", "DELETE") == []
    assert order(graph, "reset")["page_id"] == graph.page.id
    assert order(graph, "published", "GET") == []


@pytest.mark.parametrize(
    ("command", "given", "status"),
    [
        ("nothing", {}, 404),
        ("settings", {"nothing": 1}, 404),
        ("faults", {"call": "feed", "kind": "earthquake"}, 400),
        ("clock", {"at": "2027-01-01"}, 400),
        ("restrict", {"id": "1", "code": 1}, 404),
        ("files/none", {}, 404),
    ],
)
def test_a_wrong_order_is_refused_with_a_reason(graph: Graph, command: str, given: dict, status: int):
    answer = Api.http.post(f"{graph.url}/sandbox/{command}", json=given)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_orders_are_no_part_of_the_log_or_of_the_api(graph: Graph):
    order(graph, "facts", "GET")
    assert graph.requests == []
    other = Api.http.get(f"{graph.urls['rupload']}/sandbox/facts")
    assert other.status_code == 404


class Seen(HTMLParser):
    """The pictures of a page with their alt texts, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pictures: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag in ("img", "video"):
            self.pictures.append((given["src"], given.get("alt", "")))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_stranger_sees_what_was_published(graph: Graph, page: Api):
    assert "Nothing is published" in Api.http.get(graph.url).text
    ids = [
        page.post(
            f"{graph.page.id}/photos",
            {"source": ("a.jpg", picture(colour=n), "image/jpeg")},
            published="false",
            alt_text_custom=f"alt & {n}",
        )["id"]
        for n in range(2)
    ]
    post = page.post(
        f"{graph.page.id}/feed",
        message="<b>132</b> expulsions",
        attached_media=as_json([{"media_fbid": one} for one in ids]),
    )["id"]
    page.post(f"{post}/comments", message="Sources : example.org")
    seen = Seen(Api.http.get(graph.url).text)
    assert [alt for _source, alt in seen.pictures] == ["alt & 0", "alt & 1"]
    for words in ("<b>132</b> expulsions", "Sources : example.org", "alt & 1", graph.page.name):
        assert words in seen.words
    shown = Api.http.get(graph.url + seen.pictures[0][0])
    assert (shown.headers["content-type"], shown.content) == ("image/jpeg", picture(colour=0))
    alone = Seen(Api.http.get(page.get(post, fields="permalink_url")["permalink_url"]).text)
    assert len(alone.pictures) == 2


def test_a_film_is_shown_as_one(graph: Graph, page: Api):
    page.post(f"{graph.page.id}/videos", files={"source": ("a.mp4", film(), "video/mp4")})
    graph.move(20)
    ((source, _alt),) = Seen(Api.http.get(graph.url).text).pictures
    assert Api.http.get(graph.url + source).headers["content-type"] == "video/mp4"


def test_what_stands_still_moves_only_by_hand_and_what_runs_runs():
    with serving() as running:
        before = running.clock.now()
        assert running.clock.now() >= before
        running.move(days=1)
        assert (running.clock.now() - before).days == 1


def test_a_server_that_is_closed_leaves_nothing_behind(graph: Graph):
    with serving() as server:
        folder = server.folder
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=1)


def test_each_module_without_underscore_is_a_server():
    for name, kind in servers().items():
        assert kind.name == name
        assert kind.hosts
        assert kind.platforms


# ---------------------------------------------------------------------------------------------- portevoix sandbox


# Ctrl+C is heard, also where the tests themselves were started in the background, which ignores it.
HEARING = "import signal, cli; signal.signal(signal.SIGINT, signal.default_int_handler); cli.main()"


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HEARING, "sandbox", *words]
    env = {**os.environ, "PORTEVOIX_LANG": "en"}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_json(process: subprocess.Popen[str]) -> Any:
    """The one document that a process that goes on has printed."""
    text = ""
    assert process.stdout is not None
    for line in process.stdout:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(process.communicate())


def test_the_command_starts_the_servers_says_where_and_ends_on_ctrl_c():
    process = start("graph", "--json")
    try:
        (server,) = read_json(process)["servers"]
        facts = server["facts"]
        assert {"graph_url", "rupload_url", "oauth_url", "page_id", "account_id", "access_token"} <= set(facts)
        headers = {"Authorization": f"Bearer {facts['access_token']}"}
        url = f"{facts['graph_url']}/v25.0/{facts['page_id']}/feed"
        assert Api.http.post(url, data={"message": "bonjour"}, headers=headers).status_code == 200
        assert "bonjour" in Api.http.get(server["urls"]["graph"]).text
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_command_refuses_what_it_does_not_know_and_a_port_that_is_taken():
    process = start("nowhere")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("There is no sandbox called nowhere: choose from ")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("graph", "--port", str(taken.getsockname()[1]))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert "choose another with --port" in err
