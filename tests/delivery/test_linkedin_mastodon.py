"""The whole road to LinkedIn's and Mastodon's sandbox: sealed, delivered by the real engine, its plug pulled around the
irreversible call (see test_meta.py, whose way of killing this is)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery, planning, review
from pipeline.delivery import checkpoints
from pipeline.models import Publication, PublicationState
from sandbox import _faults as faults
from sandbox import linkedin, mastodon
from tests.delivery.test_meta import POINTS, Killed, tick_until_settled

S = PublicationState
CALLS = {"page": "posts", "person": "posts", "mastodon": "statuses"}


@pytest.fixture(params=["page", "person", "mastodon"])
def who(request):
    return request.param


@pytest.fixture
def server(who):
    with (mastodon if who == "mastodon" else linkedin).serving() as running:
        yield running


@pytest.fixture
def publication(who, world, server):
    """One picture that is due on an account of the sandbox."""
    if who == "mastodon":
        platform, given = "mastodon", {"instance_url": server.url, "access_token": server.token}
    else:
        platform = "linkedin"
        given = {"author": server.organization.urn, "access_token": server.org_token}
        if who == "person":
            given = {"author": server.person.urn, "access_token": server.member_token}
        given |= {"api_url": server.url, "oauth_url": server.urls["www"]}
    channel = channels.add("live", platform, given, by=world.administrator)
    post = world.draft(channel=channel)
    if platform == "linkedin":
        post.variants.update(first_comment="Source : la note")
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    return planning.schedule(post, at, by=world.intern)[0]


def person_looks(publication, server, world):
    """What a person does who is asked: looks at the account and says what is there."""
    if tick_until_settled(publication) != S.NEEDS_HUMAN:
        return
    out = server.published()
    link = f"https://www.linkedin.com/feed/update/{out[0]['id']}" if out else None
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=False):
        assert delivery.decide(publication, by=world.coordinator, link=link)
    tick_until_settled(publication)


def the_one(server):
    (out,) = server.published()
    return out


@pytest.mark.parametrize("point", [None, *POINTS])
def test_the_post_is_out_once_wherever_the_plug_is_pulled(publication, server, world, who, point):
    def pulled(name):
        if name == point:
            checkpoints.arm(None)
            raise Killed(name)

    checkpoints.arm(pulled)
    try:
        with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False) as clock:
            for _tick in range(6):
                delivery.tick()
                clock.shift(timedelta(seconds=10))
        assert point is None or who == "mastodon"
    except Killed:
        pass
    finally:
        checkpoints.arm(None)
    person_looks(publication, server, world)
    publication.refresh_from_db()
    assert publication.state in (S.PUBLISHED, S.VERIFIED)
    out = the_one(server)
    assert out["text"].startswith("132 expulsions") and out["media"][0]["alt"] == "132 expulsions, en barres."
    assert server.secrets_in_urls() == []


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.ERROR])
def test_a_lost_answer_leaves_one_post(publication, server, world, who, fault, applied):
    server.fault(CALLS[who], fault, applied=applied)
    person_looks(publication, server, world)
    publication.refresh_from_db()
    assert publication.state in (S.PUBLISHED, S.VERIFIED)
    the_one(server)


def test_a_persons_doubt_is_asked_about_within_minutes_and_not_after_a_day(publication, server, who):
    if who != "person":
        pytest.skip("only a person's posts cannot be listed")
    server.fault("posts", faults.DROP)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False) as clock:
        for _tick in range(30):
            delivery.tick()
            clock.shift(timedelta(seconds=20))
    assert Publication.objects.get(pk=publication.pk).state == S.NEEDS_HUMAN
