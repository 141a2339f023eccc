"""LinkedIn's adapter against a scripted server: what it sends, call by call, and what each answer means."""

from __future__ import annotations

import json
import time
import traceback
import zlib

import pytest

from publishers._base import (
    Absent,
    Facet,
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
from publishers._littletext import little_text, shown
from publishers.linkedin import Credentials, LinkedIn
from tests.publishers.loopback import CUT, DROP, Said, json_answer, serving
from tests.publishers.samples import Folder, a_post, a_video, an_image, png

CANARY = "canary-token-5d1c"
PAGE = "urn:li:organization:77"
POST = "urn:li:share:9001"
MIB4 = 4_194_304


@pytest.fixture
def server():
    with serving() as script:
        script.on("posts", json_answer(elements=[]), Said(201, b"", {"x-restli-id": POST}))
        yield script


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def adapter(server, folder):
    return a_linkedin(server, folder)


def a_linkedin(server, folder, **changes):
    plain = {"author": PAGE, "access_token": CANARY, "api_url": server.url}
    return LinkedIn(Credentials.model_validate({**plain, "oauth_url": server.url, **changes}), folder)


def prepared(adapter, post, saved=None):
    saved = saved or {}
    for _step in range(200):
        step = adapter.prepare(post, saved)
        if isinstance(step, Prepared):
            return step
        assert isinstance(step, More)
        saved = json.loads(json.dumps(step.saved))
    raise AssertionError("never ready")


def sent(server, name="posts"):
    return [one for one in server.asked if one.name == name and one.method == "POST"]


def an_upload(server, kind, urn, **more):
    begun = {"value": {kind: urn, "uploadUrl": f"{server.url}/up/bytes-{urn[-1]}", **more}}
    return json_answer(**begun)


def test_a_text_is_one_body_with_its_headers_and_its_escapes(server, adapter):
    receipt = adapter.commit(prepared(adapter, a_post("text", "Note (nov.) #Calais_2026", platform="linkedin")))
    (post,) = sent(server)
    assert receipt.id == POST and receipt.url == f"https://www.linkedin.com/feed/update/{POST}"
    assert post.path == "/rest/posts" and post.headers["authorization"] == f"Bearer {CANARY}"
    assert post.headers["linkedin-version"] == "202609" and post.headers["x-restli-protocol-version"] == "2.0.0"
    assert post.json == {
        "author": PAGE,
        "commentary": r"Note \(nov.\) {hashtag|\#|Calais\_2026}",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def test_pictures_are_uploaded_one_by_one_and_named_with_their_descriptions(server, adapter, folder):
    files = [folder.add(png(shade=n), f"{n}.png") for n in (1, 2)]
    server.on("images", *(an_upload(server, "image", f"urn:li:image:{n}") for n in (1, 2)))
    for n in (1, 2):
        server.on(f"bytes-{n}", Said(201, b""))
        server.on(f"urn%3Ali%3Aimage%3A{n}", json_answer(status="PROCESSING"), json_answer(status="AVAILABLE"))
    media = tuple(an_image(file=file, alt=f"alt {n}") for n, file in enumerate(files, 1))
    adapter.commit(prepared(adapter, a_post("carousel", "Deux", media, platform="linkedin")))
    puts = [one for one in server.asked if one.method == "PUT"]
    assert [one.body for one in puts] == [png(shade=1), png(shade=2)]
    assert all("authorization" not in one.headers for one in puts)
    assert [one.json for one in sent(server, "images")] == [{"initializeUploadRequest": {"owner": PAGE}}] * 2
    images = [{"id": f"urn:li:image:{n}", "altText": f"alt {n}"} for n in (1, 2)]
    assert sent(server)[0].json["content"] == {"multiImage": {"images": images}}


def test_a_film_goes_in_its_own_ranges_each_to_its_address_and_its_marks_in_order(server, adapter, folder):
    film = bytes(range(256)) * 40_000  # 10,240,000 bytes: three parts
    srt = b"1\n00:00:00,000 --> 00:00:02,000\nBonjour\n"
    ends = [(0, MIB4 - 1), (MIB4, 2 * MIB4 - 1), (2 * MIB4, len(film) - 1)]
    told = [{"firstByte": a, "lastByte": b, "uploadUrl": f"{server.url}/up/part-{n}"} for n, (a, b) in enumerate(ends)]
    begun = {"video": "urn:li:video:5", "uploadToken": "", "uploadInstructions": told}
    server.on("videos", json_answer(value={**begun, "captionsUploadUrl": f"{server.url}/up/captions"}), Said(200, b""))
    for n in range(3):
        server.on(f"part-{n}", Said(200, b"", {"ETag": f'"mark{n}"'}))
    server.on("captions", Said(201, b""))
    server.on("urn%3Ali%3Avideo%3A5", json_answer(status="PROCESSING"), json_answer(status="AVAILABLE"))
    words = Subtitles(lang="en", format="srt", file=folder.add(srt, "film.srt", "application/x-subrip"))
    medium = a_video(file=folder.add(film, "film.mp4", "video/mp4"), title="Le film", subtitles=(words,))
    adapter.commit(prepared(adapter, a_post("video", "Film", (medium,), platform="linkedin")))
    puts = {one.name: one for one in server.asked if one.method == "PUT"}
    assert [puts[f"part-{n}"].body for n in range(3)] == [film[a : b + 1] for a, b in ends]
    assert puts["captions"].body == srt and all("authorization" not in one.headers for one in puts.values())
    begin, end = sent(server, "videos")
    wanted = {"owner": PAGE, "fileSizeBytes": len(film), "uploadCaptions": True, "uploadThumbnail": False}
    assert begin.json == {"initializeUploadRequest": wanted} and begin.query == {"action": ["initializeUpload"]}
    assert end.query == {"action": ["finalizeUpload"]}
    assert end.json["finalizeUploadRequest"]["uploadedPartIds"] == ["mark0", "mark1", "mark2"]
    assert sent(server)[0].json["content"] == {"media": {"id": "urn:li:video:5", "title": "Le film"}}


def test_an_address_that_has_ended_begins_the_upload_anew(server, adapter, folder):
    server.on("images", an_upload(server, "image", "urn:li:image:1"), an_upload(server, "image", "urn:li:image:2"))
    server.on("bytes-1", Said(403, b"<html>expired"))
    server.on("bytes-2", Said(201, b""))
    server.on("urn%3Ali%3Aimage%3A2", json_answer(status="AVAILABLE"))
    media = (an_image(file=folder.add(png())),)
    step = prepared(adapter, a_post("image", "Une", media, platform="linkedin"))
    assert step.saved["body"]["content"]["media"]["id"] == "urn:li:image:2"


def test_a_link_is_an_article_with_its_own_picture(server, adapter, folder):
    server.on("images", an_upload(server, "image", "urn:li:image:1"))
    server.on("bytes-1", Said(201, b""))
    server.on("urn%3Ali%3Aimage%3A1", json_answer(status="AVAILABLE"))
    card = LinkCard(url="https://example.org/n", title="La note", description="Novembre", thumbnail=folder.add(png()))
    adapter.commit(prepared(adapter, a_post("link", "Lire", part={"link_card": card}, platform="linkedin")))
    article = {"source": "https://example.org/n", "title": "La note", "description": "Novembre"}
    assert sent(server)[0].json["content"] == {"article": {**article, "thumbnail": "urn:li:image:1"}}


def test_what_linkedin_would_refuse_is_said_beforehand(server, adapter, folder):
    objects = zlib.compress(b"<</Type /Page /Parent 2 0 R>> " * 301)
    pdf = b"%PDF-1.7\n1 0 obj<</Type/ObjStm/N 301>>stream\n" + objects + b"\nendstream endobj\n%%EOF"
    whole = b"%PDF-1.7\n2 0 obj<</Type/Pages/Count 1>>endobj 3 0 obj<</Type/Page>>endobj\n%%EOF"

    def codes(post):
        return [one.code for one in adapter.validate(post) if one.severity == "error"]

    for content, wanted in ((pdf, ["pages"]), (whole, [])):
        document = an_image(kind="document", file=folder.add(content, "note.pdf", "application/pdf"))
        assert codes(a_post("document", "Note", (document,), platform="linkedin")) == wanted
    assert codes(a_post("text", "a", options={"visibility": "connections"}, platform="linkedin")) == ["visibility"]
    mention = Facet(start=0, end=4, kind="mention", value="did:plc:x")
    assert codes(a_post("text", "@ami", part={"facets": (mention,)}, platform="linkedin")) == ["mention"]


# --------------------------------------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer(401, code="REVOKED_ACCESS_TOKEN", message="no"), Unauthorized),
        (json_answer(403, code="ACCESS_DENIED", message="no"), Unauthorized),
        (json_answer(426, code="NONEXISTENT_VERSION", message="no"), Unauthorized),
        (json_answer(400, code="FIELD_LENGTH_TOO_LONG", message="too long"), Rejected),
        (json_answer(422, code="X", message="not so"), Rejected),
        (json_answer(422, code="DUPLICATE_POST", message="Content is a duplicate"), OutcomeUnknown),
        (json_answer(429, message="slow"), TryLater),
        (json_answer(409, code="CONFLICT"), TryLater),
        (json_answer(500, message="oops"), OutcomeUnknown),
        (Said(502, b"<html>", mime="text/html"), OutcomeUnknown),
        (Said(400, b"<html>", mime="text/html"), OutcomeUnknown),
        (Said(201, b""), OutcomeUnknown),
        (DROP, OutcomeUnknown),
        (CUT, OutcomeUnknown),
    ],
)
def test_each_answer_to_the_irreversible_call_has_its_meaning_and_holds_no_token(server, adapter, answer, error):
    step = prepared(adapter, a_post("text", "Bonjour", platform="linkedin"))
    server.on("posts", answer)
    with pytest.raises(error) as caught:
        adapter.commit(step)
    told = "".join(traceback.format_exception(caught.value))
    assert type(caught.value) is error or isinstance(caught.value, Unauthorized)
    assert CANARY not in told and CANARY not in json.dumps(step.saved)
    assert all(CANARY not in one.path for one in server.asked)


