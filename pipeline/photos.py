"""Photos from the field as pictures to post: faces covered, cut as the person says, encoded once, nothing beside it.

The original is read in a limited process and never sent. What comes out has an sRGB picture without transparency and no
metadata; a person looks at it and confirms before it can be submitted, as for a reel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.cards import templates
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Footage, Rendition, User
from pipeline.people import refuse_readers
from pipeline.protection import searching, stills
from pipeline.protection.stills import Crop
from pipeline.rendering import jobs
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

WHOLE = "whole"  # the photo's own shape
SECONDS = 60.0


def formats() -> list[str]:
    """The formats that a photo can be cut to: its own shape, and those of the networks."""
    return [WHOLE, *templates.formats()]


def make(footage: Footage, *, format: str, alt: str, lang: str, by: User, crop: Crop | None = None) -> Rendition:
    """The photo with its masks as they stand, cut to a format (see `formats`), ready; `alt` says what it shows.

    `Refused` for a film, an unknown format, a missing description, or a file that cannot be read.
    """
    refuse_readers(by)
    if footage.kind != "image":
        raise Refused(_("Footage {code} is no photo: make a reel of it.", code=footage.code))
    if format not in formats():
        raise Refused(_("There is no format {format}: use one of {known}.", format=format[:20],
                        known=", ".join(formats())))  # fmt: skip
    if not alt.strip():
        raise Refused(_("Say in a sentence what the photo shows, for people who do not see it."))
    cut = crop or Crop()
    covered = searching.ensure(footage)
    spec = {
        "photo": footage.sha256, "crop": cut.model_dump(), "format": format, "masks": {footage.sha256: covered.sha256},
    }  # fmt: skip
    row = jobs.row_for("photo", spec, lang=lang, format=format, by=by, summary=None, alt=alt.strip())
    row.footage.set([footage])
    if jobs.is_done(row):
        return row
    size = None if format == WHOLE else (templates.formats()[format].width, templates.formats()[format].height)

    def write(out: Path) -> dict[str, Any]:
        asked = (str(original_path(footage.sha256)), str(out), cut.model_dump(), size, covered.tracks)
        return dict(run_limited(stills.develop, *asked, seconds=SECONDS))

    return jobs.run(row, write)
