"""A file made anew in the form that a network takes, from the best source at hand; the file that was there stays.

Cards are drawn again without loss, reels cut again from their footage; only what has no such source is decoded and
encoded once more. A copy goes through the gate like any rendition. What was confirmed for the people in a file holds
for a copy of its very pixels; a reel that is cut again has to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import cards, reels
from pipeline.cards.engine import MIMES, encode
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Footage, Rendition, User
from pipeline.protection import record, voices
from pipeline.reels import cutlist
from pipeline.rendering import jobs, store
from pipeline.rendering.pixels import PAPER, flattened
from publishers._sentences import _

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MIMES", "Wanted", "film", "picture"]

QUALITIES = (90, 84, 78, 72)  # of a JPEG; then the picture is made smaller
STEP, SMALLEST = 0.85, 320  # how much smaller each time, and the width in pixels below which nothing can be read


class Wanted(BaseModel):
    """What a copy must be: None where the network sets no limit. `format` and `size` are the network's own."""

    model_config = ConfigDict(frozen=True)

    mime: str
    format: str
    size: tuple[int, int]
    max_bytes: int | None = None
    max_width: int | None = None
    max_pixels: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    max_bit_rate: int | None = None

    def takes_shape(self, width: int, height: int) -> bool:
        """Whether the network takes pictures of this shape."""
        ratio = width / height
        return not (
            (self.min_ratio is not None and ratio < self.min_ratio)
            or (self.max_ratio is not None and ratio > self.max_ratio)
        )


# ------------------------------------------------------------------------------------------------------ pictures


def picture(source: Rendition, wanted: Wanted, *, by: User) -> Rendition:
    """The picture as `wanted`, ready and kept; `Refused` where it cannot be made so small or does not pass the gate."""
    row = _row(source, wanted, by, format=wanted.format if _redrawn(source) else source.format)

    def make(out: Path) -> dict[str, Any]:
        held = _encoded(_shaped(source, wanted), wanted)
        out.write_bytes(held[0])
        return {"mime": wanted.mime, "width": held[1].width, "height": held[1].height, "texts": source.texts}

    made = row if jobs.is_done(row) else jobs.run(row, make)
    record.carry_over(source, made)
    return made


def _row(source: Rendition, wanted: Wanted, by: User, *, format: str, to_voices: reels.Voices = "keep") -> Rendition:
    spec = {"copy_of": source.sha256, "wanted": wanted.model_dump(mode="json")}
    spec |= {"voices": to_voices} if to_voices != "keep" else {}
    # What drew or cut the source stays with the copy, so that a copy of the copy goes back to it too.
    spec |= {name: source.spec[name] for name in ("template", "data", "lang", "masks") if name in source.spec}
    row = jobs.row_for(source.kind, spec, lang=source.lang, format=format, by=by, summary=source.summary,
                       alt=source.alt, measured=voices.after(source, to_voices), by_machine=source.by_machine,
                       checked_by=source.checked_by, checked_at=source.checked_at)  # fmt: skip
    row.footage.set(source.footage.all())
    return row


def _redrawn(source: Rendition) -> bool:
    """Whether it is drawn again from its data; what was confirmed for a card with people holds for its pixels only."""
    return source.kind == "card" and {"template", "data"} <= set(source.spec) and "photos" not in source.spec


def _shaped(source: Rendition, wanted: Wanted) -> Image:
    """The picture's pixels, RGB, in a shape that the network takes: a card in its format, another on a larger sheet."""
    fits = wanted.takes_shape(source.width, source.height)
    if _redrawn(source):
        format = source.format if fits else wanted.format
        drawn = cards.draw(source.spec["template"], source.spec["data"], lang=source.lang, format=format,
                           mime="image/png")  # fmt: skip
        return _pixels(BytesIO(drawn.data))
    image = _pixels(store.path_of(source.sha256, source.mime))
    return image if fits else _on_a_sheet(image, wanted)


def _pixels(held: BytesIO | Path) -> Image:
    """The decoded picture in screen colours, without transparency."""
    from PIL import Image, ImageCms, UnidentifiedImageError

    try:
        with Image.open(held) as opened:
            return flattened(opened)
    except (UnidentifiedImageError, OSError, ImageCms.PyCMSError) as error:
        raise Refused(_("This picture cannot be read any more: render it again.")) from error


