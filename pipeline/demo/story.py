"""The demo's reel: its cut list, its words in two languages, its alt text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

CAPTION = {
    "fr": "Ce matin encore, les tentes ont été emportées avant que les personnes puissent reprendre leurs affaires. "
    "Images de démonstration, dessinées.",
    "en": "Again this morning, the tents were taken before people could collect their belongings. "
    "Demonstration pictures, drawn.",
}
NOTICE = {
    "fr": "La permanence de mercredi se tient à 14 h, au lieu habituel. Apportez vos questions, nous apportons le thé.",
    "en": "Wednesday’s drop-in is at 2 p.m., at the usual place. Bring your questions, we bring the tea.",
}
ALT = (
    "Vidéo dessinée de démonstration : un campement de tentes, une personne qui marche dans une rue, "
    "une file à une distribution. Tous les visages sont masqués."
)
SPOKEN = (
    "Ils sont arrivés avant le lever du jour.",
    "On n’a pas pu prendre les sacs.",
    "Il faut tout recommencer, encore.",
)


def write_cut_list(path: Path, clips: Sequence[Path], *, headline: str, source: str, label: str) -> Path:
    """The cut list (YAML) of the three clips, two and a half seconds of each, with captions and an end card."""
    cuts = [
        {"clip": str(clip), "from": 0.4, "to": 2.9, "caption": words} for clip, words in zip(clips, SPOKEN, strict=True)
    ]
    wanted = {
        "format": "portrait",
        "language": "fr",
        "title": {"text": "Un matin d’expulsion", "label": label, "seconds": 2.2},
        "cuts": cuts,
        "end": {"text": headline, "source": source},
    }
    path.write_text(yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
