"""Uploads to LinkedIn: one address for each file or part, exact bytes, states that follow the server's clock."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from sandbox.linkedin import LinkedIn
from tests.sandbox.linked import SRT, Linked, error, packed_pdf, pdf
from tests.sandbox.samples import film, picture

PART = 4_194_304


@pytest.fixture
def page(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.org_token, linkedin.organization.urn)


@pytest.fixture
def member(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.member_token, linkedin.person.urn)


def finalize(page: Linked, value: dict[str, Any], ids: list[str], **more: Any) -> httpx.Response:
    wish = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": ids, **more}
    return page.ask("POST", "/rest/videos?action=finalizeUpload", json={"finalizeUploadRequest": wish})


def send(page: Linked, value: dict[str, Any], body: bytes) -> list[str]:
    """The ETags of all parts, each sent to its own address."""
    etags = []
    for one in value["uploadInstructions"]:
        answer = page.put(one["uploadUrl"], body[one["firstByte"] : one["lastByte"] + 1])
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"].startswith('"')
        etags.append(answer.headers["etag"].strip('"'))
    return etags


def test_a_picture_waits_is_processed_and_is_there(page: Linked):
    value = page.begin("images")
    assert value["uploadUrl"].startswith(page.server.urls["upload"])
    assert page.status("images", value["image"]) == "WAITING_UPLOAD"
    assert page.put(value["uploadUrl"], picture()).status_code == 201
    assert page.status("images", value["image"]) == "PROCESSING"
    page.server.move(2)
    assert page.status("images", value["image"]) == "AVAILABLE"


@pytest.mark.parametrize("how", ["words", "webp", "tiff"])
def test_what_is_no_jpg_png_or_gif_fails_in_processing(page: Linked, how: str):
    body = {"words": b"words", "webp": picture(format="WEBP"), "tiff": picture(format="TIFF")}[how]
    assert page.status("images", page.image(body)) == "PROCESSING_FAILED"


def test_a_gif_has_at_most_250_frames(page: Linked):
    out = io.BytesIO()
    frames = [Image.new("RGB", (2, 2), (n, n, 0)) for n in [*range(200), *range(51)]]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert page.status("images", page.image(out.getvalue())) == "PROCESSING_FAILED"
    assert page.status("images", page.image(picture(format="GIF"))) == "AVAILABLE"


def test_the_number_of_pixels_is_bounded(page: Linked):
    states = []
    for height in (6008, 6010):  # 36,144,128 and 36,156,160
        out = io.BytesIO()
        Image.new("1", (6016, height)).save(out, "PNG")
        states.append(page.status("images", page.image(out.getvalue())))
    assert states == ["AVAILABLE", "PROCESSING_FAILED"]


def test_an_address_takes_one_file_by_put_in_time(page: Linked):
    value = page.begin("images")
    url = value["uploadUrl"]
    assert page.http.post(url, content=b"a").status_code == 405
    assert page.put(url, b"").status_code == 400
    assert page.put(url, picture()).status_code == 201
    assert page.put(url, picture()).status_code == 201, "the same once more"
    assert page.put(url, picture(colour=1)).status_code == 409
    assert page.put(url.replace("/dms-uploads/", "/dms-uploads/x"), b"a").status_code == 404
    late = page.begin("images")
    page.server.move(hours=24)
    assert page.put(late["uploadUrl"], picture()).status_code == 403


def test_an_upload_that_breaks_off_leaves_nothing(page: Linked):
    value = page.begin("images")
    page.server.fault("upload_image", "cut", bytes=10)
    with pytest.raises(httpx.RemoteProtocolError):
        page.put(value["uploadUrl"], picture())
    assert page.status("images", value["image"]) == "WAITING_UPLOAD"
    assert page.put(value["uploadUrl"], picture()).status_code == 201


def test_a_persons_token_only_writes(member: Linked, page: Linked):
    urn = member.image(picture())
    path = f"/rest/images/{urn.replace(':', '%3A')}"
    assert error(member.ask("GET", path)) == (403, "ACCESS_DENIED")
    assert error(page.ask("GET", path)) == (403, "ACCESS_DENIED")
    assert member.post("a", {"media": {"id": urn}}).status_code == 201


@pytest.mark.parametrize(
    ("family", "wish", "status"),
    [
        ("images", {}, 422),
        ("images", {"owner": "me"}, 400),
        ("images", {"owner": "urn:li:organization:1"}, 403),
        ("images", {"owner": None, "size": 1}, 422),
        ("videos", {"owner": None}, 422),
        ("videos", {"owner": None, "fileSizeBytes": "100000"}, 422),
        ("videos", {"owner": None, "fileSizeBytes": 75 * 1024 - 1}, 400),
        ("videos", {"owner": None, "fileSizeBytes": 500 * 1024 * 1024 + 1}, 400),
    ],
)
def test_an_upload_that_is_not_in_order_is_not_begun(page: Linked, family: str, wish: dict, status: int):
    if wish.get("owner", "") is None:
        wish = {**wish, "owner": page.author}
    answer = page.ask("POST", f"/rest/{family}?action=initializeUpload", json={"initializeUploadRequest": wish})
    assert error(answer)[0] == status
    assert page.server.assets == {}


def test_a_film_has_an_address_for_each_part_of_four_mebibytes(page: Linked):
    value = page.begin("videos", fileSizeBytes=2 * PART + 5)
    told = [(one["firstByte"], one["lastByte"]) for one in value["uploadInstructions"]]
    assert told == [(0, PART - 1), (PART, 2 * PART - 1), (2 * PART, 2 * PART + 4)]
    assert len({one["uploadUrl"] for one in value["uploadInstructions"]}) == 3
    assert page.begin("videos", fileSizeBytes=2 * PART)["uploadInstructions"][-1]["lastByte"] == 2 * PART - 1
    assert "captionsUploadUrl" not in value
    assert "thumbnailUploadUrl" not in value


def test_parts_are_exact_bare_and_named_in_order(page: Linked):
    body = bytes(PART) + b"x" * 100
    value = page.begin("videos", fileSizeBytes=len(body))
    first, last = (one["uploadUrl"] for one in value["uploadInstructions"])
    assert page.put(first, body[:-200]).status_code == 400, "too short"
    assert page.put(last, body[:PART]).status_code == 400, "the wrong part"
    assert page.put(first, body[:PART], Authorization=f"Bearer {page.token}").status_code == 400
    assert page.put(first, body[:PART], **{"Content-Type": "video/mp4"}).status_code == 415
    assert error(finalize(page, value, [])) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    ids = send(page, value, body)
    assert ids[0] != ids[1]
    assert error(finalize(page, value, ids[::-1])) == (400, "INVALID_PART_IDS")
    assert error(finalize(page, value, ids[:1])) == (400, "INVALID_PART_IDS")
    assert error(finalize(page, value, [f'"{one}"' for one in ids])) == (400, "INVALID_PART_IDS")
    assert error(finalize(page, value, ids, uploadToken="")) == (400, "INVALID_UPLOAD_TOKEN")
    assert error(finalize(page, value, ids, video="urn:li:video:none")) == (404, "NOT_FOUND")
    assert page.status("videos", value["video"]) == "WAITING_UPLOAD"
    assert finalize(page, value, ids).status_code == 200
    assert page.status("videos", value["video"]) == "PROCESSING"
    page.server.move(20)
    assert page.status("videos", value["video"]) == "PROCESSING_FAILED", "zeros are no film"


@pytest.mark.parametrize(("seconds", "state"), [(3.4, "AVAILABLE"), (2.6, "PROCESSING_FAILED")])
def test_a_film_is_decoded(page: Linked, seconds: float, state: str):
    body = film(seconds=seconds)
    value = page.begin("videos", fileSizeBytes=len(body))
    ids = send(page, value, body)
    assert [finalize(page, value, ids).status_code for _turn in range(2)] == [200, 200]
    page.server.move(19)
    assert page.status("videos", value["video"]) == "PROCESSING"
    page.server.move(1)
    assert page.status("videos", value["video"]) == state


def test_announced_captions_and_thumbnail_must_come(page: Linked):
    body = film(seconds=3.4)
    value = page.begin("videos", fileSizeBytes=len(body), uploadCaptions=True, uploadThumbnail=True)
    ids = send(page, value, body)
    assert error(finalize(page, value, ids)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    assert page.put(value["captionsUploadUrl"], b"WEBVTT\n").status_code == 400
    metadata = json.dumps({"format": "SRT", "locale": {"language": "FR", "country": "FR"}})
    form = {"metadata": (None, metadata, "application/json"), "file": ("a.srt", SRT)}
    assert page.http.post(value["captionsUploadUrl"], files=form).status_code == 201
    assert error(finalize(page, value, ids)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    assert page.put(value["thumbnailUploadUrl"], b"none").status_code == 400
    assert page.put(value["thumbnailUploadUrl"], picture()).status_code == 201
    assert finalize(page, value, ids).status_code == 200
    asset = page.server.assets[value["video"]]
    assert (asset.locale, page.server.blobs[asset.captions].read_bytes()) == ("fr_FR", SRT)


@pytest.mark.parametrize(
    ("body", "state", "pages"),
    [
        (pdf(2), "AVAILABLE", 2),
        (packed_pdf(300), "AVAILABLE", 300),
        (packed_pdf(301), "PROCESSING_FAILED", 301),
        (b"%PDF-1.7\n%%EOF\n", "PROCESSING_FAILED", 0),
        (pdf(2)[:-200], "PROCESSING_FAILED", 0),
        (b"words", "PROCESSING_FAILED", 0),
        (b"PK\x03\x04office", "AVAILABLE", 0),
    ],
    ids=["pdf", "300 pages", "301 pages", "no page", "cut short", "words", "office"],
)
def test_a_document_is_opened_and_its_pages_counted(page: Linked, body: bytes, state: str, pages: int):
    value = page.begin("documents")
    assert page.put(value["uploadUrl"], body).status_code == 201
    page.server.move(5)
    assert page.status("documents", value["document"]) == state
    assert page.server.assets[value["document"]].facts["pages"] == pages
