"""Reels out: cut from a cut list, checked, described for editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, django, emit, json_option, person, progress_bar, say, spoken, stored
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.reels.problems import Problem


class Reel(click.Group):
    """`portevoix reel CUTLIST.yaml` cuts one; the words below it do something else."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, with the hidden verb `cut` put before a file or an option."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["cut", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Reel, options_metavar="", subcommand_metavar="CUTLIST.yaml --out FILE.mp4 | check | schema")
def reel() -> None:
    """Cut a reel from clips. Nothing made here can be published without its protection record.

    With CUTLIST.yaml: --out FILE.mp4 writes a file, --preview at half size; --keep --as USER keeps it for a post.
    """


@reel.command("cut", hidden=True)
@click.argument("cut_list", metavar="CUTLIST.yaml", type=FILE)
@click.option("--out", type=FILE, help="The MP4 to write.")
@click.option("--keep", is_flag=True, help="Keep it in the store, for a post; its clips become footage. Needs --as.")
@click.option("--preview", is_flag=True, help="Half size, quicker.")
@click.option("--as", "username", metavar="USER", help="Who makes it, with --keep.")
@json_option
def cut(cut_list: Path, out: Path | None, keep: bool, preview: bool, username: str | None, as_json: bool) -> None:
    """Cut the reel of a cut list."""
    from pipeline import reels

    if keep == bool(out) or (keep and not username):
        raise Said(_("Say --out FILE.mp4 to write a file, or --keep --as USER to keep the reel for a post."))
    django()
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
        "bytes": done.size, "sha256": done.sha256, "subtitles": [str(path) for path in write_beside(wanted, out)],
    }  # fmt: skip


def write_beside(wanted: Any, out: Path) -> list[Path]:
    """The caption files beside a reel, which the gate has read."""
    from pipeline import gate
    from pipeline.reels import captioning

    made = []
    for form, content in captioning.beside(wanted).items():
        path = out.with_suffix(f".{form}")
        path.write_bytes(content)
        gate.check(path)
        made.append(path)
    return made


@stored
def kept_reel(wanted: Any, username: str, progress: Any) -> dict[str, Any]:
    """The facts of a reel kept as a rendition, its clips taken in as footage."""
    from pipeline import footage as stage
    from pipeline import subtitles
    from pipeline.reels import captioning
    from pipeline.rendering import jobs, store

    by = person(username)
    taken = {path: stage.add(path, by=by) for path in wanted.clips}
    row = jobs.reel(wanted, taken, by=by, progress=progress)
    kept = [subtitles.keep(cues, wanted.language, form, by=by) for form, cues in captioning.cues(wanted).items()]
    return {
        "rendition": row.pk,
        "path": str(store.path_of(row.sha256, row.mime)),
        "sha256": row.sha256,
        "bytes": row.size,
        "subtitles": [one.pk for one in kept],
    }


@reel.command("check")
@click.argument("cut_list", metavar="CUTLIST.yaml", type=FILE)
@json_option
def check(cut_list: Path, as_json: bool) -> None:
    """Say what is to be mended in a cut list, line by line; nothing is rendered."""
    from pipeline import reels

    django()
    found, problems = reels.check(cut_list)
    facts = {"file": str(cut_list), "ok": found is not None, "problems": [problem_facts(one) for one in problems]}
    emit(as_json, facts, lambda: show_problems(problems))
    if found is None:
        raise click.exceptions.Exit(1)


def problem_facts(problem: Problem) -> dict[str, Any]:
    """One problem for a script."""
    kind = "advice" if problem.advice else "error"
    return {"line": problem.line, "kind": kind, "sentence": problem.sentence.text(spoken())}


def show_problems(problems: list[Problem]) -> None:
    """Each problem on its line; a word of relief where there is none."""
    for problem in problems:
        say(problem.sentence)
    if not problems:
        say(nothing_to_mend())


def nothing_to_mend() -> Sentence:
    """That the cut list is good."""
    return _("Nothing to mend: this reel can be cut.")


@reel.command("schema")
def schema() -> None:
    """Print the JSON schema of cut lists, for an editor that checks while one writes."""
    import json

    from pipeline import reels

    django()
    click.echo(json.dumps(reels.schema(), ensure_ascii=False, indent=2))


COMMANDS = (reel,)
