"""Where a post goes, and what it says there in which language."""

from __future__ import annotations

import click

from commands._terminal import as_option, find_channel, find_post, json_option, person, post_argument, stored
from commands.posts import told_post
from publishers._sentences import Said, _


@click.command("add-to")
@post_argument
@click.argument("channel")
@click.option("--like", metavar="CHANNEL", help="Say and show the same as there; the post's first channel by default.")
@as_option
@json_option
@stored
def add_to(number: int, channel: str, like: str | None, username: str, as_json: bool) -> None:
    """Send a post to one more channel too, with what it says and shows on another; it is a draft afterwards."""
    from pipeline import channels, reach

    post = find_post(number)
    model = post.variants.filter(channel=find_channel(like)).first() if like else None
    if like and model is None:
        raise Said(_("Post {number} does not go to {channel}.", number=number, channel=like))
    added = channels.get(channel)
    reach.add_channel(post, added, by=person(username), like=model)
    told_post(as_json, post, _("Post {number} goes to {channel} too.", number=number, channel=added.name))


@click.command("take-off")
@post_argument
@click.argument("channel")
@as_option
@json_option
@stored
def take_off(number: int, channel: str, username: str, as_json: bool) -> None:
    """Take a post off a channel where it was neither submitted nor planned yet."""
    from pipeline import reach

    post = find_post(number)
    variant = post.variants.filter(channel__name=channel).select_related("channel", "post").first()
    if variant is None:
        raise Said(_("Post {number} does not go to {channel}.", number=number, channel=channel))
    reach.take_off(variant, by=person(username))
    told_post(as_json, post, _("Post {number} does not go to {channel} any more.", number=number, channel=channel))


@click.command()
@post_argument
@click.argument("lang")
@click.argument("words")
@click.option("--on", "named", multiple=True, metavar="CHANNEL", help="Only there; everywhere by default. Repeat.")
@as_option
@json_option
@stored
def text(number: int, lang: str, words: str, named: tuple[str, ...], username: str, as_json: bool) -> None:
    """Write what a post says in a language, there already or new; the post is a draft afterwards."""
    from pipeline import channels, reach
    from pipeline.rendering.languages import language

    post, spoken = find_post(number), language(lang)
    on = {channels.get(name).pk for name in named} if named else None
    written = reach.write(post, spoken.code, words, by=person(username), on=on)
    where = [variant.channel.name for variant in written]
    told_post(as_json, post, _("Post {number} says it on {channels}.", number=number, channels=where), channels=where)


COMMANDS = (add_to, take_off, text)
