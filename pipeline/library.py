"""Everything that was made, found again: by its words, its tags, its kind, and where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Post, Rendition, RenditionState, Tag, User, VariantMedia
from pipeline.people import refuse_readers
from publishers._sentences import _

KINDS = ("card", "reel", "photo", "document", "subtitles")
MOST = 12  # tags of one file
_TAG = re.compile(r"[^\W_][\w -]{0,38}[^\W_]|[^\W_]")


def search(
    words: str = "", *, kind: str = "", lang: str = "", tag: str = "", used: bool | None = None
) -> QuerySet[Rendition]:
    """The finished files that fit all that is given, the newest first.

    `words` are all looked for in what is drawn, in the alt text, in the tags and in the titles of posts that use the
    file; `used` chooses those that stand in a post, or in none.
    """
    uses = VariantMedia.objects.filter(Q(rendition=OuterRef("pk")) | Q(cover=OuterRef("pk")))
    found = Rendition.objects.filter(state=RenditionState.READY)
    if kind:
        found = found.filter(kind=kind)
    if lang:
        found = found.filter(lang=lang)
    if tag:
        found = found.filter(tags__name=tag)
    if used is not None:
        found = found.filter(Exists(uses)) if used else found.exclude(Exists(uses))
    for word in words.split()[:8]:
        titled = uses.filter(variant__post__title__icontains=word)
        tagged = Tag.objects.filter(renditions=OuterRef("pk"), name__icontains=word)
        here = Q(alt__icontains=word) | Q(texts__icontains=word)
        found = found.filter(here | Q(Exists(titled)) | Q(Exists(tagged)))
    return found.order_by("-pk")


def label(row: Rendition, names: Iterable[str], *, by: User) -> list[str]:
    """The tags that the file has from now on, instead of those it had; `Refused`, naming it, for one that is none."""
    refuse_readers(by)
    wanted = list(dict.fromkeys(" ".join(name.split()).lower() for name in names if name.strip()))
    for name in wanted:
        if not _TAG.fullmatch(name):
            raise Refused(_("{name} is no tag: letters, digits, spaces and hyphens, 40 at most.", name=name[:60]))
    if len(wanted) > MOST:
        raise Refused(_("A file has {most} tags at most.", most=MOST))
    with transaction.atomic():
        row.tags.set([Tag.objects.get_or_create(name=name)[0] for name in wanted])
        Tag.objects.filter(renditions=None).delete()
        audit.append(by, "rendition.tagged", f"rendition:{row.pk}", tags=len(wanted))
    return wanted


def posts_with(row: Rendition) -> QuerySet[Post]:
    """The posts in which the file stands, as picture, film, cover or subtitles."""
    told = VariantMedia.subtitles.through.objects.filter(rendition=row).values("variantmedia")
    uses = VariantMedia.objects.filter(Q(rendition=row) | Q(cover=row) | Q(pk__in=told))
    return Post.objects.filter(variants__in=uses.values("variant")).distinct()
