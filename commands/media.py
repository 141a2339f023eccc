"""The word of who watched a reel or a photo."""

from __future__ import annotations

import click

from commands._terminal import answer, as_option, find_rendition, json_option, person, stored
from publishers._sentences import _


@click.command()
@click.argument("number", metavar="RENDITION", type=int)
@click.option(
    "--faces", type=click.Choice(["masked", "nobody", "consent"]), required=True, help="How faces were settled."
)
@click.option(
    "--voice",
    type=click.Choice(["none", "muted", "disguised", "kept"]),
    required=True,
    help="How voices are heard; disguised is harder to know again, not anonymous.",
)
@click.option("--consent", default="", help="Code of the consent, where faces are shown.")
@as_option
@json_option
@stored
def protect(number: int, faces: str, voice: str, consent: str, username: str, as_json: bool) -> None:
    """Confirm by name that you watched it and nobody is recognisable."""
    from pipeline.models import Faces, Voice
    from pipeline.protection import record

    record.confirm(find_rendition(number), by=person(username), faces=Faces(faces), voice=Voice(voice), consent=consent)
    facts = {"rendition": number, "faces": faces, "voice": voice, "confirmed_by": username}
    answer(as_json, facts, _("Confirmed: rendition {number} may be submitted.", number=number))


COMMANDS = (protect,)