def test_an_ended_version_says_that_the_tool_must_be_brought_up_to_date(server, adapter):
    step = prepared(adapter, a_post("text", "Bonjour", platform="linkedin"))
    server.on("posts", json_answer(426, code="NONEXISTENT_VERSION"))
    with pytest.raises(Unauthorized, match="up to date"):
        adapter.commit(step)


def test_a_spent_allowance_rests_the_whole_channel_until_midnight(server, adapter):
    step = prepared(adapter, a_post("text", "Bonjour", platform="linkedin"))
    server.on("posts", json_answer(429))
    with pytest.raises(TryLater) as caught:
        adapter.commit(step)
    assert caught.value.scope == "channel" and 0 < caught.value.retry_after <= 86_400


# -------------------------------------------------------------------------------------------------- doubts settled


def a_listed(words, urn=POST, at=None, **more):
    at = int(time.time() * 1000) if at is None else at
    return {"id": urn, "author": PAGE, "commentary": words, "publishedAt": at, **more}


def duplicate(urn=POST):
    return json_answer(422, code="DUPLICATE_POST", message=f"Content is a duplicate of {urn}")


def test_a_duplicate_that_was_not_known_before_is_adopted_once_it_is_seen(server, adapter):
    step = prepared(adapter, a_post("text", "Bonjour", platform="linkedin"))
    server.on("posts", duplicate())
    server.on("urn%3Ali%3Ashare%3A9001", json_answer(404, message="not yet"), json_answer(**a_listed("Bonjour")))
    pending = adapter.commit(step)
    while isinstance(pending, Pending):
        pending = adapter.check(pending)
    assert pending.id == POST and pending.details == {"adopted": True}


