"""Reels of Instagram on the Graph server, and the upload host: bytes that break off and go on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.graph import Graph
from tests.sandbox.conftest import Api, as_json, code, upload_error
from tests.sandbox.samples import Host, film, picture


def start_reel(api: Api, **data: str) -> dict:
    more = {"media_type": "REELS", "upload_type": "resumable", **data}
    return api.post(f"{api.graph.account.id}/media", **more)


def publish(api: Api, container: str) -> dict:
    return api.post(f"{api.graph.account.id}/media_publish", creation_id=container)


def status(api: Api, container: str) -> dict:
    return api.get(container, fields="status_code,status,video_status")


def broken(body: bytes, at: int) -> Iterator[bytes]:
    yield body[:at]
    raise OSError("the line is cut")


# ---------------------------------------------------------------------------------------------- Instagram reels


def test_a_reel_goes_from_container_to_bytes_to_media(page: Api, host: Host):
    cover = host.put("cover.jpg", picture(1080, 1920))
    begun = start_reel(page, caption="Un film", share_to_feed="false", cover_url=cover, thumb_offset="1500")
    assert begun["uri"] == f"{page.graph.urls['rupload']}/ig-api-upload/v25.0/{begun['id']}"
    assert status(page, begun["id"])["status_code"] == "IN_PROGRESS"
    assert page.upload(begun["uri"], film()).json()["success"] is True
    assert status(page, begun["id"])["status_code"] == "IN_PROGRESS"
    assert code(publish(page, begun["id"])) == (9007, 2207027)
    page.graph.move(20)
    assert status(page, begun["id"])["status_code"] == "FINISHED"
    media = publish(page, begun["id"])["id"]
    shown = page.get(media, fields="media_type,media_product_type,permalink")
    assert (shown["media_type"], shown["media_product_type"]) == ("VIDEO", "REELS")
    (row,) = page.graph.published()
    assert (row["kind"], row["text"], row["options"]["share_to_feed"]) == ("reel", "Un film", False)
    assert (row["media"][0]["width"], row["media"][0]["codec"], row["cover"]["height"]) == (540, "h264", 1920)
    assert row["media"][0]["bytes"] == len(film())


def test_a_reel_can_be_taken_from_an_address(page: Api, host: Host):
    url = host.put("a.mp4", film())
    container = page.post(f"{page.graph.account.id}/media", media_type="REELS", video_url=url)["id"]
    assert status(page, container)["status_code"] == "IN_PROGRESS"
    page.graph.move(20)
    assert "id" in publish(page, container)
    assert ("/a.mp4", host.asked[-1][1]) == host.asked[-1]


@pytest.mark.parametrize(("found", "subcode"), [(404, 2207052), (b"no film", 2207026)])
def test_an_address_without_a_film_ends_in_an_error_status(page: Api, host: Host, found, subcode: int):
    url = host.put("a.mp4", found)
    container = page.post(f"{page.graph.account.id}/media", media_type="REELS", video_url=url)["id"]
    page.graph.move(20)
    told = status(page, container)
    assert told["status_code"] == "ERROR"
    assert told["status"] == f"Error: Media upload has failed with error code {subcode}"
    assert code(publish(page, container))[1] == subcode


BAD_FILMS = {
    "too short": film(seconds=2),
    "index last": film(index_first=False),
    "edit list": film(edit_list=True),
    "too slow": film(fps=20),
    "too wide": film(2000, 1000),
    "old codec": film(codec="mpeg4"),
    "4:4:4": film(pixels="yuv444p"),
    "96 kHz": film(rate=96_000),
    "no film": b"\0" * 5000,
}


@pytest.mark.parametrize("kind", list(BAD_FILMS))
def test_a_film_against_the_rules_is_352(page: Api, kind: str):
    begun = start_reel(page)
    page.upload(begun["uri"], BAD_FILMS[kind])
    page.graph.move(20)
    assert status(page, begun["id"])["status"].endswith("2207026")
    assert code(publish(page, begun["id"])) == (352, 2207026)
    assert page.graph.published() == []


@pytest.mark.parametrize("good", [film(sound=False), film(fps=60), film(1080, 1920), film(1920, 1080)])
def test_a_film_within_the_rules_is_taken(page: Api, good: bytes):
    begun = start_reel(page)
    page.upload(begun["uri"], good)
    page.graph.move(20)
    assert "id" in publish(page, begun["id"])


def test_a_story_film_lasts_a_minute_at_most(page: Api):
    begun = page.post(f"{page.graph.account.id}/media", media_type="STORIES", upload_type="resumable")
    page.upload(begun["uri"], film(160, 284, seconds=61, fps=24, sound=False, still=True))
    page.graph.move(20)
    assert status(page, begun["id"])["status_code"] == "ERROR"


def test_a_thumb_beyond_the_film_is_2207057_unless_a_cover_wins(page: Api, host: Host):
    late = start_reel(page, thumb_offset="9000")
    page.upload(late["uri"], film())
    covered = start_reel(page, thumb_offset="9000", cover_url=f"{host.url}/a.jpg")
    page.upload(covered["uri"], film())
    page.graph.move(20)
    assert code(publish(page, late["id"])) == (1, 2207057)
    assert "id" in publish(page, covered["id"])


def test_words_that_belong_to_pictures_are_refused_on_reels(page: Api):
    assert code(start_reel(page, alt_text="a"))[0] == 100
    assert code(start_reel(page, collaborators=as_json(["a", "b", "c", "d"])))[0] == 100


# ---------------------------------------------------------------------------------------------- the upload host


def test_bytes_that_broke_off_are_kept_and_the_rest_is_taken(page: Api):
    begun, whole = start_reel(page), film()
    with pytest.raises(OSError, match="cut"):
        page.upload(begun["uri"], broken(whole, 10_000), size=len(whole), **{"Content-Length": str(len(whole))})
    come = wait_for_bytes(page, begun["id"])
    assert 0 < come <= 10_000
    assert upload_error(page.upload(begun["uri"], whole)) == "OffsetInvalidError"
    assert page.upload(begun["uri"], whole[come:], come, len(whole)).json()["success"] is True
    page.graph.move(20)
    publish(page, begun["id"])
    assert page.graph.published()[0]["media"][0]["bytes"] == len(whole)


def wait_for_bytes(api: Api, container: str) -> int:
    for _turn in range(200):
        come = status(api, container)["video_status"]["uploading_phase"]["bytes_transferred"]
        if come:
            return come
    raise AssertionError("no byte was kept")


def test_a_planned_cut_keeps_exactly_its_bytes(page: Api):
    begun, whole = start_reel(page), film()
    page.graph.fault("rupload", "cut", bytes=4096)
    with pytest.raises(httpx.TransportError):
        page.upload(begun["uri"], whole)
    phase = status(page, begun["id"])["video_status"]["uploading_phase"]
    assert phase == {"status": "in_progress", "bytes_transferred": 4096}
    assert page.upload(begun["uri"], whole[4096:], 4096, len(whole)).json()["success"] is True


def test_the_upload_host_refuses_in_its_own_words_when_that_is_planned(page: Api):
    begun = start_reel(page)
    page.graph.fault("rupload", "refuse")
    answer = page.upload(begun["uri"], film())
    assert answer.json()["debug_info"]["retriable"] is True
    page.graph.fault("rupload", "expire")
    assert upload_error(page.upload(begun["uri"], film())) == "NotAuthorizedError"
    assert code(page.get("me")) == (190, 463)


def test_the_upload_host_takes_a_chunked_body(page: Api):
    begun, whole = start_reel(page), film()
    pieces = (whole[at : at + 5000] for at in range(0, len(whole), 5000))
    assert page.upload(begun["uri"], pieces, size=len(whole)).json()["success"] is True


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Authorization": ""}, "NotAuthorizedError"),
        ({"Authorization": "Bearer {token}"}, "NotAuthorizedError"),
        ({"Authorization": "OAuth EAAinvented"}, "NotAuthorizedError"),
        ({"offset": ""}, "ParameterValidationError"),
        ({"file_size": ""}, "ParameterValidationError"),
        ({"offset": "first"}, "ParameterValidationError"),
        ({"offset": "5"}, "OffsetInvalidError"),
        ({"file_size": "999999"}, "PartialRequestError"),
    ],
)
def test_an_upload_without_the_right_headers_is_refused(page: Api, headers: dict, kind: str):
    begun = start_reel(page)
    given = {key: value.format(token=page.token) for key, value in headers.items()}
    assert upload_error(page.upload(begun["uri"], film(), **given)) == kind


def test_an_upload_needs_its_own_account_and_scope(graph: Graph, page: Api):
    begun = start_reel(page)
    other = graph.add_page("Elsewhere", instagram="elsewhere")
    for token in (graph.issue(page=other), graph.issue(page=graph.page, scopes=["instagram_basic"])):
        api = Api(graph, token.value)
        assert upload_error(api.upload(begun["uri"], film())) == "NotAuthorizedError"
    ended = begun["uri"].replace("v25.0", "v20.0")
    assert code(page.upload(ended, film()).json())[0] == 2635


def test_an_upload_that_is_complete_takes_no_more(page: Api):
    begun = start_reel(page)
    page.upload(begun["uri"], film())
    assert upload_error(page.upload(begun["uri"], film())) == "ProcessingFailedError"
