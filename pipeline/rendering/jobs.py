"""Renditions as job rows: drawn or cut once for the same inputs, checked by the gate, kept by their content."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipeline import cards, gate, reels
from pipeline.cards.engine import encode
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import FaceTimeline, Footage, Rendition, RenditionState, Summary, User
from pipeline.protection import record, searching, timelines, voices
from pipeline.rendering import parts, store, tools
from publishers._base import canonical

TOOLS_VERSION = 7  # raised when the same inputs would give another file


def card(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str,
    by: User,
    summary: Summary | None = None,
    alt: str = "",
    photos: Mapping[str, Rendition] | None = None,
) -> Rendition:
    """The drawn card, ready; `Refused` for what does not fit, is not legible or leaks.

    Same inputs, same rendition; a template or a brand that was changed draws anew. `photos` are pictures of the store
    by their names in the template: the people in them are those of the card, which somebody has to look at.
    """
    held = photos or {}
    spec = {"template": name, "data": dict(data), "lang": lang, "format": format, "dress": cards.fingerprint(name)}
    spec |= {"photos": {place: photo.sha256 for place, photo in held.items()}} if held else {}
    spec |= masks_of(held.values())
    row = row_for("card", spec, lang=lang, format=format, by=by, summary=summary, alt=alt)
    row.footage.set({footage for photo in held.values() for footage in photo.footage.all()})
    if is_done(row):
        return row

    def make(out: Path) -> dict[str, Any]:
        seen = {place: store.path_of(photo.sha256, photo.mime).read_bytes() for place, photo in held.items()}
        drawn = cards.draw(name, data, lang=lang, format=format, photos=seen)
        out.write_bytes(drawn.data)
        texts = [{"slot": t.slot, "text": t.text} for t in drawn.texts]
        return {"mime": drawn.mime, "width": drawn.width, "height": drawn.height, "texts": texts}

    return run(row, make)


def reel(
    cut_list: reels.CutList,
    footage: Mapping[Path, Footage],
    *,
    by: User,
    alt: str = "",
    progress: Callable[[float], None] | None = None,
    bit_rate: int | None = None,
    preview: bool = False,
    summary: Summary | None = None,
) -> Rendition:
    """The rendered reel, ready, tied to the footage it was cut from; nobody may submit it before it is protected.

    Its masks are those of each footage's timeline as it stands; what was not searched for faces yet is searched now.
    Voices are muted or disguised where the footage asks for it, whatever the cut list says.
    `bit_rate` in bits a second, for the picture: the most that it may have, where it must be light. A preview is half
    as wide and high, and no post takes it. `summary` is the one that its figures are of.
    """
    cut_list = voices.protected(cut_list, footage)
    kept = [
        cut.model_copy(update={"clip": original_path(footage[cut.clip].sha256)}) if cut.clip else cut
        for cut in cut_list.cuts
    ]
    spec = _spec(cut_list, footage)
    if bit_rate is not None:
        spec["bit_rate"] = bit_rate
    covered: dict[Footage, FaceTimeline] = {}
    if cut_list.mask:
        covered = {one: searching.ensure(one, progress) for one in dict.fromkeys(footage.values())}
        spec["masks"] = {one.sha256: row.sha256 for one, row in covered.items()}
    kind = "preview" if preview else "reel"
    row = row_for(kind, spec, lang=cut_list.language, format=cut_list.format, by=by, summary=summary, alt=alt,
                  by_machine=cut_list.captions.unchecked)  # fmt: skip
    row.footage.set(footage.values())
    if is_done(row):
        return row

    def told(share: float) -> None:
        _advance(row, share)
        if progress is not None:
            progress(share)

    def make(out: Path) -> dict[str, Any]:
        done = parts.render(
            cut_list.model_copy(update={"cuts": tuple(kept)}), out, progress=told, preview=preview,
            bit_rate=bit_rate,
            masks={original_path(one.sha256): timelines.masks_of(row).tracks for one, row in covered.items()},
            seeds={original_path(one.sha256): voices.seed_of(one) for one in footage.values()},
        )  # fmt: skip
        return {
            "mime": "video/mp4",
            "width": done.width,
            "height": done.height,
            "duration_ms": done.duration_ms,
            "texts": [{"slot": t.slot, "text": t.text} for t in done.texts],
            "measured": {
                "faces_masked": done.faces_masked,
                "faces_left": done.faces_left,
                "faces_cut": done.faces_cut,
                "voices": voices.heard(cut_list, footage),
                # A silent reel has no loudness, and JSON no word for minus infinity.
                "loudness": done.loudness if isfinite(done.loudness) else None,
                "true_peak": done.true_peak if isfinite(done.true_peak) else None,
            },
        }

    return run(row, make)


def cover(reel_row: Rendition, cut_list: reels.CutList, *, by: User) -> Rendition:
    """The cover of a finished reel, ready; what was confirmed for the reel holds for it, whose frame it is."""
    from pipeline.reels import covers

    wanted = cut_list.cover.model_dump(mode="json") if cut_list.cover else {}
    spec = {"cover": wanted, "reel": reel_row.sha256, "template": cut_list.template, **masks_of([reel_row])}
    row = row_for("photo", spec, lang=reel_row.lang, format=reel_row.format, by=by, summary=reel_row.summary,
                  alt=reel_row.alt)  # fmt: skip
    row.footage.set(reel_row.footage.all())
    if not is_done(row):

        def make(out: Path) -> dict[str, Any]:
            image, texts = covers.draw(cut_list, store.path_of(reel_row.sha256, reel_row.mime))
            out.write_bytes(encode(image, "image/jpeg"))
            said = [{"slot": text.slot, "text": text.text} for text in texts]
            return {"mime": "image/jpeg", "width": image.width, "height": image.height, "texts": said}

        run(row, make)
    record.carry_over(reel_row, row)
    return row


def _spec(cut_list: reels.CutList, footage: Mapping[Path, Footage]) -> dict[str, Any]:
    """The cut list as it is kept: every file by its bytes, none by its place."""
    spec = cut_list.model_dump(mode="json") | {"drawn": reels.fingerprint()}
    for cut in spec["cuts"]:
        cut["clip"] = footage[Path(cut["clip"])].sha256 if cut["clip"] else None
    if cut_list.music is not None:
        spec["music"]["file"] = store.sha256_of(cut_list.music.file)
    spec["captions"]["file"] = None  # its captions stand in the cut list
    return spec


def _advance(row: Rendition, share: float) -> None:
    """Notes how far the work is, in whole hundredths: a page shows no more, and each note is a write."""
    now = int(share * 100) / 100
    if now > row.progress:
        row.progress = now
        Rendition.objects.filter(pk=row.pk).update(progress=now)


def masks_of(pictures: Iterable[Rendition]) -> dict[str, Any]:
    """What the spec of a file made of these says of masks: those with which each of them was made; {} for none."""
    held = {sha256: masks for one in pictures for sha256, masks in one.spec.get("masks", {}).items()}
    return {"masks": held} if held else {}


def row_for(kind: str, spec: dict[str, Any], **fields: Any) -> Rendition:
    """The row of these inputs, the one that is there or a new one."""
    inputs = hashlib.sha256(canonical({"kind": kind, "tools": TOOLS_VERSION, "spec": spec}).encode()).hexdigest()
    row, _made = Rendition.objects.get_or_create(
        inputs_sha256=inputs,
        defaults={"kind": kind, "spec": spec, "requested_by": fields.pop("by"), **fields},
    )
    return row


def is_done(row: Rendition) -> bool:
    """Whether the row's file is made, and still is what it was."""
    path = store.path_of(row.sha256, row.mime) if row.state == RenditionState.READY else None
    return path is not None and path.is_file() and store.sha256_of(path) == row.sha256


def run(row: Rendition, make: Callable[[Path], dict[str, Any]]) -> Rendition:
    """Makes the file in a private folder, lets the gate read it, keeps it; a failure leaves its sentence on the row."""
    Rendition.objects.filter(pk=row.pk).update(state=RenditionState.RENDERING, error=None, progress=0.0)
    work = Path(settings.PORTEVOIX_HOME) / "work"
    work.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            out = Path(folder) / "out"
            facts = make(out)
            gate.check(out)
            sha256, size = store.keep(out, facts["mime"])
    except Refused as refusal:
        Rendition.objects.filter(pk=row.pk).update(state=RenditionState.FAILED, error=refusal.sentence.as_json())
        raise
    facts["measured"] = {**row.measured, **facts.get("measured", {}), "tools": tools.versions()}
    with transaction.atomic():
        Rendition.objects.filter(pk=row.pk).update(
            state=RenditionState.READY, sha256=sha256, size=size, progress=1.0, ready_at=timezone.now(), **facts
        )
    row.refresh_from_db()
    return row
