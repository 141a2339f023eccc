"""The page on which masks are looked at, changed and confirmed, by plain forms."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
from PIL import Image

from pipeline import drafts
from pipeline import footage as stage
from pipeline.models import FaceSearch
from pipeline.protection import searching, timelines
from pipeline.protection.tracks import Box, Track
from tests.protection.settled import searched
from tests.reels.films import heads


@pytest.fixture
def photo(studio, tmp_path):
    """A photo of one person, searched."""
    Image.fromarray(np.ascontiguousarray(heads())).save(tmp_path / "a.png")
    row = stage.add(tmp_path / "a.png", by=studio.editor)
    searching.ensure(row)
    return row


@pytest.fixture
def film(studio):
    """Footage with one mask that ends inside the picture."""
    row = studio.video().footage.get()
    boxes = (Box(0, 0.4, 0.4, 0.1, 0.1), Box(0.2, 0.5, 0.4, 0.1, 0.1))
    return searched(row, (Track(boxes, 0.0, 0.25, 1),), seconds=0.48)


def seen_by(client, row, query=""):
    return html.unescape(client.get(f"/footage/{row.code}/{query}").content.decode())


def press(client, row, verb, **given):
    given.setdefault("seen", timelines.standing(row).number)
    return html.unescape(client.post(f"/footage/{row.code}/{verb}/", given, follow=True).content.decode())


def test_while_it_is_searched_the_page_says_how_far_and_comes_again(studio, author):
    row = studio.video().footage.get()
    FaceSearch.objects.create(footage=row, state="searching", progress=0.4)
    answer = author.get(f"/footage/{row.code}/")
    assert answer["Refresh"] == "5" and 'value="0.4"' in answer.content.decode()


def test_a_search_that_failed_says_why_and_is_begun_again(studio, author):
    row = studio.video().footage.get()
    FaceSearch.objects.create(footage=row, state="failed", error={"msgid": "Broken file.", "values": {}})
    assert "could not be searched" in seen_by(author, row) and "Refresh" not in author.get(f"/footage/{row.code}/")
    author.post(f"/footage/{row.code}/search/")
    assert FaceSearch.objects.get(footage=row).state == "queued"


def test_every_mask_is_shown_with_its_face_and_every_frame_with_its_boxes(author, photo):
    shown = seen_by(author, photo)
    (name, *_rest) = re.findall(r"/look/([0-9a-f]{20})", shown)
    assert author.get(f"/footage/{photo.code}/look/{name}").headers["Content-Type"] == "image/jpeg"
    frame = author.get(f"/footage/{photo.code}/frame/0")
    assert frame.status_code == 200 and "no-store" in frame["Cache-Control"]
    assert shown.count("<ellipse") == 1 and "What is masked (1)" in shown


def test_a_mask_is_added_moved_and_taken_away_by_typing_numbers(author, photo):
    box = {"left": "10", "top": "12,5", "width": "8", "height": "9"}
    assert "Masked." in press(author, photo, "add", **box, at="0", start="0", end="0", kind="plate")
    track = timelines.masks_of(timelines.standing(photo)).track(2)
    assert (track.kind, track.boxes[0].y) == ("plate", 0.125)
    press(author, photo, "put", **{**box, "left": "20"}, at="0", track="2")
    assert timelines.masks_of(timelines.standing(photo)).track(2).boxes[0].x == 0.2
    assert "can be put back" in press(author, photo, "delete", track="2")
    assert "undone" in press(author, photo, "undo")
    assert len(timelines.standing(photo).tracks) == 2


AT_START = {"top": "1", "width": "9", "height": "9", "at": "0", "start": "0", "end": "0"}
WRONG = [
    ("add", {**AT_START, "left": "a"}, "not a number"),
    ("add", {**AT_START, "left": "nan", "kind": "face"}, "not a number"),
    ("add", {**AT_START, "left": "1", "kind": "wall"}, "a face, a plate"),
    ("delete", {"track": "9"}, "no track 9"),
    ("delete", {"track": "1", "seen": "7"}, "since you opened"),
    ("show", {"track": "1", "consent": ""}, "does not cover"),
    ("gaps", {"gap-0000000000000000": "hidden"}, "not there any more"),
    ("undo", {}, "nothing to undo"),
]


def test_what_cannot_be_done_is_said_and_changes_nothing(author, photo):
    before = timelines.standing(photo)
    for verb, given, why in WRONG:
        shown = press(author, photo, verb, **given)
        assert why in shown and "Not done." in shown, (verb, why)
        assert timelines.standing(photo) == before


def test_gaps_are_decided_and_only_then_the_masks_confirmed(studio, author, film):
    shown = seen_by(author, film)
    assert "Places to look at: 1 of 1 left" in shown and "Confirm with my name" not in shown
    assert "1 places were not looked at" in press(author, film, "review")
    (key,) = re.findall(r'name="gap-([0-9a-f]{16})"', shown)
    shown = press(author, film, "gaps", **{f"gap-{key}": "hidden"})
    assert "0 of 1 left" in shown and "Confirm with my name" in shown
    shown = press(author, film, "review")
    assert "Camille Roux looked at version 1" in shown
    assert timelines.in_force(film).by == studio.intern
    shown = press(author, film, "last", track="1", start="0", end="0.3")
    assert "looked at version" not in shown and timelines.in_force(film) is None


def test_faces_are_shown_only_to_those_who_protect_them(studio, enter, film):
    shut_out = enter(studio.administrator)
    for path in ("", "frame/0", f"look/{'0' * 20}"):
        assert shut_out.get(f"/footage/{film.code}/{path}").status_code == 403
    assert shut_out.get("/footage/").status_code == 403
    assert shut_out.post(f"/footage/{film.code}/undo/", {"seen": 1}).status_code == 403


def test_nothing_that_is_not_there_is_found(author, film):
    photo = film
    for path in (
        "ffffffffff/",
        f"{photo.code[:4]}/",
        f"{photo.code}/look/{'0' * 20}",
        f"{photo.code}/look/..%2f..%2fkeys",
    ):
        assert author.get(f"/footage/{path}").status_code == 404
    assert author.post(f"/footage/{film.code}/explode/").status_code == 404


def test_the_list_says_what_has_to_be_looked_at(author, film):
    shown = html.unescape(author.get("/footage/").content.decode())
    assert film.code in shown and "masks to be reviewed" in shown


def test_voices_are_settled_on_the_page_and_it_says_what_a_disguise_is_not(author, film):
    assert "not anonymous" in seen_by(author, film)
    assert "heard that way" in press(author, film, "voices", voices="disguised")
    film.refresh_from_db()
    assert film.voices == "disguised"
    assert re.search(r'value="disguised"[^>]* checked', seen_by(author, film))
    assert "keep, mute or disguise" in press(author, film, "voices", voices="loud")
    film.refresh_from_db()
    assert film.voices == "disguised"


def test_a_photo_has_no_voices_to_settle(author, photo):
    assert 'name="voices"' not in seen_by(author, photo)


def test_what_the_film_lets_hear_is_chosen_already_where_it_is_confirmed(studio, author):
    video = studio.video()
    type(video).objects.filter(pk=video.pk).update(measured={"voices": {video.footage.get().sha256: "disguised"}})
    piece = drafts.Piece(studio.channel, {"fr": "Un film."}, [(video, "Un film")])
    post = drafts.create("Octobre", [piece], by=studio.intern)
    shown = html.unescape(author.get(f"/post/{post.pk}/").content.decode())
    assert re.search(r'<option value="disguised" selected>disguised \(not anonymous\)', shown)
    assert "muted and captioned instead" in shown
