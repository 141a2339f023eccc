"""A post put right: a new draft that says what changed where it is out, the post itself where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from pipeline import audit, composing, copies, drafts, summaries
from pipeline.authorship import touched
from pipeline.corrections.changes import upper
from pipeline.corrections.reading import ToCorrect, open_of
from pipeline.errors import Refused
from pipeline.models import Contribution, Correction, Figure, Post, Receipt, Rendition, Summary, User, Variant
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from pipeline.rendering import jobs
from pipeline.rendering.formats import listed
from pipeline.rendering.languages import language
from pipeline.summaries import SummaryResult, definitions, words
from pipeline.summaries.facts import Fact
from publishers._sentences import _


@dataclass(frozen=True)
class Redrawing:
    """Old figures and the same as they are now."""

    old: Summary
    result: SummaryResult

    def text(self, text: str, lang: str) -> str:
        """The text with each of the summary's old sentences, word for word, replaced by the new one."""
        told = [(texts.get(lang, ""), name) for name, texts in self.old.sentences.items()]
        for was, name in sorted(told, key=lambda one: len(one[0]), reverse=True):
            now = self.result.sentences.get(name, {}).get(lang, "")
            if was and was != now:
                text = text.replace(was, now)
        return "\n\n".join(part.strip() for part in text.split("\n\n") if part.strip())

    def card_of(self, rendition: Rendition) -> str | None:
        """The summary's card that a picture was drawn as; None where it is none of its cards."""
        code = str(rendition.spec.get("data", {}).get("code", "")).removeprefix("#")
        figure = self.old.figures.filter(code=code).first()
        cards = self.result.definition.cards.items()
        return next((name for name, card in cards if figure and card.figure == figure.name), None)


def correct(post: Post, *, by: User) -> Post:
    """The post that is right: a new draft that says what changed and leads to the first one, where that is out.

    What is out is never changed. A post that is not out is itself drawn again and is a draft. Both are submitted and
    approved like any other. `Refused` where nothing is to be corrected, or the records give no figures any more.
    """
    refuse_readers(by)
    asked = open_of(post)
    if asked is None:
        raise Refused(_("Nothing of this post is to be corrected."))
    if asked.draft is not None:
        raise Refused(_("Its correction is already drafted: post {number}.", number=asked.draft.pk))
    redrawings = _redrawings(asked)
    with transaction.atomic():
        target = copies.copy(post, by=by, title=_title(post)) if asked.out else post
        if not asked.out:
            touched(post, by=by, part="figures")
        for redrawing in redrawings:
            for variant in target.variants.select_related("channel", "post"):
                _redraw(variant, redrawing, by)
        Post.objects.filter(pk=target.pk).update(summary=_summary(post, redrawings))
        target.refresh_from_db()
        if asked.out:
            _say_what_changed(asked, target, by)
        else:
            _settle(asked, "redrawn", by)
        audit.append(by, "post.corrected", f"post:{target.pk}", corrects=post.pk)
    return target


def keep(post: Post, reason: str, *, by: User) -> ToCorrect:
    """What stays as it is although the records say otherwise, by a coordinator's word and reason.

    They have decided on the figure: a post that is not out yet is approved by another person.
    """
    refuse_all_but_coordinators(by)
    asked = open_of(post)
    if asked is None:
        raise Refused(_("Nothing of this post is to be corrected."))
    if not reason.strip():
        raise Refused(_("Say why it stays as it is: one sentence is enough."))
    with transaction.atomic():
        if not asked.out:
            Contribution.objects.get_or_create(post=post, user=by, part="figures")
        _settle(asked, "kept", by, reason.strip()[:300])
        audit.append(by, "figure.kept", f"post:{post.pk}", figures=[one.name for one in asked.corrections])
    return asked


def _settle(asked: ToCorrect, how: str, by: User, reason: str = "") -> None:
    rows = Correction.objects.filter(pk__in=[one.pk for one in asked.corrections], settled_at=None)
    rows.update(settled_at=timezone.now(), settled_by=by, how=how, reason=reason)


def _title(post: Post) -> str:
    return _("Correction: {title}", title=post.title).text(post.created_by.language)[:200]


def _redrawings(asked: ToCorrect) -> list[Redrawing]:
    """The summaries of the post, computed again; `Refused` where one cannot be."""
    olds = {one.summary.pk: one.summary for one in asked.corrections}
    return [Redrawing(old, summaries.compute(old.name, old.period)) for old in olds.values()]


def _summary(post: Post, redrawings: Sequence[Redrawing]) -> Summary | None:
    now = {one.old.pk: one.result.row for one in redrawings}
    return now.get(post.summary_id or 0, post.summary)


