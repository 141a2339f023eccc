"""Channels: who changes them, and that a closed queue opens again with new credentials."""

from __future__ import annotations

import pytest

from pipeline import channels, vault
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


@pytest.mark.parametrize("who", ["intern", "editor"])
def test_those_who_write_posts_do_not_change_channels(world, who):
    with pytest.raises(Refused, match="coordinator"):
        channels.change(world.channel, {}, by=getattr(world, who))
    with pytest.raises(Refused, match="coordinator"):
        channels.add("x", "outbox", {}, by=getattr(world, who))


def test_credentials_stand_encrypted_in_the_store(world):
    assert "stands_for" not in Channel.objects.get().credentials
