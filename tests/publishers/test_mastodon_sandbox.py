"""Mastodon's adapter against a server that behaves as its documents say, and fails around every write."""

from __future__ import annotations

import hashlib
import json
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from publishers._base import Absent, OutcomeUnknown, Prepared, Receipt, TryLater
from publishers.mastodon import Credentials, Mastodon
from sandbox import _faults as faults
from sandbox.mastodon import serving
from tests.publishers.meta import jpeg, mp4
from tests.publishers.samples import Folder, a_post, a_video, an_image
from tests.publishers.usual import Usual

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TEXT = "Calais : 7 expulsions en un mois & plus <b>. #Calais\n\nhttps://example.org/une/page/assez/longue?a=1&b=2 حقوق"
KINDS = ["text", "image", "carousel", "video"]


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def server(clock):
    with serving() as mastodon:
        yield mastodon


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def an_adapter(server, folder, token=None):
    known = {"instance_url": server.url, "access_token": token or server.token}
    return Mastodon(Credentials.model_validate(known), folder)


def media_of(kind, folder):
    if kind == "video":
        film = folder.add(mp4(), "film.mp4", "video/mp4")
        return (a_video(file=film, width=540, height=960, duration_ms=3000, alt="Une rue"),)
    number = {"image": 1, "carousel": 4}.get(kind, 0)
    files = [folder.add(jpeg(shade), f"card{shade}.jpg", "image/jpeg") for shade in range(1, number + 1)]
    return tuple(an_image(file=file, width=1080, height=1080, alt=f"Une barre {n}") for n, file in enumerate(files, 1))


@pytest.fixture
def make(server, folder, clock):
    """The usual steps for a kind of post."""

    def made(kind, **changes):
        known = {"platform": "mastodon", "content_warning": "Violences", **changes}
        post = a_post(kind, known.pop("text", TEXT), media_of(kind, folder), **known)
        adapter = an_adapter(server, folder)
        assert [one for one in adapter.validate(post) if one.severity == "error"] == []

        def looks():
            out = server.published()
            return Receipt(id=out[-1]["id"], url=out[-1]["permalink"]) if out else None

        return Usual(adapter, post, clock, looks, lambda: an_adapter(server, folder, server.issue().value))

    return made


def the_one(server):
    (out,) = server.published()
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_arrives_with_its_words_its_alt_texts_and_in_order(make, server, folder, kind):
    engine = make(kind, options={"sensitive": True})
    receipt = engine.run()
    out = the_one(server)
    assert out["kind"] == kind and out["text"] == TEXT and out["title"] == "Violences"
    wanted = [hashlib.sha256(folder.path(one.file).read_bytes()).hexdigest() for one in engine.post.media]
    assert [one["sha256"] for one in out["media"]] == wanted
    assert [one["alt"] for one in out["media"]] == [one.alt for one in engine.post.media]
    assert out["options"]["language"] == "fr" and out["options"]["sensitive"] is True
    assert receipt.id == out["id"] and receipt.url == out["permalink"] and engine.seen == []


OBEYED = [(fault, True) for fault in (faults.DROP, faults.ERROR, faults.HALF, faults.HTML)]
NOT_OBEYED = [(fault, False) for fault, _done in OBEYED] + [(faults.LIMIT, False), (faults.EXPIRE, False)]


@pytest.mark.parametrize(("fault", "applied"), [*OBEYED, *NOT_OBEYED])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_a_fault_at_the_irreversible_call_leaves_exactly_one_post_and_asks_nobody(make, server, kind, fault, applied):
    engine = make(kind)
    server.fault("statuses", fault, applied=applied)
    receipt = engine.run()
    assert receipt.id == the_one(server)["id"] and engine.asked == 0 and len(engine.seen) == 1


@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.LIMIT, faults.EXPIRE, faults.HALF])
@pytest.mark.parametrize("call", ["verify_credentials", "media", "media_get"])
def test_a_fault_at_any_other_call_leaves_one_post(make, server, call, fault):
    engine = make("video")
    server.fault(call, fault)
    engine.run()
    the_one(server)


def lost(engine, server):
    """The state after a request that was obeyed and whose answer was lost."""
    engine.prepare()
    server.fault("statuses", faults.DROP)
    with pytest.raises(OutcomeUnknown):
        engine.adapter.commit(Prepared(saved=engine.plain()))


@pytest.mark.parametrize("minutes", [1, 30, 54, 56, 61, 71, 180])
@pytest.mark.parametrize("kind", ["text", "carousel"])
def test_a_post_whose_answer_was_lost_is_never_doubled_however_late_it_is_sent_again(
    make, server, clock, kind, minutes
):
    engine = make(kind)
    lost(engine, server)
    clock.shift(timedelta(minutes=minutes))
    assert engine.run().id == the_one(server)["id"]


def test_a_repetition_under_the_old_key_would_double_which_the_oracle_sees(make, server, clock, monkeypatch):
    engine = make("text")
    lost(engine, server)
    clock.shift(timedelta(minutes=61))
    monkeypatch.setattr("publishers.mastodon.KEY_USED", timedelta(hours=9))
    engine.adapter.commit(Prepared(saved=engine.plain()))
    assert len(server.published()) == 2


def test_a_post_that_waited_for_hours_without_being_sent_goes_out_once(make, server, clock):
    engine = make("image")
    engine.prepare()
    clock.shift(timedelta(hours=30))
    engine.run()
    the_one(server)


def test_a_pause_of_the_server_is_kept(make, server):
    engine = make("text")
    engine.prepare()
    server.fault("statuses", faults.LIMIT)
    with pytest.raises(TryLater) as caught:
        engine.adapter.commit(Prepared(saved=engine.plain()))
    assert caught.value.scope == "channel" and 0 <= caught.value.retry_after <= 300


def test_what_is_out_is_read_back_as_the_same_post_and_removed_for_good(make, server, clock):
    engine = make("text")
    receipt = engine.run()
    found = engine.adapter.find(engine.post, engine.saved)
    assert isinstance(found, Receipt) and found.id == receipt.id
    assert {one.name for one in engine.adapter.metrics(receipt)} == {"likes", "reposts", "replies"}
    engine.adapter.remove(receipt)
    assert server.published() == [] and isinstance(engine.adapter.find(engine.post, engine.saved), Absent)
    engine.adapter.remove(receipt)


def test_no_state_no_error_and_no_address_holds_the_token(make, server):
    engine = make("image")
    server.fault("statuses", faults.ERROR, applied=False)
    server.fault("media", faults.LIMIT)
    engine.run()
    told = "".join("".join(traceback.format_exception(one)) for one in engine.seen)
    assert len(engine.seen) == 2 and server.token not in told + json.dumps(engine.saved)
    assert server.secrets_in_urls() == []


def test_the_check_of_a_good_channel_is_good_all_through(server, folder):
    found = an_adapter(server, folder).doctor()
    assert all(one.ok for one in found) and {"login", "limits"} <= {one.name for one in found}
    assert not an_adapter(server, folder, "no-such-token").doctor()[0].ok
