"""Words that were typed or pasted: plain text without what Word, a PDF or a messenger brings along unseen.

What is saved loses nothing that can be read; the heads of messages go, and bullets become alike, only in a paste.
"""

from __future__ import annotations

import re
import unicodedata

# U+200C and U+200D shape Persian, Kurdish and emoji, so they stay inside words; marks of direction stay in lines that
# are written from right to left. Everything else here is seen by nobody, and counted by every network.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u180e\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ufffc]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u000b\u000c\u0085\u2028\u2029]")
# The second look behind keeps a long run of joiners from being tried again from each of its signs.
_JOINERS = re.compile("(?<!\\S)[\u200c\u200d]+|(?<![\u200c\u200d])[\u200c\u200d]+(?!\\S)")
_MARKS = re.compile("[\u200e\u200f\u061c]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Ligatures that a PDF draws as one sign, and the bullets of Word's symbol fonts.
_SIGNS = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
                        "\uf0b7": "•", "\uf0a7": "•", "\uf0d8": "•", "\uf076": "•", "\uf02d": "–"})  # fmt: skip
_BULLET = re.compile(r"(?m)^[ \t]*(?:[•·▪◦●■]|o(?=\t))[ \t]+")
# A no-break space stays where French wants one, and inside numbers; elsewhere Word and web pages put it for an indent.
_NO_BREAK = re.compile(
    "(?<=[«‹–—\\d])([\u00a0\u202f])(?=\\S)|([\u00a0\u202f])(?=[»›;:!?%‰€$£°–—])|[\u00a0\u202f\u2007]"
)
_SPACES = re.compile(r"[\t\u2000-\u2006\u2008-\u200a\u205f\u3000 ]+")
_SPACE = re.compile(r"[^\S\r\n\u0085\u2028\u2029]")  # not the end of a line
# What stands before a message that was copied out of a messenger, by the clock and the calendar of any phone:
#   WhatsApp  [12:03, 5/11/2026] Name:   [05/11/2026, 12:03:44] Name:   05/11/2026, 12:03 - Name:   (à between, AM, PM)
#   Telegram  Name, [26.11.2026 12:03]   (a line of its own)
_DAY = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u00a0\u202f]?[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?)?"
_WHEN = rf"(?:{_CLOCK},? (?:le )?{_DAY}|{_DAY},? (?:à |at |um )?{_CLOCK})"
_HEADS = re.compile(
    rf"(?m)^(?:[ \t\u200e\u200f]*(?:\[{_WHEN}\][ \t]*[^\n:]{{1,60}}:[ \t]*|{_WHEN} [-–] [^\n:]{{1,60}}:[ \t]*"
    rf"|[^\n\[]{{1,60}}, \[{_WHEN}\][ \t]*(?:\n|$)))+"
)


def plain(text: str) -> str:
    """The same words as plain text: line feeds, single spaces, no unseen signs, composed accents.

    What shapes a script stays, and so do no-break spaces where French wants them. Done twice it changes nothing more.
    """
    return _spaced(_seen(text))


def cleaned(text: str) -> str:
    """What was pasted, as `plain` gives it, without the heads of messages and with one sign for all bullets."""
    return _spaced(_BULLET.sub("• ", _HEADS.sub("", _seen(text))))


def inserted(text: str) -> str:
    """What was pasted, cleaned, with a space at either end where it had one: within a sentence it parts two words."""
    words, before, after = cleaned(text), _SPACE.match(text[:1]), _SPACE.match(text[-1:])
    return f"{' ' if before else ''}{words}{' ' if after and words else ''}"


def _seen(text: str) -> str:
    """The text by lines, without what nobody sees."""
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).translate(_SIGNS)
    return "\n".join(map(_shaped, text.split("\n")))


def _spaced(text: str) -> str:
    """The text with one space where there were several, at most one empty line, and its accents composed."""
    text = _NO_BREAK.sub(lambda found: found[1] or found[2] or " ", text)
    lines = (line.strip(" ") for line in _SPACES.sub(" ", text).split("\n"))
    return unicodedata.normalize("NFC", re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))


def _shaped(line: str) -> str:
    """The line without marks of direction that it has no use for, and without joiners that join nothing."""
    kept = line if _RTL.search(line) else _MARKS.sub("", line)
    return _JOINERS.sub("", kept)
