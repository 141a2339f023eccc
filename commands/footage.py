"""Originals in, and the masks of the people in them: searched, looked at, changed, reviewed by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    FILE,
    answer,
    as_option,
    emit,
    find_footage,
    json_option,
    person,
    progress_bar,
    say,
    stored,
    table,
)
from commands.receipts import receipt
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.models import FaceTimeline, Footage, User

code_argument = click.argument("code", metavar="FOOTAGE")
KINDS = click.Choice(["face", "plate", "screen"])


@click.group()
def footage() -> None:
    """Original field files: kept, looked at, never sent."""


footage.add_command(receipt)


@footage.command("add")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--place", default="", help="Commune, no finer.")
@click.option("--filmed-on", type=click.DateTime(["%Y-%m-%d"]), help="The day, no finer.")
@click.option("--filmed-by", default="", help="Who filmed, by the name that you use among you.")
@click.option("--consent", "consents", multiple=True, metavar="CODE", help="Who agreed to be shown; may be repeated.")
@as_option
@json_option
@stored
def footage_add(
    files: tuple[Path, ...], place: str, filmed_on: datetime | None, filmed_by: str, consents: tuple[str, ...],
    username: str, as_json: bool,
) -> None:  # fmt: skip
    """Bring originals in; what they carry about people and places is named, and stays here."""
    from pipeline import intake

    day = filmed_on.date() if filmed_on else None
    answers = intake.Answers(filmed_on=day, place=place, filmed_by=filmed_by, consents=consents)
    by = person(username)
    rows = [intake.bring(file, answers, by=by) for file in files]
    found = [{"code": r.code, "kind": r.kind, "sha256": r.sha256, "private": r.probe.get("private", [])} for r in rows]
    emit(
        as_json,
        found,
        lambda: table([_("footage"), _("kind"), _("private")], [[f["code"], f["kind"], f["private"]] for f in found]),
    )


@footage.command("list")
@json_option
@stored
def footage_list(as_json: bool) -> None:
    """Show the originals."""
    from pipeline.models import Footage

    rows = [
        {"code": f.code, "kind": f.kind, "place": f.place, "bytes": f.size} for f in Footage.objects.order_by("-pk")
    ]
    heads = [_("footage"), _("kind"), _("place"), _("bytes")]
    emit(as_json, rows, lambda: table([*heads], [list(r.values()) for r in rows]))


@footage.command("mask")
@code_argument
@click.option("--out", type=FILE, help="Write a masked copy there, to be watched: an MP4 without sound, or a JPEG.")
@as_option
@json_option
@stored
def footage_mask(code: str, out: Path | None, username: str, as_json: bool) -> None:
    """Search a film or photo for faces; every one found is masked from now on."""
    from pipeline.protection import searching, watching

    person(username)
    row = find_footage(code)
    with progress_bar(row.code) as bar:

        def tell(share: float) -> None:
            bar.update(0, completed=share)

        timeline = searching.ensure(row, tell) if out is None else watching.write(row, out, tell=tell)
    facts = facts_of(timeline)
    emit(as_json, facts, lambda: show_facts(facts))


@footage.command("show")
@code_argument
@json_option
@stored
def footage_show(code: str, as_json: bool) -> None:
    """Show what is covered in a film or photo, where to look, and who reviewed it."""
    from pipeline.protection import timelines

    facts = facts_of(timelines.standing(find_footage(code)))
    emit(as_json, facts, lambda: show_facts(facts))


@footage.command("gap")
@code_argument
@click.argument("key", metavar="GAP")
@click.option("--decision", type=click.Choice(["nobody", "hidden", "covered"]), required=True)
@as_option
@json_option
@stored
def footage_gap(code: str, key: str, decision: str, username: str, as_json: bool) -> None:
    """Say what you saw at a gap: nobody, somebody who cannot be recognised, or that a mask covers it."""
    from pipeline.protection import timelines

    row = timelines.decide(find_footage(code), key, decision, by=person(username))
    answer(as_json, {"gap": row.key, "decision": decision}, _("Noted: {decision}.", decision=decision))


@footage.command("review")
@code_argument
@click.option("--version", type=int, required=True, help="The version that you looked at: see “footage show”.")
@as_option
@json_option
@stored
def footage_review(code: str, version: int, username: str, as_json: bool) -> None:
    """Confirm by name that you looked at every track and gap, and all are covered who must be."""
    from pipeline.protection import timelines

    row = timelines.review(find_footage(code), by=person(username), seen=version)
    facts = {"footage": code, "version": version, "masks": row.sha256, "reviewed_by": row.by.username}
    answer(as_json, facts, _("Confirmed: what is made of footage {code} uses these masks.", code=code))


@footage.command("voices")
@code_argument
@click.option(
    "--choose",
    type=click.Choice(["kept", "disguised", "muted"]),
    required=True,
    help="What is heard of the people in all that is cut from it; disguised is not anonymous.",
)
@as_option
@json_option
@stored
def footage_voices(code: str, choose: str, username: str, as_json: bool) -> None:
    """Settle what is heard of the voices in a film: kept, disguised or muted."""
    from pipeline.models import Voice
    from pipeline.protection import voices

    row = find_footage(code)
    voices.choose(row, Voice(choose), by=person(username))
    done = _("Settled: voices of footage {code} are {choice} in all that is cut from it.", code=row.code, choice=choose)
    answer(as_json, {"footage": row.code, "voices": choose}, done)


@footage.command("undo")
@code_argument
@as_option
@json_option
@stored
def footage_undo(code: str, username: str, as_json: bool) -> None:
    """Take the last change of the masks back."""
    from pipeline.protection import timelines

    told(timelines.undo(find_footage(code), by=person(username)), as_json)


# ------------------------------------------------------------------------------------------------------------- tracks


@footage.group("track")
def track() -> None:
    """Change what is masked: times in seconds, boxes as left,top,width,height in percent of the upright picture."""


class BoxType(click.ParamType[Any]):
    """Four numbers in percent of the picture: left, top, width, height."""

    name = "box"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The four as parts of the picture."""
        parts = str(value).split(",")
        try:
            found = tuple(float(part) / 100 for part in parts)
        except ValueError:
            found = ()
        if len(found) != 4:
            self.fail("four numbers, as in 40,12.5,8,14", param, ctx)
        return found


