"""A newsroom with something on every page: pictures, a video from footage, five languages, a summary, a full month."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

from django.utils import timezone
from PIL import Image, ImageDraw

from pipeline import drafts, planning, review
from pipeline.delivery.engine import BEAT
from pipeline.models import Beat, Figure, Footage, Post, PostKind, Publication, Rendition, Summary, User
from pipeline.planning import slots
from pipeline.rendering import store
from pipeline.summaries import provenance
from tests.media.clean import write_clean_mp4
from tests.second import with_phone
from tests.worlds import World

WORDS = {
    "fr": "132 expulsions de lieux de vie observées en octobre à Calais et Grande-Synthe.\n\n#Calais",
    "en": "132 evictions of living places observed in October in Calais and Grande-Synthe.\n\n#Calais",
    "ar": "رُصدت ١٣٢ عملية إخلاء لأماكن العيش في تشرين الأول.",
}
PASSWORD = "le phare de Walde"


@lru_cache
def drawn(number: int) -> bytes:
    """A JPEG that says the number, in the brand's colours."""
    image = Image.new("RGB", (1080, 1350), "#F3EFE6")
    pen = ImageDraw.Draw(image)
    pen.rectangle((72, 72, 330, 122), fill="#F4C20D")
    pen.text((72, 200), str(number), fill="#15181D", font_size=420)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


class Studio(World):
    """The world, with small pictures instead of drawn cards, and people who can sign in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for user, first, last in ((self.intern, "Camille", "Roux"), (self.coordinator, "Samira", "Haddad")):
            user.first_name, user.last_name = first, last
        for user in (self.intern, self.editor, self.coordinator, self.second, self.administrator):
            user.set_password(PASSWORD)
            user.save()
        for user in (self.coordinator, self.second):
            with_phone(user)
        self.instagram = self.add_channel("instagram", "hro-instagram")

    def card(self, by: User | None = None) -> Rendition:
        return self.picture(by=by)

    def picture(self, number: int = 132, *, by: User | None = None, lang: str = "fr") -> Rendition:
        """A JPEG of ours as a ready rendition."""
        path = self.folder / f"picture-{number}-{lang}.jpg"
        path.write_bytes(drawn(number))
        return self._keep(path, "image/jpeg", 1080, 1350, "card", by, lang)

    def video(self, *, by: User | None = None) -> Rendition:
        """A clean MP4 as a ready rendition made from one piece of footage."""
        path = write_clean_mp4(self.folder / "reel.mp4")
        row = self._keep(path, "video/mp4", 64, 96, "reel", by, "fr", duration_ms=480)
        digest = hashlib.sha256(b"footage").hexdigest()
        footage = Footage.objects.create(
            sha256=digest, size=1, kind="video", mime="video/mp4", added_by=self.editor, place="Loon-Plage"
        )
        row.footage.set([footage])
        return row

    def _keep(self, path, mime, width, height, kind, by, lang, **more) -> Rendition:
        sha256, size = store.keep(path, mime)
        row, _made = Rendition.objects.get_or_create(
            inputs_sha256=hashlib.sha256(f"{path.name}".encode()).hexdigest(),
            defaults=dict(
                kind=kind, state="ready", spec={}, lang=lang, format="portrait", mime=mime, width=width, height=height,
                sha256=sha256, size=size, requested_by=by or self.intern, ready_at=timezone.now(), progress=1, **more,
            ),
        )  # fmt: skip
        return row

    def post(
        self, title: str = "Expulsions d’octobre", *, words=WORDS, by: User | None = None, read=("fr", "en"), **more
    ) -> Post:
        """A draft for two channels; the languages of `read` were read by the editor."""
        author = by or self.intern
        one, two = self.picture(132, by=author), self.picture(38, by=author)
        pieces = [
            drafts.Piece(self.instagram, words, [(one, "132 expulsions en octobre."), (two, "38 avant neuf heures.")]),
            drafts.Piece(self.channel, {"fr": words["fr"]}, [(one, "132 expulsions en octobre.")]),
        ]
        post = drafts.create(title, pieces, by=author, **more)
        for variant in post.variants.all():
            for text in variant.texts.filter(lang__in=read):
                drafts.mark_read(text, by=self.editor)
        return post

    def summary(self, name: str = "note_mensuelle") -> Summary:
        """Figures with their files."""
        row = Summary.objects.create(
            name=name, period="2026-10", definition_sha256="0" * 64, fingerprint="1" * 64,
            computed_at=timezone.now(), sentences={"early": {"fr": "38 avant neuf heures."}},
        )  # fmt: skip
        rows = provenance.origin([(number, 1) for number in range(132)])
        files = {"sources": provenance.sources(rows, {1: provenance.File("observations-2026-10.xlsx", "2c" * 32)})}
        Figure.objects.create(summary=row, name="expulsions", value=132, text="132", code="A7F3", provenance=files)
        Figure.objects.create(summary=row, name="mineurs", text="", suppressed=True, code="B2C9", provenance=files)
        return row

    def in_review(self, title: str = "Expulsions d’octobre", **more) -> Post:
        post = self.post(title, **more)
        review.submit(post, by=post.created_by)
        post.refresh_from_db()
        return post

    def place(self, post: Post, at: datetime) -> list[Publication]:
        """The post's publications, due then."""
        return planning.schedule(post, planning.wall_time(at.isoformat()), by=self.intern)

    def tick(self) -> None:
        """The scheduler's sign of life."""
        Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})


