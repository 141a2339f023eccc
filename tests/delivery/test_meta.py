"""The whole road to Meta's sandbox: sealed, delivered by the real engine, its plug pulled around the irreversible call.

SIGKILL itself is the fault suites' matter; here a tick ends by an exception that nothing catches, at a checkpoint, and
the store is left as it was then.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from pipeline import channels, delivery, planning, review
from pipeline.delivery import checkpoints, engine
from pipeline.models import AuditEntry, Channel, Publication, PublicationState
from sandbox import _faults as faults
from sandbox.graph import serving
from tests.publishers.meta import showing

S = PublicationState


class Killed(BaseException):
    """The plug."""


@pytest.fixture
def graph():
    with serving() as server:
        yield server


@pytest.fixture(params=["instagram", "facebook"])
def publication(request, world, graph, home):
    """One post that is due on an account of the sandbox."""
    given = {
        "page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url,
        "rupload_url": graph.urls["rupload"],
    }  # fmt: skip
    with showing(home / "public") as url:
        if request.param == "instagram":
            given |= {"ig_user_id": graph.account.id, "media_url": url}
        channel = channels.add("live", request.param, given, by=world.administrator)
        post = world.draft(channel=channel)
        post.variants.update(first_comment="Source : la note")
        review.approve(review.submit(post, by=world.intern), by=world.coordinator)
        at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
        yield planning.schedule(post, at, by=world.intern)[0]


def tick_until_settled(publication, hours=30):
    """The publication's state after ticks at all the times at which something is due."""
    moment = timezone.now() + timedelta(minutes=6)
    for _tick in range(80):
        with time_machine.travel(moment, tick=False):
            delivery.tick()
        publication.refresh_from_db()
        if publication.state in (S.VERIFIED, S.FAILED, S.NEEDS_HUMAN, S.MISSED):
            break
        paused = Channel.objects.get(pk=publication.channel_id).paused_until
        following = max(filter(None, (publication.next_try_at, paused, moment + timedelta(seconds=10))))
        moment = following + timedelta(seconds=1)
    return publication.state


POINTS = [
    "after preparing", "after storing a step", "after committing", "before the request", "after the request",
    "before noting as accepted", "after noting as accepted", "before the receipt", "after the receipt",
]  # fmt: skip


@pytest.mark.parametrize("point", [None, *POINTS])
def test_the_post_is_out_once_with_its_comment_wherever_the_plug_is_pulled(publication, graph, point):
    def pulled(name):
        if name == point:
            checkpoints.arm(None)
            raise Killed(name)

    checkpoints.arm(pulled)
    try:
        with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
            for _tick in range(3):
                delivery.tick()
        assert point is None
    except Killed:
        pass
    finally:
        checkpoints.arm(None)
    assert tick_until_settled(publication) == S.VERIFIED
    (out,) = graph.published()
    assert out["text"].startswith("132 expulsions") and out["media"][0]["alt"] == "132 expulsions, en barres."
    assert [comment["text"] for comment in out["comments"]] == ["Source : la note"]
    assert graph.secrets_in_urls() == []


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.ERROR])
def test_a_lost_answer_is_looked_up_and_leaves_one_post_and_one_comment(publication, graph, fault, applied):
    call = "media_publish" if publication.channel.platform == "instagram" else "post"
    graph.fault(call, fault, applied=applied)
    assert tick_until_settled(publication) == S.VERIFIED
    (out,) = graph.published()
    assert len(out["comments"]) == 1


def test_an_expired_token_closes_the_queue_and_a_new_one_goes_on_with_what_was_made(publication, graph, world):
    graph.fault("media" if publication.channel.platform == "instagram" else "feed", faults.EXPIRE)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == S.SCHEDULED and not Channel.objects.get(pk=publication.channel_id).authorised
    fresh = graph.issue(page=graph.page).value
    channels.change(publication.channel, {"access_token": fresh}, by=world.administrator)
    assert tick_until_settled(publication) == S.VERIFIED
    assert len(graph.published()) == 1


def test_a_naive_worker_doubles(publication, graph, monkeypatch):
    """The broken variant: a lost answer is simply sent again, from the start."""
    call = "media_publish" if publication.channel.platform == "instagram" else "post"
    graph.fault(call, faults.DROP, applied=True)

    def again(row, _refusal):
        Publication.objects.filter(pk=row.pk).update(state=S.SCHEDULED, saved={}, lease_until=None)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_refused", again)
        with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
            for _tick in range(3):
                delivery.tick()
    assert len(graph.published()) == 2


def test_no_token_is_in_the_store_or_on_a_page(publication, graph):
    graph.fault("*", faults.DROP, nth=4)
    tick_until_settled(publication)
    dump = json.dumps(list(AuditEntry.objects.values()), default=str)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(cursor.fetchall())
    assert all(secret not in dump for secret in graph.secrets())
