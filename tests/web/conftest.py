"""A newsroom whose people can sign in, and a client that has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from pipeline.models import User
from tests.second import fresh_code
from tests.web.studio import PASSWORD, Studio


@pytest.fixture
def studio(db: None, home: Path, tmp_path: Path) -> Studio:
    """The newsroom, empty of posts."""
    return Studio(tmp_path)


@pytest.fixture
def enter(studio: Studio) -> Callable[..., Client]:
    """Signs a person in through the page and gives their client, which speaks their language."""

    def of(user: User, lang: str = "en", **more: object) -> Client:
        User.objects.filter(pk=user.pk).update(language=lang)
        client = Client(**more)
        answer = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
        if answer.get("Location") == "/sign-in/code/":
            client.post("/sign-in/code/", {"code": fresh_code(user)})
        return client

    return of


@pytest.fixture
def approver(studio, enter):
    return enter(studio.coordinator)


@pytest.fixture
def author(studio, enter):
    return enter(studio.intern)
