"""Contact sheets of reels, one for each template: a short reel in each language, made from the demo's clips.

The words are those of the cards' samples (templates/cards/*/sample.toml), invented figures and all.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import av
from PIL import Image

ROOT = Path(__file__).parents[1]
LANGUAGES = ("fr", "en", "ar", "ti")
MOMENTS = {  # seconds of each reel: title, caption, card, end
    "field": (0.8, 2.1, 3.6),
    "testimony": (0.8, 2.1, 3.6),
    "eviction": (0.8, 2.1, 3.9, 5.3),
    "explainer": (0.8, 2.1, 3.4, 5.2),
    "month": (0.2, 1.6, 2.9, 4.4),
}


def words(card: str, lang: str) -> dict[str, Any]:
    """The sample of a card in a language."""
    found = tomllib.loads((ROOT / "templates" / "cards" / card / "sample.toml").read_text("utf-8"))
    sample: dict[str, Any] = found[lang]
    return sample


def first_sentence(quote: str) -> str:
    """The first sentence of a quotation, in any of the languages, without the marks around it."""
    return re.split("(?<=[.።])", quote.strip("«“ "))[0]


def reel(template: str, lang: str, clips: dict[str, Path]) -> dict[str, Any]:
    """A cut list of the template in a language."""
    told, law, figure = words("testimony", lang), words("rights", lang), words("figure", lang)
    alert, ranking = words("breaking", lang), words("ranking", lang)
    street = {"clip": clips["street"], "from": 1.0, "to": 2.4, "sound": "mute"}
    queue = {"clip": clips["distribution"], "from": 1.0, "to": 2.4, "sound": "mute"}
    counted = {"text": figure["label"], "label": figure["tag"], "value": 132, "floor": True, "source": figure["source"]}
    bars = [{"label": one["label"], "value": one["value"]} for one in ranking["rows"][:5]]
    whole: dict[str, Any] = {"language": lang, "template": template}
    if template == "field":
        cuts = [street, queue | {"caption": first_sentence(told["quote"])}]
        end = {"text": ranking["title"], "source": figure["source"], "seconds": 2.0}
        return whole | {
            "title": figure["place"],
            "when": "2026-10",
            "where": told["place"],
            "cuts": [*cuts],
            "end": end,
        }
    if template == "testimony":
        who = re.split("[,،፡]", told["who"])[0].rstrip(".")
        cuts = [street | {"caption": first_sentence(told["quote"]), "speaker": who}, queue]
        thirds = [{"from": 1.5, "to": 2.7, "text": who, "detail": told["place"]}]
        end = {"text": told["quote"], "source": told["source"], "seconds": 2.5}
        return whole | {"where": told["place"], "cuts": cuts, "lower_thirds": thirds, "end": end}
    if template == "eviction":
        cuts = [street, queue | {"caption": alert["fact2"]}, {"card": counted | {"bars": bars[:3]}, "to": 1.8}]
        end = {"text": alert["headline"], "source": alert["source"], "seconds": 1.5}
        title = {"text": alert["headline"], "seconds": 1.4}
        return whole | {"title": title, "when": "2026-11-24", "where": told["place"], "cuts": cuts, "end": end}
    if template == "explainer":
        cuts = [street, {"card": {"text": law["step1"], "label": "1", "source": law["source"]}, "to": 1.4}]
        cuts.append(queue | {"caption": law["step2"]})
        title = {"text": law["title"], "label": law["tag"], "seconds": 1.4}
        return whole | {
            "title": title,
            "cuts": cuts,
            "end": {"text": law["step4"], "source": law["source"], "seconds": 1.5},
        }
    months = [{"card": counted, "to": 1.4}, {"card": counted | {"text": ranking["body"], "bars": bars}, "to": 2.1}]
    return whole | {"cuts": months, "end": {"text": ranking["title"], "source": figure["source"], "seconds": 1.5}}


def frames(path: Path, moments: tuple[float, ...]) -> list[Image.Image]:
    """The frames of a finished reel at these seconds."""
    with av.open(str(path)) as film:
        every = [(float(frame.time or 0.0), frame) for frame in film.decode(video=0)]
    return [Image.fromarray(_nearest(every, at).to_ndarray(format="rgb24")) for at in moments]


def _nearest(every: list[tuple[float, av.VideoFrame]], at: float) -> av.VideoFrame:
    return min(every, key=lambda one: abs(one[0] - at))[1]


def sheets(out: Path, templates: tuple[str, ...] = tuple(MOMENTS), height: int = 640) -> None:
    """Writes reels-TEMPLATE.jpg for each template: languages down, moments across."""
    from pipeline import reels
    from pipeline.demo.clips import write_clips
    from pipeline.protection.faces import find_tracks
    from pipeline.reels.cutlist import CutList

    with tempfile.TemporaryDirectory() as held:
        clips = {path.stem: path for path in write_clips(Path(held))}
        masks = {clips[name]: find_tracks(clips[name], 0.5, 3.0) for name in ("street", "distribution")}
        for template in templates:
            rows = []
            for lang in LANGUAGES:
                wanted = CutList.model_validate(reel(template, lang, clips))
                made = reels.render(wanted, Path(held) / "reel.mp4", preview=True, masks=masks)
                rows.append(frames(made.path, MOMENTS[template]))
            width = round(height * 1080 / 1920)
            sheet = Image.new("RGB", ((width + 8) * len(rows[0]), (height + 8) * len(rows)), "#8A8F94")
            for down, row in enumerate(rows):
                for across, picture in enumerate(row):
                    small = picture.resize((width, height), Image.Resampling.LANCZOS)
                    sheet.paste(small, (across * (width + 8) + 4, down * (height + 8) + 4))
            sheet.save(out / f"reels-{template}.jpg", quality=80)
    index = "".join(f"![{template}](reels-{template}.jpg)\n\n" for template in templates)
    (out / "reels.md").write_text(
        "# Every reel template\n\nFrames of short reels, made by `make gallery`.\n\n" + index, "utf-8"
    )
