"""Posts that show a figure which the records no longer give, and putting them right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    as_option,
    emit,
    find_post,
    indented,
    json_option,
    person,
    post_argument,
    program,
    say,
    spoken,
    stored,
)
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.corrections.reading import ToCorrect
    from pipeline.models import Correction


@click.command()
@json_option
@stored
def corrections(as_json: bool) -> None:
    """List the posts that show a figure which changed afterwards, with the old and the new one."""
    from pipeline import corrections as stage

    rows = stage.waiting()

    def show() -> None:
        show_corrections(rows)
        if not rows:
            say(_("No post shows a figure that changed."))

    emit(as_json, [correction_facts(one) for one in rows], show)


def correction_facts(one: ToCorrect) -> dict[str, Any]:
    """A post to be corrected, for --json."""
    return {
        "post": one.post.pk, "title": one.post.title, "out": one.out, "draft": one.draft.pk if one.draft else None,
        "figures": [{"name": row.name, "was": row.was, "now": row.now or None} for row in one.corrections],
    }  # fmt: skip


def show_corrections(rows: list[ToCorrect]) -> None:
    """Each post with what changed and the command that corrects it."""
    for one in rows:
        facts = {"number": one.post.pk, "title": one.post.title}
        if one.out:
            say(_("Post {number} is out and shows a figure that changed: {title}", **facts))
        else:
            say(_("Post {number} is held back, a figure of it changed: {title}", **facts))
        for row in one.corrections:
            indented(change_sentence(row).text(spoken()))
        if one.draft:
            say(_("Its correction is drafted: post {number}.", number=one.draft.pk))
        else:
            indented(f"{program()} correct {one.post.pk} --as USER")


def change_sentence(row: Correction) -> Sentence:
    """One figure: what it was and what it is."""
    if not row.now:
        return _("{name}: {was}, now not known", name=row.name, was=row.was)
    return _("{name}: {was}, now {now}", name=row.name, was=row.was, now=row.now)


@click.command()
@post_argument
@click.option("--keep", metavar="REASON", help="Let it stand as it is, and say why; coordinators only.")
@as_option
@json_option
@stored
def correct(number: int, keep: str | None, username: str, as_json: bool) -> None:
    """Put a post right: a new draft where it is out, the post itself where it is not."""
    from pipeline import corrections as stage

    post, by = find_post(number), person(username)
    if keep is not None:
        stage.keep(post, keep, by=by)
        told = _("Post {number} stands as it is; your reason is kept.", number=number)
        emit(as_json, {"post": number, "kept": True}, lambda: say(told))
        return
    made = stage.correct(post, by=by)
    drawn = _("Post {number} is drawn again: read it, then submit it.", number=made.pk)
    drafted = _("Post {number} says what changed: read it, then submit it.", number=made.pk)
    emit(as_json, {"post": made.pk, "corrects": number}, lambda: say(drawn if made == post else drafted))


COMMANDS = (corrections, correct)
