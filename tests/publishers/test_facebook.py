"""Facebook step by step: what is asked in which order, and what each bad turn leaves behind.

The server is a script; tests/publishers/test_meta_sandbox.py meets one that behaves as Meta's documents say.
"""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from publishers._base import (
    Absent,
    LinkCard,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Receipt,
    Rejected,
    Subtitles,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers.facebook import Credentials, DroppedError, Facebook
from tests.publishers.loopback import DROP, Said, Script, json_answer, serving
from tests.publishers.meta_script import HTML, TOKEN, an_error, asked, completed, finished
from tests.publishers.samples import ALT, TEXT, Folder, a_file, a_post, a_video, an_image

PAGE = "1100"
POST = f"{PAGE}_77"
PUBLISHED = json_answer(is_published=True, permalink_url=f"https://www.facebook.com/{POST}")
HIDDEN = json_answer(is_published=False)


@pytest.fixture
def server():
    with serving() as script:
        script.on("photos", *(json_answer(id=f"p{number}") for number in range(1, 9)))
        script.on("feed", json_answer(id=POST))
        script.on(POST, HIDDEN)
        yield script


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def adapter(server: Script, folder: Folder) -> Facebook:
    return an_adapter(server, folder)


def an_adapter(server: Script, folder: Folder, **changes: Any) -> Facebook:
    known = {"page_id": PAGE, "access_token": TOKEN, "graph_url": server.url, "rupload_url": server.url}
    return Facebook(Credentials.model_validate({**known, **changes}), folder)


def a_carousel(folder: Folder, number: int = 3):
    files = [folder.add(b"\xff\xd8\xff" + bytes([n]) * 50, f"card{n}.jpg", "image/jpeg") for n in range(1, number + 1)]
    media = tuple(an_image(file=file, alt=f"{ALT} {place}") for place, file in enumerate(files, 1))
    return a_post("carousel", media=media, platform="facebook")


def test_photos_go_unseen_the_post_too_and_one_call_shows_it(adapter, server, folder):
    ready = finished(adapter, a_carousel(folder))
    photos = asked(server, "photos")
    assert [photo["alt_text_custom"].encode("latin-1").decode() for photo in photos] == [
        f"{ALT} {n}" for n in (1, 2, 3)
    ]
    assert all(photo["published"] == "false" and photo["temporary"] == "true" for photo in photos)
    assert [photo["source"][3] for photo in photos] == ["\x01", "\x02", "\x03"]
    (feed,) = asked(server, "feed")
    assert feed["message"] == TEXT and feed["published"] == "false"
    assert json.loads(feed["attached_media"]) == [{"media_fbid": f"p{number}"} for number in (1, 2, 3)]
    server.on(POST, json_answer(success=True), PUBLISHED)
    receipt = completed(adapter, adapter.commit(ready))
    assert asked(server, POST) == [{"is_published": "true"}]
    assert (receipt.id, receipt.url) == (POST, f"https://www.facebook.com/{POST}")


def test_no_step_asks_more_than_one_thing(adapter, server, folder):
    post, step = a_carousel(folder), More(saved={})
    while not isinstance(step, Prepared):
        before = len(server.asked)
        step = adapter.prepare(post, step.saved)
        assert len(server.asked) - before <= 1


def test_a_link_and_a_text_are_posts_without_photos(adapter, server):
    card = LinkCard(url="https://example.org/note", title="Note")
    finished(adapter, a_post("link", part={"link_card": card}))
    finished(adapter, a_post("text", "Bonjour"))
    link, text = asked(server, "feed")
    assert link == {"message": TEXT, "published": "false", "link": "https://example.org/note"}
    assert text == {"message": "Bonjour", "published": "false"}


@pytest.mark.parametrize(
    ("failure", "expected"), [(an_error(190, 463), Unauthorized), (an_error(4), TryLater), (HTML, TryLater)]
)
def test_what_was_uploaded_before_the_third_photo_failed_is_used_again(adapter, server, folder, failure, expected):
    server.on("photos", json_answer(id="p1"), json_answer(id="p2"), failure, json_answer(id="p3"))
    post, step = a_carousel(folder), More(saved={})
    with pytest.raises(expected) as caught:
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    finished(adapter, post, step.saved)
    assert [one["media_fbid"] for one in json.loads(asked(server, "feed")[0]["attached_media"])] == ["p1", "p2", "p3"]


@pytest.mark.parametrize("answer", [HTML, DROP, json_answer(), json_answer(success=False), an_error(506), an_error(1)])
def test_a_lost_answer_to_the_flip_is_an_unknown_outcome(adapter, server, answer):
    ready = finished(adapter, a_post("text", "Bonjour"))
    server.on(POST, answer)
    with pytest.raises(OutcomeUnknown):
        adapter.commit(ready)
    assert len(asked(server, POST)) == 1


def test_the_stored_id_tells_whether_the_flip_was_obeyed(adapter, server):
    post = a_post("text", "Bonjour")
    ready = finished(adapter, post)
    assert adapter.find(post, ready.saved) == Absent()
    server.on(POST, PUBLISHED)
    found = adapter.find(post, ready.saved)
    assert isinstance(found, Receipt) and found.id == POST


def test_a_post_that_is_out_already_is_not_flipped_again(adapter, server):
    post = a_post("text", "Bonjour")
    ready = finished(adapter, post)
    server.on(POST, PUBLISHED)
    assert completed(adapter, adapter.commit(finished(adapter, post, ready.saved))).id == POST
    assert asked(server, POST) == []


def test_a_prepared_post_that_is_gone_is_made_anew_unless_its_words_are_out(adapter, server):
    post = a_post("text", "Bonjour")
    ready = finished(adapter, post)
    server.on(POST, an_error(100, 33))
    server.on("published_posts", json_answer(data=[]))
    server.on("feed", json_answer(id=f"{PAGE}_78"))
    server.on(f"{PAGE}_78", HIDDEN)
    assert adapter.find(post, ready.saved) == Absent()
    assert finished(adapter, post, ready.saved).saved["post"] == f"{PAGE}_78"
    server.on("published_posts", listed("Bonjour"))
    found = adapter.find(post, ready.saved)
    assert isinstance(found, Receipt) and found.id == f"{PAGE}_99"
    assert finished(adapter, post, ready.saved).saved["out"] is True


def listed(message: str, **changes: Any) -> Said:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}+0000"
    link = f"https://www.facebook.com/{PAGE}_99"
    return json_answer(
        data=[{"id": f"{PAGE}_99", "message": message, "created_time": at, "permalink_url": link, **changes}]
    )


