"""What everyone may fetch: a picture that a network needs, by a name that nobody can guess, for a while."""

from __future__ import annotations

import os
import time

import pytest
from django.test import Client

from pipeline import mediahost
from publishers._mediahost import LASTS, MediaChoice

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "card.jpg"
    path.write_bytes(JPEG)
    return path


@pytest.fixture
def host(home, settings):
    return mediahost.chosen(MediaChoice(url="https://studio.example.org"))


def path_of(url):
    assert url.startswith("https://studio.example.org/media/")
    return url.removeprefix("https://studio.example.org")


def test_a_stranger_fetches_exactly_the_bytes_and_is_told_nothing_else(db, host, source):
    answer = Client().get(path_of(host.put(source)))
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == JPEG
    assert answer["Content-Type"] == "image/jpeg" and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store" and "noindex" in answer["X-Robots-Tag"]
    assert "Set-Cookie" not in answer and "card" not in answer["Content-Disposition"]


def test_what_is_taken_away_or_too_old_is_not_shown(db, host, source, home):
    gone, old = host.put(source), host.put(source)
    host.remove(gone)
    host.remove(gone)
    file = home / "public" / old.rsplit("/", 1)[1]
    os.utime(file, (time.time() - LASTS - 1,) * 2)
    assert [Client().get(path_of(url)).status_code for url in (gone, old)] == [404, 404]
    host.put(source)
    assert not file.exists(), "the next file sweeps the old one away"


def test_names_are_long_random_and_never_the_same(host, source):
    names = {host.put(source).rsplit("/", 1)[1] for _ in range(20)}
    assert len(names) == 20 and {len(name) for name in names} == {68}


@pytest.mark.parametrize(
    "path",
    ["/media/", "/media", "/media/../keys/store.key", "/media/%2e%2e/porte-voix.sqlite3", "/media/.hidden.jpg",
     f"/media/{'0' * 64}.png", f"/media/{'0' * 63}.jpg", f"/media/x/{'0' * 64}.jpg", f"/media/{'0' * 64}.jpg/"],
)  # fmt: skip
def test_there_is_no_list_and_no_way_to_another_file(db, host, source, home, path):
    host.put(source)
    (home / "public" / ".hidden.jpg").write_bytes(b"half written")
    answer = Client().get(path)
    assert answer.status_code == 404 or (answer.status_code == 302 and answer["Location"].startswith("/sign-in/"))


def test_it_can_only_be_read(db, host, source):
    path = path_of(host.put(source))
    assert [Client().post(path).status_code, Client().delete(path).status_code] == [405, 405]


def test_the_network_that_fetches_is_let_in_and_everybody_else_is_asked_to_stay_out(db, home):
    from urllib.robotparser import RobotFileParser

    answer = Client().get("/robots.txt")
    rules = RobotFileParser()
    rules.parse(answer.content.decode().splitlines())
    picture = f"https://studio.example.org/media/{'0' * 64}.jpg"
    assert rules.can_fetch("facebookexternalhit/1.1", picture)
    assert not rules.can_fetch("facebookexternalhit/1.1", "https://studio.example.org/sign-in/")
    assert not rules.can_fetch("Googlebot", picture)


def test_a_channel_without_a_host_says_so(home):
    from publishers._base import TryLater

    with pytest.raises(TryLater, match="media_url or a bucket"):
        mediahost.chosen(MediaChoice())


def test_a_full_disk_is_tried_again_and_leaves_nothing_half_written(host, source, home, monkeypatch):
    from publishers._base import TryLater

    def full(_from, to):
        to.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(TryLater, match="free some room"):
        host.put(source)
    assert list((home / "public").iterdir()) == []
