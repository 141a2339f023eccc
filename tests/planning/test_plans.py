"""A table of posts into the calendar: through the doors used by hand, as a whole or not at all, never twice."""

from __future__ import annotations

import csv
import io
from datetime import time, timedelta

import pytest

from pipeline import planning
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Contribution, Post, Publication, Variant
from pipeline.planning import plans, sheets
from publishers._base import TryLater
from publishers._sentences import _
from publishers.outbox import Outbox

HEADS = "jour;heure;canal;titre;texte_fr;texte_en"


def csv_of(*rows: str, heads: str = HEADS) -> bytes:
    return "\r\n".join([heads, *rows]).encode("utf-8-sig")


def refused(done) -> dict[int, str]:
    return {bad.row: str(bad.sentence) for bad in done.bad}


def count() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Post, Variant, Publication, Contribution, AuditEntry))


@pytest.fixture
def page(world):
    return world.add_channel("facebook", "page")


def test_a_table_becomes_posts_with_their_times_authors_and_languages(world, page):
    raw = csv_of(
        "2027-11-24;09:00;bluesky;La note;132 expulsions.;132 evictions.",
        "24/11/2027;9h;page;La note;132 expulsions, en détail ; voyez.;",
        "25 novembre 2027;09:30;page;;Un mot.;",
    ).replace(b"132 expulsions, en d\xc3\xa9tail ; voyez.", b'"132 expulsions,\r\nen d\xc3\xa9tail ; voyez."')
    done = plans.plan(raw, by=world.intern)
    assert done.made and done.posts == 2 and not done.bad
    note, word = Post.objects.order_by("pk")
    assert (note.title, word.title, note.created_by) == ("La note", "Un mot.", world.intern)
    assert {v.channel.name: [(t.lang, t.text) for t in v.texts.all()] for v in note.variants.all()} == {
        "bluesky": [("fr", "132 expulsions."), ("en", "132 evictions.")],
        "page": [("fr", "132 expulsions,\nen détail ; voyez.")],
    }
    rows = Publication.objects.order_by("pk")
    assert [row.due_at.isoformat() for row in rows] == ["2027-11-24T08:00:00+00:00"] * 2 + ["2027-11-25T08:30:00+00:00"]
    assert {row.state for row in rows} == {"planned"} and {row.scheduled_by for row in rows} == {world.intern}


def test_a_dry_run_tells_the_same_and_changes_nothing(world, page):
    raw = csv_of("2027-11-24;09:00;bluesky;La note;132 expulsions.;", f"2027-11-25;09:00;bluesky;Long;{'mot ' * 90};")
    before = count()
    done = plans.plan(raw, by=world.intern, dry_run=True)
    assert not done.made and count() == before
    assert [(one.line.number, one.channel.name, one.title) for one in done.entries] == [
        (2, "bluesky", "La note"), (3, "bluesky", "Long"),
    ]  # fmt: skip
    assert done.entries[0].remarks == []
    assert any("300" in str(said) for said in done.entries[1].remarks)  # what a submission would be refused for


BAD_ROWS = {
    "2027-11-31;09:00;bluesky;A;x;": "not a day",
    "novembre 2027;09:00;bluesky;A;x;": "not a day",
    "11/24/2027;09:00;bluesky;A;x;": "not a day",
    "2027-11-24;25:00;bluesky;A;x;": "not an hour",
    "2027-11-24;9:;bluesky;A;x;": "not an hour",
    "2027-11-24;;bluesky;A;x;": "not an hour",
    "2027-11-24;09:00;nowhere;A;x;": "no channel called nowhere",
    "2027-11-24;09:00;bluesky;A;;": "no words",
    "2027-03-28;02:30;bluesky;A;x;": "does not exist",
    "2027-10-31;02:30;bluesky;A;x;": "write 02:30+02:00 or 02:30+01:00",
    "2020-11-24;09:00;bluesky;A;x;": "is over",
    "2027-11-24;09:00;photos;A;x;": "no post without a picture",
}


@pytest.mark.parametrize(("row", "why"), BAD_ROWS.items())
def test_one_bad_row_keeps_the_whole_table_out_and_is_named(world, row, why):
    world.add_channel("instagram", "photos")
    before = count()
    done = plans.plan(csv_of("2027-11-23;09:00;bluesky;Bon;Bonjour.;", "", row), by=world.intern)
    assert list(refused(done)) == [4] and why in refused(done)[4], refused(done)
    assert not done.made and count() == before
    assert "Row 4" in str(done.refusal())


