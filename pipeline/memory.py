"""What glibc keeps of memory that was freed: bounded, and given back on demand. Elsewhere this does nothing."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of malloc.h


def pools(most: int, *, mapped_from: int) -> None:
    """Lets threads share `most` pools, and maps blocks from so many bytes on one by one: freed, they are gone at once.

    Left alone, glibc gives each thread a pool and raises the size of what it maps to that of the largest block that it
    saw: what one request frees is then kept for the next one in each of the pools. To be called before threads begin.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, most)
        libc.mallopt(_M_MMAP_THRESHOLD, mapped_from)


def give_back() -> None:
    """Gives what was freed back to the system, of which glibc keeps much."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
