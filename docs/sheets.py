"""Sets the coordinator's sheet as PDF, one page in each language: part of `make gallery`.

The words stand in templates/pdf/coordinator.toml, the look in templates/pdf/sheet.typ and the brand.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "templates" / "pdf" / "coordinator.toml"
PLACES = {"fr": ROOT / "docs" / "fr" / "coordination.pdf", "en": ROOT / "docs" / "coordinator.pdf"}


def sheet(lang: str) -> Any:
    """The sheet in that language."""
    from pipeline.pdf.setting import setting, text
    from pipeline.rendering import brand as brands
    from pipeline.rendering.languages import language

    dress, speaks = brands.load(), language(lang)

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return text(value, speaks, dress, "sheet")
        return {key: put(one) for key, one in value.items()} if isinstance(value, dict) else [put(one) for one in value]

    told = put(tomllib.loads(WORDS.read_text(encoding="utf-8"))[lang])
    return setting("sheet", told, lang=lang, title=told["title"], brand=dress)


def main() -> None:
    """Writes both."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    for lang, place in PLACES.items():
        place.write_bytes(sheet(lang).data)


if __name__ == "__main__":
    main()
