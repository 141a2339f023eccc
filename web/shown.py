"""A post as its networks show it: what is folded away, what a phone's buttons cover, what a grid cuts off."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pipeline import composing
from pipeline.models import Post, Variant
from pipeline.rendering.languages import languages
from publishers._base import LinkCard, Media, Part, Submission
from publishers._limits import Limits, limits
from publishers._sentences import Said, Sentence


@dataclass(frozen=True)
class Folded:
    """A text in two: what stands in the feed, and what comes after a tap on “more”; `rtl` by its first language."""

    above: str
    below: str
    lang: str
    rtl: bool


@dataclass(frozen=True)
class Covered:
    """Parts of a film's frame that the network's own buttons and words cover, in whole per cent of it."""

    top: int
    bottom: int
    side: int

    @property
    def lower(self) -> int:
        """Where the lower part begins."""
        return 100 - self.bottom

    @property
    def right(self) -> int:
        """Where the right part begins."""
        return 100 - self.side


@dataclass(frozen=True)
class Message:
    """One message as it stands in a feed."""

    text: Folded
    media: tuple[Media, ...]
    card: LinkCard | None


@dataclass(frozen=True)
class Shown:
    """One variant on its network, or the sentence for which it cannot be shown yet."""

    variant: Variant
    messages: tuple[Message, ...] = ()
    first_comment: str = ""
    content_warning: str = ""
    covered: Covered | None = None
    grid: Media | None = None
    missing: Sentence | None = None


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the previews of a post, one for each channel."""
    post = get_object_or_404(Post, pk=pk)
    variants = post.variants.select_related("channel", "post").prefetch_related("texts").order_by("pk")
    return render(request, "shown.html", {"post": post, "previews": [shown(variant) for variant in variants]})


def shown(variant: Variant) -> Shown:
    """The variant as the readers of its network first see it."""
    known = limits(variant.channel.network)
    try:
        submission = composing.compose(variant)
    except Said as refusal:
        return Shown(variant, missing=refusal.sentence)
    return Shown(
        variant,
        tuple(_message(part, known) for part in submission.parts),
        submission.first_comment,
        submission.content_warning,
        _covered(submission, known),
        submission.media[0] if submission.media and known.get("grid_ratio") else None,
    )


def _message(part: Part, known: Limits) -> Message:
    lang = languages().get(part.langs[0])
    above, below = folded(part.text, known)
    return Message(Folded(above, below, part.langs[0], bool(lang and lang.rtl)), part.media, part.link_card)


def folded(text: str, known: Limits) -> tuple[str, str]:
    """What of a text a feed shows, and what it folds away: by characters and lines, whichever comes first."""
    characters, lines = known.get("fold_characters"), known.get("fold_lines")
    end = len(text)
    if lines:
        end = min(end, len("\n".join(text.split("\n")[: int(lines.number)])))
    if characters and end > characters.number:
        end = (
            text.rfind(" ", 0, int(characters.number))
            if " " in text[: int(characters.number)]
            else int(characters.number)
        )
    return text[:end].rstrip(), text[end:].strip("\n ")


def _covered(submission: Submission, known: Limits) -> Covered | None:
    found = {place: known.get(f"covered_{place}", submission.kind) for place in ("top", "bottom", "side")}
    shares = {place: round(limit.number * 100) for place, limit in found.items() if limit}
    return Covered(shares["top"], shares["bottom"], shares["side"]) if len(shares) == 3 else None
