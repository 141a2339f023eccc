"""Files from the field brought in together, with the answers to three questions: where and when, by whom, whose yes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.conf import settings
from pydantic import BaseModel, ConfigDict

from pipeline import footage
from pipeline.models import Footage, User
from pipeline.people import refuse_readers
from pipeline.protection import consents


class Answers(BaseModel):
    """Coarse on purpose: a day, a commune, who filmed as the newsroom names them, the codes of who agreed."""

    model_config = ConfigDict(frozen=True)

    filmed_on: date | None = None
    place: str = ""
    filmed_by: str = ""
    consents: tuple[str, ...] = ()


def bring(source: Path, answers: Answers, *, by: User) -> Footage:
    """The footage row of one file, linked to the consents; `Refused` for an unknown code or what cannot be read."""
    refuse_readers(by)
    given = [consents.find(code) for code in answers.consents]  # before anything is copied
    row = footage.add(source, by=by, filmed_on=answers.filmed_on, place=answers.place, filmed_by=answers.filmed_by)
    for consent in given:
        consents.link(consent, row, by=by)
    return row


def bring_bytes(pieces: Iterable[bytes], answers: Answers, *, by: User) -> Footage:
    """The same for a file that comes in pieces, which stands in the private folder until it is copied."""
    work = Path(settings.PORTEVOIX_HOME) / "work"
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=work, prefix="in-") as held:
        held.writelines(pieces)
        held.flush()
        return bring(Path(held.name), answers, by=by)


def codes(typed: str) -> Sequence[str]:
    """The codes in a line that a person typed, parted by commas or spaces."""
    return [code.upper() for code in typed.replace(",", " ").replace(";", " ").split()]
