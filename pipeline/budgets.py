"""A summary's words within what a network takes: optional sentences give way, one by one; no word is ever cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline import composing
from pipeline.models import Channel, Variant
from publishers._limits import limits, room

Say = Mapping[str, Mapping[str, str]]  # sentences by place and language
KEPT = ("headline", "source")  # what is told, and where it comes from
FIRST_TO_GO = ("detail", "record", "trend")


def fitting(channel: Channel, say: Say, worded: Callable[[Say], Mapping[str, str]]) -> Mapping[str, str]:
    """The texts by language that `worded` makes of the sentences, without those for which there is no room.

    Where even headline and source are too long they stay whole here.
    """
    texts, left = worded(say), dict(say)
    others = [place for place in say if place not in (*KEPT, *FIRST_TO_GO)]
    for place in (*reversed(others), *FIRST_TO_GO):
        if not _over(channel, texts):
            break
        if left.pop(place, None):
            texts = worded(left)
    return texts


def _over(channel: Channel, texts: Mapping[str, str]) -> bool:
    """Whether all languages together, or one message of them, are longer than the network takes."""
    used = room(composing.worded(Variant(channel=channel, kind="image"), texts), limits(channel.network))
    return used is not None and used[0] > used[1]
