"""Tokens that end: read, renewed in time, never lost; warned of at 14, 7 and 2 days; over real HTTP to the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery, notices, renewing, vault
from pipeline.models import Channel, Grant, Notice, Publication
from publishers._sentences import Sentence

START = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(START) as clock:
        yield clock


@pytest.fixture
def partner(member):
    member.server.app.refreshes = True
    return member


def token(channel: Channel) -> str:
    return vault.decrypt(Channel.objects.get(pk=channel.pk).credentials)["access_token"]


def exchanges(server) -> int:
    """How often the network renewed something, by its own log."""
    return sum(
        "fb_exchange_token" in one.form or one.form.get("grant_type") == "refresh_token" for one in server.requests
    )


# -------------------------------------------------------------------------------------------------------- the end


def test_the_end_of_a_page_is_when_metas_leave_to_read_its_data_ends(meta):
    page = meta.connected("facebook")[0]
    page.refresh_from_db()
    assert page.expires_at == START + timedelta(days=90), "its token has no end; the leave has"


def test_a_token_typed_in_is_asked_about_too_once_an_hour(meta, world, morning):
    lasts = meta.server.issue(page=meta.server.page, lasts=timedelta(days=30))
    given = {"page_id": meta.server.page.id, "access_token": lasts.value, "graph_url": meta.server.url}
    channels.add("page", "facebook", given, by=world.administrator)
    renewing.look()
    row = Channel.objects.get(name="page")
    assert row.expires_at == START + timedelta(days=30) and row.looked_at - START < timedelta(minutes=1)
    asked = len(meta.server.calls("debug_token"))
    renewing.look()
    morning.shift(timedelta(minutes=50))
    renewing.look()
    assert len(meta.server.calls("debug_token")) == asked
    morning.shift(timedelta(minutes=11))
    renewing.look()
    assert len(meta.server.calls("debug_token")) > asked


def test_a_network_that_does_not_answer_leaves_the_end_that_was_known(meta, morning):
    (page,) = meta.connected("facebook")
    morning.shift(timedelta(hours=2))
    meta.server.fault("debug_token", "html", times=2)
    renewing.look()
    page.refresh_from_db()
    assert page.expires_at == START + timedelta(days=90) and page.authorised


@pytest.mark.parametrize("way", ["meta", "member"])
def test_a_token_that_the_network_gave_up_closes_the_channel_before_a_post_meets_it(way, request, morning, world):
    way = request.getfixturevalue(way)
    channel = way.connected()[0]
    way.server.revoke(token(channel))
    morning.shift(timedelta(hours=2))
    renewing.look()
    channel.refresh_from_db()
    assert not channel.authorised and channel.unauthorised_why


def test_a_channel_without_a_consent_page_is_not_asked_about(world):
    assert renewing.look() == 0
    assert Channel.objects.get().looked_at is None


# -------------------------------------------------------------------------------------------------------- new tokens


def test_nothing_is_renewed_long_before_its_end(meta, morning):
    meta.connected()
    morning.shift(timedelta(days=38))
    assert renewing.look() == 0


def test_metas_token_is_renewed_three_weeks_before_its_end_and_the_pages_with_it(meta, morning, world):
    page, account = meta.connected()
    before = Grant.objects.get()
    morning.shift(timedelta(days=39, minutes=1))
    assert renewing.look() == 1
    after = Grant.objects.get()
    assert after.ends_at > before.ends_at and after.tokens != before.tokens and after.lease_until is None
    assert token(page) == token(account) and token(page) in meta.server.tokens
    assert renewing.look() == 0
    assert meta.server.secrets_in_urls() == []


def test_a_partners_token_of_linkedin_is_renewed_until_the_renewing_one_ends(partner, morning):
    page, person = partner.connected()
    old = token(page)
    morning.shift(timedelta(days=40))
    assert renewing.look() == 1
    assert token(page) == token(person) != old
    page.refresh_from_db()
    assert page.expires_at == START + timedelta(days=100)
    assert all(one.ok for one in channels.check(page))


def test_an_ordinary_app_of_linkedin_cannot_renew_and_keeps_what_it_has(member, morning):
    page = member.connected()[0]
    old = token(page)
    morning.shift(timedelta(days=45))
    assert renewing.look() == 0
    assert token(page) == old and exchanges(member.server) == 0


FAULTS = [("html", {}), ("drop", {}), ("half", {}), ("refuse", {}), ("limit", {})]


@pytest.mark.parametrize(("kind", "more"), FAULTS)
@pytest.mark.parametrize("call", ["oauth_token", "permissions", "accounts", "debug_token"])
def test_the_old_token_is_never_lost_when_the_new_one_fails(kind, more, call, meta, morning):
    page = meta.connected("facebook")[0]
    old, tokens = token(page), Grant.objects.get().tokens
    morning.shift(timedelta(days=40))
    meta.server.fault(call, kind, times=2, **more)
    assert renewing.look() == 0
    grant = Grant.objects.get()
    assert token(page) == old and grant.tokens == tokens and grant.lease_until is None
    assert grant.why and str(Sentence.from_json(grant.why))
    page.refresh_from_db()
    assert page.authorised and all(one.ok for one in channels.check(page) if one.name == "login")
    meta.server.faults.clear()
    assert renewing.look() == 0, "it is tried again in an hour, not at once"
    morning.shift(timedelta(hours=1, minutes=1))
    assert renewing.look() == 1
    assert Grant.objects.get().why is None


def test_a_page_that_the_renewed_consent_no_longer_opens_keeps_its_token(meta, morning):
    page = meta.connected("facebook")[0]
    old = token(page)
    morning.shift(timedelta(days=40))
    meta.server.page.tasks = ("ANALYZE",)
    assert renewing.look() == 0
    assert token(page) == old and "no longer opens" in str(Sentence.from_json(Grant.objects.get().why))


def test_a_renewal_does_not_open_a_channel_that_was_closed(partner, morning):
    page = partner.connected()[0]
    channels.mark_unauthorised(page, Sentence("LinkedIn has restricted this account."))
    morning.shift(timedelta(days=40))
    assert renewing.look() == 1
    page.refresh_from_db()
    assert not page.authorised


def test_a_token_given_by_hand_meanwhile_is_not_written_over(partner, morning, monkeypatch):
    page = partner.connected("Observatoire (sandbox)")[0]
    morning.shift(timedelta(days=40))
    tried = renewing._tried

    def meanwhile(*words):
        channels.change(Channel.objects.get(pk=page.pk), {"access_token": partner.server.org_token}, by=partner.by)
        return tried(*words)

    monkeypatch.setattr(renewing, "_tried", meanwhile)
    assert renewing.look() == 0
    assert token(page) == partner.server.org_token
    assert Grant.objects.count() == 0 or "meanwhile" in str(Sentence.from_json(Grant.objects.get().why))


def test_who_reads_a_grant_late_renews_nothing(partner, morning):
    partner.connected()
    morning.shift(timedelta(days=40))
    first, second = Grant.objects.get(), Grant.objects.get()
    now = timezone.now()
    assert renewing.renew(first, now)
    assert not renewing.renew(second, now)
    assert exchanges(partner.server) == 1


def test_who_dies_while_renewing_is_followed_by_another_after_the_lease(partner, morning):
    partner.connected()
    morning.shift(timedelta(days=40))
    assert renewing.take(Grant.objects.get(), timezone.now())
    assert renewing.look() == 0
    morning.shift(timedelta(hours=1, minutes=1))
    assert renewing.look() == 1


def test_a_late_worker_whose_lease_is_over_stores_nothing(partner, morning, monkeypatch):
    page = partner.connected()[0]
    morning.shift(timedelta(days=40))
    slow, tried = Grant.objects.get(), renewing._tried

    def overtaken(*words):
        monkeypatch.setattr(renewing, "_tried", tried)
        morning.shift(timedelta(hours=2))
        assert renewing.look() == 1
        return tried(*words)

    monkeypatch.setattr(renewing, "_tried", overtaken)
    assert not renewing.renew(slow, timezone.now())
    grant = Grant.objects.get()
    stored = vault.decrypt(grant.tokens)["access_token"]
    assert token(page) == stored and grant.fence == 2


# -------------------------------------------------------------------------------- warnings, and a new authorisation


def test_the_warnings_of_14_7_and_2_days_come_from_what_the_network_says(member, morning, world):
    world.administrator.email = "admin@example.org"
    world.administrator.save()
    page = member.connected("Observatoire (sandbox)")[0]
    told = []
    for day in range(62):
        renewing.look()
        notices.watch()
        told.append((60 - day, Notice.objects.filter(kind="expiring").count()))
        morning.shift(timedelta(days=1))
    grown = [left for (left, count), (_before, last) in zip(told[1:], told, strict=False) if count > last]
    assert grown == [14, 7, 2]
    assert set(Notice.objects.filter(kind="expiring").values_list("subject", flat=True)) == {f"channel:{page.name}"}
    assert page.name in delivery.status().dying or not Channel.objects.get(pk=page.pk).authorised


def test_a_new_authorisation_opens_the_queue_and_nothing_floods_out(member, morning, world):
    page = member.connected("Observatoire (sandbox)")[0]
    channels.mark_unauthorised(page, Sentence("LinkedIn no longer takes the token."))
    rows = [world.scheduled(minutes=10 * number, channel=page) for number in range(1, 4)]
    morning.shift(timedelta(hours=2))
    delivery.tick()
    states = [Publication.objects.get(pk=row.pk).state for row in rows]
    assert states == ["scheduled", "missed", "missed"], "the late policy, while it is closed"
    member.connected("Observatoire (sandbox)")
    page.refresh_from_db()
    assert page.authorised and page.unauthorised_why is None
    for _turn in range(4):
        delivery.tick()
        morning.shift(timedelta(seconds=30))
    assert len(member.server.published()) == 1
    assert [Publication.objects.get(pk=row.pk).state for row in rows][1:] == ["missed", "missed"]


def test_the_old_consent_is_forgotten_when_no_channel_stands_on_it(member):
    member.connected()
    member.connected()
    renewing.look()
    assert Grant.objects.count() == 1
