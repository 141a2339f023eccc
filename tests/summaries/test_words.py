"""Figures in words, on cards and in alt texts; and definitions that cannot be used."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pipeline import summaries
from pipeline.errors import Refused
from pipeline.numerals.reading import read
from pipeline.rendering.languages import language, languages
from pipeline.summaries import definitions, disclosure, periods, words
from pipeline.summaries.definitions import Definition
from pipeline.summaries.facts import Fact
from pipeline.summaries.tables import Drawn
from tests.importing import watched

NUMERAL = re.compile(r"\d+(?:[\u202f,٬]\d{3})*")


def note() -> Definition:
    return definitions.load("note_mensuelle")


def changed(tmp_path: Path, **changes: object) -> Definition:
    """The monthly note with some of its keys changed, through the door that reads files."""
    text = (definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8")
    (tmp_path / "note_mensuelle.yaml").write_text(
        yaml.safe_dump(yaml.safe_load(text) | changes, allow_unicode=True), encoding="utf-8"
    )
    return definitions.load("note_mensuelle", tmp_path)


# ---------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "lang", "text"),
    [(1234, "fr", "1\u202f234"), (1234, "en", "1,234"), (1234, "ar", "١٬٢٣٤"), (98, "fr", "98"), (-3, "fr", "−3")],
)
def test_a_number_is_written_as_its_readers_write_it(value: int, lang: str, text: str) -> None:
    assert words.number(Decimal(value), language(lang)) == text


def test_decimals_keep_the_languages_sign() -> None:
    assert words.number(Decimal("1234.5"), language("fr")).endswith("234,5")


@pytest.mark.parametrize(
    ("value", "lang", "text"),
    [
        (0, "fr", "0 expulsion"), (1, "fr", "1 expulsion"), (2, "fr", "2 expulsions"), (0, "en", "0 evictions"),
        (1, "en", "1 eviction"), (1, "ar", "عملية إخلاء واحدة"), (2, "ar", "عمليتي إخلاء"), (3, "ar", "٣ عمليات إخلاء"),
        (11, "ar", "١١ عملية إخلاء"), (100, "ar", "١٠٠ عملية إخلاء"), (103, "ar", "١٠٣ عمليات إخلاء"),
    ],
)  # fmt: skip
def test_a_noun_takes_the_plural_of_its_number(value: int, lang: str, text: str) -> None:
    assert words.counted(Fact(Decimal(value)), note().metrics["expulsions"], lang, 5) == text


def test_a_floor_is_said_and_zero_is_no_floor() -> None:
    metric = note().metrics["tentes"]
    assert words.floored(Fact(Decimal(92), floor=True), metric, "fr", 5) == "au moins 92 tentes saisies"
    assert words.floored(Fact(Decimal(92)), metric, "fr", 5) == "92 tentes saisies"
    assert words.floored(Fact(Decimal(0), floor=True), metric, "fr", 5) == "0 tente saisie"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "entre 180 et 214 personnes"), ("en", "between 180 and 214 people"),
        ("de", "zwischen 180 und 214 Personen"), ("ar", "ما بين ١٨٠ و٢١٤ شخصًا"), ("fa", "بین ۱۸۰ تا ۲۱۴ نفر"),
        ("prs", "بین ۱۸۰ تا ۲۱۴ تن"), ("ps", "د ۱۸۰ او ۲۱۴ ترمنځ کسان"), ("ckb", "لە نێوان ١٨٠ و ٢١٤ کەس"),
        ("ti", "ካብ 180 ክሳብ 214 ሰባት"),
    ],
)  # fmt: skip
def test_a_figure_between_two_ends_is_said_in_each_language_with_the_noun_of_its_upper_end(
    lang: str, text: str
) -> None:
    said = words.vocabulary(
        "p", Fact(Decimal(180), floor=True, upper=Decimal(214)), note().metrics["personnes"], lang, 5
    )
    assert said["p.range"] == text
    assert said["p.Range"] == text[0].upper() + text[1:]
    numerals = [numeral.value for numeral in read(text, lang)]
    assert numerals == [180, 214]


def test_a_range_of_two_has_the_number_though_the_form_for_two_says_it_by_itself() -> None:
    said = words.vocabulary("p", Fact(Decimal(0), upper=Decimal(2)), note().metrics["personnes"], "ar", 5)
    assert said["p.range"] == "ما بين ٠ و٢ شخص"


def test_where_nothing_is_known_above_it_a_figure_is_said_as_a_floor_in_the_place_of_a_range() -> None:
    metric = note().metrics["personnes"]
    said = words.vocabulary("p", Fact(Decimal(180), floor=True), metric, "fr", 5)
    assert said["p.range"] == "au moins 180 personnes"
    assert words.vocabulary("p", Fact(None, suppressed=True), metric, "fr", 5)["p.range"] == "moins de\u00a05 personnes"
    assert words.vocabulary("p", Fact(Decimal(12)), metric, "fr", 5)["p.Range"] == "Douze personnes"
    assert words.vocabulary("p", Fact(None), metric, "fr", 5)["p.range"] is None


def test_an_unknown_figure_says_no_number() -> None:
    assert words.counted(Fact(None), note().metrics["tentes"], "fr", 5) is None
    assert words.shown(Fact(None), "fr", 5) == "non connu"


def test_a_suppressed_figure_is_said_as_fewer_than_the_threshold_even_where_a_form_names_the_number() -> None:
    metric = note().metrics["arrestations"]
    hidden = Fact(None, floor=True, suppressed=True)
    assert words.floored(hidden, metric, "fr", 5) == "moins de\u00a05 personnes arrêtées"
    assert words.counted(hidden, metric, "en", 5) == "fewer than\u00a05 people arrested"
    assert "٥" in str(words.counted(hidden, metric, "ar", 5))


def test_a_place_that_no_figure_fills_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Refused, match=r"\{tents\}.*tentes"):
        words.fill("{tents} volées", {"tentes": "3 tentes"})


# ------------------------------------------------------------------------------------------------- protection


def fine(**changes: object) -> Definition:
    """The note narrowed to one town: finer than month and area."""
    return note().model_copy(update={"where": {"commune": ("Marck",)}} | changes)


VALUES = {"expulsions": 3, "arrestations": 4, "violentes": 1, "mineurs": 0, "personnes": 12, "tentes": 2, "pleines": 1}


def shown(definition: Definition, values: dict[str, int] = VALUES) -> dict[str, int | None]:
    drawn = {n: Drawn(Decimal(values.get(n, 9)), 9, 9) for n in definition.metrics}
    found = disclosure.protect(definition, periods.containing(date(2026, 10, 14), definition.period), drawn, ()).figures
    return {name: None if found[name].suppressed else int(found[name].value or 0) for name in values}


def test_by_month_and_area_small_numbers_of_people_are_published() -> None:
    assert shown(note()) == VALUES


def test_finer_than_that_one_to_four_people_are_hidden_and_zero_and_objects_are_not() -> None:
    assert shown(fine()) == VALUES | {"arrestations": None, "violentes": None}


def test_a_day_is_finer_than_a_month() -> None:
    daily = note().model_copy(update={"period": note().period.model_copy(update={"unit": "day"})})
    assert shown(daily)["arrestations"] is None


def test_a_part_is_hidden_where_the_rest_of_its_whole_would_show_a_few() -> None:
    assert shown(fine(), {"arrestations": 12, "violentes": 10}) == {"arrestations": 12, "violentes": None}
    assert shown(fine(), {"arrestations": 12, "violentes": 6}) == {"arrestations": 12, "violentes": 6}


def test_without_the_threshold_they_would_be_shown() -> None:
    """The broken variant: a protection that calls every column coarse hides nothing."""
    lax = note().protect.model_copy(update={"coarse": ("commune",)})
    assert shown(fine(protect=lax)) == VALUES


# ---------------------------------------------------------------------------------------------- cards and alts


@pytest.fixture
def result(db: None, home: Path, tmp_path: Path) -> summaries.SummaryResult:
    from datetime import date

    from pipeline.observations.importing import import_file

    counted = "Personnes;Mineurs isolés;Tentes;dont pleines;Arrestations;dont violentes"
    header = f"Date;Commune;Lieu de vie;Type;{counted};Statut\n"
    rows = [
        f"{day:02d}/{month:02d}/2026;Calais;A{day};expulsion;20;2;3;1;1;0;vérifié\n"
        for month, days in ((8, 9), (9, 4), (10, 7))
        for day in range(1, days + 1)
    ]
    (tmp_path / "f.csv").write_text(header + "".join([*rows, *watched(header, (8, 9, 10))]), encoding="utf-8")
    import_file(tmp_path / "f.csv", "observations", by=None, today=date(2026, 11, 23))
    return summaries.compute("note_mensuelle", "2026-10", today=date(2026, 11, 23))


def test_the_documented_shape_is_exact(result: summaries.SummaryResult) -> None:
    told = result.as_json()
    assert set(told) == {"name", "period", "figures", "sentences"}
    assert all(set(one) == {"value", "text", "suppressed", "sources"} for one in told["figures"].values())
    assert {lang for texts in told["sentences"].values() for lang in texts} == set(languages())


def test_the_sentences_say_the_figures(result: summaries.SummaryResult) -> None:
    said = result.sentences
    assert said["headline"]["fr"] == (
        "En octobre 2026, l’équipe a observé au moins 7 expulsions de 7 lieux de vie dans le Calaisis."
    )
    assert said["trend"]["en"] == "That is 3 more than in September 2026."
    assert said["detail"]["fr"] == (
        "Au moins 21 tentes saisies, dont 7 remplies d’affaires personnelles\u202f; au moins 7 personnes arrêtées."
    )
    assert said["headline"]["ar"].count("٧") == 2


CHARTS = ("bars", "months")


@pytest.mark.parametrize("card", sorted(note().cards))
def test_every_number_on_the_card_and_in_its_alt_is_the_summarys(result: summaries.SummaryResult, card: str) -> None:
    """Numerals are taken from the drawn words again; a stranger among them fails."""
    metric = result.definition.cards[card].figure
    for lang in ("fr", "en", "ar"):
        data = summaries.card_data(result, card, lang)
        bars = [int(one["value"]) for name in CHARTS for one in data.get(name, ()) if one["value"] is not None]
        known = {int(one.value) for one in result.figures.values() if one.value is not None} | {2026, 3} | set(bars)
        drawn = " ".join(str(data.get(slot, "")) for slot in ("tag", "figure", "label", "body", "source"))
        found = {int(re.sub(r"\D", "", one)) for one in NUMERAL.findall(drawn + summaries.alt_text(result, lang, card))}
        assert found <= known
        assert "figure" not in data or int(data["figure"]) == result.figures[metric].value
        assert data["code"] == f"#{result.figures[metric].code}"


def test_bars_stand_only_on_the_card_of_the_metric_that_they_count(result: summaries.SummaryResult) -> None:
    cards = result.definition.cards
    charted = [card for card in cards if any(summaries.card_data(result, card).get(name) for name in CHARTS)]
    assert {cards[card].figure for card in charted} == {"expulsions"}
    assert charted == ["figure", "months"]


def test_the_alt_text_is_short_and_names_the_ends_of_the_chart(result: summaries.SummaryResult) -> None:
    text = summaries.alt_text(result, "fr")
    assert len(text) <= 250
    assert "de 4 (septembre 2026) à 9 (août 2026)" in text


def test_a_card_or_language_that_is_not_declared_is_refused(result: summaries.SummaryResult) -> None:
    with pytest.raises(Refused, match="figure"):
        summaries.card_data(result, card="poster")
    with pytest.raises(Refused, match="fr, en, de, ar, fa, prs, ps, ckb, ti"):
        summaries.card_data(result, lang="tlh")


# ------------------------------------------------------------------------------------------------ definitions


def test_the_declared_summaries_are_listed_and_each_can_be_used() -> None:
    assert "note_mensuelle" in summaries.listed()
    assert [definitions.load(name).summary for name in summaries.listed()] == summaries.listed()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": {"tentes": {"sum": "tente", "noun": {}}}}, "metric"),
        ({"where": {"values); DROP TABLE x; --": ["a"]}}, "the column values); DROP TABLE x; -- does not exist"),
        ({"title": {"fr": "Bulletin"}, "languages": ["fr", "de"]}, "title: the words in de are missing"),
        ({"languages": ["fr", "tlh"]}, "tlh is not in config/languages.toml"),
        ({"dataset": "reserve_parlementaire"}, "have no date"),
        ({"period": {"unit": "decade"}}, "period.unit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_naming_the_place(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=re.escape(said)):
        changed(tmp_path, **changes)


def test_a_definition_that_sums_words_is_refused(tmp_path: Path) -> None:
    text = (definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8")
    metrics = yaml.safe_load(text)["metrics"]
    metrics["tentes"]["sum"] = "commune"
    with pytest.raises(Refused, match="holds no numbers"):
        changed(tmp_path, metrics=metrics)


def test_a_card_without_a_required_source_sentence_is_refused(tmp_path: Path) -> None:
    text = (definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8")
    say = yaml.safe_load(text)["say"]
    del say["source"]["required"]
    with pytest.raises(Refused, match="source"):
        changed(tmp_path, say=say)


def test_an_unknown_summary_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Refused, match="note_mensuelle"):
        definitions.load("bulletin")
