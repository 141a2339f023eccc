"""Notices in words: one plain mail in the person's language, with numbers, a channel's name and a link."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from pipeline.models import Notice, NoticeKind, User
from pipeline.notices import kinds
from pipeline.rendering.templating import TEMPLATES_DIR, environment
from publishers._sentences import Sentence, _

K = NoticeKind
LISTED = 50  # of a longer list the rest is counted; all of it stands in the studio
PREFIX = "[Porte-voix]"
# The studio's addresses: pipeline/ does not import web/, tests hold the two together.
POST, CALENDAR, CHANNELS, MAILS = "/post/{post}/", "/", "/channels/", "/mails/"
HANDOFF = "/handoff/{publication}/"


@dataclass(frozen=True)
class Letter:
    """A mail's subject and text."""

    subject: str
    body: str


def letter(rows: Sequence[Notice], person: User) -> Letter:
    """The mail that tells the person of these notices."""
    lang = person.language
    if len(rows) == 1 and rows[0].kind == K.DIGEST:
        return _digest(rows[0], lang)
    if len(rows) == 1:
        return _laid_out(_subject(rows[0]), [_note(rows[0], lang)], lang)
    notes = [_note(row, lang) for row in rows[:LISTED]]
    if len(rows) > LISTED:
        more = _("And {n} more: see the calendar.", n=len(rows) - LISTED)
        notes.append({"line": more.text(lang), "link": _link(CALENDAR)})
    return _laid_out(_("{n} notices", n=len(rows)), notes, lang)


def trial(person: User) -> Letter:
    """The mail of `portevoix notices test`."""
    line = _("This is a test: mails from Porte-voix reach you.").text(person.language)
    return _laid_out(_("Test"), [{"line": line, "link": _link(CALENDAR)}], person.language)


def about_access(subject: Sentence, line: Sentence, lang: str, link: str = "") -> Letter:
    """A mail about somebody's own access: one sentence and perhaps an address; it is never stored."""
    return Letter(f"{PREFIX} {clean(subject.text(lang))}", "\n\n".join(filter(None, (line.text(lang), link))) + "\n")


def _laid_out(subject: Sentence, notes: list[dict[str, str]], lang: str) -> Letter:
    template = environment(TEMPLATES_DIR / "notes", autoescape=False).get_template("mail.txt.j2")
    footer = _("Which mails you get, and how to stop them:").text(lang)
    where = _link(MAILS) or _("“My mails” in the studio").text(lang)
    body = template.render(notes=notes, footer=footer, where=where, studio=_("Open the studio.").text(lang))
    return Letter(f"{PREFIX} {clean(subject.text(lang))}", body + "\n")


def _subject(row: Notice) -> Sentence:
    if row.kind == K.SILENT and row.facts.get("until"):
        return kinds.SUBJECT_BACK
    rule = kinds.RULES[K(row.kind)]
    return _filled(rule.subject, row.facts)


def _note(row: Notice, lang: str) -> dict[str, str]:
    """One notice: its sentence, and the address of the page that it is about."""
    line = kinds.RULES[K(row.kind)].line
    if row.kind == K.HOLD and "channel" in row.facts:
        line = kinds.HOLD_ON_A_CHANNEL
    if row.kind == K.SILENT and row.facts.get("until"):
        line = kinds.LINE_BACK
    otherwise = CHANNELS if row.kind in (K.REFUSED, K.EXPIRING) else CALENDAR
    path = POST.format(post=row.facts["post"]) if "post" in row.facts else otherwise
    if row.kind == K.HANDOFF:
        path = HANDOFF.format(publication=row.subject.removeprefix("publication:"))
    return {"line": _filled(line, row.facts).text(lang), "link": _link(path)}


def _digest(row: Notice, lang: str) -> Letter:
    """The day's counts, and where the log stands: a log cut off later does not hold this entry any more."""
    facts = row.facts
    counts = [
        _("sent yesterday: {n}", n=facts["sent"]),
        _("due today: {n}", n=facts["due"]),
        _("too late, to be decided on: {n}", n=facts["late"]),
        _("failed: {n}", n=facts["failed"]),
        _("in doubt, to be decided on: {n}", n=facts["decide"]),
        _("channels whose credentials run out or are refused: {n}", n=facts["dying"]),
    ]
    head = _("The log stands at entry {seq}, whose hash is {head}", seq=facts["seq"], head=facts["head"])
    compare = _("Keep this mail. Whether the log still holds what it held then is told by this command:").text(lang)
    command = f"  portevoix audit verify --digest {facts['seq']}:{facts['head']}"
    lines = "\n".join(f"- {count.text(lang)}" for count in counts)
    notes = [
        {"line": lines, "link": _link(CALENDAR)},
        {"line": head.text(lang), "link": ""},
        {"line": f"{compare}\n{command}", "link": ""},
    ]
    return _laid_out(_subject(row), notes, lang)


def _filled(sentence: Sentence, facts: dict[str, Any]) -> Sentence:
    return Sentence(sentence.msgid, {name: _shown(name, value) for name, value in facts.items()})


def _shown(name: str, value: Any) -> Any:
    """A fact as people read it: times in the organisation's zone, names on one line."""
    if name in {"since", "until"} and value:
        return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    return clean(value) if isinstance(value, str) else value


def clean(text: str) -> str:
    """The text on one line, without characters that steer: no name can begin a line or a header of its own."""
    plain = "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)
    return " ".join(plain.split())


def _link(path: str) -> str:
    """The address of a page; empty where nobody said under which address the studio is reached."""
    return f"{settings.PORTEVOIX_URL}{path}" if settings.PORTEVOIX_URL else ""