def test_a_duplicate_of_a_post_that_was_there_before_is_refused(server, adapter):
    server.on("posts", json_answer(elements=[a_listed("Bonjour", at=1_700_000_000_000)]), duplicate())
    with pytest.raises(Rejected):
        adapter.commit(prepared(adapter, a_post("text", "Bonjour", platform="linkedin")))


def test_a_duplicate_older_than_what_was_listed_is_refused_when_it_is_looked_at(server, adapter):
    step = prepared(adapter, a_post("text", "Bonjour", platform="linkedin"))
    server.on("posts", duplicate())
    server.on("urn%3Ali%3Ashare%3A9001", json_answer(**a_listed("Bonjour", at=1_700_000_000_000)))
    with pytest.raises(Rejected, match="older one"):
        adapter.check(adapter.commit(step))


def test_a_person_adopts_at_its_word_and_is_asked_in_doubt(server, folder):
    person = a_linkedin(server, folder, author="urn:li:person:abc")
    server.on("posts", duplicate())
    post = a_post("text", "Bonjour", platform="linkedin")
    step = prepared(person, post)
    assert step.saved["known"] is None
    pending = person.commit(step)
    while isinstance(pending, Pending):
        pending = person.check(pending)
    assert pending.id == POST
    found = person.find(post, step.saved)
    assert isinstance(found, Unclear) and found.final


