"""Answers that LinkedIn's documents or its past allow and that are not the usual ones."""

from __future__ import annotations

import pytest

from publishers._base import More, Pending, Receipt, Rejected, TryLater
from tests.publishers.loopback import DROP, Said, json_answer
from tests.publishers.samples import a_post, a_video, an_image, png
from tests.publishers.test_linkedin import (  # noqa: F401 - fixtures
    CANARY,
    PAGE,
    POST,
    adapter,
    an_upload,
    folder,
    prepared,
    sent,
    server,
)

TEXT = a_post("text", "Bonjour", platform="linkedin")


@pytest.mark.parametrize(
    "made",
    [
        Said(201, b"", {"X-RestLi-Id": POST}),
        Said(201, b"<html>", {"x-restli-id": POST}, mime="text/html"),
        Said(201, b"null", {"x-restli-id": POST}),
        Said(201, b"", {"X-LinkedIn-Id": POST}),
        Said(200, b"", {"x-restli-id": "urn%3Ali%3Ashare%3A9001"}),
        json_answer(201, id=POST),
    ],
)
def test_a_post_that_is_named_is_out_however_it_is_named(server, adapter, made):  # noqa: F811
    """Posts API (page of 2026-10-06): 201 with the id in x-restli-id; x-linkedin-id was its name before Rest.li 2."""
    server.on("posts", json_answer(elements=[]), made)
    receipt = adapter.commit(prepared(adapter, TEXT))
    assert isinstance(receipt, Receipt) and receipt.id == POST and receipt.url.endswith(POST)


def test_an_adopted_post_that_cannot_be_asked_about_is_taken_at_linkedins_word(server, adapter):  # noqa: F811
    """platforms.md fact 5 (2026-11-22): a duplicate may be named as an activity; /rest/posts knows shares, ugcPosts."""
    said = {"status": 422, "message": "Content is a duplicate of urn:li:activity:77"}
    server.on("posts", json_answer(elements=[]), json_answer(422, **said))
    server.on("urn%3Ali%3Aactivity%3A77", json_answer(400, code="ILLEGAL_ARGUMENT", message="no such urn"))
    found = adapter.commit(prepared(adapter, TEXT))
    while isinstance(found, Pending):
        found = adapter.check(found)
    assert found.id == "urn:li:activity:77" and found.details["adopted"]


def test_a_reading_call_names_no_content_type(server, adapter):  # noqa: F811
    """RFC 9110, section 8.3 (read 2026-11-26): Content-Type describes content, which a GET here has not."""
    adapter.commit(prepared(adapter, TEXT))
    reading, writing = (one for one in server.asked if one.name == "posts")
    assert reading.method == "GET" and "content-type" not in reading.headers
    assert writing.headers["content-type"] == "application/json"


def test_an_address_that_asks_who_sends_the_picture_is_told_on_linkedins_hosts_only(server, adapter, folder):  # noqa: F811
    """LinkedIn's own examples differ: video parts are sent without a token, a picture's PUT is shown with one."""
    picture = an_image(file=folder.add(png(), "1.png"))
    server.on("images", an_upload(server, "image", "urn:li:image:1"))
    server.on("urn%3Ali%3Aimage%3A1", json_answer(status="AVAILABLE"))
    server.on("bytes-1", Said(401, b""), Said(201, b""))
    post = a_post("image", "Une", (picture,), platform="linkedin")
    adapter.commit(prepared(adapter, post))
    puts = [one for one in server.asked if one.method == "PUT"]
    assert [one.headers.get("authorization") for one in puts] == [None, f"Bearer {CANARY}"]
    assert [one.body for one in puts] == [png(), png()]
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.on("posts", json_answer(elements=[]))
    server.on("images", json_answer(value={"image": "urn:li:image:2", "uploadUrl": f"{elsewhere}/up/other"}))
    server.on("other", Said(401, b""))
    with pytest.raises(TryLater):
        prepared(adapter, post)
    assert all("authorization" not in one.headers for one in server.asked if one.name == "other")


def test_where_comments_cannot_be_listed_the_first_one_is_written_once(server, adapter):  # noqa: F811
    """platforms.md 1.3 (2026-11-22) names POST /rest/socialActions/{urn}/comments and no reading of them."""
    server.on("comments", json_answer(404, code="RESOURCE_NOT_FOUND"), json_answer(201, id="k1"))
    found = adapter.commit(prepared(adapter, a_post("text", "Bonjour", platform="linkedin", first_comment="Source")))
    while isinstance(found, Pending):
        found = adapter.check(found)
    assert found.details["first_comment"] == "k1" and len(sent(server, "comments")) == 1
    assert sent(server, "comments")[0].json == {"actor": PAGE, "object": POST, "message": {"text": "Source"}}


@pytest.mark.parametrize(("status", "goes_on"), [("PROCESSING", True), ("WAITING_UPLOAD", False)])
def test_an_upload_that_was_ended_before_is_not_refused(server, adapter, folder, status, goes_on):  # noqa: F811
    """Videos API (page of 2026-10-06): after finalizeUpload a video is PROCESSING; a second call may be refused."""
    parts = [{"firstByte": 0, "lastByte": 9, "uploadUrl": f"{server.url}/up/part"}]
    begun = json_answer(value={"video": "urn:li:video:5", "uploadToken": "", "uploadInstructions": parts})
    server.on("videos", begun, DROP, json_answer(400, code="INVALID_STATE", message="finalized"))
    server.on("part", Said(200, b"", {"ETag": '"mark"'}))
    server.on("urn%3Ali%3Avideo%3A5", json_answer(status=status), json_answer(status="AVAILABLE"))
    film = a_video(file=folder.add(b"0123456789", "film.mp4", "video/mp4"))
    post, step = a_post("video", "Film", (film,), platform="linkedin"), More(saved={})
    with pytest.raises(TryLater):
        while True:
            step = adapter.prepare(post, step.saved)
    if goes_on:
        assert prepared(adapter, post, step.saved).saved["urns"] == {"1": "urn:li:video:5"}
    else:
        with pytest.raises(Rejected, match="INVALID_STATE"):
            prepared(adapter, post, step.saved)
