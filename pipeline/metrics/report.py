"""The table for the yearly report: one row per publication."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from pipeline import spreadsheet
from pipeline.metrics.names import named, ordered
from pipeline.metrics.reading import Row
from publishers._sentences import _


def report(rows: Sequence[Row], lang: str) -> bytes:
    """The CSV file, its heads in the language: title, channel, network, time, each count, the address.

    A count that is not known is an empty cell, never a zero.
    """
    names = ordered(name for row in rows for name in row.counts)
    heads = [_("post"), _("title"), _("channel"), _("network"), _("day"), _("time"), *map(named, names), _("address")]
    return spreadsheet.write([head.text(lang) for head in heads], [_cells(row, names) for row in rows], lang=lang)


def _cells(row: Row, names: list[str]) -> list[object]:
    out = row.publication
    at = timezone.localtime(out.receipt.published_at)
    counts = [row.counts.get(name) for name in names]
    post = out.variant.post
    return [post.pk, post.title, out.channel.name, out.channel.network, f"{at:%Y-%m-%d}", f"{at:%H:%M}", *counts,
            out.receipt.url]  # fmt: skip
