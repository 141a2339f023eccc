"""From figures or footage to a post: one variant per channel, one text per language, pictures in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import transaction
from django.utils import timezone

from pipeline import audit, budgets, captions, channels, composing, summaries
from pipeline.authorship import place_of, refuse_lost_edit, touched
from pipeline.captions import Beside
from pipeline.errors import Refused
from pipeline.models import (
    Channel,
    Contribution,
    Post,
    PostKind,
    Rendition,
    Summary,
    User,
    Variant,
    VariantMedia,
    VariantText,
)
from pipeline.people import refuse_readers
from pipeline.protection import timelines
from pipeline.reels import cutlist
from pipeline.rendering import jobs
from publishers._base import PublisherError
from publishers._facets import find_facets
from publishers._kit_words import chapters, clock
from publishers._limits import limits


@dataclass(frozen=True)
class Piece:
    """What one channel's variant is made of: texts by language, in order, and renditions with their alt texts."""

    channel: Channel
    texts: Mapping[str, str]
    media: Sequence[tuple[Rendition, str]] = ()
    kind: str | None = None
    mentions: Mapping[str, str | None] | None = None  # None: not looked up yet
    warning: str = ""


def create(
    title: str,
    pieces: Iterable[Piece],
    *,
    by: User,
    kind: PostKind = PostKind.EVERGREEN,
    summary: Summary | None = None,
) -> Post:
    """The new draft with its variants; its author, and everyone who made its renditions, cannot approve it."""
    refuse_readers(by)
    known = resolved(pieces)
    with transaction.atomic():
        post = Post.objects.create(title=title, kind=kind, created_by=by, summary=summary)
        Contribution.objects.create(post=post, user=by, part="post")
        for piece in known:
            add(post, piece, by)
        audit.append(by, "post.drafted", f"post:{post.pk}")
    return post


