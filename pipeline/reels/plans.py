"""Which parts a reel has: worked out and drawn, or remembered from the last time that it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.protection.tracks import Track
from pipeline.reels import timeline
from pipeline.reels.cache import PLANS, Cache, appearing
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.drawn import fingerprint
from pipeline.reels.lettering import Lettering, draw
from pipeline.reels.pressing import Spoken
from pipeline.reels.segments import Segment, key, tools
from publishers._base import canonical


@dataclass(frozen=True)
class Plan:
    """The parts of a reel: whose pictures each shows and its address; what can be read in it.

    `segments` are their descriptions; None where the plan was remembered, and nothing had to be drawn.
    """

    parts: tuple[tuple[str, str], ...]
    texts: tuple[Spoken, ...]
    segments: tuple[Segment, ...] | None = None


class Drawing:
    """The words of a reel, drawn while the workers start, or never where the same reel was planned before."""

    def __init__(self, reel: CutList, dress: timeline.Dress, hashes: Mapping[Path, str], cache: Cache) -> None:
        self._reel, self._dress, self._hashes, self._cache = reel, dress, hashes, cache
        spec = reel.model_dump(mode="json", exclude={"cuts"})
        spec["cuts"] = [by_content(cut, hashes) for cut in reel.cuts]
        told = {"reel": spec, "dress": asdict(dress), "drawn": fingerprint(), "tools": tools()}
        self._address = hashlib.sha256(canonical(told).encode()).hexdigest()
        self._remembered = self._read()
        self._words: Lettering | None = None
        self.is_new = self._remembered is None

    def draw(self) -> Lettering:
        """The words, drawn once; `Refused` where they do not hold."""
        if self._words is None:
            self._words = draw(self._reel, self._dress.size)
        return self._words

    def _read(self) -> dict[str, Any] | None:
        place = self._cache.place(PLANS, self._address, "json")
        found: dict[str, Any] | None = json.loads(place.read_text("utf-8")) if self._cache.has(place) else None
        return found

    def plan(self, tracks: Sequence[Sequence[Track]]) -> Plan:
        """The parts with these tracks, as remembered where all of them are still there."""
        masked = hashlib.sha256(repr(tracks).encode()).hexdigest()
        known = self._remembered
        if known is not None and known["masked"] == masked:
            plan = Plan(tuple(map(tuple, known["parts"])), tuple(Spoken(*text) for text in known["texts"]))
            if all(self._cache.has_picture(*part) for part in plan.parts):
                return plan
        words = self.draw()
        made = tuple(timeline.segments(self._reel, self._dress, words, tracks, self._hashes))
        plan = Plan(tuple((part.source, key(part)) for part in made), words.texts, made)
        told = {"masked": masked, "parts": plan.parts, "texts": [(text.slot, text.text) for text in plan.texts]}
        with appearing(self._cache.place(PLANS, self._address, "json")) as part:
            part.write_text(json.dumps(told), "utf-8")
        return plan


def by_content(cut: Cut, hashes: Mapping[Path, str], without: Collection[str] = ()) -> dict[str, Any]:
    """What a cut says, its clip named by its bytes; `without` are names that are left out."""
    said = cut.model_dump(mode="json", exclude={"clip", *without})
    return said | {"clip": hashes[cut.clip] if cut.clip else None}
