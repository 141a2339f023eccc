"""Words for each network: templates/captions/<network>.txt.j2, filled in one language at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import TemplateError, TemplateNotFound

from pipeline.errors import Refused
from pipeline.rendering.templating import TEMPLATES_DIR, environment
from publishers._sentences import _

FOLDER = TEMPLATES_DIR / "captions"


def caption(
    network: str,
    say: Mapping[str, Mapping[str, str]],
    *,
    langs: Sequence[str],
    lang: str,
    figures: Sequence[tuple[str, str]] = (),
) -> str:
    """The text of one language of a variant for a network.

    `say` holds the sentences, by name and language; a template asks for `say.headline`. `langs` are the variant's
    languages in order: `first` and `last` tell a template where it stands, so that hashtags are put once. `figures` are
    rows of a table: what is counted, and how many.
    """
    spoken = {name: texts.get(lang, "") for name, texts in say.items()}
    place = {"first": lang == langs[0], "last": lang == langs[-1]}
    values = {"say": spoken, "lang": lang, "langs": list(langs), **place, "figures": list(figures)}
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
    paragraphs = [" ".join(p.split("\n")).strip() for p in text.split("\n\n")]
    return "\n\n".join(p for p in paragraphs if p)
