"""The whole day in one go, as its people have it: the command's store, two processes, a network that refuses first."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.demo import records
from sandbox import mastodon
from tests.e2e.conftest import PHONE
from tests.e2e.running import WORD, Installation, link_in
from tests.reels import films
from tests.second import shown

pytestmark = [pytest.mark.e2e]
DESK = {"width": 1280, "height": 900}
HERE = ZoneInfo("Europe/Paris")
WORDS = "Ce matin à Calais, une tente emportée."
UP = "https://lettre.example.org/2026-10"


@pytest.fixture(scope="module", autouse=True)
def erasable() -> None:
    """The store of this day is its own: no table of the tests' database is touched."""


class Person:
    """Somebody at a window of their own."""

    def __init__(self, chromium: Any, url: str, size: dict[str, int]) -> None:
        context = chromium.new_context(viewport=size, locale="fr-FR", has_touch=size["width"] < 600)
        context.set_default_timeout(20_000)
        self.page, self.url = context.new_page(), url
        self.complaints: list[str] = []
        self.met: list[str] = []  # the HTML of every page
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def sees(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.url + path)
        self.met.append(self.page.content())

    def presses(self, selector: str) -> str:
        """What the page that comes says in answer; "" where it says nothing."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.met.append(self.page.content())
        told = self.page.locator(".messages")
        return told.inner_text() if told.count() else ""

    def fills(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)

    def signs_in(self, name: str, code: str = "") -> None:
        self.sees("/sign-in/")
        self.fills(username=name, password=WORD)
        self.presses("main button")
        if code:
            self.fills(code=code)
            self.presses("main button")

    def waits(self, path: str, selector: str, text: str) -> None:
        """Opens the page again and again until it says so: what other processes do is seen there."""
        end = datetime.now(HERE) + timedelta(seconds=100)
        while datetime.now(HERE) < end:
            self.sees(path)
            found = self.page.locator(selector)
            if any(text in one for one in found.all_inner_texts()):
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(self.page.inner_text("main"))

    def plans(self, post: str, at: datetime) -> None:
        self.sees(f"{post}schedule/")
        self.fills(day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}")
        assert "calendrier" in self.presses("main form.fields button")


@pytest.fixture
def network() -> Iterator[Any]:
    """A Mastodon server whose next post is refused; films are ready there at once."""
    with mastodon.serving() as server:
        server.processing["video"] = 0.0
        server.fault("POST statuses", "refuse", status=422, message="Validation failed")
        yield server


@pytest.fixture
def place(tmp_path: Path, network: Any) -> Installation:
    """A store with an intern, the invitation of a coordinator (in `invited`) and two channels."""
    place = Installation(tmp_path / "home")
    account = [f"--set={name}={network.facts()[name]}" for name in ("instance_url", "access_token")]
    letter = ["--set=profile=newsletter", "--set=sender=HRO <lettre@example.org>"]
    said = place.told(
        ["setup"],
        ["user", "add", "camille", "--role", "intern", "--as", "admin"],
        ["user", "invite", "samira", "--role", "coordinator", "--as", "admin"],
        ["channel", "add", "masto", "--platform", "mastodon", *account, "--as", "admin"],
        ["channel", "add", "lettre", "--platform", "handoff", *letter, "--as", "admin"],
    )
    place.invited = link_in(said)
    return place


@contextmanager
def people(chromium: Any, place: Installation) -> Iterator[tuple[Person, Person]]:
    """The intern at a desk and the coordinator on a phone."""
    both = Person(chromium, place.url, DESK), Person(chromium, place.url, PHONE)
    try:
        yield both
    finally:
        for one in both:
            one.page.context.close()


def test_a_whole_day(chromium: Any, place: Installation, network: Any, tmp_path: Path) -> None:
    with place.running(), people(chromium, place) as (camille, samira):
        key = comes_in(samira, place.invited)
        camille.signs_in("camille")
        brings_records(camille, tmp_path / "observations.csv")
        clip = brings_a_film(camille, tmp_path / "clip.mp4")
        letter = drafts_from_figures(camille)
        masks_by_hand(camille, clip)
        reel = makes_a_reel(camille)
        for _post in (letter, reel):
            approves_in_two_taps(samira)
        for post in (letter, reel):
            camille.plans(post, soon())
        drags_an_announcement(camille)
        refused_then_held_then_sent(camille, samira, reel, network)
        puts_up_by_hand(camille, letter)
        withdraws(camille, network)
        assert camille.complaints == samira.complaints == []
        met = [page for one in (camille, samira) for page in one.met]
    found = secrets_in(place, [key, WORD, *network.secrets()])
    assert found == [] and not any(secret in page for page in met for secret in (key, WORD, *network.secrets()))
    assert len(met) > 60


def secrets_in(place: Installation, secrets: list[str]) -> list[str]:
    """The files of the store, and what the two processes said, that hold one of these in clear; keys/ is theirs."""
    files = [path for path in place.home.rglob("*") if path.is_file() and place.home / "keys" not in path.parents]
    assert any(path.suffix == ".sqlite3" for path in files)
    held = [*files, place.home.parent / "said.txt"]
    return [path.name for path in held for secret in secrets if secret.encode() in path.read_bytes()]


def comes_in(samira: Person, link: str) -> str:
    """By the link, with a password and a phone, whose key is returned; from then on the code is asked for."""
    samira.sees(link)
    samira.fills(first_name="Samira", last_name="Haddad", password=WORD)
    samira.presses("main button.next")
    samira.signs_in("samira")
    assert samira.page.url.endswith("/access/second-factor/")
    key = base64.b32decode(samira.page.locator(".ask code").text_content().replace(" ", "")).hex()
    samira.fills(code=shown(key))
    samira.presses("main button.next")
    assert samira.page.locator(".messages, main").first.inner_text().count("-") >= 16  # the recovery codes
    samira.presses("a.next")
    assert samira.page.url == f"{samira.url}/"
    samira.presses("form[action='/sign-out/'] button")
    samira.signs_in("samira", shown(key, time.time() + 30))
    return key


def brings_records(camille: Person, sheet: Path) -> None:
    """The sample's thousands of rows; its line of totals is answered for."""
    records.write_sample(sheet, until=today().replace(day=1) - timedelta(days=1))
    camille.sees("/imports/")
    camille.page.set_input_files("[name=file]", sheet)
    camille.presses("main button.next")
    camille.page.fill("#answer1", "oui, 1")
    assert "Importé" in camille.presses("button[name=import]")


