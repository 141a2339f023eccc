"""Sentences filled with figures: grammar, lists, what is left out, and lengths."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import drafts, summaries
from pipeline.errors import Refused
from pipeline.models import VariantText
from pipeline.numerals.reading import read
from pipeline.rendering.languages import language, languages
from pipeline.summaries import definitions, outputs, words
from pipeline.summaries.definitions import Saying
from pipeline.summaries.definitions.model import Output
from pipeline.summaries.facts import Fact
from pipeline.summaries.words.comparing import in_words
from publishers._limits import limits
from tests.numerals.conftest import note
from tests.worlds import World

__all__ = ["note"]
NOTE = definitions.load("note_mensuelle")
D = Decimal


@pytest.mark.parametrize(
    ("template", "said", "text"),
    [
        (
            "Il y a plus de {a} cette année.",
            "au moins 98 expulsions",
            "Il y a plus d’au moins 98 expulsions cette année.",
        ),
        ("plus que {a}", "en octobre", "plus qu’en octobre"),
        ("de {a} à {a}", "octobre", "d’octobre à octobre"),
        ("de {a}", "onze tentes", "de onze tentes"),
        ("de {a}", "98 tentes", "de 98 tentes"),
        ("l’onde {a}", "est", "l’onde est"),
        ("Inde {a}", "octobre", "Inde octobre"),
    ],
)
def test_french_elides_before_a_vowel_and_nowhere_else(template: str, said: str, text: str) -> None:
    assert words.fill(template, {"a": said}, "fr") == text


def test_what_stands_in_brackets_is_left_out_where_it_says_nothing() -> None:
    template = "{a}[, dont {b}] ; {c}[, dont {d}]."
    assert words.fill(template, {"a": "9", "b": "3", "c": "7", "d": None}) == "9, dont 3 ; 7."
    assert words.fill(template, {"a": "9", "b": None, "c": None, "d": None}) is None


def test_a_list_names_what_there_is_as_each_language_joins_it() -> None:
    said = {"a.some": "120 palettes", "b.some": "4 chaises", "c.some": "5 matelas", "d.some": None}
    said |= {f"{name}.floor": said[f"{name}.some"] for name in "abcd"}
    for lang, text in (
        ("fr", "120 palettes, 4 chaises et 5 matelas"), ("en", "120 palettes, 4 chaises and 5 matelas"),
        ("ar", "120 palettes و4 chaises و5 matelas"), ("fa", "120 palettes، 4 chaises و 5 matelas"),
    ):  # fmt: skip
        assert words.fill("{a+b+c+d}", said, lang) == text
    said["b.floor"] = "au moins 4 chaises"
    assert words.fill("{a+b.Floor}", said, "fr") == "Au moins 120 palettes et 4 chaises"
    assert words.fill("{d+d}", said, "fr") is None


@pytest.mark.parametrize(
    ("value", "base", "kind", "text"),
    [
        (200, 100, "count", "deux fois plus"), (201, 100, "count", "en hausse de 101\u00a0%"),
        (4, 2, "count", "deux fois plus"),
        (50, 100, "count", "deux fois moins"), (100, 100, "count", "autant"), (10004, 10000, "count", "stable"),
        (12, 9, "count", "en hausse de 3"), (88, 100, "count", "en baisse de 12\u00a0%"),
        (61, 42, "share", "en hausse de 19 points"), (80, 40, "share", "en hausse de 40 points"),
    ],
)  # fmt: skip
def test_a_change_is_said_as_what_it_is(value: int, base: int, kind: str, text: str) -> None:
    """Points for shares, a percentage only on a base of twenty, "deux fois plus" only where it is exactly that."""
    assert in_words(D(value), D(base), kind, language("fr")) == text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 5000), st.sampled_from(sorted(languages())))
def test_twice_as_many_is_never_said_of_anything_else(value: int, base: int, code: str) -> None:
    lang = language(code)
    said = in_words(D(value), D(base), "count", lang)
    assert (said == lang.words["double"]) == (value == 2 * base and value > 0)
    assert (said == lang.words["half"]) == (2 * value == base)


def test_a_million_takes_de_in_french() -> None:
    metric = NOTE.metrics["expulsions"]
    assert words.counted(Fact(D(1_000_000)), metric, "fr", 5) == "1 million d’expulsions"
    assert words.counted(Fact(D(3_000_000)), NOTE.metrics["personnes"], "fr", 5) == "3 millions de personnes"
    assert words.counted(Fact(D(1_200_000)), metric, "fr", 5) == "1\u202f200\u202f000 expulsions"


@pytest.mark.parametrize(
    ("value", "floor", "lang", "text"),
    [
        (12, False, "fr", "Douze tentes saisies"), (16, False, "en", "Sixteen tents seized"),
        (17, False, "fr", "17 tentes saisies"),
        (12, True, "fr", "Au moins 12 tentes saisies"), (1, False, "en", "One tent seized"),
        (0, False, "en", "No tents seized"),
    ],
)  # fmt: skip
def test_a_sentence_begins_with_a_small_number_in_words(value: int, floor: bool, lang: str, text: str) -> None:
    said = words.vocabulary("t", Fact(D(value), floor=floor), NOTE.metrics["tentes"], lang, 5)
    assert said["t.Floor"] == text


ARABIC = {
    0: "٠ شخص", 1: "شخص واحد", 2: "شخصين", 3: "٣ أشخاص", 10: "١٠ أشخاص", 11: "١١ شخصًا", 99: "٩٩ شخصًا", 100: "١٠٠ شخص",
    102: "١٠٢ شخص", 103: "١٠٣ أشخاص", 111: "١١١ شخصًا", 1000: "١٬٠٠٠ شخص", 1226: "١٬٢٢٦ شخصًا",
}  # fmt: skip


@pytest.mark.parametrize("value", sorted(ARABIC))
def test_arabic_takes_each_of_its_six_forms(value: int) -> None:
    """Oracle: a grammar's rule for counted nouns, 3 to 10 plural genitive, 11 to 99 singular accusative, then again."""
    assert words.counted(Fact(D(value)), NOTE.metrics["personnes"], "ar", 5) == ARABIC[value]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 99_999), st.sampled_from(sorted(NOTE.metrics)), st.sampled_from(NOTE.languages), st.booleans())
