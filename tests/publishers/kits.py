"""Hand-offs for tests: an adapter on a folder, and a post in two languages."""

from __future__ import annotations

from typing import Any

from publishers import handoff
from publishers._base import Media, Part, Submission
from tests.publishers.samples import Folder

OWN = {"sender": "HRO <note@example.org>", "contact": "Presse HRO\n+33 1 00 00 00 00", "tags": "observatoire"}
FR = "132 expulsions à Calais\n\nDétail & suite <ici>.\n\n| Expulsions | 132 |\n\n| Sites | 12 |\n\n#Calais https://example.org/n"
AR = "رُصدت ١٣٢ عملية إخلاء\n\nالتفاصيل هنا.\n\n| عمليات | ١٣٢ |"


def by_hand(folder: Folder, profile: str = "youtube", **own: str) -> handoff.Handoff:
    return handoff.Handoff(handoff.Credentials.model_validate({"profile": profile, **OWN, **own}), folder)


def told(kind: str = "image", media: tuple[Media, ...] = (), **more: Any) -> Submission:
    """A post in French and Arabic, each language apart."""
    parts = (Part(text=FR, langs=("fr",), media=media), Part(text=AR, langs=("ar",)))
    return Submission(platform="handoff", channel="main", kind=kind, parts=parts, **more)
