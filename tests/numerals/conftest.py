"""Three months of records, the note of the last one, and posts that say it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from pipeline import drafts, summaries
from pipeline.models import Channel, Post, VariantText
from tests.importing import import_here, watched
from tests.worlds import World

TODAY = date(2026, 11, 23)
HEADER = (
    "Date;Commune;Lieu de vie;Type;Personnes;Mineurs isolés;Tentes;dont pleines;Arrestations;dont violentes;Statut\n"
)
MONTHS = {8: 9, 9: 5, 10: 7}


def records(folder: Path, name: str = "f.csv", months: dict[int, int] = MONTHS, people: int | str = 20) -> Path:
    """A spreadsheet with that many evictions in each month, each of `people`."""
    rows = [
        f"{day:02d}/{month:02d}/2026;Calais;A{day};expulsion;{people};2;3;1;1;0;vérifié\n"
        for month, days in months.items()
        for day in range(1, days + 1)
    ]
    path = folder / name
    path.write_text(HEADER + "".join([*rows, *watched(HEADER, months)]), encoding="utf-8")
    return path


@pytest.fixture
def note(world: World, tmp_path: Path) -> summaries.SummaryResult:
    """The note of October: 7 evictions of 7 sites, 140 people, 21 tents of which 7 full, 7 arrests; 5 in September."""
    import_here(records(tmp_path), "observations", by=None, today=TODAY)
    return summaries.compute("note_mensuelle", "2026-10", today=TODAY)


def draft(
    world: World, note: summaries.SummaryResult, text: str, lang: str = "fr", channel: Channel | None = None
) -> Post:
    """A post of words alone, drawn from the note."""
    piece = drafts.Piece(channel or world.channel, {lang: text})
    post = drafts.create("Octobre", [piece], by=world.intern, summary=note.row)
    for row in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(row, by=world.intern)
    return post


@pytest.fixture
def typed(note: summaries.SummaryResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command in this process, as one of the people of the world; its answer, or its refusal."""
    from pipeline import setup
    from pipeline.models import User

    monkeypatch.setattr(setup, "require", lambda: None)
    monkeypatch.setattr(User, "check_password", lambda self, given: given == "pass")
    (tmp_path / "password").write_text("pass")

    def run(*words: object, fails: bool = False) -> object:
        env = {"PORTEVOIX_LANG": "en", "PORTEVOIX_PASSWORD_FILE": str(tmp_path / "password")}
        done = CliRunner().invoke(cli.main, [str(word) for word in words], env=env)
        assert done.exit_code == (1 if fails else 0), done.output
        return done.stderr.strip() if fails else json.loads(done.stdout) if "--json" in words else done.stdout

    return run
