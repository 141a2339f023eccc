"""Posts on LinkedIn: every kind of content, what is refused, duplicates, and what is read, found and deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.linkedin import LinkedIn
from tests.sandbox.conftest import Api
from tests.sandbox.linked import SRT, Linked, error, pdf
from tests.sandbox.samples import film, picture

SOURCE = "https://example.org/report"


@pytest.fixture
def page(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.org_token, linkedin.organization.urn)


@pytest.fixture
def member(linkedin: LinkedIn) -> Linked:
    return Linked(linkedin, linkedin.member_token, linkedin.person.urn)


def document(page: Linked, body: bytes) -> str:
    value = page.begin("documents")
    assert page.put(value["uploadUrl"], body).status_code == 201
    page.server.move(5)
    return value["document"]


def only(page: Linked) -> dict[str, Any]:
    (row,) = page.server.published()
    return row


# ------------------------------------------------------------------------------------------- kinds


def test_a_text_comes_back_as_a_urn_in_a_header_and_no_body(page: Linked):
    urn = page.urn("Bonjour")
    assert urn.startswith("urn:li:share:")
    row = only(page)
    assert (row["id"], row["kind"], row["text"], row["account"]) == (urn, "text", "Bonjour", "Observatoire (sandbox)")
    shown = Api.http.get(row["permalink"])
    assert "Bonjour" in shown.text


def test_a_picture_with_its_alt_text(page: Linked):
    page.urn("a", {"media": {"id": page.image(picture()), "altText": "A map"}})
    row = only(page)
    assert (row["kind"], row["media"][0]["alt"], row["media"][0]["width"]) == ("image", "A map", 1080)


def test_two_to_twenty_pictures_in_their_order(page: Linked):
    images = [{"id": page.image(picture(colour=n)), "altText": f"n {n}"} for n in range(3)]
    urn = page.urn("a", {"multiImage": {"images": images}})
    assert urn.startswith("urn:li:ugcPost:")
    assert [one["alt"] for one in only(page)["media"]] == ["n 0", "n 1", "n 2"]
    for count in (1, 21):
        answer = page.post("b", {"multiImage": {"images": (images * 7)[:count]}})
        assert error(answer)[0] == 400


def test_a_document_with_its_title(page: Linked):
    urn = document(page, pdf(3))
    assert error(page.post("a", {"media": {"id": urn}})) == (400, "MISSING_REQUIRED_FIELD")
    page.urn("a", {"media": {"id": urn, "title": "The note"}})
    row = only(page)
    assert (row["kind"], row["title"], row["media"][0]["pages"]) == ("document", "The note", 3)
    assert "3 pages" in Api.http.get(row["permalink"]).text


def test_an_article_shows_what_was_given_and_fetches_nothing(page: Linked):
    thumbnail = page.image(picture())
    page.urn("a", {"article": {"source": SOURCE, "title": "Report", "description": "d", "thumbnail": thumbnail}})
    row = only(page)
    assert (row["kind"], row["link"], row["title"], row["cover"]["width"]) == ("link", SOURCE, "Report", 1080)


def test_a_film_with_captions_and_thumbnail(page: Linked):
    body = film(seconds=3.4)
    value = page.begin("videos", fileSizeBytes=len(body), uploadCaptions=True, uploadThumbnail=True)
    (part,) = value["uploadInstructions"]
    etag = page.put(part["uploadUrl"], body).headers["etag"].strip('"')
    assert page.put(value["captionsUploadUrl"], SRT).status_code == 201
    assert page.put(value["thumbnailUploadUrl"], picture()).status_code == 201
    wish = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": [etag]}
    answer = page.ask("POST", "/rest/videos?action=finalizeUpload", json={"finalizeUploadRequest": wish})
    assert answer.status_code == 200
    page.server.move(20)
    page.urn("a", {"media": {"id": value["video"], "title": "Film"}})
    row = only(page)
    assert (row["kind"], row["media"][0]["codec"], row["cover"]["width"]) == ("video", "h264", 1080)
    assert list(row["subtitles"]) == ["en_US"]


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"commentary": None}, (422, "UNPROCESSABLE_ENTITY")),
        ({"visibility": None}, (422, "UNPROCESSABLE_ENTITY")),
        ({"distribution": None}, (422, "UNPROCESSABLE_ENTITY")),
        ({"lifecycleState": None}, (422, "UNPROCESSABLE_ENTITY")),
        ({"author": None}, (422, "UNPROCESSABLE_ENTITY")),
        ({"text": "a"}, (422, "UNPROCESSABLE_ENTITY")),
        ({"commentary": 5}, (422, "UNPROCESSABLE_ENTITY")),
        ({"distribution": {}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"poll": {}}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"media": {"id": "urn:li:image:1"}, "article": {}}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"media": {"altText": "a"}}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"media": {"id": "urn:li:image:1"}}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"article": {"source": "ftp://a/b", "title": "a"}}}, (400, "INVALID_URL")),
        ({"content": {"article": {"source": SOURCE}}}, (422, "UNPROCESSABLE_ENTITY")),
        ({"content": {"article": {"source": SOURCE, "title": " "}}}, (400, "FIELD_LENGTH_TOO_LONG")),
        ({"author": "me"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"visibility": "EVERYBODY"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"visibility": "CONNECTIONS"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"lifecycleState": "DRAFT"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"distribution": {"feedDistribution": "ALL"}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"commentary": " "}, (400, "MISSING_REQUIRED_FIELD")),
    ],
)
def test_a_post_that_is_not_in_order_is_refused(page: Linked, more: dict, expected: tuple[int, str]):
    assert error(page.post(**more)) == expected
    assert page.server.published() == []


def test_a_body_that_is_no_json_is_refused(page: Linked):
    answer = page.ask("POST", "/rest/posts", content=b"{", headers={"Content-Type": "application/json"})
    assert error(answer) == (400, "BAD_REQUEST")


def test_media_must_be_ready_and_the_authors_own(page: Linked, member: Linked):
    value = page.begin("images")
    content = {"media": {"id": value["image"]}}
    assert error(page.post("a", content)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    page.put(value["uploadUrl"], picture())
    assert error(page.post("a", content)) == (400, "MEDIA_ASSET_PROCESSING")
    page.server.move(2)
    assert error(member.post("a", content)) == (400, "INVALID_CONTENT_OWNER")
    assert page.post("a", content).status_code == 201
    broken = page.image(b"no picture")
    assert error(page.post("b", {"media": {"id": broken}})) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


def test_alt_texts_have_a_length_and_stand_on_pictures_only(page: Linked):
    image, note = page.image(picture()), document(page, pdf())
    assert error(page.post("a", {"media": {"id": image, "altText": "a" * 4087}})) == (400, "FIELD_LENGTH_TOO_LONG")
    media = {"id": note, "title": "a", "altText": "b"}
    assert error(page.post("a", {"media": media})) == (400, "INVALID_VALUE_FOR_FIELD")


# ------------------------------------------------------------------------------------------- duplicates


def test_the_same_again_names_the_post_that_stands(page: Linked, member: Linked):
    urn = page.urn("a")
    answer = page.post("a")
    assert error(answer) == (422, "DUPLICATE_POST")
    assert answer.json()["message"] == f"Content is a duplicate of {urn}"
    assert page.post("b").status_code == member.post("a").status_code == 201
    page.server.move(hours=24)
    assert page.post("a").status_code == 201, "the window is over"


def test_the_same_text_with_another_picture_is_another_post(page: Linked):
    one, other = page.image(picture()), page.image(picture())
    assert page.post("a", {"media": {"id": one}}).status_code == 201
    assert page.post("a", {"media": {"id": other}}).status_code == 201
    assert error(page.post("a", {"media": {"id": one}})) == (422, "DUPLICATE_POST")


def test_what_was_deleted_may_be_posted_again(page: Linked):
    urn = page.urn("a")
    assert page.ask("DELETE", f"/rest/posts/{quote(urn, safe='')}").status_code == 204
    assert page.post("a").status_code == 201


# ------------------------------------------------------------------------------------------- read, find, delete


def finder(page: Linked, author: str, query: str = "&count=10&sortBy=LAST_MODIFIED", **headers: str) -> Any:
    path = f"/rest/posts?author={quote(author, safe='')}&q=author{query}"
    return page.ask("GET", path, headers={"X-RestLi-Method": "FINDER", **headers})


def test_a_page_finds_its_posts_newest_first(page: Linked):
    urns = []
    for n in range(3):
        urns.append(page.urn(f"post {n}"))
        page.server.move(60)
    told = finder(page, page.author).json()
    assert [one["id"] for one in told["elements"]] == urns[::-1]
    first = told["elements"][0]
    assert (first["author"], first["commentary"], first["lifecycleState"]) == (page.author, "post 2", "PUBLISHED")
    assert first["createdAt"] == first["lastModifiedAt"] == 1795597320000  # 2026-11-25T09:02Z
    told = finder(page, page.author, "&count=2&start=1").json()
    assert [one["id"] for one in told["elements"]] == [urns[1], urns[0]]
    edited = {"patch": {"$set": {"commentary": "post 0, again"}}}
    headers = {"X-RestLi-Method": "PARTIAL_UPDATE"}
    path = f"/rest/posts/{quote(urns[0], safe='')}"
    assert page.ask("POST", path, json=edited, headers=headers).status_code == 204
    assert finder(page, page.author).json()["elements"][0]["commentary"] == "post 0, again"
    assert error(page.ask("POST", path, json=edited)) == (400, "ILLEGAL_ARGUMENT")
    assert error(page.post("post 0, again"))[1] == "DUPLICATE_POST"
    assert page.post("post 0").status_code == 201, "what an edited post said before is free again"


def test_people_cannot_be_looked_up(page: Linked, member: Linked):
    urn = member.urn("a")
    assert error(finder(page, member.author)) == (403, "ACCESS_DENIED")
    assert error(finder(member, page.author)) == (403, "ACCESS_DENIED")
    assert error(member.ask("GET", f"/rest/posts/{quote(urn, safe='')}")) == (403, "ACCESS_DENIED")


def test_keys_stand_encoded_in_addresses(page: Linked):
    urn = page.urn("a")
    assert error(page.ask("GET", f"/rest/posts/{urn}")) == (400, "ILLEGAL_ARGUMENT")
    answer = page.ask("GET", f"/rest/posts?q=author&author={page.author}", headers={"X-RestLi-Method": "FINDER"})
    assert error(answer) == (400, "ILLEGAL_ARGUMENT")
    assert error(finder(page, page.author, **{"X-RestLi-Method": "GET"})) == (400, "ILLEGAL_ARGUMENT")
    assert error(page.ask("GET", "/rest/posts/12")) == (400, "ILLEGAL_ARGUMENT")
    assert error(page.ask("GET", "/rest/posts/urn%3Ali%3Ashare%3A1")) == (404, "NOT_FOUND")


def test_deleting_can_be_repeated(page: Linked, member: Linked):
    path = f"/rest/posts/{quote(page.urn('a'), safe='')}"
    assert error(member.ask("DELETE", path)) == (403, "ACCESS_DENIED")
    assert [page.ask("DELETE", path).status_code for _turn in range(2)] == [204, 204]
    assert page.server.published() == []
    assert error(page.ask("GET", path)) == (404, "NOT_FOUND")


# ------------------------------------------------------------------------------------------- around posts


def test_a_first_comment_stands_under_the_post(page: Linked, member: Linked):
    urn = page.urn("a")
    path = f"/rest/socialActions/{quote(urn, safe='')}/comments"
    wish = {"actor": page.author, "object": urn, "message": {"text": "More: https://example.org"}}
    answer = page.ask("POST", path, json=wish)
    assert (answer.status_code, answer.headers["x-restli-id"]) == (201, answer.json()["id"])
    assert only(page)["comments"][0]["text"] == "More: https://example.org"
    assert page.ask("GET", path).json()["elements"][0]["message"]["text"] == "More: https://example.org"
    assert error(member.ask("POST", path, json=wish)) == (403, "ACCESS_DENIED")
    assert error(page.ask("POST", path, json={**wish, "object": "urn:li:share:1"}))[0] == 400
    assert error(page.ask("POST", path, json={**wish, "message": {}}))[0] == 422
    lost = page.ask("POST", "/rest/socialActions/urn%3Ali%3Ashare%3A1/comments", json=wish)
    assert error(lost) == (404, "NOT_FOUND")


def test_numbers_that_are_known(page: Linked, member: Linked):
    urn, quiet = page.urn("a"), page.urn("b")
    Api.http.post(f"{page.server.url}/sandbox/statistics", json={"id": urn, "values": {"impressionCount": 7}})
    entity = quote(page.author, safe="")
    shares = ",".join(quote(one, safe="") for one in (urn, quiet))
    path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={entity}"
    (row,) = page.ask("GET", f"{path}&shares=List({shares})").json()["elements"]
    assert (row["share"], row["totalShareStatistics"]["impressionCount"]) == (urn, 7)
    assert error(page.ask("GET", f"{path}&shares={shares}"))[0] == 400
    assert error(member.ask("GET", path)) == (403, "ACCESS_DENIED")


def test_the_pages_of_a_person(page: Linked, member: Linked):
    path = "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"
    (row,) = page.ask("GET", path).json()["elements"]
    assert (row["organization"], row["role"]) == (page.author, "ADMINISTRATOR")
    assert error(member.ask("GET", path)) == (403, "ACCESS_DENIED")
    told = page.ask("GET", f"/rest/organizations/{page.author.rpartition(':')[2]}").json()
    assert told["localizedName"] == "Observatoire (sandbox)"
    assert error(page.ask("GET", "/rest/organizations/1")) == (404, "NOT_FOUND")
