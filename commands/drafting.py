"""Posts from words, from a summary or from a recipe, and a week of them at once."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from commands._several import refuse_at_end
from commands._terminal import (
    as_option,
    emit,
    find_post,
    find_rendition,
    json_option,
    person,
    post_argument,
    say,
    show_publications,
    spoken,
    stored,
    table,
)
from commands.calendar import placed_facts
from commands.posts import cues_by_language, dress, told_post
from commands.slots import hour
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.captions import Beside
    from pipeline.models import Channel, Post, Rendition, User
    from pipeline.planning import LeftOut, Made
    from pipeline.planning.likeness import Likeness
    from pipeline.recipes import Given

text_option = click.option(
    "--text", "texts", multiple=True, metavar="LANG=TEXT", help="Words of one language; repeat for more."
)
period_option = click.option("--period", help="The summary's period.")
media_option = click.option(
    "--media", multiple=True, type=int, metavar="RENDITION", help="A picture or reel of the store, in order."
)
alt_option = click.option("--alt", "alts", multiple=True, help="Alt text of each --media, in the same order.")
cover_option = click.option(
    "--cover", type=int, metavar="RENDITION", help="A picture of the store as the film's cover."
)
cover_at_option = click.option(
    "--cover-at", type=float, metavar="SECONDS", help="The film's own picture then, as its cover."
)
subtitles_option = click.option(
    "--subtitles", multiple=True, metavar="LANG=FILE", help="The film's subtitles, SRT or WebVTT; repeat."
)
title_option = click.option("--title", default="", help="For the calendar; never sent.")
set_option = click.option(
    "--set", "sets", multiple=True, metavar="NAME", help="A saved set of hashtags and mentions; repeat for more."
)
link_option = click.option("--link", default="", metavar="URL", help="Where to read more.")
warning_option = click.option("--warning", default="", help="A content warning.")
only_option = click.option("--only", default="", help="Only these posts of the recipe, with commas.")


@click.command()
@click.argument("recipe_name", metavar="[RECIPE]", required=False)
@text_option
@click.option("--summary", "summary_name", help="Words and card from this summary.")
@period_option
@media_option
@alt_option
@cover_option
@cover_at_option
@subtitles_option
@click.option("--to", "channel_names", help="Channels, separated by commas; a recipe knows its own.")
@title_option
@only_option
@set_option
@link_option
@warning_option
@click.option("--news", is_flag=True, help="News: asked about when more than 15 minutes late. A recipe says it itself.")
@as_option
@json_option
@stored
def draft(
    recipe_name: str | None,
    texts: tuple[str, ...],
    summary_name: str | None,
    period: str | None,
    media: tuple[int, ...],
    alts: tuple[str, ...],
    cover: int | None,
    cover_at: float | None,
    subtitles: tuple[str, ...],
    channel_names: str | None,
    title: str,
    only: str,
    sets: tuple[str, ...],
    link: str,
    warning: str,
    news: bool,
    username: str,
    as_json: bool,
) -> None:
    """Start a post with one variant per channel; with RECIPE, all of its posts."""
    from pipeline import recipes

    accounts, cues = channels_named(channel_names), cues_by_language(subtitles)
    if (cover is not None or cover_at is not None or cues) and not any_film(media):
        raise Said(_("Only a film has a cover and subtitles."))
    if recipe_name is None:
        if accounts is None:
            raise click.UsageError(_("Name the channels with --to, or a RECIPE.").text(spoken()))
        by = person(username)
        post = _by_hand(
            texts, summary_name, period, shown(media, alts), accounts, by=by, title=title, news=news,
            beside=beside(sets, link, warning),
        )  # fmt: skip
        dress(post, by, cover, cover_at, cues)
        tell_drafted(as_json, post)
        return
    if summary_name or news or sets or link or warning:
        raise click.UsageError(_("A recipe names its summary, its kind and what goes beside itself.").text(spoken()))
    by, given = person(username), given_to_recipe(period, texts, shown(media, alts), title, only)
    made = recipes.draft(recipes.load(recipe_name), given, by=by, accounts=accounts)
    for post in made.posts:
        dress(post, by, cover, cover_at, cues)
    if len(made.posts) == 1 and not made.left_out:
        tell_drafted(as_json, made.posts[0])
    else:
        tell_made(as_json, made)


def _by_hand(
    texts: tuple[str, ...],
    summary_name: str | None,
    period: str | None,
    media: list[tuple[Rendition, str]],
    accounts: list[Channel],
    *,
    by: User,
    title: str,
    news: bool,
    beside: Beside,
) -> Post:
    from pipeline import drafts
    from pipeline.models import PostKind

    kind = PostKind.NEWS if news else PostKind.EVERGREEN
    if summary_name:
        return drafts.from_summary(summary_name, period, accounts, by=by, title=title, kind=kind, beside=beside)
    words = words_by_language(texts)
    if not words:
        raise Said(_("Give the words with --text fr=…, a summary with --summary, or a recipe."))
    pieces = [
        drafts.beside_words(drafts.Piece(channel=account, texts=words, media=media), beside) for account in accounts
    ]
    return drafts.create(title or next(iter(words.values()))[:60], pieces, by=by, kind=kind)


def beside(sets: tuple[str, ...], link: str, warning: str) -> Beside:
    """What goes beside the words of a post."""
    from pipeline import signs
    from pipeline.captions import Beside

    if link and not link.startswith("https://"):
        raise Said(_("A link begins with https://."))
    return Beside(signs.named(sets), link, warning)


def channels_named(names: str | None) -> list[Channel] | None:
    """The channels of a list with commas; None where none is named."""
    from pipeline import channels

    return [channels.get(name.strip()) for name in names.split(",")] if names else None


def shown(media: tuple[int, ...], alts: tuple[str, ...]) -> list[tuple[Rendition, str]]:
    """The pictures and films of these numbers with their alt texts, else the ones proposed when they were made."""
    rows = [find_rendition(number) for number in media]
    return [(row, alts[i] if i < len(alts) else row.alt) for i, row in enumerate(rows)]


def any_film(media: tuple[int, ...]) -> bool:
    """Whether one of these renditions is a film."""
    return any(find_rendition(number).mime.startswith("video/") for number in media)


def words_by_language(texts: tuple[str, ...]) -> dict[str, str]:
    """The texts by language, in order, as plain text; one that names no language is French."""
    from pipeline.pasted import plain

    named = [re.fullmatch(r"([a-z]{2,3})=(.*)", text, re.DOTALL) for text in texts]
    return {m[1] if m else "fr": plain(m[2] if m else text) for m, text in zip(named, texts, strict=True)}


def given_to_recipe(
    period: str | None, texts: tuple[str, ...], media: list[tuple[Rendition, str]], title: str, only: str
) -> Given:
    """What the options give a recipe."""
    from pipeline import recipes

    names = [name.strip() for name in only.split(",") if name.strip()]
    return recipes.Given(period=period, texts=words_by_language(texts), media=media, title=title, only=names)


def tell_drafted(as_json: bool, post: Post) -> None:
    """That one post is drafted, and what comes next."""
    told_post(
        as_json,
        post,
        _("Post {number} is drafted. Next: portevoix read {number}, then portevoix submit {number}.", number=post.pk),
    )


def tell_made(as_json: bool, made: Made, *meant: Post) -> None:
    """The posts that were drafted, their places, and those that were left out; exit status 1 where one was.

    That they are like each other, or like those `meant`, is what they are made for, and not said.
    """
    from pipeline.planning import likeness

    ours = {post.pk for post in (*made.posts, *meant)}
    alike = [one for one in likeness.of_all(made.publications) if one.publication.variant.post_id not in ours]
    told = {
        "posts": [{"post": post.pk, "title": post.title, "state": post.state} for post in made.posts],
        "publications": placed_facts(made.publications, alike),
        "refused": [_left_out(one) for one in made.left_out],
    }
    emit(as_json, told, lambda: show_made(made, alike))
    refuse_at_end(
        _("{title} ({name}): {why}", title=one.title, name=one.name, why=one.sentence) for one in made.left_out
    )


def _left_out(one: LeftOut) -> dict[str, str]:
    return {"name": one.name, "title": one.title, "sentence": one.sentence.text(spoken())}


def show_made(made: Made, alike: list[Likeness]) -> None:
    """The drafts for people: each one's places or number, what they are too like, and what comes next."""
    if not made.posts:
        return
    if made.publications:
        show_publications(made.publications)
    else:
        table([_("n°"), _("post")], [[post.pk, post.title] for post in made.posts])
    for one in alike:
        say(one.sentence)
    numbers = " ".join(str(post.pk) for post in made.posts)
    say(_("Drafted: {numbers}. Next: portevoix read {numbers}, then portevoix submit {numbers}.", numbers=numbers))


