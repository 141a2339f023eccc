"""Servers with a clock that stands still, a host for media, and raw clients that add nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import bluesky as bluesky_server
from sandbox import graph as graph_server
from sandbox import linkedin as linkedin_server
from sandbox import mastodon as mastodon_server
from sandbox.bluesky import Bluesky
from sandbox.graph import Graph
from sandbox.linkedin import LinkedIn
from sandbox.mastodon import Mastodon
from tests.sandbox.samples import Host, hosting, picture

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Api:
    """Raw HTTP to a Graph server, as one token."""

    # One for all: making a client reads the system's certificates, which takes longer than a test.
    http = httpx.Client(timeout=5, limits=httpx.Limits(max_keepalive_connections=0))

    def __init__(self, graph: Graph, token: str) -> None:
        self.graph, self.token = graph, token

    def ask(self, method: str, path: str, *, version: str = "v25.0", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.http.request(method, f"{self.graph.url}/{version}/{path}", headers=headers, **more)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self.ask("GET", path, params=params).json()

    def post(self, path: str, files: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
        return self.ask("POST", path, data=data, files=files).json()

    def delete(self, path: str) -> dict[str, Any]:
        return self.ask("DELETE", path).json()

    def upload(self, url: str, body: Any, offset: int = 0, size: int | None = None, **headers: str) -> httpx.Response:
        size = len(body) if size is None else size
        given = {"Authorization": f"OAuth {self.token}", "offset": str(offset), "file_size": str(size), **headers}
        return self.http.post(url, content=body, headers={key: one for key, one in given.items() if one})


def code(answer: dict[str, Any]) -> tuple[int, int | None]:
    """Code and subcode of an error; the form of the error is checked on the way."""
    error = answer["error"]
    assert {"message", "type", "code", "is_transient", "fbtrace_id"} <= set(error), error
    return error["code"], error.get("error_subcode")


def upload_error(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    return answer.json()["debug_info"]["type"]


def as_json(value: Any) -> str:
    return json.dumps(value)


@pytest.fixture
def graph() -> Iterator[Graph]:
    with graph_server.serving(at=AT) as server:
        yield server


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as server:
        server.put("a.jpg", picture())
        yield server


@pytest.fixture
def page(graph: Graph) -> Api:
    return Api(graph, graph.page_token)


@pytest.fixture
def person(graph: Graph) -> Api:
    return Api(graph, graph.user_token)


@pytest.fixture
def linkedin() -> Iterator[LinkedIn]:
    with linkedin_server.serving(at=AT) as server:
        yield server


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with mastodon_server.serving(at=AT) as server:
        yield server


@pytest.fixture
def bluesky() -> Iterator[Bluesky]:
    with bluesky_server.serving(at=AT) as server:
        yield server
