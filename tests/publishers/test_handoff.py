"""The hand-off: a kit whole or not at all, once, with the exact bytes; what is refused; which addresses are taken."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from publishers import handoff
from publishers._base import (
    Absent,
    LinkCard,
    Media,
    Pending,
    Prepared,
    Rejected,
    Submission,
    Subtitles,
    TryLater,
    Unclear,
)
from tests.publishers.kits import FR, OWN, by_hand, told
from tests.publishers.samples import Folder, a_post, a_video, an_image, png


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "files").mkdir()
    return Folder(tmp_path / "files")


def film(folder: Folder, **more: Any) -> Media:
    subtitles = tuple(
        Subtitles(
            lang=lang, format="srt", file=folder.add(f"1\n{lang}".encode(), f"{lang}.srt", "application/x-subrip")
        )
        for lang in ("fr", "ar")
    )
    cover = folder.add(png(16, 9), "cover.png")
    file = folder.add(b"film", "0123456789abcdef.mp4", "video/mp4")
    return a_video(file=file, cover=cover, subtitles=subtitles, duration_ms=95_000, **more)


def ready(adapter: handoff.Handoff, post: Submission) -> Prepared:
    step = adapter.prepare(post, {})
    assert isinstance(step, Prepared) and adapter.prepare(post, step.saved) == step
    return step


def made(adapter: handoff.Handoff, post: Submission) -> Path:
    """The folder of the kit, once it is there."""
    assert isinstance(adapter.commit(ready(adapter, post)), Pending)
    [kit] = seen(adapter)
    return kit


def seen(adapter: handoff.Handoff) -> list[Path]:
    """The kits that somebody sees who looks into the folder."""
    return sorted(path for path in adapter.files.kits().glob("*/*") if not path.name.startswith("."))


def texts(kit: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in kit.iterdir() if path.suffix in (".txt", ".csv", ".html")}


# ------------------------------------------------------------------------------------------------ what a kit holds


def test_a_youtube_kit_holds_title_and_description_of_each_language_tags_film_thumbnail_and_subtitles(folder):
    kit = made(by_hand(folder), told("video", (film(folder),)))
    found = texts(kit)
    assert found["01-title.fr.txt"] == "132 expulsions à Calais"
    assert found["02-description.fr.txt"] == FR.split("\n\n", 1)[1]
    assert found["03-title.ar.txt"] == "رُصدت ١٣٢ عملية إخلاء" and found["04-description.ar.txt"].startswith("التفاصيل")
    assert found["05-tags.txt"] == "observatoire,Calais"
    assert (kit / "media-1-video.mp4").read_bytes() == b"film"
    assert (kit / "media-2-thumbnail.png").read_bytes() == png(16, 9)
    assert (kit / "media-3-subtitles.fr.srt").read_bytes() == b"1\nfr"
    assert (kit / "media-4-subtitles.ar.srt").read_bytes() == b"1\nar"


def test_a_linkedin_kit_holds_the_text_as_it_was_approved_each_picture_and_its_description(folder):
    media = (an_image(file=folder.add(png(8, 10)), alt="Un graphique."), an_image(file=folder.add(png(9, 10))))
    post = a_post("carousel", media=media, first_comment="Source : la note", channel="main")
    found = texts(made(by_hand(folder, "linkedin", page="https://www.linkedin.com/company/hro"), post))
    assert found["01-text.fr.txt"] == post.text and found["02-first-comment.txt"] == "Source : la note"
    assert found["media-1-image.alt.fr.txt"] == "Un graphique." and "media-2-image.alt.fr.txt" in found
    assert "Ouvrez https://www.linkedin.com/company/hro." in found["LISEZMOI.txt"]
    assert "Open https://www.linkedin.com/company/hro." in found["README.txt"]


class Reader(HTMLParser):
    """What a mail program makes of a mail: its texts, pictures, links, and the direction of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said, self.pictures, self.links, self.dirs, self.silent = [], [], [], set(), 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.silent += tag in ("style", "title")
        if tag == "img":
            self.pictures.append((given["src"], given["alt"]))
        if tag == "a":
            self.links.append(given["href"])
        if "dir" in given and tag in ("html", "p", "h1", "table"):
            self.dirs.add(given["dir"])

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "title")

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.said.append(data.strip())


