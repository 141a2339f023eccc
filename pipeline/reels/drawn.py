"""What the words of reels are drawn from, as one hash: templates, brand, fonts and the engine."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib.metadata import distributions

from pipeline.cards.templates import CARDS_DIR
from pipeline.rendering import brand as brands
from pipeline.rendering.templating import TEMPLATES_DIR

_DRAWS = ("pytakumi", "fontpkg-", "justmytype-")  # the engine and the packages that bring fonts, by their beginnings


def fingerprint() -> str:
    """64 hex digits that change with a template of reels, with what all templates share, and with the brand."""
    found = sha256(_packages().encode())
    shared = (path for path in CARDS_DIR.iterdir() if path.is_file())
    files = ((TEMPLATES_DIR / "reels").rglob("*"), shared, brands.chosen().rglob("*"))
    for path in sorted(path for some in files for path in some if path.is_file()):
        found.update(path.name.encode() + sha256(path.read_bytes()).digest())
    return found.hexdigest()


@lru_cache
def _packages() -> str:
    names = ((one.metadata["Name"], one.version) for one in distributions())
    return " ".join(sorted(f"{name}-{version}" for name, version in names if name.startswith(_DRAWS)))
