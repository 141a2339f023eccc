"""The A5 flyer: what to know, what to do, whom to call; on one page, from the data of the card “rights”."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import Refused
from pipeline.pdf.setting import Pdf, setting, text
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import language
from publishers._sentences import _


@dataclass(frozen=True)
class Slot:
    """A place for a text, at most so many characters long."""

    characters: int
    required: bool = False
    title: bool = False


FLYER = {
    "tag": Slot(40, required=True),
    "title": Slot(90, required=True, title=True),
    "lead": Slot(200),
    **{f"step{number}": Slot(220, required=number == 1) for number in range(1, 7)},
    "phone_label": Slot(90),
    "phone": Slot(30, title=True),
    "source": Slot(200, required=True),
    "account": Slot(40),
}


def flyer(data: Mapping[str, Any], *, lang: str, brand: Brand | None = None) -> Pdf:
    """The flyer with these texts, one A5 page; `Refused`, naming the slot, for what is missing, too long or unwritable.

    The same file serves the card: see templates/cards/rights/sample.toml.
    """
    unknown = [str(key)[:40] for key in data if key not in FLYER]
    if unknown:
        raise Refused(_("The flyer has no place for {keys}.", keys=", ".join(unknown)))
    dress = brand or brands.load()
    brands.check_contrast(dress, (("ink", "paper"), ("ink", "signal"), ("paper", "ink")))
    said = {name: _said(name, slot, {"account": dress.account, **data}, lang, dress) for name, slot in FLYER.items()}
    steps = [said.pop(name) for name in list(said) if name.startswith("step")]
    made = setting(
        "flyer", {**said, "steps": [step for step in steps if step]}, lang=lang, title=data["title"], brand=dress
    )
    if made.pages > 1:
        raise Refused(_("This does not hold on one A5 page: shorten the steps, or leave one out."))
    return made


def _said(name: str, slot: Slot, data: Mapping[str, Any], lang: str, brand: Brand) -> str:
    value = data.get(name, "")
    if isinstance(value, str) and len(value) > slot.characters:
        raise Refused(
            _(
                "{slot}: {count} characters, {most} at most: shorten it.",
                slot=name,
                count=len(value),
                most=slot.characters,
            )
        )
    said = text(value, language(lang), brand, name, title=slot.title)
    if slot.required and not said:
        raise Refused(_("{slot} is missing: this flyer cannot do without it.", slot=name))
    return said
