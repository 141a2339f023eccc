"""Cards drawn from the command line, and looked at while they are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, FOLDER, emit, json_option, say, spoken, stored, table
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.cards import Drawn, Listed

ALL = "all"
PORT = 8766


@click.command()
@click.argument("name", required=False)
@click.option("--data", "data_file", type=FILE, help="JSON, YAML or TOML with the card's slots.")
@click.option("--summary", "summary_name", help="Draw this summary's card of that name.")
@click.option("--period", help="The summary's period.")
@click.option("--photo", "photos", multiple=True, metavar="NAME=FILE", help="A photo of the card, by its name.")
@click.option("--lang", default="fr", show_default=True, help="One, several with commas, or all.")
@click.option("--format", "format_", default="portrait", show_default=True, help="One, several with commas, or all.")
@click.option("--out", type=FOLDER, default=Path(), help="Folder; this one if none is named.")
@click.option("--show-safe-zone", "safe_zone", is_flag=True, help="Draw where words may stand.")
@click.option("--list", "list_", is_flag=True, help="Show the templates.")
@click.option("--preview", is_flag=True, help="Show the card in a browser, drawn anew at each save.")
@click.option("--port", default=PORT, show_default=True, help="Of the preview, on this machine only.")
@json_option
def card(
    name: str | None, data_file: Path | None, summary_name: str | None, period: str | None, photos: tuple[str, ...],
    lang: str, format_: str, out: Path, safe_zone: bool, list_: bool, preview: bool, port: int, as_json: bool,
) -> None:  # fmt: skip
    """Draw a card from a data file, a summary, or its own sample."""
    from pipeline import cards

    if list_ or name is None:
        show_list(cards.listed(), as_json)
        return
    if preview:
        show_preview(name, port)
        return
    held = dict(photo(stated) for stated in photos)
    own = read_data(data_file) if data_file else None

    def filled(one: str) -> tuple[str, dict[str, Any]]:
        if summary_name:
            found: tuple[str, dict[str, Any]] = card_from_summary(summary_name, period, name, one)
            return found
        return name, cards.sample(name, one) if own is None else own

    made = []
    for one in several(lang, lambda: cards.one(filled("fr")[0]).languages):
        template, data = filled(one)
        for size in several(format_, partial(formats, template)):
            try:
                drawn = cards.draw(template, data, lang=one, format=size, photos=held, safe_zone=safe_zone)
            except Said as refusal:
                raise Said(_("{card}: {why}", card=f"{name}-{one}-{size}", why=refusal.sentence)) from None
            made.append(written(drawn, out / f"{name}-{one}-{size}.jpg"))
    emit(as_json, made[0] if len(made) == 1 else made, lambda: click.echo("\n".join(facts["path"] for facts in made)))


def formats(template: str) -> Sequence[str]:
    """Every format of a template."""
    from pipeline import cards

    return cards.one(template).formats


def several(asked: str, every: Callable[[], Sequence[str]]) -> Sequence[str]:
    """The languages or formats that are asked for: all that there are, or those between commas."""
    named = every() if asked == ALL else [one.strip() for one in asked.split(",") if one.strip()]
    if not named:
        raise click.UsageError(_("Name one language and format at least, or all.").text(spoken()))
    return named


def written(drawn: Drawn, path: Path) -> dict[str, Any]:
    """The facts of a card, once its file is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(drawn.data)
    return {"path": str(path), "width": drawn.width, "height": drawn.height, "bytes": len(drawn.data)}


def show_list(found: list[Listed], as_json: bool) -> None:
    """The templates, with the formats and languages of each."""
    facts = [
        {"name": one.name, "formats": list(one.formats), "languages": list(one.languages), "title": dict(one.title)}
        for one in found
    ]
    columns = [_("card"), _("shows"), _("formats"), _("languages")]
    rows = [[one.name, one.title.get(spoken(), one.name), list(one.formats), list(one.languages)] for one in found]
    emit(as_json, facts, lambda: table(columns, rows))


def show_preview(name: str, port: int) -> None:
    """Serves the card's page on this machine until it is interrupted."""
    from commands import _preview

    with _preview.Server(name, port) as server:
        say(_("{name} stands at {address}: it is drawn anew when you save. Stop it with Ctrl-C.", name=name,
              address=server.address))  # fmt: skip
        server.run()


def photo(stated: str) -> tuple[str, bytes]:
    """A photo's name in the template and its bytes, of NAME=FILE."""
    name, equals, file = stated.partition("=")
    if not equals or not name or not file:
        raise click.UsageError(_("Write a photo as NAME=FILE.").text(spoken()))
    return name, Path(file).read_bytes()


def read_data(path: Path) -> dict[str, Any]:
    """The slots of a card from a JSON, YAML or TOML file."""
    try:
        data = parsed(path.read_text(encoding="utf-8"), path.suffix)
    except ValueError:
        raise Said(_("{name} cannot be read as JSON, YAML or TOML: check it.", name=path.name)) from None
    if not isinstance(data, dict):
        raise Said(_("{name} holds no named slots: see “portevoix card --list”.", name=path.name))
    return data


def parsed(text: str, suffix: str) -> Any:
    """What a text says in the language of its file's name; ValueError where it is none."""
    if suffix == ".json":
        import json

        return json.loads(text)
    if suffix == ".toml":
        import tomllib

        return tomllib.loads(text)
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as wrong:
        raise ValueError from wrong


@stored
def card_from_summary(name: str, period: str | None, card: str, lang: str) -> tuple[str, dict[str, Any]]:
    """The template of a summary's card, and its slots, filled."""
    from pipeline import summaries

    result = summaries.compute(name, period)
    data = summaries.card_data(result, card=card, lang=lang)
    return result.definition.cards[card].template, data


COMMANDS = (card,)