@click.command()
@click.argument("recipe_name", metavar="RECIPE")
@click.option("--from", "first", required=True, metavar="DAY", help="The day of its first post: 2026-11-30.")
@click.option("--at", help="The hour where a channel has no free slot that day: 09:00.")
@click.option("--in-quiet-time", is_flag=True, help="With --at: also in the quiet hours.")
@period_option
@text_option
@media_option
@alt_option
@click.option("--to", "channel_names", help="Channels, separated by commas, instead of the recipe's own.")
@title_option
@only_option
@as_option
@json_option
@stored
def week(
    recipe_name: str,
    first: str,
    at: str | None,
    in_quiet_time: bool,
    period: str | None,
    texts: tuple[str, ...],
    media: tuple[int, ...],
    alts: tuple[str, ...],
    channel_names: str | None,
    title: str,
    only: str,
    username: str,
    as_json: bool,
) -> None:
    """Draft the posts of RECIPE and put one into each day, in the free slots of its channels."""
    from pipeline import recipes

    recipe, day, at_hour = recipes.load(recipe_name), _day(first), hour(at) if at else None
    given = given_to_recipe(period, texts, shown(media, alts), title, only)
    accounts, by = channels_named(channel_names), person(username)
    made = recipes.week(
        recipe, given, by=by, first=day, at=at_hour, in_quiet_time=in_quiet_time, accounts=accounts
    )  # fmt: skip
    tell_made(as_json, made)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Said(_("“{text}” is not a day: write it as 2026-11-30.", text=text)) from None


