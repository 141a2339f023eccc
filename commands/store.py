"""A store, the people in it, and a trial on sample data."""

from __future__ import annotations

import os
from pathlib import Path

import click

from commands._terminal import (
    FOLDER,
    django,
    emit,
    json_option,
    password_for,
    progress_bar,
    say,
    serve_studio,
    spoken,
    stored,
    table,
    with_clock,
)
from publishers._sentences import _


@click.command()
@click.option("--dir", "folder", type=FOLDER, help="Where; a new temporary folder if none is named.")
@click.option("--serve", is_flag=True, help="Keep the studio open on the demo's data afterwards.")
@click.option("--port", default=8000, show_default=True, help="The studio's port with --serve.")
@click.option("--bluesky-url", default="", help="Publish the Bluesky post for real, on this server.")
@json_option
def demo(folder: Path | None, serve: bool, port: int, bluesky_url: str, as_json: bool) -> None:
    """Play the whole pipeline on sample data, into a rehearsal that reaches no network."""
    import tempfile

    home = (folder or Path(tempfile.mkdtemp(prefix="porte-voix-demo-"))).resolve()
    for name in ("DATABASE_URL", "PORTEVOIX_KEYS", "PORTEVOIX_KEYS_FILE", "DATABASE_URL_FILE"):
        os.environ.pop(name, None)  # a demo never touches the real store
    os.environ["PORTEVOIX_HOME"] = str(home)
    django()
    from pipeline.demo import run as demos

    demos.fresh(home)
    with progress_bar("demo") as bar:
        played = demos.run(
            home,
            progress=lambda doing, share: bar.update(0, completed=share, description=demos.doing(doing, spoken())),
            publish=lambda finished: with_clock(lambda: demos.wait(finished)),
            bluesky_url=bluesky_url,
        )
    emit(as_json, played.as_json(spoken()), lambda: demos.show(played, home, spoken(), table))
    if serve:
        for name, password in played.passwords.items():
            click.echo(f"  {name}  {password}", err=as_json)
        serve_studio("127.0.0.1", port, ticking=True)


@click.command()
def setup() -> None:
    """Make the store: its keys, its database and the first administrator. Run it again after an upgrade."""
    django()
    from django.conf import settings

    from pipeline import people
    from pipeline import setup as setups
    from pipeline.models import Role, User

    setups.prepare()
    say(_("The store is ready in {home}. Keep its keys folder apart from backups.", home=str(settings.PORTEVOIX_HOME)))
    if not User.objects.exists():
        name = str(click.prompt(_("Name of the first administrator").text(spoken()), err=True))
        people.add(name, role=Role.ADMINISTRATOR, password=password_for(name))
        say(_("{name} can sign in now. Add an intern and a coordinator with “portevoix user add”.", name=name))


@click.group()
def user() -> None:
    """People and their roles."""


@user.command("add")
@click.argument("username")
@click.option("--role", required=True, help="intern, editor, coordinator or administrator")
@click.option("--lang", default="fr", type=click.Choice(["fr", "en"]))
@stored
def user_add(username: str, role: str, lang: str) -> None:
    """Add a person; asks for their password."""
    from pipeline import people

    people.add(username, role=role, password=password_for(username), language=lang)
    say(_("{name} can sign in now.", name=username))


@user.command("list")
@json_option
@stored
def user_list(as_json: bool) -> None:
    """Show who works here."""
    from pipeline.models import User

    rows = list(User.objects.order_by("username").values("username", "role", "language", "is_active"))
    emit(
        as_json,
        rows,
        lambda: table(["name", "role", "language"], [[r["username"], r["role"], r["language"]] for r in rows]),
    )


COMMANDS = (demo, setup, user)
