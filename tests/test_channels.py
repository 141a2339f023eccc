"""Channels: who changes them, and that a closed queue opens again with new credentials."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from pipeline import channels, delivery, vault
from pipeline.errors import Refused
from pipeline.models import Channel
from publishers._sentences import Sentence


def test_new_credentials_open_a_closed_queue_again(world, tmp_path):
    channels.mark_unauthorised(world.channel, Sentence("The password was revoked."))
    changed = channels.change(world.channel, {"folder": str(tmp_path / "elsewhere")}, by=world.administrator)
    assert changed.authorised
    assert vault.decrypt(changed.credentials) == {"stands_for": "bluesky", "folder": str(tmp_path / "elsewhere")}


def test_settings_that_do_not_work_are_not_stored(world, tmp_path):
    before = world.channel.credentials
    (tmp_path / "a-file").touch()
    with pytest.raises(Refused):
        channels.change(world.channel, {"folder": str(tmp_path / "a-file" / "outbox")}, by=world.administrator)
    assert Channel.objects.get().credentials == before


def test_a_channel_stays_with_its_network(world):
    with pytest.raises(Refused, match="network"):
        channels.change(world.channel, {"stands_for": "facebook"}, by=world.administrator)


@pytest.mark.parametrize("who", ["intern", "editor", "coordinator"])
def test_those_who_write_and_approve_posts_do_not_change_channels(world, who):
    with pytest.raises(Refused, match="administrator"):
        channels.change(world.channel, {}, by=getattr(world, who))
    with pytest.raises(Refused, match="administrator"):
        channels.add("x", "outbox", {}, by=getattr(world, who))


def test_credentials_stand_encrypted_in_the_store(world):
    assert "stands_for" not in Channel.objects.get().credentials


def test_credentials_that_were_changed_meanwhile_are_not_written_over(world, tmp_path):
    stale = Channel.objects.get()
    channels.change(world.channel, {"folder": str(tmp_path / "newer")}, by=world.administrator)
    with pytest.raises(Refused, match="meanwhile"):
        channels.change(stale, {"folder": str(tmp_path / "older")}, by=world.administrator)
    assert vault.decrypt(Channel.objects.get().credentials)["folder"] == str(tmp_path / "newer")


def test_what_a_check_has_seen_is_kept_for_the_page(world):
    seen = channels.check(world.channel)
    kept = Channel.objects.get()
    assert kept.checked_at is not None
    assert [(one["name"], one["ok"]) for one in kept.checks] == [(one.name, one.ok) for one in seen]


def test_a_channel_put_aside_sends_nothing_and_comes_back(world):
    row = world.scheduled(minutes=1)
    assert channels.disable(world.channel, by=world.administrator)
    assert not channels.disable(world.channel, by=world.administrator)
    with time_machine.travel(row.due_at + timedelta(seconds=1)):
        delivery.tick()
        assert world.sent() == []
        assert channels.enable(world.channel, by=world.administrator)
        delivery.tick()
    row.refresh_from_db()
    assert row.state in ("published", "verified") and len(world.sent()) == 1


@pytest.mark.parametrize("name", ["la page", "été", "../x", ""])
def test_a_name_that_cannot_stand_in_an_address_is_refused(name, world, tmp_path):
    with pytest.raises(Refused, match="name"):
        channels.add(name, "outbox", {"stands_for": "bluesky", "folder": str(tmp_path)}, by=world.administrator)


def test_a_channel_for_which_nothing_was_made_disappears_and_another_loses_its_secrets(world):
    spare = world.add_channel("facebook", "spare")
    for who in (world.intern, world.editor, world.coordinator):
        with pytest.raises(Refused, match="administrator"):
            channels.remove(spare, by=who)
    assert channels.remove(spare, by=world.administrator) and not Channel.objects.filter(name="spare").exists()
    publication = world.scheduled()
    before = world.channel.credentials
    assert not channels.remove(world.channel, by=world.administrator)
    row = Channel.objects.get(pk=world.channel.pk)
    assert vault.decrypt(row.credentials) == {} and before not in row.credentials
    assert not row.active and not row.authorised and not row.kept
    delivery.tick()
    publication.refresh_from_db()
    assert publication.state != "published" and world.sent() == []


def test_a_channel_that_lost_its_secrets_takes_new_ones(world, tmp_path):
    world.scheduled()
    channels.remove(world.channel, by=world.administrator)
    row = Channel.objects.get(pk=world.channel.pk)
    with pytest.raises(Refused, match="missing"):
        channels.adapter(row)
    given = {"stands_for": "bluesky", "folder": str(tmp_path / "new")}
    channels.enable(channels.change(row, given, by=world.administrator), by=world.administrator)
    assert Channel.objects.get(pk=row.pk).authorised and Channel.objects.get(pk=row.pk).active
