"""What goes out, what holds it, and the accounts it goes out on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands._terminal import (
    answer,
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
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.delivery import Status
    from pipeline.models import Hold, Publication


@click.command()
@json_option
@stored
def status(as_json: bool) -> None:
    """Show what went out, what waits, what is late and what needs a person."""
    from dataclasses import asdict

    from pipeline import delivery

    now = delivery.status()
    emit(as_json, asdict(now), lambda: show_status(now))


def show_status(now: Status) -> None:
    """What stops posts first, then the clock, then how many publications stand where."""
    from pipeline import states
    from pipeline.models import PublicationState

    for sentence in [*holds(), *closed(now.unauthorised)]:
        say(sentence)
    if now.last_tick is None:
        say(_("The scheduler has never run here: start it with “portevoix run”."))
    else:
        say(_("The scheduler last ticked on {at}.", at=local(now.last_tick)))
    counted: dict[str, int] = {}
    for state, number in now.counts.items():
        word = states.PUBLICATION[PublicationState(state)].text(spoken())
        counted[word] = counted.get(word, 0) + number
    if counted:
        table([_("state"), _("publications")], [[word, number] for word, number in counted.items()])
    else:
        say(_("No post has a time yet."))


def holds() -> list[Sentence]:
    """Each hold in force, the one on everything first, in a sentence."""
    from pipeline import delivery

    return [hold_sentence(row) for row in delivery.active_holds()]


def hold_sentence(row: Hold) -> Sentence:
    """Since when and by whom, and why where a reason was given."""
    facts = {"at": local(row.since), "name": row.by.username if row.by else "Porte-voix"}
    told = Sentence.from_json(row.why).text(spoken()) if row.why else row.reason
    reason = f" ({told})" if told else ""
    if row.channel is None:
        return _("Everything is on hold since {at}, by {name}{reason}.", reason=reason, **facts)
    return _("{channel} is on hold since {at}, by {name}{reason}.", channel=row.channel.name, reason=reason, **facts)


def closed(names: list[str]) -> list[Sentence]:
    """One sentence for each channel that the platform does not let in."""
    return [
        _("{channel} is closed: its platform refuses the credentials. See “portevoix channel check {channel}”.",
          channel=name)
        for name in names
    ]  # fmt: skip


def local(at: datetime) -> str:
    """The minute in the organisation's zone."""
    from django.utils import timezone

    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


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
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_due(rows))


def show_due(rows: list[Publication]) -> None:
    """What was due, or a sentence that nothing was; what is on hold is said in either case."""
    for sentence in holds():
        say(sentence)
    if rows:
        show_publications(rows)
    else:
        say(_("Nothing was sent.") if holds() else _("Nothing is due now: nothing was sent."))


@click.command()
@click.option("--channel", help="This channel only.")
@click.option("--reason", default="")
@as_option
@json_option
@stored
def hold(channel: str | None, reason: str, username: str, as_json: bool) -> None:
    """Stop everything, or one channel, at once."""
    from pipeline import delivery

    row = delivery.pull(find_channel(channel), by=person(username), reason=reason)
    facts = {"channel": channel, "held": True, "since": row.since.isoformat(), "reason": row.reason}
    said = (
        _("{channel} is on hold: nothing goes out there until somebody releases it.", channel=channel)
        if channel
        else _("Everything is on hold: nothing goes out until somebody releases it.")
    )
    answer(as_json, facts, said)


@click.command()
@click.option("--channel", help="This channel only.")
@as_option
@json_option
@stored
def release(channel: str | None, username: str, as_json: bool) -> None:
    """End a hold; what became late meanwhile is listed, not sent."""
    from pipeline import delivery

    done = delivery.release(find_channel(channel), by=person(username))
    said = _("Released.") if done else _("There was no hold to release.")
    answer(as_json, {"channel": channel, "held": False, "released": done}, said)


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


COMMANDS = (status, publish, hold, release, channel)
