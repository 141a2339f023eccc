"""Administrators on their way through the sandbox's consent pages."""

from __future__ import annotations

import pytest

from sandbox import graph as graph_sandbox
from sandbox import linkedin as linkedin_sandbox
from tests.consents import STUDIO, Way
from tests.worlds import World


@pytest.fixture(autouse=True)
def reachable(settings):
    settings.PORTEVOIX_URL = STUDIO


@pytest.fixture
def graph():
    with graph_sandbox.serving() as server:
        yield server


@pytest.fixture
def linkedin():
    with linkedin_sandbox.serving() as server:
        yield server


@pytest.fixture
def meta(world: World, graph):
    return Way(graph, world.administrator)


@pytest.fixture
def member(world: World, linkedin):
    return Way(linkedin, world.administrator)


@pytest.fixture(params=["meta", "member"])
def way(request):
    return request.getfixturevalue(request.param)
