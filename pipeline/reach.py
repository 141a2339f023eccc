"""Where a post goes, and in which languages: one more channel, one channel less, one more language."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from pipeline import audit, drafts
from pipeline.authorship import touched
from pipeline.captions import Beside
from pipeline.drafts import Piece
from pipeline.errors import Refused
from pipeline.models import Channel, Post, Rendition, User, Variant
from pipeline.people import refuse_readers
from pipeline.rendering import jobs
from publishers._limits import limits
from publishers._sentences import _


def add_channel(post: Post, channel: Channel, *, by: User, like: Variant | None = None) -> Variant:
    """The post's new variant on the channel: what another one (the first by default) says and shows.

    Texts in the channel's languages, or all of them where it shares none; cards are drawn anew in the network's own
    format. An approval in force becomes void. `Refused` once something of the post is out, and where it goes there
    already.
    """
    refuse_readers(by)
    model = like or post.variants.select_related("channel").order_by("pk").first()
    if model is None:
        raise Refused(_("This post says nothing yet: draft a new one for this channel."))
    if post.variants.filter(channel=channel).exists():
        raise Refused(_("This post goes to {channel} already.", channel=channel.name))
    piece = drafts.resolved([_as_on(model, channel, by)])[0]
    with transaction.atomic():
        touched(post, by=by, part="channel", channel=channel)
        made = drafts.add(post, piece, by)
        audit.append(by, "post.channel_added", f"post:{post.pk}", channel=channel.name)
    return made


def _as_on(model: Variant, channel: Channel, by: User) -> Piece:
    every = {text.lang: text.text for text in model.texts.all()}
    shared = {lang: every[lang] for lang in channel.languages if lang in every}
    media = [(_fitting(use.rendition, channel, by), use.alt) for use in model.media.select_related("rendition")]
    return drafts.beside_words(Piece(channel, shared or every, media), Beside(warning=model.content_warning))


def _fitting(shown: Rendition, channel: Channel, by: User) -> Rendition:
    """A card in the format of the channel's network; other files, and cards over a photo, as they are."""
    format = limits(channel.network).renditions.image
    if shown.kind != "card" or shown.format == format or "photos" in shown.spec or "template" not in shown.spec:
        return shown
    return jobs.card(
        shown.spec["template"], shown.spec["data"], lang=shown.lang, format=format, by=by, summary=shown.summary,
        alt=shown.alt,
    )  # fmt: skip


def take_off(variant: Variant, *, by: User) -> None:
    """Takes the post off a channel, while nobody was asked to read it there and it has no time there.

    `Refused` where it was submitted or planned: what was sealed stays as it was; and for its only channel.
    """
    post = variant.post
    with transaction.atomic():
        touched(post, by=by, part="channel", channel=variant.channel)
        if variant.items.exists() or variant.publications.exists():
            raise Refused(
                _(
                    "{channel}: this was submitted or planned already and stays on record. Take its time off the "
                    "calendar instead, and it does not go out.",
                    channel=variant.channel.name,
                )
            )
        if not post.variants.exclude(pk=variant.pk).exists():
            raise Refused(_("This is the post’s only channel: add another one first."))
        variant.delete()
        audit.append(by, "post.channel_taken_off", f"post:{post.pk}", channel=variant.channel.name)


def write(post: Post, lang: str, text: str, *, by: User, on: Collection[int] | None = None) -> list[Variant]:
    """The variants on which the post now says this in that language: all, or those on the channels named by id.

    Where it says something in that language it is replaced, elsewhere the language is added.
    """
    found = [one for one in post.variants.select_related("channel") if on is None or one.channel_id in on]
    if not text.strip():
        raise Refused(_("Write the text first."))
    if not found:
        raise Refused(_("This post goes to none of these channels."))
    drafts.set_texts([(variant, lang, text) for variant in found], by=by)
    return found
