"""Fixtures of the tests that need the official Bluesky server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real_pds.harness import Pds, TestAccount, running


@pytest.fixture(scope="session")
def pds() -> Iterator[Pds]:
    """One official server for the whole run."""
    with running() as server:
        yield server


@pytest.fixture
def account(pds: Pds) -> TestAccount:
    """A new account with an app password."""
    return pds.account()
