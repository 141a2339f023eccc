"""Recipes and several posts in one command, as a person types them; and the week, counted."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click.testing
import pytest
import time_machine

import cli
from pipeline.models import Publication, User, Variant
from tests.planning.newsroom import bring_in, records
from tests.second import fresh_code
from tests.shell import ROOT, Shell, peopled
from tests.web.studio import PASSWORD, Studio

ACCOUNTS = (
    "import django; django.setup()\n"
    "from pipeline import channels\n"
    "for network in ('instagram', 'bluesky', 'linkedin'):\n"
    "    channels.add(network, 'outbox', {{'stands_for': network, 'folder': {folder!r}}})\n"
)


@pytest.fixture
def shell(tmp_path) -> Shell:
    """Real processes; four accounts and October's records."""
    made = peopled(tmp_path)
    script = ACCOUNTS.format(folder=str(made.home / "outbox"))
    env = {**made.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True, timeout=120)
    made.told("import", records(tmp_path), "--dataset", "observations")
    return made


def rows_of(shell: Shell, sql: str) -> list[tuple]:
    with sqlite3.connect(f"file:{shell.home / 'porte-voix.sqlite3'}?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_week_of_seven_posts_on_four_channels_in_two_languages_takes_four_commands(shell):
    """Twelve are allowed. Counted from the imported records until every publication is scheduled."""
    typed: list[tuple[object, ...]] = []

    def type_(*words: object) -> object:
        typed.append(words)
        return shell.told(*words)

    week = type_(
        "week", "semaine", "--from", "2099-11-30", "--at", "09:00", "--period", "2026-10", "--as", "camille"
    )  # fmt: skip
    numbers = [one["post"] for one in week["posts"]]
    type_("read", *numbers, "--as", "camille")
    type_("submit", *numbers, "--as", "camille")
    type_("approve", *numbers, "--as", "samira")

    assert len(typed) == 4 <= 12
    # Oracle: the rows themselves.
    places = rows_of(
        shell,
        "select p.state, c.network, p.wall_time, v.post_id from pipeline_publication p"
        " join pipeline_channel c on c.id = p.channel_id join pipeline_variant v on v.id = p.variant_id",
    )
    assert len(places) == 28 and {state for state, *_rest in places} == {"scheduled"}
    assert {network for _s, network, _w, _p in places} == {"facebook", "instagram", "bluesky", "linkedin"}
    days = {wall[:16] for _s, _n, wall, _p in places}
    assert days == {"2099-11-30 09:00", *(f"2099-12-{day:02} 09:00" for day in range(1, 7))}
    langs = rows_of(shell, "select distinct lang from pipeline_varianttext where read_by_id is not null")
    assert sorted(lang for (lang,) in langs) == ["en", "fr"]
    # Each approval is its own, by another person than the author, of exactly what was submitted.
    approvals = rows_of(
        shell,
        "select distinct a.revision_id, a.seal = r.seal, a.user_id = r.submitted_by_id"
        " from pipeline_approval a join pipeline_revision r on r.id = a.revision_id",
    )
    assert len(approvals) == 7 and {(fits, own) for _r, fits, own in approvals} == {(1, 0)}
    entries = rows_of(shell, "select count(*) from pipeline_auditentry where action = 'post.approved'")
    assert entries == [(7,)]


class Typist:
    """The same commands within this process: quicker, where a process of its own proves nothing more."""

    def __init__(self, folder: Path) -> None:
        self.password = folder / "password"
        self.password.write_text(PASSWORD)

    def run(self, *words: object, **env: str) -> click.testing.Result:
        env = {"PORTEVOIX_LANG": "en", "PORTEVOIX_PASSWORD_FILE": str(self.password), **env}
        if "samira" in words:
            env["PORTEVOIX_CODE"] = fresh_code(User.objects.get(username="samira"))
        return click.testing.CliRunner().invoke(cli.main, [str(word) for word in words], env=env)

    def told(self, *words: object) -> Any:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: object, **env: str) -> str:
        """The one sentence on standard error."""
        done = self.run(*words, **env)
        assert done.exit_code == 1 and done.stdout == ""
        (line,) = done.stderr.strip().splitlines()
        return line