def test_a_newsletter_is_html_and_plain_text_in_each_language_with_its_pictures_link_and_figures(folder):
    picture = an_image(file=folder.add(png()), alt='Un "graphique" & <plus>')
    card = LinkCard(url="https://example.org/note?a=1&b=2", title="Lire la note")
    post = told("image", (picture,))
    post = post.model_copy(update={"parts": (post.parts[0].model_copy(update={"link_card": card}), *post.parts[1:])})
    found = texts(made(by_hand(folder, "newsletter"), post))
    french = Reader(found["03-mail.fr.html"])
    assert french.pictures == [("media-1-image.png", 'Un "graphique" & <plus>')]
    assert french.links == ["https://example.org/n", "https://example.org/note?a=1&b=2"]
    assert "Détail & suite <ici>." in french.said and french.dirs == {"ltr"}
    at = french.said.index("Expulsions")
    assert french.said[at : at + 4] == ["Expulsions", "132", "Sites", "12"]
    assert Reader(found["06-mail.ar.html"]).dirs == {"rtl"}
    assert "| " not in found["04-mail.fr.txt"] and "Expulsions\u202f: 132\nSites\u202f: 12" in found["04-mail.fr.txt"]
    assert found["02-subject.fr.txt"] == "132 expulsions à Calais" and found["01-sender.txt"] == OWN["sender"]
    assert "<" not in found["04-mail.fr.txt"].replace("<ici>", "").replace("<note@example.org>", "")


def test_a_monthly_note_goes_with_the_mail(folder):
    note = Media(kind="document", file=folder.add(b"%PDF", "note.pdf", "application/pdf"), width=1, height=1, lang="fr",
                 title="Note d’octobre")  # fmt: skip
    kit = made(by_hand(folder, "newsletter"), told("document", (note,)))
    assert (kit / "media-1-document.pdf").read_bytes() == b"%PDF"
    assert "Joignez le document." in texts(kit)["LISEZMOI.txt"]


@pytest.mark.parametrize(
    ("first", "line"),
    [("", "Pour diffusion immédiate"), ("Sous embargo jusqu’au 3, 6 h.\n\n", "Sous embargo jusqu’au 3, 6 h.")],
)
def test_a_press_release_has_its_embargo_line_first_figures_as_a_table_and_the_contact_last(folder, first, line):
    text = FR.replace("\n\n", "\n\n" + first, 1)
    post = a_post("text", text=text, channel="main")
    found = texts(made(by_hand(folder, "press"), post))
    release = found["02-release.fr.txt"]
    assert (
        release.startswith(f"{line}\n\n132 expulsions à Calais\n\nDétail & suite <ici>.") and release.count(line) == 1
    )
    assert release.endswith("Contact\nPresse HRO\n+33 1 00 00 00 00\n")
    assert found["04-figures.fr.csv"] == '"Expulsions";"132"\r\n"Sites";"12"\r\n'
    html = Reader(found["03-release.fr.html"]).said
    assert html[:2] == [line, "132 expulsions à Calais"] and html[-2:] == ["Presse HRO", "+33 1 00 00 00 00"]


def test_no_cell_of_a_table_is_a_formula_and_no_letter_of_a_text_is_markup(folder):
    post = a_post("text", text='Titre <script>x</script>\n\n| =1+1 | "a" |\n\n<b>gras</b> {{ 7*7 }}', channel="main")
    found = texts(made(by_hand(folder, "press"), post))
    assert found["04-figures.fr.csv"] == '"\'=1+1";"""a"""\r\n'
    assert "<script" not in found["03-release.fr.html"] and "<b>gras" not in found["03-release.fr.html"]
    assert "{{ 7*7 }}" in found["03-release.fr.html"]


def test_a_kit_names_no_place_no_person_and_no_name_that_a_file_had(folder):
    kit = made(by_hand(folder), told("video", (film(folder),)))
    held = b"\n".join(path.read_bytes() for path in kit.iterdir())
    for leak in (str(folder.root), str(Path.home()), "0123456789abcdef.mp4", "cover.png"):
        assert leak.encode() not in held and not any(leak in path.name for path in kit.iterdir())