def test_a_post_is_found_by_its_words_though_they_are_escaped_otherwise(server, adapter):
    post = a_post("text", "Note (nov.) #Calais", platform="linkedin")
    step = prepared(adapter, post)
    server.on("posts", json_answer(elements=[a_listed("Autre"), a_listed(r"Note \(nov.\) #Calais", POST)]))
    found = adapter.find(post, step.saved)
    assert isinstance(found, Receipt) and found.id == POST
    asked = server.asked[-1]
    assert asked.headers["x-restli-method"] == "FINDER"
    assert asked.path.startswith("/rest/posts?") and "author=urn%3Ali%3Aorganization%3A77" in asked.path


def test_a_post_of_before_or_with_other_files_is_not_taken_for_ours(server, adapter):
    post = a_post("text", "Bonjour", platform="linkedin")
    step = prepared(adapter, post)
    server.on("posts", json_answer(elements=[a_listed("Bonjour", at=1_700_000_000_000)]))
    assert isinstance(adapter.find(post, step.saved), Absent)
    assert isinstance(adapter.find(post, {}), Absent)


def test_a_first_comment_is_looked_for_before_it_is_written(server, adapter):
    post = a_post("text", "Bonjour", platform="linkedin", first_comment="Source : ici")
    pending = adapter.commit(prepared(adapter, post))
    written = json_answer(201, commentUrn="urn:li:comment:1")
    server.on("comments", json_answer(elements=[]), written)
    again = adapter.check(pending)
    comment = sent(server, "comments")[0]
    assert comment.path == "/rest/socialActions/urn%3Ali%3Ashare%3A9001/comments"
    assert comment.json == {"actor": PAGE, "object": POST, "message": {"text": "Source : ici"}}
    server.on("comments", json_answer(elements=[{"actor": PAGE, "message": {"text": "Source : ici"}, "id": "1"}]))
    assert adapter.check(pending).saved["commented"] == {"id": "1"} and len(sent(server, "comments")) == 1
    assert adapter.check(again).details == {"first_comment": "urn:li:comment:1"}


def test_little_text_read_back_is_the_text():
    for words in ("a (b) [c] {d} <e> #f_g * ~ | @h \\ i", "#Calais et #Éte_2026", r"\\ \( {hashtag|x"):
        assert shown(little_text(words)) == words


def test_statistics_are_asked_in_rest_lis_own_lists(server, adapter):
    told = {"impressionCount": 12, "likeCount": 0, "engagement": 0.5}
    server.on("organizationalEntityShareStatistics", json_answer(elements=[{"totalShareStatistics": told}]))
    found = adapter.metrics(Receipt(id=POST, url="https://example.org"))
    assert {one.name: one.value for one in found} == {"impressions": 12, "likes": 0}
    assert "shares=List(urn%3Ali%3Ashare%3A9001)" in server.asked[-1].path


def test_a_post_is_removed_and_one_that_is_gone_is_no_error(server, adapter):
    server.on("urn%3Ali%3Ashare%3A9001", Said(204, b""), json_answer(404, message="gone"))
    for _time in range(2):
        adapter.remove(Receipt(id=POST, url="https://example.org"))
    assert [one.method for one in server.asked] == ["DELETE", "DELETE"]


def test_the_check_tells_role_rights_end_and_version(server, folder):
    adapter = a_linkedin(server, folder, client_id="app", client_secret="canary-secret")
    server.on("organizationAcls", json_answer(elements=[{"organization": PAGE, "role": "ADMINISTRATOR"}]))
    soon = int(time.time()) + 10 * 86_400
    server.on("introspectToken", json_answer(active=True, scope="w_organization_social", expires_at=soon))
    found = {check.name: check.ok for check in adapter.doctor()}
    assert found == {"login": True, "role": True, "token": False, "scopes": False, "version": True}
    assert all("canary" not in one.path for one in server.asked)
