"""A Bluesky server for the tests of the adapter: the official one, or the stand-in, which must answer alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.bluesky import serving
from tests.real_pds.harness import Pds, TestAccount, running


@pytest.fixture(scope="session", params=["stand-in", pytest.param("official", marks=pytest.mark.real_pds)])
def pds(request: pytest.FixtureRequest) -> Iterator[Pds]:
    """One server for the whole run."""
    if request.param == "official":
        with running() as server:
            yield server
    else:
        with serving() as stand_in:
            yield Pds(stand_in.url)


@pytest.fixture
def account(pds: Pds) -> TestAccount:
    """A new account with an app password."""
    return pds.account()
