"""Which versions of which tools make files here: what a receipt says beside the file."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import version

_PACKAGES = ("av", "opencv-python-headless", "pillow", "pillow-heif", "moviepy", "numpy")


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The versions by the tools' names; read once."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
