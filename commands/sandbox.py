"""The platforms' stand-ins on this machine, to try a whole publication without an account anywhere."""

from __future__ import annotations

import shlex
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, json_option, program, say, table
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from sandbox._server import Sandbox


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--port", type=click.IntRange(0, 65_000), default=0, help="The first port; free ones are taken else.")
@click.option(
    "--redirect", "redirects", multiple=True, metavar="URL",
    help="A return address that their apps know besides those of this machine; may be repeated.",
)  # fmt: skip
@json_option
def sandbox(names: tuple[str, ...], port: int, redirects: tuple[str, ...], as_json: bool) -> None:
    """Start the platforms' stand-ins on this machine, and show what is published on them."""
    with ExitStack() as opened:
        told = []
        for kind in chosen(names):
            server = start(opened, kind, port)
            register(server, redirects)
            told.append(facts_of(server))
            port += len(kind.hosts) if port else 0
        emit(as_json, {"servers": told}, lambda: show(told))
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def chosen(names: tuple[str, ...]) -> list[type[Sandbox]]:
    """The servers of these names; all of them where none is named."""
    from sandbox import servers

    known = servers()
    for name in names:
        if name not in known:
            raise Said(_("There is no sandbox called {name}: choose from {known}.", name=name, known=", ".join(known)))
    return [known[name] for name in names or known]


def start(opened: ExitStack, kind: type[Sandbox], port: int) -> Sandbox:
    """A server that listens until `opened` is closed."""
    try:
        return opened.enter_context(kind().serving(port))
    except OSError as error:
        raise Said(
            _("Port {port} cannot be opened ({why}): choose another with --port.", port=port, why=str(error))
        ) from None


def register(server: Sandbox, redirects: tuple[str, ...]) -> None:
    """Lets the server's app send people back to these addresses; a server without a login page has no app."""
    with suppress(LookupError):
        for url in redirects:
            server.order("redirects", {"url": url})


def facts_of(server: Sandbox) -> dict[str, Any]:
    """A server for --json: its addresses, what a channel needs, and the commands that add one."""
    return {
        "name": server.name, "label": server.label, "urls": server.urls, "facts": server.facts(),
        "channels": [words for platform in server.platforms if (words := channel_words(server, platform))],
        "apps": app_words(server),
    }  # fmt: skip


def channel_words(server: Sandbox, platform: str) -> list[str]:
    """The command that adds a channel on that server; empty where no publisher of that name is there."""
    from publishers import registry

    publisher = registry().get(platform)
    if publisher is None:
        return []
    facts, words = server.facts(), [program(), "channel", "add", f"sandbox-{platform}", "--platform", platform]
    for name, field in publisher.Credentials.model_fields.items():
        if name in facts or field.is_required():
            words += ["--set", f"{name}={facts.get(name, '...')}"]
    return [*words, "--as", "USER"]


def app_words(server: Sandbox) -> list[list[str]]:
    """The commands that enter the server's app, so that accounts on it can be connected by its consent page."""
    from publishers import registry

    facts, found = server.facts(), {}
    for platform in server.platforms:
        publisher = registry().get(platform)
        if publisher and publisher.consent:
            words = [program(), "channel", "app", publisher.consent.name]
            for name in publisher.consent.App.model_fields:
                words += ["--set", f"{name}={facts[name]}"] if name in facts else []
            found[publisher.consent.name] = [*words, "--as", "USER"]
    return list(found.values())


def show(told: list[dict[str, Any]]) -> None:
    """The servers for a person."""
    for server in told:
        page = next(iter(server["urls"].values()))
        say(_("{label} is open; what is published on it is shown at {url}", label=server["label"], url=f"{page}/"))
        table(["", ""], [[name, value] for name, value in server["facts"].items()])
        for words in [*server["channels"], *server["apps"]]:
            click.echo(shlex.join(words))
    say(_("Nothing leaves this machine. Ctrl+C closes everything, and everything is forgotten."))


COMMANDS = (sandbox,)