@pytest.fixture
def desk(db, home, tmp_path, settings, monkeypatch) -> Typist:
    """A newsroom whose people can sign in, two accounts and October's records, within this process."""
    settings.DATABASE_URL = "the tests' own"  # so that no file is looked for
    Studio(tmp_path).add_channel("facebook")
    bring_in(tmp_path)
    return Typist(tmp_path)


def drafted(desk: Typist, text: str) -> int:
    return desk.told("draft", "--text", text, "--to", "facebook", "--as", "camille")["post"]


def test_who_plans_something_soon_is_told_until_when_it_can_still_be_stopped(desk, settings):
    settings.PORTEVOIX_GRACE = timedelta(minutes=10)
    post = drafted(desk, "Une permanence juridique.")
    desk.told("read", post, "--as", "camille")
    desk.told("submit", post, "--as", "camille")
    assert "can still stop it" not in desk.run("approve", post, "--as", "samira").stdout
    with time_machine.travel(datetime(2099, 3, 2, 8, 0, tzinfo=UTC), tick=False):
        said = desk.run("schedule", post, "--at", "2099-03-02 09:01", "--as", "camille").stdout
        assert "Until 09:10 anyone can still stop it; after that it goes out." in said
        number = Publication.objects.get().pk
        assert "can still stop it" not in desk.run("move", number, "--at", "2099-03-02 11:00", "--as", "camille").stdout


def test_a_post_is_sent_to_one_more_channel_off_it_and_says_one_more_language(desk):
    post = drafted(desk, "Une permanence juridique mercredi.")
    assert "goes to bluesky too" in desk.run("add-to", post, "bluesky", "--like", "facebook", "--as", "camille").stdout
    assert "does not go to hro" in desk.refused("add-to", post, "bluesky", "--like", "hro-instagram", "--as", "camille")
    told = desk.told("text", post, "en", "Legal advice on Wednesday.", "--on", "bluesky", "--as", "camille")
    assert told["channels"] == ["bluesky"] and told["state"] == "draft"
    on = {one.channel.name: dict(one.texts.values_list("lang", "text")) for one in Variant.objects.filter(post=post)}
    french = {"fr": "Une permanence juridique mercredi."}
    assert on == {"facebook": french, "bluesky": {**french, "en": "Legal advice on Wednesday."}}
    assert "The language xx is not known" in desk.refused("text", post, "xx", "Mot", "--as", "camille")
    desk.told("take-off", post, "facebook", "--as", "camille")
    assert [one.channel.name for one in Variant.objects.filter(post=post)] == ["bluesky"]
    assert "only channel" in desk.refused("take-off", post, "bluesky", "--as", "camille")


def test_what_succeeds_is_told_what_is_refused_is_told_with_its_sentence_and_ends_with_one(desk):
    one, two = drafted(desk, "Un."), drafted(desk, "Deux.")
    desk.told("read", one, two, "--as", "camille")
    done = desk.run("submit", one, 999, two, "--as", "camille")
    assert done.exit_code == 1
    assert f"Post {one} waits" in done.stdout and f"Post {two} waits" in done.stdout
    assert done.stderr.strip() == "Post 999: There is no post number 999: see “portevoix calendar”."
    own = desk.run("approve", one, two, "--as", "camille", "--json")
    assert own.exit_code == 1
    told = json.loads(own.stdout)
    assert told["posts"] == [] and [r["post"] for r in told["refused"]] == [one, two]
    assert "coordinator" in told["refused"][0]["sentence"]
    done = desk.run("approve", one, two, one, "--as", "samira", "--json")
    assert done.exit_code == 0
    assert [(p["post"], p["state"]) for p in json.loads(done.stdout)["posts"]] == [(one, "approved"), (two, "approved")]


def test_one_post_alone_is_told_as_it_ever_was(desk):
    number = drafted(desk, "Seul.")
    assert desk.told("read", number, "--as", "camille") == {"post": number, "state": "draft", "read": ["fr"]}
    told = desk.told("submit", number, "--as", "camille")
    assert set(told) == {"post", "state", "revision", "seal"}
    assert desk.refused("submit", number, "--as", "camille").startswith("This post is now")
    places = desk.told("schedule", number, "--at", "2099-03-02 10:00", "--as", "camille")
    assert [place["wall_time"] for place in places] == ["2099-03-02 10:00"]


