"""A newsroom with something behind every address, and the pages to walk through: one list for all tests of pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from django.test import Client
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from PIL import Image

from pipeline import access, channels, connecting, drafts, footage, vault
from pipeline.models import (
    AccessRequest,
    Faces,
    How,
    Import,
    Montage,
    Post,
    Publication,
    Rendition,
    Upload,
    VariantText,
    Voice,
)
from pipeline.observations import importing
from pipeline.protection import consents, record, timelines
from pipeline.protection.consents import Scope
from pipeline.protection.tracks import Box, Track
from tests.protection.settled import reviewed, searched
from tests.second import KEY
from tests.web.studio import Studio
from tests.web.test_handoff import waiting_kit

CANARY = "EAAcanary7Qz"  # begins each planted secret
SHEET = (
    "N°;Date;Commune;Lieu de vie;Type;Tentes;Statut\n1;21/10/2026;Calais;A1;expulsion;3;vérifié\n"
    "2;22/10/2026;Calais;A2;expulsion;V/57;vérifié\n"
)
# What answers with something else than a page: files, pictures, parts of a page, ways on.
NO_PAGES = {
    "feed", "recipe-card", "plan-table", "card-stamp", "card-picture", "footage-look", "footage-frame",
    "handoff-file", "marked-import", "marked-look", "numbers-table", "rendition", "thumbnail", "receipt-json",
    "reel-handed",
    "receipt-pdf", "public-media", "robots", "font", "connect-back",
}  # fmt: skip


def everything(studio: Studio, folder: Path) -> dict[str, dict[str, str]]:
    """For a stranger, a coordinator and an administrator: what they look at, by the names of addresses."""
    plant(studio)
    reel, film = _film(studio)
    kit = waiting_kit(studio)
    piece = drafts.Piece(studio.channel, {"fr": "Un point, vu à Calais. " * 20}, [(studio.picture(), "132.")])
    long = drafts.create("Trop long", [piece], by=studio.intern)
    scheduled = Publication.objects.filter(state="scheduled").exclude(pk=kit.pk).first()
    waiting, due = studio.waiting.pk, f"/post/{scheduled.variant.post_id}/publication/{scheduled.pk}"
    text = VariantText.objects.filter(variant__post=long).first()
    photo, cut, row = _photo(studio, folder), _cut(studio), _consent(studio)
    look, brought = _records(studio, folder)
    coordinator = {
        "today": "/", "calendar": "/calendar/", "library": "/library/", "library-file": f"/library/{cut.pk}/",
        "receipt": f"/made/{reel.variants.get().media.get().rendition_id}/receipt/", "shown": f"/post/{waiting}/shown/",
        "month": "/calendar/2026/11/", "week": "/calendar/week/2026-W48/", "slots": "/slots/",
        "day": "/calendar/day/2026-11-26/",
        "my-feed": "/calendar/feed/", "plan": "/plan/", "dates": "/dates/", "allowed": "/few-people/",
        "queue": "/to-approve/", "drafts": "/drafts/", "new": "/drafts/new/", "new-carousel": "/carousel/new/",
        "papers": "/documents/", "intake": "/footage/add/", "photos": "/photos/", "photo": f"/photos/{photo.pk}/",
        "show": f"/made/{cut.pk}/", "sets": "/sets/", "recipes": "/recipes/", "recipe": "/recipes/semaine/",
        "cards": "/cards/", "card": "/cards/figure/", "summaries": "/summaries/",
        "summary": "/summaries/note_mensuelle/2026-10/", "footages": "/footage/",
        "footage": f"/footage/{film.code}/", "handoffs": "/handoff/", "handoff": f"/handoff/{kit.pk}/",
        "channels": "/channels/", "channel": "/channel/bluesky/", "imports": "/imports/", "import": brought,
        "look": look, "corrections": "/corrections/", "figure-code": "/figures/", "figure": "/figures/A7F3/",
        "numbers": "/numbers/", "numbers-of-month": "/numbers/2026/11/", "post": f"/post/{waiting}/",
        "versions": f"/post/{waiting}/versions/",
        "consents": "/consents/", "consent": f"/consents/{row.code}/", "removals": "/removals/",
        "originals": "/originals/", "questions": f"/post/{long.pk}/questions/",
        "schedule": f"/post/{long.pk}/schedule/",
        "deadline": f"/post/{waiting}/deadline/", "reach": f"/post/{waiting}/reach/",
        "text": f"/post/{long.pk}/text/{text.pk}/",
        "alt": f"/post/{long.pk}/picture/{text.variant.media.get().pk}/", "numerals": f"/post/{waiting}/numerals/",
        "film": f"/post/{reel.pk}/film/{reel.variants.get().media.get().pk}/", "repair": _repair(studio, long),
        "move": f"{due}/move/", "swap": f"{due}/swap/", "mails": "/mails/", "access": "/access/",
        "second-factor": "/access/second-factor/", "log": "/log/",
        "reels": "/reels/", "new-reel": "/reels/new/", "reel": f"/reels/{_montage(studio, film).pk}/",
    }  # fmt: skip
    administrator = {
        "add-channel": "/channels/add/bluesky/", "app": "/channels/app/meta/", "connect": "/channels/connect/meta/",
        "change-channel": "/channel/bluesky/settings/", "channel of an administrator": "/channel/bluesky/",
        "people": "/people/", "secret": "/channel/secret/",
        "secret settings": "/channel/secret/settings/", "page": "/channel/page/",
        "not for this role": "/drafts/new/", "nowhere": "/nowhere/",
    }  # fmt: skip
    return {"stranger": _stranger(studio), "coordinator": coordinator, "administrator": administrator}


def plant(studio: Studio) -> list[str]:
    """Secrets in every place that holds one, under an address where nobody answers: none of them may ever be seen."""
    given = {"handle": "hro.example", "app_password": f"{CANARY}1", "pds_url": "http://127.0.0.1:9"}
    channels.add("secret", "bluesky", given, by=studio.administrator)
    own = {"page_id": "1", "access_token": f"{CANARY}2", "graph_url": "http://127.0.0.1:9"}
    channels.add("page", "facebook", own, by=studio.administrator)
    return [f"{CANARY}1", f"{CANARY}2", KEY]


def choice(studio: Studio, session: str) -> str:
    """The page on which the administrator of this session chooses accounts."""
    own = {"page_id": "1"}
    offer = {"platform": "facebook", "label": "Observatoire", "identity": own, "settings": {**own, "access_token": "x"}}
    row = AccessRequest.objects.create(
        consent="meta", state="0" * 64, session=connecting._hash(session), user=studio.administrator, redirect="x",
        begun_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=9), found=True,
        secret=vault.encrypt({"tokens": {}, "offers": [offer]}),
    )  # fmt: skip
    return f"/channels/choose/{row.pk}/"


def _stranger(studio: Studio) -> dict[str, str]:
    _row, token = access.invite("lou", role="editor", email="lou@example.org", by=studio.administrator)
    person = urlsafe_base64_encode(force_bytes(studio.editor.pk))
    link = access.NEW_PASSWORD.format(person=person, token=access.LINKS.make_token(studio.editor))
    return {
        "sign-in": "/sign-in/", "invited": access.INVITED.format(token=token), "an old invitation": "/invited/x/",
        "forgotten": "/password/", "new-password": link, "an old link": "/password/MQ/x-y/",
    }  # fmt: skip


def _film(studio: Studio) -> tuple[Post, footage.Footage]:
    reel = Post.objects.get(title="Reel : la distribution")
    row = reel.variants.get().media.get().rendition.footage.get()
    boxes = (Box(0, 0.4, 0.4, 0.1, 0.1), Box(0.2, 0.5, 0.4, 0.1, 0.1))
    searched(row, (Track(boxes, 0.0, 0.25, 1),), seconds=0.48)
    for gap in timelines.gap_report(timelines.standing(row)):
        timelines.decide(row, gap.key, "nobody", by=studio.editor)
    made = reviewed(reel.variants.get().media.get().rendition, by=studio.editor)
    record.confirm(made, by=studio.intern, faces=Faces.MASKED, voice=Voice.DISGUISED)
    return reel, row


def _photo(studio: Studio, folder: Path) -> footage.Footage:
    Image.new("RGB", (96, 64), "#456").save(folder / "photo.png")
    row = footage.add(folder / "photo.png", by=studio.editor)
    return searched(row, ())


def _cut(studio: Studio) -> Rendition:
    row = studio.picture(7)
    Rendition.objects.filter(pk=row.pk).update(kind="photo", alt="Une rue vide.")
    return row


def _montage(studio: Studio, film: footage.Footage) -> Montage:
    text = f"language: fr\ntitle: Un matin\ncuts:\n  - {{clip: 'footage:{film.code}', to: 0.4}}\n  - card: Des mots\n"
    return Montage.objects.create(text=text, made_by=studio.intern, changed_by=studio.intern)


def _consent(studio: Studio):
    return consents.record("P-014", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(), by=studio.editor)


def _records(studio: Studio, folder: Path) -> tuple[str, str]:
    """A file that was chosen and not imported, and one that was."""
    sheet = folder / "suivi.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    client = Client()
    client.force_login(studio.intern)
    with sheet.open("rb") as stream:
        look = client.post("/imports/", {"file": stream, "dataset": "observations"})["Location"]
    other = folder / "autre.csv"
    other.write_text(SHEET.replace("1;21", "3;20").replace("2;22", "4;19"), encoding="utf-8")
    importing.import_file(other, "observations", by=studio.intern)
    assert Upload.objects.exists()
    return look, f"/imports/{Import.objects.get().pk}/"


def _repair(studio: Studio, post: Post) -> str:
    client = Client()
    client.force_login(studio.intern)
    return re.search(rf'href="(/post/{post.pk}/repair/[^"?]+)', client.get(f"/post/{post.pk}/").content.decode())[1]
