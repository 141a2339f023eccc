"""What a card costs, from its data to a JPEG, against a tuned Chromium, satori with resvg, and the JPEG encoder alone.

python bench/cards.py [--json] [--cards N]

One card with everything that costs (bench/templates/measured: a photo, a gradient, a logo, a figure that is fitted, a
title, a paragraph, twelve bars), 1080 by 1350, in nine languages. All draw the same in turns. CPU is user and system
time of whoever draws: our worker, every process of the browser, node. Chromium keeps its page, measures in it what
has to be measured to fit the texts, and answers by its own JPEG encoder; a second row gives it the finished HTML.
satori has the sizes given, and its PNG is not made a JPEG. npm installs it into a cache outside the tree; what is not
there is named as not measured.
"""

from __future__ import annotations

import base64
import io
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PORTEVOIX_CARDS"] = str(ROOT / "bench" / "templates")

import psutil  # noqa: E402

from pipeline import cards  # noqa: E402
from pipeline.cards import drawing, worker  # noqa: E402
from pipeline.cards.engine import JPEG_QUALITY, Page  # noqa: E402
from pipeline.errors import Refused  # noqa: E402
from pipeline.rendering import brand as brands  # noqa: E402
from pipeline.rendering.languages import language  # noqa: E402
from tests.cards import corpus  # noqa: E402

ROUNDS, TIMES = 5, 2  # the system counts processor time in hundredths of a second
SATORI = ROOT / "bench" / "satori"
FORMATS = 5
NOT_MEASURED: list[str] = []


def item(lang: str) -> dict[str, Any]:
    """The card's data in one language."""
    words, speaks = corpus.WORDS[lang].split(), language(lang)
    return {
        "tag": " ".join(words[:2]),
        "place": " ".join(words[4:6]),
        "figure": speaks.number(1320),
        "label": " ".join(words[:9]),
        "body": " ".join(words[9:23]),
        "source": " ".join(words[2:10]),
        "bars": [{"label": speaks.number(n), "value": 60 + 7 * n, "current": n == 12} for n in range(1, 13)],
    }


