"""What `fix` does to a post: before and after, what is kept beside, what can be put back, and who may still approve."""

from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from pipeline import composing, drafts, gate, repairs, review
from pipeline.errors import Refused
from pipeline.models import Faces, Footage, PostState, Protection, Publication, Rendition, Repair, Voice
from pipeline.protection import record, timelines
from pipeline.rendering import store
from publishers._base import Problem
from publishers._limits import limits
from tests.protection.settled import reviewed

LONG = "Premier point, vu à Calais. " * 14 + "Dernier point.\n\n#Calais https://example.org/note"


@pytest.fixture
def kept(world, tmp_path):
    """Keeps bytes as a ready rendition that nobody drew, so that they are the only source."""

    def keep(content: bytes, mime: str, width: int, height: int, kind: str = "photo", **more) -> Rendition:
        path = tmp_path / "incoming"
        path.write_bytes(content)
        sha256, size = store.keep(path, mime)
        return Rendition.objects.create(
            kind=kind, state="ready", spec=more.pop("spec", {}), lang="fr", format="portrait", mime=mime, width=width,
            height=height, sha256=sha256, size=size, requested_by=world.intern, ready_at=timezone.now(),
            inputs_sha256=hashlib.sha256(content + kind.encode()).hexdigest(), **more,
        )  # fmt: skip

    return keep


def noise(width: int, height: int, format: str = "JPEG", mode: str = "RGB", **options) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, format, **options)
    return out.getvalue()


def a_draft(world, rendition, network="bluesky", text="Bonjour.", **more):
    channel = world.channel if network == "bluesky" else world.add_channel(network)
    piece = drafts.Piece(channel, {"fr": text}, [(rendition, "Une image.")] if rendition else [], **more)
    return drafts.create("Essai", [piece], by=world.intern)


def variant_of(post):
    return post.variants.get()


def codes(post) -> list[str]:
    return [problem.code for problem in composing.problems(variant_of(post)) if problem.severity == "error"]


# ---------------------------------------------------------------------------------------------------------- words


def test_a_text_that_is_too_long_is_cut_at_a_sentence_and_the_rest_is_kept_beside(world) -> None:
    post = a_draft(world, None, text=LONG)
    [step] = repairs.fix(post, by=world.editor)
    text = variant_of(post).texts.get().text
    assert codes(post) == [] and text.endswith("Calais.\n\n#Calais https://example.org/note")
    assert step.before["texts"]["fr"] == LONG and step.rest["fr"].endswith("Dernier point.")
    assert text.split("\n\n")[0] + " " + step.rest["fr"] == LONG.split("\n\n", maxsplit=1)[0]


def test_a_dry_run_shows_the_same_and_changes_nothing(world) -> None:
    post = a_draft(world, None, text=LONG)
    before = variant_of(post).texts.get().text
    [planned] = repairs.fix(post, by=None, dry_run=True)
    assert variant_of(post).texts.get().text == before and not Repair.objects.exists()
    [done] = repairs.fix(post, by=world.editor)
    assert planned.after == done.after and planned.rest == done.rest


def test_what_was_repaired_can_be_put_back_once_and_not_over_a_later_change(world) -> None:
    post = a_draft(world, None, text=LONG)
    repairs.fix(post, by=world.editor)
    first = Repair.objects.get()
    repairs.put_back(first, by=world.editor)
    assert variant_of(post).texts.get().text == LONG
    with pytest.raises(Refused, match="changed since"):
        repairs.put_back(first, by=world.editor)
    repairs.fix(post, by=world.editor)
    drafts.set_text(variant_of(post), "fr", "Autre chose.", by=world.intern)
    with pytest.raises(Refused, match="changed since"):
        repairs.put_back(Repair.objects.latest("pk"), by=world.editor)
    assert variant_of(post).texts.get().text == "Autre chose."


def test_whoever_repairs_an_approved_post_makes_it_a_draft_and_cannot_approve_it(world, monkeypatch) -> None:
    publication = world.scheduled(text="Un point. Deux points.")
    post = publication.variant.post
    narrow = limits("bluesky").limits["text"].model_copy(update={"value": 12})
    monkeypatch.setitem(limits("bluesky").limits, "text", narrow)
    repairs.fix(post, by=world.second)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT and variant_of(post).texts.get().text == "Un point."
    assert Publication.objects.get().state == "planned"
    review.submit(post, by=world.intern)
    with pytest.raises(Refused):
        review.approve(review.waiting(post), by=world.second)
    review.approve(review.waiting(post), by=world.coordinator, accept_unread=["fr"])


