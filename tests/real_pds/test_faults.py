"""Lost and spoilt answers between us and the official server: the post is there once, and the store knows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery
from pipeline.models import Attempt, Publication, PublicationState
from publishers import _atproto, _http
from tests.real_pds.proxy import FAULTS, before

S = PublicationState
OUT = {S.PUBLISHED, S.VERIFIED}


@pytest.fixture
def newsroom(world, pds, account, monkeypatch):
    """A due post for the account, and the proxy that it goes through."""
    monkeypatch.setattr(_http, "WHOLE", 2.0)
    monkeypatch.setattr(_atproto, "TIMEOUT", 2.0)
    with before(pds.url) as proxy:
        given = {
            "pds_url": proxy.url, "appview_url": pds.url, "handle": account.handle,
            "app_password": account.app_password,
        }  # fmt: skip
        world.channel = channels.add("live", "bluesky", given, by=world.administrator)
        world.scheduled()
        yield proxy


def run(proxy, rounds=6):
    """Ticks, a minute and a half apart; what was kept back reaches the server between the first two."""
    with time_machine.travel(timezone.now() + timedelta(minutes=5.1), tick=False) as clock:
        for _round in range(rounds):
            delivery.tick()
            proxy.let_through()
            clock.shift(timedelta(seconds=90))
    return Publication.objects.get()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoilt_write_leaves_one_post_and_a_receipt(newsroom, pds, account, fault):
    newsroom.fault = fault
    publication = run(newsroom)
    (post,) = pds.posts(account.did)
    assert publication.state in OUT, publication.error
    assert publication.receipt.remote_id == post["uri"]
    assert newsroom.writes <= 2, "one write, and one more only where the first did nothing or repeating is harmless"


def test_an_ordinary_write_is_one_request_and_is_read_back(newsroom, pds, account):
    publication = run(newsroom, rounds=3)
    assert publication.state == S.VERIFIED
    assert newsroom.writes == 1 and Attempt.objects.count() == 1 and len(pds.posts(account.did)) == 1


def test_a_post_deleted_on_the_network_is_noticed_and_not_sent_again(newsroom, pds, account):
    run(newsroom, rounds=1)
    publication = Publication.objects.get()
    assert publication.state == S.PUBLISHED
    channels.adapter(publication.channel).remove(_receipt(publication))
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False) as clock:
        for _round in range(4):
            delivery.tick()
            clock.shift(timedelta(hours=2))
    publication.refresh_from_db()
    assert publication.state == S.PUBLISHED and "no longer shows" in publication.error["msgid"]
    assert pds.posts(account.did) == []


def _receipt(publication):
    from publishers._base import Receipt

    return Receipt(id=publication.receipt.remote_id, url=publication.receipt.url)


@pytest.mark.parametrize("fault", ["dropped after", "500 after"])
def test_a_new_key_for_each_try_would_double_so_these_tests_can_tell(newsroom, pds, account, monkeypatch, fault):
    """The broken variant: a lost answer is taken for a failure, and the post is prepared anew."""
    from pipeline.delivery import rows

    def forget(publication, why):
        publication.saved = {}
        Publication.objects.filter(pk=publication.pk).update(saved={})
        return rows.again(publication, why, None)

    monkeypatch.setattr(rows, "unknown", forget)
    newsroom.fault = fault
    run(newsroom, rounds=2)
    assert len(pds.posts(account.did)) == 2
