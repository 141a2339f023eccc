"""A transport for httpx whose requests end: each wait is bounded, and so is the whole, however slowly it drips.

httpx bounds every single wait, so a server that sends a byte now and then would hold a request for ever. Here the time
left for the whole request bounds each wait. Imported where a request is made, as httpx costs start-up time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import httpcore
import httpx


@lru_cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them costs some 20 ms of CPU."""
    return httpx.create_ssl_context()


class Bounded(httpx.HTTPTransport):
    """A transport for one request at a time, which is over after `seconds`, connecting included."""

    def __init__(self, seconds: float, **options: Any) -> None:
        super().__init__(**{"verify": _trusted(), **options})
        # httpx offers no way to give its pool a network backend (0.28); httpcore's own constructor takes one.
        self._limit = _Limit(seconds)
        self._pool._network_backend = _Backend(self._limit)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; httpx.TimeoutException once the time is over, also while its body is read."""
        self._limit.start()
        return super().handle_request(request)


class _Limit:
    """The time left, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = 0.0

    def start(self) -> None:
        self._end = time.monotonic() + self._seconds

    def within(self, timeout: float | None, over: type[Exception]) -> float:
        """The shorter of a wait's own limit and what is left of the whole; raises `over` where nothing is left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise over("the whole request took too long")
        return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, limit: _Limit) -> None:
        self._limit = limit
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wait = self._limit.within(timeout, httpcore.ConnectTimeout)
        return _Stream(self._plain.connect_tcp(host, port, wait, local_address, socket_options), self._limit)


class _Stream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream, limit: _Limit) -> None:
        self._plain = plain
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, self._limit.within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, self._limit.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = self._limit.within(timeout, httpcore.ConnectTimeout)
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, wait), self._limit)

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)
