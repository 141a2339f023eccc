"""Which files make a post of which kind, and how many of them a network takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from publishers._base import Media, Problem, Submission
from publishers._sentences import _

if TYPE_CHECKING:
    from publishers._known import Limits

_SHAPES: dict[str, tuple[frozenset[str], int, int]] = {
    "text": (frozenset(), 0, 0),
    "link": (frozenset(), 0, 0),
    "image": (frozenset({"image"}), 1, 1),
    "carousel": (frozenset({"image"}), 1, 1000),
    "video": (frozenset({"video"}), 1, 1),
    "reel": (frozenset({"video"}), 1, 1),
    "story": (frozenset({"image", "video"}), 1, 1),
    "document": (frozenset({"document"}), 1, 1),
    "thread": (frozenset({"image", "video"}), 0, 1000),
}


def shape_problems(submission: Submission, known: Limits) -> Iterator[Problem]:
    """What is wrong with the kind of a post, the number of its messages, and the files of each."""
    kind = submission.kind
    if kind not in known.kinds:
        sentence = _("{network} takes no post of the kind “{kind}”: choose another kind or leave {network} out.",
                     network=known.label, kind=kind)  # fmt: skip
        yield Problem(code="kind", field="kind", sentence=sentence)
        return
    parts = known.get("parts")
    if parts and len(submission.parts) > parts.number:
        sentence = _("{network}: a thread of {count} messages cannot be sent, {limit} at most.",
                     network=known.label, count=len(submission.parts), limit=parts.value)  # fmt: skip
        yield Problem(code="parts", field="parts", sentence=sentence)
    for place, part in enumerate(submission.parts):
        at = f"parts[{place}].media" if place else "media"
        yield from _files(part.media, at, "thread" if place else kind, known)
    yield from _cropped(submission, known)


def _files(media: Sequence[Media], at: str, kind: str, known: Limits) -> Iterator[Problem]:
    """What is wrong with the number and kinds of one message's files."""
    kinds, least, most = _SHAPES[kind]
    mixed = _mixed(kind, known)
    if mixed:
        kinds |= {"video"}
    alone = not mixed and any(medium.kind == "video" for medium in media) and len(media) > 1
    if not least <= len(media) <= most or alone or any(medium.kind not in kinds for medium in media):
        sentence = _("{network}: these files do not make a post of the kind “{kind}”: add or remove some.",
                     network=known.label, kind=kind)  # fmt: skip
        yield Problem(code="media", field=at, sentence=sentence)
    yield from _number_of_images(media, at, kind, known)


def _number_of_images(media: Sequence[Media], at: str, kind: str, known: Limits) -> Iterator[Problem]:
    images = sum(medium.kind == "image" or _mixed(kind, known) for medium in media)
    most, least = known.get("images", kind), known.get("images_min", kind)
    if most and images > most.number:
        sentence = _("{network}: {count} pictures, {limit} at most.",
                     network=known.label, count=images, limit=most.value)  # fmt: skip
        yield Problem(code="images", field=at, sentence=sentence)
    if least and images < least.number:
        sentence = _("{network}: {count} pictures, {limit} at least.",
                     network=known.label, count=images, limit=least.value)  # fmt: skip
        yield Problem(code="images_min", field=at, sentence=sentence)
    usual = known.get("images_usual", kind)
    if usual and images > usual.number and not (most and images > most.number):
        sentence = _("{network} shows more than {limit} pictures as a gallery, which not every server and app knows.",
                     network=known.label, limit=usual.value)  # fmt: skip
        yield Problem(code="images_usual", field=at, sentence=sentence, severity=usual.severity)


def _mixed(kind: str, known: Limits) -> bool:
    """Whether films may stand among the pictures of this kind of post, and count with them."""
    return kind == "carousel" and "carousel_video" in known.features


def _cropped(submission: Submission, known: Limits) -> Iterator[Problem]:
    """A warning where a network cuts every picture of a carousel to the shape of the first."""
    if submission.kind != "carousel" or not known.get("carousel_shapes"):
        return
    first = submission.media[:1]
    for place, medium in enumerate(submission.media):
        if any(abs(one.width / one.height - medium.width / medium.height) > 0.01 for one in first):
            sentence = _("{network} crops this picture to the shape of the first one: give all of them one format.",
                         network=known.label)  # fmt: skip
            yield Problem(code="cropped", field=f"media[{place}]", sentence=sentence, severity="warning")