def _on_a_sheet(image: Image, wanted: Wanted) -> Image:
    """The whole picture in the middle of a white sheet of the nearest shape that is taken: nothing is cut off."""
    from PIL import Image

    width, height = image.size
    if wanted.min_ratio is not None and width / height < wanted.min_ratio:
        width = -(-round(height * wanted.min_ratio * 1000) // 1000) + 1
    elif wanted.max_ratio is not None:
        height = int(width / wanted.max_ratio) + 1
    sheet = Image.new("RGB", (width, height), PAPER)
    sheet.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return sheet


def _encoded(image: Image, wanted: Wanted) -> tuple[bytes, Image]:
    """The bytes and the pixels of the best copy that is small enough; `Refused` where none is."""
    for smaller in _sizes(image, wanted):
        for quality in QUALITIES if wanted.mime == "image/jpeg" else QUALITIES[:1]:
            held = encode(smaller, wanted.mime, quality)
            if wanted.max_bytes is None or len(held) <= wanted.max_bytes:
                return held, smaller
    raise Refused(_("This picture cannot be made small enough and stay legible: choose another one."))


def _sizes(image: Image, wanted: Wanted) -> Iterator[Image]:
    from PIL.Image import Resampling

    share = 1.0
    if wanted.max_width and image.width > wanted.max_width:
        share = wanted.max_width / image.width
    if wanted.max_pixels and image.width * image.height * share * share > wanted.max_pixels:
        share = (wanted.max_pixels / (image.width * image.height)) ** 0.5
    while image.width * share >= SMALLEST or share == 1.0:
        size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
        yield image if size == image.size else image.resize(size, Resampling.LANCZOS)
        share *= STEP


# --------------------------------------------------------------------------------------------------------- films


def film(source: Rendition, wanted: Wanted, *, by: User) -> Rendition:
    """The film as `wanted`: cut again from its footage where that is at hand, else decoded and encoded once more."""
    rate = _bit_rate(source, wanted)
    again = _cut_list(source)
    if again is not None:
        reel, footage = again
        fits = wanted.takes_shape(source.width, source.height)
        reel = reel if fits else reel.model_copy(update={"format": wanted.format})
        return jobs.reel(reel, footage, by=by, alt=source.alt, bit_rate=rate)
    to_do = voices.still_to_do(source)
    row = _row(source, wanted, by, format=source.format, to_voices=to_do)

    def make(out: Path) -> dict[str, Any]:
        size = _film_size(source, wanted)
        film = store.path_of(source.sha256, source.mime)
        seed = voices.seed_of(*source.footage.all()) if to_do == "disguise" else b""
        lasts = reels.recode(film, out, size, bit_rate=rate, voices=to_do, seed=seed)
        facts = {"mime": "video/mp4", "width": size[0], "height": size[1], "duration_ms": lasts}
        return {**facts, "texts": source.texts}

    made = row if jobs.is_done(row) else jobs.run(row, make)
    if to_do == "keep":
        record.carry_over(source, made)
    return made


def _cut_list(source: Rendition) -> tuple[reels.CutList, dict[Path, Footage]] | None:
    """The cut list of a reel and its footage by the originals' paths; None where some of it is not here."""
    known = {footage.sha256: footage for footage in source.footage.all()}
    cuts = source.spec.get("cuts") or []
    paths = {sha256: original_path(sha256) for sha256 in known}
    clips = {cut["clip"] for cut in cuts if cut.get("clip")}
    if source.spec.get("music") or not cuts or any(clip not in known or not paths[clip].is_file() for clip in clips):
        return None
    try:
        reel = cutlist.stored({**source.spec, "cuts": [{**cut, "clip": paths.get(cut.get("clip"))} for cut in cuts]})
    except ValidationError:
        return None
    return reel, {paths[sha256]: footage for sha256, footage in known.items()}


def _film_size(source: Rendition, wanted: Wanted) -> tuple[int, int]:
    """Pixels, even: the film's own, made narrower where it must be, or the network's own where its shape is refused."""
    if not wanted.takes_shape(source.width, source.height):
        return wanted.size
    most = min(wanted.max_width or 1920, 1920)
    share = min(1.0, most / max(source.width, source.height))
    return int(source.width * share) // 2 * 2, int(source.height * share) // 2 * 2


def _bit_rate(source: Rendition, wanted: Wanted) -> int | None:
    """Bits a second for the picture, so that the whole weighs what the network takes; None where no limit is near."""
    seconds = (source.duration_ms or 0) / 1000
    by_size = wanted.max_bytes * 8 / seconds * 0.9 if wanted.max_bytes and seconds else None
    limits = [limit * 0.9 for limit in (by_size, wanted.max_bit_rate) if limit]
    most = int(min(limits)) - reels.SOUND_BITS if limits else None
    return max(most, 200_000) if most is not None and most < reels.USUAL_MOST else None
