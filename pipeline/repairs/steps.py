"""What a machine can mend in a post: found, shown before and after, done, put back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from pipeline import audit, composing, drafts
from pipeline.authorship import refuse_lost_edit
from pipeline.errors import Refused
from pipeline.models import Post, Rendition, Repair, User, Variant, VariantMedia
from pipeline.people import refuse_readers
from pipeline.repairs import files, words
from publishers._base import Problem
from publishers._limits import limits
from publishers._sentences import Sentence, _

WORDS = ("cut", "thread")
_FILE = re.compile(r"media\[(\d+)\](\.file)?")


@dataclass(frozen=True)
class Offer:
    """One thing that can be mended: `place` is "text" or "media.N"; `ways` are the repairs, the usual one first."""

    variant: Variant
    place: str
    problem: Problem
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One repair, planned or done: what stands there before and after, and what was cut out; or why it cannot be."""

    offer: Offer
    name: str
    before: dict[str, Any]
    after: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, str] = field(default_factory=dict)
    refused: Sentence | None = None


def offers(variant: Variant, problems: Iterable[Problem] | None = None) -> list[Offer]:
    """What can be mended in a variant, each place once; `problems` where the caller has them already."""
    found: dict[str, Offer] = {}
    for problem in composing.problems(variant) if problems is None else problems:
        place = place_of(problem)
        if place and problem.fix and place not in found:
            found[place] = Offer(variant, place, problem, _ways(problem.fix, variant))
    return list(found.values())


def place_of(problem: Problem) -> str | None:
    """Where a repair of the problem would work: "text", "media.N", or None for what no machine mends."""
    if composing.in_words(problem):
        return "text" if problem.fix in WORDS else None
    file = _FILE.fullmatch(problem.field)
    return f"media.{file[1]}" if file and problem.fix else None


def _ways(fix: str, variant: Variant) -> tuple[str, ...]:
    if fix not in WORDS:
        return (fix,)
    if variant.kind == "thread":
        return ("thread",)
    return WORDS if "thread" in limits(variant.channel.network).kinds else ("cut",)


# ------------------------------------------------------------------------------------------------------ planning


def plan(offer: Offer, way: str | None = None) -> Step:
    """What the repair would do, nothing changed; a `refused` step where it cannot be done."""
    name = way if way in offer.ways else offer.ways[0]
    if offer.place != "text":
        rendition = _use(offer).rendition
        wish = files.wanted(offer.variant, rendition)
        return Step(offer, name, files.facts(rendition), files.forecast(rendition, wish))
    texts = {text.lang: text.text for text in offer.variant.texts.all()}
    before = {"kind": offer.variant.kind, "texts": texts}
    try:
        return _cut(offer, before) if name == "cut" else _thread(offer, before)
    except Refused as refusal:
        return Step(offer, name, before, refused=refusal.sentence)


def _cut(offer: Offer, before: dict[str, Any]) -> Step:
    done = words.cut(before["texts"], lambda texts: _fits(offer.variant, texts))
    texts = {lang: done[lang].kept if lang in done else text for lang, text in before["texts"].items()}
    rest = {lang: one.rest for lang, one in done.items()}
    return Step(offer, "cut", before, {**before, "texts": texts}, rest)


def _thread(offer: Offer, before: dict[str, Any]) -> Step:
    whole = {lang: "\n\n".join(composing.messages(text)) for lang, text in before["texts"].items()}
    texts = {
        lang: words.BREAK.join(words.thread(text, lang, lambda part, lang=lang: _fits(offer.variant, {lang: part})))  # type: ignore[misc]
        for lang, text in whole.items()
    }
    return Step(offer, "thread", before, {"kind": "thread", "texts": texts})


def _fits(variant: Variant, texts: Mapping[str, str]) -> bool:
    """Whether the network takes these words as one message, by what its own adapter says."""
    return not any(problem.fix in WORDS for problem in composing.text_problems(variant, texts))


def _use(offer: Offer) -> VariantMedia:
    number = int(offer.place.removeprefix("media."))
    return list(offer.variant.media.select_related("rendition"))[number]


# --------------------------------------------------------------------------------------------------------- doing


def fix(
    post: Post,
    *,
    by: User | None,
    way: str | None = None,
    only: tuple[int, str] | None = None,
    version: int | None = None,
    dry_run: bool = False,
) -> list[Step]:
    """What was mended, or would be in a dry run: everything a machine can, or `only` one (variant's number, place).

    `way` is the repair to take where there are several. An approval in force becomes void, as by any edit. A repair
    that cannot be done is a `refused` step; the others are done. Raises `Refused` where `by` may not change the post.
    """
    if not dry_run:
        assert by is not None
        refuse_readers(by)
        refuse_lost_edit(post, version)
    found: list[Step] = []
    for variant in post.variants.select_related("channel", "post").order_by("pk"):
        for offer in offers(variant):
            if only in (None, (variant.pk, offer.place)):
                step = plan(offer, way)
                found.append(step if dry_run or step.refused or by is None else _done(step, by))
    return found


def _done(step: Step, by: User) -> Step:
    try:
        return _words_done(step, by) if step.offer.place == "text" else _file_done(step, by)
    except Refused as refusal:
        return Step(step.offer, step.name, step.before, refused=refusal.sentence)


def _words_done(step: Step, by: User) -> Step:
    with transaction.atomic():
        _write(step.offer.variant, step.before, step.after, by)
        _note(step, by)
    return step


def _file_done(step: Step, by: User) -> Step:
    use = _use(step.offer)
    copy = files.made(use.rendition, files.wanted(step.offer.variant, use.rendition), by=by)  # long: no transaction yet
    done = Step(step.offer, step.name, step.before, files.facts(copy))
    with transaction.atomic():
        drafts.set_rendition(use, copy, by=by)
        _note(done, by)
    return done


def _write(variant: Variant, old: Mapping[str, Any], new: Mapping[str, Any], by: User) -> None:
    for lang, text in new["texts"].items():
        if text != old["texts"].get(lang):
            drafts.set_text(variant, lang, text, by=by)
    if new["kind"] != old["kind"]:
        drafts.set_kind(variant, new["kind"], by=by)


def _note(step: Step, by: User) -> None:
    variant = step.offer.variant
    Repair.objects.create(
        variant=variant, name=step.name, by=by, rest=step.rest,
        before={"place": step.offer.place, **step.before}, after={"place": step.offer.place, **step.after},
    )  # fmt: skip
    audit.append(by, "post.repaired", f"post:{variant.post_id}", repair=step.name, place=step.offer.place)


# --------------------------------------------------------------------------------------------------- putting back


def put_back(repair: Repair, *, by: User) -> None:
    """What stood there before the repair stands there again; `Refused` where it was changed since."""
    refuse_readers(by)
    variant, changed = repair.variant, Refused(_("This was changed since it was repaired: nothing was put back."))
    with transaction.atomic():
        if not Repair.objects.filter(pk=repair.pk, undone_at=None).update(undone_at=timezone.now()):
            raise changed
        if repair.before["place"] == "text":
            now = {text.lang: text.text for text in variant.texts.all()}
            if {"kind": variant.kind, "texts": now} != {name: repair.after[name] for name in ("kind", "texts")}:
                raise changed
            _write(variant, repair.after, repair.before, by)
        else:
            use = variant.media.filter(rendition_id=repair.after["rendition"]).first()
            if use is None:
                raise changed
            drafts.set_rendition(use, Rendition.objects.get(pk=repair.before["rendition"]), by=by)
        audit.append(by, "post.repair_undone", f"post:{variant.post_id}", repair=repair.name)
