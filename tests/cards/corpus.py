"""Texts as an observatory writes them, in nine languages, put together by chance from words of our own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

WORDS: dict[str, str] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
FOREIGN = ("#A7F3", "Calais", "Loon-Plage", "HRO 2026", "@porte.voix", "info@hro.example")
LENGTHS = {"label": (4, 13), "body": (7, 24)}


@dataclass(frozen=True)
class Text:
    """One text, for a slot of the figure card."""

    lang: str
    slot: str
    text: str


def texts(count: int = 300, seed: int = 7) -> Iterator[Text]:
    """So many texts, the languages in turns; the same for the same seed."""
    chance = Random(seed)
    languages = list(WORDS)
    for number in range(count):
        lang, slot = languages[number % len(languages)], ("label", "body")[number // len(languages) % 2]
        yield Text(lang, slot, _text(chance, lang, chance.randint(*LENGTHS[slot])))


def _text(chance: Random, lang: str, length: int) -> str:
    words = WORDS[lang].split()
    start = chance.randrange(len(words))
    taken = [words[(start + step) % len(words)] for step in range(length)]
    if chance.random() < 0.4:
        taken.insert(chance.randrange(1, length), chance.choice(("38 %", "1 320", "12", "4,5 km", "2026")))
    if chance.random() < 0.3:
        taken.insert(chance.randrange(1, length), chance.choice(FOREIGN))
    if chance.random() < 0.5:
        taken[-1] = taken[-1].rstrip(",;:،؛፣፤") + chance.choice((".", " !" if lang == "fr" else "!", "…"))
    return " ".join(taken)
