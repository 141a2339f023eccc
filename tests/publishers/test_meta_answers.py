"""Answers that Meta's documents allow and that are not the usual ones: slow containers, lost uploads, bare look-ups.

Each oracle is a sentence of a document, named with its date in the test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from publishers._base import More, Prepared, Receipt, Rejected, Subtitles, TryLater, Unauthorized
from publishers._graph import NotReadyError, RenewError
from publishers.facebook import Credentials as FacebookCredentials
from publishers.facebook import Facebook
from publishers.instagram import Credentials as InstagramCredentials
from publishers.instagram import Instagram
from tests.publishers.loopback import Said, Script, json_answer, serving
from tests.publishers.meta_script import TOKEN, an_error, asked, completed, finished
from tests.publishers.samples import TEXT, Folder, a_post, a_video, an_image

IG, PAGE = "17841400000000001", "1100"
NO_EDGE = an_error(100)  # "(#100) Tried accessing nonexisting field"
COMMENT = "Source : https://example.org/note"


@pytest.fixture
def server():
    with serving() as script:
        script.on("content_publishing_limit", json_answer(data=[{"quota_usage": 2, "config": {"quota_total": 50}}]))
        script.on("media", *(json_answer(id=f"c{number}") for number in range(1, 5)))
        for number in range(1, 5):
            script.on(f"c{number}", json_answer(status_code="FINISHED", id=f"c{number}"))
        script.on("media_publish", json_answer(id="m1"))
        script.on("m1", json_answer(id="m1", permalink="https://www.instagram.com/p/abc/"))
        script.on("feed", json_answer(id="1100_9"))
        script.on("1100_9", json_answer(is_published=False), json_answer(success=True), json_answer(is_published=True))
        yield script


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def an_instagram(server: Script, folder: Folder) -> Instagram:
    known = {
        "ig_user_id": IG, "page_id": PAGE, "access_token": TOKEN, "graph_url": server.url, "rupload_url": server.url,
        "media_url": "https://studio.example.org",
    }  # fmt: skip
    return Instagram(InstagramCredentials.model_validate(known), folder)


def a_facebook(server: Script, folder: Folder) -> Facebook:
    known = {"page_id": PAGE, "access_token": TOKEN, "graph_url": server.url, "rupload_url": server.url}
    return Facebook(FacebookCredentials.model_validate(known), folder)


def a_picture(folder: Folder, **changes: Any):
    file = folder.add(b"\xff\xd8\xff" + bytes(50), "card.jpg", "image/jpeg")
    return a_post(media=(an_image(file=file),), platform="instagram", **changes)


def a_reel(folder: Folder, network: str = "instagram", **changes: Any):
    film = folder.add(b"0123456789" * 5, "reel.mp4", "video/mp4")
    return a_post("reel", media=(a_video(file=film, **changes),), platform=network)


# ------------------------------------------------------------------------------------------------- containers


def test_a_container_is_asked_for_five_times_a_minute_apart_and_then_no_more_than_the_delivery_tries(server, folder):
    """Content Publishing guide (read 2026-11-22): query a container once per minute, for no more than 5 minutes."""
    server.on("c1", json_answer(status_code="IN_PROGRESS", id="c1"))
    adapter, post, step = an_instagram(server, folder), a_picture(folder), More(saved={})
    with time_machine.travel(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), tick=False) as clock:
        with pytest.raises(NotReadyError) as later:
            for _step in range(40):
                step = adapter.prepare(post, step.saved)
                if step.not_before:
                    assert step.not_before - datetime.now(UTC) == timedelta(minutes=1)
                    clock.move_to(step.not_before)
        assert datetime.now(UTC) == datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
        assert later.value.retry_after == 300
        server.on("c1", json_answer(status_code="FINISHED", id="c1"))
        ready = adapter.prepare(post, step.saved)
    assert isinstance(ready, Prepared) and ready.saved["container"] == "c1"  # the same one, once it is finished


def test_a_container_that_is_gone_when_it_is_published_is_made_anew(server, folder):
    """IG error codes (read 2026-11-22), 24/2207006: the media is not found; and 100/33: the object does not exist."""
    adapter, post = an_instagram(server, folder), a_picture(folder)
    for gone in (an_error(100, 33), an_error(24, 2207006)):
        ready = finished(adapter, post)
        server.on("media_publish", gone)
        with pytest.raises(RenewError):
            adapter.commit(ready)
        server.on(ready.saved["container"], an_error(100, 33))
        again = adapter.prepare(post, ready.saved)
        assert isinstance(again, More) and "container" not in again.saved


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff\xd8\xff other")])
def test_a_picture_that_is_gone_or_changed_after_approval_is_never_shown_to_instagram(server, folder, change):
    """Issue, bad input: media deleted between approval and sending is its own error; only sealed bytes leave."""
    post = a_picture(folder)
    change(folder.path(post.media[0].file))
    with pytest.raises(Rejected, match="missing or was changed after approval"):
        finished(an_instagram(server, folder), post)
    assert not list(folder.root.glob("public/*.jpg")) and asked(server, "media") == []


def test_a_spent_quota_is_waited_out_over_the_whole_day_that_it_counts(server, folder):
    """content_publishing_limit reference (read 2026-11-22): quota_duration 86400; the delivery tries six times."""
    server.on("media", an_error(9, 2207042))
    with pytest.raises(TryLater) as later:
        finished(an_instagram(server, folder), a_picture(folder))
    assert later.value.scope == "channel" and 5 * (later.value.retry_after or 0) > 86_400


# ---------------------------------------------------------------------------------------------------- uploads


def a_no(kind: str, retriable: bool = False) -> dict[str, Any]:
    """rupload's own form of an error, read in public code that met it (2026-09-30)."""
    return {"debug_info": {"retriable": retriable, "type": kind, "message": "no"}}


