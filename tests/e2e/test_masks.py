"""Masks drawn by hand on footage, by mouse, finger and keys: moved at another time, undone, confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.footage import original_path
from pipeline.models import Faces, Footage, Voice
from pipeline.protection import record, timelines
from pipeline.protection.tracks import Track
from tests.protection.settled import reviewed, searched
from tests.reels.films import film, grey

pytestmark = [pytest.mark.e2e]

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
DRAWN = (20.0, 30.0, 40.0, 60.0)  # left, top, right and bottom in percent of the picture
ASIDE = (25.0, 10.0)  # how far it is moved afterwards


@pytest.fixture
def footage(newsroom: Any) -> Footage:
    """Two seconds of a street on which the search found nobody."""
    row = Footage.objects.create(sha256="3f" * 32, size=1, kind="video", mime="video/mp4", added_by=newsroom.editor)
    path = original_path(row.sha256)
    path.parent.mkdir(parents=True)
    film(path.with_suffix(".mp4"), [(n / 10, grey(90 + n, (320, 180))) for n in range(21)]).rename(path)
    return searched(row, seconds=2.0)


class Hand:
    """Somebody who draws on the picture with a pointing device; places in percent of the picture."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def place(self, x: float, y: float) -> tuple[float, float]:
        self.page.locator("svg[data-boxes]").scroll_into_view_if_needed()
        whole = self.page.locator("svg[data-boxes]").bounding_box()
        return whole["x"] + whole["width"] * x / 100, whole["y"] + whole["height"] * y / 100

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        raise NotImplementedError

    def draw(self) -> None:
        self.drag(DRAWN[:2], DRAWN[2:])

    def move(self) -> None:
        middle = (DRAWN[0] + DRAWN[2]) / 2, (DRAWN[1] + DRAWN[3]) / 2
        self.drag(middle, (middle[0] + ASIDE[0], middle[1] + ASIDE[1]))

    def press(self, selector: str) -> None:
        """Presses a button and waits for the page that comes."""
        with self.page.expect_navigation():
            self.activate(selector)

    def activate(self, selector: str) -> None:
        self.page.click(selector)

    def choose(self, selector: str, value: str) -> None:
        self.page.select_option(selector, value)


class Mouse(Hand):
    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*end), steps=4)
        self.page.mouse.up()


class Finger(Hand):
    """Draws with touches as a browser has them from a screen, which says itself whether they scroll the page instead.

    Buttons are clicked: Chromium without a screen leaves out a tap now and then while the page still scrolls.
    """

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        wire = self.page.context.new_cdp_session(self.page)
        (x, y), (to_x, to_y) = self.place(*start), self.place(*end)
        self._touch(wire, "touchStart", x, y)
        for part in (0.25, 0.5, 0.75, 1.0):
            self._touch(wire, "touchMove", x + (to_x - x) * part, y + (to_y - y) * part)
        wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    @staticmethod
    def _touch(wire: Any, kind: str, x: float, y: float) -> None:
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})


