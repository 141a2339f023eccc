"""A summary on a card: the words and bars that are drawn, and the alt text made from exactly these."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings

from pipeline.cards import templates
from pipeline.errors import Refused
from pipeline.rendering.languages import language
from pipeline.summaries import charting, words
from pipeline.summaries.computing import SummaryResult
from pipeline.summaries.definitions import CardWords
from pipeline.summaries.speaking import holding, vocabulary
from publishers._sentences import _

LONGEST_ALT = 250  # characters; the short form that is read in one breath


def card_data(result: SummaryResult, card: str = "figure", lang: str = "fr") -> dict[str, Any]:
    """The data of a card in one language, of that what its template takes: tag, place, title, qualifier, figure, label,
    body, source, code, account, and its charts (pipeline.summaries.charting).

    A bar is {label, year, value, current}; its value is None where nothing is known, which is not zero, and its year
    is said for the first bar and for each January. Only the card of the series' own metric has bars.
    Raises Refused for a card or language that the summary does not declare, or a figure that is not known.
    """
    own = _card(result, card, lang)
    fact, threshold = result.facts[own.figure], result.definition.protect.threshold
    if fact.value is None and not fact.suppressed:
        raise Refused(
            _("{figure} is not known for {period}: there is no card of it.", figure=own.figure, period=result.period)
        )
    said = _words(result, own, lang)
    told = {
        "tag": words.fill(own.tag[lang], said, lang),
        "place": words.fill(own.place[lang], said, lang),
        "qualifier": words.at_least(fact, lang),
        "figure": words.shown(fact, lang, threshold),
        "label": words.noun(own.label[lang], Decimal(threshold) if fact.value is None else fact.value, lang),
        "body": words.say(own.body, lang, said, _holding(result, own)) or "",
        "source": result.sentences[own.source][lang],
        "code": f"#{result.figures[own.figure].code}",
        "account": settings.PORTEVOIX_ACCOUNT,
        "title": words.fill(own.title.get(lang, ""), said, lang),
    }
    slots = templates.load(own.template).slots
    return {name: text for name, text in told.items() if name in slots} | charting.charts(result, own, lang)


def alt_text(result: SummaryResult, lang: str = "fr", card: str = "figure") -> str:
    """The alt text of that card, at most 250 characters, made only of what the card draws."""
    own = _card(result, card, lang)
    text = words.say(own.alt, lang, _words(result, own, lang), _holding(result, own))
    if text is None:
        raise Refused(_("No alt text of card {card} fits these figures: add a wording without them.", card=card))
    if len(text) > LONGEST_ALT:
        raise Refused(
            _(
                "The alt text of card {card} has {n} characters, {most} at most: shorten it.",
                card=card,
                n=len(text),
                most=LONGEST_ALT,
            )
        )
    return text


def table(result: SummaryResult, lang: str = "fr") -> list[tuple[str, str]]:
    """The known figures of a summary in one language: what is counted, and how many, as a reader sees it."""
    threshold, rows = result.definition.protect.threshold, []
    for name, metric in result.definition.metrics.items():
        fact = result.facts.get(name)
        if fact and lang in metric.noun and (fact.suppressed or fact.value is not None):
            form = words.noun(metric.noun[lang], Decimal(threshold) if fact.value is None else fact.value, lang)
            many = " ".join(filter(None, (words.at_least(fact, lang), words.shown(fact, lang, threshold))))
            rows.append((form.replace("#", "").strip(), many))
    return rows


def _card(result: SummaryResult, card: str, lang: str) -> CardWords:
    definition = result.definition
    if card not in definition.cards:
        known = ", ".join(definition.cards) or "–"
        raise Refused(_("{name} has no card {card}: choose one of {names}.", name=result.name, card=card, names=known))
    if lang not in definition.languages:
        spoken = ", ".join(definition.languages)
        raise Refused(
            _("{name} does not speak {lang}: choose one of {names}.", name=result.name, lang=lang, names=spoken)
        )
    return definition.cards[card]


def _holding(result: SummaryResult, own: CardWords) -> set[str]:
    return holding(result.setting, result.facts) | ({"series.drawn"} if charting.drawn(result, own) else set())


def _words(result: SummaryResult, own: CardWords, lang: str) -> dict[str, str | None]:
    """The summary's vocabulary, its sentences as {say.NAME}, and the ends of its series where the card draws them."""
    found = vocabulary(result.definition, result.setting, result.facts, lang)
    for name in result.definition.say:
        found[f"say.{name}"] = result.sentences.get(name, {}).get(lang)
    series = result.series if charting.drawn(result, own) else ()
    drawn = [(value, period) for period, value in series if value is not None]
    for end, pick in (("least", min), ("most", max)):
        value, period = pick(drawn, key=lambda one: one[0]) if drawn else (None, None)
        found[f"series.{end}"] = None if value is None else words.number(value, language(lang))
        found[f"series.{end}_period"] = period.named(language(lang)) if period else None
    return found
