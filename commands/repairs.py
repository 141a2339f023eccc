"""Mending what a network would refuse, where a machine can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, find_post, indented, json_option, person, post_argument, say, spoken, stored
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Post
    from pipeline.repairs import Step

NAMES: dict[str, Sentence] = {
    "cut": _("cut at a sentence"),
    "thread": _("split into messages"),
    "shrink": _("made smaller"),
    "convert": _("made in its form"),
    "reencode": _("encoded anew"),
}


@click.command()
@post_argument
@click.option("--dry-run", is_flag=True, help="Show what would be mended, change nothing.")
@click.option("--way", type=click.Choice(["cut", "thread"]), help="How a text that is too long is mended.")
@click.option("--undo", is_flag=True, help="Put back what stood there before the last repair.")
@click.option("--as", "username", metavar="USER", help="Who does this; asks for the password. Not for --dry-run.")
@json_option
@stored
def fix(number: int, dry_run: bool, way: str | None, undo: bool, username: str | None, as_json: bool) -> None:
    """Mend what a network would refuse, where a machine can; the post is a draft afterwards."""
    from pipeline import repairs

    post = find_post(number)
    if not dry_run and not username:
        raise Said(_("Say with --as who repairs it, or add --dry-run to see what would be done."))
    by = person(username) if username else None
    if undo:
        steps = []
        _put_back(post, str(username))
    else:
        steps = repairs.fix(post, by=by, way=way, dry_run=dry_run)
    post.refresh_from_db(fields=["state"])
    facts = {
        "post": post.pk, "state": post.state, "dry_run": dry_run,
        "repairs": [step_facts(step) for step in steps], "left": left_facts(post),
    }  # fmt: skip
    emit(as_json, facts, lambda: _show(facts, steps, undo=undo))


def _put_back(post: Post, username: str) -> None:
    from pipeline import repairs
    from pipeline.models import Repair

    last = Repair.objects.filter(variant__post=post, undone_at=None).order_by("-pk").first()
    if last is None:
        raise Said(_("Post {number} has no repair to put back.", number=post.pk))
    repairs.put_back(last, by=person(username))


def step_facts(step: Step) -> dict[str, Any]:
    """A repair for --json."""
    return {
        "channel": step.offer.variant.channel.name, "place": step.offer.place, "repair": step.name,
        "problem": step.offer.problem.code, "sentence": step.offer.problem.sentence.text(spoken()),
        "before": step.before, "after": step.after, "rest": step.rest,
        "refused": step.refused.text(spoken()) if step.refused else None,
    }  # fmt: skip


def left_facts(post: Post) -> list[dict[str, Any]]:
    """What still stands against the post, for --json."""
    from pipeline import composing

    return [
        {"channel": variant.channel.name, "field": problem.field, "code": problem.code, "severity": problem.severity,
         "sentence": problem.sentence.text(spoken()), "fix": problem.fix}
        for variant in post.variants.select_related("channel", "post").order_by("pk")
        for problem in composing.problems(variant)
    ]  # fmt: skip


def _show(facts: dict[str, Any], steps: list[Step], *, undo: bool) -> None:
    if undo:
        say(_("Put back as it was before. The post is a draft: submit it again when it is ready."))
    elif not steps:
        say(_("There is nothing here that a machine can mend."))
    for step in steps:
        say(_("{channel}: {problem}", channel=step.offer.variant.channel.name, problem=step.offer.problem.sentence))
        if step.refused:
            indented(step.refused.text(spoken()))
        else:
            _show_step(step)
    for problem in facts["left"] if not facts["dry_run"] else ():
        say(_("Still to do, {channel}: {problem}", channel=problem["channel"], problem=problem["sentence"]))


def _show_step(step: Step) -> None:
    indented(_("{what}:", what=NAMES[step.name]).text(spoken()))
    if step.offer.place != "text":
        indented(f"{_file(step.before)} → {_file(step.after)}")
        return
    for lang, text in step.after["texts"].items():
        if text != step.before["texts"][lang]:
            click.echo(f"— {lang}\n{text}\n")
            if lang in step.rest:
                say(_("Kept beside: {rest}", rest=step.rest[lang]))


def _file(facts: dict[str, Any]) -> str:
    size = facts.get("bytes") or facts.get("bytes_at_most")
    weight = f", {'' if 'bytes' in facts else '≤ '}{round(size / 1000)} kB" if size else ""
    return f"{facts['mime']} {facts['width']} × {facts['height']}{weight}"


COMMANDS = (fix,)
