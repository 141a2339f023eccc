"""Sets of hashtags and mentions, for many posts."""

from __future__ import annotations

import click

from commands._terminal import answer, as_option, emit, json_option, person, stored, table
from publishers._sentences import _


@click.group("set")
def set_() -> None:
    """Sets of hashtags and mentions; `draft --set NAME` puts one beside a post."""


@set_.command("add")
@click.argument("name")
@click.option("--tags", default="", help="Hashtags, separated by spaces.")
@click.option("--mentions", default="", help="Accounts with @, separated by spaces.")
@click.option("--only", default="", help="Networks that it is for, with commas; none: all.")
@as_option
@json_option
@stored
def add(name: str, tags: str, mentions: str, only: str, username: str, as_json: bool) -> None:
    """Save a set, or change the one of that name."""
    from pipeline import signs

    networks = [one.strip() for one in only.split(",") if one.strip()]
    row = signs.save(name, hashtags=tags.split(), mentions=mentions.split(), only=networks, by=person(username))
    answer(as_json, {"name": row.name, "hashtags": row.hashtags, "mentions": row.mentions, "networks": row.networks},
           _("The set {name} is saved.", name=row.name))  # fmt: skip


@set_.command("list")
@json_option
@stored
def list_(as_json: bool) -> None:
    """Show the sets."""
    from pipeline.models import SignSet

    rows = [
        {"name": one.name, "hashtags": one.hashtags, "mentions": one.mentions, "networks": one.networks}
        for one in SignSet.objects.order_by("name")
    ]
    heads = [_("set"), _("hashtags"), _("mentions"), _("networks")]
    shown = [[one["name"], *(" ".join(one[key]) for key in ("hashtags", "mentions", "networks"))] for one in rows]
    emit(as_json, rows, lambda: table([*heads], shown))


@set_.command("remove")
@click.argument("name")
@as_option
@json_option
@stored
def remove(name: str, username: str, as_json: bool) -> None:
    """Forget a set; posts keep what they have."""
    from pipeline import signs

    signs.remove(name, by=person(username))
    answer(as_json, {"name": name, "removed": True}, _("The set {name} is forgotten.", name=name))


COMMANDS = (set_,)