def test_the_doors_used_by_hand_are_the_doors_of_a_row(world, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    raw = csv_of("2027-11-24;23:00;bluesky;Nuit;Bonsoir.;")
    assert "quiet time" in refused(plans.plan(raw, by=world.intern))[2]
    assert plans.plan(raw, by=world.intern, in_quiet_time=True).made
    with pytest.raises(Refused, match="does not write posts"):
        plans.plan(raw, by=world.administrator)


def test_the_same_table_again_is_refused_row_by_row_until_the_places_are_free(world, page):
    raw = csv_of("2027-11-24;09:00;bluesky;La note;132.;", "2027-11-24;09:00;page;La note;132.;")
    assert plans.plan(raw, by=world.intern).made
    again = refused(plans.plan(raw, by=world.editor))
    assert list(again) == [2, 3] and all("already (post" in why for why in again.values())
    for row in Publication.objects.all():
        planning.cancel(row, by=world.intern)
    assert plans.plan(raw, by=world.editor).made


def test_other_words_at_a_time_that_is_taken_are_remarked_on_not_refused(world):
    assert plans.plan(csv_of("2027-11-24;09:00;bluesky;A;Un.;"), by=world.intern).made
    done = plans.plan(csv_of("2027-11-24;09:00;bluesky;B;Deux.;"), by=world.intern)
    assert done.made and any("very same time" in str(said) for said in done.entries[0].remarks)


def test_a_row_that_says_what_another_row_says_is_refused(world):
    done = plans.plan(csv_of("2027-11-24;09:00;bluesky;A;Un.;", "2027-11-24;09:00;bluesky;A;Un.;",
                             "2027-11-24;09:00;bluesky;A;Deux.;"), by=world.intern)  # fmt: skip
    assert "row 2" in refused(done)[3] and "Row 2" in refused(done)[4] and not Post.objects.exists()


def test_an_hour_that_comes_twice_is_told_apart_by_its_offset_and_written_so(world):
    raw = csv_of("2027-10-31;02:30+02:00;bluesky;A;Un.;", "2027-10-31;02:30+01:00;bluesky;B;Deux.;")
    assert plans.plan(raw, by=world.intern).made
    first, second = Publication.objects.order_by("due_at")
    assert second.due_at - first.due_at == timedelta(hours=1)
    rows = list(
        csv.reader(io.StringIO(sheets.table(planning.month(2027, 10), "fr").decode("utf-8-sig")), delimiter=";")
    )
    assert [row[1] for row in rows[1:]] == ["02:30+02:00", "02:30+01:00"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("heads", "sign"), [(HEADS, ";"), ("Day,Time,Channel,Title,Text_FR,Text_EN", ","), (HEADS.replace(";", "\t"), "\t")]
)
def test_what_spreadsheets_write_is_read(world, encoding, heads, sign):
    row = sign.join(["2027-11-24", "09:00:00", "bluesky", "Été", '"Évacués, déjà ; à l’aube."', ""])
    lines = sheets.read(f"{heads}\r\n{row}\r\n".encode(encoding))
    assert [line.texts for line in lines] == [{"fr": "Évacués, déjà ; à l’aube."}]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"), (b"PK\x03\x04zip", "no table"), (b"\xff\xfe\x00", "no table"),
        (csv_of("x", heads="jour;heure;canal;titre;texte_fr;humeur"), "“humeur” is no column"),
        (csv_of("x", heads="jour;heure;canal;texte_xx"), "“texte_xx” is no column"),
        (csv_of("x", heads="jour;heure;texte_fr"), "needs the columns"),
        (csv_of("x", heads="jour;heure;canal;day;texte_fr"), "twice"),
        (csv_of(*["2027-11-24;09:00;bluesky;A;x;"] * 501), "more than 500"),
        (b"jour;heure;canal;texte_fr\n" + b"x" * 1_000_001, "larger than 1 MB"),
        (csv_of(), "no rows"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_one_sentence(world, raw, why):
    with pytest.raises(Refused, match=why):
        plans.plan(raw, by=world.intern)


def test_the_calendar_as_a_table_is_read_in_again_and_nothing_in_it_is_calculated(world, page):
    words = ("=HYPERLINK(1)", "@porte-voix", "- un\n- deux", "'cité'", "+33 ; −1")
    rows = [f'2027-11-{24 + n};09:00;bluesky;T{n};"{word}";' for n, word in enumerate(words)]
    assert plans.plan(csv_of(*rows), by=world.intern).made
    raw = sheets.table(planning.month(2027, 11), "fr")
    cells = [cell for row in csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [line.texts["fr"] for line in sheets.read(raw)] == list(words)
    again = plans.plan(raw, by=world.intern, dry_run=True)
    assert len(again.bad) == len(words) and not again.entries
    for row in Publication.objects.all():
        planning.cancel(row, by=world.intern)
    assert plans.plan(raw, by=world.intern).made


def test_handles_are_asked_before_anything_is_written_and_not_for_a_trial(world, monkeypatch):
    raw = csv_of("2027-11-24;09:00;bluesky;A;Avec @ami.example.;", "2027-11-24;10:00;bluesky;B;Sans.;")
    asked = []

    def silent(_adapter, handle):
        asked.append((handle, Post.objects.count()))
        raise TryLater(_("Nobody answers."))

    monkeypatch.setattr(Outbox, "resolve_mention", silent)
    assert not plans.plan(raw, by=world.intern, dry_run=True).bad and asked == []
    done = plans.plan(raw, by=world.intern)
    assert refused(done) == {2: "Nobody answers."} and [posts for _handle, posts in asked] == [0]
    assert not Post.objects.exists()
    monkeypatch.setattr(Outbox, "resolve_mention", lambda _adapter, handle: "did:plc:ami")
    assert plans.plan(raw, by=world.intern).made
    assert Variant.objects.earliest("pk").mentions == {"ami.example": "did:plc:ami"}


def test_a_table_made_halfway_is_what_a_careless_reader_leaves(world, monkeypatch):
    """The broken variant: without the transaction around them, the rows before a fault stay."""
    from contextlib import nullcontext

    raw = csv_of("2027-11-24;09:00;bluesky;A;Un.;", "2020-11-24;09:00;bluesky;B;Deux.;")
    assert not plans.plan(raw, by=world.intern).made and not Post.objects.exists()
    monkeypatch.setattr(plans.transaction, "atomic", nullcontext)
    plans.plan(raw, by=world.intern)
    assert Post.objects.count() > 0