def resolved(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces with their handles looked up: before any transaction, as a network that hangs must not hold the store.

    `Refused` where a platform does not answer.
    """
    return [
        piece if piece.mentions is not None
        else replace(piece, mentions=mentioned(piece.channel, piece.texts.values(), {}))
        for piece in pieces
    ]  # fmt: skip


def add(post: Post, piece: Piece, by: User) -> Variant:
    """The post's new variant, of a piece whose handles are looked up; called inside a transaction."""
    variant = Variant.objects.create(
        post=post, channel=piece.channel, kind=piece.kind or _kind(piece.media), mentions=piece.mentions,
        content_warning=piece.warning,
    )  # fmt: skip
    for position, (lang, text) in enumerate(_with_chapters(piece).items()):
        VariantText.objects.create(variant=variant, lang=lang, position=position, text=text, written_by=by)
    for position, (rendition, alt) in enumerate(piece.media):
        VariantMedia.objects.create(variant=variant, rendition=rendition, position=position, alt=alt)
        credit(post, rendition)
    return variant


def _with_chapters(piece: Piece) -> Mapping[str, str]:
    """The texts, with the parts of a reel as chapters where the network shows chapters and nobody wrote any."""
    known = limits(piece.channel.network)
    reel = next((rendition for rendition, _alt in piece.media if rendition.kind == "reel"), None)
    if "chapters_min" not in known.limits or reel is None or not reel.spec or reel.lang not in piece.texts:
        return piece.texts
    parts, said = cutlist.stored(reel.spec).chapters(), piece.texts[reel.lang]
    ends = [at for at, _name in parts[1:]] + [reel.duration_ms or 0]
    long = all(end - at >= known.limits["chapter_ms_min"].number for (at, _name), end in zip(parts, ends, strict=True))
    if len(parts) < known.limits["chapters_min"].number or not long or chapters(said):
        return piece.texts
    lines = "\n".join(f"{clock(at)} {name}" for at, name in parts)
    return {**piece.texts, reel.lang: f"{said}\n\n{lines}"}


def _kind(media: Sequence[tuple[Rendition, str]]) -> str:
    if len(media) != 1:
        return "carousel" if media else "text"
    if any(rendition.mime == "video/mp4" for rendition, _alt in media):
        return "reel"
    return "document" if media[0][0].kind == "document" else "image"


def credit(post: Post, rendition: Rendition) -> None:
    """Notes the authors: whoever made a picture, filmed footage or settled its masks has made a part of the post."""
    makers = {(rendition.requested_by_id, rendition.kind)}
    makers |= {(footage.added_by_id, "footage") for footage in rendition.footage.all()}
    makers |= {(user, "mask") for footage in rendition.footage.all() for user in timelines.editors(footage)}
    makers |= {(p.confirmed_by_id, "protection") for p in rendition.protections.filter(withdrawn_at=None)}
    for user_id, part in makers:
        Contribution.objects.get_or_create(post=post, user_id=user_id, part=part)


def mentioned(channel: Channel, texts: Iterable[str], known: Mapping[str, str | None]) -> dict[str, str | None]:
    """The platform's ids of the handles in the texts; what goes out later is the id found now.

    Each handle that is not yet `known` is asked once. `Refused` where the platform does not answer.
    """
    found = dict(known)

    def look_up(handle: str) -> None:
        if handle not in found:
            found[handle] = channels.adapter(channel).resolve_mention(handle)

    try:
        for text in texts:
            find_facets(text, look_up)
    except PublisherError as error:
        raise Refused(error.sentence) from None
    return found


def texts_for(
    channel: Channel,
    say: Mapping[str, Mapping[str, str]],
    langs: Sequence[str],
    figures: Callable[[str], Sequence[tuple[str, str]]] = lambda _lang: (),
    beside: Beside = captions.NOTHING,
) -> dict[str, str]:
    """The caption of each language, in order, for the channel's network; `say` is sentences by name and language.

    `say` is sentences by name and language; `figures` gives the rows of a table in a language. Where there is no room
    optional sentences give way, and what is too long even then loses its last ones: these words come from a template,
    which says more than every network takes.
    """

    def worded(left: budgets.Say) -> dict[str, str]:
        return {
            lang: captions.caption(
                channel.network, left, langs=langs, lang=lang, figures=figures(lang), beside=beside
            )
            for lang in langs
        }  # fmt: skip

    variant = Variant(channel=channel, kind="image")
    said = budgets.fitting(channel, say, worded)
    return captions.shortened(said, lambda texts: not composing.text_problems(variant, texts))


def beside_words(piece: Piece, beside: Beside) -> Piece:
    """A piece of a person's own words with what goes beside them; nothing of theirs is cut."""
    network = piece.channel.network
    texts = captions.with_beside(network, piece.texts, beside)
    kind = piece.kind or _kind(piece.media)
    texts, warning = captions.warned(network, kind, texts, beside.warning)
    return replace(piece, texts=texts, warning=warning)


def from_summary(
    name: str,
    period: str | None,
    accounts: Sequence[Channel],
    *,
    by: User,
    title: str = "",
    kind: PostKind = PostKind.EVERGREEN,
    beside: Beside = captions.NOTHING,
) -> Post:
    """A draft whose words and card are a summary's, in each channel's languages and its network's format."""
    result = summaries.compute(name, period)
    pieces = [summary_piece(result, account, by=by, beside=beside) for account in accounts]
    return create(title or f"{result.name} {result.period}", pieces, by=by, kind=kind, summary=result.row)


def summary_piece(
    result: summaries.SummaryResult,
    channel: Channel,
    *,
    by: User,
    say: Mapping[str, Mapping[str, str]] | None = None,
    card: str = "figure",
    langs: Sequence[str] = (),
    beside: Beside = captions.NOTHING,
) -> Piece:
    """A channel's words and card of a summary, in these languages, else its own.

    `say` are the sentences by their place in the caption, by default the summary's own of these names.
    """
    summaries.refuse_unready(result)
    spoken = tuple(langs or channel.languages)
    rows = partial(summaries.table, result)
    words = texts_for(channel, result.sentences if say is None else say, spoken, rows, beside)
    words, warning = captions.warned(channel.network, "image", words, beside.warning)
    return Piece(channel, words, [summary_card(result, channel, card, lang=spoken[0], by=by)], warning=warning)


def summary_card(
    result: summaries.SummaryResult, channel: Channel, card: str, *, lang: str, by: User
) -> tuple[Rendition, str]:
    """One of the summary's cards in the format of the channel's network, and its alt text."""
    data, alt = summaries.card_data(result, card, lang), summaries.alt_text(result, lang, card)
    template, shape = result.definition.cards[card].template, limits(channel.network).renditions.image
    return jobs.card(template, data, lang=lang, format=shape, by=by, summary=result.row, alt=alt), alt


def set_text(variant: Variant, lang: str, text: str, *, by: User, version: int | None = None) -> VariantText:
    """The changed text, unread again until a named person reads it; an approval in force becomes void."""
    return set_texts([(variant, lang, text)], by=by, version=version)[0]


def set_texts(
    changes: Sequence[tuple[Variant, str, str]], *, by: User, version: int | None = None
) -> list[VariantText]:
    """The changed texts of one post, (variant, language, words), all or none; a language that a variant lacks is added.

    Handles are looked up before the transaction: a network that hangs must not hold the store. `LostEdit` where one of
    these texts was changed after `version`.
    """
    mentions = [mentioned(variant.channel, [text], variant.mentions) for variant, _lang, text in changes]
    with transaction.atomic():
        _held(changes[0][0].post)
        known = [variant.texts.filter(lang=lang).first() for variant, lang, _text in changes]
        places = [place_of(row) if row else "" for row in known]
        refuse_lost_edit(changes[0][0].post, version, places)
        return [_put(*change, place, found, by) for change, place, found in zip(changes, places, mentions, strict=True)]


def _held(post: Post) -> None:
    """Locks the post until the transaction ends: of two saves at once the second one sees the version of the first."""
    Post.objects.select_for_update().get(pk=post.pk)


def _put(variant: Variant, lang: str, text: str, place: str, mentions: dict[str, str | None], by: User) -> VariantText:
    touched(variant.post, by=by, part=f"text.{lang}", place=place, channel=variant.channel)
    row, _made = VariantText.objects.update_or_create(
        variant=variant,
        lang=lang,
        defaults={"text": text, "written_by": by, "read_by": None, "read_at": None},
        create_defaults={"text": text, "written_by": by, "position": variant.texts.count()},
    )
    Variant.objects.filter(pk=variant.pk).update(mentions=mentions)
    return row


def set_alt(use: VariantMedia, alt: str, *, by: User, version: int | None = None) -> None:
    """Changes an alt text; an approval in force becomes void."""
    with transaction.atomic():
        _held(use.variant.post)
        refuse_lost_edit(use.variant.post, version, [place_of(use)])
        touched(use.variant.post, by=by, part="alt", place=place_of(use), channel=use.variant.channel)
        use.alt = alt
        use.save(update_fields=["alt"])


def set_rendition(use: VariantMedia, rendition: Rendition, *, by: User) -> None:
    """Puts another picture or film in the place of one; whoever made it is an author, an approval becomes void."""
    with transaction.atomic():
        touched(use.variant.post, by=by, part="media")
        use.rendition = rendition
        use.save(update_fields=["rendition"])
        credit(use.variant.post, rendition)


def set_kind(variant: Variant, kind: str, *, by: User) -> None:
    """Makes the variant another kind of post; an approval in force becomes void."""
    with transaction.atomic():
        touched(variant.post, by=by, part="kind")
        variant.kind = kind
        variant.save(update_fields=["kind"])


def mark_read(row: VariantText, *, by: User) -> None:
    """Notes that `by`, who reads this language, has read the text and stands by it; it changes nothing that is sent."""
    refuse_readers(by)
    row.read_by, row.read_at = by, timezone.now()
    row.save(update_fields=["read_by", "read_at"])
