"""Films on Facebook pages: reels in three phases, videos whole or in parts, caption files, stories."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.conftest import AT, Api, code, upload_error
from tests.sandbox.samples import Host, film, picture

# ---------------------------------------------------------------------------------------------- Facebook reels


def begin(api: Api, edge: str = "video_reels") -> dict:
    return api.post(f"{api.graph.page.id}/{edge}", upload_phase="start")


def end(api: Api, video: str, edge: str = "video_reels", **more: str) -> dict:
    data = {"upload_phase": "finish", "video_id": video, **more}
    return api.post(f"{api.graph.page.id}/{edge}", **data)


def phases(api: Api, video: str) -> dict:
    return api.get(video, fields="status")["status"]


def test_a_reel_goes_through_its_phases(page: Api):
    begun = begin(page)
    assert begun["upload_url"] == f"{page.graph.urls['rupload']}/video-upload/v25.0/{begun['video_id']}"
    assert phases(page, begun["video_id"])["video_status"] == "uploading"
    assert page.upload(begun["upload_url"], film()).json() == {"success": True}
    assert phases(page, begun["video_id"])["video_status"] == "upload_complete"
    done = end(page, begun["video_id"], video_state="PUBLISHED", description="Un film", title="Octobre")
    assert done == {"success": True}
    told = phases(page, begun["video_id"])
    assert (told["video_status"], told["publishing_phase"]) == ("processing", {"status": "in_progress"})
    assert page.graph.published() == []
    page.graph.move(20)
    told = phases(page, begun["video_id"])
    assert told["video_status"] == "ready"
    assert told["publishing_phase"] == {"status": "complete", "publish_status": "published"}
    (row,) = page.graph.published()
    assert (row["kind"], row["text"], row["title"]) == ("reel", "Un film", "Octobre")
    assert page.get(begun["video_id"], fields="permalink_url")["permalink_url"] == row["permalink"]
    assert [one["id"] for one in page.get(f"{page.graph.page.id}/video_reels")["data"]] == [begun["video_id"]]


def test_a_reel_resumes_at_the_bytes_that_were_kept(page: Api):
    begun, whole = begin(page), film()
    page.graph.fault("rupload", "cut", bytes=7000)
    with pytest.raises(httpx.TransportError):
        page.upload(begun["upload_url"], whole)
    phase = phases(page, begun["video_id"])["uploading_phase"]
    assert (phase["status"], phase["bytes_transfered"], phase["source_file_size"]) == ("in_progress", 7000, len(whole))
    assert upload_error(page.upload(begun["upload_url"], whole[6000:], 6000, len(whole))) == "OffsetInvalidError"
    assert page.upload(begun["upload_url"], whole[7000:], 7000, len(whole)).json() == {"success": True}
    end(page, begun["video_id"], video_state="PUBLISHED")
    page.graph.move(20)
    assert page.graph.published()[0]["media"][0]["bytes"] == len(whole)


def test_a_reel_without_its_bytes_cannot_be_finished(page: Api):
    begun = begin(page)
    assert code(end(page, begun["video_id"], video_state="PUBLISHED")) == (6000, 1363130)
    assert code(end(page, "1", video_state="PUBLISHED"))[0] == 100
    page.upload(begun["upload_url"], film())
    assert code(end(page, begun["video_id"]))[0] == 100, "video_state is required"


def test_a_reel_that_was_published_is_not_published_again(page: Api):
    begun = begin(page)
    page.upload(begun["upload_url"], film())
    end(page, begun["video_id"], video_state="PUBLISHED")
    assert "error" in end(page, begun["video_id"], video_state="PUBLISHED")
    page.graph.move(20)
    assert "error" in end(page, begun["video_id"], video_state="PUBLISHED")
    assert len(page.graph.published()) == 1


def test_a_draft_is_kept_back_until_it_is_published(page: Api):
    begun = begin(page)
    page.upload(begun["upload_url"], film())
    end(page, begun["video_id"], video_state="DRAFT")
    page.graph.move(hours=1)
    assert phases(page, begun["video_id"])["publishing_phase"]["publish_status"] == "draft"
    assert page.graph.published() == []
    end(page, begun["video_id"], video_state="PUBLISHED")
    assert len(page.graph.published()) == 1


def test_a_scheduled_reel_goes_out_at_its_time(page: Api):
    begun, now = begin(page), int(AT.timestamp())
    page.upload(begun["upload_url"], film())
    soon, far, good = str(now + 300), str(now + 30 * 86400), str(now + 7200)
    for wrong in (soon, far):
        answer = end(page, begun["video_id"], video_state="SCHEDULED", scheduled_publish_time=wrong)
        assert code(answer)[0] == 100
    assert code(end(page, begun["video_id"], video_state="SCHEDULED"))[0] == 100
    end(page, begun["video_id"], video_state="SCHEDULED", scheduled_publish_time=good)
    assert phases(page, begun["video_id"])["publishing_phase"]["publish_status"] == "scheduled"
    page.graph.move(hours=1, minutes=59)
    assert page.graph.published() == []
    page.graph.move(60)
    assert page.graph.published()[0]["at"] == "2026-11-25T11:00:00+00:00"


BAD_REELS = {
    "aspect ratio": film(960, 960),
    "Resolution too low": film(270, 480),
    "frame rate": film(fps=20),
    "length": film(seconds=2),
    "corrupt": b"\0" * 5000,
}


@pytest.mark.parametrize("why", list(BAD_REELS))
def test_a_reel_against_the_rules_fails_in_processing(page: Api, why: str):
    begun = begin(page)
    page.upload(begun["upload_url"], BAD_REELS[why])
    end(page, begun["video_id"], video_state="PUBLISHED")
    page.graph.move(20)
    told = phases(page, begun["video_id"])
    assert told["video_status"] == "error"
    assert why in told["processing_phase"]["error"]["message"]
    assert told["publishing_phase"]["publish_status"] == "error"
    assert page.graph.published() == []


def test_thirty_reels_within_24_hours(page: Api):
    page.graph.reels_a_day = 1
    for expected in (True, False):
        begun = begin(page)
        page.upload(begun["upload_url"], film())
        answer = end(page, begun["video_id"], video_state="PUBLISHED")
        assert (answer == {"success": True}) is expected
    assert code(answer)[0] == 613
    page.graph.move(hours=24)
    assert end(page, begun["video_id"], video_state="PUBLISHED") == {"success": True}


def test_a_hosted_reel_is_fetched_by_the_upload_host(page: Api, host: Host):
    host.put("a.mp4", film())
    begun = begin(page)
    headers = {"Authorization": f"OAuth {page.token}", "file_url": f"{host.url}/a.mp4"}
    assert page.http.post(begun["upload_url"], headers=headers).json() == {"success": True}
    host.put("robots.txt", b"User-agent: *\nDisallow: /\n")
    refused = page.http.post(begin(page)["upload_url"], headers=headers)
    assert (refused.status_code, refused.json()["debug_info"]["type"]) == (422, "FileUrlProcessingError")


# ---------------------------------------------------------------------------------------------- Facebook videos


def test_a_video_is_sent_whole(page: Api):
    files = {"source": ("a.mp4", film(), "video/mp4"), "thumb": ("t.jpg", picture(), "image/jpeg")}
    video = page.post(f"{page.graph.page.id}/videos", files=files, description="Un film", title="Octobre")["id"]
    assert page.graph.published() == []
    page.graph.move(20)
    (row,) = page.graph.published()
    assert (row["kind"], row["text"], row["title"]) == ("video", "Un film", "Octobre")
    assert (row["media"][0]["height"], row["cover"]["width"]) == (960, 1080)
    assert page.get(video, fields="post_id")["post_id"] == row["id"].partition("_")[2]


def test_a_video_is_sent_in_the_phases_that_the_server_asks_for(page: Api):
    whole, path = film(), f"{page.graph.page.id}/videos"
    page.graph.transfer_bytes = 100_000
    at = page.post(path, upload_phase="start", file_size=str(len(whole)))
    session, pieces = at["upload_session_id"], 0
    while at["start_offset"] != at["end_offset"]:
        piece = whole[int(at["start_offset"]) : int(at["end_offset"])]
        at = page.post(
            path,
            {"video_file_chunk": ("a", piece, "application/octet-stream")},
            upload_phase="transfer",
            upload_session_id=session,
            start_offset=at["start_offset"],
        )
        pieces += 1
    assert pieces == -(-len(whole) // 100_000)
    done = page.post(path, upload_phase="finish", upload_session_id=session, title="Octobre", description="Un film")
    assert done == {"success": True}
    page.graph.move(20)
    assert page.graph.published()[0]["media"][0]["bytes"] == len(whole)


def test_a_wrong_offset_is_answered_with_the_right_one(page: Api):
    whole, path = film(), f"{page.graph.page.id}/videos"
    begun = page.post(path, upload_phase="start", file_size=str(len(whole)))
    given = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
    chunk = {"video_file_chunk": ("a", whole[10:], "application/octet-stream")}
    answer = page.post(path, chunk, start_offset="10", **given)
    assert code(answer) == (6001, 1363037)
    assert answer["error"]["error_data"] == {"start_offset": 0, "end_offset": len(whole)}
    early = page.post(path, upload_phase="finish", upload_session_id=begun["upload_session_id"])
    assert code(early) == (6001, 1363037)
    assert code(page.post(path, chunk, start_offset="0", upload_phase="transfer", upload_session_id="1"))[0] == 6001


def test_a_hosted_video_that_cannot_be_fetched_is_389(page: Api, host: Host):
    path = f"{page.graph.page.id}/videos"
    assert code(page.post(path, file_url=f"{host.url}/none.mp4"))[0] == 389
    assert "id" in page.post(path, file_url=host.put("a.mp4", film()))
    assert code(page.post(path))[0] == 100
    assert code(page.post(path, {"source": ("a.mp4", b"", "video/mp4")})) == (6000, 1363022)


def test_an_unpublished_video_stays_unseen(page: Api):
    files = {"source": ("a.mp4", film(), "video/mp4")}
    page.post(f"{page.graph.page.id}/videos", files=files, published="false")
    page.graph.move(hours=1)
    assert page.graph.published() == []


def test_captions_are_named_by_their_language(page: Api):
    video = page.post(f"{page.graph.page.id}/videos", files={"source": ("a.mp4", film(), "video/mp4")})["id"]
    page.graph.move(20)
    srt = b"1\n00:00:00,000 --> 00:00:01,000\nBonjour\n"

    def add(name: str, body: bytes = srt) -> dict:
        file = {"captions_file": (name, body, "application/octet-stream")}
        return page.post(f"{video}/captions", file, default_locale="fr_FR")

    assert add("film.fr_FR.srt") == {"success": True}
    assert code(add("film.srt"))[0] == 387
    assert code(add("film.fr_FR.vtt"))[0] == 387
    assert code(add("film.en_US.srt", b"WEBVTT"))[0] == 387
    assert page.get(f"{video}/captions")["data"] == [{"locale": "fr_FR", "is_default": True}]
    assert set(page.graph.published()[0]["subtitles"]) == {"fr_FR"}


def test_a_video_is_edited_commented_and_deleted_with_its_post(page: Api):
    video = page.post(f"{page.graph.page.id}/videos", files={"source": ("a.mp4", film(), "video/mp4")})["id"]
    page.graph.move(20)
    assert page.post(video, description="Mieux") == {"success": True}
    page.post(f"{video}/comments", message="Sources")
    (row,) = page.graph.published()
    assert (row["text"], [one["text"] for one in row["comments"]]) == ("Mieux", ["Sources"])
    assert page.delete(video) == {"success": True}
    assert page.graph.published() == []
    assert code(page.get(row["id"])) == (100, 33)


# ---------------------------------------------------------------------------------------------- Facebook stories


def test_a_photo_story_takes_an_unpublished_photo_once(page: Api):
    files = {"source": ("a.jpg", picture(1080, 1920), "image/jpeg")}
    photo = page.post(f"{page.graph.page.id}/photos", files=files, published="false")["id"]
    done = page.post(f"{page.graph.page.id}/photo_stories", photo_id=photo)
    assert done["success"] is True
    assert code(page.post(f"{page.graph.page.id}/photo_stories", photo_id=photo))[0] == 100
    (row,) = page.graph.published()
    assert (row["kind"], row["id"]) == ("story", done["post_id"])
    assert page.get(f"{page.graph.page.id}/published_posts")["data"] == []
    assert [one["post_id"] for one in page.get(f"{page.graph.page.id}/stories")["data"]] == [row["id"]]


def test_a_film_story_is_out_after_its_last_phase(page: Api):
    begun = begin(page, "video_stories")
    assert "error" in end(page, begun["video_id"], "video_stories")
    page.upload(begun["upload_url"], film())
    done = end(page, begun["video_id"], "video_stories")
    assert done["success"] is True
    assert [one["id"] for one in page.graph.published()] == [done["post_id"]]
    assert "error" in end(page, begun["video_id"], "video_stories")
