"""Mastodon's adapter against a scripted server: what it sends, what each answer means, and a key that grows old."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from publishers._base import (
    Absent,
    More,
    OutcomeUnknown,
    Prepared,
    Receipt,
    Rejected,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers.mastodon import Credentials, Mastodon
from tests.publishers.loopback import CUT, DROP, Said, json_answer, serving
from tests.publishers.samples import Folder, a_post, a_video, an_image, png

CANARY = "canary-token-7aa0"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
OUT = {"id": "109", "url": "https://m.example/@obs/109", "created_at": "2026-11-25T09:00:10.000Z"}


@pytest.fixture
def server():
    with serving() as script:
        script.on("verify_credentials", json_answer(id="7", acct="obs"))
        yield script


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def adapter(server, folder):
    return Mastodon(Credentials.model_validate({"instance_url": server.url, "access_token": CANARY}), folder)


def prepared(adapter, post, saved=None):
    saved = saved or {}
    for _step in range(50):
        step = adapter.prepare(post, saved)
        if isinstance(step, Prepared):
            return step
        assert isinstance(step, More)
        saved = json.loads(json.dumps(step.saved))
    raise AssertionError("never ready")


def listing(*statuses):
    return Said(200, json.dumps(statuses).encode())


def test_a_status_carries_its_key_its_language_and_its_options(server, adapter):
    server.on("statuses", json_answer(**OUT))
    options = {"sensitive": True, "visibility": "connections"}
    post = a_post("text", "Bonjour حقوق", content_warning="Violence", options=options)
    step = prepared(adapter, post)
    receipt = adapter.commit(step)
    asked = server.asked[-1]
    assert asked.path == "/api/v1/statuses" and asked.headers["idempotency-key"] == step.saved["key"]
    assert asked.headers["authorization"] == f"Bearer {CANARY}"
    said = {"status": "Bonjour حقوق", "visibility": "private", "language": "fr", "sensitive": True}
    assert asked.json == {**said, "spoiler_text": "Violence"}
    assert receipt.id == "109" and receipt.url == OUT["url"]


def test_files_are_uploaded_with_their_descriptions_and_waited_for(server, adapter, folder):
    waiting = Said(206, json.dumps({"id": "1", "url": None}).encode())
    server.on("media", json_answer(202, id="1", url=None), json_answer(id="2", url="https://m.example/2"))
    server.on("1", waiting, json_answer(id="1", url="https://m.example/1"))
    server.on("statuses", json_answer(**OUT))
    media = tuple(an_image(file=folder.add(png(shade=n)), alt=f"Une barre {n}") for n in (1, 2))
    adapter.commit(prepared(adapter, a_post("carousel", "Deux", media)))
    uploads = [one for one in server.asked if one.path == "/api/v2/media"]
    assert png(shade=1) in uploads[0].body and b"Une barre 1" in uploads[0].body
    assert b'name="description"' in uploads[1].body and server.asked[-1].json["media_ids"] == ["1", "2"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer(401, error="The access token is invalid"), Unauthorized),
        (json_answer(403, error="This action is outside the authorized scopes"), Unauthorized),
        (json_answer(422, error="Validation failed: Text character limit of 500 exceeded"), Rejected),
        (json_answer(422, error="Cannot attach files that have not finished processing."), TryLater),
        (json_answer(429, {"X-RateLimit-Reset": "2026-11-25T09:05:00.000Z"}, error="Throttled"), TryLater),
        (json_answer(500, error="oops"), OutcomeUnknown),
        (Said(502, b"<html>", mime="text/html"), OutcomeUnknown),
        (DROP, OutcomeUnknown),
        (CUT, OutcomeUnknown),
    ],
)
def test_each_answer_to_the_irreversible_call_has_its_meaning_and_holds_no_token(server, adapter, answer, error):
    step = prepared(adapter, a_post("text", "Bonjour"))
    server.on("statuses", answer)
    with pytest.raises(error) as caught:
        adapter.commit(step)
    assert type(caught.value) is error
    assert CANARY not in "".join(traceback.format_exception(caught.value)) and CANARY not in json.dumps(step.saved)


def test_within_the_hour_absence_is_proof_and_the_same_key_is_sent_again(server, adapter):
    post = a_post("text", "Bonjour")
    with time_machine.travel(NOW, tick=False) as clock:
        step = prepared(adapter, post)
        server.on("statuses", listing())
        clock.shift(timedelta(minutes=54))
        assert isinstance(adapter.find(post, step.saved), Absent)
        assert prepared(adapter, post, step.saved).saved["key"] == step.saved["key"]


def test_an_old_key_is_never_sent_and_a_doubt_of_then_is_a_persons(server, adapter):
    post = a_post("text", "Bonjour")
    with time_machine.travel(NOW, tick=False) as clock:
        step = prepared(adapter, post)
        server.on("statuses", listing())
        clock.shift(timedelta(minutes=56))
        found = adapter.find(post, step.saved)
        assert isinstance(found, Unclear) and found.final
        before = len(server.asked)
        with pytest.raises(TryLater) as caught:
            adapter.commit(step)
        assert caught.value.retry_after == 14 * 60 and len(server.asked) == before
        waiting = adapter.prepare(post, step.saved)
        assert isinstance(waiting, More) and waiting.not_before == NOW + timedelta(minutes=70)


def test_a_new_key_is_made_only_where_the_list_shows_no_such_status(server, adapter):
    post = a_post("text", "Bonjour @ami@m.example https://example.org/une-page")
    content = (
        '<p>Bonjour <span class="h-card"><a href="https://m.example/@ami">@<span>ami</span></a></span> '
        '<a href="https://example.org/une-page"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.org/une-</span><span class="invisible">page</span></a></p>'
    )
    with time_machine.travel(NOW, tick=False) as clock:
        step = prepared(adapter, post)
        clock.shift(timedelta(minutes=71))
        server.on("statuses", listing({**OUT, "content": content, "media_attachments": []}))
        out = prepared(adapter, post, step.saved)
        posted = len(server.asked)
        assert adapter.commit(out).id == "109" and len(server.asked) == posted  # nothing is sent
        assert adapter.find(post, out.saved).id == "109"
        server.on("statuses", listing({**OUT, "content": "<p>Autre</p>", "media_attachments": []}))
        anew = prepared(adapter, post, step.saved)
        assert anew.saved["key"] != step.saved["key"]


def test_a_status_with_files_is_found_by_its_files(server, adapter, folder):
    server.on("media", json_answer(id="4", url="https://m.example/4"))
    post = a_post("image", "Une", (an_image(file=folder.add(png())),))
    with time_machine.travel(NOW, tick=False):
        step = prepared(adapter, post)
        mine = {**OUT, "content": "<p>tout autre</p>", "media_attachments": [{"id": "4"}]}
        server.on("statuses", listing({**mine, "media_attachments": [{"id": "3"}]}, mine))
        found = adapter.find(post, step.saved)
    assert isinstance(found, Receipt) and found.id == "109"


def test_a_link_counts_as_23_and_a_mention_without_its_server(adapter):
    link = "https://example.org/" + "a" * 400
    assert not adapter.validate(a_post("text", "a" * 460 + " " + link + " @ami@" + "b" * 40 + ".example"))
    codes = [one.code for one in adapter.validate(a_post("text", "a" * 490 + " https://a.be"))]
    assert codes == ["text"]
    assert [one.code for one in adapter.validate(a_post("video", "b", (a_video(alt=""),)))] == ["alt_missing"]


def test_a_status_is_counted_and_removed_and_one_that_is_gone_is_no_error(server, adapter):
    server.on("109", json_answer(favourites_count=3, reblogs_count=0), json_answer(), json_answer(404, error="no"))
    receipt = Receipt(id="109", url=OUT["url"])
    assert {one.name: one.value for one in adapter.metrics(receipt)} == {"likes": 3, "reposts": 0}
    adapter.remove(receipt)
    adapter.remove(Receipt(id=OUT["url"], url=OUT["url"]))  # a person's word: the address
    assert [one.method for one in server.asked] == ["GET", "DELETE", "DELETE"]


def test_the_check_reads_the_servers_own_limits(server, adapter):
    few = {"configuration": {"statuses": {"max_characters": 300, "max_media_attachments": 4}}}
    server.on("verify_credentials", json_answer(id="7", acct="obs"), json_answer(scopes=["read", "write:statuses"]))
    server.on("instance", json_answer(**few))
    assert {one.name: one.ok for one in adapter.doctor()} == {"login": True, "scopes": False, "limits": False}


def test_a_file_is_being_processed_as_long_as_the_server_says_206(server, adapter, folder):
    """docs.joinmastodon.org, methods/media (read 2026-11-22): 206 while it is processed, 200 with its url after."""
    server.on("media", json_answer(202, id="11", url=None))
    server.on("11", json_answer(206, id="11", url="https://m.example/early"), json_answer(id="11", url="https://m/x"))
    picture = an_image(file=folder.add(png(), "1.png"))
    prepared(adapter, a_post("image", "Une", (picture,), platform="mastodon"))
    assert [one.name for one in server.asked if one.method == "GET"] == ["verify_credentials", "11", "11"]


def test_a_pause_is_as_long_as_the_server_or_the_proxy_before_it_says(server, adapter):
    """methods and rate limits (read 2026-11-22): X-RateLimit-Reset; a proxy before the server says Retry-After."""
    ready = prepared(adapter, a_post("text", "Bonjour", platform="mastodon"))
    server.on("statuses", Said(429, b"<html>", {"Retry-After": "33"}, mime="text/html"))
    with pytest.raises(TryLater) as later:
        adapter.commit(ready)
    assert (later.value.retry_after, later.value.scope) == (33.0, "channel")
