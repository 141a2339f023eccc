"""Posts, and the second person who reads them."""

from __future__ import annotations

import re

import click

from commands._terminal import (
    as_option,
    emit,
    find_post,
    find_rendition,
    json_option,
    person,
    post_argument,
    say,
    stored,
)
from publishers._sentences import Said, _


@click.command()
@click.option("--text", "texts", multiple=True, metavar="LANG=TEXT", help="Words of one language; repeat for more.")
@click.option("--summary", "summary_name", help="Words and card from this summary.")
@click.option("--period", help="The summary's period.")
@click.option("--media", multiple=True, type=int, metavar="RENDITION", help="A picture or reel of the store, in order.")
@click.option("--alt", "alts", multiple=True, help="Alt text of each --media, in the same order.")
@click.option("--to", "channel_names", required=True, help="Channels, separated by commas.")
@click.option("--title", default="", help="For the calendar; never sent.")
@click.option("--news", is_flag=True, help="News: asked about when more than 15 minutes late.")
@as_option
@json_option
@stored
def draft(
    texts: tuple[str, ...],
    media: tuple[int, ...],
    alts: tuple[str, ...],
    summary_name: str | None,
    period: str | None,
    channel_names: str,
    title: str,
    news: bool,
    username: str,
    as_json: bool,
) -> None:
    """Start a post with one variant per channel."""
    from pipeline import channels, drafts
    from pipeline.models import PostKind

    by = person(username)
    accounts = [channels.get(name.strip()) for name in channel_names.split(",")]
    kind = PostKind.NEWS if news else PostKind.EVERGREEN
    if summary_name:
        post = drafts.from_summary(summary_name, period, accounts, by=by, title=title, kind=kind)
    else:
        words = words_by_language(texts)
        rows = [find_rendition(number) for number in media]
        shown = [(row, alts[i] if i < len(alts) else row.alt) for i, row in enumerate(rows)]
        pieces = [drafts.Piece(channel=account, texts=words, media=shown) for account in accounts]
        post = drafts.create(title or next(iter(words.values()))[:60], pieces, by=by, kind=kind)
    emit(as_json, {"post": post.pk, "state": post.state}, lambda: say(_("Post {number} is drafted.", number=post.pk)))


def words_by_language(texts: tuple[str, ...]) -> dict[str, str]:
    """The texts by language, in order; a text that names no language is French."""
    named = [re.fullmatch(r"([a-z]{2,3})=(.*)", text, re.DOTALL) for text in texts]
    if not texts:
        raise Said(_("Give the words with --text fr=…, or a summary with --summary."))
    return {m[1] if m else "fr": m[2] if m else text for m, text in zip(named, texts, strict=True)}


@click.command()
@post_argument
@as_option
@stored
def submit(number: int, username: str) -> None:
    """Ask a second person to read the post; from here on it is sealed."""
    from pipeline import review

    revision = review.submit(find_post(number), by=person(username))
    say(_("Post {number} waits for a coordinator. Seal: {seal}.", number=number, seal=revision.seal[:16]))


@click.command()
@post_argument
@click.option("--accept-unread", default="", help="Languages that nobody read and that you accept, with commas.")
@as_option
@stored
def approve(number: int, accept_unread: str, username: str) -> None:
    """Agree to exactly what was submitted. Never one's own."""
    from pipeline import review

    accepted = [lang.strip() for lang in accept_unread.split(",") if lang.strip()]
    review.approve(review.waiting(find_post(number)), by=person(username), accept_unread=accepted)
    say(_("Post {number} is approved.", number=number))


@click.command("request-changes")
@post_argument
@click.argument("text")
@as_option
@stored
def request_changes(number: int, text: str, username: str) -> None:
    """Send the post back to its authors with a remark."""
    from pipeline import review

    review.request_changes(review.waiting(find_post(number)), by=person(username), text=text)
    say(_("Post {number} went back to its authors.", number=number))


@click.command()
@post_argument
@as_option
@stored
def recall(number: int, username: str) -> None:
    """Take the post back to draft, also off the queue."""
    from pipeline import review

    review.recall(find_post(number), by=person(username))
    say(_("Post {number} is a draft again.", number=number))


COMMANDS = (draft, submit, approve, request_changes, recall)
