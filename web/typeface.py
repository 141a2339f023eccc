"""Inter for the pages, cut from its pip package to the characters that pages write: 43 KB instead of 877."""

from __future__ import annotations

import hashlib
import io
import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.rendering import brand
from web.marks import SHAPES

RANGES = ((0x20, 0x180), (0x2000, 0x2070))  # Latin with accents; dashes, quotes, no-break spaces
SIGNS = f"€←→{SHAPES}"
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum"]
WEIGHTS = (400, 700)


@lru_cache
def name() -> str:
    """The file name, which changes with the package and with what is cut."""
    recipe = repr((version("fontpkg-inter"), version("fonttools"), RANGES, SIGNS, FEATURES, WEIGHTS))
    return f"inter-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.woff"


def data(folder: Path) -> bytes:
    """The WOFF file, cut once (about five seconds) and kept in the folder."""
    kept = folder / name()
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        incoming = kept.with_suffix(f".incoming-{os.getpid()}")
        incoming.write_bytes(_cut())
        incoming.replace(kept)
    return kept.read_bytes()


def _cut() -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(brand.load().fonts["Inter"].path())
    options = Options()
    options.layout_features = FEATURES
    cutter = Subsetter(options)
    cutter.populate(unicodes=[code for span in RANGES for code in range(*span)], text=SIGNS)
    cutter.subset(font)
    # opsz stands at its default: pages are read small. WOFF and not WOFF2, which would need another package.
    cut = instantiateVariableFont(font, {"opsz": None, "wght": WEIGHTS})
    cut.flavor = "woff"
    out = io.BytesIO()
    cut.save(out)
    return out.getvalue()