def test_a_wrong_password_does_nothing_to_any_of_them(desk):
    numbers = [drafted(desk, f"Numéro {n}.") for n in range(2)]
    wrong = desk.password.parent / "wrong"
    wrong.write_text("pas celui-ci")
    assert "password" in desk.refused("read", *numbers, "--as", "camille", PORTEVOIX_PASSWORD_FILE=str(wrong))


def test_several_posts_take_the_next_free_slots_one_after_the_other(desk):
    desk.told("slot", "add", "facebook", "--day", "every", "--at", "07:30", "--as", "camille")
    numbers = [drafted(desk, f"Créneau {n}.") for n in range(3)]
    assert desk.run("schedule", *numbers, "--at", "2099-01-01 10:00", "--as", "camille").exit_code == 2
    told = desk.told("schedule", *numbers, "--next-slot", "--after", "2099-06-01 00:00", "--as", "camille")
    walls = [one["publications"][0]["wall_time"] for one in told["posts"]]
    assert walls == [f"2099-06-0{day} 07:30" for day in (1, 2, 3)]
    again = desk.run("schedule", *numbers[:2], "--next-slot", "--as", "camille")
    assert again.exit_code == 1 and again.stderr.count("already has its place") == 2


def test_recipes_are_listed_shown_and_drafted(desk, cheap_cards):
    assert "semaine" in {one["name"] for one in desk.told("recipe", "list")}
    shown = desk.told("recipe", "show", "semaine", "--period", "2026-10")
    assert shown["titles"][0] == "Evictions – October 2026" and len(shown["to"]) == 3
    one = desk.told("draft", "bulletin", "--period", "2026-10", "--to", "bluesky", "--as", "camille")
    assert set(one) == {"post", "state"}
    several = desk.told(
        "draft", "semaine", "--period", "2026-10", "--to", "facebook", "--only", "lieux,tentes", "--as", "camille"
    )  # fmt: skip
    assert [post["title"] for post in several["posts"]] == [
        "Lieux de vie – octobre 2026", "Tentes saisies – octobre 2026"
    ]  # fmt: skip
    words = desk.told("draft", "annonce", "--text", "fr=À 15 h.", "--as", "camille")
    assert words["state"] == "draft"


def test_a_recipe_that_cannot_be_used_is_refused_in_a_sentence(desk, cheap_cards):
    assert "bulletin" in desk.refused("draft", "nowhere", "--as", "camille")
    assert "2026-11-30" in desk.refused("week", "semaine", "--from", "lundi", "--as", "camille")
    assert "2031-01" in desk.refused(
        "week", "semaine", "--from", "2099-01-05", "--period", "2031-01", "--as", "camille"
    )  # fmt: skip
    assert desk.run("draft", "--text", "Sans canal.", "--as", "camille").exit_code == 2
    left = desk.run("week", "bulletin", "--from", "2099-01-05", "--period", "2026-10", "--to", "bluesky",
                     "--as", "camille", "--json")  # fmt: skip
    assert left.exit_code == 1 and "no free slot on 2099-01-05" in json.loads(left.stdout)["refused"][0]["sentence"]


def test_a_post_is_copied_and_comes_again_each_week(desk):
    number = drafted(desk, "Permanence à 15 h.")
    assert "no time yet" in desk.refused("series", number, "--weeks", 2, "--as", "camille")
    desk.told("schedule", number, "--at", "2099-01-07 15:00", "--as", "camille")
    twin = desk.told("copy", number, "--title", "Suite", "--as", "camille")
    assert twin == {"post": number + 1, "state": "draft"}
    made = desk.told("series", number, "--weeks", 2, "--as", "camille")
    assert [one["wall_time"] for one in made["publications"]] == ["2099-01-14 15:00", "2099-01-21 15:00"]
    # That the weeks are alike is what a series is for.
    assert [one["alike"] for one in made["publications"]] == [[], []]
    again = desk.run("series", number, "--weeks", 2, "--as", "camille")
    assert again.exit_code == 1 and again.stdout == "" and again.stderr.count("at that time already") == 2
