"""What holds digits and is no figure: addresses, handles, hashtags and codes, dates, times, numbering."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from pipeline.rendering.languages import languages

D = r"\p{Nd}"
EDGE = rf"(?<![\p{{L}}{D}])"
END = rf"(?![\p{{L}}{D}])"
ADDRESS = regex.compile(
    r"(?i)https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+|(?<![\w.])(?:[\w-]+\.)+(?:[a-z]{2,})(?:/\S*)?"
    r"|(?<!\w)[@#](?=[\w.-]*\p{L})[\w][\w.-]*"
)
NUMERIC_DATE = regex.compile(
    rf"{EDGE}(?:{D}{{4}}-(?:0[1-9]|1[0-2])(?:-[0-3]{D})?|[0-3]?{D}([/.-])[01]?{D}\1(?:{D}{{4}}|{D}{{2}})){END}"
)
HOUR = r"(?:[01]?\d|2[0-3])"
GAP = r"[\s\u00a0\u202f]"
TIME = regex.compile(
    rf"(?i){EDGE}(?:{HOUR}{GAP}?h(?:{GAP}?[0-5]\d)?"
    rf"|(?:{HOUR}|[٠-٢]?[٠-٩]|[۰-۲]?[۰-۹]):[0-5٠-٥۰-۵]{D}(?::[0-5]\d)?"
    rf"|{HOUR}(?:[.:][0-5]\d)?{GAP}?(?:[ap]\.m\.|[ap]m|Uhr)){END}"
)
NUMBERED = regex.compile(rf"(?m)^[ \t]*({D}{{1,2}})(?:[.)][ \t]|\ufe0f?\u20e3)")
PART = rf"\(?({D}{{1,2}})/({D}{{1,2}})\)?"
THREAD = regex.compile(rf"(?m)(?:^[ \t]*{PART}|[ \t\n]{PART}[ \t]*$)")
YEAR = rf"(?:19|20|١٩|٢٠|۱۹|۲۰){D}{D}"
# Words after which four digits are a year whatever follows; and weaker ones, after which they are one where no noun
# follows.
DATED = ("depuis|année|années|l’année|l'année|an|fin|début|été|hiver|printemps|automne|since|year|summer|winter|spring|"
         "autumn|jahr|jahre|jahres|seit|عام|سنة|منذ|سال|از|کال|ساڵی|ዓመት|en|im|in")  # fmt: skip
PERHAPS = ("de|of|à|to|from|entre|between|et|and|und|von|bis|vom|zum|par|than|qu’en|في|من|إلى|عن|در|تا|په|د|لە|بۆ|"
           "ኣብ|ካብ|ክሳብ|ናይ|–|-|—")  # fmt: skip
FUNCTION = ("et|à|au|aux|la|le|les|l|des|du|de|dans|par|pour|sur|sans|avec|on|nous|il|elle|ils|elles|and|to|the|a|an|"
            "at|in|of|by|we|they|it|for|with|from|than|or|und|bis|der|die|das|den|dem|wir|im|am|haben|hat|wurden|"
            "كان|كانت|و|في|من|إلى|عن|تا|به|را|که|تیم|الفريق|رصد|کې|څخه|پورې|ته|او|بۆ|لە|ኣብ|ን")  # fmt: skip
CONTENT = rf"[\s\u00a0\u202f]+(?!(?:{FUNCTION})(?!\p{{L}}))[\p{{L}}]"


def recognised(text: str) -> list[tuple[int, int]]:
    """The stretches of a text, in order, that hold digits and are no figure."""
    found = [(one.start(), one.end()) for pattern in (ADDRESS, NUMERIC_DATE, TIME) for one in pattern.finditer(text)]
    found += [(one.start(), one.end()) for pattern in (_dates(), _years()) for one in pattern.finditer(text)]
    return sorted([*found, *_numbering(text), *_thread(text)])


def _numbering(text: str) -> Iterator[tuple[int, int]]:
    """The numbers before the lines of a list, as long as they count up from one."""
    due = 1
    for one in NUMBERED.finditer(text):
        if int(one[1]) == due:
            yield one.span(1)
            due += 1


def _thread(text: str) -> Iterator[tuple[int, int]]:
    """ "1/3", "2/3", "3/3": only where all of them are there."""
    found = [(one.span(), int(one[1] or one[3]), int(one[2] or one[4])) for one in THREAD.finditer(text)]
    for span, _number, whole in found:
        if {number for _span, number, of in found if of == whole} == set(range(1, whole + 1)):
            yield span


@lru_cache
def _dates() -> regex.Pattern[str]:
    """Dates with the name of a month, in any of our languages."""
    months = _months()
    day = rf"(?:(?:[12١٢۱۲]?{D}|[3٣۳][01٠١۰۱])(?:er|st|nd|rd|th|\.|ی|ـ)?)"
    several = rf"(?:{day}[\s\u00a0\u202f]*(?:au|et|to|and|bis|und|إلى|و|تا|او|بۆ|ክሳብ|–|-|/)[\s\u00a0\u202f]*)?{day}"
    gap = r"[\s\u00a0\u202f]+(?:de |of |د )?"
    year = rf"(?:,?[\s\u00a0\u202f]+(?:de |of |عام |سال )?{YEAR})"
    return regex.compile(
        rf"(?i){EDGE}(?:{several}{gap}(?:{months})(?!\p{{L}}){year}?"
        rf"|(?:{months})(?!\p{{L}}){year}"
        rf"|(?:{months})[\s\u00a0\u202f]+{day}(?:{year}|(?!{CONTENT}|[.,٫٬]?{D}))"
        rf"|{YEAR}[\s\u00a0\u202f]+(?:{months})(?!\p{{L}})){END}"
    )


@lru_cache
def _years() -> regex.Pattern[str]:
    """Years that stand by themselves."""
    years = rf"{YEAR}(?:[–/-](?:{YEAR}|{D}{D}))?"
    alone = rf"(?!{CONTENT}|[\s\u00a0\u202f]*[%٪％]|[.,٫٬]?{D})"
    return regex.compile(
        rf"(?i)(?<![\p{{L}}{D}.,٫٬])(?:(?<=(?<!\p{{L}})(?:{DATED})[\s\u00a0\u202f]){years}(?![.,٫٬]?{D})"
        rf"|(?<=(?<!\p{{L}})(?:{PERHAPS})[\s\u00a0\u202f]){years}{alone}"
        rf"|(?<=^|[(–\n]|[.:;] ){years}(?=$|[)\n.,;:])(?![.,]{D})"
        rf"|{YEAR}[–/-]{YEAR}{alone}|{YEAR}(?=[\s\u00a0]+(?:کال|ዓመት|ዓ\.ም))){END}"
    )


@lru_cache
def _months() -> str:
    """The names of all months as our languages write them, the longest first; an abbreviation with its full stop."""
    from babel import Locale

    names = {name for lang in languages().values() for name in lang.months}
    for lang in languages().values():
        locale = Locale.parse(lang.locale)
        for how, form in (("format", "wide"), ("stand-alone", "wide"), ("format", "abbreviated")):
            names |= set(locale.months[how][form].values())
    # "می" is May in Dari and the beginning of half of all verbs in Persian: only with its year, below.
    names -= {"می"}
    ordered = sorted(names, key=len, reverse=True)
    written = [regex.escape(name) + ("ی?" if "\u0600" <= name[0] <= "\u06ff" else "") for name in ordered]
    may = rf"[\s\u00a0]+(?:(?:تا|و|–)[\s\u00a0]+{D}{{1,2}}[\s\u00a0]+\p{{L}}+[\s\u00a0]+)?{YEAR}"
    return "|".join([*written, rf"می(?={may})", "mars", "Sept\\."])
