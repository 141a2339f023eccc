"""What Python and glibc keep of memory that was freed: bounded, and given back on demand. Elsewhere than with glibc
only Python gives back."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -2, -3, -8  # of malloc.h


def pools(most: int, *, mapped_from: int) -> None:
    """Lets threads share `most` pools, and maps blocks from so many bytes on one by one: freed, they are gone at once.

    Left alone, glibc gives each thread a pool and raises the size of what it maps to that of the largest block that it
    saw: what one request frees is then kept for the next one in each of the pools. To be called before threads begin.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, most)
        libc.mallopt(_M_MMAP_THRESHOLD, mapped_from)


def keep(freed: int, *, grow: int) -> None:
    """Keeps up to so many freed bytes for what comes next, and takes memory in steps of `grow` bytes.

    Left alone, glibc gives back what is freed from 128 KB on and asks for it again for the next picture.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_TRIM_THRESHOLD, freed)
        libc.mallopt(_M_TOP_PAD, grow)


def large_pages() -> None:
    """Lets processes that are started from now on have their memory in pages of 2 MB, where the system offers those.

    A page is cleared and mapped when it is first touched, at a fixed cost each. glibc (2.35 and later) reads this when
    a process begins; Linux heeds it where /sys/kernel/mm/transparent_hugepage/enabled says `madvise` or `always`.
    """
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")


def give_back() -> None:
    """Ends what refers to itself and is reached by nothing, then gives what was freed back to the system.

    Pages leave such circles (a post and its versions know each other); Python looks for them once there are enough. By
    then they lie between what is used, and no piece of memory around them can be given back.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
