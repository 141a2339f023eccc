"""A request ends, however slowly it is answered."""

from __future__ import annotations

import httpx
import pytest

from publishers import _http
from publishers._base import TryLater
from publishers._transport import Bounded
from tests.publishers.loopback import DRIP_BODY, DRIP_HEAD, json_answer, serving


@pytest.mark.parametrize("drip", [DRIP_HEAD, DRIP_BODY])
def test_an_answer_that_drips_is_given_up_when_the_whole_takes_too_long(drip):
    with serving() as script:
        script.on("slow", drip)
        with httpx.Client(timeout=10, transport=Bounded(0.2)) as client, pytest.raises(httpx.ReadTimeout):
            client.get(f"{script.url}/slow")


@pytest.mark.parametrize("drip", [DRIP_HEAD, DRIP_BODY])
def test_without_the_bound_the_same_answer_is_waited_for_to_its_end(drip):
    """The broken variant: each single wait is short, so httpx alone never gives up."""
    with serving() as script:
        script.on("slow", drip)
        with httpx.Client(timeout=0.2) as client:
            assert client.get(f"{script.url}/slow").status_code == 200


def test_the_one_http_function_is_bounded_and_an_ordinary_answer_passes(monkeypatch):
    with serving() as script:
        script.on("slow", DRIP_BODY)
        script.on("quick", json_answer(said="yes"))
        monkeypatch.setattr(_http, "WHOLE", 0.2)
        assert _http.request("GET", f"{script.url}/quick").json() == {"said": "yes"}
        with pytest.raises(TryLater):
            _http.request("GET", f"{script.url}/slow")


def test_a_large_upload_may_take_longer_but_never_half_a_lease():
    from pipeline.delivery.claims import LEASE

    assert _http.seconds_for(10_000_000) > _http.seconds_for(0)
    assert _http.seconds_for(10**12) <= LEASE.total_seconds() / 2
