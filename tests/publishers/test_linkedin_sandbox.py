"""LinkedIn's adapter against a server that behaves as its documents say, and fails around every write."""

from __future__ import annotations

import hashlib
import json
import traceback
from datetime import UTC, datetime

import pytest
import time_machine

from publishers._base import (
    Absent,
    LinkCard,
    OutcomeUnknown,
    Prepared,
    Receipt,
    Rejected,
    Subtitles,
    TryLater,
    Unauthorized,
)
from publishers.linkedin import Credentials, LinkedIn
from sandbox import _faults as faults
from sandbox.linkedin import serving
from tests.publishers.meta import jpeg, mp4
from tests.publishers.samples import Folder, a_post, a_video, an_image
from tests.publishers.usual import Usual

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TEXT = "Calais (nov. 2026) : 7 expulsions_en un mois *. #Calais [note] {x} <y> ~ | @ici \\ fin"
COMMENT = "Source : https://example.org/note (p. 3)"
KINDS = ["text", "image", "carousel", "video", "document", "link"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip
SRT = b"1\n00:00:00,000 --> 00:00:02,000\nHello\n"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def server(clock):
    with serving() as linkedin:
        yield linkedin


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def media_of(kind, folder):
    if kind == "video":
        words = Subtitles(lang="en", format="srt", file=folder.add(SRT, "film.srt", "application/x-subrip"))
        film = folder.add(mp4(seconds=4, width=640, height=640, rate=30), "film.mp4", "video/mp4")
        known = {"width": 640, "height": 640, "duration_ms": 4000, "subtitles": (words,), "title": "Le film"}
        return (a_video(file=film, cover=folder.add(jpeg(9), "cover.jpg", "image/jpeg"), **known),)
    if kind == "document":
        file = folder.add(PDF, "note.pdf", "application/pdf")
        return (an_image(kind="document", file=file, title="La note de novembre"),)
    number = {"image": 1, "carousel": 3}.get(kind, 0)
    files = [folder.add(jpeg(shade), f"card{shade}.jpg", "image/jpeg") for shade in range(1, number + 1)]
    return tuple(an_image(file=file, width=1080, height=1080, alt=f"Une barre {n}") for n, file in enumerate(files, 1))


def a_submission(folder, kind, **changes):
    if kind == "link":
        thumbnail = folder.add(jpeg(7), "thumb.jpg", "image/jpeg")
        card = LinkCard(url="https://example.org/n", title="La note", description="Novembre", thumbnail=thumbnail)
        changes["part"] = {"link_card": card}
    known = {"platform": "linkedin", "first_comment": COMMENT, **changes}
    return a_post(kind, known.pop("text", TEXT), media_of(kind, folder), **known)


def an_adapter(server, folder, author=None, token=None, **changes):
    known = {
        "author": author or server.organization.urn, "access_token": token or server.org_token,
        "api_url": server.url, "oauth_url": server.urls["www"],
    }  # fmt: skip
    return LinkedIn(Credentials.model_validate({**known, **changes}), folder)


@pytest.fixture
def make(server, folder, clock):
    """The usual steps for a kind of post, by a page or a person."""

    def made(kind, author=None, **changes):
        post = a_submission(folder, kind, **changes)
        adapter = an_adapter(server, folder, author, server.member_token if author else None)
        assert [one for one in adapter.validate(post) if one.severity == "error" and one.code != "bytes_min"] == []

        def looks():
            out = server.published()
            return Receipt(id=out[-1]["id"], url=out[-1]["permalink"]) if out else None

        def renewed():
            return an_adapter(server, folder, author, server.issue().value)

        return Usual(adapter, post, clock, looks, renewed)

    return made


def the_one(server):
    (out,) = server.published()
    return out


@pytest.mark.parametrize("speaks", ["page", "person"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_arrives_with_its_words_its_alt_texts_and_in_order(make, server, folder, kind, speaks):
    engine = make(kind, server.person.urn if speaks == "person" else None)
    receipt = engine.run()
    out = the_one(server)
    assert out["kind"] in (kind, {"link": "article"}.get(kind)) and out["text"] == TEXT
    assert [comment["text"] for comment in out["comments"]] == [COMMENT]
    wanted = [hashlib.sha256(folder.path(one.file).read_bytes()).hexdigest() for one in engine.post.media]
    assert [one["sha256"] for one in out["media"]] == wanted
    if kind in ("image", "carousel"):
        assert [one["alt"] for one in out["media"]] == [one.alt for one in engine.post.media]
    if kind == "video":
        assert list(out["subtitles"].values()) == [hashlib.sha256(SRT).hexdigest()] and out["cover"]
    if kind == "link":
        assert out["link"] == "https://example.org/n" and out["cover"]
    assert receipt.id == out["id"] and engine.seen == [] and server.secrets_in_urls() == []


# What a call that was obeyed may answer, and what one that was not.
OBEYED = [(fault, True) for fault in (faults.DROP, faults.ERROR, faults.HALF, faults.HTML)]
NOT_OBEYED = [(fault, False) for fault, _done in OBEYED] + [(fault, False) for fault in sorted(faults.NEVER_APPLIED)]


@pytest.mark.parametrize("speaks", ["page", "person"])
@pytest.mark.parametrize(("fault", "applied"), [*OBEYED, *NOT_OBEYED])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_a_fault_at_the_irreversible_call_leaves_exactly_one_post(make, server, kind, fault, applied, speaks):
    if fault == faults.REFUSE:
        pytest.skip("a refusal is final")
    engine = make(kind, server.person.urn if speaks == "person" else None)
    server.fault("posts", fault, applied=applied)
    receipt = engine.run()
    out = the_one(server)
    assert receipt.id == out["id"]
    if applied and speaks == "page":
        assert engine.asked == 0  # the list tells


@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.LIMIT, faults.EXPIRE, faults.HALF])
@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("image", "images_init"), ("image", "upload_image"), ("image", "image"), ("text", "posts_by_author"),
        ("video", "videos_init"), ("video", "upload_video"), ("video", "videos_finalize"), ("video", "video"),
        ("text", "comments_list"), ("text", "comments"),
    ],
)  # fmt: skip
def test_a_fault_at_any_other_call_leaves_one_post_and_one_comment(make, server, kind, call, fault):
    engine = make(kind)
    server.fault(call, fault)
    engine.run()
    assert [one["text"] for one in the_one(server)["comments"]] == [COMMENT]