def test_a_text_becomes_a_thread_where_the_network_takes_one(world, monkeypatch) -> None:
    known = limits("bluesky")
    monkeypatch.setattr(
        "pipeline.repairs.steps.limits", lambda _network: known.model_copy(update={"kinds": (*known.kinds, "thread")})
    )
    post = a_draft(world, None, text=LONG)
    [step] = repairs.fix(post, by=world.editor, way="thread")
    parts = composing.compose(variant_of(post)).parts
    assert step.name == "thread" and len(parts) > 1 and variant_of(post).kind == "thread"
    assert all(len(part.text) <= 300 and part.langs == ("fr",) for part in parts)
    assert " ".join(part.text for part in parts).split() == LONG.split()
    repairs.put_back(Repair.objects.get(), by=world.editor)
    assert variant_of(post).kind == "text" and variant_of(post).texts.get().text == LONG


def test_a_thread_is_not_offered_where_the_network_takes_none(world) -> None:
    post = a_draft(world, None, "facebook", text="Mot. " * 20_000)
    [offer] = repairs.offers(variant_of(post))
    assert offer.ways == ("cut",)


def test_a_text_without_a_sentence_to_end_at_is_left_as_it_is_with_the_reason(world) -> None:
    post = a_draft(world, None, text="mot " * 100)
    [step] = repairs.fix(post, by=world.editor)
    assert "No sentence ends" in str(step.refused) and variant_of(post).texts.get().text == "mot " * 100


def test_who_only_reads_repairs_nothing(world) -> None:
    with pytest.raises(Refused):
        repairs.fix(a_draft(world, None, text=LONG), by=world.administrator)


# ------------------------------------------------------------------------------------------------------- pictures


def test_a_picture_that_weighs_too_much_becomes_another_one_that_passes_the_gate(world, kept) -> None:
    heavy = kept(noise(1600, 1600, quality=95), "image/jpeg", 1600, 1600)
    post = a_draft(world, heavy)
    assert heavy.size > 1_000_000 and codes(post) == ["bytes"]
    [step] = repairs.fix(post, by=world.editor)
    copy = variant_of(post).media.get().rendition
    path = store.path_of(copy.sha256, copy.mime)
    gate.check(path)
    assert codes(post) == [] and copy.pk != heavy.pk and copy.size == path.stat().st_size <= 1_000_000
    assert step.name == "shrink" and step.before["bytes"] == heavy.size and step.after["bytes"] == copy.size
    assert (
        Image.open(BytesIO(path.read_bytes())).size == (copy.width, copy.height) and copy.requested_by == world.editor
    )
    assert store.path_of(heavy.sha256, heavy.mime).is_file()
    repairs.put_back(Repair.objects.get(), by=world.editor)
    assert variant_of(post).media.get().rendition == heavy


@pytest.mark.parametrize(("mode", "format"), [("RGB", "PNG"), ("RGBA", "PNG"), ("L", "PNG")])
def test_a_png_becomes_a_jpeg_in_screen_colours_for_instagram(world, kept, mode, format) -> None:
    drawn = kept(noise(1080, 1350, format, mode), "image/png", 1080, 1350)
    post = a_draft(world, drawn, "instagram")
    assert "mime" in codes(post)
    [step] = repairs.fix(post, by=world.editor)
    copy = variant_of(post).media.get().rendition
    shown = Image.open(BytesIO(store.path_of(copy.sha256, copy.mime).read_bytes()))
    assert codes(post) == [] and step.name == "convert"
    assert (shown.format, shown.mode, shown.info.get("icc_profile")) == ("JPEG", "RGB", None)


def test_a_picture_too_tall_for_instagram_stands_whole_on_a_sheet_of_its_shape(world, kept) -> None:
    tall = kept(noise(600, 1200, quality=60), "image/jpeg", 600, 1200)
    post = a_draft(world, tall, "instagram")
    assert codes(post) == ["ratio"]
    repairs.fix(post, by=world.editor)
    copy = variant_of(post).media.get().rendition
    shown = Image.open(BytesIO(store.path_of(copy.sha256, copy.mime).read_bytes()))
    assert codes(post) == [] and shown.height == 1200 and shown.getpixel((2, 2)) == (255, 255, 255)


def test_a_card_is_drawn_again_in_the_network_s_own_format_and_not_encoded_twice(world, monkeypatch) -> None:
    from pipeline import cards
    from pipeline.rendering import jobs

    card = jobs.card("figure", cards.sample("figure", "fr"), lang="fr", format="portrait", by=world.intern, alt="132.")
    monkeypatch.setitem(limits("linkedin").limits, "image_ratio_min", limits("instagram").limits["image_ratio_max"])
    post = a_draft(world, card, "linkedin")
    assert codes(post) == ["ratio"]
    repairs.fix(post, by=world.editor)
    copy = variant_of(post).media.get().rendition
    whole = Image.open(
        BytesIO(
            cards.draw("figure", cards.sample("figure", "fr"), lang="fr", format="landscape", mime="image/png").data
        )
    )
    once = BytesIO()
    whole.save(once, "JPEG", quality=90, subsampling=0)
    assert store.path_of(copy.sha256, copy.mime).read_bytes() == once.getvalue()


