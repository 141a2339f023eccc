"""A small newsroom for tests: an intern, an editor, two coordinators, an outbox, and posts made through the stages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from pipeline import cards, channels, drafts, planning, review
from pipeline.models import Channel, Post, Publication, Rendition, Role, User, VariantText
from pipeline.rendering import jobs


class World:
    """Everything that a test of review, planning or delivery needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.intern = self._user("camille", Role.INTERN)
        self.editor = self._user("noor", Role.EDITOR)
        self.coordinator = self._user("samira", Role.COORDINATOR)
        self.second = self._user("jo", Role.COORDINATOR)
        self.administrator = self._user("admin", Role.ADMINISTRATOR)
        self.outbox = folder / "outbox"
        self.channel = self.add_channel("bluesky")
        self._card: Rendition | None = None

    def _user(self, name: str, role: Role) -> User:
        proved = timezone.now() if role == Role.COORDINATOR else None  # who approves has a second factor
        return User.objects.create(username=name, role=role, password="!", second_factor_at=proved)

    def add_channel(self, network: str, name: str | None = None) -> Channel:
        given = {"stands_for": network, "folder": str(self.outbox)}
        return channels.add(name or network, "outbox", given, by=self.administrator)

    def card(self, by: User | None = None) -> Rendition:
        if self._card is None:
            data = cards.sample("figure", "fr")
            self._card = jobs.card(
                "figure", data, lang="fr", format="square", by=by or self.intern, alt="132 expulsions."
            )
        return self._card

    def draft(self, text: str = "132 expulsions à Calais. #Calais", *, by: User | None = None, **more: object) -> Post:
        author = by or self.intern
        card = self.card(author)
        piece = drafts.Piece(more.pop("channel", self.channel), {"fr": text}, [(card, "132 expulsions, en barres.")])
        post = drafts.create("Octobre", [piece], by=author, **more)
        for row in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(row, by=author)
        return post

    def approved(self, text: str = "132 expulsions à Calais. #Calais", **more: object) -> Post:
        post = self.draft(text, **more)
        review.approve(review.submit(post, by=post.created_by), by=self.coordinator)
        post.refresh_from_db()
        return post

    def scheduled(self, *, minutes: float = 5, **more: object) -> Publication:
        post = self.approved(**more)
        at = timezone.now() + timedelta(minutes=minutes)
        return planning.schedule(post, planning.wall_time(at.isoformat()), by=self.intern, in_quiet_time=True)[0]

    def sent(self) -> list[Path]:
        """What stands in the outbox: the independent list of what went out."""
        return sorted(p.parent for p in self.outbox.rglob("submission.json"))