def photo(number: int) -> bytes:
    """A JPEG with as much in it as a photo has: noise of every size."""
    from PIL import Image, ImageChops

    picture = Image.new("L", (1080, 1350), 118 + 2 * number)
    for step in (2, 8, 32, 128):
        noise = Image.effect_noise((1080 // step + 1, 1350 // step + 1), 40).resize((1080, 1350))
        picture = ImageChops.add(picture, noise, 1, -128)
    out = io.BytesIO()
    Image.merge("RGB", (picture, picture.point(lambda v: v * 0.9), picture.point(lambda v: v * 0.8))).save(
        out, "JPEG", quality=88
    )
    return out.getvalue()


def cpu(processes: list[psutil.Process]) -> float:
    """Seconds of processor that these processes have used."""
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


class Ours:
    """Our worker, asked as the platform asks it."""

    def __init__(self, photos: dict[str, bytes]) -> None:
        self.worker, self.photos = worker.Worker(), photos
        self.draw("fr")

    def draw(self, lang: str) -> bytes:
        return self.worker.draw(
            "measured",
            item(lang),
            lang=lang,
            format="portrait",
            mime="image/jpeg",
            photos={"photo": self.photos[lang]},
        ).data

    def processes(self) -> list[psutil.Process]:
        assert self.worker._process
        return [psutil.Process(self.worker._process.pid), psutil.Process()]


class Browser:
    """Chromium with one page kept, its document swapped, captured through DevTools.

    With `probes` it measures what has to be measured to fit the texts, as often as we do; without, it is given that.
    """

    def __init__(self, pages: dict[str, Page], engine: Any, probes: dict[str, list[Page]] | None = None) -> None:
        self.engine, self.pages, self.probes = engine, pages, probes or {}
        for lang in pages:
            self.draw(lang)

    def draw(self, lang: str) -> bytes:
        for probe in self.probes.get(lang, []):
            self.engine.measure(probe)
        held: bytes = self.engine.capture(self.pages[lang], "jpeg", quality=JPEG_QUALITY)
        return held

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(), *psutil.Process().children(recursive=True)]


class Satori:
    """satori and resvg-js in one node that stays."""

    def __init__(self, folder: Path, photos: dict[str, bytes]) -> None:
        fonts = [[family, str(font.path())] for family, font in brands.load().fonts.items() if family != "Newsreader"]
        self.photos = {lang: base64.b64encode(held).decode() for lang, held in photos.items()}
        self.node = subprocess.Popen(
            ["node", str(SATORI / "draw.js"), str(folder), json.dumps(fonts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for lang in corpus.WORDS:
            self.draw(lang)

    def draw(self, lang: str) -> bytes:
        assert self.node.stdin and self.node.stdout
        data = item(lang)
        bars = [bar["value"] for bar in data.pop("bars")]
        asked = {"rtl": language(lang).rtl, "texts": data, "bars": bars, "photo": self.photos[lang]}
        self.node.stdin.write(json.dumps(asked) + "\n")
        self.node.stdin.flush()
        return self.node.stdout.readline().encode()

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(self.node.pid)]


class Floor:
    """The same pixels, only encoded: RGBA to RGB to JPEG with the same settings."""

    def __init__(self, pages: dict[str, Page]) -> None:
        engine = drawing._engine(brands.load())
        self.raw = {lang: engine.pixels(page).tobytes() for lang, page in pages.items()}

    def draw(self, lang: str) -> bytes:
        from PIL import Image

        out = io.BytesIO()
        picture = Image.frombytes("RGBA", (1080, 1350), self.raw[lang]).convert("RGB")
        picture.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        return out.getvalue()

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process()]


def satori_folder() -> Path | None:
    """Where npm has put satori; None, said aloud, where that cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        NOT_MEASURED.append("satori + resvg-js: node and npm are not installed")
        return None
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "portevoix-bench" / "satori"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SATORI / "package.json", folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    if subprocess.run(command, cwd=folder, check=False).returncode:
        NOT_MEASURED.append("satori + resvg-js: npm could not install it")
        return None
    return folder


def composed(photos: dict[str, bytes]) -> tuple[dict[str, Page], dict[str, list[Page]]]:
    """The finished page in each language, and the pages that were measured on the way to it."""
    engine, probes = drawing._engine(brands.load()), {}
    own, pages = engine.measure, {}
    for lang in corpus.WORDS:
        asked: list[Page] = []
        engine.measure = lambda page, asked=asked: (asked.append(page), own(page))[1]  # type: ignore[method-assign]
        pages[lang] = drawing.compose(
            "measured", item(lang), lang=lang, format="portrait", brand=brands.load(), photos={"photo": photos[lang]}
        )[0]
        probes[lang] = asked
    engine.measure = own  # type: ignore[method-assign]
    return pages, probes


def peers() -> dict[str, Any]:
    """Everyone who can be measured here, warm."""
    photos = {lang: photo(number) for number, lang in enumerate(corpus.WORDS)}
    pages, probes = composed(photos)
    found: dict[str, Any] = {"ours": Ours(photos), "JPEG encoder alone": Floor(pages)}
    try:
        from pipeline.cards.browser import Chromium

        engine = Chromium(brands.load())
        found["Chromium, tuned"] = Browser(pages, engine, probes)
        found["Chromium, given what fits"] = Browser(pages, engine)
    except Refused as missing:
        NOT_MEASURED.append(f"Chromium: {missing}")
    if folder := satori_folder():
        found["satori + resvg-js"] = Satori(folder, photos)
    return found


def in_turns(everyone: dict[str, Any]) -> dict[str, float]:
    """Milliseconds of CPU for a card: the median over the rounds of each one's nine languages."""
    rounds: dict[str, list[float]] = {name: [] for name in everyone}
    for _round in range(ROUNDS):
        for name, one in everyone.items():
            before = cpu(one.processes())
            for lang in (*corpus.WORDS,) * TIMES:
                one.draw(lang)
            rounds[name].append((cpu(one.processes()) - before) / len(corpus.WORDS) / TIMES * 1000)
    return {name: statistics.median(values) for name, values in rounds.items()}


def one_item_everywhere(ours: Ours) -> float:
    """Seconds of CPU for the key figure in nine languages and five formats, fit included."""
    formats = cards.one("figure").formats[:FORMATS]

    def draw(lang: str) -> None:
        data = {**item(lang), "label": " ".join(corpus.WORDS[lang].split()[:6]), "body": ""}
        for format in formats:
            ours.worker.draw("figure", data, lang=lang, format=format, mime="image/jpeg")

    draw("fr")
    return measured(ours, lambda: [draw(lang) for lang in corpus.WORDS])


def measured(one: Any, work: Callable[[], Any]) -> float:
    """Seconds of CPU that the work takes."""
    before = cpu(one.processes())
    work()
    return cpu(one.processes()) - before


def cold() -> float:
    """Seconds of CPU of `portevoix card figure --data FILE`, from nothing to the file: the median of five."""
    found = []
    with tempfile.TemporaryDirectory() as out:
        file = Path(out) / "data.json"
        file.write_text(json.dumps({**item("fr"), "body": ""}), "utf-8")
        for _round in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "cli", "card", "figure", "--data", str(file), "--out", out]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(found)


def memory(ours: Ours, count: int) -> tuple[float, float]:
    """Megabytes that the worker holds after a tenth of so many cards, and after all."""
    languages, seen = list(corpus.WORDS), []
    for number in range(1, count + 1):
        ours.draw(languages[number % len(languages)])
        if number in (count // 10, count):
            seen.append(ours.processes()[0].memory_info().rss / 2**20)
    return seen[0], seen[1]


def main() -> None:
    """Prints the table, or the figures as JSON."""
    count = int(sys.argv[sys.argv.index("--cards") + 1]) if "--cards" in sys.argv else 2000
    everyone = peers()
    medians, ours = in_turns(everyone), everyone["ours"]
    figures = [_figure(f"{name}, data to file", value, "CPU ms a card") for name, value in medians.items()]
    for name, goal in (("Chromium, tuned", 3), ("Chromium, given what fits", None), ("satori + resvg-js", 5)):
        if name in medians:
            figures.append(_figure(f"{name} : ours", medians[name] / medians["ours"], "ratio", at_least=goal))
    figures.append(
        _figure("ours : JPEG encoder alone", medians["ours"] / medians["JPEG encoder alone"], "ratio", at_most=3)
    )
    figures.append(_figure("one item, nine languages, five formats", one_item_everywhere(ours), "CPU s", at_most=2.5))
    figures.append(_figure("portevoix card --data, cold", cold(), "CPU s", at_most=0.6))
    first, last = memory(ours, count)
    figures.append(_figure(f"worker's memory after {count // 10} cards", first, "MB"))
    figures.append(_figure(f"worker's memory after {count} cards", last, "MB", at_most=round(first * 1.1)))
    tell(figures)


def tell(figures: list[dict[str, Any]]) -> None:
    """Prints what was measured, and what was not."""
    if "--json" in sys.argv:
        versions = {"python": platform.python_version(), **{n: version(n) for n in ("pytakumi", "pillow")}}
        print(json.dumps({"figures": figures, "versions": versions, "not_measured": NOT_MEASURED}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}: {'met' if figure['met'] else 'missed'}" if figure["goal"] else ""
        print(f"{figure['name']:44} {figure['value']:8.2f} {figure['unit']}{goal}")
    for sentence in NOT_MEASURED:
        print(f"not measured: {sentence}")


def _figure(
    name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> dict[str, Any]:
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": at_least or at_most, "met": met}


if __name__ == "__main__":
    main()
