"""Words for each network: templates/captions/<network>.txt.j2, filled in one language at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import Refused
from pipeline.rendering import templating
from publishers._sentences import _

FOLDER = Path(__file__).parents[1] / "templates" / "captions"


def caption(network: str, values: Mapping[str, Any], *, lang: str, position: int = 0) -> str:
    """The text of one language of a variant; `position` is its place among the variant's languages (0 first)."""
    path = FOLDER / f"{network}.txt.j2"
    if not path.exists():
        raise Refused(_("There are no caption templates for {network}: add {file}.", network=network, file=path.name))
    text = templating.render_text(path, {**values, "lang": lang, "position": position})
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
