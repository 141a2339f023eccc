"""Small numbers in words, for the beginning of a sentence, in French and English."""

from __future__ import annotations

from decimal import Decimal

# One is left to digits: in French it has a gender, which a noun here does not tell.
WORDS = {
    "fr": ("zéro", "", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
           "treize", "quatorze", "quinze", "seize"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
           "thirteen", "fourteen", "fifteen", "sixteen"),
}  # fmt: skip


def cardinal(value: Decimal, lang: str) -> str:
    """A whole number up to sixteen in words; "" for any other, and in languages other than French and English."""
    words = WORDS.get(lang, ())
    whole = value == value.to_integral_value() and 0 <= value < len(words)
    return words[int(value)] if whole else ""


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