def test_a_person_who_errs_is_caught_by_linkedins_own_word(make, server):
    engine = make("text", server.person.urn)
    engine.looks = lambda: None  # "it is not out, send it"
    server.fault("posts", faults.DROP)
    receipt = engine.run()
    assert engine.asked == 1 and receipt.id == the_one(server)["id"] and receipt.details["adopted"] is True


def test_the_same_words_on_purpose_are_not_taken_for_the_post_that_was_there_before(make, server):
    make("text", first_comment="").run()
    with pytest.raises(Rejected):
        make("text", first_comment="").run()
    the_one(server)


def test_a_worker_that_begins_anew_after_a_lost_answer_doubles(make, server):
    """The broken variant: only the frozen body is a duplicate to LinkedIn, the same picture uploaded again is not."""
    engine = make("image")
    server.fault("posts", faults.DROP)
    engine.prepare()
    with pytest.raises(OutcomeUnknown):
        engine.adapter.commit(Prepared(saved=engine.plain()))
    engine.saved = {}
    engine.run()
    assert len(server.published()) == 2


def test_what_is_out_is_read_back_as_the_same_post_and_removed_for_good(make, server):
    engine = make("carousel")
    receipt = engine.run()
    found = engine.adapter.find(engine.post, engine.saved)
    assert isinstance(found, Receipt) and found.id == receipt.id
    engine.adapter.remove(receipt)
    assert server.published() == [] and isinstance(engine.adapter.find(engine.post, engine.saved), Absent)
    engine.adapter.remove(receipt)


def test_no_state_and_no_error_holds_the_token(make, server):
    engine = make("image")
    server.fault("posts", faults.ERROR, applied=False)
    server.fault("images_init", faults.LIMIT)
    engine.run()
    told = "".join("".join(traceback.format_exception(one)) for one in engine.seen)
    assert engine.seen and server.org_token not in told + json.dumps(engine.saved)
    assert server.secrets_in_urls() == []


def test_an_ended_version_closes_the_channel_and_says_why(make, server):
    engine = make("text")
    server.versions.remove("202609")
    with pytest.raises(Unauthorized, match="up to date"):
        engine.prepare()


def test_the_check_of_a_good_channel_is_good_all_through(server, folder):
    app = {"client_id": server.app.id, "client_secret": server.app.secret}
    for author, token in ((None, None), (server.person.urn, server.member_token)):
        found = an_adapter(server, folder, author, token, **app).doctor()
        assert all(one.ok for one in found), found
    few = server.issue(("w_organization_social",)).value
    assert not all(one.ok for one in an_adapter(server, folder, None, few, **app).doctor())
    assert not an_adapter(server, folder, None, "no-such-token", **app).doctor()[0].ok


def test_a_page_whose_list_is_closed_asks_a_person(server, folder, make):
    engine = make("text")
    engine.adapter = an_adapter(server, folder, None, server.issue(("w_organization_social",)).value)
    server.fault("posts", faults.DROP)
    receipt = engine.run()
    assert engine.asked == 1 and receipt.id == the_one(server)["id"]


def test_the_numbers_of_a_pages_post_are_read(make, server):
    engine = make("text")
    receipt = engine.run()
    assert engine.adapter.metrics(receipt) == []
    server.posts[receipt.id].statistics.update(impressionCount=12, likeCount=3)
    found = {one.name: one.value for one in engine.adapter.metrics(receipt)}
    assert found["impressions"] == 12 and found["likes"] == 3


def test_a_film_that_nobody_could_see_being_prepared_is_waited_for(make, server):
    engine = make("video", server.person.urn)
    server.processing["video"] = 90.0
    engine.run()
    assert the_one(server)["kind"] == "video" and [type(one) for one in engine.seen] == [TryLater]


def test_a_pause_of_the_day_rests_the_channel(make, server):
    engine = make("text")
    server.member_calls_a_day = 0
    with pytest.raises(TryLater) as caught:
        engine.prepare()
    assert caught.value.scope == "channel" and caught.value.retry_after <= 86_400