@pytest.mark.parametrize("no", [json_answer(400, **a_no("OffsetInvalidError")), json_answer(404, **a_no("NotFound"))])
def test_a_reel_whose_upload_is_lost_or_counts_otherwise_gets_a_new_container(server, folder, no):
    """Resumable uploads (updated 2026-03-15): an upload goes on at the offset that the server has, else begins anew."""
    server.on("media", json_answer(id="c1", uri=f"{server.url}/up1"), json_answer(id="c2", uri=f"{server.url}/up2"))
    server.on("c1", NO_EDGE)  # a server that does not tell how many bytes it has
    server.on("c2", NO_EDGE, json_answer(status_code="FINISHED", id="c2"))
    server.on("up1", no)
    server.on("up2", json_answer(success=True))
    assert finished(an_instagram(server, folder), a_reel(folder)).saved["container"] == "c2"
    assert [one.headers["offset"] for one in server.asked if one.name.startswith("up")] == ["0", "0"]


def test_a_facebook_reel_whose_upload_is_lost_begins_anew(server, folder):
    """Reels publishing guide (read 2026-11-22): upload again at bytes_transfered, or initialize a new session."""
    start = [json_answer(video_id=f"v{n}", upload_url=f"{server.url}/up{n}") for n in (1, 2)]
    server.on("video_reels", *start)
    for number in (1, 2):
        server.on(f"v{number}", json_answer(id=f"v{number}", status={"video_status": "uploading"}))
    server.on("up1", json_answer(400, **a_no("OffsetInvalidError")))
    server.on("up2", json_answer(success=True))
    assert finished(a_facebook(server, folder), a_reel(folder, "facebook")).saved["video"] == "v2"


def test_an_upload_that_is_asked_to_pause_waits_as_long_as_it_is_told(server, folder):
    server.on("media", json_answer(id="c1", uri=f"{server.url}/up"))
    server.on("c1", json_answer(id="c1"))
    server.on("up", Said(429, b"", {"Retry-After": "44"}))
    with pytest.raises(TryLater) as later:
        finished(an_instagram(server, folder), a_reel(folder))
    assert (later.value.retry_after, later.value.scope) == (44.0, "channel")


# ------------------------------------------------------------------------------------- what follows a post


def commented(server: Script) -> list[str]:
    return [form["message"] for form in asked(server, "comments")]


@pytest.mark.parametrize("make", [an_instagram, a_facebook])
def test_where_comments_cannot_be_listed_the_first_one_is_written_once(server, folder, make):
    """platforms.md 1.1 and 1.2 (2026-11-22) name POST /{id}/comments and no reading of them."""
    server.on("comments", NO_EDGE, json_answer(id="k1"))
    adapter = make(server, folder)
    post = a_picture(folder, first_comment=COMMENT) if make is an_instagram else a_text()
    receipt = completed(adapter, adapter.commit(finished(adapter, post)))
    assert receipt.details["first_comment"] == "k1" and commented(server) == [COMMENT]


def test_and_an_answer_that_was_lost_there_is_told_and_not_repeated(server, folder):
    server.on("comments", NO_EDGE, Said(502, b"<html>"))
    adapter = an_instagram(server, folder)
    receipt = completed(adapter, adapter.commit(finished(adapter, a_picture(folder, first_comment=COMMENT))))
    assert commented(server) == [COMMENT] and "Nobody can tell" in str(receipt.details["left_out"])


