"""The pages of reels: a proposal, its form and its text, a preview, and what the studio never reads."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from pipeline import footage, montages
from pipeline.errors import Refused
from pipeline.models import Montage, Rendition, Voice
from pipeline.protection import edits, timelines, voices
from pipeline.protection.tracks import Box
from pipeline.reels import cache
from pipeline.rendering import executor, handing, parts
from tests.protection.settled import confirmed, searched
from tests.reels.films import film, steps, tone
from tests.reels.inline import Inline


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    """Films are read in this process, where only pages are at stake."""
    monkeypatch.setattr(executor, "LimitedExecutor", Inline)


@pytest.fixture
def clip(studio, tmp_path):
    return footage.add(film(tmp_path / "a.mp4", steps(45), sound=tone(1.5)), by=studio.intern, place="Calais")


@pytest.fixture
def montage(studio, clip):
    row = montages.begin([clip], template="field", lang="fr", spoken="fr", by=studio.intern)
    assert montages.work() and not montages.work()
    row.refresh_from_db()
    return row


def test_films_chosen_on_the_page_become_a_proposal_that_the_clock_writes(studio, enter, clip):
    client = enter(studio.intern)
    assert clip.code in client.get("/reels/new/").content.decode()
    answer = client.post("/reels/new/", {"film": [clip.pk], "template": "field", "lang": "ar"})
    row = Montage.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reels/{row.pk}/")
    assert client.get(answer["Location"])["Refresh"] == "5"
    assert montages.work()
    page = client.get(answer["Location"])
    assert "Refresh" not in page
    assert f"footage:{clip.code}" in page.content.decode()
    assert "language: ar" in page.content.decode()
    assert "/reels/" in client.get("/reels/").content.decode()


def test_the_form_changes_what_was_changed_and_keeps_every_comment(studio, enter, montage):
    client = enter(studio.intern)
    given = {
        "version": montage.version,
        "title": "Un matin",
        "cut-0-to": "1.2",
        "cut-0-caption": "Bonjour",
        "where": "",
    }
    client.post(f"/reels/{montage.pk}/form/", given)
    before, after = montage.text, Montage.objects.get().text
    comments = [line.partition("#")[2].strip() for line in before.splitlines() if "#" in line]
    assert [line.partition("#")[2].strip() for line in after.splitlines() if "#" in line] == comments
    found, _problems = montages.checked(after)
    assert (found.title.text, found.cuts[0].end, found.cuts[0].caption) == ("Un matin", 1.2, "Bonjour")
    assert "To mend" in client.get(f"/reels/{montage.pk}/").content.decode()


def test_a_text_with_a_mistake_is_kept_and_the_mistake_told_with_its_line(studio, enter, montage):
    client = enter(studio.intern)
    text = montage.text.replace("format: portrait", "format: tall")
    client.post(f"/reels/{montage.pk}/text/", {"version": montage.version, "text": text})
    montage.refresh_from_db()
    assert montage.text == text
    page = client.get(f"/reels/{montage.pk}/").content.decode()
    assert "Line 2" in page
    assert "disabled" in page
    with pytest.raises(Refused, match="Line 2"):
        montages.order(montage, "reel", by=studio.intern)
    wrong = client.post(f"/reels/{montage.pk}/text/", {"version": montage.version, "text": "title: 'open"})
    assert wrong.status_code == 422 and "title: &#x27;open" in wrong.content.decode()


def test_two_people_do_not_overwrite_each_other(studio, montage):
    before = montage.version
    montages.save(montage, montage.text, by=studio.intern, version=before)
    with pytest.raises(Refused, match="meanwhile"):
        montages.save(montage, "language: fr\ncuts: []\n", by=studio.editor, version=before)


@pytest.mark.parametrize(
    "line",
    ["captions: /etc/hostname", "music: ../a.mp3", "cuts: [{clip: /etc/hostname}]", "cuts: [{clip: a.mp4}]"],
)
def test_nothing_on_the_machine_is_read_by_its_path(studio, montage, line):
    text = "language: fr\n" + line + ("" if "cuts" in line else "\n" + montage.text[montage.text.index("cuts:") :])
    found, problems = montages.checked(text)
    assert found is None
    assert ["is a path" in str(problem.sentence) for problem in problems] == [True]


def test_a_preview_is_made_by_the_clock_and_can_be_watched(studio, enter, montage):
    client = enter(studio.intern)
    text = f"language: fr\nformat: square\nmask: false\ncuts:\n  - {{clip: 'footage:{_code(montage)}', to: 0.3}}\n"
    client.post(f"/reels/{montage.pk}/text/", {"version": montage.version, "text": text})
    client.post(f"/reels/{montage.pk}/preview/")
    assert montages.work()
    montage.refresh_from_db()
    assert (montage.state, montage.preview.kind, montage.preview.width) == ("idle", "preview", 540)
    page = client.get(f"/reels/{montage.pk}/").content.decode()
    assert f"/media/{montage.preview.sha256}" in page or montage.preview.sha256 in page


def test_a_cut_list_is_handed_on_as_a_zip_that_goes_with_its_text_and_its_films(studio, enter, montage, clip):
    confirmed(searched(clip), by=studio.editor)
    client = enter(studio.intern)
    text = f"language: fr\nformat: square\ncuts:\n  - {{clip: 'footage:{clip.code}', to: 0.3, caption: Un mot}}\n"
    montages.save(montage, text, by=studio.intern, version=montage.version)
    assert client.get(f"/reels/{montage.pk}/handed/").status_code == 404
    client.post(f"/reels/{montage.pk}/handoff/")
    assert montages.work()
    assert f"/reels/{montage.pk}/handed/" in client.get(f"/reels/{montage.pk}/").content.decode()
    packed = ZipFile(BytesIO(b"".join(client.get(f"/reels/{montage.pk}/handed/").streaming_content)))
    assert set(packed.namelist()) == {
        "clips/CUT01.mp4", "reel.otio", "reel.edl", "reel.fcpxml", "reel.srt", "reel.vtt",
    }  # fmt: skip
    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    client.post(f"/reels/{montage.pk}/text/", {"version": montage.version, "text": text.replace("Un mot", "Deux")})
    assert client.get(f"/reels/{montage.pk}/handed/").status_code == 404
    assert [*parts.cache().folder.glob(f"{cache.HANDED}/*.zip")]
    parts.forget(clip.sha256)
    assert not [*parts.cache().folder.glob(f"{cache.HANDED}/*.zip")]


def test_a_zip_is_not_offered_any_more_once_the_masks_or_the_voices_of_its_films_changed(studio, montage, clip):
    text = f"language: fr\nformat: square\ncuts:\n  - {{clip: 'footage:{clip.code}', to: 0.3}}\n"
    montages.save(montage, text, by=studio.intern, version=montage.version)
    searched(clip)

    def handed_over():
        if timelines.in_force(clip) is None:
            confirmed(clip, by=studio.editor)
        montages.order(montage, "handoff", by=studio.intern)
        assert montages.work()
        return montages.handed(montage)

    assert handed_over() is not None
    box = Box(0.0, 0.4, 0.3, 0.2, 0.3)
    edits.add(clip, box, start=0.0, end=1.0, by=studio.editor)
    assert montages.handed(montage) is None
    assert handed_over() is not None
    timelines.undo(clip, by=studio.editor)
    assert montages.handed(montage) is None
    assert handed_over() is not None
    voices.choose(clip, Voice.MUTED, by=studio.editor)
    assert montages.handed(montage) is None


def test_faces_that_a_cut_list_leaves_bare_are_not_handed_on(studio, montage, clip, tmp_path):
    found, _problems = montages.checked(
        f"language: fr\nmask: false\ncuts: [{{clip: 'footage:{clip.code}', to: 0.3}}]\n"
    )
    with pytest.raises(Refused, match="mask: false"):
        handing.hand_over(found, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_films_whose_masks_nobody_reviewed_are_not_handed_on(studio, montage, clip, tmp_path):
    found, _problems = montages.checked(f"language: fr\ncuts: [{{clip: 'footage:{clip.code}', to: 0.3}}]\n")
    told: list[float] = []
    with pytest.raises(Refused, match="Nobody has reviewed the masks"):
        handing.hand_over(found, tmp_path / "out", progress=told.append)
    assert told, "it was searched, so that it can be reviewed"
    confirmed(clip, by=studio.editor)
    assert handing.hand_over(found, tmp_path / "out")


def test_what_is_cancelled_leaves_nothing(studio, enter, montage, monkeypatch):
    client = enter(studio.intern)
    text = f"language: fr\nformat: square\nmask: false\ncuts:\n  - {{clip: 'footage:{_code(montage)}', to: 0.3}}\n"
    montages.save(montage, text, by=studio.intern, version=montage.version)
    montages.order(montage, "reel", by=studio.intern)
    with pytest.raises(Refused, match="already"):
        montages.order(montage, "preview", by=studio.intern)

    def cut(_text, *, by, tell, preview=False):
        client.post(f"/reels/{montage.pk}/cancel/")
        tell(0.5)
        raise AssertionError("went on")

    monkeypatch.setattr(montages, "make", cut)
    montages.work()
    montage.refresh_from_db()
    assert (montage.state, montage.rendition) == ("idle", None)
    assert not Rendition.objects.filter(kind="reel").exists()
    assert not montages.work()


def test_who_only_reads_gets_no_page_and_changes_nothing(studio, enter, montage):
    client = enter(studio.administrator)
    answers = [client.get("/reels/"), client.post(f"/reels/{montage.pk}/text/", {"version": 1, "text": "x: y"})]
    assert {answer.status_code for answer in answers} == ({403} if not studio.administrator.may_write else {200, 302})
    with pytest.raises(Refused):
        montages.save(montage, "x: y", by=studio.administrator, version=montage.version)


def _code(montage: Montage) -> str:
    return montage.text.partition("footage:")[2][:10]
