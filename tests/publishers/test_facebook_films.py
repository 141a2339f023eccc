"""Films and stories on Facebook step by step: uploads that go on, phases that tell, what follows once.

The server is a script; tests/publishers/test_meta_sandbox.py meets one that behaves as Meta's documents say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from publishers._base import (
    Absent,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Receipt,
    Subtitles,
    TryLater,
    Unclear,
)
from publishers.facebook import Credentials, DroppedError, Facebook
from tests.publishers.loopback import DROP, Said, Script, json_answer, serving
from tests.publishers.meta_script import TOKEN, an_error, asked, completed, finished
from tests.publishers.samples import TEXT, Folder, a_post, a_video, an_image

PAGE = "1100"


def a_status(state: str, published: str = "", there: int = 0) -> Said:
    status = {
        "video_status": state, "uploading_phase": {"bytes_transfered": there},
        "publishing_phase": {"publish_status": published},
    }  # fmt: skip
    return json_answer(id="v1", status=status, permalink_url="/1100/videos/v1/")


@pytest.fixture
def server():
    with serving() as script:
        script.on("photos", *(json_answer(id=f"p{number}") for number in range(1, 9)))
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


def a_film(folder: Folder, kind: str = "reel", **changes: Any):
    film = folder.add(b"0123456789" * 5, "reel.mp4", "video/mp4")
    text = "" if kind == "story" else TEXT
    post = {name: changes.pop(name) for name in ("first_comment", "title") if name in changes}
    return a_post(kind, text, media=(a_video(file=film, **changes),), platform="facebook", **post)


def test_a_reel_goes_in_three_phases_and_goes_on_where_it_stopped(adapter, server, folder):
    server.on("video_reels", json_answer(video_id="v1", upload_url=f"{server.url}/up"), json_answer(success=True))
    server.on("v1", a_status("uploading"), a_status("uploading", there=20), a_status("ready", "published"))
    server.on("up", DROP, json_answer(success=True))
    post, step = a_film(folder, title="Titre"), More(saved={})
    with pytest.raises(TryLater):
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    ready = finished(adapter, post, step.saved)
    first, second = (one for one in server.asked if one.name == "up")
    assert (first.headers["offset"], second.headers["offset"]) == ("0", "20") and len(second.body) == 30
    receipt = completed(adapter, adapter.commit(ready))
    start, finish = asked(server, "video_reels")
    assert start == {"upload_phase": "start"} and finish == {
        "upload_phase": "finish", "video_id": "v1", "video_state": "PUBLISHED", "description": TEXT, "title": "Titre",
    }  # fmt: skip
    assert (receipt.id, receipt.url) == ("v1", "https://www.facebook.com/1100/videos/v1/")


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (a_status("upload_complete"), Absent),
        (a_status("ready"), Absent),
        (a_status("processing"), Unclear),
        (a_status("ready", "published"), Receipt),
        (a_status("error"), Absent),
        (an_error(100, 33), Absent),
    ],
)
def test_the_videos_own_phases_tell_whether_a_lost_finish_was_obeyed(adapter, server, folder, status, found):
    server.on("video_reels", json_answer(video_id="v1", upload_url=f"{server.url}/up"))
    server.on("v1", a_status("uploading"))
    server.on("up", json_answer(success=True))
    post = a_film(folder)
    ready = finished(adapter, post)
    server.on("video_reels", DROP)
    with pytest.raises(OutcomeUnknown):
        adapter.commit(ready)
    server.on("v1", status)
    assert isinstance(adapter.find(post, ready.saved), found)


def test_a_reel_that_facebook_cannot_use_is_said_to_be_dropped(adapter, server, folder):
    server.on("video_reels", json_answer(video_id="v1", upload_url=f"{server.url}/up"), json_answer(success=True))
    server.on("v1", a_status("uploading"), a_status("processing"), a_status("error"))
    server.on("up", json_answer(success=True))
    pending = adapter.commit(finished(adapter, a_film(folder)))
    pending = adapter.check(pending)
    assert isinstance(pending, Pending) and pending.not_before is not None
    with pytest.raises(DroppedError):
        adapter.check(pending)


def a_session(first: int, end: int) -> Said:
    return json_answer(video_id="v1", upload_session_id="s1", start_offset=str(first), end_offset=str(end))


def test_a_video_goes_in_the_parts_that_facebook_asks_for_with_its_cover(adapter, server, folder):
    server.on("videos", a_session(0, 20), json_answer(start_offset="20", end_offset="50"),
              json_answer(start_offset="50", end_offset="50"), json_answer(success=True))  # fmt: skip
    cover = folder.add(b"\xff\xd8cover", "cover.jpg", "image/jpeg")
    ready = finished(adapter, a_film(folder, "video", cover=cover))
    server.on("v1", a_status("ready"))
    completed(adapter, adapter.commit(ready))
    start, first, second, finish = asked(server, "videos")
    assert start == {"upload_phase": "start", "file_size": "50"}
    assert [part["start_offset"] for part in (first, second)] == ["0", "20"]
    assert first["video_file_chunk"] == "0123456789" * 2 and second["video_file_chunk"] == "0123456789" * 3
    assert finish["upload_phase"] == "finish" and finish["upload_session_id"] == "s1" and finish["description"] == TEXT
    assert finish["thumb"] == "\xff\xd8cover"


def test_a_part_whose_answer_was_lost_is_not_sent_twice(adapter, server, folder):
    elsewhere = an_error(6000, 1363037, error_data={"start_offset": 20, "end_offset": 50})
    server.on("videos", a_session(0, 20), DROP, elsewhere, json_answer(start_offset=50, end_offset=50))
    post, step = a_film(folder, "video"), More(saved={})
    with pytest.raises(TryLater):
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, step.saved)
    finished(adapter, post, step.saved)
    assert [part.get("start_offset") for part in asked(server, "videos")] == [None, "0", "0", "20"]


def test_subtitles_and_comment_follow_once_and_a_refused_one_is_written_down(adapter, server, folder):
    server.on("video_reels", json_answer(video_id="v1", upload_url=f"{server.url}/up"), json_answer(success=True))
    server.on("v1", a_status("ready", "published", there=50))
    subtitles = tuple(
        Subtitles(lang=lang, format="srt", file=folder.add(lang.encode(), f"{lang}.srt", "application/x-subrip"))
        for lang in ("fr", "ar")
    )
    ready = finished(adapter, a_film(folder, subtitles=subtitles, first_comment="Source"))
    server.on("captions", json_answer(data=[]), DROP, json_answer(data=[{"locale": "fr_FR"}]), json_answer(data=[]),
              an_error(100))  # fmt: skip
    server.on("comments", json_answer(data=[{"id": "k1", "message": "Source"}]))
    pending = adapter.commit(ready)
    with pytest.raises(TryLater):
        adapter.check(pending)
    receipt = completed(adapter, pending)
    sent = [one for one in server.asked if one.name == "captions" and one.method == "POST"]
    assert b'filename="captions.fr_FR.srt"' in sent[0].body and b"fr_FR" in sent[0].body
    assert b'filename="captions.ar_AR.srt"' in sent[1].body and len(sent) == 2
    assert receipt.details["first_comment"] == "k1" and len(receipt.details["left_out"]) == 1


def test_a_photo_story_is_uploaded_unseen_then_shown(adapter, server, folder):
    image = folder.add(b"\xff\xd8story", "s.jpg", "image/jpeg")
    post = a_post("story", "", media=(an_image(file=image),))
    ready = finished(adapter, post)
    server.on("photo_stories", json_answer(success=True, post_id="st1"))
    server.on("stories", json_answer(data=[]))
    assert adapter.find(post, ready.saved) == Absent()
    server.on("stories", json_answer(data=[{"media_id": "p1", "post_id": "st1", "creation_time": "1795000000",
                                            "url": "https://www.facebook.com/stories/1"}]))  # fmt: skip
    receipt = completed(adapter, adapter.commit(ready))
    assert asked(server, "photo_stories") == [{"photo_id": "p1"}] and receipt.id == "st1"
    assert adapter.find(post, ready.saved).id == "st1"


def test_a_video_story_is_finished_by_its_video(adapter, server, folder):
    server.on("video_stories", json_answer(video_id="v1", upload_url=f"{server.url}/up"),
              json_answer(success=True, post_id="st1"))  # fmt: skip
    server.on("up", json_answer(success=True))
    server.on("v1", a_status("uploading"), a_status("ready", "published"))
    receipt = completed(adapter, adapter.commit(finished(adapter, a_film(folder, "story"))))
    assert asked(server, "video_stories")[1] == {"upload_phase": "finish", "video_id": "v1"} and receipt.id == "v1"