def _redraw(variant: Variant, redrawing: Redrawing, by: User) -> None:
    """Puts the new sentences and cards in the place of the old ones."""
    for row in variant.texts.all():
        text = redrawing.text(row.text, row.lang)
        if text != row.text:
            drafts.set_text(variant, row.lang, text, by=by)
    _redraw_cards(variant, redrawing, by)


def _redraw_cards(variant: Variant, redrawing: Redrawing, by: User) -> None:
    for use in variant.media.select_related("rendition", "rendition__summary"):
        card = redrawing.card_of(use.rendition) if use.rendition.summary_id == redrawing.old.pk else None
        if card is None:
            continue
        data = summaries.card_data(redrawing.result, card, use.rendition.lang)
        alt = summaries.alt_text(redrawing.result, use.rendition.lang, card)
        untouched = use.alt == use.rendition.alt
        drawn = jobs.card(
            use.rendition.spec["template"], data, lang=use.rendition.lang, format=use.rendition.format, by=by,
            summary=redrawing.result.row, alt=alt,
        )  # fmt: skip
        drafts.set_rendition(use, drawn, by=by)
        if untouched:
            drafts.set_alt(use, alt, by=by)


# ------------------------------------------------------------------------------------------ saying what changed


def _say_what_changed(asked: ToCorrect, target: Post, by: User) -> None:
    """Puts the sentence before each text of the draft and the first post's address after it."""
    rows = Correction.objects.filter(pk__in=[one.pk for one in asked.corrections])
    rows.update(draft=target)
    said: dict[str, str] = {}
    for variant in target.variants.select_related("channel", "post"):
        for row in variant.texts.all():
            said.setdefault(row.lang, changed(asked.corrections, row.lang))
        texts = _fitting(variant, {row.lang: row.text for row in variant.texts.all()}, said, _address(asked, variant))
        for lang, text in texts.items():
            drafts.set_text(variant, lang, text, by=by)
    rows.update(sentences=said)


def changed(corrections: Sequence[Correction], lang: str) -> str:
    """ "Rectificatif : au lieu de 98 expulsions, il faut lire 97 expulsions." """
    spoken = language(lang)
    pairs = [pair for one in corrections if (pair := _pair(one, lang))]
    if not pairs:
        return spoken.words["corrected_other"]
    was, now = ([pair[side] for pair in pairs] for side in (0, 1))
    filled = words.fill(spoken.words["corrected"], {"a": listed(was, spoken), "b": listed(now, spoken)}, lang)
    return filled or spoken.words["corrected_other"]


def _pair(correction: Correction, lang: str) -> tuple[str, str] | None:
    """A figure as it was and as it is, each with its noun; None for what is no figure, or is not known now."""
    was = correction.summary.figures.filter(name=correction.name).first()
    now = correction.summary_now.figures.filter(name=correction.name).first() if correction.summary_now else None
    if was is None or now is None:
        return None
    definition = definitions.load(correction.summary.name)
    metric, threshold = definition.metrics[correction.name], definition.protect.threshold
    # Where only the upper end of "entre 180 et 214" changed, it is the upper end that was wrong.
    ended = (was.value, was.suppressed) == (now.value, now.suppressed)
    said = [words.counted(_fact(one, ended=ended), metric, lang, threshold) for one in (was, now)]
    return (said[0], said[1]) if said[0] and said[1] else None


def _fact(figure: Figure, *, ended: bool) -> Fact:
    value = (upper(figure) if ended else None) or figure.value
    return Fact(None if value is None else Decimal(value), suppressed=figure.suppressed)


def _address(asked: ToCorrect, variant: Variant) -> str:
    """Where the first post stands on this channel, else on another one."""
    receipts = Receipt.objects.filter(publication__variant__post=asked.post).exclude(url="").order_by("pk")
    mine = receipts.filter(channel=variant.channel).first() or receipts.first()
    return mine.url if mine else ""


def _fitting(variant: Variant, texts: Mapping[str, str], said: Mapping[str, str], address: str) -> dict[str, str]:
    """The longest wording that the network takes: with all of the text, with its first paragraph, without it."""
    told: dict[str, str] = {}
    for paragraphs in (None, 1, 0):
        for lang, text in texts.items():
            last = lang == list(texts)[-1]
            link = language(lang).words["first_post"].replace("{n}", address) if address and last else ""
            told[lang] = "\n\n".join(filter(None, (said[lang], *text.split("\n\n")[:paragraphs], link)))
        if not any(problem.severity == "error" for problem in composing.text_problems(variant, told)):
            break
    return told
