"""The command `portevoix`: every verb also has, or will have, a page in the studio."""

from __future__ import annotations

import click

from commands import (
    backup,
    calendar,
    cards,
    channels,
    consents,
    corrections,
    dates,
    delivery,
    deploying,
    describing,
    disclosure,
    documents,
    drafting,
    feeds,
    footage,
    handoff,
    history,
    importing,
    library,
    media,
    metrics,
    moving,
    notices,
    numerals,
    originals,
    panic,
    people,
    photos,
    plans,
    posts,
    questions,
    reach,
    reels,
    removals,
    repairs,
    running,
    sandbox,
    signs,
    slots,
    status,
    store,
    summaries,
    tracing,
)
from commands._terminal import Portevoix


@click.version_option(package_name="porte-voix", message="Porte-voix %(version)s")
@click.group(cls=Portevoix, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """From records and footage to posts that are true, safe, approved by two people and published once."""


MODULES = (
    store, people, importing, describing, tracing, footage, reels, media, drafting, reach, posts, history, numerals,
    questions, corrections, repairs, calendar, feeds, plans, dates, slots, metrics, status, delivery, handoff, consents,
    removals, originals, channels, notices, panic, running, deploying, moving, backup, sandbox, cards, library,
    documents, photos, signs, summaries, disclosure,
)  # fmt: skip

for module in MODULES:
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    main()