def test_a_comment_without_an_id_in_its_answer_is_looked_up(server, folder):
    listed = json_answer(data=[{"id": "k7", "text": COMMENT}])
    server.on("comments", json_answer(data=[]), json_answer(success=True), listed)
    adapter = an_instagram(server, folder)
    pending = adapter.commit(finished(adapter, a_picture(folder, first_comment=COMMENT)))
    with pytest.raises(TryLater):
        adapter.check(pending)
    assert completed(adapter, pending).details["first_comment"] == "k7" and commented(server) == [COMMENT]


def a_text():
    return a_post("text", TEXT, platform="facebook", first_comment=COMMENT)


def test_subtitles_are_sent_where_those_that_are_there_cannot_be_listed(server, folder):
    """platforms.md 1.2 (2026-11-22): POST /{video}/captions with captions_file and default_locale; no reading."""
    words = folder.add(b"1\n00:00:00,000 --> 00:00:02,000\nBonjour\n", "film.srt", "application/x-subrip")
    post = a_reel(folder, "facebook", subtitles=(Subtitles(lang="fr", format="srt", file=words),))
    published = {"video_status": "ready", "publishing_phase": {"publish_status": "published"}}
    server.on("video_reels", json_answer(video_id="v1", upload_url=f"{server.url}/up"), json_answer(success=True))
    server.on("v1", json_answer(status={"video_status": "uploading"}), json_answer(status=published))
    server.on("up", json_answer(success=True))
    server.on("captions", NO_EDGE, json_answer(success=True))
    adapter = a_facebook(server, folder)
    ready = finished(adapter, post)
    receipt = completed(adapter, adapter.commit(ready))
    assert "left_out" not in receipt.details
    (form,) = asked(server, "captions")
    assert form["default_locale"] == "fr_FR"


def test_the_linked_account_is_known_by_its_number_however_it_is_written(server, folder):
    """Graph API reference: ids are numeric strings; older edges and other servers write them as numbers."""
    server.on(IG, json_answer(id=IG, username="asso"))
    server.on(PAGE, json_answer(instagram_business_account={"id": int(IG)}))
    server.on("debug_token", json_answer(data={"is_valid": True}))
    checks = {one.name: one.ok for one in an_instagram(server, folder).doctor()}
    assert checks["page"]


# ------------------------------------------------------------------------------------- account and afterwards


@pytest.mark.parametrize("make", [an_instagram, a_facebook])
def test_an_account_that_is_not_linked_closes_the_channel_and_blames_no_post(server, folder, make):
    """Issue, bad input: page not linked. Graph, handle errors (2026-11-22): 100/33, the object does not exist."""
    for edge in ("content_publishing_limit", "feed"):
        server.on(edge, an_error(100, 33))
    post = a_picture(folder) if make is an_instagram else a_text()
    with pytest.raises(Unauthorized, match="its link to the page") as caught:
        finished(make(server, folder), post)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("make", [an_instagram, a_facebook])
def test_a_post_that_stays_after_all_is_not_called_removed(server, folder, make):
    """Graph reference, delete (2026-11-22): the answer is a struct success: bool, which may be false."""
    server.on("m1", json_answer(success=False), json_answer(success=True), an_error(100, 33))
    adapter, out = make(server, folder), Receipt(id="m1", url="https://example.org/m1")
    with pytest.raises(TryLater):
        adapter.remove(out)
    adapter.remove(out)
    adapter.remove(out)  # gone already


def test_a_story_that_few_people_saw_has_no_counts_and_the_channel_stays_open(server, folder):
    """IG Media insights (updated 2026-06-18): story metrics below 5 answer error 10, "Not enough viewers"."""
    server.on("insights", an_error(10))
    adapter = an_instagram(server, folder)
    story = Receipt(id="m1", url="https://example.org/m1", details={"product": "STORY"})
    assert adapter.metrics(story) == []
    with pytest.raises(Unauthorized):
        adapter.metrics(story.model_copy(update={"details": {"product": "FEED"}}))


@pytest.mark.parametrize(("out", "deleted"), [(False, ["1100_9"]), (True, [])])
def test_a_post_whose_flip_is_refused_is_not_left_among_the_drafts_and_one_that_is_out_stays(
    server, folder, out, deleted
):
    """Issue, bad input: what was prepared invisibly is cleaned up. DELETE /{post} (page post reference, 2026-11-22)."""
    unseen = json_answer(is_published=False)
    server.on("1100_9", unseen, an_error(100), json_answer(is_published=out), json_answer(success=True))
    adapter = a_facebook(server, folder)
    ready = finished(adapter, a_text())
    with pytest.raises(Rejected):
        adapter.commit(ready)
    assert [one.name for one in server.asked if one.method == "DELETE"] == deleted
