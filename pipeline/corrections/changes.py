"""What differs between the figures that a post was drawn from and those that the records give now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.models import Figure, Post, Rendition, Summary
from pipeline.numerals import checking, known
from pipeline.numerals.known import Known
from pipeline.numerals.reading import read
from pipeline.passages import Place, places
from pipeline.rendering import formats
from pipeline.rendering.languages import language


@dataclass(frozen=True)
class Change:
    """One figure, period of a series or sentence: as it was shown and as it is, and the numbers that are no more."""

    name: str
    was: str
    now: str
    stale: tuple[Decimal, ...]


def shown_changes(post: Post, old: Summary, new: Summary | None) -> list[Change]:
    """What the post shows of `old` and `new` no longer gives; with no `new`, everything that it shows of it."""
    places, cards = _places(post), _cards(post, old)
    figures = [change for change, figure in _figures(old, new) if _shows(figure, places, cards, change.stale)]
    series = list(_series(old, new)) if any(card.spec["data"].get("bars") for card in cards) else []
    gone = {number for change in (*figures, *series) for number in change.stale}
    return [*figures, *series, *_sentences(old, new, places, gone)]


def _figures(old: Summary, new: Summary | None) -> Iterator[tuple[Change, Figure]]:
    now = {one.name: one for one in new.figures.all()} if new else {}
    for figure in old.figures.all():
        other = now.get(figure.name)
        if new is not None and other is None:
            continue  # the definition counts it no more: no row changed that
        if figure.value is None and not figure.suppressed:
            continue  # nobody was told a number
        same = other is not None and (figure.value, figure.suppressed) == (other.value, other.suppressed)
        end = upper(figure) if other is None or upper(figure) != upper(other) else None
        if not same:
            stale = tuple(one for one in (worth(figure), end) if one is not None)
            yield Change(figure.name, figure.text, other.text if other else "", stale), figure
        elif other and end is not None:
            later = upper(other)
            yield Change(figure.name, _french(end), other.text if later is None else _french(later), (end,)), figure


def worth(figure: Figure) -> Decimal | None:
    """The number that a post says of the figure: its value, or the threshold where it is withheld."""
    threshold = figure.provenance.get("suppression", {}).get("threshold")
    return Decimal(threshold) if figure.suppressed and threshold else figure.value


def upper(figure: Figure) -> Decimal | None:
    """The end that "entre 180 et 214 personnes" says beside the value; None where the figure has none."""
    end = figure.provenance.get("upper")
    return None if end is None or figure.suppressed else Decimal(end)


def shows(post: Post, figure: Figure) -> bool:
    """Whether the post shows this figure, in a text or large on a card."""
    numbers = {one for one in (worth(figure), upper(figure)) if one is not None}
    return _shows(figure, _places(post), _cards(post, figure.summary), numbers)


def _shows(figure: Figure, places: list[Place], cards: list[Rendition], numbers: Collection[Decimal]) -> bool:
    """Whether one of the figure's numbers is shown; a card and a word that is a number say its value alone."""
    said = _says(places, figure, known.of([figure.summary]), numbers)
    if said or ((number := worth(figure)) is not None and number not in numbers):
        return said
    codes = {str(card.spec["data"].get("code", "")).removeprefix("#") for card in cards}
    return figure.code in codes or _worded(places, figure)


def _places(post: Post) -> list[Place]:
    return [place for variant in post.variants.select_related("channel") for place in places(variant)]


def _worded(places: list[Place], figure: Figure) -> bool:
    """Whether a text says the figure in a word that is its number and noun at once."""
    forms = checking.wordings(figure)
    return any(form in place.text for place in places for form in forms.get(place.lang, ()))


def _says(places: list[Place], figure: Figure, held: Known, numbers: Collection[Decimal]) -> bool:
    """Whether a text says one of the figure's numbers before its noun or before no noun of the summary's."""
    for place in places:
        for numeral in read(place.text, place.lang):
            names = held.counts(numeral, place.lang)[1]
            # A number alone in a picture is the card's own, which its code names.
            if numeral.value in numbers and (figure.name in names or not (names or place.drawn)):
                return True
    return False


def _cards(post: Post, old: Summary) -> list[Rendition]:
    """The cards of the summary that the post shows."""
    uses = [use for variant in post.variants.all() for use in variant.media.select_related("rendition")]
    return [use.rendition for use in uses if use.rendition.kind == "card" and use.rendition.summary_id == old.pk]


def _series(old: Summary, new: Summary | None) -> Iterator[Change]:
    """The bars whose value changed; the summary's own period is one of its figures."""
    now = {one["period"]: one["value"] for one in new.series} if new else {}
    for one in old.series:
        period, value = one["period"], one["value"]
        if value is not None and period != old.period and now.get(period, value if new else None) != value:
            then, later = Decimal(str(value)), now.get(period)
            yield Change(f"series.{period}", f"{period}: {_french(then)}",
                         "" if later is None else f"{period}: {_french(Decimal(str(later)))}", (then,))  # fmt: skip


def _french(value: Decimal) -> str:
    return formats.number(value, language("fr"))


def _sentences(old: Summary, new: Summary | None, places: list[Place], gone: set[Decimal]) -> Iterator[Change]:
    """Sentences that the post says word for word and whose other numbers changed: comparisons, records, coverage."""
    for name, texts in old.sentences.items():
        for lang, text in texts.items():
            later = new.sentences.get(name, {}).get(lang, "") if new else ""
            stale = _numbers(text, lang) - _numbers(later, lang) - gone
            if stale and any(place.lang == lang and text in place.text for place in places):
                yield Change(f"say.{name}", text[:300], later[:300], tuple(sorted(stale)))
                break


def _numbers(text: str, lang: str) -> set[Decimal]:
    return {one.value for one in read(text, lang) if one.value is not None}
