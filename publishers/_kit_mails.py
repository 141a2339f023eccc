"""A newsletter and a press release from one language's words: HTML for the mailing tool, and the same in plain text.

The newsletter is MJML (templates/handoff/newsletter.mjml.j2), made into HTML that old mail programs show too by
mjml-python, which is the Rust mrml: no Node is needed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from publishers._base import LinkCard, Rejected
from publishers._kit_words import Words, direction, embargo, figures, links, paragraphs
from publishers._sentences import _
from publishers._templating import TEMPLATES_DIR, brand_folder, environment

FOLDER = TEMPLATES_DIR / "handoff"
Picture = Mapping[str, str]  # its file in the kit, and its alt text


@lru_cache
def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _own_words(lang: str) -> dict[str, str]:
    return dict(_toml(FOLDER / "words.toml").get(lang, {}))


def _colours() -> dict[str, str]:
    """The colours of the brand that is chosen."""
    path = brand_folder() / "tokens.toml"
    try:
        return dict(_toml(path)["colours"])
    except (OSError, tomllib.TOMLDecodeError, KeyError):
        raise Rejected(_("The brand’s colours cannot be read: mend {name} in its folder.", name=path.name)) from None


_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")  # signs that no HTML may hold, except line ends


def _filled(template: str, said: Words, link: LinkCard | None, **more: Any) -> str:
    values = {
        "lang": said.lang,
        "dir": direction(f"{said.title} {said.body}"),
        "title": said.title,
        "paragraphs": paragraphs(said.body),
        "linked": [list(links(one)) for one in paragraphs(said.body)],
        "figures": figures(said.body),
        "link": link,
        "words": _own_words(said.lang),
        "colours": _colours(),
    }
    try:
        return _STEERING.sub("", environment(FOLDER).get_template(template).render({**values, **more}))
    except TemplateError as error:
        raise _wrong(template, str(error)) from None


def _wrong(template: str, why: str) -> Rejected:
    return Rejected(_("The template {name} is wrong ({why}): mend it in templates/handoff.", name=template, why=why))


def newsletter_html(said: Words, pictures: Sequence[Picture], link: LinkCard | None, sender: str) -> str:
    """The mail as HTML, its pictures by their names in the kit. Raises Rejected where the template is wrong."""
    from mjml import mjml2html

    filled = _filled("newsletter.mjml.j2", said, link, pictures=pictures, sender=sender)
    try:
        return mjml2html(filled)
    except ValueError as error:
        raise _wrong("newsletter.mjml.j2", str(error)) from None


def newsletter_text(said: Words, link: LinkCard | None, sender: str) -> str:
    """The same mail in plain text."""
    return _joined(said.title, *paragraphs(said.body), _rows(said), _link(link),
                   "-- \n" + _isolated(sender, said) if sender else "")  # fmt: skip


def press_html(said: Words, link: LinkCard | None, contact: str) -> str:
    """The release as HTML, to be pasted into a mail."""
    return _filled("press.html.j2", said, link, contact=contact, embargo=embargo_line(said))


def press_text(said: Words, link: LinkCard | None, contact: str) -> str:
    """The same release in plain text."""
    heading = _own_words(said.lang).get("contact", "")
    return _joined(embargo_line(said), said.title, *paragraphs(said.body), _rows(said), _link(link),
                   "\n".join(filter(None, (heading, _isolated(contact, said)))) if contact else "")  # fmt: skip


def _isolated(latin: str, said: Words) -> str:
    """Lines of ours, kept from being turned round where the text runs from right to left."""
    if direction(f"{said.title} {said.body}") == "ltr":
        return latin
    return "\n".join(f"\u2066{line}\u2069" for line in latin.split("\n"))


def embargo_line(said: Words) -> str:
    """The embargo as it was written, else that there is none."""
    return embargo(said.body) or _own_words(said.lang).get("immediate", "")


def _rows(said: Words) -> str:
    colon = "\u202f: " if said.lang == "fr" else ": "
    return "\n".join(f"{name}{colon}{value}" for name, value in figures(said.body))


def _link(link: LinkCard | None) -> str:
    return f"{link.title}\n{link.url}" if link else ""


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"
