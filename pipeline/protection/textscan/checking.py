"""What the scan asks about a post, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from pipeline.models import ConsentName, Post, ScanAnswer, Variant
from pipeline.passages import Place, places
from pipeline.protection.textscan.patterns import FINER, Finding, Kind, scan
from publishers._base import Problem
from publishers._sentences import Sentence, _

ASKED: dict[Kind, Sentence] = {
    Kind.TIME: _("“{found}” is an exact time: leave it at the day, or say that it may stand (it then waits)."),
    Kind.STREET: _("“{found}” is finer than the commune: name the commune, or say that it may stand (it then waits)."),
    Kind.COORDINATES: _("“{found}” is a position: take it out, or a coordinator says that it may stand."),
    Kind.PLATE: _("“{found}” may be a number plate or a service number: take it out, or say that it may stand."),
    Kind.PHONE: _("“{found}” is a phone number: take it out, or say that it is meant to be public."),
    Kind.NAME: _("The name of a person in the register stands here: take it out, or a coordinator says that it may."),
}


@dataclass(frozen=True)
class Question:
    """Something found in a text that goes out, which nobody has answered for."""

    place: Place
    finding: Finding

    @property
    def kept(self) -> str:
        """What an answer keeps of it: of a name nothing."""
        return "" if self.finding.kind == Kind.NAME else self.finding.text

    @property
    def key(self) -> tuple[str, str, str]:
        """What an answer is for."""
        return self.place.sha256, self.finding.kind.value, self.kept

    @property
    def sentence(self) -> Sentence:
        """What is asked."""
        asked = ASKED[self.finding.kind]
        return Sentence(asked.msgid, {"found": self.finding.text} if "{found}" in asked.msgid else {})

    @property
    def around(self) -> tuple[str, str]:
        """A few words before and after it."""
        start, end = self.finding.start, self.finding.start + len(self.finding.text)
        return self.place.text[max(0, start - 40) : start], self.place.text[end : end + 40]


def names() -> frozenset[str]:
    """The keyed hashes of every name in the register, withdrawn consents' too."""
    return frozenset(ConsentName.objects.values_list("digest", flat=True))


def asked(variant: Variant, known: frozenset[str] | None = None) -> list[Question]:
    """Everything that the scan finds in a variant, answered or not."""
    hashed = names() if known is None else known
    return [Question(place, one) for place in places(variant) for one in scan(place.text, hashed)]


def of_post(post: Post) -> list[Question]:
    """What nobody has answered yet in the post; what stands in the same text of two variants, once."""
    answered, known = _answered(post), names()
    variants = post.variants.select_related("channel", "post").order_by("pk")
    found = {one.key: one for variant in variants for one in asked(variant, known)}
    return [one for key, one in found.items() if key not in answered]


def problems(variant: Variant, known: frozenset[str] | None = None) -> list[Problem]:
    """One problem for each question of the variant that nobody has answered; `known` as `names` gives them."""
    answered = _answered(variant.post)
    return [
        Problem(code="scan", field=one.place.field, sentence=one.sentence)
        for one in asked(variant, known) if one.key not in answered
    ]  # fmt: skip


def _answered(post: Post) -> set[tuple[str, str, str]]:
    return set(ScanAnswer.objects.filter(post=post).values_list("text_sha256", "kind", "found"))


def detail_until(variants: Iterable[Variant]) -> datetime | None:
    """Until when what is finer than the commune waits: the delay after somebody let it stand; None without such."""
    chosen = list(variants)
    finer = [kind.value for kind in FINER]
    rows = ScanAnswer.objects.filter(post__in={one.post_id for one in chosen}, kind__in=finer, public=False)
    answers = list(rows.values_list("text_sha256", "at"))
    if not answers:
        return None
    standing = {place.sha256 for one in chosen for place in places(one)}
    held = [at for sha256, at in answers if sha256 in standing]
    return max(held) + settings.PORTEVOIX_FOOTAGE_DELAY if held else None
