"""What the engine draws otherwise than a browser, or not at all, found in a template before anything is drawn.

Each rule is a trap met in pytakumi 0.1.5 (2026-11): it says nothing and draws something else.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import Refused
from pipeline.rendering.reading import named
from publishers._sentences import Sentence, _

_COMMENT = re.compile(r"/\*.*?\*/|\{#.*?#\}|<!--.*?-->", re.DOTALL)
_ADDRESS = r"(?:https?:|file:|data:|//|/)"

_CSS: tuple[tuple[re.Pattern[str], Sentence], ...] = (
    (
        re.compile(r"[:\s(](?:clamp|min|max)\("),
        _("clamp(), min() and max() are ignored with all of their line: use a number or calc()."),
    ),
    (
        re.compile(r"line-clamp|text-overflow"),
        _("a text is never cut: take this away and give the slot lines and sizes in card.toml."),
    ),
    (
        re.compile(r"hyphens\s*:\s*auto"),
        _("nothing hyphenates by itself: take this away and give the slot a smaller size in card.toml."),
    ),
    (
        re.compile(r"\bimg\b[^{}]*\{[^}]*display\s*:\s*inline"),
        _("an inline picture loses its filter: leave it display: block."),
    ),
    (
        re.compile(rf"@import|@font-face|url\(\s*[\"']?{_ADDRESS}"),
        _("a card loads nothing from elsewhere: state photos and charts in card.toml and fonts in the brand."),
    ),
)

_HTML: tuple[tuple[re.Pattern[str], Sentence], ...] = (
    (
        re.compile(r"<\s*(?:style|link|script|body|html|head)\b", re.IGNORECASE),
        _("styles stand in card.css alone, and a card has no scripts: take this away."),
    ),
    (
        re.compile(r"<\s*(?:text|tspan|foreignObject)\b", re.IGNORECASE),
        _("words in SVG lose their weight and direction: write them in HTML over it."),
    ),
    (
        re.compile(r"<\s*img\b(?!(?=[^>]*\bwidth\s*[=:])[^>]*\bheight\s*[=:])", re.IGNORECASE),
        _("a picture states its width and height: the page is measured before pictures are read."),
    ),
    (
        re.compile(r"&shy;|&#173;|&#x0*ad;|\u00ad", re.IGNORECASE),
        _("a soft hyphen breaks a word without a hyphen: take it away."),
    ),
    (
        re.compile(rf"(?:src|href)\s*=\s*[\"']?{_ADDRESS}|url\(\s*[\"']?{_ADDRESS}", re.IGNORECASE),
        _("a card loads nothing from elsewhere: state photos and charts in card.toml and fonts in the brand."),
    ),
)


def check(folder: Path) -> None:
    """Nothing; Refused for the first trap in a template's style sheets and HTML, naming file and line."""
    for path in sorted(folder.glob("*.css")):
        _check(path, _CSS)
    for path in sorted(folder.glob("*.j2")):
        _check(path, _HTML)


def _check(path: Path, rules: tuple[tuple[re.Pattern[str], Sentence], ...]) -> None:
    text = _COMMENT.sub(lambda gone: "\n" * gone[0].count("\n"), path.read_text("utf-8"))
    for pattern, why in rules:
        if found := pattern.search(text):
            file, line = named(path), text.count("\n", 0, found.start()) + 1
            raise Refused(_("{file}, line {line}: {why}", file=file, line=line, why=why))
