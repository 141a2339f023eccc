"""What processes keep of memory."""

from __future__ import annotations

import gc
import os
import platform
import weakref
from pathlib import Path

import pytest

from pipeline.memory import give_back
from pipeline.rendering.limited import run_limited

OFFERED = Path("/sys/kernel/mm/transparent_hugepage/enabled")


class Page:
    """Knows itself, as a post does by its versions."""

    def __init__(self) -> None:
        self.itself = self


def in_large_pages() -> bool:
    """Whether this process asked for large pages for some of what it holds."""
    held = [bytes(100_000) for _ in range(100)]
    flags = [line for line in Path("/proc/self/smaps").read_text().splitlines() if line.startswith("VmFlags:")]
    return bool(held) and any("hg" in line.split() for line in flags)


def test_what_only_knows_itself_is_gone_once_memory_is_given_back() -> None:
    gc.collect()
    gc.disable()
    try:
        page = weakref.ref(Page())
        assert page() is not None
        give_back()
        assert page() is None
    finally:
        gc.enable()


def test_a_limited_process_has_large_pages_where_they_are_offered() -> None:
    library, version = platform.libc_ver()
    offered = OFFERED.is_file() and "[madvise]" in OFFERED.read_text()
    if not offered or library != "glibc" or tuple(map(int, version.split("."))) < (2, 35):
        pytest.skip("This machine offers no large pages to who asks: nothing was looked at.")
    assert run_limited(in_large_pages, seconds=60)


def test_who_set_glibc_otherwise_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=7")
    assert run_limited(os.getenv, "GLIBC_TUNABLES", seconds=60) == "glibc.malloc.tcache_count=7"
    assert not (OFFERED.is_file() and "[madvise]" in OFFERED.read_text() and run_limited(in_large_pages, seconds=60))
