"""The pages that make what a post shows, without a script."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from pipeline import footage
from pipeline.models import Post, Rendition, SignSet
from tests.worlds import World

pytestmark = pytest.mark.django_db
FLYER = tomllib.loads((Path(__file__).parents[2] / "templates/cards/rights/sample.toml").read_text("utf-8"))["fr"]


@pytest.fixture
def studio(world: World) -> Client:
    client = Client()
    client.force_login(world.intern)
    return client


def test_a_set_is_saved_shown_and_forgotten(studio: Client) -> None:
    studio.post("/sets/", {"name": "littoral", "hashtags": "#Calais Littoral", "mentions": "@association"})
    page = studio.get("/sets/").content.decode()
    assert "#Littoral" in page and "@association" in page
    assert "■" in studio.post("/sets/", {"name": "Grand Mot", "hashtags": "a"}).content.decode()
    studio.post("/sets/littoral/remove/")
    assert not SignSet.objects.exists()


def test_a_carousel_is_drafted_from_its_page(studio: Client, world: World) -> None:
    slides = {f"title_{n}": f"Diapositive {n}" for n in (1, 2, 3, 5)}  # an empty one between is left out
    given = {"tag": "Suite", "lang": "fr", "text": "Quatre images.", "channels": world.channel.pk, **slides}
    refused = studio.post("/carousel/new/", given)
    assert refused.status_code == 200 and not Post.objects.exists(), "the first four are asked for"
    done = studio.post("/carousel/new/", given | {"title_4": "Diapositive 4", "title_5": ""})
    post = Post.objects.get()
    assert done["Location"].endswith(f"/post/{post.pk}/")
    assert post.variants.get().media.count() == 4


def test_a_flyer_is_made_and_a_post_started_with_it(studio: Client, world: World) -> None:
    channel = world.add_channel("linkedin")
    given = {name: text for name, text in FLYER.items() if name != "code"}
    made = studio.post("/documents/", {**given, "lang": "fr", "flyer": "1"})
    row = Rendition.objects.get(kind="document")
    assert made["Location"].endswith(f"/made/{row.pk}/")
    served = studio.get(f"/file/{row.sha256}")
    assert served["Content-Type"] == "application/pdf" and b"".join(served).startswith(b"%PDF")
    served.close()
    studio.post(f"/made/{row.pk}/", {"lang": "fr", "text": "À imprimer.", "alt_text": row.alt, "channels": channel.pk})
    variant = Post.objects.get().variants.get()
    assert variant.kind == "document" and variant.media.get().rendition == row
    assert "PDF" in studio.get(f"/post/{variant.post_id}/").content.decode()


def test_a_photo_is_cut_by_the_plain_form(studio: Client, world: World, tmp_path: Path) -> None:
    Image.new("RGB", (640, 480), "#808080").save(tmp_path / "in.jpg")
    photo = footage.add(tmp_path / "in.jpg", by=world.intern, place="Calais")
    assert "Calais" in studio.get("/photos/").content.decode()
    given = {"format": "square", "x": "30", "y": "50", "zoom": "1.5", "alt": "Un ciel gris.", "lang": "fr"}
    assert studio.post(f"/photos/{photo.pk}/", given | {"alt": ""}).status_code == 200
    made = studio.post(f"/photos/{photo.pk}/", given)
    row = Rendition.objects.get(kind="photo")
    assert made["Location"].endswith(f"/made/{row.pk}/")
    assert row.spec["crop"] == {"x": 0.3, "y": 0.5, "zoom": 1.5} and (row.width, row.height) == (1080, 1080)
    assert "Un ciel gris." in studio.get(f"/photos/{photo.pk}/").content.decode()


@pytest.mark.parametrize("page", ["/carousel/new/", "/documents/", "/photos/"])
def test_who_may_not_write_makes_nothing(page: str, world: World) -> None:
    client = Client()
    client.force_login(world.administrator)
    assert client.get(page).status_code == 403
