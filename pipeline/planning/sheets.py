"""A plan as a table: its columns, read from what a spreadsheet wrote, and the calendar written in the same columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from pipeline import spreadsheet, states
from pipeline.errors import Refused
from pipeline.models import Publication
from pipeline.observations.datasets import fold
from pipeline.observations.encoding import encoding_of
from pipeline.observations.times import date_of
from pipeline.planning.times import WallTime, wall_time
from pipeline.rendering.languages import languages
from publishers._sentences import _

MOST_BYTES, MOST_ROWS = 1_000_000, 500
DELIMITERS = ";,\t"
WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
HEADS = {
    "day": "day", "date": "day", "jour": "day",
    "time": "time", "hour": "time", "heure": "time",
    "channel": "channel", "canal": "channel",
    "title": "title", "titre": "title",
}  # fmt: skip
# What our own tables hold besides, and nobody plans by.
PASSED_OVER = {"state", "etat", "post", "publication", "address", "adresse", "network", "reseau"}
NEEDED = ("day", "time", "channel")
TEXT = re.compile(r"(?:text|texte) ([a-z]{2,3})")
CLOCK = re.compile(r"(\d\d?) ?(?:[:h]) ?(\d\d)?(?::\d\d)?([+-]\d\d:\d\d)?", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One row as it was written, with its number as the spreadsheet shows it; `texts` by language, empty ones out."""

    number: int
    day: str
    time: str
    channel: str
    title: str
    texts: Mapping[str, str]


def read(content: bytes) -> list[Line]:
    """The rows of a CSV file; `Refused` where it is none, has other columns, or is larger than a plan is."""
    if len(content) > MOST_BYTES:
        raise Refused(_("This table is larger than 1 MB: a plan of words never is. Check the file."))
    try:
        if content.startswith(WORKBOOKS):
            raise csv.Error
        text = content.decode(encoding_of(content), errors="strict")
        records = _records(text)
    except (UnicodeDecodeError, csv.Error):
        raise Refused(_("This file is no table: save it as CSV (UTF-8) and try again.")) from None
    if not records:
        raise Refused(_("This table is empty: its first row names the columns day, time, channel, title, text_fr, …"))
    if len(records) > MOST_ROWS + 1:
        raise Refused(_("This table has more than {n} rows: split it by month.", n=MOST_ROWS))
    columns = _columns(records[0])
    return [
        line
        for number, cells in enumerate(records[1:], start=2)
        if any(cell.strip() for cell in cells) and (line := _line(number, columns, cells))
    ]


def _records(text: str) -> list[list[str]]:
    """The table, cut by the sign by which its first row names most of our columns."""
    sign = max(DELIMITERS, key=lambda one: sum(_named(head) != "" for head in _cut(text, one, 1)[0]) if text else 0)
    return _cut(text, sign, MOST_ROWS + 2) if text.strip() else []


def _cut(text: str, sign: str, most: int) -> list[list[str]]:
    return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=sign), most)) or [[]]


def _named(head: str) -> str:
    """Our name of a column: day, time, channel, title, text_fr, - for one that is passed over; empty for any other."""
    plain = fold(spreadsheet.unguarded(head))
    if text := TEXT.fullmatch(plain):
        return f"text_{text[1]}" if text[1] in languages() else ""
    return HEADS.get(plain) or ("-" if plain in PASSED_OVER or not plain else "")


def _columns(heads: Sequence[str]) -> list[str]:
    names = [_named(head) for head in heads]
    known = "day, time, channel, title, text_fr, text_en, …"
    if "" in names:
        raise Refused(
            _("“{head}” is no column of a plan. Known: {known}", head=heads[names.index("")][:40], known=known)
        )
    given = [name for name in names if name != "-"]
    if twice := next((name for name in given if given.count(name) > 1), None):
        raise Refused(_("The column {name} stands there twice: leave one out.", name=twice))
    missing = [name for name in NEEDED if name not in given]
    if missing or not any(name.startswith("text_") for name in given):
        raise Refused(_("A plan needs the columns {known}", known=known))
    return names


def _line(number: int, columns: Sequence[str], cells: Sequence[str]) -> Line:
    # A row may be shorter than its heads, where a spreadsheet leaves empty ends out.
    given = {name: _clean(cell) for name, cell in zip(columns, cells, strict=False)}
    texts = {name[5:]: text for name, text in given.items() if name.startswith("text_") and text}
    return Line(number, given.get("day", ""), given.get("time", ""), given.get("channel", ""), given.get("title", ""),
                texts)  # fmt: skip


def _clean(cell: str) -> str:
    return spreadsheet.unguarded(cell.replace("\r\n", "\n").replace("\r", "\n")).strip()


def when(line: Line) -> WallTime:
    """The row's time on the organisation's clock; `Refused` for what is no day or time, or for one that comes twice."""
    dated = date_of(line.day)
    if dated is None or dated[1] != "day":
        raise Refused(_("“{text}” is not a day: write it as 2026-11-24 or 24/11/2026.", text=line.day[:40]))
    clock = CLOCK.fullmatch(line.time)
    if clock is None or (":" in line.time and clock[2] is None) or int(clock[1]) > 23 or int(clock[2] or 0) > 59:
        raise Refused(_("“{text}” is not an hour: write it as 09:00.", text=line.time[:40]))
    wall = f"{dated[0].isoformat()} {int(clock[1]):02d}:{int(clock[2] or 0):02d}"
    if clock[3]:
        return wall_time(wall + clock[3])
    first, second = (wall_time(wall, fold=fold_) for fold_ in (0, 1))
    if first.instant != second.instant:
        both = [_hour(timezone.localtime(at.instant)) for at in (first, second)]
        raise Refused(_("{wall} comes twice, the clocks go back: write {first} or {second}.", wall=wall, first=both[0],
                        second=both[1]))  # fmt: skip
    return first


def _hour(local: datetime) -> str:
    """The hour on the clock, with its offset where that hour comes twice."""
    zone = ZoneInfo(settings.TIME_ZONE)
    naive = local.replace(tzinfo=None)
    twice = len({naive.replace(tzinfo=zone, fold=fold_).utcoffset() for fold_ in (0, 1)}) > 1
    offset = local.isoformat()[-6:] if twice else ""
    return f"{local:%H:%M}{offset}"


def table(rows: QuerySet[Publication], lang: str) -> bytes:
    """The calendar as a CSV file in the columns of a plan, its heads in the language; it can be read in again."""
    found = list(rows.prefetch_related("variant__texts"))
    spoken = {text.lang for row in found for text in row.variant.texts.all()}
    langs = [code for code in languages() if code in spoken]
    fixed = [_("day"), _("time"), _("channel"), _("title")]
    text = _("text").text(lang)
    heads = [*(head.text(lang) for head in fixed), *(f"{text}_{code}" for code in langs),
             *(head.text(lang) for head in (_("state"), _("post"), _("publication"), _("address")))]  # fmt: skip
    return spreadsheet.write(heads, _cells(found, langs, lang), lang=lang)


def _cells(rows: Iterable[Publication], langs: Sequence[str], lang: str) -> Iterable[list[object]]:
    for row in rows:
        local = timezone.localtime(row.due_at)
        texts = {text.lang: text.text for text in row.variant.texts.all()}
        receipt = getattr(row, "receipt", None)
        yield [
            f"{local:%Y-%m-%d}", _hour(local), row.channel.name, row.variant.post.title,
            *(texts.get(code) for code in langs), states.PUBLICATION[row.state].text(lang),  # type: ignore[index]
            row.variant.post_id, row.pk, receipt.url if receipt else None,
        ]  # fmt: skip
