"""A newsroom after many years: posts that are out, a few under way, and everything that was made for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from pipeline import models as m
from tests.web.studio import Studio

A_DAY = 5  # posts that went out: more than a newsroom of ten people makes
ABREAST = 2_000  # rows of one statement
FEWEST = 14  # posts of each sort: enough that every list holds more than it shows
WORDS = "{n} expulsions de lieux de vie observées à Calais et Grande-Synthe.\n\n#Calais"
# Of each thousand posts: what is not out yet. The rest went out on two channels, so many a day.
SHARES = {"draft": 5, "changes_requested": 1, "in_review": 1, "timeless": 2, "ahead": 3, "failed": 1}


def crowd(studio: Studio, *, posts: int, media: int) -> None:
    """Fills the newsroom with so many posts, at least a few of every sort, and so many files that were made."""
    files = _media(studio, media)
    counts = {sort: max(FEWEST, posts * share // 1000) for sort, share in SHARES.items()}
    counts["out"] = max(FEWEST, posts - sum(counts.values()))
    for sort, count in counts.items():
        _posts(studio, sort, count, files)
    _around(studio, posts)


def bulk(model: Any, rows: Iterable[Any]) -> list[Any]:
    """The rows, stored."""
    return list(model.objects.bulk_create(rows, batch_size=ABREAST))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _media(studio: Studio, count: int) -> list[m.Rendition]:
    seen, before = studio.picture(132), m.Rendition.objects.count()
    made = bulk(m.Rendition, (
        m.Rendition(
            kind="photo" if n % 4 == 0 else "card", state="ready", spec={}, lang="fr", format="portrait",
            mime="image/jpeg", width=1080, height=1350, sha256=seen.sha256, size=seen.size, progress=1,
            inputs_sha256=_digest(f"crowd {before + n}"), requested_by=studio.intern, ready_at=timezone.now(),
            alt=f"{n} expulsions en octobre.", texts=[{"slot": "figure", "text": str(n)}],
        )
        for n in range(count)
    ))  # fmt: skip
    tags = bulk(m.Tag, (m.Tag(name=f"mot {before + n}") for n in range(min(40, count))))
    bulk(m.Tag.renditions.through, (
        m.Tag.renditions.through(tag=tags[n % len(tags)], rendition=row) for n, row in enumerate(made)
    ))  # fmt: skip
    originals = bulk(m.Footage, (
        m.Footage(sha256=_digest(f"original {before + n}"), size=9, kind="photo", mime="image/jpeg",
                  added_by=studio.editor, place="Calais")
        for n in range(count // 10)
    ))  # fmt: skip
    bulk(m.Rendition.footage.through, (
        m.Rendition.footage.through(rendition=made[4 * n], footage=one) for n, one in enumerate(originals)
        if 4 * n < len(made)
    ))  # fmt: skip
    return made


def _posts(studio: Studio, sort: str, count: int, files: list[m.Rendition]) -> None:
    state = {"draft": "draft", "changes_requested": "changes_requested", "in_review": "in_review"}.get(sort, "approved")
    posts = bulk(m.Post, (
        m.Post(title=f"Expulsions, jour {n}", created_by=studio.intern, state=state) for n in range(count)
    ))  # fmt: skip
    channels = (studio.channel, studio.instagram)
    variants = bulk(m.Variant, (m.Variant(post=post, channel=one, kind="image") for post in posts for one in channels))
    bulk(m.VariantText, (
        m.VariantText(variant=v, lang="fr", text=WORDS.format(n=v.post_id), written_by=studio.intern,
                      read_by=studio.editor, read_at=timezone.now())
        for v in variants
    ))  # fmt: skip
    bulk(m.VariantMedia, (
        m.VariantMedia(variant=v, rendition=files[n % len(files)], alt="Un chiffre.") for n, v in enumerate(variants)
    ))  # fmt: skip
    if state != "draft":
        _reviewed(studio, posts, variants, state)
    if sort in ("out", "ahead", "failed", "in_review"):
        _placed(studio, sort, variants, len(channels))


def _reviewed(studio: Studio, posts: list[m.Post], variants: list[m.Variant], state: str) -> None:
    now = timezone.now()
    revisions = bulk(m.Revision, (
        m.Revision(post=post, number=1, seal="0" * 64, submitted_by=studio.intern, submitted_at=now) for post in posts
    ))  # fmt: skip
    by_post = {one.post_id: one for one in revisions}
    bulk(m.RevisionItem, (
        m.RevisionItem(revision=by_post[v.post_id], variant=v, submission="{}", seal="0" * 64) for v in variants
    ))  # fmt: skip
    bulk(m.RevisionAuthor, (m.RevisionAuthor(revision=one, user=studio.intern) for one in revisions))
    if state == "approved":
        bulk(m.Approval, (
            m.Approval(revision=one, user=studio.second, seal=one.seal, at=now) for one in revisions
        ))  # fmt: skip
    if state == "changes_requested":
        bulk(m.Remark, (
            m.Remark(revision=one, by=studio.second, verdict=state, text="Le lieu.", at=now) for one in revisions
        ))  # fmt: skip


def _placed(studio: Studio, sort: str, variants: list[m.Variant], abreast: int) -> None:
    now = timezone.now().replace(microsecond=0)
    first, step = {
        "out": (now - timedelta(hours=2), -timedelta(days=1) / A_DAY),
        "failed": (now - timedelta(hours=3), -timedelta(hours=1)),
    }.get(sort, (now + timedelta(hours=1), timedelta(hours=5)))
    state = {"out": "verified", "ahead": "scheduled", "in_review": "planned"}
    failed = ("failed", "missed", "needs_human")
    items = dict(m.RevisionItem.objects.values_list("variant_id", "pk"))
    rows = bulk(m.Publication, (
        m.Publication(
            variant=v, channel_id=v.channel_id, state=state.get(sort) or failed[n % 3], due_at=at, wall_time=at,
            zone="UTC", scheduled_by=studio.intern, item_id=items.get(v.pk) if sort != "in_review" else None,
            error={"msgid": "Nobody answers.", "values": {}} if sort == "failed" else None,
        )
        for n, v in enumerate(variants)
        for at in [first + step * (n // abreast)]
    ))  # fmt: skip
    if sort != "out":
        return
    receipts = bulk(m.Receipt, (
        m.Receipt(publication=row, channel_id=row.channel_id, remote_id=f"r{row.pk}", url=f"https://x.example/{row.pk}",
                  published_at=row.due_at)
        for row in rows
    ))  # fmt: skip
    m.Receipt.objects.filter(published_at__lt=now - timedelta(days=1)).update(recorded_at=now - timedelta(days=9))
    bulk(m.Metric, (
        m.Metric(receipt=row, name=name, value=9, day=row.published_at.date(), at=row.published_at)
        for row in receipts for name in ("likes", "views")
    ))  # fmt: skip


def _around(studio: Studio, posts: int) -> None:
    """What gathers beside posts: mails and entries of the log."""
    now, occasion = timezone.now(), str(m.Notice.objects.count())
    bulk(m.Notice, (
        m.Notice(kind="approved", recipient=studio.intern, subject=f"post:{n}", occasion=occasion, facts={"post": n},
                 owed_at=now, state="sent")
        for n in range(posts // 5)
    ))  # fmt: skip
    last = m.AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    bulk(m.AuditEntry, (
        m.AuditEntry(seq=last + n, at=now.isoformat(), actor="camille", action="post.drafted", subject=f"post:{n}",
                     previous="0" * 64, hash="0" * 64)
        for n in range(1, posts + 1)
    ))  # fmt: skip
