"""Accounts that posts go out on."""

from __future__ import annotations

from pathlib import Path

import click

from commands._terminal import answer, as_option, emit, json_option, person, spoken, stored, table
from publishers._sentences import Said, _


@click.group()
def channel() -> None:
    """Accounts that posts go out on."""


@channel.command("add")
@click.argument("name")
@click.option("--platform", required=True)
@click.option(
    "--set", "settings_", multiple=True, metavar="KEY=VALUE", help="One setting; KEY=@FILE reads a secret from a file."
)
@click.option("--languages", default="fr,en", show_default=True)
@click.option("--no-check", is_flag=True, help="Do not ask the platform whether it takes these credentials.")
@as_option
@json_option
@stored
def channel_add(
    name: str, platform: str, settings_: tuple[str, ...], languages: str, no_check: bool, username: str, as_json: bool
) -> None:
    """Add an account; its credentials are stored encrypted."""
    from pipeline import channels

    given = dict(setting_of(text) for text in settings_)
    by = person(username)
    added = channels.add(name, platform, given, languages=languages.split(","), by=by, verify=not no_check)
    facts = {"channel": added.name, "platform": added.platform, "network": added.network, "checked": not no_check}
    said = (
        _("Channel {name} is added; check it with “portevoix channel check {name}”.", name=added.name)
        if no_check
        else _("Channel {name} is added; it was checked and can publish.", name=added.name)
    )
    answer(as_json, facts, said)


@channel.command("set")
@click.argument("name")
@click.option(
    "--set",
    "settings_",
    multiple=True,
    required=True,
    metavar="KEY=VALUE",
    help="A new setting; KEY=@FILE for a secret.",
)
@as_option
@json_option
@stored
def channel_set(name: str, settings_: tuple[str, ...], username: str, as_json: bool) -> None:
    """Give an account new credentials; the platform is asked, then its queue goes on."""
    from pipeline import channels

    given = dict(setting_of(text) for text in settings_)
    changed = channels.change(channels.get(name), given, by=person(username))
    facts = {"channel": changed.name, "authorised": changed.authorised}
    answer(as_json, facts, _("Channel {name} has its new settings; what waited goes on.", name=changed.name))


def setting_of(text: str) -> tuple[str, str]:
    """The name and value of KEY=VALUE, or of KEY=@FILE, whose value stands in a file."""
    key, equals, value = text.partition("=")
    if not equals:
        raise Said(_("“{text}” is not a setting: write KEY=VALUE, or KEY=@FILE for a secret.", text=key))
    if not value.startswith("@"):
        return key, value
    try:
        return key, Path(value[1:]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Said(_("The file {name} for {key} cannot be read: check its name.", name=value[1:], key=key)) from None


@channel.command("list")
@json_option
@stored
def channel_list(as_json: bool) -> None:
    """Show the channels."""
    from pipeline.models import Channel

    rows = list(Channel.objects.order_by("name").values("name", "platform", "network", "authorised"))
    heads = [_("channel"), _("platform"), _("network"), _("works")]
    emit(as_json, rows, lambda: table([*heads], [list(r.values()) for r in rows]))


@channel.command("check")
@click.argument("name")
@json_option
@stored
def channel_check(name: str, as_json: bool) -> None:
    """Ask the platform, without changing anything there, whether this channel can publish."""
    from pipeline import channels

    lines = [
        {"name": c.name, "ok": c.ok, "sentence": c.sentence.text(spoken())} for c in channels.check(channels.get(name))
    ]
    emit(
        as_json,
        lines,
        lambda: table(["", _("check"), ""], [["✓" if x["ok"] else "✗", x["name"], x["sentence"]] for x in lines]),
    )
    if not all(line["ok"] for line in lines):
        raise Said(_("Channel {name} cannot publish yet: see the lines marked ✗.", name=name))


COMMANDS = (channel,)
