"""The numbers of a post that its summary does not hold, and that nobody has typed again yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipeline.errors import Refused
from pipeline.models import Correction, Figure, NumeralConfirmation, Post, Rendition, Summary, Variant
from pipeline.numerals import known
from pipeline.numerals.known import Known
from pipeline.numerals.reading import Numeral, read
from pipeline.passages import Place, places
from pipeline.protection.textscan.patterns import FIXED, scan
from pipeline.rendering import formats
from pipeline.rendering.languages import language
from pipeline.summaries import definitions, words
from pipeline.summaries.definitions import Metric
from publishers._base import Problem
from publishers._sentences import Sentence, _

CHANGED = _(
    "Figures that this post shows changed in the records: take them as they are now, or a coordinator lets it stand."
)


@dataclass(frozen=True)
class Stranger:
    """A number that the post's summary does not hold.

    Or that counts another noun there (`noun`), or stands where the summary says other numbers (`instead`).
    """

    place: Place
    numeral: Numeral
    noun: str = ""
    instead: frozenset[Decimal] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """What a confirmation is for."""
        return self.place.sha256, self.numeral.text

    @property
    def sentence(self) -> Sentence:
        """What is wrong with it, for the intern."""
        number = self.numeral.text
        if self.instead:
            held = [formats.number(value, language(self.place.lang)) for value in sorted(self.instead)]
            return _("“{number}” stands where the summary says {held}: correct it, or confirm it by typing it.",
                     number=number, held=held)  # fmt: skip
        if self.noun:
            return _("“{number}” does not count “{noun}” in the summary: correct it, or confirm it by typing it.",
                     number=number, noun=self.noun)  # fmt: skip
        return _("“{number}” is no figure of the summary: correct it, or confirm it by typing it.", number=number)


def summaries_of(post: Post) -> list[Summary]:
    """The summaries that a post's words and cards were drawn from; none for a post that was written freely."""
    drawn = Summary.objects.filter(renditions__uses__variant__post=post).distinct()
    found = {one.pk: one for one in drawn}
    if post.summary is not None:
        found[post.summary.pk] = post.summary
    return list(found.values())


def allowed(post: Post) -> Known | None:
    """The numbers that the post may say without anybody's word; None where it was not drawn from a summary.

    Those of a summary that took its place are among them: whether the old ones may stay is another question.
    """
    drawn = summaries_of(post)
    if not drawn:
        return None
    cards = Rendition.objects.filter(uses__variant__post=post, summary__in=drawn).distinct()
    proposed = known.worded([(card.lang, card.alt) for card in cards if card.kind == "card"], {})
    return known.of([*drawn, *_now(post)]) | proposed


def _now(post: Post) -> list[Summary]:
    """The figures as the records give them now, where they changed since the post was drawn from them."""
    rows = Correction.objects.filter(post=post, settled_at=None).select_related("summary_now")
    return [row.summary_now for row in rows if row.summary_now]


def wordings(figure: Figure) -> dict[str, set[str]]:
    """The forms of the figure's noun, by language, that say its number by themselves: "عمليتي إخلاء" is two of them."""
    metric = _metrics(figure.summary.name, figure.summary.fingerprint).get(figure.name)
    if metric is None or figure.value is None or figure.suppressed:
        return {}
    forms = {lang: words.noun(nouns, figure.value, lang) for lang, nouns in metric.noun.items()}
    return {lang: {form} for lang, form in forms.items() if "#" not in form}


@lru_cache(maxsize=32)
def _metrics(name: str, _fingerprint: str) -> Mapping[str, Metric]:
    """The metrics that a summary declares, read once for each stored summary; none where its file is gone."""
    try:
        return definitions.load(name).metrics
    except Refused:
        return {}


def strangers_in(place: Place, held: Known, ours: Sequence[str] = ()) -> list[Stranger]:
    """The numbers of one text that are not the summary's; sentences of `ours` are not read.

    Phone numbers, plates and positions are left to the scan, which asks a person about every one of them.
    """
    found, text = [], place.text
    for sentence in ours:
        text = text.replace(sentence, "")
    for numeral in read(_without_what_is_asked(text), place.lang):
        if numeral.one and not held.counts(numeral, place.lang)[0]:
            continue
        has, instead, noun = held.has(numeral), held.instead(numeral, place.lang), held.lent(numeral, place.lang)
        if not has or instead or noun:
            found.append(Stranger(place, numeral, noun if has and not instead else "", instead))
    return found


def _without_what_is_asked(text: str) -> str:
    """The text, as long as it was, with dots for the digits about which the scan asks."""
    for one in scan(text):
        if one.kind in FIXED:
            end = one.start + len(one.text)
            text = f"{text[: one.start]}{'…' * len(one.text)}{text[end:]}"
    return text


def strangers(variant: Variant, held: Known | None = None) -> list[Stranger]:
    """The numbers of a variant that are neither the summary's nor confirmed; none where it has no summary."""
    held = held if held is not None else allowed(variant.post)
    if held is None:
        return []
    rows = NumeralConfirmation.objects.filter(post=variant.post_id)
    confirmed = set(rows.values_list("text_sha256", "numeral"))
    ours = _said_by_corrections(variant.post)
    found = [one for place in places(variant) for one in strangers_in(place, held, ours)]
    return [one for one in found if one.key not in confirmed]


def of_post(post: Post) -> list[Stranger]:
    """The strangers of all of the post's variants; one that stands in the same text twice, once."""
    held = allowed(post)
    if held is None:
        return []
    rows = post.variants.select_related("channel", "post").order_by("pk")
    return list({one.key: one for variant in rows for one in strangers(variant, held)}.values())


def _said_by_corrections(post: Post) -> list[str]:
    """The sentences of ours that say what changed: they name the old number, and only they may."""
    rows = Correction.objects.filter(draft=post).values_list("sentences", flat=True)
    return [text for sentences in rows for text in sentences.values()]


def problems(variant: Variant) -> list[Problem]:
    """What stands against the variant: figures that changed, and each number that nobody answers for."""
    found = [Problem(code="numeral", field=one.place.field, sentence=one.sentence) for one in strangers(variant)]
    changed = Correction.objects.filter(post=variant.post_id, settled_at=None)
    if changed.exists():
        found.append(Problem(code="figure_changed", field="figures", sentence=CHANGED))
    return list({(one.field, str(one.sentence.as_json())): one for one in found}.values())
