"""What is Bluesky's own, against a stand-in of its servers; the rest is the contract's and tests/real_pds'."""

from __future__ import annotations

import hashlib

import pytest

from publishers._base import Prepared, Rejected, TryLater
from sandbox import _faults as faults
from tests.publishers.stands import VTT

pytestmark = pytest.mark.parametrize("stand", ["bluesky"], indirect=True)


def the_one(stand):
    (out,) = stand.published()
    return out


def test_a_film_arrives_with_its_subtitles_and_a_link_with_its_picture(stand):
    stand.engine("video").run()
    out = the_one(stand)
    assert out["subtitles"] == {"fr": hashlib.sha256(VTT).hexdigest()} and out["options"]["langs"] == ["fr", "ar"]
    assert [one.status for one in stand.server.calls("uploadVideo")] == [200]
    stand.engine("link").run()
    card = stand.published()[-1]
    assert (card["link"], card["title"]) == ("https://example.org/n", "La note") and card["cover"]["width"] == 1080


def test_links_and_tags_stand_on_their_words(stand):
    stand.engine("text").run()
    facets = the_one(stand)["options"]["facets"]
    assert facets == [["tag", "#Calais", "Calais"], ["link"] + ["https://example.org/note?a=1&b=2"] * 2]


def test_a_thread_hangs_together_and_its_gates_are_closed(stand):
    stand.engine("thread").run()
    first, second, third = stand.published()
    assert [one["options"]["reply_to"] for one in (first, second, third)] == ["", first["id"], second["id"]]
    assert [one["options"]["root"] for one in (second, third)] == [first["id"]] * 2
    assert first["options"]["replies"] == ["mentionRule"] and third["options"]["quotes"] == ["disableRule"]


@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.ERROR])
@pytest.mark.parametrize("call", ["uploadVideo", "getJobStatus", "getServiceAuth"])
def test_a_video_service_that_stays_away_is_done_without(stand, call, fault):
    engine = stand.engine("video")
    stand.server.fault(call, fault, times=99, applied=False)
    engine.run()
    out = the_one(stand)
    assert out["media"][0]["sha256"] == engine.post.media[0].file.sha256 and out["subtitles"]
    assert len(stand.server.calls(call)) == 3 and engine.seen == []


def test_a_channel_without_a_video_service_sends_films_to_the_accounts_server(stand):
    engine = stand.engine("video")
    engine.make = lambda: stand.adapter(video_url=None)
    engine.run()
    assert the_one(stand)["kind"] == "video" and stand.server.calls("uploadVideo") == []


def test_a_film_that_the_service_refuses_is_refused(stand):
    engine = stand.engine("video")
    stand.server.account.email_confirmed = False
    with pytest.raises(Rejected, match="unconfirmed_email"):
        engine.prepare()
    assert [one.name for one in stand.adapter().doctor() if not one.ok] == ["email"]


def test_many_posts_are_one_login_whatever_process_they_come_from(stand):
    for _post in range(10):
        stand.engine("text").run()
    stand.clock.shift(7000)
    stand.engine("text").run()
    assert [len(stand.server.calls(one)) for one in ("createSession", "refreshSession")] == [1, 1]


def test_a_revoked_session_is_one_login(stand):
    stand.engine("text").run()
    stand.server.revoke()
    stand.engine("image").run()
    assert [len(stand.server.calls(one)) for one in ("createSession", "refreshSession")] == [2, 1]


def test_a_server_that_knows_no_galleries_is_sent_none(stand):
    stand.server.version = "0.4.217"
    with pytest.raises(Rejected, match="4 pictures"):
        stand.engine("gallery").prepare()
    assert stand.server.calls("uploadBlob") == []
    stand.engine("carousel").run()
    assert "four pictures" in next(str(one.sentence) for one in stand.adapter().doctor() if one.name == "gallery")


def test_files_that_were_dropped_while_the_post_waited_are_sent_again(stand):
    engine = stand.engine("thread")
    engine.prepare()
    stand.clock.shift(3700)
    with pytest.raises(TryLater, match="sent again"):
        engine.adapter.commit(Prepared(saved=engine.plain()))
    engine.run()
    assert len(stand.published()) == 3


def test_the_counts_of_the_public_app_are_read(stand):
    engine = stand.engine("text")
    receipt = engine.run()
    stand.server.order("statistics", {"id": receipt.id, "values": {"likeCount": 3, "quoteCount": 1}})
    found = {one.name: one.value for one in engine.adapter.metrics(receipt)}
    assert found["likes"] == 3 and found["quotes"] == 1
