"""Every text of a variant that goes out, as those read it who look for numbers and for what gives people away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.models import Rendition, Variant

SKIPPED = ("code", "account")  # slots of a card that are no words


@dataclass(frozen=True)
class Place:
    """A text that goes out: where it stands in the variant, its language and what it says."""

    field: str
    lang: str
    text: str

    @property
    def drawn(self) -> bool:
        """Whether it stands in a picture or film."""
        return self.field.startswith("media[") and self.field.endswith("]")

    @property
    def sha256(self) -> str:
        """The text by its content: a confirmation counts for exactly this."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def places(variant: Variant) -> list[Place]:
    """Every text of a variant that goes out: its words, its descriptions, and what its pictures and films show."""
    texts = list(variant.texts.all())
    lang = texts[0].lang if texts else next(iter(variant.channel.languages), "fr")
    found = [Place("text", text.lang, text.text) for text in texts]
    card = variant.link_card or {}
    found += [
        Place(name, lang, text)
        for name, text in (
            ("title", variant.title), ("content_warning", variant.content_warning),
            ("first_comment", variant.first_comment), ("link_card", str(card.get("title", ""))),
            ("link_card", str(card.get("description", ""))),
        )
    ]  # fmt: skip
    for number, use in enumerate(variant.media.select_related("rendition")):
        found.append(Place(f"media[{number}].alt", use.rendition.lang, use.alt))
        found += [Place(f"media[{number}]", use.rendition.lang, text) for text in _drawn(use.rendition)]
    return [place for place in found if place.text.strip()]


def _drawn(rendition: Rendition) -> Iterator[str]:
    """The words in a picture or film; the names under a chart's bars are dates."""
    named = rendition.spec.get("data", {}).get("bars", []) if rendition.kind == "card" else []
    labels = {str(bar.get(part, "")) for bar in named for part in ("label", "year")}
    for one in rendition.texts:
        if one["slot"] not in SKIPPED and not (one["slot"] == "bars" and one["text"] in labels):
            yield one["text"]
