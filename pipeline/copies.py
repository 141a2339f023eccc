"""A post once more: everything of it but its readers, its approval and its time."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from pipeline import audit
from pipeline.drafts import credit
from pipeline.errors import Refused
from pipeline.models import Contribution, Post, User, Variant, VariantMedia, VariantText
from pipeline.people import refuse_readers
from publishers._sentences import _

KEPT = ("kind", "title", "link_card", "mentions", "first_comment", "content_warning", "options")


def copy(post: Post, *, by: User, title: str = "", channels: Collection[int] | None = None) -> Post:
    """A new draft that says and shows the same on the same channels (or on these, by id), its texts unread again.

    Whoever made a part of the post has made that part of its copy too, and may not approve it. `Refused` where none of
    its channels is in use any more.
    """
    refuse_readers(by)
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=post.pk)  # nobody changes it while it is copied
        variants = [
            variant
            for variant in post.variants.filter(channel__active=True).select_related("channel").order_by("pk")
            if channels is None or variant.channel_id in channels
        ]
        if not variants:
            raise Refused(_("None of this post’s channels is in use any more: draft a new post."))
        made = Post.objects.create(title=title or post.title, kind=post.kind, created_by=by, summary=post.summary)
        Contribution.objects.create(post=made, user=by, part="post")
        for part in post.contributions.all():
            Contribution.objects.get_or_create(post=made, user=part.user, part=part.part)
        for variant in variants:
            _copy_variant(variant, made)
        audit.append(by, "post.copied", f"post:{made.pk}", copy_of=post.pk)
    return made


def _copy_variant(variant: Variant, post: Post) -> None:
    twin = Variant.objects.create(post=post, channel=variant.channel, **{name: getattr(variant, name) for name in KEPT})
    for text in variant.texts.all():
        VariantText.objects.create(
            variant=twin, lang=text.lang, position=text.position, text=text.text, written_by=text.written_by
        )
    for use in variant.media.select_related("rendition"):
        VariantMedia.objects.create(variant=twin, rendition=use.rendition, position=use.position, alt=use.alt)
        credit(post, use.rendition)
