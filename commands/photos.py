"""Photos from the field: faces covered, cut, ready for a post."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands._terminal import FILE, answer, as_option, find_rendition, json_option, person, stored
from commands.cards import read_data
from commands.documents import of_language
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.models import Footage


@click.command()
@click.argument("code", metavar="FOOTAGE")
@click.option("--alt", default="", help="What the photo shows, in a sentence, for people who do not see it.")
@click.option("--lang", default="fr", show_default=True, help="Of that sentence.")
@click.option("--format", "format_", default="whole", show_default=True, help="whole, or a card's: square, portrait…")
@click.option("--middle", metavar="X,Y", default="0.5,0.5", show_default=True, help="Of the cut, in parts.")
@click.option("--zoom", type=float, default=1.0, show_default=True, help="1: as much of the photo as fits.")
@as_option
@json_option
@stored
def photo(code: str, alt: str, lang: str, format_: str, middle: str, zoom: float, username: str, as_json: bool) -> None:
    """Make a picture of a photo: every face covered, cut, without anything beside it. Look at it, then protect it."""
    from pydantic import ValidationError

    from pipeline import photos
    from pipeline.protection.stills import Crop

    try:
        x, y = (float(part) for part in middle.split(","))
        crop = Crop(x=x, y=y, zoom=zoom)
    except (ValueError, ValidationError):
        raise Said(_("Write the middle as X,Y in parts of the photo (0.5,0.4), and a zoom of 1 to 8.")) from None
    row = photos.make(find_photo(code), format=format_, alt=alt, lang=lang, by=person(username), crop=crop)
    facts = {"rendition": row.pk, "sha256": row.sha256, "width": row.width, "height": row.height, **row.measured}
    sentence = _(
        "Kept as rendition {number}, {faces} faces covered. Look at it, then: portevoix protect {number}",
        number=row.pk, faces=row.measured["faces_masked"],
    )  # fmt: skip
    answer(as_json, facts, sentence)


@click.command()
@click.argument("name", metavar="CARD")
@click.option("--data", "data_file", type=FILE, required=True, help="JSON, YAML or TOML with the card's slots.")
@click.option("--photo", "seen", multiple=True, metavar="NAME=RENDITION", help="A picture of the store.")
@click.option("--alt", default="", help="What the card shows, in a sentence, for people who do not see it.")
@click.option("--lang", default="fr", show_default=True)
@click.option("--format", "format_", default="portrait", show_default=True)
@as_option
@json_option
@stored
def keep(
    name: str, data_file: Path, seen: tuple[str, ...], alt: str, lang: str, format_: str, username: str, as_json: bool
) -> None:
    """Keep a card in the store, for a post; over a photo of the store it has to be looked at before."""
    from pipeline.rendering import jobs

    photos = {}
    for one in seen:
        place, _equals, number = one.partition("=")
        if not number.isdigit():
            raise Said(_("Write a picture as NAME=RENDITION, for example photo=12."))
        photos[place] = find_rendition(int(number))
    if not alt.strip():
        raise Said(_("Say in a sentence what the card shows, with --alt."))
    data = of_language(read_data(data_file), lang)
    row = jobs.card(name, data, lang=lang, format=format_, by=person(username), alt=alt, photos=photos)
    facts = {"rendition": row.pk, "sha256": row.sha256, "width": row.width, "height": row.height}
    answer(as_json, facts, _("Kept as rendition {number}. For a post: portevoix draft --media {number} --to …",
                             number=row.pk))  # fmt: skip


def find_photo(code: str) -> Footage:
    """The footage of that code: the start of its hash, as `footage list` shows it."""
    from pipeline.models import Footage

    found = list(Footage.objects.filter(sha256__startswith=code.lower())[:2]) if len(code) >= 4 else []
    if len(found) != 1:
        raise Said(_("There is no footage {code}: see “portevoix footage list”.", code=code[:20]))
    return found[0]


COMMANDS = (photo, keep)
