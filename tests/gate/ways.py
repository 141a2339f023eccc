"""The ways by which pictures and films leave, walked by tests with a whole corpus of files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from PIL import Image

from pipeline import reels
from pipeline.cards import engine, photos
from pipeline.cards.templates import Frame
from pipeline.pdf import slides as sheets
from pipeline.probing import open_picture, probe
from pipeline.protection import showing, stills
from pipeline.reels import handing, sources
from pipeline.reels.masking import masked
from pipeline.reels.recoding import recode
from pipeline.rendering import pixels
from publishers._sentences import Said
from tests.media.poison import Poison
from tests.reels.films import cut_list

BATCH = 12  # clips cut into one reel
HANDED = BATCH  # one clip of so many is also handed on: by the code that makes copies, with other words around it
PAGES = 20  # pictures in one document
PHOTO_WAYS = ("photo", "photo cut", "copy png", "copy jpeg", "card photo", "look", "whole look")
FILM_WAYS = ("copy of a film", "reel", "watched", "look of a film", "whole look of a film")
LOOKS = [
    {"name": "look", "at": 0.1, "box": [0.2, 0.2, 0.3, 0.3], "side": 160, "crop": True},
    {"name": "whole look", "at": 0.1, "side": 320},
]


@dataclass(frozen=True)
class Left:
    """A file made from a poisoned one."""

    way: str
    source: str
    path: Path


def out_of_picture(file: Poison, folder: Path) -> Iterator[Left]:
    """The picture along each way by which pictures leave; `Said` where it is refused."""
    stem = file.path.name

    def place(way: str, ending: str = "jpg") -> Path:
        return folder / f"{way}-{stem}.{ending}".replace(" ", "-")

    stills.develop(str(file.path), str(place("photo")), {}, None)
    yield Left("photo", file.name, place("photo"))
    stills.develop(str(file.path), str(place("cut")), {"zoom": 1.2}, [80, 100])
    yield Left("photo cut", file.name, place("cut"))
    with open_picture(file.path) as opened:
        flat = pixels.flattened(opened)
    for mime, ending in (("image/png", "png"), ("image/jpeg", "jpg")):
        place("copy", ending).write_bytes(engine.encode(flat, mime, 84))
        yield Left(f"copy {ending}".replace("jpg", "jpeg"), file.name, place("copy", ending))
    if not file.path.name.endswith(".heic"):  # cards take what was developed, or what a person saved as JPEG
        place("card").write_bytes(photos.cut("photo", file.path.read_bytes(), Frame(72, 60)))
        yield Left("card photo", file.name, place("card"))
    yield from _looked_at(file, True, folder, "")


def out_of_films(files: list[Poison], folder: Path) -> Iterator[Left]:
    """The films along each way by which films leave."""
    readable = []
    for file in files:
        target = folder / f"recoded-{file.path.name}.mp4"
        try:
            recode(file.path, target, (96, 64))
        except Said:
            continue
        readable.append(file)
        yield Left("copy of a film", file.name, target)
        watched = folder / f"watched-{file.path.name}.mp4"
        masked(file.path, watched, ())
        yield Left("watched", file.name, watched)
        yield from _looked_at(file, False, folder, " of a film")
    for start in range(0, len(readable), BATCH):
        yield from _reel(readable[start : start + BATCH], folder)


def _looked_at(file: Poison, is_photo: bool, folder: Path, of: str) -> Iterator[Left]:
    """The small pictures that a review of masks shows."""
    there = folder / f"looks-{file.path.name}"
    there.mkdir()
    showing.write(file.path, is_photo, LOOKS, there)
    yield from (Left(f"{path.stem}{of}", file.name, path) for path in sorted(there.glob("*.jpg")))


def in_documents(left: Sequence[Left], folder: Path) -> Iterator[Left]:
    """The developed photos as pages of documents."""
    photos_left = [one for one in left if one.way == "photo"]
    for start in range(0, len(photos_left), PAGES):
        part, target = photos_left[start : start + PAGES], folder / f"slides-{start}.pdf"
        told = []
        for one in part:
            with Image.open(one.path) as picture:
                told.append(sheets.Slide(one.path, picture.width, picture.height, "Une rue.", "fr"))
        target.write_bytes(sheets.slides(told, title="Une rue").data)
        yield from (Left("document", one.source, target) for one in part)


def _reel(files: list[Poison], folder: Path) -> Iterator[Left]:
    """A reel of them all, and its clips handed on; where one cannot be cut, a reel of each that can."""
    name = f"{files[0].path.name}-{len(files)}"
    cuts = [{"clip": str(file.path), "from": 0, "to": 0.2} for file in files]
    try:
        reel = reels.load(cut_list(folder, cuts))
        reels.render(reel, folder / f"reel-{name}.mp4", preview=True)
        handed = _handed(reel.model_copy(update={"cuts": reel.cuts[::HANDED]}), folder / f"handed-{name}")
    except Said:
        if len(files) > 1:
            half = len(files) // 2
            yield from _reel(files[:half], folder)
            yield from _reel(files[half:], folder)
        return
    yield from (Left("reel", file.name, folder / f"reel-{name}.mp4") for file in files)
    yield from (Left("handed on", file.name, path) for file, path in zip(files[::HANDED], handed, strict=True))


def _handed(reel: reels.CutList, folder: Path) -> list[Path]:
    """The clips of a reel as another program gets them, one for each cut."""
    seconds = {clip: sources.probe(clip).seconds for clip in reel.clips}
    made = handing.hand_over(reel, folder, seconds=seconds)
    return [path for path in made if path.suffix == ".mp4"]


def all_ways(corpus: list[Poison], folder: Path) -> tuple[list[Left], list[str]]:
    """All that left, and the names of the files that were refused in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of much that is odd; outside of tests that goes nowhere
        return _all_ways(corpus, folder)


def _all_ways(corpus: list[Poison], folder: Path) -> tuple[list[Left], list[str]]:
    left: list[Left] = []
    refused, films = [], []
    for file in corpus:
        try:
            kind = probe(file.path).kind
            if kind == "image":
                left += out_of_picture(file, folder)
            else:
                films.append(file)
        except Said as said:
            assert said.sentence.text("fr"), file.name
            refused.append(file.name)
        except (ValueError, cv2.error):
            refused.append(file.name)  # in its own process, as photos are developed, this is a refusal in words
    return [*left, *in_documents(left, folder), *out_of_films(films, folder)], refused
