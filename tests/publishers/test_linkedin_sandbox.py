"""What is LinkedIn's own, against a server that behaves as its documents say; the rest is the contract's."""

from __future__ import annotations

import hashlib

import pytest

from publishers._base import Rejected, TryLater, Unauthorized
from sandbox import _faults as faults
from tests.publishers.stands import SRT

PAGE = pytest.mark.parametrize("stand", ["linkedin page"], indirect=True)
PERSON = pytest.mark.parametrize("stand", ["linkedin person"], indirect=True)
BOTH = pytest.mark.parametrize("stand", ["linkedin page", "linkedin person"], indirect=True)
SIGNS = "Calais (nov. 2026) : 7 expulsions_en un mois *. #Calais [note] {x} <y> ~ | @ici \\ fin"


def the_one(stand):
    (out,) = stand.published()
    return out


@BOTH
def test_every_sign_of_little_text_is_seen(stand):
    stand.engine("text", text=SIGNS).run()
    assert the_one(stand)["text"] == SIGNS and the_one(stand)["options"]["lost"] == ""


@BOTH
def test_a_film_has_its_subtitles_and_its_cover_and_a_link_its_picture(stand):
    stand.engine("video").run()
    out = the_one(stand)
    assert list(out["subtitles"].values()) == [hashlib.sha256(SRT).hexdigest()] and out["cover"]
    stand.engine("link").run()
    assert stand.published()[-1]["link"] == "https://example.org/n" and stand.published()[-1]["cover"]


@PERSON
def test_a_person_who_errs_is_caught_by_linkedins_own_word(stand):
    engine = stand.engine("text")
    engine.looks = lambda: None  # "it is not out, send it"
    stand.server.fault("posts", faults.DROP)
    receipt = engine.run()
    assert engine.asked == 1 and receipt.id == the_one(stand)["id"] and receipt.details["adopted"] is True


@PAGE
def test_the_same_words_on_purpose_are_not_taken_for_the_post_that_was_there_before(stand):
    stand.engine("text", first_comment="").run()
    with pytest.raises(Rejected):
        stand.engine("text", first_comment="").run()
    the_one(stand)


@PAGE
def test_an_ended_version_closes_the_channel_and_says_why(stand):
    engine = stand.engine("text")
    stand.server.versions.remove("202609")
    with pytest.raises(Unauthorized, match="up to date"):
        engine.prepare()


@BOTH
def test_the_check_asks_the_app_about_the_token_and_sees_what_is_missing(stand):
    app = {"client_id": stand.server.app.id, "client_secret": stand.server.app.secret}
    found = stand.adapter(**app).doctor()
    assert all(one.ok for one in found), found
    few = stand.server.issue(("w_organization_social",)).value
    assert not all(one.ok for one in stand.adapter(**app, access_token=few).doctor())


@PAGE
def test_a_page_whose_list_is_closed_asks_a_person(stand):
    engine = stand.engine("text")
    few = stand.server.issue(("w_organization_social",)).value
    engine.make = lambda: stand.adapter(access_token=few)
    stand.server.fault("posts", faults.DROP)
    receipt = engine.run()
    assert engine.asked == 1 and receipt.id == the_one(stand)["id"]


@PAGE
def test_the_numbers_of_a_pages_post_are_read(stand):
    engine = stand.engine("text")
    receipt = engine.run()
    assert engine.adapter.metrics(receipt) == []
    stand.server.posts[receipt.id].statistics.update(impressionCount=12, likeCount=3)
    found = {one.name: one.value for one in engine.adapter.metrics(receipt)}
    assert found["impressions"] == 12 and found["likes"] == 3


@PERSON
def test_a_film_that_nobody_could_see_being_prepared_is_waited_for(stand):
    engine = stand.engine("video")
    stand.server.processing["video"] = 90.0
    engine.run()
    assert the_one(stand)["kind"] == "video" and [type(one) for one in engine.seen] == [TryLater]


@PAGE
def test_a_pause_of_the_day_rests_the_channel(stand):
    engine = stand.engine("text")
    stand.server.member_calls_a_day = 0
    with pytest.raises(TryLater) as caught:
        engine.prepare()
    assert caught.value.scope == "channel" and caught.value.retry_after <= 86_400
