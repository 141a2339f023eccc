"""Carousels and PDFs: slides in order, the monthly note, the flyer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, FOLDER, as_option, emit, json_option, person, stored
from commands.cards import read_data
from commands.drafting import channels_named, tell_drafted, text_option, title_option, words_by_language
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.pdf.setting import Pdf

out_option = click.option("--out", type=FOLDER, default=Path(), help="Folder; this one if none is named.")
SAMPLE = Path(__file__).parents[1] / "templates" / "cards" / "carousel" / "slides.toml"


@click.group()
def carousel() -> None:
    """A cover, two to eight slides and an end, drawn in order; each may speak its own language."""


@carousel.command("draw")
@click.argument("file", type=FILE, required=False)
@click.option("--lang", default="fr", show_default=True, help="Of the slides that name none.")
@click.option("--format", "format_", default="portrait", show_default=True)
@click.option("--pdf", is_flag=True, help="Also as one document.")
@out_option
@json_option
def draw(file: Path | None, lang: str, format_: str, pdf: bool, out: Path, as_json: bool) -> None:
    """Draw every slide of FILE (TOML, YAML, JSON); without one, those of a sample."""
    from pipeline.cards import carousel as stage

    slides = stage.read(read_data(file or SAMPLE), lang)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, drawn in enumerate(stage.draw(slides, format=format_), 1):
        paths.append(out / f"{(file or SAMPLE).stem}-{number:02d}-{drawn.lang}.jpg")
        paths[-1].write_bytes(drawn.data)
    if pdf:
        paths.append(_document(slides, paths, out / f"{(file or SAMPLE).stem}.pdf"))
    emit(as_json, [str(path) for path in paths], lambda: click.echo("\n".join(map(str, paths))))


def _document(slides: Any, paths: list[Path], target: Path) -> Path:
    """The slides as one document, which the gate has read."""
    from PIL import Image

    from pipeline import gate
    from pipeline.pdf import slides as sheets

    told = []
    for slide, path in zip(slides, paths, strict=True):
        with Image.open(path) as picture:
            told.append(sheets.Slide(path, picture.width, picture.height, slide.alt, slide.lang))
    target.write_bytes(sheets.slides(told, title=str(slides[0].data["title"])).data)
    gate.check(target)
    return target


@carousel.command("draft")
@click.argument("file", type=FILE)
@click.option("--lang", default="fr", show_default=True, help="Of the slides that name none.")
@click.option("--to", "channel_names", required=True, help="Channels, separated by commas.")
@text_option
@title_option
@as_option
@json_option
@stored
def draft(
    file: Path, lang: str, channel_names: str, texts: tuple[str, ...], title: str, username: str, as_json: bool
) -> None:
    """Start a post with the slides on each channel: pictures in its format, or a document (LinkedIn)."""
    from pipeline import carousel as stage

    slides, by, words = stage.read(read_data(file), lang), person(username), words_by_language(texts)
    if not words:
        raise Said(_("Give the words beside the slides with --text fr=…."))
    post = stage.draft(slides, channels_named(channel_names) or [], by=by, texts=words, title=title)
    tell_drafted(as_json, post)


@click.group()
def pdf() -> None:
    """Documents in the brand's dress: the monthly note, the A5 flyer."""


@pdf.command("note")
@click.argument("summary_name", metavar="SUMMARY")
@click.option("--period", help="2026-10; the last whole month if none is named.")
@click.option("--lang", default="fr", show_default=True)
@click.option("--keep", is_flag=True, help="Keep it in the store, for a post. Needs --as.")
@click.option("--as", "username", metavar="USER", help="Who makes it, with --keep.")
@out_option
@json_option
@stored
def note(
    summary_name: str, period: str | None, lang: str, keep: bool, username: str | None, out: Path, as_json: bool
) -> None:
    """The note of a summary's period: figures, year, method, and where each figure comes from."""
    from pipeline import summaries
    from pipeline.pdf import note as stage
    from pipeline.rendering import documents

    result = summaries.compute(summary_name, period)
    if keep:
        tell_kept(as_json, documents.note(result, lang=lang, by=person(_who(username))))
    else:
        tell_written(as_json, stage.note(result, lang=lang), out / f"{summary_name}-{result.period}-{lang}.pdf")


@pdf.command("flyer")
@click.option("--data", "data_file", type=FILE, required=True, help="Its texts, as for the card “rights”.")
@click.option("--lang", default="fr", show_default=True)
@out_option
@json_option
def flyer(data_file: Path, lang: str, out: Path, as_json: bool) -> None:
    """The A5 flyer: what to know, what to do, whom to call."""
    from pipeline.pdf import flyer as stage

    tell_written(
        as_json, stage.flyer(of_language(read_data(data_file), lang), lang=lang), out / f"{data_file.stem}-{lang}.pdf"
    )


def of_language(data: dict[str, Any], lang: str) -> dict[str, Any]:
    """The texts of one language, where the file has a table for each; else the whole file."""
    own = data.get(lang)
    return own if isinstance(own, dict) else data


def _who(username: str | None) -> str:
    if not username:
        raise Said(_("Say who makes it, with --as."))
    return username


def tell_written(as_json: bool, made: Pdf, path: Path) -> None:
    """Writes the document, lets the gate read it and says where it is."""
    from pipeline import gate

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.data)
    gate.check(path)
    facts = {"path": str(path), "pages": made.pages, "bytes": len(made.data), "lang": made.lang, "title": made.title}
    emit(as_json, facts, lambda: click.echo(str(path)))


def tell_kept(as_json: bool, row: Any) -> None:
    """The number under which a document is kept, and what to do with it."""
    facts = {"rendition": row.pk, "sha256": row.sha256, "bytes": row.size, "title": row.alt}
    sentence = _("Kept as rendition {number}. For a post: portevoix draft --media {number} --to …", number=row.pk)
    from commands._terminal import answer

    answer(as_json, facts, sentence)


COMMANDS = (carousel, pdf)
