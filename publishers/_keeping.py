"""Where an adapter keeps what a network gave it for a while; without a better place, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from pydantic import BaseModel


class Keeper(Protocol):
    """Where an adapter keeps what a network gave it for a while, such as a session; encrypted, and for all processes.

    What is lost here can be had again by the channel's credentials; `saved` never holds such a thing.
    """

    def kept(self) -> dict[str, Any]:
        """What was kept last, as JSON's types; empty if nothing was."""
        ...

    def change(self, make: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """What is kept from now on: `make` of what was kept until now. One caller at a time, the others wait.

        Where `make` raises, nothing changes.
        """
        ...


class Memory(Keeper):
    """A keeper of this process; what it held is had anew by the next one."""

    def __init__(self) -> None:
        self._value: dict[str, Any] = {}
        self._lock = threading.Lock()

    def kept(self) -> dict[str, Any]:
        """What was kept last; empty if nothing was."""
        return self._value

    def change(self, make: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """What is kept from now on: `make` of what was kept until now."""
        with self._lock:
            self._value = make(self._value)
            return self._value


@lru_cache(maxsize=256)
def in_process(credentials: BaseModel) -> Memory:
    """The one keeper of this process for these credentials."""
    return Memory()
