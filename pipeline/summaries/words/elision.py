"""French before a vowel: "d’au moins 98 expulsions", "qu’en octobre", "d’octobre"."""

from __future__ import annotations

import re

ELIDED = ("de", "que", "le", "la", "jusque", "lorsque", "puisque", "ne", "se", "je", "me", "te", "ce")
# These begin with a vowel and take no elision; our words with an h are figures and months, none of them mute.
ASPIRED = re.compile(r"(?i)(onz|huit|oui|ouist|yaourt|unième)")
VOWEL = re.compile(r"(?i)[aeiouyàâäéèêëîïôöùûüœæ]")
BEFORE = re.compile(rf"(?i)(?<!\w)({'|'.join(ELIDED)}) $")


def elided(word: str, following: str) -> str:
    """The two together, the first without its last vowel where the second begins with one."""
    if not VOWEL.match(following) or ASPIRED.match(following):
        return f"{word} {following}"
    return f"{word[:-1]}’{following}"


def joined(before: str, following: str) -> str:
    """Text and what comes after it in a French sentence, its last word elided where it has to be."""
    found = BEFORE.search(before)
    if not found:
        return before + following
    return before[: found.start()] + elided(found[1], following)
