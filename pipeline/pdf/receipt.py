"""A receipt of protection on paper: kept with the consents, or for whoever asks how people were protected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.pdf.setting import Pdf, setting, text
from pipeline.protection import receipt_lines
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import language
from publishers._sentences import Sentence, _


def receipt(said: Mapping[str, Any], sha256: str, *, lang: str, brand: Brand | None = None) -> Pdf:
    """The receipt whose JSON is `said`, sealed under `sha256`, A4, in French or English."""
    dress, speaks = brand or brands.load(), language(lang)
    title = _("Receipt of protection").text(lang)

    def put(value: Sentence | str) -> str:
        return text(value.text(lang) if isinstance(value, Sentence) else value, speaks, dress, "receipt")

    parts = [
        {"title": put(part.title), "lines": [[put(name), put(value)] for name, value in part.lines]}
        for part in receipt_lines.sections(said)
    ]
    told = {"title": title, "sealed": put(_("Sealed under the hash")), "sha256": sha256, "parts": parts}
    return setting("receipt", told, lang=lang, title=f"{title} {sha256[:16]}", brand=dress)
