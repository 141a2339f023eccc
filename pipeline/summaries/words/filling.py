"""An editor's wording filled with figures.

`{expulsions.floor}` is a place. `[, dont {pleines.some}]` is left out where a place in it says nothing. In
`{palettes+chaises+matelas}` those that are some are listed: "120 palettes, 4 chaises et 5 matelas"; with `.floor` or
`.Floor` the whole list is said as a floor where one of them is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pipeline.errors import Refused
from pipeline.rendering.formats import listed
from pipeline.rendering.languages import language
from pipeline.summaries.definitions import Saying
from pipeline.summaries.words.cardinals import capital
from pipeline.summaries.words.elision import joined
from publishers._sentences import _

PLACE = re.compile(r"\{([A-Za-z_][\w.+]*)\}")
OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


def fill(template: str, words: Mapping[str, str | None], lang: str = "") -> str | None:
    """The template with its {places} filled, in French elided; None when one of them is not known.

    Raises Refused for a strange name.
    """
    _refuse_strange(template, words)
    parts, at = [], 0
    for optional in OPTIONAL.finditer(template):
        parts += [_filled(template[at : optional.start()], words, lang), _filled(optional[1], words, lang) or ""]
        at = optional.end()
    parts.append(_filled(template[at:], words, lang))
    return None if None in parts else "".join(filter(None, parts)).strip()


def _refuse_strange(template: str, words: Mapping[str, str | None]) -> None:
    names = [name for place in PLACE.findall(template) for name in names_in(place)]
    if strange := [name for name in names if name not in words]:
        raise Refused(
            _(
                "{{{name}}} is no word of this summary; there are {names}.",
                name=strange[0],
                names=", ".join(sorted(words)),
            )
        )


def names_in(place: str) -> list[str]:
    """The figures of a place: itself, or those of a list."""
    if "+" not in place:
        return [place]
    return [f"{one}.some" for one in re.sub(r"\.[Ff]loor$", "", place).split("+")]


def _filled(template: str, words: Mapping[str, str | None], lang: str) -> str | None:
    """The template filled, or None where a place says nothing."""
    text, at = "", 0
    for place in PLACE.finditer(template):
        said = _said(place[1], words, lang)
        if said is None:
            return None
        before = text + template[at : place.start()]
        text = joined(before, said) if lang == "fr" else before + said
        at = place.end()
    return text + template[at:]


def _said(place: str, words: Mapping[str, str | None], lang: str) -> str | None:
    if "+" not in place:
        return words[place]
    items = [said for name in names_in(place) if (said := words[name]) is not None]
    if not items:
        return None
    spoken = language(lang or "fr")
    text = listed(items, spoken)
    floors = [words.get(f"{name.removesuffix('.some')}.floor") for name in names_in(place)]
    if place.lower().endswith(".floor") and any(f and f not in items for f in floors):
        text = spoken.words["at_least"].replace("{n}", text)
    return capital(text) if place.endswith(".Floor") else text


def say(sayings: Iterable[Saying], lang: str, words: Mapping[str, str | None], holds: set[str]) -> str | None:
    """The first wording whose conditions hold, whose figures are known and that is not too long; else None."""
    for saying in sayings:
        if all(condition in holds for condition in saying.when):
            said = fill(saying.words[lang], words, lang)
            if said is not None and (saying.max is None or len(said) <= saying.max):
                return said
    return None
