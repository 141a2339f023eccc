"""Subtitles at the gate: plain cues pass, everything that hides or leads away is refused, and so is what is unknown."""

from __future__ import annotations

import random

import pytest

from pipeline import gate, subtitles

VTT = (
    "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nLa rue est vide.\n\n"
    "00:00:02.000 --> 00:00:04.000\nR&amp;D, « oui » – 50 %.\n"
)
SRT = "1\n00:00:00,500 --> 00:00:02,000\nLa rue est vide.\nDeux lignes.\n\n2\n00:00:02,000 --> 00:00:04,000\nR&D.\n"
SPOKEN = {
    "fa": "می‌خواهیم برویم؛ چرا نه؟", "ar": "رُصدت ١٣٢ عملية.", "ti": "ስለምንታይ፧ ኣይፋል።", "ckb": "بۆچی؟",
    "de": "Warum – jetzt?",
}  # fmt: skip


def kinds(tmp_path, content) -> list[str]:
    path = tmp_path / "x"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [finding.kind for finding in gate.inspect(path)]


@pytest.mark.parametrize("content", [VTT, SRT])
def test_plain_cues_pass(tmp_path, content):
    assert kinds(tmp_path, content) == []


@pytest.mark.parametrize("lang", SPOKEN)
@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_every_script_passes_joiners_included(tmp_path, lang, form):
    assert kinds(tmp_path, subtitles.write([subtitles.Cue(0, 900, SPOKEN[lang])], form)) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        VTT.replace("WEBVTT\n", "WEBVTT - par Camille\n"),
        VTT.replace("WEBVTT\n\n", "WEBVTT\n\nNOTE filmé par Camille\n\n"),
        VTT.replace("WEBVTT\n\n", "WEBVTT\n\nSTYLE\n::cue { background: url(https://a.b) }\n\n"),
        VTT.replace("WEBVTT\n\n", "WEBVTT\n\nREGION\nid:a\n\n"),
        VTT.replace("00:00:00.500", "camille\n00:00:00.500"),
        VTT.replace("00:00:02.000\nLa", "00:00:02.000 position:10%\nLa"),
        VTT.replace("La rue", "<v Camille>La rue"),
        VTT.replace("La rue", "<i>La rue</i>"),
        VTT.replace("R&amp;D", "R&lrm;D"),
        VTT.replace("La rue", "Voir https://example.org"),
        VTT.replace("La rue", "Voir example.org"),
        VTT.replace("La rue", "Voir www.exemple"),
        VTT.replace("La rue", "camille@exemple"),
        VTT.replace("La rue", "@camille"),
        VTT.replace("La rue", "La\u200brue"),
        VTT.replace("La rue", "La\u2063rue"),
        VTT.replace("La rue", "La\ufeffrue"),
        VTT.replace("La rue", "La\U000e0041rue"),
        VTT.replace("La rue", "La\ufe01rue"),
        VTT.replace("La rue", "La\x07rue"),
        VTT.replace("La rue", "La\u2028rue"),
        VTT.replace("La rue", "mot " * 200),
        VTT.replace("La rue est vide.", "a\nb\nc\nd\ne"),
        VTT.replace("00:00:02.000\nLa", "00:00:00.100\nLa"),
        VTT.replace("00:00:02.000 -->", "00:00:00.100 -->"),
        VTT + "\n", VTT + "fin", VTT[:-1], VTT.replace("\n", "\r\n"), "\ufeff" + VTT, "WEBVTT\n",
        SRT.replace("2\n00", "3\n00"), SRT.replace("La rue", "{\\an8}La rue"), SRT.replace("La rue", "<b>La rue</b>"),
        SRT.replace("0,500", "0.500"), SRT.replace("1\n00", "01\n00", 1), SRT + "\nfin\n",
        VTT.encode("utf-16"), VTT.encode().replace(b"rue", b"r\xffe"), VTT.encode() + b"\x00",
        VTT.encode() + b"PK\x03\x04" + bytes(100),
    ],
)  # fmt: skip
def test_what_hides_or_leads_away_is_refused(tmp_path, spoilt):
    assert kinds(tmp_path, spoilt) != []


def test_a_spoilt_file_never_ends_in_another_error(tmp_path):
    chance = random.Random(3)
    for whole in (VTT.encode(), SRT.encode()):
        for _try in range(300):
            spoilt = bytearray(whole)
            for _byte in range(4):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            kinds(tmp_path, bytes(spoilt[: chance.randrange(len(spoilt) + 1)]))


def test_subtitles_that_people_bring_become_plain_cues(tmp_path):
    brought = (
        "\ufeffWEBVTT - titre\r\n\r\nNOTE par Camille\r\n\r\nSTYLE\r\n::cue{}\r\n\r\nintro\r\n"
        "00:01.5 --> 00:03.250 line:0\r\n<v Camille><i>Bonjour</i> &amp; merci\r\n\r\n"
        "01:00:00.000 --> 01:00:01.000\r\n{\\an8}Fin\r\n"
    )
    found = subtitles.read(brought.encode())
    assert [(one.begins, one.ends, one.text) for one in found] == [
        (1500, 3250, "Bonjour & merci"), (3_600_000, 3_601_000, "Fin"),
    ]  # fmt: skip
    for form in ("srt", "vtt"):
        written = subtitles.write(found, form)
        assert kinds(tmp_path, written) == [] and subtitles.read(written) == found
        assert b"Camille" not in written
