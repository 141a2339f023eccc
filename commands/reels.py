"""Reels out: cut from a cut list, checked, described for editors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    FILE,
    answer,
    as_option,
    django,
    emit,
    find_footage,
    find_post,
    json_option,
    person,
    progress_bar,
    say,
    spoken,
    stored,
)
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.reels.problems import Problem
    from pipeline.subtitles import Cue


class Reel(click.Group):
    """`portevoix reel CUTLIST.yaml` cuts one; the words below it do something else."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, with the hidden verb `cut` put before a file or an option."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["cut", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=Reel,
    options_metavar="",
    subcommand_metavar="CUTLIST.yaml --out FILE.mp4 | new | check | handoff | transcribe | checked | schema",
)
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
    from pipeline.rendering import parts

    if keep == bool(out) or (keep and not username):
        raise Said(_("Say --out FILE.mp4 to write a file, or --keep --as USER to keep the reel for a post."))
    django()
    wanted = parts.load(cut_list, footage_path, summary_figures)
    with progress_bar(cut_list.name) as bar:
        if out is None:
            facts = kept_reel(wanted, str(username), lambda share: bar.update(0, completed=share))
        else:
            facts = written_reel(wanted, out, preview, lambda share: bar.update(0, completed=share))
    emit(as_json, facts, lambda: show_reel(facts))


def show_reel(facts: dict[str, Any]) -> None:
    """Where the reel is, whole, and what to do with it next."""
    from pipeline.reels import edges

    click.echo(facts["path"])
    for sentence in edges.told(facts["faces_cut"]):
        say(sentence)
    if "rendition" in facts:
        say(
            _("Kept as rendition {number}. Watch it, then: portevoix protect {number}", number=facts["rendition"]),
        )


def written_reel(wanted: Any, out: Path, preview: bool, progress: Any) -> dict[str, Any]:
    """The facts of a reel written to a file, which the gate has read."""
    from pipeline import gate
    from pipeline.rendering import handing

    done = handing.written(wanted, out, progress=progress, preview=preview)
    gate.check(out)
    return {
        "path": str(out), "width": done.width, "height": done.height, "duration_ms": done.duration_ms,
        "bytes": done.size, "sha256": done.sha256, "subtitles": [str(path) for path in write_beside(wanted, out)],
        "cover": str(write_cover(wanted, out)) if wanted.cover else None, "faces_cut": done.faces_cut,
    }  # fmt: skip


def write_cover(wanted: Any, out: Path) -> Path:
    """The cover beside a reel, which the gate has read."""
    from pipeline import gate
    from pipeline.cards.engine import encode
    from pipeline.reels import covers

    path = out.with_suffix(".jpg")
    image, _texts = covers.draw(wanted, out)
    path.write_bytes(encode(image, "image/jpeg"))
    gate.check(path)
    return path


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
        "cover": jobs.cover(row, wanted, by=by).pk if wanted.cover else None,
        "faces_cut": row.measured.get("faces_cut", []),
    }


@stored
def footage_path(code: str) -> Path:
    """The original of a footage code."""
    from pipeline.footage import original_path

    return original_path(find_footage(code).sha256)


@stored
def summary_figures(name: str, period: str) -> dict[str, float]:
    """The figures of a summary that may be shown, by name."""
    from pipeline import montages

    return montages.figures(name, period)


