"""From a variant's rows to the very Submission that its channel's adapter will receive, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from pipeline import channels, gate, numerals
from pipeline.errors import Refused
from pipeline.models import Rendition, RenditionState, Variant, VariantMedia, VariantText
from pipeline.protection import consents, record, textscan
from pipeline.rendering import store
from publishers._base import File, Frozen, LinkCard, Media, Options, Part, Problem, Sentence, Submission, Subtitles
from publishers._facets import find_facets
from publishers._limits import limits, networks
from publishers._sentences import _

Value = TypeVar("Value", bound=Frozen)


class NotReady(Refused):
    """A post that cannot be submitted yet, with every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        more = len(problems) - 1
        first = problems[0].sentence
        super().__init__(
            first if not more else _("{first} ({more} more problems in this post.)", first=first, more=more)
        )
        self.problems = problems


def compose(variant: Variant) -> Submission:
    """The variant's submission, from its rows alone: the same rows give the same bytes. No network, no clock."""
    return composed(variant, list(variant.texts.all()), list(variant.media.select_related("rendition", "cover")))


def composed(variant: Variant, texts: Sequence[VariantText], uses: Sequence[VariantMedia]) -> Submission:
    """The submission of a variant whose texts and pictures, in order, were read already.

    `Refused` where its rows hold what no form of ours stores.
    """
    words = worded(variant, {text.lang: text.text for text in texts})
    first, *others = words.parts
    media = tuple(map(_medium, uses))
    return words.model_copy(update={"parts": (first.model_copy(update={"media": media}), *others)})


def worded(variant: Variant, texts: Mapping[str, str]) -> Submission:
    """The variant with these texts instead of its own, by language in order, and without its files.

    One message with all languages in it; one for each where the network keeps languages apart; the parts of a thread.
    """
    said = [(text.strip(), [lang]) for lang, text in texts.items() if text.strip()]
    if variant.kind == "thread":
        said = [(part, langs) for text, langs in said for part in messages(text)]
    elif not _apart(variant.channel.network):
        langs = list(texts) or variant.channel.languages[:1]
        said = [("\n\n".join(text for text, _langs in said), langs)]
    first, *others = [
        Part(text=text, langs=tuple(langs), facets=tuple(find_facets(text, variant.mentions.get)))
        for text, langs in said or [("", list(texts) or variant.channel.languages[:1])]
    ]
    card = _stored(LinkCard, variant.link_card, "link_card") if variant.link_card else None
    return Submission(
        platform=variant.channel.platform,
        channel=variant.channel.name,
        kind=variant.kind,
        parts=(first.model_copy(update={"link_card": card}), *others),
        title=variant.title,
        content_warning=variant.content_warning,
        first_comment=variant.first_comment,
        options=_stored(Options, variant.options, "options"),
    )


def _apart(network: str) -> bool:
    """Whether the network keeps languages apart; one that nobody knows is refused elsewhere, in a sentence."""
    return network in networks() and "languages_apart" in limits(network).features


def messages(text: str) -> list[str]:
    """The messages of a thread: a line of three hyphens alone stands between two of them."""
    return [part.strip() for part in re.split(r"(?m)^[ \t]*---[ \t]*$", text) if part.strip()]


def text_problems(variant: Variant, texts: Mapping[str, str]) -> list[Problem]:
    """What the network would refuse of these words, by language in order, in the variant's place; files aside."""
    found = channels.adapter(variant.channel).validate(worded(variant, texts))
    return [problem for problem in found if in_words(problem)]


def alt_problems(use: VariantMedia, alt: str) -> list[Problem]:
    """What the network would say of this description in the place of the stored one."""
    variant = use.variant
    whole, place = compose(variant), [one.pk for one in variant.media.all()].index(use.pk)
    first, *others = whole.parts
    media = [one.model_copy(update={"alt": alt}) if n == place else one for n, one in enumerate(first.media)]
    told = whole.model_copy(update={"parts": (first.model_copy(update={"media": tuple(media)}), *others)})
    found = channels.adapter(variant.channel).validate(told)
    return [problem for problem in found if problem.field == f"media[{place}].alt"]


def in_words(problem: Problem) -> bool:
    """Whether a problem stands in the text, rather than in a file or a setting."""
    return re.fullmatch(r"(parts\[\d+\]\.)?(text|langs|facets.*)", problem.field) is not None


def _stored(kind: type[Value], stored: Any, path: str) -> Value:
    try:
        return kind.model_validate(stored)
    except ValidationError:
        what = _in_words(f".{path}")
        raise Refused(
            _("What is stored for this post cannot be read ({what}): set it anew and submit the post again.", what=what)
        ) from None


