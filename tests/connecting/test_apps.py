"""The apps that networks know this installation by: entered, or given by the environment; their secrets stay closed."""

from __future__ import annotations

import pytest

from pipeline import connecting, networkapps
from pipeline.models import AccessRequest, AuditEntry, NetworkApp
from tests.consents import SESSION, app_of, refused


@pytest.mark.parametrize("url", ["", "http://posts.example.org"])
def test_without_an_https_address_of_the_studio_nothing_begins(url, meta, settings):
    settings.PORTEVOIX_URL = url
    assert "PORTEVOIX_URL" in refused(meta.begin)
    assert not AccessRequest.objects.exists()


def test_without_an_app_nothing_begins(world):
    told = refused(connecting.begin, networkapps.find("facebook"), session=SESSION, by=world.administrator)
    assert "app" in told and not AccessRequest.objects.exists()


def test_the_environment_goes_before_what_was_entered_and_needs_no_row(meta, graph, settings):
    settings.PORTEVOIX_APPS = {"meta": {**app_of(graph), "app_id": "4242"}}
    assert networkapps.ready(networkapps.find("instagram")).app.app_id == "4242"
    assert "environment" in refused(networkapps.keep_app, meta.kind, {"app_id": "1"}, by=meta.by)
    NetworkApp.objects.all().delete()
    assert networkapps.ready(meta.kind).app.app_id == "4242"


def test_an_app_is_read_from_the_environment_by_its_settings_names(monkeypatch, tmp_path):
    from config import settings as read

    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("PORTEVOIX_APP_META_APP_ID", "42")
    monkeypatch.setenv("PORTEVOIX_APP_META_APP_SECRET_FILE", str(tmp_path / "secret"))
    assert read._apps() == {"meta": {"app_id": "42", "app_secret": "s3cret"}}


def test_the_apps_secret_stands_encrypted_and_is_not_written_into_the_log(meta, graph):
    assert graph.app.secret not in NetworkApp.objects.get().settings
    assert graph.app.secret not in repr(list(AuditEntry.objects.values()))


def test_a_platform_without_a_consent_page_says_what_to_do_instead(world):
    assert "by hand" in refused(networkapps.find, "bluesky")


def test_a_wrong_app_secret_is_said(way, world):
    given = way.consent()
    name = "app_secret" if way.kind.name == "meta" else "client_secret"
    networkapps.keep_app(way.kind, {name: "wrong"}, by=way.by)
    assert "does not know the app" in refused(way.back, given)
