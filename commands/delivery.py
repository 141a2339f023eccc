"""What goes out, what holds it, and the accounts it goes out on."""

from __future__ import annotations

from pathlib import Path

import click

from commands._terminal import (
    as_option,
    emit,
    find_channel,
    json_option,
    person,
    publication_facts,
    say,
    show_publications,
    spoken,
    stored,
    table,
)
from publishers._sentences import Said, _


@click.command()
@json_option
@stored
def status(as_json: bool) -> None:
    """Show what went out, what waits, what is late and what needs a person."""
    from dataclasses import asdict

    from pipeline import delivery

    now = delivery.status()
    emit(as_json, asdict(now), lambda: table(["state", "publications"], [[k, v] for k, v in now.counts.items()]))


@click.command()
@click.option("--due", is_flag=True, required=True, help="What is due now.")
@click.option("--dry-run", is_flag=True, help="Show it only.")
@json_option
@stored
def publish(due: bool, dry_run: bool, as_json: bool) -> None:
    """Do one tick of the scheduler by hand."""
    from django.utils import timezone

    from pipeline import delivery
    from pipeline.models import Publication

    rows = list(delivery.due(timezone.now()))
    if not dry_run:
        done = delivery.tick()
        rows = list(
            Publication.objects.filter(pk__in=done.handled).select_related("channel", "variant__post", "receipt")
        )
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_publications(rows))


@click.command()
@click.option("--channel", help="This channel only.")
@click.option("--reason", default="")
@as_option
@stored
def hold(channel: str | None, reason: str, username: str) -> None:
    """Stop everything, or one channel, at once."""
    from pipeline import delivery

    delivery.pull(find_channel(channel), by=person(username), reason=reason)
    say(_("On hold: nothing goes out until you release it."))


@click.command()
@click.option("--channel", help="This channel only.")
@as_option
@stored
def release(channel: str | None, username: str) -> None:
    """End a hold; what became late meanwhile is listed, not sent."""
    from pipeline import delivery

    done = delivery.release(find_channel(channel), by=person(username))
    say(_("Released.") if done else _("There was no hold to release."))


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
@stored
def channel_add(
    name: str, platform: str, settings_: tuple[str, ...], languages: str, no_check: bool, username: str
) -> None:
    """Add an account; its credentials are stored encrypted."""
    from pipeline import channels

    given = dict(setting_of(text) for text in settings_)
    by = person(username)
    added = channels.add(name, platform, given, languages=languages.split(","), by=by, verify=not no_check)
    say(_("Channel {name} is added; check it with “portevoix channel check {name}”.", name=added.name))


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
    emit(as_json, rows, lambda: table(["channel", "platform", "network", "works"], [list(r.values()) for r in rows]))


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
        lambda: table(["", "check", ""], [["✓" if x["ok"] else "✗", x["name"], x["sentence"]] for x in lines]),
    )
    if not all(line["ok"] for line in lines):
        raise Said(_("Channel {name} cannot publish yet: see the lines marked ✗.", name=name))


COMMANDS = (status, publish, hold, release, channel)
