"""A store, the people in it, and a trial on sample data."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import click

from commands._stage import stage
from commands._terminal import (
    FOLDER,
    answer,
    django,
    emit,
    json_option,
    password_for,
    program,
    progress_bar,
    serve_studio,
    spoken,
    with_clock,
)
from publishers._sentences import _


@click.command()
@click.option("--dir", "folder", type=FOLDER, help="Where; a new temporary folder if none is named.")
@click.option("--serve", is_flag=True, help="Keep the studio open on the demo's data afterwards.")
@click.option(
    "--open", "opened", type=FOLDER, help="Open the studio on a demo played before: new passwords, all else as it is."
)
@click.option("--port", default=8000, show_default=True, help="The studio's port with --serve or --open.")
@click.option("--bluesky-url", default="", help="Publish the Bluesky post for real, on this server.")
@click.option("--sandbox", "sandboxed", is_flag=True, help="Publish to the platforms' stand-ins on this machine.")
@json_option
def demo(
    folder: Path | None,
    serve: bool,
    opened: Path | None,
    port: int,
    bluesky_url: str,
    sandboxed: bool,
    as_json: bool,
) -> None:
    """Play the whole pipeline on sample data, into a rehearsal that reaches no network."""
    import tempfile

    if opened is not None:
        open_demo(opened.resolve(), port, as_json)
        return
    home = (folder or Path(tempfile.mkdtemp(prefix="porte-voix-demo-"))).resolve()
    in_demo(home)
    from pipeline.demo import run as demos

    with ExitStack() as held:
        on_stage = held.enter_context(stage(demos.NETWORKS)) if sandboxed else None
        played = play(home, bluesky_url, on_stage.accounts() if on_stage else {}, as_json)
        if on_stage:
            on_stage.show(open_still=serve, err=as_json)
        if serve:
            serve_demo(played, port, as_json)


def play(home: Path, bluesky_url: str, accounts: dict[str, dict[str, str]], as_json: bool) -> dict[str, str]:
    """Plays the demo in `home` and prints what it made; the passwords of those who may sign in."""
    from pipeline.demo import run as demos

    if demos.played_in(home):
        click.echo(_("The demo in {folder} starts anew.", folder=str(home)).text(spoken()), err=True)
    demos.fresh(home)
    with progress_bar("demo") as bar:
        played = demos.run(
            home,
            progress=lambda doing, share: bar.update(0, completed=share, description=demos.doing(doing, spoken())),
            publish=lambda finished: with_clock(lambda: demos.wait(finished)),
            bluesky_url=bluesky_url,
            accounts=accounts,
        )
    emit(as_json, played.as_json(spoken()), lambda: demos.show(played, home, spoken(), program()))
    return played.passwords


def in_demo(home: Path) -> None:
    """Makes `home` the store of this process; a demo never touches the real one."""
    for name in ("DATABASE_URL", "PORTEVOIX_KEYS", "PORTEVOIX_KEYS_FILE", "DATABASE_URL_FILE"):
        os.environ.pop(name, None)
    os.environ["PORTEVOIX_HOME"] = str(home)
    os.environ["PORTEVOIX_GRACE_MINUTES"] = "0"  # nobody waits ten minutes for a demo
    django()


def open_demo(home: Path, port: int, as_json: bool) -> None:
    """Serves a demo played before, everyone in it with a new password."""
    in_demo(home)
    from pipeline.demo import run as demos

    serve_demo(demos.new_passwords(home), port, as_json)


def serve_demo(passwords: dict[str, str], port: int, as_json: bool) -> None:
    """Says who may sign in and how, and serves the studio."""
    for name, password in passwords.items():
        click.echo(f"  {name}  {password}", err=as_json)
    serve_studio("127.0.0.1", port, ticking=True)


@click.command()
@click.option("--administrator", metavar="NAME", help="The first administrator; asked for where none is named.")
@click.option("--email", default="", metavar="ADDRESS", help="Where mails reach them; none without.")
@json_option
def setup(administrator: str | None, email: str, as_json: bool) -> None:
    """Make the store: its keys, its database and the first administrator."""
    django()
    from django.conf import settings

    from pipeline import people
    from pipeline import setup as setups
    from pipeline.models import Role, User

    setups.prepare()
    home = str(settings.PORTEVOIX_HOME)
    told = [_("The store is ready in {home}. Keep its keys folder apart from backups.", home=home)]
    added = None
    if not User.objects.exists():
        added = administrator or str(click.prompt(_("Name of the first administrator").text(spoken()), err=True))
        people.add(added, role=Role.ADMINISTRATOR, password=password_for(added), language=spoken(), email=email)
        told.append(
            _(
                "{name} can sign in now. Add an intern and a coordinator with “portevoix user add --as {name}”.",
                name=added,
            )
        )
    answer(as_json, {"home": home, "administrator": added}, *told)


COMMANDS = (demo, setup)
