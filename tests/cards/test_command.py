"""`portevoix card`: files, lists and the preview that follows what is saved."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from cli import main
from commands import _preview
from pipeline.cards import templates

MAGENTA = (0xFF, 0x00, 0xC8)


def _run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["card", *words])
    assert done.exit_code == status, done.output
    return done.output


def test_one_card_is_one_file_and_several_are_listed(tmp_path: Path) -> None:
    one = json.loads(_run("figure", "--lang", "ar", "--out", str(tmp_path), "--json"))
    assert Path(one["path"]).stat().st_size == one["bytes"] and (one["width"], one["height"]) == (1080, 1350)
    several = json.loads(_run("figure", "--lang", "fr,en", "--format", "all", "--out", str(tmp_path), "--json"))
    assert len({facts["path"] for facts in several}) == 2 * len(templates.load("figure").formats)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "data.json",
            '{"tag": "Octobre", "place": "Calais", "figure": "7", "label": "vus", "source": "Source : nous."}',
        ),
        ("data.yaml", "tag: Octobre\nplace: Calais\nfigure: '7'\nlabel: vus\nsource: 'Source : nous.'\n"),
        ("data.toml", 'tag = "Octobre"\nplace = "Calais"\nfigure = "7"\nlabel = "vus"\nsource = "Source : nous."\n'),
    ],
)
def test_data_comes_from_json_yaml_or_toml(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    _run("figure", "--data", str(tmp_path / name), "--out", str(tmp_path))
    assert (tmp_path / "figure-fr-portrait.jpg").is_file()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("data.json", "{", "data.json"),
        ("data.json", "[]", "data.json"),
        ("data.yaml", "tag: 2026-10-01\nplace: Calais\nfigure: '7'\nlabel: vus\nsource: nous\n", "tag"),
        ("data.yaml", "a: [" * 5000, "data.yaml"),
        ("data.toml", "\xff", "data.toml"),
    ],
)
def test_data_that_cannot_be_used_is_a_sentence(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "latin-1")
    assert said in _run("figure", "--data", str(tmp_path / name), "--out", str(tmp_path), status=1)
    assert not list(tmp_path.glob("*.jpg"))


def test_the_list_says_what_there_is() -> None:
    listed = {one["name"]: one for one in json.loads(_run("--list", "--json"))}
    assert set(listed) == set(templates.names()) and listed["figure"]["title"]["fr"] == "Chiffre clé"
    assert "figure" in _run("--list")


def test_the_safe_zone_of_a_story_is_drawn_where_it_is(tmp_path: Path) -> None:
    _run("figure", "--format", "story", "--show-safe-zone", "--out", str(tmp_path))
    picture = Image.open(tmp_path / "figure-fr-story.jpg")
    for x, y in ((540, 286), (540, 1633), (66, 960), (1013, 960)):
        near = picture.getpixel((x, y))
        assert isinstance(near, tuple)
        assert all(abs(a - b) < 60 for a, b in zip(near, MAGENTA, strict=True)), (x, y, near)


def test_a_refused_card_names_its_language_and_format(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text('tag = "漢"\nplace = "x"\nfigure = "1"\nlabel = "x"\nsource = "x"\n', "utf-8")
    said = _run("figure", "--data", str(tmp_path / "d.toml"), "--lang", "en", "--out", str(tmp_path), status=1)
    assert "figure-en-portrait" in said and "漢" in said


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, HTTPConnection]]:
    """The folder of a copy of the figure card, and its preview being served."""
    folder = tmp_path / "own" / "mine"
    folder.mkdir(parents=True)
    for path in (templates.CARDS_DIR / "figure").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv(templates.FOLDER, str(folder.parent))
    with _preview.Server("mine", 0) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        connection = HTTPConnection(server.address.removeprefix("http://").strip("/"), timeout=20)
        yield folder, connection
        connection.close()
        server.stop()
        thread.join()


def _got(connection: HTTPConnection, path: str, host: str = "127.0.0.1:1") -> tuple[int, bytes]:
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_preview_draws_anew_what_is_saved(preview: tuple[Path, HTTPConnection]) -> None:
    folder, connection = preview
    status, page = _got(connection, "/")
    assert status == 200 and page.count(b"<img") == 45 and b"setTimeout(look" in page
    stamp, picture = _got(connection, "/stamp")[1], _got(connection, "/fr/link.jpg")[1]
    css = folder / "card.css"
    css.write_text(css.read_text("utf-8").replace("var(--signal)", "var(--mist)"), "utf-8")
    assert _got(connection, "/stamp")[1] != stamp
    status, redrawn = _got(connection, "/fr/link.jpg")
    assert status == 200 and redrawn != picture


def test_a_mistake_while_editing_is_shown_where_the_picture_was(preview: tuple[Path, HTTPConnection]) -> None:
    folder, connection = preview
    html = folder / "card.html.j2"
    whole = html.read_text("utf-8")
    html.write_text(whole.replace("slots.body", "slots.boddy"), "utf-8")
    status, said = _got(connection, "/fr/link.jpg?v=1")
    assert status == 422 and b"mine/card.html.j2" in said and b"boddy" in said
    html.write_text(whole, "utf-8")
    assert _got(connection, "/fr/link.jpg")[0] == 200


def test_a_preview_answers_this_machine_alone(preview: tuple[Path, HTTPConnection]) -> None:
    _folder, connection = preview
    assert _got(connection, "/", host="evil.example:80")[0] == 403


def test_an_unknown_card_has_no_preview() -> None:
    assert "figure" in _run("--preview", "nothing", status=1)
