"""The calendar under a hand: a tile dragged to another day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.web.studio import Studio

pytestmark = [pytest.mark.e2e]
DESK = {"width": 1280, "height": 900}


def test_a_tile_dragged_to_another_day_moves_the_post_and_keeps_its_hour(visit, newsroom: Studio) -> None:
    later = timezone.localtime().replace(day=1) + timedelta(days=40)
    tenth = later.replace(day=10, hour=9, minute=30, second=0, microsecond=0)
    rows = newsroom.place(newsroom.in_review("Glissé"), tenth)
    desk = visit(DESK)
    desk.sign_in(newsroom.intern)
    desk.see(f"/calendar/{tenth:%Y}/{tenth.month}/")
    desk.shot("calendar-before")
    tile = desk.page.locator(f'li[data-day="{tenth:%Y-%m-%d}"] li[draggable="true"]')
    tile.drag_to(desk.page.locator(f'li[data-day="{tenth:%Y-%m}-12"]'))
    desk.page.wait_for_selector(".messages .success")
    desk.shot("calendar-after")
    for row in rows:
        row.refresh_from_db()
        assert timezone.localtime(row.due_at) == tenth.replace(day=12)
    assert "Glissé" in desk.page.inner_text(f'li[data-day="{tenth:%Y-%m}-12"]')
    assert not desk.complaints