@click.group()
def recipe() -> None:
    """Templates of posts: which ones are drafted together, from a summary, a reel or a text."""


@recipe.command("list")
@json_option
@stored
def list_recipes(as_json: bool) -> None:
    """Show the recipes of config/recipes."""
    from pipeline import recipes

    found = [recipes.load(name) for name in recipes.listed()]
    facts = [{"name": one.recipe, "source": one.source, "posts": [post.name for post in one.posts]} for one in found]
    rows = [[one.recipe, _own(one.title), one.source, len(one.posts)] for one in found]
    emit(as_json, facts, lambda: table([_("recipe"), _("what it is"), _("drawn from"), _("posts")], rows))


def _own(words: dict[str, str]) -> str:
    return words.get(spoken()) or next(iter(words.values()))


@recipe.command("show")
@click.argument("name")
@period_option
@json_option
@stored
def show_recipe(name: str, period: str | None, as_json: bool) -> None:
    """Show the posts of a recipe, and the channels that they go to."""
    from pipeline import recipes

    found = recipes.load(name)
    accounts = [account.name for account in recipes.channels_for(found)]
    meant = recipes.period_of(found, period)
    titles = [recipes.title_of(post, meant, spoken()) for post in found.posts]
    facts: dict[str, Any] = {**found.model_dump(mode="json", exclude_defaults=True), "to": accounts, "titles": titles}

    def show() -> None:
        heads = [_("post"), _("title"), _("sentences"), _("card")]
        drawn = zip(found.posts, titles, strict=True)
        table(heads, [[one.name, title, list(one.say.values()), one.card] for one, title in drawn])
        say(_("Channels: {names}", names=accounts))

    emit(as_json, facts, show)


@click.command("copy")
@post_argument
@title_option
@as_option
@json_option
@stored
def copy_post(number: int, title: str, username: str, as_json: bool) -> None:
    """Draft a post once more: words, pictures and settings, to be read and approved anew."""
    from pipeline import copies

    post = find_post(number)
    tell_drafted(as_json, copies.copy(post, by=person(username), title=title))


@click.command()
@post_argument
@click.option("--weeks", type=int, required=True, help="How many weeks more.")
@click.option("--in-quiet-time", is_flag=True, help="Also in the quiet hours.")
@as_option
@json_option
@stored
def series(number: int, weeks: int, in_quiet_time: bool, username: str, as_json: bool) -> None:
    """Copy a post into each of the next weeks, at its own day and hour; each copy is approved for itself."""
    from pipeline import planning

    post = find_post(number)
    tell_made(as_json, planning.series(post, weeks, by=person(username), in_quiet_time=in_quiet_time), post)


COMMANDS = (draft, week, recipe, copy_post, series)
