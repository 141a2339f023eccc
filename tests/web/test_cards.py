"""The cards' pages: what can be drawn, in every format and language."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from pipeline.cards import templates


@pytest.fixture
def client(studio, enter):
    return enter(studio.intern)


def test_every_card_is_listed_with_its_picture(client):
    page = client.get("/cards/").content.decode()
    assert all(f"/cards/{name}/" in page for name in templates.names())
    assert "/cards/figure/en/portrait.jpg" in page and "Key figure" in page
    assert "/cards/" in client.get("/recipes/").content.decode()


def test_a_card_s_page_shows_each_format_in_each_language(client):
    page = client.get("/cards/figure/").content.decode()
    pictures = re.findall(r'src="(/cards/figure/[a-z]+/[a-z]+\.jpg)"', page)
    assert len(pictures) == len(set(pictures)) == 45
    answer = client.get("/cards/figure/ar/link.jpg")
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630) and answer["Content-Type"] == "image/jpeg"
    again = client.get("/cards/figure/ar/link.jpg", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304 and "private" in answer["Cache-Control"]


def test_what_is_refused_is_a_sentence_in_the_language_of_the_page(client, studio, enter):
    answer = client.get("/cards/figure/it/link.jpg")
    assert answer.status_code == 422 and "The language it is not known" in answer.content.decode()
    assert "La langue it" in enter(studio.editor, "fr").get("/cards/figure/it/link.jpg").content.decode()


def test_a_template_that_is_wrong_says_where(client, tmp_path, monkeypatch):
    folder = tmp_path / "own" / "broken"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text("languages = [", "utf-8")
    monkeypatch.setenv(templates.FOLDER, str(folder.parent))
    for address in ("/cards/", "/cards/broken/"):
        assert "broken/card.toml cannot be read" in client.get(address).content.decode()


def test_the_stamp_changes_when_a_file_is_saved(client, tmp_path, monkeypatch):
    folder = tmp_path / "own" / "mine"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text("languages = []", "utf-8")
    monkeypatch.setenv(templates.FOLDER, str(folder.parent))
    before = client.get("/cards/mine/stamp").content
    (folder / "card.css").write_text(".card { color: red }", "utf-8")
    assert client.get("/cards/mine/stamp").content != before


@pytest.mark.parametrize("address", ["/cards/none/", "/cards/none/stamp", "/cards/none/fr/link.jpg"])
def test_an_unknown_card_is_not_there(client, address):
    assert client.get(address).status_code == 404


def test_only_who_is_signed_in_sees_cards(studio, client):
    client.logout()
    assert client.get("/cards/figure/fr/link.jpg").status_code == 302
