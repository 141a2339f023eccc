"""From a recipe to drafts: each of its posts for itself, with a place in the calendar where a week is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from django.db import transaction
from django.utils import timezone

from pipeline import cards, channels, drafts, planning, summaries
from pipeline.cards import Drawn
from pipeline.drafts import Piece
from pipeline.errors import Refused
from pipeline.models import Channel, Post, Publication, Rendition, User
from pipeline.people import refuse_readers
from pipeline.planning.outcome import LeftOut, Made
from pipeline.recipes.definitions import PostRecipe, Recipe
from pipeline.rendering.languages import language
from pipeline.summaries import SummaryResult, periods
from pipeline.summaries import definitions as declared
from pipeline.summaries.periods import Period
from publishers._limits import limits
from publishers._sentences import _

FORMS = {"summary": ("image",), "text": ("text",), "reel": ("reel", "video")}  # what a network has to take, by source


@dataclass(frozen=True)
class Given:
    """What a person gives a recipe: a period, words by language, a film; a title of their own; fewer of its posts."""

    period: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    media: Sequence[tuple[Rendition, str]] = ()
    title: str = ""
    only: Sequence[str] = ()  # none named: all of them


def draft(recipe: Recipe, given: Given, *, by: User, accounts: Sequence[Channel] | None = None) -> Made:
    """The recipe's posts, drafted and without a time, on these channels, else on the recipe's own.

    A post that cannot be made is left out with its sentence, the others are made all the same; `Refused` for what is
    wrong with all of them.
    """
    return _make(recipe, given, by, accounts, lambda _number, _post: [])


def week(
    recipe: Recipe,
    given: Given,
    *,
    by: User,
    first: date,
    at: time | None = None,
    in_quiet_time: bool = False,
    accounts: Sequence[Channel] | None = None,
) -> Made:
    """The recipe's posts, one a day from `first` on, each in a free slot of its day on every channel.

    Where a channel has none that day, its post goes out at the hour `at`; without one the post is left out.
    """

    def place(number: int, post: Post) -> list[Publication]:
        day = first + timedelta(days=number)
        return planning.schedule_day(post, day, by=by, at=at, in_quiet_time=in_quiet_time)

    return _make(recipe, given, by, accounts, place)


def _make(
    recipe: Recipe,
    given: Given,
    by: User,
    accounts: Sequence[Channel] | None,
    place: Callable[[int, Post], list[Publication]],
) -> Made:
    refuse_readers(by)
    wanted = [recipe.post(name) for name in given.only] or list(recipe.posts)
    _refuse_nothing_given(recipe, given)
    chosen = channels_for(recipe) if accounts is None else list(accounts)
    result = summaries.compute(recipe.summary, given.period) if recipe.summary else None
    made = Made([], [], [])
    for number, one in enumerate(wanted):
        title = _title(recipe, one, given, by.language)
        try:
            pieces = drafts.resolved(_pieces(recipe, one, given, result, chosen, by))
            kind = one.kind or recipe.kind
            with transaction.atomic():  # the draft with its places: both or neither
                post = drafts.create(title, pieces, by=by, kind=kind, summary=result.row if result else None)
                rows = place(number, post)
        except Refused as refusal:
            made.left_out.append(LeftOut(one.name, title, refusal.sentence))
        else:
            made.posts.append(post)
            made.publications.extend(rows)
    return made


def _pieces(
    recipe: Recipe, one: PostRecipe, given: Given, result: SummaryResult | None, accounts: Sequence[Channel], by: User
) -> list[Piece]:
    if result is None:
        return [_given_piece(recipe, one, given, account) for account in accounts]
    return [_summary_piece(recipe, one, result, account, by) for account in accounts]


def _summary_piece(recipe: Recipe, one: PostRecipe, result: SummaryResult, account: Channel, by: User) -> Piece:
    """A channel's part of a post from a summary, in those of its languages that the summary speaks."""
    spoken = [lang for lang in recipe.languages or account.languages if lang in result.definition.languages]
    if not spoken:
        raise Refused(
            _(
                "{name} speaks none of the languages of {channel}: name another channel, or other languages.",
                name=result.name,
                channel=account.name,
            )
        )
    say: dict[str, dict[str, str]] = {place: result.sentences.get(sentence, {}) for place, sentence in one.say.items()}
    if not say["headline"]:
        raise Refused(
            _(
                "The sentence {name} cannot be said for {period}: a figure in it is not known.",
                name=one.say["headline"],
                period=result.period,
            )
        )
    assert one.card
    return drafts.summary_piece(result, account, by=by, say=say, card=one.card, langs=spoken)


