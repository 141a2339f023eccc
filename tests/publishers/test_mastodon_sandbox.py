"""What is Mastodon's own, against a server that behaves as its documents say; the rest is the contract's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publishers._base import OutcomeUnknown, Prepared, TryLater
from sandbox import _faults as faults

pytestmark = pytest.mark.parametrize("stand", ["mastodon"], indirect=True)


def the_one(stand):
    (out,) = stand.published()
    return out


def test_language_warning_and_address_arrive(stand):
    receipt = stand.engine("text").run()
    out = the_one(stand)
    assert out["options"]["language"] == "fr" and out["options"]["sensitive"] is True
    assert out["title"] == "Violences" and receipt.url == out["permalink"]


def lost(engine, stand):
    """The state after a request that was obeyed and whose answer was lost."""
    engine.prepare()
    stand.server.fault("statuses", faults.DROP)
    with pytest.raises(OutcomeUnknown):
        engine.adapter.commit(Prepared(saved=engine.plain()))


@pytest.mark.parametrize("minutes", [1, 30, 54, 56, 61, 71, 180])
@pytest.mark.parametrize("kind", ["text", "carousel"])
def test_a_post_whose_answer_was_lost_is_never_doubled_however_late_it_is_sent_again(stand, clock, kind, minutes):
    engine = stand.engine(kind)
    lost(engine, stand)
    clock.shift(timedelta(minutes=minutes))
    assert engine.run().id == the_one(stand)["id"]


def test_a_repetition_under_the_old_key_would_double_which_the_oracle_sees(stand, clock, monkeypatch):
    engine = stand.engine("text")
    lost(engine, stand)
    clock.shift(timedelta(minutes=61))
    monkeypatch.setattr("publishers.mastodon.KEY_USED", timedelta(hours=9))
    engine.adapter.commit(Prepared(saved=engine.plain()))
    assert len(stand.published()) == 2


def test_a_post_that_waited_for_hours_without_being_sent_goes_out_once(stand, clock):
    engine = stand.engine("image")
    engine.prepare()
    clock.shift(timedelta(hours=30))
    engine.run()
    the_one(stand)


def test_a_pause_of_the_server_is_kept(stand):
    engine = stand.engine("text")
    engine.prepare()
    stand.server.fault("statuses", faults.LIMIT)
    with pytest.raises(TryLater) as caught:
        engine.adapter.commit(Prepared(saved=engine.plain()))
    assert caught.value.scope == "channel" and 0 <= caught.value.retry_after <= 300


def test_the_check_looks_at_rights_and_limits(stand):
    assert {"login", "limits"} <= {one.name for one in stand.adapter().doctor()}