def drafts_from_figures(camille: Person) -> str:
    """The path of the post: the month's note as a letter, submitted as it was drafted."""
    camille.sees("/recipes/bulletin/")
    camille.page.get_by_label("Mastodon masto").uncheck()
    camille.presses("button[name=draft]")
    post = path_of(camille)
    assert camille.page.locator(".problems li, .variant .wrong").count() == 0, camille.page.inner_text("main")
    assert "Soumis" in camille.presses(".read button.next")
    return post


def brings_a_film(camille: Person, clip: Path) -> str:
    """The code of the footage, in which somebody is seen who signed a consent."""
    street = films.heads()
    films.film(clip, [(n / 15, films.shifted(street, n * 2)) for n in range(46)])
    camille.sees("/consents/")
    camille.fills(code="P-014", given_on=f"{today():%Y-%m-%d}")
    camille.page.check("[name=how] >> nth=0")
    camille.presses("main form button.next")
    camille.sees("/footage/add/")
    camille.page.set_input_files("[name=originals]", clip)
    camille.fills(filmed_on=f"{today() - timedelta(days=6):%Y-%m-%d}", place="Calais", consents="P-014")
    camille.presses("main button.next")
    return str(camille.page.locator("main .lines a, main a.asis").first.get_attribute("href"))


def masks_by_hand(camille: Person, footage: str) -> None:
    """The search found the face; what it cannot know of is covered by a hand, and every place is answered for."""
    camille.waits(footage, "#tracks", "(1)")
    film = camille.page.locator("svg[data-boxes]")
    film.scroll_into_view_if_needed()
    whole = film.bounding_box()
    camille.page.mouse.move(whole["x"] + whole["width"] * 0.7, whole["y"] + whole["height"] * 0.2)
    camille.page.mouse.down()
    camille.page.mouse.move(whole["x"] + whole["width"] * 0.8, whole["y"] + whole["height"] * 0.5, steps=4)
    camille.page.mouse.up()
    camille.page.fill("form[data-box] [name=end]", "2")
    camille.presses("form[data-box] button")
    assert "(2)" in camille.page.inner_text("#tracks")
    for gap in camille.page.locator("select[name^=gap-]").all():
        gap.select_option("covered")
    camille.presses("form[action$='/gaps/'] button")
    camille.presses("form[action$='/review/'] button")


