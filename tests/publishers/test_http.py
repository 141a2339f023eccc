"""The one HTTP function: what is logged of an address, how long a server asks to wait, which hosts are taken."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
import time_machine
from pydantic import TypeAdapter, ValidationError

from publishers._http import HostUrl, asked_to_wait, request
from tests.publishers.loopback import serving

CANARY = "canary-token-3f17"


def test_what_stands_behind_the_question_mark_of_an_address_is_in_no_log(caplog):
    """httpx 0.28 logs each address whole at INFO; an upload's address or debug_token's opens a door (2026-11-26)."""
    caplog.set_level(logging.DEBUG)
    with serving() as server:
        request("GET", f"{server.url}/edge?sig={CANARY}", headers={"Authorization": f"Bearer {CANARY}"})
        request("GET", f"{server.url}/edge", params={"input_token": CANARY})
    assert CANARY not in caplog.text and caplog.text.count("/edge ") == 2
    assert [one.query for one in server.asked] == [{"sig": [CANARY]}, {"input_token": [CANARY]}]


def test_without_the_filter_the_same_log_holds_it(caplog):
    """The broken variant: httpx's own line."""
    caplog.set_level(logging.INFO, logger="httpx")
    logger = logging.getLogger("httpx")
    held, logger.filters = logger.filters, []
    try:
        with serving() as server:
            request("GET", f"{server.url}/edge?sig={CANARY}")
    finally:
        logger.filters = held
    assert CANARY in caplog.text


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("77", 77.0), ("0", 0.0), ("-5", 0.0), ("", None), ("soon", None),
        ("Wed, 25 Nov 2026 09:02:00 GMT", 120.0), ("Wed, 25 Nov 2026 08:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_a_wait_is_told_in_seconds_or_as_a_date(told, seconds):
    """RFC 9110, section 10.2.3 (read 2026-11-26): Retry-After = HTTP-date / delay-seconds."""
    with time_machine.travel(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), tick=False):
        assert asked_to_wait({"retry-after": told}) == seconds


def test_a_host_is_written_in_plain_ascii():
    """platforms.md 1.1 (2026-11-22): the address of a picture must be plain ASCII https."""
    host = TypeAdapter(HostUrl)
    assert host.validate_python("https://media.example.org/a/") == "https://media.example.org/a"
    written = host.validate_python("https://médias.example.org:8443/ça%20/")
    assert written == "https://xn--mdias-bsa.example.org:8443/%C3%A7a%20"
    for wrong in ("https://", "http://example.org", "https://a:b@é.example.org", "https://é" + "x" * 70 + ".org"):
        with pytest.raises(ValidationError):
            host.validate_python(wrong)
