"""What goes beside words: saved signs, links where they can be followed, warnings; and captions as long as is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import captions, carousel, composing, drafts, signs
from pipeline.captions import Beside
from pipeline.errors import Refused
from pipeline.models import SignSet
from publishers._limits import limits, networks
from tests.worlds import World

pytestmark = pytest.mark.django_db
SAY = {"headline": {"fr": "Un titre.", "ar": "عنوان."}, "source": {"fr": "Une source.", "ar": "مصدر."}}
LINK = "https://exemple.org/note"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def saved(world: World, name: str = "littoral", **more: object) -> SignSet:
    given = {"hashtags": ["#Calais", "Calais", "Littoral"], "mentions": ["association"], **more}
    return signs.save(name, by=world.intern, **given)  # type: ignore[arg-type]


def test_a_set_keeps_each_sign_once_and_is_changed_by_its_name(world: World) -> None:
    assert saved(world).hashtags == ["Calais", "Littoral"]
    assert saved(world, hashtags=["Été"]).hashtags == ["Été"]
    assert SignSet.objects.count() == 1
    assert SignSet.objects.get().mentions == ["@association"]


@pytest.mark.parametrize(
    "wrong",
    [{"hashtags": ["deux mots"]}, {"hashtags": ["a#b"]}, {"mentions": ["@"]}, {"hashtags": [], "mentions": []},
     {"only": ["nowhere"]}, {"hashtags": [f"tag{n}" for n in range(31)]}],
)  # fmt: skip
def test_a_sign_that_no_network_reads_is_refused(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        saved(world, **wrong)
    assert not SignSet.objects.exists()


def test_readers_save_no_set(world: World) -> None:
    with pytest.raises(Refused):
        signs.save("x", hashtags=["a"], mentions=[], by=world.administrator)


@pytest.mark.parametrize("network", sorted(networks()))
def test_every_network_s_template_says_tags_once_after_the_last_language(world: World, network: str) -> None:
    beside = Beside([saved(world)], LINK)
    texts = {
        lang: captions.caption(network, SAY, langs=["fr", "ar"], lang=lang, beside=beside) for lang in ("fr", "ar")
    }
    whole = "\n".join(texts.values())
    if limits(network).links == "profile":
        assert LINK not in whole and "profil" in texts["fr"] and "الشخصية" in texts["ar"]
    else:
        assert whole.count(LINK) == 1 and LINK in texts["ar"]
    if network not in {"newsletter", "press"}:
        assert texts["ar"].count("#Littoral") == 1 and "#Littoral" not in texts["fr"]


def test_a_set_for_one_network_stays_off_the_others(world: World) -> None:
    beside = Beside([saved(world, only=["mastodon"])])
    assert beside.hashtags("mastodon") == ["Calais", "Littoral"]
    assert beside.hashtags("bluesky") == []


def test_no_more_signs_than_the_network_takes(world: World) -> None:
    sets = [saved(world, f"s{n}", hashtags=[f"t{n}x{i}" for i in range(20)], mentions=[]) for n in range(2)]
    assert len(Beside(sets).hashtags("instagram")) == int(limits("instagram").limits["hashtags"].number) == 30


def test_a_person_s_own_words_stay_and_say_nothing_twice(world: World) -> None:
    own = {"fr": f"Mes mots. #Calais {LINK}"}
    said = captions.with_beside("bluesky", own, Beside([saved(world)], LINK))["fr"]
    assert said.startswith(own["fr"]) and said.count(LINK) == 1 and said.count("#Calais") == 1 and "#Littoral" in said


def test_a_warning_is_a_field_where_there_is_one_else_it_opens_the_text(world: World) -> None:
    with_field = {network for network in networks() if limits(network).has("content_warning", "image")}
    assert "mastodon" in with_field and "instagram" not in with_field
    for network in networks():
        texts, warning = captions.warned(network, "image", {"fr": "Mots.", "ar": "كلمات."}, "blessures")
        assert ("blessures" in warning) == (network in with_field)
        assert texts["fr"].startswith("Avertissement : blessures") != (network in with_field)
        assert texts["ar"] == "كلمات."


def test_a_template_s_caption_is_cut_at_a_sentence_and_keeps_its_link_and_tags(world: World) -> None:
    say = {"headline": {"fr": "Une phrase entière ici. " * 30}, "source": {"fr": "La source."}}
    texts = drafts.texts_for(world.channel, say, ["fr"], beside=Beside([saved(world)], LINK))
    said = texts["fr"]
    assert len(said) <= 300 and LINK in said and "#Littoral" in said
    assert said.split("\n\n")[0].endswith("ici.")


def test_a_caption_without_a_sentence_s_end_comes_back_whole(world: World) -> None:
    say = {"headline": {"fr": "mot " * 200}, "source": {"fr": ""}}
    assert len(drafts.texts_for(world.channel, say, ["fr"])["fr"]) > 300


def test_a_caption_that_fits_is_left_alone(world: World) -> None:
    assert "Une source." in drafts.texts_for(world.channel, SAY, ["fr"])["fr"]


def test_a_carousel_is_pictures_on_one_channel_and_a_document_on_linkedin(world: World) -> None:
    slides = carousel.read({"tag": "Suite", "slides": [{"title": f"Un {n}", "text": "Des mots."} for n in range(4)]})
    accounts = [world.add_channel("instagram"), world.add_channel("linkedin")]
    post = carousel.draft(slides, accounts, by=world.intern, texts={"fr": "Quatre images."})
    pictures, document = (post.variants.get(channel=one) for one in accounts)
    assert pictures.kind == "carousel" and pictures.media.count() == 4
    assert [use.alt for use in pictures.media.all()] == [slide.alt for slide in slides]
    assert document.kind == "document" and document.media.count() == 1
    sealed = composing.compose(document)
    medium = sealed.parts[0].media[0]
    assert (medium.kind, medium.file.mime, medium.title) == ("document", "application/pdf", "Un 0")
    for variant in (pictures, document):
        assert not [p for p in composing.problems(variant) if p.severity == "error"]