box_option = click.option("--box", type=BoxType(), required=True, metavar="LEFT,TOP,WIDTH,HEIGHT")
at_option = click.option("--at", type=float, default=0.0, help="Seconds of the film.")
needed_at_option = click.option("--at", type=float, required=True, help="Seconds of the film.")
number_argument = click.argument("number", metavar="TRACK", type=int)
Deco = Callable[[Any], Any]


def verb(name: str, *options: Deco) -> Deco:
    """A command on the masks of one piece of footage, done by a named person, which tells what they are then."""

    def made(function: Callable[..., FaceTimeline]) -> Any:
        def run(code: str, username: str, as_json: bool, **given: Any) -> None:
            by = person(username)
            told(function(find_footage(code), by=by, **given), as_json)

        run.__doc__ = function.__doc__
        command: Any = stored(run)
        for option in reversed((code_argument, *options, as_option, json_option)):
            command = option(command)
        return track.command(name)(command)

    return made


@verb(
    "add", box_option, at_option,
    click.option("--from", "start", type=float, help="Covered from this second on; else from --at on."),
    click.option("--to", "end", type=float, help="Covered to this second; else at --at only."),
    click.option("--kind", type=KINDS, default="face"),
)  # fmt: skip
def track_add(
    row: Footage, box: Any, at: float, start: float | None, end: float | None, kind: Any, by: User
) -> FaceTimeline:
    """Cover what the search did not find: a face, a number plate, a screen."""
    from pipeline.protection import edits
    from pipeline.protection.tracks import Box

    first, last = at if start is None else start, at if end is None else end
    return edits.add(row, Box(at, *box), start=first, end=last, kind=kind, by=by)


@verb("move", number_argument, box_option, at_option)
def track_move(row: Footage, number: int, box: Any, at: float, by: User) -> FaceTimeline:
    """Move or resize a mask at a time: a keyframe, between which the mask moves."""
    from pipeline.protection import edits
    from pipeline.protection.tracks import Box

    return edits.put(row, number, Box(at, *box), by=by)


