"""The command `portevoix`: every verb also has, or will have, a page in the studio."""

from __future__ import annotations

import click

from commands import (
    backup,
    calendar,
    channels,
    delivery,
    figures,
    media,
    notices,
    posts,
    running,
    sandbox,
    status,
    store,
)
from commands._terminal import Portevoix


@click.group(cls=Portevoix, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """From records and footage to posts that are true, safe, approved by two people and published once."""


for module in (store, figures, media, posts, calendar, status, delivery, channels, notices, running, backup, sandbox):
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    main()
