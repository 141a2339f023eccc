"""A film's cover and subtitles by command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.shell import ROOT, peopled

FILM = """
import sys, tempfile, django; django.setup()
from pathlib import Path
from django.utils import timezone
from pipeline.models import Rendition, User
from pipeline.rendering import store
from tests.media.clean import write_clean_mp4
sha256, size = store.keep(write_clean_mp4(Path(tempfile.mkdtemp()) / "film.mp4"), "video/mp4")
print(Rendition.objects.create(
    kind="reel", state="ready", inputs_sha256="0" * 64, spec={}, lang="fr", format="portrait", mime="video/mp4",
    width=64, height=96, duration_ms=480, sha256=sha256, size=size, requested_by=User.objects.get(username="camille"),
    ready_at=timezone.now(), alt="Une rue.").pk)
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return peopled(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def film(shell):
    env = {**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", FILM], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return int(done.stdout)


def beside(shell):
    """What the store holds beside the last film: the moment of its cover, and its subtitles' languages."""
    import sqlite3

    with sqlite3.connect(f"file:{shell.home / 'porte-voix.sqlite3'}?mode=ro", uri=True) as store:
        ((use, moment),) = store.execute(
            "SELECT id, cover_offset_ms FROM pipeline_variantmedia ORDER BY id DESC LIMIT 1"
        ).fetchall()
        spoken = store.execute(
            "SELECT r.lang, r.mime FROM pipeline_variantmedia_subtitles s "
            "JOIN pipeline_rendition r ON r.id = s.rendition_id WHERE s.variantmedia_id = ?", (use,),
        ).fetchall()  # fmt: skip
    return moment, spoken


def test_a_film_is_drafted_with_its_cover_and_subtitles_and_they_are_changed(shell, film, tmp_path):
    spoken = tmp_path / "film.vtt"
    spoken.write_text("WEBVTT\n\n00:00.000 --> 00:00.400\nLa <i>rue</i> est vide.\n")
    drafted = shell.told("draft", "--text", "fr=Une rue.", "--media", film, "--to", "box", "--cover-at", "0.2",
                         "--subtitles", f"fr={spoken}", "--as", "camille")  # fmt: skip
    assert beside(shell) == (200, [("fr", "application/x-subrip")])  # the box stands for Facebook, which takes SRT
    shell.told("film", drafted["post"], "--no-cover", "--subtitles", "fr=", "--as", "camille")
    assert beside(shell) == (None, [])


def test_what_cannot_be_is_one_sentence(shell, film, tmp_path):
    words = shell.told("draft", "--text", "fr=Court.", "--to", "box", "--as", "camille")
    assert "Only a film" in shell.refused("film", words["post"], "--cover-at", "1", "--as", "camille")
    drafted = shell.told("draft", "--text", "fr=Une rue.", "--media", film, "--to", "box", "--as", "camille")
    assert "outside the film" in shell.refused("film", drafted["post"], "--cover-at", "9", "--as", "camille")
    assert "LANG=FILE" in shell.refused("film", drafted["post"], "--subtitles", "x.srt", "--as", "camille")
    (tmp_path / "x.srt").write_text("rien")
    asked = ("film", drafted["post"], "--subtitles", f"fr={tmp_path / 'x.srt'}", "--as", "camille")
    assert "holds no subtitles" in shell.refused(*asked)
