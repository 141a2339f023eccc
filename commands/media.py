"""Originals in, reels out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands._terminal import (
    FILE,
    answer,
    as_option,
    emit,
    find_rendition,
    json_option,
    person,
    progress_bar,
    say,
    stored,
    table,
)
from publishers._sentences import Said, _


@click.group()
def footage() -> None:
    """Original field files: kept, looked at, never sent."""


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


@click.command()
@click.argument("cut_list", metavar="CUTLIST.yaml", type=FILE)
@click.option("--out", type=FILE, help="The MP4 to write.")
@click.option("--keep", is_flag=True, help="Keep it in the store, for a post; its clips become footage. Needs --as.")
@click.option("--preview", is_flag=True, help="Half size, quicker.")
@click.option("--as", "username", metavar="USER", help="Who makes it, with --keep.")
@json_option
def reel(cut_list: Path, out: Path | None, keep: bool, preview: bool, username: str | None, as_json: bool) -> None:
    """Cut a reel from clips. Nothing made here can be published without its protection record."""
    from pipeline import reels

    if keep == bool(out) or (keep and not username):
        raise Said(_("Say --out FILE.mp4 to write a file, or --keep --as USER to keep the reel for a post."))
    wanted = reels.load(cut_list)
    with progress_bar(cut_list.name) as bar:
        if out is None:
            facts = kept_reel(wanted, str(username), lambda share: bar.update(0, completed=share))
        else:
            facts = written_reel(wanted, out, preview, lambda share: bar.update(0, completed=share))
    emit(as_json, facts, lambda: show_reel(facts))


def show_reel(facts: dict[str, Any]) -> None:
    """Where the reel is, whole, and what to do with it next."""
    click.echo(facts["path"])
    if "rendition" in facts:
        say(
            _("Kept as rendition {number}. Watch it, then: portevoix protect {number}", number=facts["rendition"]),
        )


def written_reel(wanted: Any, out: Path, preview: bool, progress: Any) -> dict[str, Any]:
    """The facts of a reel written to a file, which the gate has read."""
    from pipeline import gate, reels

    done = reels.render(wanted, out, progress=progress, preview=preview)
    gate.check(out)
    return {
        "path": str(out), "width": done.width, "height": done.height, "duration_ms": done.duration_ms,
        "bytes": done.size, "sha256": done.sha256,
    }  # fmt: skip


@stored
def kept_reel(wanted: Any, username: str, progress: Any) -> dict[str, Any]:
    """The facts of a reel kept as a rendition, its clips taken in as footage."""
    from pipeline import footage as stage
    from pipeline.rendering import jobs, store

    by = person(username)
    taken = {path: stage.add(path, by=by) for path in dict.fromkeys(cut.clip for cut in wanted.cuts)}
    row = jobs.reel(wanted, taken, by=by, progress=progress)
    return {
        "rendition": row.pk,
        "path": str(store.path_of(row.sha256, row.mime)),
        "sha256": row.sha256,
        "bytes": row.size,
    }


@click.command()
@click.argument("number", metavar="RENDITION", type=int)
@click.option(
    "--faces", type=click.Choice(["masked", "nobody", "consent"]), required=True, help="How faces were settled."
)
@click.option("--voice", type=click.Choice(["none", "muted", "disguised", "kept"]), required=True)
@click.option("--consent", default="", help="Code of the consent, where faces are shown.")
@as_option
@json_option
@stored
def protect(number: int, faces: str, voice: str, consent: str, username: str, as_json: bool) -> None:
    """Confirm by name that you watched it and nobody is recognisable."""
    from pipeline.models import Faces, Voice
    from pipeline.protection import record

    record.confirm(find_rendition(number), by=person(username), faces=Faces(faces), voice=Voice(voice), consent=consent)
    facts = {"rendition": number, "faces": faces, "voice": voice, "confirmed_by": username}
    answer(as_json, facts, _("Confirmed: rendition {number} may be submitted.", number=number))


COMMANDS = (footage, reel, protect)
