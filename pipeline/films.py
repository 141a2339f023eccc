"""What travels beside a film: its cover, or the moment that gives it, and its subtitles, for one channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from pipeline import drafts, subtitles
from pipeline.authorship import refuse_lost_edit, touched
from pipeline.errors import Refused
from pipeline.models import Post, Rendition, RenditionState, User, VariantMedia
from pipeline.people import refuse_readers
from publishers._limits import limits
from publishers._sentences import _

Cues = Sequence[subtitles.Cue]


def films(post: Post) -> list[VariantMedia]:
    """Every film of the post in its place, by channel."""
    uses = VariantMedia.objects.filter(variant__post=post, rendition__mime__startswith="video/")
    return list(
        uses.select_related("variant__post", "variant__channel", "rendition", "cover").order_by("variant", "pk")
    )


def set_cover(
    use: VariantMedia, *, by: User, cover: Rendition | None = None, moment_ms: int | None = None,
    version: int | None = None,
) -> None:  # fmt: skip
    """Gives the film a picture as its cover, or the moment of its own picture; neither takes both away.

    Whoever does it, and whoever made the picture, is an author; an approval in force becomes void.
    """
    _refuse_what_is_no_film(use, by)
    if cover is not None and (moment_ms is not None or not cover.mime.startswith("image/")):
        raise Refused(_("A cover is one picture, or one moment of the film: choose one of them."))
    if cover is not None and cover.state != RenditionState.READY:
        raise Refused(_("{name}: the picture or video is not rendered yet.", name=str(cover)))
    if moment_ms is not None and not 0 <= moment_ms < (use.rendition.duration_ms or 0):
        raise Refused(_("The moment of the cover lies outside the film: choose an earlier one."))
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=use.variant.post_id)  # two saves at once, one after the other
        refuse_lost_edit(use.variant.post, version)
        touched(use.variant.post, by=by, part="cover")
        use.cover, use.cover_offset_ms = cover, moment_ms
        use.save(update_fields=["cover", "cover_offset_ms"])
        if cover is not None:
            drafts.credit(use.variant.post, cover)


def set_subtitles(
    use: VariantMedia, cues: Mapping[str, Cues | None], *, by: User, version: int | None = None
) -> list[Rendition]:
    """The subtitles by language, each in the form that the film's network takes; None takes a language's away.

    Languages that are not named keep theirs. What a machine heard is asked about until a person has checked it.
    `Refused` for what the gate does not let out, and for cues that lie
    outside the film.
    """
    _refuse_what_is_no_film(use, by)
    allowed = limits(use.variant.channel.network).get("subtitles_format")
    form = allowed.names[0] if allowed else "vtt"
    made = [_kept(use, lang, said, form, by) for lang, said in cues.items() if said is not None]
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=use.variant.post_id)  # two saves at once, one after the other
        refuse_lost_edit(use.variant.post, version)
        touched(use.variant.post, by=by, part="subtitles")
        use.subtitles.remove(*use.subtitles.filter(lang__in=list(cues)))
        use.subtitles.add(*made)
        for row in made:
            drafts.credit(use.variant.post, row)
    return made


def _kept(use: VariantMedia, lang: str, said: Cues, form: str, by: User) -> Rendition:
    lasts = use.rendition.duration_ms or 0
    if said and max(cue.ends for cue in said) > lasts + 1000:
        raise Refused(
            _(
                "These subtitles go on after the film ends ({seconds} s): choose those of this film.",
                seconds=lasts // 1000,
            )
        )
    return subtitles.keep(said, lang, form, by=by)


def _refuse_what_is_no_film(use: VariantMedia, by: User) -> None:
    refuse_readers(by)
    if not use.rendition.mime.startswith("video/"):
        raise Refused(_("Only a film has a cover and subtitles."))