def test_a_number_and_its_noun_are_never_parted(value: int, name: str, lang: str, floor: bool) -> None:
    """Whatever is said of a figure holds exactly its number, or one of the forms that say it by themselves."""
    metric = NOTE.metrics[name]
    said = words.vocabulary(name, Fact(D(value), floor=floor), metric, lang, 5)
    for place in (name, f"{name}.floor"):
        found = [one.value for one in read(str(said[place]), lang)]
        by_itself = words.noun(metric.noun[lang], D(value), lang)
        assert found == ([] if "#" not in by_itself else [value]), said[place]
        bare = by_itself.partition("#")[2] or by_itself
        assert bare in str(said[place])


def test_a_wording_that_is_too_long_gives_way_to_a_shorter_one() -> None:
    long, short = (
        Saying(words={"fr": text}, max=most) for text, most in (("Une phrase bien trop longue {a}", 20), ("{a}", 20))
    )
    assert words.say((long, short), "fr", {"a": "98"}, set()) == "98"
    assert words.say((long,), "fr", {"a": "98"}, set()) is None


def test_optional_sentences_give_way_where_a_network_has_no_room(world: World, note: summaries.SummaryResult) -> None:
    """Facebook takes everything; the same words on Mastodon lose the detail before the trend, and no word is cut."""
    mastodon = world.add_channel("mastodon")
    padded = {lang: f"{text} " + "x" * 250 for lang, text in note.sentences["detail"].items()}
    say = {**note.sentences, "detail": padded}
    said = {place: texts["fr"] for place, texts in say.items()}
    for channel, kept in ((world.add_channel("facebook"), {"headline", "trend", "detail", "source"}),
                          (mastodon, {"headline", "trend", "source"})):  # fmt: skip
        told = drafts.texts_for(channel, say, ["fr"])["fr"]
        assert all((said[place].split(" x")[0] in told) == (place in kept) for place in ("headline", "trend", "source"))
    crowded = {**say, "trend": {"fr": "y" * 450}}
    told = drafts.texts_for(mastodon, crowded, ["fr"])["fr"]
    assert said["headline"] in told and said["source"] in told and "yy" not in told
    assert len(told) <= limits("mastodon").get("text", "image").number