def _given_piece(recipe: Recipe, one: PostRecipe, given: Given, account: Channel) -> Piece:
    """A channel's part of a post around given words, in the order of its languages."""
    own = list(recipe.languages or account.languages)
    spoken = sorted(given.texts, key=lambda lang: own.index(lang) if lang in own else len(own))
    texts = {lang: one.words.get(lang, "{text}").replace("{text}", given.texts[lang]) for lang in spoken}
    if recipe.source == "text":
        return Piece(account, texts, given.media)
    kinds = limits(account.network).kinds
    return Piece(account, texts, given.media, kind=next((form for form in FORMS["reel"] if form in kinds), None))


def _refuse_nothing_given(recipe: Recipe, given: Given) -> None:
    if recipe.source != "summary" and not given.texts:
        raise Refused(_("{recipe} takes its words from you: give them in at least one language.", recipe=recipe.recipe))
    films = [row for row, _alt in given.media if row.mime == "video/mp4"]
    if recipe.source == "reel" and len(films) != 1:
        raise Refused(_("{recipe} takes one film: name a reel that is rendered.", recipe=recipe.recipe))


def card_of(recipe: Recipe, name: str, period: str, lang: str) -> Drawn:
    """The card of one of its posts with the figures of that period, in this language or the first that there is.

    Drawn to be looked at and not kept. `Refused` where the post has no card, or its figures are not known.
    """
    one = next((post for post in recipe.posts if post.name == name), None)
    if one is None or one.card is None or recipe.summary is None:
        raise Refused(_("This post has no card."))
    result = summaries.compute(recipe.summary, period)
    tongue = lang if lang in result.definition.languages else result.definition.languages[0]
    data = summaries.card_data(result, one.card, tongue)
    return cards.draw(result.definition.cards[one.card].template, data, lang=tongue, format="square")


def taking(recipe: Recipe) -> list[Channel]:
    """Every channel in use whose network takes posts such as the recipe's."""
    wanted = set(FORMS[recipe.source])
    return [account for account in channels.in_use() if wanted & set(limits(account.network).kinds)]


def channels_for(recipe: Recipe) -> list[Channel]:
    """The recipe's channels; where it names none, every one of its networks that takes its posts."""
    own = [one for one in taking(recipe) if not recipe.networks or one.network in recipe.networks]
    found = [channels.get(name) for name in recipe.channels] or own
    if not found:
        raise Refused(_("No channel takes the posts of {recipe}: add one.", recipe=recipe.recipe))
    return found


def period_of(recipe: Recipe, asked: str | None = None) -> Period | None:
    """The period of its summary that is meant, the last complete one if none is named; None for other sources."""
    if recipe.summary is None:
        return None
    return periods.asked(asked, declared.load(recipe.summary).period, timezone.localdate())


def title_of(one: PostRecipe, meant: Period | None, lang: str) -> str:
    """A post's title for the calendar and the period, in the person's language where it is written in it."""
    spoken = lang if lang in one.title else next(iter(one.title))
    if meant is None:
        return one.title[spoken]
    named = meant.named(language(spoken))
    return one.title[spoken].replace("{period}", named).replace("{Period}", named[:1].upper() + named[1:])


def _title(recipe: Recipe, one: PostRecipe, given: Given, lang: str) -> str:
    """The post's own title; after the one that the person gave, where the recipe has several posts."""
    if given.title and len(recipe.posts) == 1:
        return given.title
    own = title_of(one, period_of(recipe, given.period), lang)
    return f"{given.title} – {own}" if given.title else own