def makes_a_reel(camille: Person) -> str:
    """The path of its post: cuts proposed, a title, the film, its description, looked at and submitted."""
    camille.sees("/reels/new/")
    camille.page.check("[name=film]")
    camille.presses("main button.next >> nth=0")
    reel = path_of(camille)
    camille.waits(reel, "#form", "Mots")
    camille.page.fill("#title", "Calais, un matin")
    camille.presses("form[action$='/form/'] button")
    camille.presses("form[action$='/reel/'] button")
    camille.waits(reel, "a.next", "Commencer un post")
    camille.presses("a.next")
    camille.fills(text_fr=WORDS, text_en="This morning in Calais, a tent was taken away.")
    camille.presses("button[name=draft]")
    post = path_of(camille)
    camille.presses("a[href*='/picture/']")
    camille.page.fill("main textarea", "Une rue vide ; deux visages masqués.")
    camille.presses("main button.next")
    camille.page.check("form[action*='/protect/'] [name=looked]")
    camille.presses("form[action*='/protect/'] button")
    assert "Soumis" in camille.presses(".read button.next")
    return post


def today() -> date:
    return datetime.now(HERE).date()


def soon() -> datetime:
    """The next whole minute that a form can still be sent before."""
    return (datetime.now(HERE) + timedelta(seconds=75)).replace(second=0, microsecond=0)


def path_of(person: Person) -> str:
    return str(person.page.url.removeprefix(person.url))


def approves_in_two_taps(samira: Person) -> None:
    """From the first page to the post; there two taps that need no scrolling."""
    samira.sees("/")
    samira.presses("main a.next")
    samira.presses("main .lines a >> nth=0")
    for selector in (".decide summary.next", ".decide .panel button.next"):
        button = samira.page.locator(selector)
        box = button.bounding_box()
        assert box["height"] >= 44 and box["y"] + box["height"] <= PHONE["height"], selector
        button.tap()
    samira.page.wait_for_selector(".messages .success")


def drags_an_announcement(camille: Person) -> None:
    """Words alone, for the tenth of next month; in the calendar a hand puts them two days later, at the same hour."""
    tenth = (datetime.now(HERE).replace(day=1) + timedelta(days=40)).replace(day=10, hour=9, minute=30)
    camille.sees("/drafts/new/")
    camille.fills(title="Permanence de mercredi", text_fr="La permanence se tient à 15 h.")
    camille.page.get_by_label("Mastodon masto").check()
    camille.presses("main button.next")
    camille.plans(path_of(camille), tenth)
    camille.sees(f"/calendar/{tenth:%Y}/{tenth.month}/")
    camille.page.locator(f"li[data-day='{tenth:%Y-%m}-10'] li[draggable=true]").drag_to(
        camille.page.locator(f"li[data-day='{tenth:%Y-%m}-12']")
    )
    camille.page.wait_for_selector(".messages .success")
    there = camille.page.inner_text(f"li[data-day='{tenth:%Y-%m}-12']")
    assert "Permanence" in there and "9:30" in there


def refused_then_held_then_sent(camille: Person, samira: Person, reel: str, network: Any) -> None:
    """The network refuses; during a hold nothing is tried again; released, one button sends it, once."""
    camille.waits(reel, ".due .state", "échoué")
    assert "Validation failed" in camille.page.inner_text(".due") and network.published() == []
    camille.page.click(".hold summary")
    camille.page.fill("#reason", "Un prénom est resté dans une légende")
    camille.presses(".hold button")
    samira.sees("/")
    samira.presses("form[action$='/send/'] button")
    assert network.calls("statuses")[1:] == []
    samira.page.click(".band summary")
    samira.presses(".band button")
    samira.sees("/")
    samira.presses("form[action$='/send/'] button")
    camille.waits(reel, ".due .state", "publié")
    (one,) = network.published()
    assert one["text"].startswith(WORDS) and one["kind"] == "video"


def puts_up_by_hand(camille: Person, letter: str) -> None:
    """The letter is due now; its kit is there, and the address closes it."""
    camille.waits("/", "#hand", "1")
    camille.presses("main a[href^='/handoff/']:visible >> nth=0")
    assert "au moins" in camille.page.inner_text("main") and camille.page.locator("a[download]").count() >= 3
    camille.fills(link=UP)
    camille.presses("main button.next")
    camille.waits(letter, ".due .state", "publié")
    assert camille.page.locator(f"a[href='{UP}']").count() == 1


def withdraws(camille: Person, network: Any) -> None:
    """The person withdraws: their film comes down from the network."""
    camille.sees("/consents/P-014/")
    assert "Calais" in camille.page.inner_text("main")
    camille.page.click("summary.button")
    camille.presses("[name=withdraw]")
    camille.waits("/consents/P-014/", ".state", "✓ retiré")
    assert network.published() == []
