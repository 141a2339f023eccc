"""Posts, and the second person who reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._several import Told, of_each, posts_argument, told
from commands._terminal import (
    about_grace,
    as_option,
    emit,
    find_post,
    find_rendition,
    json_option,
    person,
    post_argument,
    stored,
)
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Post, User, VariantText


def dress(post: Post, by: User, cover: int | None, cover_at: float | None, cues: dict[str, Any]) -> None:
    """Gives every film of the post its cover and its subtitles, where some are named."""
    from pipeline import films

    if (cover is not None or cover_at is not None or cues) and not films.films(post):
        raise Said(_("Only a film has a cover and subtitles."))
    for use in films.films(post):
        if cover is not None or cover_at is not None:
            picture = find_rendition(cover) if cover is not None else None
            moment = round(cover_at * 1000) if cover_at is not None else None
            films.set_cover(use, by=by, cover=picture, moment_ms=moment)
        if cues:
            films.set_subtitles(use, cues, by=by)


def cues_by_language(named: tuple[str, ...]) -> dict[str, Any]:
    """The cues of each file by its language; None for LANG= alone, which takes a language's away."""
    from pipeline import subtitles

    found: dict[str, Any] = {}
    for one in named:
        lang, equals, path = one.partition("=")
        if not equals:
            raise Said(_("Write subtitles as LANG=FILE, for example fr=film.srt."))
        found[lang] = subtitles.read(Path(path).read_bytes(), Path(path).name) if path else None
    return found


@click.command()
@post_argument
@click.option("--cover", type=int, metavar="RENDITION", help="A picture of the store as the film's cover.")
@click.option("--cover-at", type=float, metavar="SECONDS", help="The film's own picture then, as its cover.")
@click.option("--no-cover", is_flag=True, help="Leave the cover to the network.")
@click.option("--subtitles", multiple=True, metavar="LANG=FILE", help="SRT or WebVTT; LANG= takes them away. Repeat.")
@as_option
@json_option
@stored
def film(
    number: int,
    cover: int | None,
    cover_at: float | None,
    no_cover: bool,
    subtitles: tuple[str, ...],
    username: str,
    as_json: bool,
) -> None:
    """Give a post's film its cover and subtitles, on every channel; the post is a draft afterwards."""
    from pipeline import films

    post, by = find_post(number), person(username)
    if no_cover:
        for use in films.films(post):
            films.set_cover(use, by=by)
    dress(post, by, cover, cover_at, cues_by_language(subtitles))
    told_post(as_json, post, _("Post {number} has what travels beside its film.", number=number))


def told_post(as_json: bool, post: Post, *sentences: Sentence, **more: Any) -> None:
    """What was done with the post: its number and state now, or the sentences."""
    one = about(post, *sentences, **more)
    emit(as_json, one.facts, one.show)


def about(post: Post, *sentences: Sentence, **more: Any) -> Told:
    """What was done with the post, not yet told."""
    post.refresh_from_db(fields=["state"])
    return told({"post": post.pk, "state": post.state, **more}, *sentences)


@click.command()
@posts_argument
@click.option("--lang", "langs", default="", help="Languages that you read, with commas; all of them if none is named.")
@as_option
@json_option
@stored
def read(numbers: tuple[int, ...], langs: str, username: str, as_json: bool) -> None:
    """Say by name that you have read the posts' texts and stand by them; they are shown."""
    by = person(username)
    named = list(dict.fromkeys(lang.strip() for lang in langs.split(",") if lang.strip()))
    of_each(numbers, as_json, lambda number: _read(number, named, by))


def _read(number: int, named: list[str], by: User) -> Told:
    from pipeline import drafts
    from pipeline.models import VariantText

    post = find_post(number)
    rows = list(VariantText.objects.filter(variant__post=post).select_related("variant__channel").order_by("pk"))
    there = list(dict.fromkeys(row.lang for row in rows))
    wanted = named or there
    if missing := [lang for lang in wanted if lang not in there]:
        raise Said(_("Post {number} has no text in {missing}. It has: {there}.",
                     number=number, missing=missing, there=there or "–"))  # fmt: skip
    chosen = [row for row in rows if row.lang in wanted]
    for row in chosen:
        drafts.mark_read(row, by=by)
    noted = about(
        post,
        _("Read by {name}: {langs}. Next: portevoix submit {number}.", name=by.username, langs=wanted, number=number),
        read=wanted,
    )

    def show() -> None:
        show_texts(chosen)
        noted.show()

    return Told(noted.facts, show)


def show_texts(rows: list[VariantText]) -> None:
    """Each text once, under the channels and the language that it is for."""
    channels: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        channels.setdefault((row.lang, row.text), []).append(row.variant.channel.name)
    for (lang, text), names in channels.items():
        click.echo(f"— {', '.join(names)} ({lang})\n{text}\n")


@click.command()
@posts_argument
@as_option
@json_option
@stored
def submit(numbers: tuple[int, ...], username: str, as_json: bool) -> None:
    """Ask a second person to read the posts; from here on each is sealed."""
    by = person(username)
    of_each(numbers, as_json, lambda number: _submit(number, by))


def _submit(number: int, by: User) -> Told:
    from pipeline import review

    post = find_post(number)
    revision = review.submit(post, by=by)
    return about(
        post,
        _("Post {number} waits for a coordinator. Seal: {seal}.", number=number, seal=revision.seal[:16]),
        revision=revision.number,
        seal=revision.seal,
    )


@click.command()
@posts_argument
@click.option("--accept-unread", default="", help="Languages that nobody read and that you accept, with commas.")
@click.option("--at-once", default="", metavar="YES", help="Type yes for news that nothing keeps back.")
@as_option
@json_option
@stored
def approve(numbers: tuple[int, ...], accept_unread: str, at_once: str, username: str, as_json: bool) -> None:
    """Agree to exactly what was submitted, for each post by itself. Never one's own."""
    by, accepted = person(username), [lang.strip() for lang in accept_unread.split(",") if lang.strip()]
    of_each(numbers, as_json, lambda number: _approve(number, accepted, at_once, by))


def _approve(number: int, accepted: list[str], at_once: str, by: User) -> Told:
    from pipeline import review
    from pipeline.models import Publication

    post = find_post(number)
    review.approve(review.waiting(post), by=by, accept_unread=accepted, at_once=at_once)
    planned = list(Publication.objects.filter(variant__post=post, state="scheduled"))
    following = (
        _("Post {number} is approved and has its time: see “portevoix calendar”.", number=number)
        if planned
        else _(
            "Post {number} is approved. Give it a time with: portevoix schedule {number} --at 'YYYY-MM-DD HH:MM'",
            number=number,
        )
    )
    return about(post, following, *about_grace(planned))


@click.command("request-changes")
@post_argument
@click.argument("text")
@as_option
@json_option
@stored
def request_changes(number: int, text: str, username: str, as_json: bool) -> None:
    """Send the post back to its authors with a remark."""
    from pipeline import review

    post = find_post(number)
    review.request_changes(review.waiting(post), by=person(username), text=text)
    told_post(as_json, post, _("Post {number} went back to its authors.", number=number))


@click.command()
@post_argument
@as_option
@json_option
@stored
def recall(number: int, username: str, as_json: bool) -> None:
    """Take the post back to draft, also off the queue."""
    from pipeline import review

    post = find_post(number)
    review.recall(post, by=person(username))
    told_post(as_json, post, _("Post {number} is a draft again.", number=number))


COMMANDS = (film, read, submit, approve, request_changes, recall)
