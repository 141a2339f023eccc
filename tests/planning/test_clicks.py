"""A week by hand, through the pages, by two people: every click is counted."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from pipeline.models import Approval, Publication, User, VariantText
from tests.planning.newsroom import bring_in
from tests.second import fresh_code
from tests.web.clicks import Person
from tests.web.studio import PASSWORD, Studio


@pytest.fixture
def studio(db, home, tmp_path, cheap_cards) -> Studio:
    """Four accounts, October's records, and people who read English pages; today is a Monday in November."""
    made = Studio(tmp_path)
    for network in ("facebook", "linkedin"):
        made.add_channel(network)
    User.objects.update(language="en")
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Paris")), tick=False):
        bring_in(tmp_path)
        made.tick()
        yield made


def signed_in(user: User) -> Person:
    """The person after the sign-in: one click, and one more for who has a second factor."""
    person = Person()
    person.open("/sign-in/")
    person.type(username=user.username, password=PASSWORD)
    person.click("Sign in")
    if user.second_factor_at:
        person.type(code=fresh_code(user))
        person.click("Sign in")
    return person


def test_a_week_of_seven_posts_on_four_channels_in_two_languages_takes_29_clicks(studio):
    """Thirty are allowed. Counted from both people's sign-in until every publication is scheduled."""
    intern = signed_in(studio.intern)
    intern.click("From a recipe")
    intern.click("A week of figures")
    assert "Tents seized – October 2026" in intern.says  # the titles, before anything is made
    intern.click("Draft and plan them")
    assert "7 posts are drafted." in intern.says
    for _post in range(7):
        intern.click("Read: submit for approval")

    coordinator = signed_in(studio.coordinator)
    coordinator.click("Read what waits for approval (7)")
    coordinator.click("Evictions – October 2026")
    with pytest.raises(AssertionError, match="cannot be clicked"):
        coordinator.click("Approve this post")  # folded away: no click is saved by overlooking that
    for _post in range(7):
        coordinator.click("Approve…")
        coordinator.click("Approve this post")

    assert intern.clicks + coordinator.clicks == 29 <= 30
    rows = list(Publication.objects.select_related("channel"))
    assert len(rows) == 28 and {row.state for row in rows} == {"scheduled"}
    assert len({row.channel.network for row in rows}) == 4
    walls = {row.wall_time.strftime("%m-%d %H:%M") for row in rows}
    assert walls == {"11-30 09:00", *(f"12-{day:02} 09:00" for day in range(1, 7))}
    assert {(t.lang, t.read_by) for t in VariantText.objects.all()} == {("fr", studio.intern), ("en", studio.intern)}
    approvals = Approval.objects.select_related("revision")
    assert {(one.user, one.seal == one.revision.seal) for one in approvals} == {(studio.coordinator, True)}
    assert len({one.revision.post_id for one in approvals}) == 7