def test_the_list_of_a_kit_names_every_file_with_its_hash(folder):
    kit = made(by_hand(folder), told("video", (film(folder),)))
    listed = json.loads((kit / "kit.json").read_text())
    named = {one["file"] for one in (*listed["texts"], *listed["items"])}
    assert named | {"kit.json", "LISEZMOI.txt", "README.txt"} | {path.name for path in kit.glob("*.alt.*")} == {
        path.name for path in kit.iterdir()
    }
    for item in listed["items"]:
        assert hashlib.sha256((kit / item["file"]).read_bytes()).hexdigest() == item["sha256"]


# ------------------------------------------------------------------------------------------- once, whole or not at all


def test_writing_the_same_kit_again_is_the_same_kit(folder):
    adapter = by_hand(folder)
    step = ready(adapter, told("video", (film(folder),)))
    adapter.commit(step)
    (kit,) = seen(adapter)
    before = {path.name: path.stat().st_mtime_ns for path in kit.iterdir()}
    assert isinstance(adapter.commit(step), Pending)
    assert seen(adapter) == [kit] and {p.name: p.stat().st_mtime_ns for p in kit.iterdir()} == before


def test_it_stays_pending_until_a_person_speaks_and_find_tells_whether_the_kit_is_there(folder):
    adapter, post = by_hand(folder), told("video", (film(folder),))
    step = ready(adapter, post)
    assert adapter.find(post, {}) == Absent() == adapter.find(post, step.saved)
    pending = adapter.commit(step)
    assert isinstance(pending, Pending) and isinstance(adapter.check(pending), Pending)
    assert isinstance(adapter.find(post, step.saved), Pending)


def test_a_kit_that_was_thrown_away_is_written_anew(folder):
    adapter = by_hand(folder)
    pending = adapter.commit(ready(adapter, told("video", (film(folder),))))
    (kit,) = seen(adapter)
    kit.rename(kit.with_name(".away"))
    adapter.check(pending)
    assert seen(adapter) == [kit]


def test_a_missing_disk_is_not_taken_for_a_missing_kit(folder):
    adapter, post = by_hand(folder), told("video", (film(folder),))
    step = ready(adapter, post)
    adapter.files.kits().rmdir()
    assert isinstance(adapter.find(post, step.saved), Unclear)


def killed(adapter: handoff.Handoff, step: Prepared, at: str) -> None:
    """A child process that is killed inside `at` while it writes the kit."""
    child = os.fork()
    if child == 0:
        real = getattr(Path, at)

        def die(path: Path, *args: object) -> object:
            if path.parent.name == "main":
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *args)

        setattr(Path, at, die)
        adapter.commit(step)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("at", ["chmod", "rename"])
def test_a_process_killed_before_the_kit_appears_leaves_nothing_to_see_and_the_next_one_writes_it(folder, at):
    adapter, post = by_hand(folder), told("video", (film(folder),))
    step = ready(adapter, post)
    killed(adapter, step, at)
    assert seen(adapter) == [] and adapter.find(post, step.saved) == Absent()
    adapter.commit(step)
    assert len(seen(adapter)) == 1


def test_changed_bytes_do_not_leave(folder):
    adapter, post = by_hand(folder), told("video", (film(folder),))
    folder.path(post.media[0].file).write_bytes(b"other")
    with pytest.raises(Rejected):
        adapter.commit(ready(adapter, post))
    assert seen(adapter) == []


def test_a_full_or_closed_disk_is_tried_later(folder):
    adapter = by_hand(folder)
    adapter.files.kits().write_text("in the way")
    with pytest.raises(TryLater):
        adapter.prepare(told("video", (film(folder),)), {})
    assert [check.ok for check in adapter.doctor()] == [False]


@pytest.mark.parametrize("channel", ["..", ".", "a/../../b"])
def test_no_channel_name_leads_out_of_the_folder(folder, channel):
    kit = made(by_hand(folder, "linkedin"), a_post("text", channel=channel))
    assert kit.resolve().is_relative_to(folder.kits().resolve()) and kit.parent.parent == folder.kits()
