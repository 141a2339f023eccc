"""Planned faults: what the client sees, and what was really done; and that two of a post are seen as two."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.graph import Graph
from tests.sandbox.conftest import Api, code
from tests.sandbox.samples import Host, film, picture

IMPATIENT = httpx.Client(timeout=0.3, limits=httpx.Limits(max_keepalive_connections=0))


def feed(api: Api, message: str = "a") -> httpx.Response:
    return api.ask("POST", f"{api.graph.page.id}/feed", data={"message": message})


@pytest.fixture
def irreversible(page: Api, host: Host) -> dict[str, Callable[[], httpx.Response]]:
    """Every call after which something is public, made ready to be made."""
    graph = page.graph
    graph.processing["video"] = 0
    ig, fb = graph.account.id, graph.page.id
    container = page.post(f"{ig}/media", image_url=f"{host.url}/a.jpg")["id"]
    draft = page.post(f"{fb}/feed", message="draft", published="false")["id"]
    reel = page.post(f"{fb}/video_reels", upload_phase="start")
    page.upload(reel["upload_url"], film())
    done = {"upload_phase": "finish", "video_id": reel["video_id"], "video_state": "PUBLISHED"}
    file = {"source": ("a.jpg", picture(), "image/jpeg")}
    return {
        "media_publish": lambda: page.ask("POST", f"{ig}/media_publish", data={"creation_id": container}),
        "feed": lambda: feed(page),
        "post": lambda: page.ask("POST", draft, data={"is_published": "true"}),
        "photos": lambda: page.ask("POST", f"{fb}/photos", files=file),
        "video_reels.finish": lambda: page.ask("POST", f"{fb}/video_reels", data=done),
    }


CALLS = ["media_publish", "feed", "post", "photos", "video_reels.finish"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("kind", "status", "published"),
    [
        ("refuse", 400, 0),
        ("limit", 429, 0),
        ("expire", 400, 0),
        ("html", 502, 0),
        ("error", 500, 1),
        ("half", 200, 1),
        ("drop", None, 1),
    ],
)
def test_a_fault_strikes_once_and_its_effect_is_known(
    page: Api, irreversible: dict, call: str, kind: str, status: int | None, published: int
):
    page.graph.fault(call, kind)
    if status is None:
        with pytest.raises(httpx.RemoteProtocolError):
            irreversible[call]()
    else:
        assert irreversible[call]().status_code == status
    assert len(page.graph.published()) == published
    entry = page.graph.calls(call)[-1]
    assert (entry.fault, entry.status, entry.applied) == (kind, status, bool(published))
    if kind != "expire" and not published:
        assert irreversible[call]().status_code == 200
        assert len(page.graph.published()) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["drop", "error", "html", "half"])
@pytest.mark.parametrize("applied", [True, False])
def test_each_fault_can_come_before_or_after(page: Api, irreversible: dict, call: str, kind: str, applied: bool):
    page.graph.fault(call, kind, applied=applied)
    if kind == "drop":
        with pytest.raises(httpx.RemoteProtocolError):
            irreversible[call]()
    else:
        irreversible[call]()
    assert len(page.graph.published()) == applied


@pytest.mark.parametrize("applied", [True, False])
def test_a_silence_leaves_the_client_waiting(graph: Graph, applied: bool):
    graph.fault("feed", "silence", applied=applied)
    headers = {"Authorization": f"Bearer {graph.page_token}"}
    with pytest.raises(httpx.ReadTimeout):
        IMPATIENT.post(f"{graph.url}/v25.0/{graph.page.id}/feed", data={"message": "a"}, headers=headers)
    assert len(graph.published()) == applied
    assert graph.wait("feed", timeout=0.1) is applied


def test_who_repeats_after_a_lost_answer_publishes_twice_and_it_shows(page: Api):
    """The naive client: were the count still one, this server would prove nothing."""
    page.graph.fault("photos", "drop")
    for _turn in range(2):
        try:
            page.post(f"{page.graph.page.id}/photos", {"source": ("a.jpg", picture(), "image/jpeg")}, message="a")
        except httpx.RemoteProtocolError:
            continue
    assert [one["text"] for one in page.graph.published()] == ["a", "a"]


def test_a_late_acceptance_comes_after_the_client_gave_up(page: Api):
    page.graph.fault("feed", "late", seconds=90)
    with pytest.raises(httpx.RemoteProtocolError):
        feed(page)
    assert page.graph.published() == []
    page.graph.move(89)
    assert page.graph.published() == []
    page.graph.move(1)
    assert len(page.graph.published()) == 1


def test_a_limit_comes_with_its_headers(page: Api):
    page.graph.fault("feed", "limit", code=80001)
    answer = feed(page)
    assert code(answer.json()) == (80001, None)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])
    (row,) = next(iter(usage.values()))
    assert (row["call_count"], row["estimated_time_to_regain_access"]) == (100, 60)
    page.graph.fault("feed", "limit", code=4, status=400)
    answer = feed(page)
    assert (answer.status_code, code(answer.json())) == (400, (4, None))
    page.graph.fault("media_publish", "limit")
    answer = page.ask("POST", f"{page.graph.account.id}/media_publish", data={"creation_id": "1"})
    assert code(answer.json()) == (80002, None)
    assert list(json.loads(answer.headers["X-Business-Use-Case-Usage"])) == [page.graph.account.id]


@pytest.mark.parametrize("number", [1, 2, 4, 17, 32, 341])
def test_a_transient_refusal_says_that_it_is_one(page: Api, number: int):
    page.graph.fault("feed", "refuse", code=number)
    error = feed(page).json()["error"]
    assert (error["code"], error["is_transient"]) == (number, True)


def test_a_token_expires_at_the_third_item_of_a_carousel(page: Api, host: Host):
    page.graph.fault("media", "expire", nth=3)
    data = {"image_url": f"{host.url}/a.jpg", "is_carousel_item": "true"}
    answers = [page.post(f"{page.graph.account.id}/media", **data) for _item in range(4)]
    assert ["id" in one for one in answers] == [True, True, False, False]
    assert code(answers[2]) == code(answers[3]) == (190, 463)


def test_a_fault_can_strike_several_calls_or_every_call_of_a_method(page: Api):
    page.graph.fault("GET *", "html", times=2)
    assert [page.ask("GET", "me").status_code for _turn in range(3)] == [502, 502, 200]
    page.graph.fault("post_*", "refuse", code=368, subcode=1390008)
    post = feed(page).json()["id"]
    assert code(page.get(post)) == (368, 1390008)


def test_half_of_an_answer_can_also_break_the_line(page: Api):
    page.graph.fault("feed", "half", cut=True)
    with pytest.raises(httpx.RemoteProtocolError):
        feed(page)
    page.graph.fault("feed", "half")
    answer = feed(page, "b")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(answer.content)


def test_an_unknown_kind_of_fault_is_refused_at_once(graph: Graph):
    with pytest.raises(ValueError, match="no kind of fault"):
        graph.fault("feed", "earthquake")


def test_many_at_once_publish_a_container_once(page: Api, host: Host):
    container = page.post(f"{page.graph.account.id}/media", image_url=f"{host.url}/a.jpg")["id"]

    def publish(_turn: int) -> bool:
        return "id" in page.post(f"{page.graph.account.id}/media_publish", creation_id=container)

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(publish, range(16))) == 1
    assert len(page.graph.published()) == 1
