"""Words for each network: templates/captions/<network>.txt.j2, filled in one language at a time.

What goes beside them (`Beside`): hashtags and mentions of saved sets, a link where the network lets readers follow one,
and how a text that is too long is shortened at its sentences.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import TemplateError, TemplateNotFound

from pipeline.errors import Refused
from pipeline.models import SignSet
from pipeline.rendering.templating import TEMPLATES_DIR, environment
from publishers._limits import limits
from publishers._sentences import _

FOLDER = TEMPLATES_DIR / "captions"


@dataclass(frozen=True)
class Beside:
    """What goes beside the words: signs of these sets, an https address, a content warning."""

    sets: Sequence[SignSet] = ()
    link: str = ""
    warning: str = ""

    def hashtags(self, network: str) -> list[str]:
        """The hashtags for a network, each once, no more than it takes."""
        return self._some("hashtags", network)

    def people(self, network: str) -> list[str]:
        """The mentions for a network, each once, no more than it takes."""
        return self._some("mentions", network)

    def _some(self, sort: str, network: str) -> list[str]:
        known = limits(network).get(sort)
        meant = [one for one in self.sets if not one.networks or network in one.networks]
        found = list(dict.fromkeys(sign for one in meant for sign in getattr(one, sort)))
        return found[: int(known.number)] if known else found


NOTHING = Beside()


@lru_cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


def caption(
    network: str,
    say: Mapping[str, Mapping[str, str]],
    *,
    langs: Sequence[str],
    lang: str,
    figures: Sequence[tuple[str, str]] = (),
    beside: Beside = NOTHING,
) -> str:
    """The text of one language of a variant for a network.

    `say` holds the sentences, by name and language; a template asks for `say.headline`. `langs` are the variant's
    languages in order: `first` and `last` tell a template where it stands, so that hashtags are put once. `figures` are
    rows of a table: what is counted, and how many. `tags`, `people` and `link` are what goes beside; `words` is said in
    the language.
    """
    spoken = {name: texts.get(lang, "") for name, texts in say.items()}
    place = {"first": lang == langs[0], "last": lang == langs[-1]}
    values = {"say": spoken, "lang": lang, "langs": list(langs), **place, "figures": list(figures)}
    values |= _signs(network, beside) | {"words": {name: said.get(lang, "") for name, said in _words().items()}}
    try:
        text = environment(FOLDER, autoescape=False).get_template(f"{network}.txt.j2").render(values)
    except TemplateNotFound:
        raise Refused(
            _("There is no caption template for {network}: add templates/captions.", network=network)
        ) from None
    except TemplateError as error:
        line = getattr(error, "lineno", None) or "?"
        raise Refused(
            _(
                "The caption template of {network} is wrong (line {line}): {why}",
                network=network,
                line=line,
                why=str(error),
            )
        ) from error
    return _paragraphs(text)


def _signs(network: str, beside: Beside) -> dict[str, str]:
    tags = " ".join(f"#{tag}" for tag in beside.hashtags(network))
    return {"tags": tags, "people": " ".join(beside.people(network)), "link": beside.link}


def _paragraphs(text: str) -> str:
    paragraphs = [" ".join(p.split("\n")).strip() for p in text.split("\n\n")]
    return "\n\n".join(p for p in paragraphs if p)


def with_beside(network: str, texts: Mapping[str, str], beside: Beside) -> dict[str, str]:
    """A person's own words with what goes beside them, after the last language; nothing is said twice.

    On a network whose captions carry no link, the words say in their language that it is in the profile.
    """
    found, last = dict(texts), list(texts)[-1] if texts else ""
    signs = _signs(network, beside)
    if beside.link and limits(network).links == "profile":
        found = {lang: _added(text, _words()["link_in_profile"].get(lang, "")) for lang, text in found.items()}
    elif beside.link and last and limits(network).links == "text":
        found[last] = _added(found[last], beside.link)
    if last:
        said = found[last]
        for sort in ("people", "tags"):
            said = _added(said, " ".join(sign for sign in signs[sort].split() if sign not in said.split()))
        found[last] = said
    return found


def warned(network: str, kind: str, texts: Mapping[str, str], warning: str) -> tuple[dict[str, str], str]:
    """The texts, and the content warning that goes out as one; where the network has none, it opens the text."""
    if not warning or limits(network).has("content_warning", kind):
        return dict(texts), warning
    opened = {lang: f"{_words()['warning'].get(lang, '{warning}').format(warning=warning)}\n\n{text}"
              for lang, text in list(texts.items())[:1]}  # fmt: skip
    return {**texts, **opened}, ""


def _added(text: str, more: str) -> str:
    return f"{text.rstrip()}\n\n{more}" if more and more not in text else text


def shortened(texts: Mapping[str, str], fits: Callable[[Mapping[str, str]], bool]) -> dict[str, str]:
    """The texts as long as the network takes them together, cut at the end of a sentence; links and tags stay.

    Where no sentence ends early enough they come back whole: the post's page then says what is too long.
    """
    from pipeline.repairs import words as shortening  # it works on drafts, whose captions are made here

    try:
        cuts = shortening.cut(texts, fits)
    except Refused:
        return dict(texts)
    return {lang: cuts[lang].kept if lang in cuts else text for lang, text in texts.items()}
