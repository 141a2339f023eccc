"""What a hand-off refuses before it is made, at each edge, and which pasted addresses it takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from publishers._base import LinkCard, Media, Part, Rejected, Submission, Subtitles
from tests.publishers.kits import by_hand, told
from tests.publishers.samples import Folder, a_file, a_post, a_video, an_image


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "files").mkdir()
    return Folder(tmp_path / "files")


# ------------------------------------------------------------------------------------------------ what is refused


def codes(profile: str, post: Submission, folder: Folder, **own: str) -> list[str]:
    return [p.code for p in by_hand(folder, profile, **own).validate(post) if p.severity == "error"]


def a_film(title: str = "T", body: str = "B", **more: Any) -> Submission:
    return a_post("video", f"{title}\n{body}", (a_video(duration_ms=95_000, **more),))


GOOD = "0:00 Début\n0:12 Suite\n1:20 Fin"
EDGES = [
    ("title", a_film("é" * 100), a_film("é" * 101)),
    ("title", a_film("🙂" * 50), a_film("🙂" * 50 + "a")),
    ("title_empty", a_film("T"), a_post("video", "", (a_video(),))),
    ("forbidden", a_film("a ≤ b"), a_film("a < b")),
    ("forbidden", a_film(body="a"), a_film(body="a > b")),
    ("description", a_film(body="é" * 2500), a_film(body="é" * 2500 + "a")),
    ("description", a_film(body="ት" * 1666), a_film(body="ት" * 1667)),
    ("tags", a_film(body="#" + "a" * 40), a_film(body=" ".join(f"#{'a' * 40}{n}" for n in "bcdefghijklmn"))),
    ("bytes", a_film(cover=a_file(size=2_000_000)), a_film(cover=a_file(size=2_000_001))),
    ("mime", a_film(cover=a_file()), a_film(cover=a_file(mime="image/gif"))),
    ("kind", a_film(), a_post("image", "T")),
    ("chapters", a_film(body=GOOD), a_film(body=GOOD.replace("0:00", "0:01"))),
    ("chapters", a_film(body=GOOD), a_film(body="0:00 A\n0:12 B")),
    ("chapters", a_film(body="0:00 A\n0:10 B\n0:20 C"), a_film(body="0:00 A\n0:09 B\n0:20 C")),
    ("chapters", a_film(body="0:00 A\n0:10 B\n1:25 C"), a_film(body="0:00 A\n0:10 B\n1:26 C")),
    ("chapters", a_film(body="12:30 Le bus part"), a_film(body="0:00 A\n0:40 B\n0:20 C")),
    ("chapters", a_film(body="Départ à 0:00"), a_film(body="0:00\n0:12 B\n0:30 C")),
]


@pytest.mark.parametrize(("code", "fits", "over"), EDGES)
def test_what_is_at_youtubes_limit_passes_and_one_more_is_refused(folder, code, fits, over):
    assert codes("youtube", fits, folder) == []
    assert set(codes("youtube", over, folder)) == {code}


def test_a_title_of_its_own_is_the_title_and_the_text_is_all_description(folder):
    post = a_post("video", "é" * 2500, (a_video(),), title="é" * 100)
    assert codes("youtube", post, folder) == []
    assert codes("youtube", post.model_copy(update={"title": "é" * 101}), folder) == ["title"]


def test_two_subtitle_files_for_a_language_are_one_too_many(folder):
    twice = tuple(Subtitles(lang="fr", format="srt", file=a_file(name=f"{n}.srt")) for n in "ab")
    assert codes("youtube", a_film(subtitles=twice), folder) == ["subtitles"]
    apart = (twice[0], twice[1].model_copy(update={"lang": "en"}))
    assert codes("youtube", a_film(subtitles=apart), folder) == []


def test_each_language_is_held_to_the_limits(folder):
    post = told("video", (a_video(),))
    assert codes("youtube", post, folder) == ["forbidden"] * 2  # the < and the > of “<ici>”
    part = post.parts[1].model_copy(update={"text": "a" * 101})
    long = post.model_copy(update={"parts": (Part(text="Un\nmot", langs=("fr",), media=post.media), part)})
    assert [(p.code, p.field) for p in by_hand(folder).validate(long)] == [("title", "parts[1].text")]


def test_linkedins_own_limits_hold_and_what_they_allow_is_allowed(folder):
    assert codes("linkedin", a_post(text="a" * 3000), folder) == []
    assert codes("linkedin", a_post(text="a" * 3001), folder) == ["text"]


def test_a_document_with_too_many_pages_for_linkedin_is_refused(folder):
    def note(number: int) -> Submission:
        file = folder.add(b"%PDF-1.4\n" + b"<< /Type /Page >>\n" * number, "note.pdf", "application/pdf")
        document = Media(kind="document", file=file, width=1, height=1, lang="fr", title="Note")
        return a_post("document", "Texte", (document,))

    assert codes("linkedin", note(300), folder) == []
    assert codes("linkedin", note(301), folder) == ["pages"]


def test_a_mail_may_hold_pictures_and_a_link_and_a_film_its_first_comment(folder):
    card = LinkCard(url="https://example.org/note", title="La note")
    assert codes("newsletter", a_post(text="Titre", part={"link_card": card}), folder) == []
    assert codes("press", a_post(text="Titre", part={"link_card": card}), folder) == []
    assert codes("youtube", a_film().model_copy(update={"first_comment": "Source : la note"}), folder) == []


def test_a_picture_without_description_and_a_mail_without_subject_are_refused(folder):
    assert codes("press", a_post(text="Titre", media=(an_image(alt=""),)), folder) == ["alt_missing"]
    assert codes("newsletter", a_post(text=""), folder) == ["title_empty"]


def test_a_mail_that_gmail_would_cut_off_is_warned_about(folder):
    found = by_hand(folder, "newsletter").validate(a_post("text", "Titre\n\n" + "a" * 102_000))
    assert [(p.code, p.severity) for p in found] == [("html", "warning")]


def test_refusals_are_said_in_french_with_the_profile_as_a_word(folder):
    (problem,) = by_hand(folder, "press").validate(a_post(text="Titre", media=(an_image(alt=""),)))
    assert problem.sentence.text("fr").startswith("Presse") and problem.sentence.text("en").startswith("Press:")


@pytest.mark.parametrize(("profile", "needed"), [("newsletter", "sender"), ("press", "contact")])
def test_a_profile_asks_for_what_its_kits_must_say(folder, profile, needed):
    with pytest.raises(ValueError, match=needed):
        by_hand(folder, profile, **{needed: " "})
    with pytest.raises(ValueError, match="https"):
        by_hand(folder, profile, page="http://example.org")


# ------------------------------------------------------------------------------------------------ the pasted address

FILMS = [
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s", "https://youtu.be/dQw4w9WgXcQ?si=x",
    "https://m.youtube.com/shorts/dQw4w9WgXcQ", "https://studio.youtube.com/video/dQw4w9WgXcQ/edit",
]  # fmt: skip


@pytest.mark.parametrize("link", FILMS)
def test_every_address_of_a_film_is_the_same_film(folder, link):
    receipt = by_hand(folder).pasted(f" {link}\n")
    assert (receipt.id, receipt.url) == ("youtube:dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")


@pytest.mark.parametrize(
    "link", ["https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678/",
             "https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7123456789012345678?utm_source=share",
             "https://fr.linkedin.com/posts/hro_calais-activity-7123456789012345678-AbCd"]
)  # fmt: skip
def test_every_address_of_a_linkedin_post_is_the_same_post(folder, link):
    assert by_hand(folder, "linkedin").pasted(link).id == "linkedin:7123456789012345678"


WRONG = [
    ("youtube", "http://youtu.be/dQw4w9WgXcQ"), ("youtube", "youtu.be/dQw4w9WgXcQ"), ("youtube", ""),
    ("youtube", "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ"), ("youtube", "https://notyoutube.com/watch?v=a"),
    ("youtube", "https://youtube.com@evil.example/watch?v=a"), ("youtube", "https://www.youtube.com/"),
    ("youtube", "https://www.youtube.com/@hro"), ("youtube", "javascript:alert(1)//youtube.com"),
    ("youtube", "https://[youtube.com/watch?v=a"), ("youtube", "https://youtu.be/a b"),
    ("linkedin", "https://www.linkedin.com/company/hro/"), ("linkedin", "https://youtu.be/dQw4w9WgXcQ"),
    ("press", "https://example.org"), ("press", "https://localhost/communique"),
    ("newsletter", "https://e.org/" + "a" * 600),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "link"), WRONG)
def test_what_cannot_be_the_address_of_the_post_is_refused_with_a_sentence(folder, profile, link):
    with pytest.raises(Rejected) as refusal:
        by_hand(folder, profile).pasted(link)
    said = refusal.value.sentence
    assert re.search(r"paste|Copy link", said.text("en")) and said.text("fr") != said.text("en")


def test_any_https_page_may_hold_a_release(folder):
    assert (
        by_hand(folder, "press").pasted("https://example.org/presse/octobre").url
        == "https://example.org/presse/octobre"
    )


def test_what_a_person_put_up_a_person_takes_down(folder):
    adapter = by_hand(folder)
    with pytest.raises(Rejected, match="by hand"):
        adapter.remove(adapter.pasted(FILMS[0]))
    assert adapter.metrics(adapter.pasted(FILMS[0])) == []
