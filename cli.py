"""The command `portevoix`: every verb also has, or will have, a page in the studio."""

from __future__ import annotations

import click

from commands import (
    backup,
    calendar,
    channels,
    dates,
    delivery,
    drafting,
    feeds,
    figures,
    handoff,
    importing,
    media,
    metrics,
    notices,
    plans,
    posts,
    repairs,
    running,
    sandbox,
    slots,
    status,
    store,
)
from commands._terminal import Portevoix


@click.group(cls=Portevoix, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """From records and footage to posts that are true, safe, approved by two people and published once."""


MODULES = (
    store, importing, figures, media, drafting, posts, repairs, calendar, feeds, plans, dates, slots, metrics, status,
    delivery, handoff, channels, notices, running, backup, sandbox,
)  # fmt: skip

for module in MODULES:
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    main()
