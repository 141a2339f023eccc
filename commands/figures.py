"""Figures and cards out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands._terminal import (
    FILE,
    FOLDER,
    emit,
    json_option,
    spoken,
    stored,
    table,
)
from publishers._sentences import Said, Sentence, _


@click.command()
@click.argument("name")
@click.option("--period", help="2026-10; the last whole month if none is named.")
@click.option("--lang", default=None, help="Language of the sentences shown.")
@click.option("--show-sql", is_flag=True, help="Print the query instead of its answer.")
@json_option
@stored
def summary(name: str, period: str | None, lang: str | None, show_sql: bool, as_json: bool) -> None:
    """Draw the figures of a period, with their sentences."""
    from pipeline import summaries

    if show_sql:
        click.echo(summaries.sql_text(name, period))
        return
    result = summaries.compute(name, period).as_json()

    def show() -> None:
        rows = [[name, figure_value(f), [source(one) for one in f["sources"]]] for name, f in result["figures"].items()]
        table([_("figure"), _("value"), _("counted from")], rows)
        for texts in result["sentences"].values():
            click.echo(texts.get(lang or spoken(), ""))

    emit(as_json, result, show)


@click.command()
@click.argument("name", required=False)
@click.option("--data", "data_file", type=FILE, help="JSON, YAML or TOML with the card's slots.")
@click.option("--summary", "summary_name", help="Draw this summary's card of that name.")
@click.option("--period", help="The summary's period.")
@click.option("--lang", default="fr", show_default=True)
@click.option("--format", "format_", default="portrait", show_default=True)
@click.option("--out", type=FOLDER, default=Path(), help="Folder; this one if none is named.")
@click.option("--list", "list_", is_flag=True, help="Show the templates.")
@json_option
def card(
    name: str | None, data_file: Path | None, summary_name: str | None, period: str | None, lang: str, format_: str,
    out: Path, list_: bool, as_json: bool,
) -> None:  # fmt: skip
    """Draw a card from a data file, a summary, or its own sample."""
    from pipeline import cards

    if list_ or name is None:
        found = [{"name": t.name, "formats": list(t.formats), "languages": list(t.languages)} for t in cards.listed()]
        emit(
            as_json, found, lambda: table([_("card"), _("formats"), _("languages")], [list(f.values()) for f in found])
        )
        return
    if summary_name:
        template, data = card_from_summary(summary_name, period, name, lang)
    else:
        template, data = name, read_data(data_file) if data_file else cards.sample(name, lang)
    drawn = cards.draw(template, data, lang=lang, format=format_)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}-{lang}-{format_}.jpg"
    path.write_bytes(drawn.data)
    facts = {"path": str(path), "width": drawn.width, "height": drawn.height, "bytes": len(drawn.data)}
    emit(as_json, facts, lambda: click.echo(str(path)))


def read_data(path: Path) -> dict[str, Any]:
    """The slots of a card from a JSON, YAML or TOML file."""
    import tomllib

    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)  # JSON is YAML
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError):
        raise Said(_("{name} cannot be read as JSON, YAML or TOML: check it.", name=path.name)) from None
    if not isinstance(data, dict):
        raise Said(_("{name} holds no named slots: see “portevoix card --list”.", name=path.name))
    return data


def figure_value(figure: dict[str, Any]) -> Any:
    """A figure's value; one that may not be shown is said to be hidden."""
    return _("hidden") if figure["suppressed"] else figure["value"]


def source(one: dict[str, Any]) -> Sentence:
    """Where a figure comes from: rows, file and the start of its hash."""
    facts = {"file": one["file"], "hash": one["sha256"][:8]}
    if one["rows"] == 1:
        return _("1 row, {file} {hash}", **facts)
    return _("{n} rows, {file} {hash}", n=one["rows"], **facts)


@stored
def card_from_summary(name: str, period: str | None, card: str, lang: str) -> tuple[str, dict[str, Any]]:
    """The template of a summary's card, and its slots, filled."""
    from pipeline import summaries

    result = summaries.compute(name, period)
    data = summaries.card_data(result, card=card, lang=lang)
    return result.definition.cards[card].template, data


COMMANDS = (summary, card)
