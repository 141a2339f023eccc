"""Instagram step by step: what is asked in which order, and what each bad turn leaves behind.

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
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Receipt,
    Rejected,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers.instagram import Credentials, Instagram
from tests.publishers.loopback import DROP, Said, Script, json_answer, serving
from tests.publishers.meta_script import HTML, TOKEN, an_error, asked, completed, finished
from tests.publishers.samples import ALT, TEXT, Folder, a_post, a_video, an_image

IG, PAGE = "17841400000000001", "1100"


@pytest.fixture
def server():
    with serving() as script:
        quota = {"quota_usage": 2, "config": {"quota_total": 50, "quota_duration": 86400}}
        script.on("content_publishing_limit", json_answer(data=[quota]))
        script.on("media", *(json_answer(id=f"c{number}") for number in range(1, 9)))
        for number in range(1, 9):
            script.on(f"c{number}", json_answer(status_code="FINISHED", status="Finished", id=f"c{number}"))
        script.on("media_publish", json_answer(id="m1"))
        script.on("m1", a_media())
        yield script


def a_media(**changes: Any) -> Said:
    told = {
        "id": "m1", "caption": TEXT, "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}+0000",
        "permalink": "https://www.instagram.com/p/abc/", "media_product_type": "FEED",
    }  # fmt: skip
    return json_answer(**{**told, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def adapter(server: Script, folder: Folder) -> Instagram:
    return an_adapter(server, folder)


def an_adapter(server: Script, folder: Folder, **changes: Any) -> Instagram:
    known = {
        "ig_user_id": IG, "page_id": PAGE, "access_token": TOKEN, "graph_url": server.url, "rupload_url": server.url,
        "media_url": "https://studio.example.org",
    }  # fmt: skip
    return Instagram(Credentials.model_validate({**known, **changes}), folder)


def a_picture(folder: Folder, shade: int = 1, **changes: Any):
    file = folder.add(b"\xff\xd8\xff" + bytes([shade]) * 50, f"card{shade}.jpg", "image/jpeg")
    return an_image(file=file, **changes)


def one_picture(folder: Folder, **changes: Any):
    return a_post(media=(a_picture(folder),), platform="instagram", **changes)


def a_carousel(folder: Folder, number: int = 3):
    media = tuple(a_picture(folder, shade, alt=f"{ALT} {shade}") for shade in range(1, number + 1))
    return a_post("carousel", media=media, platform="instagram")


def a_reel(folder: Folder, **changes: Any):
    film = folder.add(b"0123456789" * 5, "reel.mp4", "video/mp4")
    return a_post("reel", media=(a_video(file=film, **changes),), platform="instagram")


def shown(folder: Folder) -> list[Path]:
    return sorted((folder.root / "public").glob("*.jpg")) if (folder.root / "public").exists() else []


def test_a_picture_goes_as_documented_quota_container_status_then_publish(adapter, server, folder):
    ready = finished(adapter, one_picture(folder))
    assert [one.path.partition("?")[0] for one in server.asked] == [
        f"/v25.0/{IG}/content_publishing_limit", f"/v25.0/{IG}/media", "/v25.0/c1",
    ]  # fmt: skip
    (container,) = asked(server, "media")
    assert container["caption"] == TEXT and container["alt_text"] == ALT
    assert container["image_url"].startswith("https://studio.example.org/media/")
    receipt = completed(adapter, adapter.commit(ready))
    assert asked(server, "media_publish") == [{"creation_id": "c1"}]
    assert (receipt.id, receipt.url) == ("m1", "https://www.instagram.com/p/abc/")
    assert receipt.published_at is not None and shown(folder) == []


def test_no_step_asks_more_than_one_thing(adapter, server, folder):
    post, step = a_carousel(folder), More(saved={})
    while not isinstance(step, Prepared):
        before = len(server.asked)
        step = adapter.prepare(post, step.saved)
        assert len(server.asked) - before <= 1


def test_a_carousel_keeps_its_order_its_alt_texts_and_has_one_caption(adapter, server, folder):
    finished(adapter, a_carousel(folder))
    *children, parent = asked(server, "media")
    assert [child["alt_text"] for child in children] == [f"{ALT} {number}" for number in (1, 2, 3)]
    assert all(child["is_carousel_item"] == "true" and "caption" not in child for child in children)
    assert parent == {"media_type": "CAROUSEL", "children": "c1,c2,c3", "caption": TEXT}


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(an_error(190, 463), Unauthorized), (an_error(9, 2207042), TryLater), (HTML, TryLater), (DROP, TryLater)],
)
def test_what_was_made_before_the_third_picture_failed_is_used_again(adapter, server, folder, failure, expected):
    server.on("media", json_answer(id="c1"), json_answer(id="c2"), failure, json_answer(id="c3"), json_answer(id="c4"))
    post, step = a_carousel(folder), More(saved={})
    with pytest.raises(expected) as caught:
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    ready = finished(adapter, post, step.saved)
    assert asked(server, "media")[-1]["children"] == "c1,c2,c3" and ready.saved["container"] == "c4"


def test_a_spent_quota_is_seen_before_anything_is_made(adapter, server, folder):
    server.on("content_publishing_limit", json_answer(data=[{"quota_usage": 50, "config": {"quota_total": 50}}]))
    with pytest.raises(TryLater) as caught:
        finished(adapter, one_picture(folder))
    assert caught.value.scope == "channel" and asked(server, "media") == [] and shown(folder) == []


def test_a_reel_is_uploaded_and_a_broken_upload_goes_on_where_it_stopped(adapter, server, folder):
    server.on("media", json_answer(id="c1", uri=f"{server.url}/up"))
    server.on("c1", json_answer(id="c1"), json_answer(video_status={"uploading_phase": {"bytes_transfered": 20}}),
              json_answer(status_code="FINISHED"))  # fmt: skip
    server.on("up", DROP, json_answer(success=True))
    post, step = a_reel(folder, cover_offset_ms=1500), More(saved={})
    with pytest.raises(TryLater):
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    finished(adapter, post, step.saved)
    assert asked(server, "media") == [
        {"media_type": "REELS", "upload_type": "resumable", "caption": TEXT, "share_to_feed": "true",
         "thumb_offset": "1500"}
    ]  # fmt: skip
    first, second = (one for one in server.asked if one.name == "up")
    assert (first.headers["offset"], second.headers["offset"]) == ("0", "20")
    assert second.body == b"0123456789" * 3 and second.headers["file_size"] == "50"


def test_a_reels_cover_is_fetched_by_its_address(adapter, server, folder):
    server.on("media", json_answer(id="c1", uri=f"{server.url}/up"))
    server.on("up", json_answer(success=True))
    cover = folder.add(b"\xff\xd8cover", "cover.jpg", "image/jpeg")
    finished(adapter, a_reel(folder, cover=cover, cover_offset_ms=10))
    (reel,) = asked(server, "media")
    assert reel["cover_url"].startswith("https://studio.example.org/media/") and "thumb_offset" not in reel


def test_a_story_has_no_words(adapter, server, folder):
    story = a_post("story", "", media=(a_picture(folder),))
    assert not finished(adapter, story).saved["caption"]
    (container,) = asked(server, "media")
    assert set(container) == {"media_type", "image_url"} and container["media_type"] == "STORIES"


def test_a_container_at_work_is_polled_once_a_minute(adapter, server, folder):
    server.on("c1", json_answer(status_code="IN_PROGRESS"))
    step = More(saved={})
    for _ in range(4):
        step = adapter.prepare(one_picture(folder), step.saved)
    assert isinstance(step, More) and step.not_before is not None
    assert 50 < (step.not_before - datetime.now(UTC)).total_seconds() <= 60


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_a_lost_container_is_made_anew_but_not_for_ever(adapter, server, folder, status):
    for number in range(1, 9):
        server.on(f"c{number}", json_answer(status_code=status, status="Error: 2207032"))
    with pytest.raises(TryLater):
        finished(adapter, one_picture(folder))
    assert len(asked(server, "media")) == 3


def test_a_container_whose_file_is_refused_ends_it_and_the_picture_is_taken_down(adapter, server, folder):
    server.on("c1", json_answer(status_code="ERROR", status="Error: Media upload has failed with error code 2207009"))
    with pytest.raises(Rejected, match="2207009"):
        finished(adapter, one_picture(folder))
    assert shown(folder) == []


def test_containers_older_than_a_day_are_made_anew(adapter, server, folder):
    post = one_picture(folder)
    ready = finished(adapter, post)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24), tick=False):
        again = finished(adapter, post, ready.saved)
    assert ready.saved["container"] == "c1" and again.saved["container"] == "c2"


@pytest.mark.parametrize("hours", [0, 24])
def test_a_container_that_was_published_after_all_is_never_published_again(adapter, server, folder, hours):
    post = one_picture(folder)
    ready = finished(adapter, post)
    server.on("c1", json_answer(status_code="PUBLISHED"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=False):
        again = finished(adapter, post, ready.saved)
        server.on("media", a_list())
        receipt = completed(adapter, adapter.commit(again))
    assert receipt.id == "m1" and asked(server, "media_publish") == []


def a_list(*more: dict[str, Any], **changes: Any) -> Said:
    return json_answer(data=[json.loads(a_media(**changes).body), *more])


@pytest.mark.parametrize("answer", [HTML, DROP, json_answer(), an_error(2, status=500), an_error(1)])
def test_a_lost_answer_to_publishing_is_an_unknown_outcome(adapter, server, folder, answer):
    ready = finished(adapter, one_picture(folder))
    server.on("media_publish", answer)
    with pytest.raises(OutcomeUnknown):
        adapter.commit(ready)
    assert len(asked(server, "media_publish")) == 1


@pytest.mark.parametrize("status", ["FINISHED", "IN_PROGRESS", "EXPIRED", "ERROR"])
def test_a_container_that_is_not_published_proves_absence(adapter, server, folder, status):
    post = one_picture(folder)
    ready = finished(adapter, post)
    server.on("c1", json_answer(status_code=status))
    assert adapter.find(post, ready.saved) == Absent()


def test_a_post_whose_id_was_lost_is_found_by_its_words_since_it_was_made(adapter, server, folder):
    post = one_picture(folder, first_comment="Source : la note")
    ready = finished(adapter, post)
    server.on("c1", json_answer(status_code="PUBLISHED"))
    older = {"id": "m0", "caption": TEXT, "timestamp": "2026-01-01T09:00:00+0000"}
    other = {"id": "m2", "caption": "Autre chose", "timestamp": "2036-01-01T09:00:00+0000"}
    server.on("media", a_list(older, other, caption=f" {TEXT.replace(' ', '  ')}\n"))
    found = adapter.find(post, ready.saved)
    assert isinstance(found, Pending), "its comment is still to be written"
    server.on("comments", json_answer(data=[]), json_answer(id="k1"))
    assert completed(adapter, found).details["first_comment"] == "k1"


def test_two_posts_with_the_same_words_are_not_chosen_between(adapter, server, folder):
    post = one_picture(folder)
    ready = finished(adapter, post)
    server.on("c1", json_answer(status_code="PUBLISHED"))
    server.on("media", a_list({"id": "m2", "caption": TEXT, "timestamp": "2036-01-01T09:00:00+0000"}))
    assert isinstance(adapter.find(post, ready.saved), Unclear)


def test_without_a_container_nothing_can_be_out(adapter):
    assert adapter.find(a_post(), {"quota": [0, 50]}) == Absent()


def test_a_published_post_is_read_back_and_a_deleted_one_is_absent(adapter, server, folder):
    post = one_picture(folder)
    pending = adapter.commit(finished(adapter, post))
    assert isinstance(adapter.find(post, pending.saved), Receipt)
    server.on("m1", an_error(100, 33))
    assert adapter.find(post, pending.saved) == Absent()


def test_a_first_comment_whose_answer_was_lost_is_not_written_twice(adapter, server, folder):
    pending = adapter.commit(finished(adapter, one_picture(folder, first_comment="Source : la note")))
    server.on("comments", json_answer(data=[]), DROP, json_answer(data=[{"id": "k1", "text": "Source : la note"}]))
    with pytest.raises(TryLater):
        adapter.check(pending)
    assert completed(adapter, pending).details["first_comment"] == "k1"
    assert len(asked(server, "comments")) == 1


@pytest.mark.parametrize("no", [an_error(10), an_error(200), an_error(100)])
def test_a_refused_comment_never_takes_the_receipt_away(adapter, server, folder, no):
    pending = adapter.commit(finished(adapter, one_picture(folder, first_comment="Source")))
    server.on("comments", json_answer(data=[]), no)
    receipt = completed(adapter, pending)
    assert receipt.id == "m1" and receipt.details["left_out"] and TOKEN not in json.dumps(receipt.details)


def test_a_comment_that_cannot_be_written_for_hours_is_given_up(adapter, server, folder):
    pending = adapter.commit(finished(adapter, one_picture(folder, first_comment="Source")))
    server.on("comments", HTML)
    with pytest.raises(TryLater):
        adapter.check(pending)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=7), tick=False):
        assert completed(adapter, pending).details["left_out"]


def test_what_is_out_is_not_rejected_by_a_look_that_fails(adapter, server, folder):
    pending = adapter.commit(finished(adapter, one_picture(folder)))
    server.on("m1", an_error(100, 33))
    with pytest.raises(TryLater):
        adapter.check(pending)


def test_no_saved_state_and_no_address_holds_a_token(adapter, server, folder):
    pending = adapter.commit(finished(adapter, a_carousel(folder)))
    completed(adapter, pending)
    assert TOKEN not in json.dumps(pending.saved)
    assert all(TOKEN not in one.path and TOKEN.encode() not in one.body for one in server.asked)


def test_metrics_are_asked_for_by_kind_and_a_missing_number_is_left_out(adapter, server):
    rows = [{"name": "views", "values": [{"value": 12}]}, {"name": "reach", "total_value": {"value": 9}},
            {"name": "likes", "values": []}]  # fmt: skip
    server.on("insights", json_answer(data=rows))
    receipt = Receipt(id="m1", url="https://www.instagram.com/p/abc/", details={"product": "REELS"})
    assert {one.name: one.value for one in adapter.metrics(receipt)} == {"views": 12, "reach": 9}
    assert "profile_visits" not in server.asked[-1].query["metric"][0]


def test_a_post_already_gone_is_removed_without_a_word(adapter, server):
    server.on("m1", an_error(100, 33))
    adapter.remove(Receipt(id="m1", url="https://www.instagram.com/p/abc/"))
    assert server.asked[-1].method == "DELETE"


def checks(adapter: Instagram) -> dict[str, bool]:
    return {check.name: check.ok for check in adapter.doctor()}


def test_the_check_says_what_is_missing(adapter, server):
    server.on(IG, json_answer(id=IG, username="observatory"))
    server.on(PAGE, json_answer(instagram_business_account={"id": IG}))
    scopes = ["instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement"]
    server.on("debug_token", json_answer(data={"is_valid": True, "scopes": scopes, "expires_at": 0}))
    found = {check.name: check for check in adapter.doctor()}
    assert next(iter(found)) == "login" and found["login"].ok and found["page"].ok and found["quota"].ok
    assert not found["scopes"].ok and "instagram_manage_comments" in str(found["scopes"].sentence)
    assert not found["media_host"].ok, "nobody listens at studio.example.org here"
    assert all(TOKEN not in one.path for one in server.asked)


def test_the_check_begins_with_a_door_that_is_shut(adapter, server):
    server.on(IG, an_error(190))
    assert checks(adapter) == {"login": False}


def test_a_token_near_its_end_is_said_beforehand(adapter, server):
    soon = int((datetime.now(UTC) + timedelta(days=7)).timestamp())
    server.on(IG, json_answer(id=IG, username="observatory"))
    server.on(PAGE, json_answer(instagram_business_account={"id": "another"}))
    server.on("debug_token", json_answer(data={"is_valid": True, "scopes": [], "data_access_expires_at": soon}))
    found = checks(adapter)
    assert not found["token"] and not found["page"]


def test_pictures_need_a_place_where_meta_can_fetch_them(server, folder):
    post = a_post(media=(an_image(),))
    assert [p.code for p in an_adapter(server, folder).validate(post)] == []
    assert [p.code for p in an_adapter(server, folder, media_url=None).validate(post)] == ["no_media_host"]


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("story", {"first_comment": "Source", "text": ""}, "no_first_comment"),
        ("story", {"text": "Des mots"}, "text"),
        ("image", {"title": "x", "options": {"collaborators": ("a", "b", "c", "d")}}, "collaborators"),
    ],
)
def test_what_a_kind_cannot_carry_is_refused(adapter, kind, changes, code):
    assert code in [p.code for p in adapter.validate(a_post(kind, media=(an_image(),), **changes))]