@verb(
    "last", number_argument,
    click.option("--from", "start", type=float, required=True), click.option("--to", "end", type=float, required=True),
)  # fmt: skip
def track_last(row: Footage, number: int, start: float, end: float, by: User) -> FaceTimeline:
    """Cover a track from one second to another: longer, or shorter."""
    from pipeline.protection import edits

    return edits.last(row, number, start, end, by=by)


@verb("split", number_argument, needed_at_option)
def track_split(row: Footage, number: int, at: float, by: User) -> FaceTimeline:
    """Make two tracks of one."""
    from pipeline.protection import edits

    return edits.split(row, number, at, by=by)


@verb("join", number_argument, click.argument("other", type=int))
def track_join(row: Footage, number: int, other: int, by: User) -> FaceTimeline:
    """Make one track of two that follow each other."""
    from pipeline.protection import edits

    return edits.join(row, number, other, by=by)


@verb("drop", number_argument, needed_at_option)
def track_drop(row: Footage, number: int, at: float, by: User) -> FaceTimeline:
    """Take one keyframe out of a track."""
    from pipeline.protection import edits

    return edits.drop(row, number, at, by=by)


@verb("delete", number_argument)
def track_delete(row: Footage, number: int, by: User) -> FaceTimeline:
    """Take a mask away that covers nobody."""
    from pipeline.protection import edits

    return edits.delete(row, number, by=by)


@verb(
    "reveal", number_argument,
    click.option("--consent", required=True, help="Code of the consent that covers this footage."),
)  # fmt: skip
def track_reveal(row: Footage, number: int, consent: str, by: User) -> FaceTimeline:
    """Show one person, with their consent."""
    from pipeline.protection import edits

    return edits.show(row, number, consent, by=by)


@verb("hide", number_argument)
def track_hide(row: Footage, number: int, by: User) -> FaceTimeline:
    """Cover a person again who was shown."""
    from pipeline.protection import edits

    return edits.hide(row, number, by=by)


# -------------------------------------------------------------------------------------------------------------- telling


def told(row: FaceTimeline, as_json: bool) -> None:
    """What the masks are now."""
    facts = facts_of(row)
    emit(as_json, facts, lambda: show_facts(facts))


def facts_of(row: FaceTimeline) -> dict[str, Any]:
    """One version of a timeline: its tracks, the places to look at, and who reviewed it."""
    from pipeline.protection import timelines

    said, held = timelines.decisions(row.footage), timelines.in_force(row.footage)
    gaps = [
        {**gap.as_json(), "decision": said[gap.key].decision if gap.key in said else None}
        for gap in timelines.gap_report(row)
    ]
    return {
        "footage": row.footage.code, "version": row.number, "masks": row.sha256, "tracks": row.tracks, "gaps": gaps,
        "reviewed_by": held.by.username if held else None, "voices": row.footage.voices,
    }  # fmt: skip


def show_facts(facts: dict[str, Any]) -> None:
    """The same for people."""
    rows = [
        [t["number"], t["kind"], f"{t['start']:.2f}", f"{t['end']:.2f}", len(t["keys"]), t["consent"]]
        for t in facts["tracks"]
    ]
    heads = [_("track"), _("kind"), _("from (s)"), _("to (s)"), _("keyframes"), _("shown with")]
    table(heads, rows) if rows else say(_("Nothing is masked: no face was found."))
    if facts["gaps"]:
        places = [[g["key"], g["kind"], f"{g['at']:.2f}", g["track"] or None, g["decision"]] for g in facts["gaps"]]
        table([_("place to look at"), _("kind"), _("at (s)"), _("track"), _("said")], places)
    who = facts["reviewed_by"]
    if facts["voices"]:
        say(_("Voices: {choice}.", choice=facts["voices"]))
    version = facts["version"]
    say(_("Version {n}, reviewed by {who}.", n=version, who=who) if who else _("Version {n}, not reviewed.", n=version))


COMMANDS = (footage,)
