"""Accounts that posts go out on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import click

from commands._terminal import answer, as_option, emit, json_option, person, spoken, stored, table
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.connecting import Found, Pick
    from pipeline.standing import Standing


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
    """Show the channels: how each stands, until when it is authorised, when it was last checked."""
    from django.utils import timezone

    from pipeline import delivery
    from pipeline.standing import everything

    rows = everything(timezone.now(), delivery.active_holds())
    heads = [_("channel"), _("platform"), _("network"), _("works"), _("state"), _("authorisation"), _("last check")]
    shown = [
        [r.channel.name, r.channel.platform, r.channel.network, r.works, r.word, r.end, checked_words(r)] for r in rows
    ]
    emit(as_json, [channel_facts(one) for one in rows], lambda: table([*heads], shown))


def channel_facts(one: Standing) -> dict[str, Any]:
    """A channel for --json."""
    row = one.channel
    return {
        "name": row.name, "platform": row.platform, "network": row.network, "authorised": row.authorised,
        "state": one.stand.value, "expires_at": row.expires_at, "checked_at": row.checked_at, "missing": one.missing,
    }  # fmt: skip


def checked_words(one: Standing) -> Sentence:
    """When the channel was last checked, and how that went."""
    from commands.status import local

    if one.missing is None:
        return _("never")
    at = local(one.channel.checked_at) if one.channel.checked_at else "–"
    return _("{at}, {n} missing", at=at, n=one.missing) if one.missing else _("{at}, nothing missing", at=at)


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


# ------------------------------------------------------------------------------------------- by a consent in a browser


@channel.command("app")
@click.argument("network")
@click.option(
    "--set", "settings_", multiple=True, required=True, metavar="KEY=VALUE",
    help="One setting of the app; KEY=@FILE reads a secret from a file.",
)  # fmt: skip
@as_option
@json_option
@stored
def channel_app(network: str, settings_: tuple[str, ...], username: str, as_json: bool) -> None:
    """Enter the app that a network knows this installation by; its secret is stored encrypted."""
    from pipeline import connecting, networkapps

    kind = networkapps.find(network)
    networkapps.keep_app(kind, dict(setting_of(text) for text in settings_), by=person(username))
    back = connecting.return_address(kind)
    facts = {"consent": kind.name, "return_address": back}
    saved = _("The app of {network} is stored. It must know this return address: {address}",
              network=kind.label, address=back)  # fmt: skip
    answer(as_json, facts, saved)


@channel.command("connect")
@click.argument("platform")
@click.option("--only", "labels", multiple=True, metavar="NAME", help="Connect only this account; may be repeated.")
@as_option
@json_option
@stored
def channel_connect(platform: str, labels: tuple[str, ...], username: str, as_json: bool) -> None:
    """Connect accounts by the network's consent page, opened in a browser on any machine.

    Open the address that is shown, grant access, and paste the address at which the browser ends here. For an account
    that is a channel already this renews its authorisation.
    """
    import secrets

    from pipeline import connecting, networkapps

    kind, by, session = networkapps.find(platform), person(username), secrets.token_urlsafe(32)
    address = connecting.begin(kind, session=session, by=by)
    ask = _("Open this address in a browser, grant access, then paste the address at which the browser ends:")
    click.echo(f"{ask.text(spoken())}\n\n{address}\n", err=as_json)
    asked = connecting.come_back(kind, pasted(), session=session, by=by)
    made = connecting.choose(asked, picks(connecting.accounts(asked), labels, as_json), session=session, by=by)
    facts = {"channels": [{"channel": one.name, "platform": one.platform, "label": one.label} for one in made]}
    answer(as_json, facts, *[_("{channel} is connected: {label}.", channel=c.name, label=c.label) for c in made])


def pasted() -> dict[str, str]:
    """What the network sent back, from the address that the person pastes; it is not shown as it is typed."""
    if sys.stdin.isatty():
        typed = str(click.prompt(_("Address").text(spoken()), hide_input=True, err=True))
    else:
        typed = sys.stdin.readline()
    return dict(parse_qsl(urlsplit(typed.strip()).query))


def picks(found: list[Found], labels: tuple[str, ...], as_json: bool) -> list[Pick]:
    """The accounts to connect: those of these names, else all that can publish; the others are said."""
    from pipeline.connecting import Pick

    wanted = []
    for one in found:
        named = not labels or {one.offer.label, one.name} & set(labels)
        if one.offer.missing and named:
            click.echo(f"{one.offer.label} ({one.offer.platform}): {one.offer.missing.text(spoken())}", err=as_json)
        elif named:
            wanted.append(Pick(one.number, one.name))
    if not wanted:
        known = ", ".join(one.offer.label for one in found)
        raise Said(_("No account was chosen. Those that were granted: {known}.", known=known))
    return wanted


@channel.command("disable")
@click.argument("name")
@as_option
@json_option
@stored
def channel_disable(name: str, username: str, as_json: bool) -> None:
    """Put a channel aside: nothing goes out on it, its credentials are kept."""
    from pipeline import channels

    channels.disable(channels.get(name), by=person(username))
    answer(as_json, {"channel": name, "active": False}, _("Channel {name} is put aside.", name=name))


@channel.command("enable")
@click.argument("name")
@as_option
@json_option
@stored
def channel_enable(name: str, username: str, as_json: bool) -> None:
    """Use a channel again that was put aside."""
    from pipeline import channels
    from pipeline.models import Channel

    row = Channel.objects.filter(name=name, active=False).first()
    if row is None:
        raise Said(_("No channel called {name} was put aside.", name=name))
    channels.enable(row, by=person(username))
    answer(as_json, {"channel": name, "active": True}, _("Channel {name} is in use again.", name=name))


@channel.command("remove")
@click.argument("name")
@as_option
@json_option
@stored
def channel_remove(name: str, username: str, as_json: bool) -> None:
    """Remove a channel; where posts hang on it, its credentials are wiped and the rest is kept."""
    from pipeline import channels
    from pipeline.models import Channel

    row = Channel.objects.filter(name=name).first()
    if row is None:
        raise Said(_("No channel is called {name}.", name=name))
    whole = channels.remove(row, by=person(username))
    told = _("Channel {name} is removed.", name=name)
    wiped = _("The credentials of channel {name} are wiped; what went out on it stays in the log.", name=name)
    answer(as_json, {"channel": name, "removed": whole, "wiped": not whole}, told if whole else wiped)


COMMANDS = (channel,)