def test_what_was_confirmed_for_the_people_in_a_picture_holds_for_its_copy(world, kept) -> None:
    photo = kept(noise(1600, 1600, quality=95), "image/jpeg", 1600, 1600)
    photo.footage.set(
        [Footage.objects.create(sha256="a" * 64, size=1, kind="photo", mime="image/jpeg", added_by=world.intern)]
    )
    reviewed(photo, by=world.editor)
    record.confirm(photo, by=world.editor, faces=Faces.MASKED, voice=Voice.NONE)
    post = a_draft(world, photo)
    repairs.fix(post, by=world.intern)
    copy = variant_of(post).media.get().rendition
    held = Protection.objects.get(rendition=copy, withdrawn_at=None)
    assert (held.confirmed_by, held.rendition_sha256) == (world.editor, copy.sha256)
    assert held.tools["copy_of"] == photo.sha256 and record.missing(copy) == [] and codes(post) == []
    assert post.contributions.filter(user=world.editor, part="protection").exists()


@pytest.mark.parametrize("doubt", ["withdrawn", "confirmed anew"])
def test_what_is_doubted_in_a_file_is_doubted_in_its_copies(world, kept, doubt) -> None:
    photo = kept(noise(1600, 1600, quality=95), "image/jpeg", 1600, 1600)
    footage = {"sha256": "a" * 64, "size": 1, "kind": "photo", "mime": "image/jpeg", "added_by": world.intern}
    photo.footage.set([Footage.objects.create(**footage)])
    reviewed(photo, by=world.editor)
    record.confirm(photo, by=world.editor, faces=Faces.MASKED, voice=Voice.NONE)
    post = a_draft(world, photo)
    repairs.fix(post, by=world.intern)
    drafts.mark_read(variant_of(post).texts.get(), by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    if doubt == "withdrawn":
        record.withdraw(photo, by=world.editor)
    else:
        record.confirm(photo, by=world.editor, faces=Faces.NOBODY, voice=Voice.NONE)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT and codes(post) == ["unprotected"]


def test_a_picture_that_nobody_confirmed_is_not_confirmed_by_being_copied(world, kept) -> None:
    photo = kept(noise(1600, 1600, quality=95), "image/jpeg", 1600, 1600)
    photo.footage.set(
        [Footage.objects.create(sha256="a" * 64, size=1, kind="photo", mime="image/jpeg", added_by=world.intern)]
    )
    post = a_draft(world, photo)
    repairs.fix(post, by=world.intern)
    assert codes(post) == ["unprotected"]


# ---------------------------------------------------------------------------------------------------------- films


def test_a_film_of_the_wrong_shape_is_encoded_anew_whole_on_black(world, kept) -> None:
    from tests.publishers.meta import mp4

    square = kept(mp4(seconds=3, width=320, height=320), "video/mp4", 320, 320, "reel", duration_ms=3000)
    channel = world.add_channel("facebook")
    post = drafts.create("Film", [drafts.Piece(channel, {"fr": "Un."}, [(square, "Un film.")])], by=world.intern)
    offered: list[Problem] = [one for one in composing.problems(variant_of(post)) if one.fix == "reencode"]
    assert {one.code for one in offered} == {"ratio", "width"}
    [step] = repairs.fix(post, by=world.editor)
    copy = variant_of(post).media.get().rendition
    path = store.path_of(copy.sha256, copy.mime)
    gate.check(path)
    assert step.refused is None and (copy.width, copy.height) == (1080, 1920) and codes(post) == []
    import av

    with av.open(str(path)) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
        assert frame.shape == (1920, 1080, 3) and frame[10].max() < 8
        assert film.streams.audio[0].rate == 48_000 and float(film.streams.video[0].average_rate) == 30.0


def test_a_reel_is_cut_again_from_its_footage_and_has_to_be_looked_at_again(world, tmp_path) -> None:
    from pipeline import footage, reels
    from pipeline.rendering import jobs
    from tests.publishers.meta import mp4

    clip = tmp_path / "clip.mp4"
    clip.write_bytes(mp4(seconds=4, width=320, height=320))
    original = footage.add(clip, by=world.intern)
    cuts = reels.CutList.model_validate(
        {"format": "square", "language": "fr", "cuts": [{"clip": str(clip), "from": 0, "to": 3.2}]}
    )
    square = jobs.reel(cuts, {clip: original}, by=world.intern)
    seen = timelines.standing(original)
    assert timelines.gap_report(seen) == []
    timelines.review(original, by=world.intern, seen=seen.number)
    record.confirm(square, by=world.intern, faces=Faces.NOBODY, voice=Voice.NONE)
    channel = world.add_channel("facebook")
    post = drafts.create("Reel", [drafts.Piece(channel, {"fr": "Un."}, [(square, "Un film.")])], by=world.intern)
    assert codes(post) == ["ratio"]
    repairs.fix(post, by=world.intern)
    again = variant_of(post).media.get().rendition
    assert again.spec["format"] == "portrait" and (again.width, again.height) == (1080, 1920)
    assert codes(post) == ["unprotected"]
