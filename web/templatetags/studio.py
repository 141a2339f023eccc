"""Filters of the studio's templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import translation
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline import channels, composing, history, metrics, states, thumbnails
from pipeline.models import (
    OUT,
    Channel,
    Correction,
    Faces,
    Post,
    PostKind,
    Publication,
    PublicationState,
    Rendition,
    Role,
    Slot,
    User,
    Variant,
    Voice,
)
from pipeline.rendering.languages import Language, languages
from pipeline.standing import Stand
from publishers import registry
from publishers._limits import limits, networks
from publishers._sentences import Sentence
from publishers._sentences import _ as sentence
from web import marks
from web.sources import figure_view

register = template.Library()
KINDS_IN_A_WORD = {PostKind.NEWS: _("news"), PostKind.EVERGREEN: _("evergreen")}


def spoken() -> str:
    """The language of the page: fr or en."""
    return (translation.get_language() or "fr")[:2]


@register.filter
def said(sentence: Sentence | Mapping[str, Any] | None) -> str:
    """A sentence, or the JSON of one, in the language of the page."""
    if not sentence:
        return ""
    return (sentence if isinstance(sentence, Sentence) else Sentence.from_json(sentence)).text(spoken())


@register.filter
def own(words: Mapping[str, str]) -> str:
    """The wording in the language of the page, else in the first that there is."""
    return words.get(spoken()) or next(iter(words.values()), "")


@register.filter
def mark(thing: Post | Publication) -> marks.Mark:
    """The shape and word of a state."""
    return marks.mark_of(thing)


@register.filter
def small(thing: Post | Variant) -> Rendition | None:
    """The file whose small picture stands for a post or a variant in lists; None for words alone."""
    variants = thing.variants.all() if isinstance(thing, Post) else [thing]
    return next((row for one in variants for use in one.media.all() if (row := thumbnails.of(use))), None)


@register.filter
def made_kind(kind: str) -> str | Promise:
    """What a rendered file is, in a word."""
    return marks.MADE.get(kind, kind)


@register.filter
def stand_shape(stand: Stand) -> str:
    """The shape of how a channel stands."""
    return marks.STAND_SHAPES[stand]


@register.filter
def moment(text: str) -> datetime:
    """A time that is stored as ISO 8601."""
    return datetime.fromisoformat(text)


@register.filter
def person(user: User | None) -> str:
    """How a person is called on pages."""
    return (user.get_full_name() or user.username) if user else "Porte-voix"


@register.filter
def tongue(code: str) -> Language | None:
    """The language of a BCP 47 code, for its name and direction; None where it is not in our table."""
    return languages().get(code)


@register.filter
def called(code: str) -> str:
    """What the page's own language calls a language: "arabe" for ar; its code where nobody told us its name."""
    from babel import Locale

    known = languages().get(code)
    return Locale.parse(spoken()).languages.get(code) or (known.name if known else code)


@register.filter
def direction(language: Language | None) -> str:
    """What the attribute `dir` says of a language; the browser looks for itself where we do not know it."""
    return language.dir if language else "auto"


@register.filter
def changed_figure(row: Correction) -> str:
    """What a correction is about: the noun of the figure, the bar of a period, or a sentence."""
    kind, _dot, rest = row.name.partition(".")
    if kind == "series":
        return gettext("a bar of the chart")
    if kind == "say" and rest:
        return gettext("a comparison")
    figure = row.summary.figures.filter(name=row.name).first()
    return figure_view(figure, spoken()).noun if figure else row.name


@register.filter
def role(name: str) -> str | Promise:
    """A role as people call it."""
    return marks.ROLES[Role(name)]


@register.filter
def part_name(part: str) -> str:
    """What of a post was changed, as its history calls it."""
    return said(history.named(part))


@register.filter
def faces(settled: str) -> str | Promise:
    """How faces were settled."""
    return marks.FACES[Faces(settled)]


@register.filter
def edit(action: str) -> str | Promise:
    """What was changed in the masks."""
    return marks.EDITS[action]


@register.filter
def voice(settled: str) -> str | Promise:
    """How voices were settled."""
    return marks.VOICES[Voice(settled)]


@register.filter
def network(name: str) -> str:
    """A network's name as it writes itself; where it is a word (a newsletter), in the language of the page."""
    adapter = registry().get(name)
    if adapter:
        return adapter.label
    return translation.gettext(limits(name).label) if name in networks() else name.title()


@register.filter
def account(channel: Channel) -> str:
    """The account's name, where it says more than its network does."""
    names = {channel.network.casefold(), network(channel.network).casefold()}
    return "" if channel.name.casefold() in names else channel.name


@register.filter
def placed(channel: Channel) -> str:
    """A channel in a list of choices: its network, and its account where that says more."""
    return " ".join(filter(None, (network(channel.network), account(channel))))


@register.filter
def messages_of(text: str, repair: str) -> list[str]:
    """The messages of a text that was split; the text alone where it was not."""
    return composing.messages(text) if repair == "thread" else [text]


@register.filter
def mended(name: str) -> str | Promise:
    """A repair that was done, as people call it."""
    return marks.MENDED[name]


@register.filter
def weekday(number: int) -> str | Promise:
    """A day of the week by its name; Monday is 0."""
    return WEEKDAYS[number]


@register.filter
def only_for(slot: Slot) -> str:
    """What a slot takes, in words; everything: a dash."""
    words = [slot.kind and str(KINDS_IN_A_WORD[PostKind(slot.kind)]), slot.form and str(marks.FORMS_OF_POST[slot.form])]
    return ", ".join(filter(None, words)) or "–"


@register.filter
def is_web(url: str) -> bool:
    """Whether an address opens in a browser; an outbox's folder does not."""
    return url.startswith(("https://", "http://"))


@register.filter
def by_hand(row: Publication) -> bool:
    """Whether the publication waits for a person to put it up."""
    return states.waits_for_a_hand(row)


@register.filter
def has_kit(row: Publication) -> bool:
    """Whether a kit was made for the publication and may still be looked at."""
    return row.state in (PublicationState.PENDING, *OUT) and row.channel.platform in channels.by_hand()


@register.filter
def counted(name: str) -> str:
    """What a count is called: "people reached" for reach."""
    return said(metrics.named(name))


@register.filter
def change(number: int) -> str:
    """How a count changed since the one before: "+12", "−3", "±0"."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "±0"


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """What stands under the key; nothing where there is none."""
    return mapping.get(key)


@register.filter
def first_rows(rows: Sequence[int]) -> str:
    """Some rows by their numbers: twelve at most, then dots."""
    shown = ", ".join(map(str, rows[:12])) + (", …" if len(rows) > 12 else "")
    return said(sentence("row {rows}", rows=shown) if len(rows) == 1 else sentence("rows {rows}", rows=shown))


@register.filter
def shape(name: str) -> str:
    """A format in words: "square"; its own name where nobody said one."""
    return str(marks.CUTS.get(name, name))


@register.simple_tag(takes_context=True)
def leaf(context: Mapping[str, Any], name: str, number: int) -> str:
    """The address of another part of a list, whatever else the address asks for."""
    query = context["request"].GET.copy()
    query[name] = str(number)
    return f"?{query.urlencode()}"