def test_a_summarys_words_are_unread_in_every_language_until_somebody_reads_them(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    from pipeline import review

    texts = {lang: note.sentences["headline"][lang] for lang in ("fr", "ti")}
    post = drafts.create("Octobre", [drafts.Piece(world.channel, texts)], by=world.intern, summary=note.row)
    assert review.unread_languages(post) == ["fr", "ti"]
    drafts.mark_read(VariantText.objects.get(variant__post=post, lang="fr"), by=world.intern)
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="ti"):
        review.approve(revision, by=world.coordinator)
    assert review.approve(revision, by=world.coordinator, accept_unread=["ti"]).unread_accepted == ["ti"]


def result_with(note: summaries.SummaryResult, **outputs: dict[str, object]) -> summaries.SummaryResult:
    made = {name: Output.model_validate(one) for name, one in outputs.items()}
    return replace(note, definition=note.definition.model_copy(update={"outputs": made}))


def test_a_thread_is_packed_by_sentences_and_one_text_loses_optional_ones(note: summaries.SummaryResult) -> None:
    parts = ["headline", "trend", "detail", "source"]
    result = result_with(note, thread={"parts": parts, "each": 130}, short={"parts": parts, "max": 230})
    said = {name: note.sentences[name]["fr"] for name in parts}
    thread = outputs.written(result, "thread", "fr")
    assert " ".join(thread).startswith(said["headline"]) and all(len(one) <= 130 for one in thread)
    assert [part for part in parts if not any(said[part] in one for one in thread)] == []
    (short,) = outputs.written(result, "short", "fr")
    assert short == " ".join(said[name] for name in ("headline", "trend", "source"))
    tight = result_with(note, t={"parts": parts, "max": 90}, e={"parts": parts, "each": 60})
    for name in ("t", "e"):
        with pytest.raises(Refused, match="required"):
            outputs.written(tight, name, "fr")
    with pytest.raises(Refused, match="thread, short"):
        outputs.written(result, "poster", "fr")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("say", "sites", {"fr": "{lieus}"}), "lieus stands for nothing"),
        (("say", "sites", {"fr": "{lieux.flor}"}), "lieux.floor"),
        (("say", "sites", {"fr": "{lieux}", "when": "lieux.many"}), "lieux.known"),
        (("say", "sites", {"fr": "{tentes+lits}"}), "lits.some stands for nothing"),
        (("outputs", "x", {"parts": ["headlines"]}), "headline"),
    ],
)
def test_a_word_that_stands_for_nothing_is_refused_with_the_names_there_are(
    tmp_path: Path, change: tuple[str, str, dict[str, object]], said: str
) -> None:
    whole = yaml.safe_load((definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8"))
    part, name, given = change
    whole[part][name] = {**whole[part].get(name, {}), **given}
    (tmp_path / "note_mensuelle.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    with pytest.raises(Refused, match=re.escape(said)):
        definitions.load("note_mensuelle", tmp_path)


def test_a_form_without_its_number_is_refused_where_it_is_for_several(tmp_path: Path) -> None:
    """In French zero takes the form of one: "une expulsion" would be said of none."""
    whole = yaml.safe_load((definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8"))
    whole["metrics"]["expulsions"]["noun"]["fr"]["one"] = "une expulsion"
    (tmp_path / "note_mensuelle.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    with pytest.raises(Refused, match="0, 1"):
        definitions.load("note_mensuelle", tmp_path)
