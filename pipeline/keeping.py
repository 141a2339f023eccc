"""What a network gave a channel for a while, such as a session: encrypted in its row, changed by one caller at a time.

The lock is a file's, so that a killed process holds none. It is the machine's: workers of two machines may both renew
a session at once, which costs one renewal, since a server takes the older right to renew for two hours more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline import vault
from pipeline.models import Channel
from pipeline.places import locked


class ChannelKeeper:
    """A channel's `Keeper`."""

    def __init__(self, channel: Channel) -> None:
        self._channel, self._credentials = channel.pk, channel.credentials

    def kept(self) -> dict[str, Any]:
        """What was kept last; empty if nothing was."""
        text = Channel.objects.filter(pk=self._channel).values_list("kept", flat=True).first()
        return vault.decrypt(text) if text else {}

    def change(self, make: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """What is kept from now on: `make` of what was kept until now. The others of this machine wait."""
        with self._alone():
            before = self.kept()
            after = make(before)
            if after != before:
                # What came of credentials that were dropped or replaced meanwhile is not stored.
                same = Channel.objects.filter(pk=self._channel, credentials=self._credentials)
                same.update(kept=vault.encrypt(after))
        return after

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = Path(settings.PORTEVOIX_HOME) / "locks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"channel-{self._channel}"
        path.touch(mode=0o600)
        with locked(path):
            yield
