"""Texts that nobody means well with, given to cards through the worker that the platform draws with."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

from pipeline import cards
from pipeline.cards import templates, worker
from pipeline.errors import Refused
from pipeline.rendering.languages import languages
from tests.cards import corpus

LIMIT = 2.0  # seconds of processor for one card
ORDINARY_EVERY = 20  # so many texts, one of them as people write

_MARKUP = (
    "<script>alert(1)</script>", "</div></div><style>*{display:none}</style>", '<img src="URL">', "<img src='FILE'>",
    "{{ 7*7 }}", "{% include 'FILE' %}", "{{ slots.__class__ }}", "&lt;b&gt;&amp;&#x202e;", "url(URL)", "url(FILE)",
    "@import 'URL';", "<!-- x", "<![CDATA[x]]>", "<svg onload=x><image href='FILE'/></svg>", "%s%n{0.__class__}",
    "<iframe src=FILE>", "<link rel=stylesheet href=URL>", "]]>--></textarea>", "<?xml version='1.0'?><!DOCTYPE x>",
)  # fmt: skip
_SIGNS = (
    *map(chr, range(0x20)), "\x7f", "\x9f", "\u00ad", "\u061c", *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2060, 0x2070)), "\ud800", "\udfff", "\ue000", "\ufeff",
    "\ufff9", "\ufffe", "\uffff", "\U000e0041", "\U0010ffff",
)  # fmt: skip
_SCRIPTS = (
    (0x41, 0x17F), (0x391, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x621, 0x64A), (0x671, 0x6D5), (0x905, 0x939),
    (0xE01, 0xE2E), (0x1200, 0x135A), (0x3041, 0x30FE), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F),
    (0x1D400, 0x1D7FF), (0x300, 0x36F), (0x10A0, 0x10FF),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One card asked for; `texts` are those that it is tried with, and an ordinary one has to be drawn."""

    name: str
    data: Mapping[str, Any]
    lang: str
    format: str
    texts: Mapping[str, str]
    ordinary: bool


@dataclass
class Tally:
    """What became of the cases."""

    cases: int = 0
    drawn: int = 0
    refused: int = 0
    crashed: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0


def cases(count: int, seed: int, url: str, file: Path) -> Iterator[Case]:
    """So many cards in every template, format and language in turns; every twentieth is ordinary."""
    chance = Random(seed)
    known = [templates.load(name) for name in templates.names()]
    for number in range(count):
        lang = chance.choice(list(languages()))
        if number % ORDINARY_EVERY == 0:
            yield _ordinary(chance, lang)
            continue
        template = chance.choice([one for one in known if lang in one.languages])
        slots = chance.sample(list(template.slots), min(len(template.slots), chance.randint(1, 3)))
        texts = {slot: _text(chance, url, file)[: chance.choice((8, 40, 160, 200_000))] for slot in slots}
        data = {**cards.sample(template.name, lang), **texts}
        yield Case(template.name, data, lang, chance.choice(template.formats), texts, False)


def _ordinary(chance: Random, lang: str) -> Case:
    words = corpus.WORDS[lang].split()
    start = chance.randrange(len(words) - 8)
    texts = {"label": " ".join(words[start : start + 4]), "body": " ".join(words[start + 2 : start + 8])}
    data = {"tag": words[0], "place": words[4], "figure": str(chance.randrange(10_000)), "source": words[2], **texts}
    return Case("figure", data, lang, "portrait", texts, True)


def _text(chance: Random, url: str, file: Path) -> str:
    parts = (_markup, _signs, _script, _word)
    return chance.choice(("", " ")).join(chance.choice(parts)(chance, url, file) for _n in range(chance.randint(1, 6)))


def _markup(chance: Random, url: str, file: Path) -> str:
    return chance.choice(_MARKUP).replace("URL", url).replace("FILE", f"file://{file}")


def _signs(chance: Random, _url: str, _file: Path) -> str:
    return "".join(chance.choice(_SIGNS) + chance.choice("aا1 ") for _n in range(chance.randint(1, 6)))


def _script(chance: Random, _url: str, _file: Path) -> str:
    low, high = chance.choice(_SCRIPTS)
    return "".join(chr(chance.randint(low, high)) for _n in range(chance.randint(1, 30)))


def _word(chance: Random, _url: str, _file: Path) -> str:
    long = chance.random() < 0.1
    return chance.choice("xمለ\u0301\u200d") * (100_000 if long else chance.randint(1, 60))


def attack(drawer: worker.Worker, asked: Iterator[Case]) -> Tally:
    """What became of each card. The worker may neither die nor be late; what is drawn says all that it was given."""
    tally, process = Tally(), None
    for case in asked:
        tally.cases += 1
        before = _cpu(process)
        try:
            drawn = drawer.draw(case.name, case.data, lang=case.lang, format=case.format, mime="image/jpeg")
        except Refused as refusal:
            tally.refused += 1
            _judge_refusal(case, refusal, tally)
        else:
            tally.drawn += 1
            _judge(case, drawn, tally)
        now = drawer._process
        if process is not None and (now is None or now.pid != process.pid):
            tally.crashed += 1
        took = _cpu(now) - before if process is not None and now is process else 0.0
        tally.slowest, process = max(tally.slowest, took), now
    return tally


def _cpu(process: Any) -> float:
    if process is None:
        return 0.0
    try:
        times = psutil.Process(process.pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _judge_refusal(case: Case, refusal: Refused, tally: Tally) -> None:
    said = [refusal.sentence.text(lang) for lang in ("fr", "en")]
    if case.ordinary:
        tally.wrong.append(f"an ordinary text was refused: {said[1]} {dict(case.texts)}")
    if "within" in said[1] and "seconds" in said[1]:
        tally.late += 1
    elif "gave up" in said[1]:
        tally.crashed += 1
    if not all(said) or any("Traceback" in one or "Error" in one for one in said):
        tally.wrong.append(f"no sentence: {said}")


def _judge(case: Case, drawn: cards.Drawn, tally: Tally) -> None:
    format = templates.formats()[case.format]
    if (drawn.width, drawn.height) != (format.width, format.height) or drawn.data[:2] != b"\xff\xd8":
        tally.wrong.append(f"not the picture asked for: {case}")
    told: dict[str, str] = {}
    for text in drawn.texts:
        told[text.slot] = told.get(text.slot, "") + text.text
    for slot, text in case.texts.items():
        if letters(told.get(slot, "")) != letters(text):
            tally.wrong.append(f"{case.name} {slot}: {text[:80]!r} was drawn as {told.get(slot, '')[:80]!r}")


def letters(text: str) -> str:
    """What a reader reads of a text: its letters, marks and digits, composed."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(char for char in whole if unicodedata.category(char)[0] in "LMN")


def has_reader(pipe: Path) -> bool:
    """Whether somebody has opened this named pipe to read: the canary that a file's reader cannot pass unseen."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
