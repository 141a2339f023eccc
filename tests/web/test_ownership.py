"""What a role alone does not give: the same button, pressed on one's own thing and on another's."""

from __future__ import annotations

from django.test import Client

from pipeline import sessions
from pipeline.models import Approval, CalendarFeed, SignIn
from pipeline.planning import feeds
from tests.web.studio import press

PEOPLE = ("intern", "editor", "coordinator", "second", "administrator")


def test_a_post_is_approved_by_a_coordinator_who_did_not_write_it_and_by_nobody_else(studio, enter):
    clients = {who: enter(getattr(studio, who)) for who in PEOPLE}
    for author in ("intern", "coordinator", "second"):
        for who, client in clients.items():
            post = studio.in_review(f"{author} {who}", by=getattr(studio, author), read=("fr", "en", "ar"))
            press(client, post, "approve", revision=post.revisions.latest().number)
            may = who in {"coordinator", "second"} and who != author
            assert Approval.objects.filter(revision__post=post).exists() is may, (author, who)


def test_nobody_ends_anothers_session_or_takes_anothers_calendar_address_away(studio, enter):
    victim, thief = Client(), enter(studio.intern)
    victim.force_login(studio.coordinator)
    victim.get("/")
    handles = [one.handle for one in sessions.of(studio.coordinator, "")]
    feeds.make(studio.coordinator)
    for given in (*({"end": handle} for handle in handles), {"end_others": "1"}):
        thief.post("/access/", given)
    thief.post("/calendar/feed/", {"do": "withdraw"})
    assert SignIn.objects.filter(user=studio.coordinator).count() == len(handles) == 1
    assert victim.get("/").status_code == 200 and CalendarFeed.objects.filter(user=studio.coordinator).exists()
    victim.post("/access/", {"end": handles[0]})
    assert not SignIn.objects.filter(user=studio.coordinator).exists(), "else the button was never tried"
