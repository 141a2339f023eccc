"""The edit that all make: 30 s of four cuts and a card, from clips as telephones make them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from imageio_ffmpeg import get_ffmpeg_exe

FOOTAGE = Path(__file__).resolve().parents[3] / "shared" / "footage"
SECONDS = 6.0  # of each cut and of the card
LINE = 2.5  # seconds of one line of what is said
FRAMES = round(SECONDS * 30)
SIZE = (1080, 1920)
WORDS = (
    "Ils sont arrivés à cinq heures",
    "Les tentes ont été prises",
    "Personne n’a été prévenu",
    "Où dormir ce soir ?",
)
TITLE = {"text": "Un matin à Calais", "label": "3 novembre", "seconds": 3}
END = {"text": "132 expulsions en octobre", "source": "Nos observations, octobre 2026", "seconds": SECONDS}
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]


@dataclass(frozen=True)
class Made:
    """A clip: from which public file it is made, and what ffmpeg is told. Sizes and rates are those of telephones."""

    name: str
    source: str
    words: tuple[str, ...]


_HD = "scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,fps=30,setsar=1"
CLIPS = (
    Made("hd.mp4", "bigbuckbunny.mp4", ("-vf", _HD, *X264, "-b:v", "17M")),
    # Stored lying, as a telephone that was held upright does; the turn is added when the file is there.
    Made("upright.mp4", "c2pa_video1.mp4", ("-vf", f"transpose=cclock,{_HD}", *X264, "-b:v", "17M")),
    Made("uhd.mp4", "scenedetect_issue-134-rotate.mp4",
         ("-vf", _HD.replace("1920:1080", "3840:2160"), "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1",
          "-b:v", "38M", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none")),
    Made("crowd.mp4", "intel_onebyone.mp4", ("-vf", _HD, *X264, "-b:v", "17M")),
)  # fmt: skip


def clips(folder: Path) -> list[Path]:
    """The clips, 8 s each, with speech, made in the folder where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for made in CLIPS:
        out = folder / made.name
        if out.is_file():
            continue
        sources = ("-stream_loop", "-1", "-i", str(FOOTAGE / made.source), "-i", str(FOOTAGE / "whisper_jfk.flac"))
        sound = ("-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "128k")
        part = folder / f"part-{made.name}"
        run = [get_ffmpeg_exe(), "-y", "-v", "error", *sources, "-t", "8", "-map", "0:v:0", "-map", "1:a:0",
               *made.words, *sound, str(part)]  # fmt: skip
        subprocess.run(run, check=True)
        if made.name == "upright.mp4":
            turned = folder / f"turned-{made.name}"
            turn = [get_ffmpeg_exe(), "-y", "-v", "error", "-display_rotation", "-90", "-i", str(part), "-c", "copy"]
            subprocess.run([*turn, str(turned)], check=True)
            turned.replace(part)
        part.replace(out)
    return [folder / made.name for made in CLIPS]


def cut_list(folder: Path, *, rounds: int = 1, changed: str = "") -> Path:
    """The edit as a cut list; `rounds` times over from other moments; `changed` stands in one caption."""
    cuts: list[dict[str, Any]] = []
    for number in range(rounds):
        for made, words in zip(CLIPS, WORDS, strict=True):
            start = 0.5 + number / 5
            cuts.append(
                {"clip": made.name, "from": start, "to": start + SECONDS, "caption": words, "framing": "centre"}
            )
    if changed:
        cuts[1]["caption"] = changed
    end = END | ({"seconds": SECONDS * rounds} if rounds > 1 else {})
    whole = {"language": "fr", "format": "portrait", "title": TITLE, "cuts": cuts, "end": end, "mask": True}
    path = folder / f"reel-{rounds}{'-changed' if changed else ''}.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def spoken(folder: Path, *, changed: str = "") -> Path:
    """The same four cuts with what is said written under it, a line every 2.5 s; `changed` stands in one line."""
    cuts = [{"clip": made.name, "from": 0.5, "to": 0.5 + SECONDS, "framing": "centre"} for made in CLIPS]
    begins = [LINE * number for number in range(int(len(CLIPS) * SECONDS / LINE))]
    lines = [{"from": at, "to": at + LINE - 0.1, "text": WORDS[int(at / LINE) % len(WORDS)]} for at in begins]
    if changed:
        lines[3]["text"] = changed  # in the second cut, the dearest
    whole = {"language": "fr", "format": "portrait", "cuts": cuts, "captions": lines, "end": END, "mask": True}
    path = folder / f"spoken{'-changed' if changed else ''}.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def faces() -> list[Any]:
    """Three faces that walk through every clip, the same for all who mask: they are not searched for here."""
    from pipeline.protection.tracks import Box, Track

    ways = ((0.40, 0.55, 0.30), (0.55, 0.42, 0.45), (0.48, 0.52, 0.60))
    return [
        Track((Box(0.0, x, y, 0.04, 0.12), Box(8.0, to, y + 0.05, 0.04, 0.12)), 0.0, 8.0, number)
        for number, (x, to, y) in enumerate(ways)
    ]