def test_a_page_that_refuses_the_flip_is_told_of_the_other_way(adapter, server):
    ready = finished(adapter, a_post("text", "Bonjour"))
    server.on(POST, an_error(100))
    with pytest.raises(Rejected, match="direct"):
        adapter.commit(ready)


def test_a_flip_that_is_said_to_be_done_and_shows_nothing_ends_with_a_sentence(adapter, server):
    ready = finished(adapter, a_post("text", "Bonjour"))
    server.on(POST, json_answer(success=True), HIDDEN)
    pending = adapter.commit(ready)
    assert isinstance(adapter.check(pending), Pending)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=False):
        server.on("published_posts", listed("Bonjour"))
        assert adapter.check(pending).id == f"{PAGE}_99"
        server.on("published_posts", json_answer(data=[]))
        with pytest.raises(DroppedError, match="direct"):
            adapter.check(pending)


@pytest.fixture
def direct(server, folder):
    return an_adapter(server, folder, publishing="direct")


def test_published_directly_a_lost_post_is_looked_for_by_its_words_and_never_believed_absent(direct, server, folder):
    post = a_post("text", "Bonjour")
    ready = finished(direct, post)
    assert asked(server, "feed") == [], "nothing is shown while preparing"
    server.on("feed", DROP)
    with pytest.raises(OutcomeUnknown):
        direct.commit(ready)
    server.on("published_posts", json_answer(data=[]), listed("Bonjour", created_time="2026-01-01T00:00:00+0000"))
    assert isinstance(direct.find(post, ready.saved), Unclear)
    assert isinstance(direct.find(post, ready.saved), Unclear), "an older post with the same words is another one"
    server.on("published_posts", listed("Bonjour"))
    assert direct.find(post, ready.saved).id == f"{PAGE}_99"


