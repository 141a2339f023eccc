"""What was said of a post, what happened to it, and what changed from one version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    as_option,
    cell_text,
    emit,
    find_post,
    indented,
    json_option,
    person,
    post_argument,
    say,
    spoken,
    stored,
)
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.comparing import Sheet, Stretch
    from pipeline.history import Event
    from pipeline.models import Comment, Post, Revision

MARKS = {"gone": ("[-", "-]"), "new": ("{+", "+}"), "same": ("", "")}  # as wdiff and git mark words
FATES = {"gone": "-", "new": "+", "same": ""}


@click.command()
@post_argument
@click.argument("text", required=False)
@click.option("--resolve", type=int, metavar="COMMENT", help="Settle this comment instead of writing one.")
@as_option
@json_option
@stored
def comment(number: int, text: str | None, resolve: int | None, username: str, as_json: bool) -> None:
    """Say something of a post to the others, or settle what was said; it is never sent. Shows all of it."""
    from pipeline import comments

    if (text is None) == (resolve is None):
        raise click.UsageError(_("Give the words of a comment, or --resolve with its number.").text(spoken()))
    post, by = find_post(number), person(username)
    if text is not None:
        comments.say(post, text, by=by)
    elif resolve is not None:
        row = post.comments.filter(pk=resolve).first()
        if row is None:
            raise Said(_("Post {number} has no comment {comment}: see “portevoix history {number}”.",
                         number=number, comment=resolve))  # fmt: skip
        comments.resolve(row, by=by)
    rows = list(comments.of(post))
    emit(as_json, {"post": post.pk, "comments": [_said(row) for row in rows]}, lambda: _show_comments(rows))


def _said(row: Comment) -> dict[str, Any]:
    return {"comment": row.pk, "by": row.by.username, "at": row.at.isoformat(), "text": row.text,
            "resolved_by": row.resolved_by.username if row.resolved_by else None}  # fmt: skip


def _show_comments(rows: list[Comment]) -> None:
    for row in rows:
        done = " ✓" if row.resolved_at else ""
        click.echo(f"{row.pk}  {_moment(row.at)}  {row.by.username}{done}")
        for line in row.text.splitlines():
            indented(line)


@click.command()
@post_argument
@click.option("--from", "old", type=int, metavar="VERSION", help="Compare from this version on.")
@click.option("--to", "new", type=int, metavar="VERSION", help="Up to this one; else to the post as it stands.")
@json_option
@stored
def history(number: int, old: int | None, new: int | None, as_json: bool) -> None:
    """Show what happened to a post and what was said of it; with --from, what changed since that version."""
    from pipeline import comments
    from pipeline import history as past

    post = find_post(number)
    events, rows = past.of(post), list(comments.of(post))
    sheets = _compared(post, old, new) if old is not None or new is not None else None
    facts: dict[str, Any] = {"post": post.pk, "history": [_told(one) for one in events],
                             "comments": [_said(row) for row in rows]}  # fmt: skip
    if sheets is not None:
        facts["changed"] = [_differs(sheet) for sheet in sheets if sheet.changed]

    def show() -> None:
        if sheets is not None:
            _show_sheets(sheets)
            return
        for event in reversed(events):
            click.echo(_line(event))
            for line in event.text.splitlines():
                indented(line)
        _show_comments(rows)

    emit(as_json, facts, show)


def _compared(post: Post, old: int | None, new: int | None) -> list[Sheet]:
    from pipeline import comparing

    first, then = (_revision(post, one) for one in (old, new))
    if first is None:
        raise Said(_("Name the version to compare from with --from."))
    return comparing.between(comparing.sealed(first), comparing.sealed(then) if then else comparing.standing(post))


def _revision(post: Post, number: int | None) -> Revision | None:
    if number is None:
        return None
    found = post.revisions.filter(number=number).first()
    if found is None:
        raise Said(_("Post {number} has no version {version}: see “portevoix history {number}”.",
                     number=post.pk, version=number))  # fmt: skip
    return found


def _told(event: Event) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(), "by": event.who.username if event.who else None, "what": cell_text(event.what),
        "channel": event.channel.name if event.channel else None, "due": event.due.isoformat() if event.due else None,
        "text": event.text, "version": event.revision,
    }  # fmt: skip


def _line(event: Event) -> str:
    more = (f"({event.revision})" if event.revision else "", event.channel.name if event.channel else "",
            _moment(event.due) if event.due else "")  # fmt: skip
    who = event.who.username if event.who else "porte-voix"
    return "  ".join(filter(None, (_moment(event.at), who, cell_text(event.what), *more)))


def _moment(at: Any) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _differs(sheet: Sheet) -> dict[str, Any]:
    return {
        "channel": sheet.channel.name, "fate": sheet.fate,
        "texts": [{"langs": list(one.langs), "words": _marked(one.stretches)} for one in sheet.words if one.changed],
        "pictures": [{"fate": one.fate, "sha256": one.medium.file.sha256, "alt": _marked(one.alt)}
                     for one in sheet.pictures if one.changed],
        "reordered": sheet.reordered, "also": [cell_text(what) for what in sheet.settings],
    }  # fmt: skip


def _marked(stretches: list[Stretch]) -> str:
    return "".join(f"{MARKS[one.fate][0]}{one.text}{MARKS[one.fate][1]}" for one in stretches)


def _show_sheets(sheets: list[Sheet]) -> None:
    changed = [sheet for sheet in sheets if sheet.changed]
    if not changed:
        say(_("Nothing differs: words, pictures and settings are the same."))
    for sheet in changed:
        click.echo(f"{sheet.channel.name} {FATES[sheet.fate]}".rstrip())
        for words in (one for one in sheet.words if one.changed):
            for line in _marked(words.stretches).splitlines():
                indented(line)
        for picture in (one for one in sheet.pictures if one.changed):
            indented(f"{FATES[picture.fate]}{picture.medium.file.sha256[:12]} {_marked(picture.alt)}")
        for what in sheet.settings:
            indented(cell_text(what))


COMMANDS = (comment, history)