def problems(variant: Variant, known: frozenset[str] | None = None) -> list[Problem]:
    """Everything that stands between this variant and its channel.

    Rendering, protection, consents, gate, platform limits, numbers that are not its summary's, what the scan asks:
    who looks at several variants reads the register for it once (`known`, of `textscan.names`).
    """
    unready = [
        _problem("rendition_not_ready", _("{name}: the picture or video is not rendered yet.", name=str(use.rendition)))
        for use in variant.media.select_related("rendition")
        if use.rendition.state != RenditionState.READY
    ]
    if unready:
        return unready
    uses = variant.media.select_related("rendition", "cover")
    found = [p for rendition in renditions(list(uses)) for p in _medium_problems(rendition)]
    found += [_problem("consent", sentence) for sentence in consents.outside(variant)]
    found += channels.adapter(variant.channel).validate(compose(variant))
    return [*found, *numerals.problems(variant), *textscan.problems(variant, known)]


def renditions(uses: Sequence[VariantMedia]) -> list[Rendition]:
    """Every file of ours that goes out with these: pictures and films, their covers and subtitles."""
    held = [[use.rendition, use.cover, *spoken(use)] for use in uses]
    return [one for of_use in held for one in of_use if one is not None]


def spoken(use: VariantMedia) -> list[Rendition]:
    """The subtitles of a film, by language; a picture is not even asked."""
    return list(use.subtitles.order_by("lang", "pk")) if use.rendition.mime.startswith("video/") else []


def _medium_problems(rendition: Rendition) -> list[Problem]:
    """What is wrong with the file itself and with the protection of the people in it."""
    if not store.intact(_file(rendition)):
        sentence = _(
            "The file {name} is missing or was changed since it was made: render it again.", name=_name(rendition)
        )
        return [_problem("file_changed", sentence)]
    if leak := _leak(rendition.sha256, rendition.mime):
        return [_problem("gate", leak)]
    return [_problem("unprotected", sentence) for sentence in record.missing(rendition)]


@lru_cache(maxsize=512)
def _leak(sha256: str, mime: str) -> Sentence | None:
    """What the gate says of these very bytes, found intact a moment ago: it says the same as long as we run.

    Kept for who writes and reads; what leaves is read by the gate anew (delivery/sealed.py).
    """
    try:
        gate.check(store.path_of(sha256, mime))
    except Refused as leak:
        return leak.sentence
    return None


def _medium(use: VariantMedia) -> Media:
    rendition = use.rendition
    return Media(
        kind=_SORTS.get(rendition.mime, "image"),
        file=_file(rendition),
        width=rendition.width,
        height=rendition.height,
        duration_ms=rendition.duration_ms,
        lang=rendition.lang,
        alt=use.alt,
        title=rendition.spec.get("title", "") if rendition.kind == "document" else "",
        cover=_file(use.cover) if use.cover else None,
        cover_offset_ms=use.cover_offset_ms,
        subtitles=tuple(_subtitles(one) for one in spoken(use)),
    )


_SORTS: dict[str, Literal["image", "video", "document"]] = {"video/mp4": "video", "application/pdf": "document"}


def _subtitles(rendition: Rendition) -> Subtitles:
    return Subtitles.model_validate(
        {"lang": rendition.lang, "format": store.EXTENSIONS[rendition.mime], "file": _file(rendition)}
    )


def _file(rendition: Rendition) -> File:
    return File(sha256=rendition.sha256, size=rendition.size, mime=rendition.mime, name=_name(rendition))


def _name(rendition: Rendition) -> str:
    return f"{rendition.sha256[:16]}.{store.EXTENSIONS[rendition.mime]}"


def _problem(code: str, sentence: Sentence) -> Problem:
    return Problem(code=code, field="media", sentence=sentence)


def differences(sealed: Submission, now: Submission) -> list[Sentence]:
    """What differs between two submissions, in words, each once: "text", "description of a picture"."""
    if sealed == now:
        return []
    paths = _walk(sealed.model_dump(mode="json"), now.model_dump(mode="json"), "")
    return list({word.msgid: word for word in map(_in_words, paths)}.values())


WORDS = (
    (".alt", _("description of a picture")),
    (".media", _("pictures and videos")),
    (".facets", _("links and tags")),
    (".langs", _("languages")),
    (".link_card", _("link preview")),
    (".text", _("text")),
    ("options", _("sharing options")),
    ("first_comment", _("first comment")),
    ("content_warning", _("content warning")),
    ("title", _("title")),
)


def _in_words(path: str) -> Sentence:
    return next((word for part, word in WORDS if part in path), _("channel or kind of post"))


def _walk(a: Any, b: Any, path: str) -> list[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        return [d for key in {**a, **b} for d in _walk(a.get(key), b.get(key), f"{path}.{key}" if path else str(key))]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b, strict=True)) for d in _walk(x, y, f"{path}.{i}")]
    return [] if a == b else [path]