@reel.command("new")
@click.argument("clips", metavar="[CLIP...]", nargs=-1)
@click.option("--template", "name", help="field, testimony, eviction, explainer; month with --summary.")
@click.option("--summary", "summary_name", help="Figures of this summary instead of clips.")
@click.option("--period", help="The summary's period; the last whole one if none is named.")
@click.option("--lang", default="fr", show_default=True, help="The reel's language.")
@click.option("--out", type=FILE, help="The cut list to write; else it is printed.")
@json_option
def new(
    clips: tuple[str, ...], name: str | None, summary_name: str | None, period: str | None, lang: str,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Propose a first cut list for clips (paths or footage:CODE), or for a summary's figures.

    Scenes become cuts; where nobody is heard and nothing moves is left out. Comments say what is left to decide.
    """
    from pipeline.reels import proposing

    if bool(clips) == bool(summary_name):
        raise Said(_("Name clips, or --summary NAME for its figures."))
    if out is not None and out.exists():
        raise Said(_("{name} is there already: choose another name.", name=out.name))
    django()
    if summary_name:
        text = summary_proposal(summary_name, period, name or "month", lang)
    else:
        with progress_bar("reel new") as bar:
            named = [(clip, _clip(clip)) for clip in clips]
            text = proposing.from_clips(
                _beside(named, out), name=name or "field", lang=lang, spoken=spoken(),
                tell=lambda share: bar.update(0, completed=share),
            )  # fmt: skip
    if out is not None:
        out.write_text(text, "utf-8")
    emit(as_json, {"text": text, "path": str(out) if out else None}, lambda: click.echo(str(out) if out else text))


def _clip(named: str) -> Path:
    return footage_path(named.removeprefix("footage:")) if named.startswith("footage:") else Path(named)


def _beside(named: list[tuple[str, Path]], out: Path | None) -> list[tuple[str, Path]]:
    """The clips as the cut list names them: by their way from it, footage by its code."""
    folder = (out.parent if out else Path()).absolute()
    return [
        (shown if shown.startswith("footage:") else os.path.relpath(path.absolute(), folder), path)
        for shown, path in named
    ]


@stored
def summary_proposal(name: str, period: str | None, template: str, lang: str) -> str:
    """The text of a cut list for a summary's figures."""
    from pipeline import summaries
    from pipeline.reels import proposing

    return proposing.from_summary(summaries.compute(name, period), lang=lang, spoken=spoken(), name=template)


@reel.command("check")
@click.argument("cut_list", metavar="CUTLIST.yaml", type=FILE)
@json_option
def check(cut_list: Path, as_json: bool) -> None:
    """Say what is to be mended in a cut list, line by line; nothing is rendered."""
    from pipeline.rendering import parts

    django()
    found, problems = parts.check(cut_list, footage_path, summary_figures)
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


@reel.command("transcribe")
@click.argument("source", metavar="CLIP|CUTLIST.yaml", type=FILE)
@click.option("--out", type=FILE, help="The file to write, .srt or .vtt; beside the clip if not named.")
@click.option("--lang", help="The language that is spoken; found out by listening if not named.")
@click.option(
    "--model",
    "name",
    type=click.Choice(["small", "base"]),
    default="small",
    show_default=True,
    help="base: a third of the download, many more mistakes.",
)
@json_option
def transcribe(source: Path, out: Path | None, lang: str | None, name: str, as_json: bool) -> None:
    """Have a machine write down what is said, as captions that a person has still to check.

    It listens on this machine; only its model is fetched, once. Muted and disguised cuts of a cut list are heard as
    they were filmed, so that captions can stand for the voice.
    """
    django()
    from pipeline import subtitles

    form = out.suffix.lower().removeprefix(".") if out else "srt"
    if form not in subtitles.MIMES:
        raise Said(_("Captions are written as .srt or .vtt: name such a file with --out."))
    with progress_bar(source.name) as bar:
        cues, heard = _written_down(source, lang, name, lambda share: bar.update(0, completed=share))
    target = out or source.with_name(f"{source.stem}.{heard}.{form}")
    target.write_bytes(subtitles.marked(cues, form))
    facts = {"path": str(target), "lang": heard, "cues": len(cues), "checked": False}
    emit(as_json, facts, lambda: _show_written_down(facts))


def _written_down(source: Path, lang: str | None, name: str, tell: Callable[[float], None]) -> tuple[list[Cue], str]:
    """What was heard, and in which language; the model's way to this machine is the first half of the progress."""
    from django.conf import settings

    from pipeline import reels
    from pipeline.reels import listening, speechmodel, transcribing

    transcribing.refuse_without_extra()
    is_reel = source.suffix.lower() in (".yaml", ".yml")
    audio = listening.listened(reels.load(source) if is_reel else source)
    folder = speechmodel.at_hand(speechmodel.MODELS[name], Path(settings.PORTEVOIX_HOME), lambda share: tell(share / 2))
    return transcribing.write_down(audio, transcribing.whisper(folder), lang, lambda share: tell((1 + share) / 2))


def _show_written_down(facts: dict[str, Any]) -> None:
    click.echo(facts["path"])
    say(
        _("To be checked: compare it with the sound, word by word and name by name. A machine mishears, and invents."),
    )


@reel.command("checked")
@click.argument("number", metavar="POST", type=int)
@click.option("--lang", required=True, help="The language of the captions.")
@as_option
@json_option
@stored
def checked(number: int, lang: str, username: str, as_json: bool) -> None:
    """Say by name that you compared a post's captions with the sound and they are right."""
    from pipeline import subtitles

    count = subtitles.check(find_post(number), lang, by=person(username))
    facts = {"post": number, "lang": lang, "files": count, "checked_by": username}
    answer(as_json, facts, _("Noted: you compared the captions of post {number} with the sound.", number=number))


@reel.command("handoff")
@click.argument("cut_list", metavar="CUTLIST.yaml", type=FILE)
@click.option("--out", required=True, type=FILE, help="The folder to write; it must not be there yet.")
@json_option
def handoff(cut_list: Path, out: Path, as_json: bool) -> None:
    """Hand a cut list on to another program: masked clips, and the edit as OpenTimelineIO, EDL and FCPXML.

    Every clip is made anew, its faces masked and its voices as the cut list lets them be heard; originals stay here.
    """
    from pipeline.rendering import parts

    django()
    with progress_bar(out.name) as bar:
        made = handed_over(parts.load(cut_list, footage_path, summary_figures), out, bar)
    facts = {"path": str(out), "files": [str(path.relative_to(out)) for path in made]}
    emit(as_json, facts, lambda: click.echo(str(out)))


@stored
def handed_over(wanted: Any, out: Path, bar: Any) -> list[Path]:
    """The files of a cut list that was handed on."""
    from pipeline.rendering import handing

    return handing.hand_over(wanted, out, progress=lambda share: bar.update(0, completed=share))


@reel.command("schema")
def schema() -> None:
    """Print the JSON schema of cut lists, for an editor that checks while one writes."""
    import json

    from pipeline import reels

    django()
    click.echo(json.dumps(reels.schema(), ensure_ascii=False, indent=2))


COMMANDS = (reel,)