def test_published_directly_the_answer_names_the_post(direct, server, folder):
    pending = direct.commit(finished(direct, a_post("text", "Bonjour")))
    server.on(POST, PUBLISHED)
    assert completed(direct, pending).id == POST
    assert asked(server, "feed") == [{"message": "Bonjour", "published": "true"}]


def test_after_a_doubt_what_follows_the_post_is_still_written(adapter, server):
    post = a_post("text", "Bonjour", first_comment="Source")
    ready = finished(adapter, post)
    server.on(POST, PUBLISHED)
    found = adapter.find(post, ready.saved)
    assert isinstance(found, Pending)
    server.on("comments", json_answer(data=[]), json_answer(id="k1"))
    receipt = completed(adapter, found)
    assert receipt.details["first_comment"] == "k1" and asked(server, "comments") == [{"message": "Source"}]


# ---------------------------------------------------------------------------------------------------- afterwards


def test_no_saved_state_and_no_address_holds_a_token(adapter, server, folder):
    ready = finished(adapter, a_carousel(folder))
    server.on(POST, json_answer(success=True), PUBLISHED)
    pending = adapter.commit(ready)
    completed(adapter, pending)
    assert TOKEN not in json.dumps(pending.saved)
    assert all(TOKEN not in one.path and TOKEN.encode() not in one.body for one in server.asked)


def test_reactions_are_counted_together_and_a_missing_number_is_left_out(adapter, server):
    rows = [{"name": "post_reactions_by_type_total", "values": [{"value": {"like": 3, "love": 2}}]},
            {"name": "post_clicks", "values": [{"value": 4}]},
            {"name": "post_total_media_view_unique", "values": []}]  # fmt: skip
    server.on("insights", json_answer(data=rows))
    found = adapter.metrics(Receipt(id=POST, url="https://www.facebook.com/", details={"video": False}))
    assert {one.name: one.value for one in found} == {"reactions": 5, "clicks": 4}


def test_a_post_already_gone_is_removed_without_a_word(adapter, server):
    server.on(POST, an_error(100, 33))
    adapter.remove(Receipt(id=POST, url="https://www.facebook.com/"))
    assert server.asked[-1].method == "DELETE"


def test_the_check_says_what_is_missing(adapter, server):
    server.on(PAGE, json_answer(id=PAGE, name="Observatory"))
    server.on("debug_token", json_answer(data={"is_valid": True, "scopes": ["pages_manage_posts"], "expires_at": 0}))
    found = {check.name: check for check in adapter.doctor()}
    assert next(iter(found)) == "login" and found["login"].ok and found["token"].ok and found["version"].ok
    assert "pages_manage_engagement" in str(found["scopes"].sentence) and not found["scopes"].ok
    assert all(TOKEN not in one.path for one in server.asked)
    server.on(PAGE, an_error(190))
    assert [check.ok for check in adapter.doctor()] == [False]


@pytest.mark.parametrize(
    ("post", "code"),
    [
        (a_post("story", "", media=(an_image(),), first_comment="x"), "no_first_comment"),
        (a_post("story", "x", media=(an_image(),)), "text"),
        (a_post("story", "", media=(a_video(duration_ms=61_000),)), "duration"),
        (
            a_post("reel", media=(a_video(subtitles=(Subtitles(lang="eo", format="srt", file=a_file()),)),)),
            "subtitles_lang",
        ),
    ],
)
def test_what_a_kind_cannot_carry_is_refused(adapter, post, code):
    assert [p.code for p in adapter.validate(post) if p.severity == "error"] == [code]


def test_a_page_near_its_limit_rests_before_anything_is_shown(adapter, server):
    usage = {"X-App-Usage": json.dumps({"call_count": 95})}
    server.on(POST, json_answer(200, usage, is_published=False), HIDDEN)
    post, step = a_post("text", "Bonjour"), More(saved={})
    with pytest.raises(TryLater) as caught:
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    assert caught.value.scope == "channel"
    finished(adapter, post, step.saved)
    assert len(asked(server, "feed")) == 1, "what was made is used after the rest"
