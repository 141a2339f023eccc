"""The demo's networks on this machine: the sandbox's servers, and a door through which they fetch our pictures."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from commands._terminal import spoken
from commands.sandbox import chosen, start
from publishers import registry
from publishers._sentences import _

if TYPE_CHECKING:
    from sandbox._server import Sandbox


class Stage:
    """Servers that listen, and what a channel on each needs."""

    def __init__(self, servers: list[Sandbox], media_url: str) -> None:
        self._servers = servers
        self._media_url = media_url

    def accounts(self) -> dict[str, dict[str, str]]:
        """By platform: the settings of a channel there."""
        return {
            platform: self._settings(server.facts(), platform)
            for server in self._servers
            for platform in server.platforms
            if platform in registry()
        }

    def _settings(self, facts: Mapping[str, str], platform: str) -> dict[str, str]:
        known = {**facts, "media_url": self._media_url}
        return {name: known[name] for name in registry()[platform].Credentials.model_fields if name in known}

    def show(self, *, open_still: bool, err: bool) -> None:
        """Says where to look at what was published, or that nothing is there to be looked at any more."""
        if not open_still:
            said = _("The networks' stand-ins are closed again: with --serve they stay open, to look at.")
            click.echo(said.text(spoken()), err=err)
            return
        for server in self._servers:
            said = _("{label}: what was published is shown at {url}", label=server.label, url=f"{server.url}/")
            click.echo(said.text(spoken()), err=err)


@contextmanager
def stage(networks: Collection[str]) -> Iterator[Stage]:
    """The stage for these networks while it is open; its servers work at once, where the networks take their time."""
    with ExitStack() as opened:
        servers = [start(opened, kind, 0) for kind in chosen(()) if set(networks) & set(kind.platforms)]
        for server in servers:
            server.order("settings", dict.fromkeys(getattr(server, "processing", {}), 0))
        yield Stage(servers, opened.enter_context(_door()))


@contextmanager
def _door() -> Iterator[str]:
    """The studio at a free port: the networks fetch pictures there, as they do from a public address."""
    from waitress.server import create_server

    from config.wsgi import application

    server = create_server(application, host="127.0.0.1", port=0, threads=2, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join()