def full_month(studio: Studio) -> Post:
    """A month that looks like one: the post that waits for approval is returned."""
    now = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    studio.tick()
    waiting = studio.in_review(summary=studio.summary())
    studio.place(waiting, now + timedelta(days=1))
    returned = studio.in_review("Témoignage de Loon-Plage", read=("fr", "en", "ar"))
    review.request_changes(
        returned.revisions.latest(),
        by=studio.coordinator,
        text="Le lieu est trop précis : dites « près de Dunkerque ».",
    )
    studio.place(returned, now + timedelta(days=1, hours=8))
    for day, title in (
        (2, "Distribution d’eau interdite"),
        (3, "Naufrage du 19 novembre : ce que l’on sait"),
        (5, "38 % avant neuf heures"),
    ):
        post = studio.in_review(title, read=("fr", "en", "ar"))
        review.approve(post.revisions.latest(), by=studio.coordinator)
        post.refresh_from_db()
        studio.place(post, now + timedelta(days=day, hours=day))
    late = Publication.objects.filter(variant__post=post).order_by("pk").first()
    assert late is not None
    Publication.objects.filter(pk=late.pk).update(
        state="missed", due_at=timezone.now() - timedelta(days=1),
        error={"msgid": "This post could not go out in time: send it after all, move it, or cancel it.", "values": {}},
    )  # fmt: skip
    studio.post("Un reel sans masque", kind=PostKind.NEWS)
    reel = drafts.Piece(studio.instagram, WORDS, [(studio.video(), "Deux personnes, de dos.")])
    drafts.create("Reel : la distribution", [reel], by=studio.intern)
    words = {"fr": "La permanence de mercredi se tient à 15 h.", "en": "Wednesday’s drop-in is at 3 p.m."}
    accounts = (studio.add_channel("facebook"), studio.channel)
    told = drafts.create("Permanence du mercredi", [drafts.Piece(one, words) for one in accounts], by=studio.intern)
    studio.place(told, now + timedelta(days=6))
    for day in range(5):
        slots.add(studio.channel, day, time(9), by=studio.intern)
    slots.add(studio.instagram, 1, time(18, 30), by=studio.intern, form="reel")
    return waiting


def path(post, *more):
    return "/".join(["/post", str(post.pk), *map(str, more), ""])


def page_of(client, post):
    return client.get(path(post)).content.decode()


def press(client, post, *more, **given):
    """What the page says after a button was pressed, also where it is not for this role."""
    answer = client.post(path(post, *more), given, follow=True)
    assert answer.status_code in {200, 403}
    return answer.content.decode()
