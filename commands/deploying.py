"""Whether an installation is ready for service."""

from __future__ import annotations

import click

from commands._terminal import django, emit, json_option, say, spoken
from publishers._sentences import Said, _


@click.command()
@click.option("--deploy", is_flag=True, required=True, help="Everything that a server in service needs.")
@json_option
def check(deploy: bool, as_json: bool) -> None:
    """Name each thing that is missing before people use the studio, and what to do; fails where one blocks."""
    django()
    from pipeline import deploying

    found = deploying.findings()
    facts = [{"name": one.name, "blocks": one.blocks, "sentence": one.sentence.text(spoken())} for one in found]

    def show() -> None:
        for one in found:
            click.echo(f"{'■' if one.blocks else '□'} {one.sentence.text(spoken())}")
        if not found:
            say(_("Nothing is missing."))

    emit(as_json, facts, show)
    if blocking := sum(one.blocks for one in found):
        raise Said(_("Not ready for service: {n} of these must be settled first (■).", n=blocking))


COMMANDS = (check,)