class Keys(Hand):
    """No pointing device at all: Tab, arrows, Enter and typing."""

    def draw(self) -> None:
        self._arrows(DRAWN[0] - self._said("left"), DRAWN[1] - self._said("top"))
        wide, high = DRAWN[2] - DRAWN[0], DRAWN[3] - DRAWN[1]
        self._arrows(wide - self._said("width"), high - self._said("height"), "Shift+")

    def move(self) -> None:
        self._arrows(*ASIDE)

    def activate(self, selector: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("Enter")

    def choose(self, selector: str, value: str) -> None:
        self._reach(selector)
        words = self.page.locator(f"{selector} >> nth=0").locator(f"option[value={value}]").text_content()
        self.page.keyboard.type(words)

    def _arrows(self, across: float, down: float, held: str = "") -> None:
        self._reach("svg[data-boxes]")
        for many, keys in ((across, ("ArrowLeft", "ArrowRight")), (down, ("ArrowUp", "ArrowDown"))):
            for _step in range(round(abs(many))):
                self.page.keyboard.press(held + keys[many > 0])

    def _said(self, side: str) -> float:
        return float(self.page.input_value(f"form[data-box] [name={side}]"))

    def _reach(self, selector: str) -> None:
        """Tabs through the page until that is in focus, as somebody without a mouse has to."""
        for _tab in range(150):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("wanted => document.activeElement === document.querySelector(wanted)", selector):
                return
        raise AssertionError(f"no key leads to {selector}")


HANDS: list[tuple[str, dict[str, int], Callable[[Any], Hand]]] = [
    ("mouse", WIDE, Mouse), ("finger", PHONE, Finger), ("keys", WIDE, Keys),
]  # fmt: skip


def at(track: Track, seconds: float) -> tuple[float, float]:
    """Where its keyframe at that time stands: left and top in percent."""
    (box,) = [box for box in track.boxes if abs(box.time - seconds) < 1e-6]
    return round(100 * box.x, 1), round(100 * box.y, 1)


@pytest.mark.parametrize(("name", "size", "hand_of"), HANDS, ids=[one[0] for one in HANDS])
def test_a_mask_is_drawn_moved_at_another_time_undone_and_confirmed(visit, newsroom, footage, name, size, hand_of):
    somebody = visit(size)
    somebody.sign_in(newsroom.editor)
    somebody.see(f"/footage/{footage.code}/")
    hand = hand_of(somebody.page)

    hand.draw()
    somebody.page.fill("form[data-box] [name=end]", "2")
    somebody.shot(f"{name}-mask-drawn")
    hand.press("form[data-box] button")
    (track,) = timelines.masks_of(timelines.standing(footage)).tracks
    assert at(track, 0.0) == pytest.approx(DRAWN[:2], abs=1) and (track.start, track.end) == (0.0, 2.0)
    box = track.boxes[0]
    assert (100 * box.width, 100 * box.height) == pytest.approx((20, 30), abs=1)

    somebody.see(f"/footage/{footage.code}/?at=1&track={track.number}")
    hand.move()
    somebody.shot(f"{name}-mask-moved")
    hand.press("form[data-box] button")
    (moved,) = timelines.masks_of(timelines.standing(footage)).tracks
    assert at(moved, 0.0) == at(track, 0.0)  # where it was drawn it stays
    assert at(moved, 1.0) == pytest.approx((DRAWN[0] + ASIDE[0], DRAWN[1] + ASIDE[1]), abs=1.5)

    hand.press("form[action$='/undo/'] button")
    assert timelines.masks_of(timelines.standing(footage)).tracks == (track,)

    for gap in timelines.gap_report(timelines.standing(footage)):
        hand.choose(f"[name=gap-{gap.key}]", "covered")
    if somebody.page.locator("form[action$='/gaps/']").count():
        hand.press("form[action$='/gaps/'] button")
    hand.press("form[action$='/review/'] button")
    held = timelines.in_force(footage)
    assert held is not None and held.by == newsroom.editor and held.timeline.number == 4
    somebody.shot(f"{name}-mask-confirmed")
    assert somebody.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert not somebody.complaints


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_receipt_of_a_confirmed_film_is_read_on_its_page(visit, newsroom, footage, size):
    film_ = newsroom.picture(7)
    film_.footage.set([footage])
    record.confirm(reviewed(film_, by=newsroom.editor), by=newsroom.intern, faces=Faces.MASKED, voice=Voice.MUTED)
    somebody = visit(size)
    somebody.sign_in(newsroom.intern)
    somebody.see(f"/made/{film_.pk}/receipt/")
    somebody.shot(f"{size['width']}-receipt")
    assert somebody.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert re.fullmatch(r"[0-9a-f]{64}", somebody.page.text_content("code.hash >> nth=0"))
    somebody.see(f"/footage/{footage.code}/#made")
    somebody.shot(f"{size['width']}-footage-made")
    assert somebody.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert not somebody.complaints
