"""A newsroom whose people have addresses, and a mail server beside it."""

from __future__ import annotations

import pytest

from pipeline import audit
from pipeline.models import User
from tests.notices.post_office import PostOffice
from tests.web.studio import Studio

URL = "https://posts.example.org"


@pytest.fixture
def mailed(settings):
    """Points the settings at a mail server on a port of the loopback."""

    def at(port: int) -> None:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.DEFAULT_FROM_EMAIL = "Porte-voix <posts@example.org>"
        settings.PORTEVOIX_URL = URL

    return at


@pytest.fixture
def office(mailed):
    """The mail server, running."""
    with PostOffice() as running:
        mailed(running.port)
        yield running


@pytest.fixture
def room(db, home, tmp_path):
    """A newsroom of five; everyone has an address, the intern reads French, the others English."""
    studio = Studio(tmp_path)
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(
            email=f"{user.username}@example.org", language="fr" if user.username == "camille" else "en"
        )
    for user in (studio.intern, studio.editor, studio.coordinator, studio.second, studio.administrator):
        user.refresh_from_db()
    audit.append(None, "test.began", "here")
    return studio
