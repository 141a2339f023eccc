"""Cards between the cuts: words that stand, a figure that counts up, bars that grow."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels.overlays import Overlay, patch
from pipeline.reels.parts import Card
from pipeline.reels.pressing import Press
from pipeline.rendering import formats
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4)  # of the largest sizes, tried in this order
_LONGEST = 490  # pixels of the longest bar, beside its name and before its amount, in a reel 1080 wide


def counted(press: Press, card: Card, first: int) -> tuple[Array, list[Overlay]]:
    """The card as it stands in the end, and what lies over it while it moves, from frame `first` on."""
    made = held(press, card)
    still = press.frame(made.kind, made.inner(1.0))
    if not isinstance(made, _Moving):
        return still, []
    steps = press.template.motion["counting"]
    shown = [press.frame(made.kind, made.inner(_eased((step + 1) / (steps + 1)))) for step in range(steps)]
    found = [patch(still, frame, first + step, press.pixels) for step, frame in enumerate(shown)]
    return still, [one for one in found if one is not None]


def held(press: Press, card: Card) -> _Words:
    """The card at the largest sizes at which it holds on its page; raises `Refused` where it does not."""
    said, kind = len(press.texts), _Moving if card.shows or card.bars else _Words
    for share in _SHARES:
        del press.texts[said:]
        made = kind(press, card, share)
        if press.holds(made.kind, made.inner(1.0)):
            return made
    raise Refused(_("A card has more than its place holds: shorten its words, or leave a bar out."))


def _eased(share: float) -> float:
    return 1 - (1 - share) ** 3  # slows down as it arrives


class _Words:
    """A card of words."""

    kind = "card"

    def __init__(self, press: Press, card: Card, share: float) -> None:
        self.press, self.card = press, card
        self.slots = press.slots({"label": card.label, "card": card.text, "source": card.source}, share)

    def inner(self, _share: float) -> str:
        """The page's HTML."""
        return self.press.inner(self.kind, self.slots, logo=self.press.template.logos[self.kind])


class _Moving(_Words):
    """A card with a figure or bars, at any share of its way."""

    kind = "figure"

    def __init__(self, press: Press, card: Card, share: float) -> None:
        self.press, self.card = press, card
        lang = press.lang
        qualifier = lang.words["at_least"].replace("{n}", "").strip() if card.floor and card.value is not None else ""
        value = "" if card.value is None else self._number(card.value)
        texts = {"label": card.label, "qualifier": qualifier, "figure": value, "counted": card.text}
        self.slots = press.slots(texts | {"source": card.source}, share)
        self.most = max((bar.value for bar in card.bars), default=0.0)
        self.names = [press.slot("bar", bar.label) for bar in card.bars]
        self.amounts = [press.slot("amount", self._number(bar.value)) for bar in card.bars]

    def inner(self, share: float) -> str:
        """The page's HTML with that share counted."""
        slots = dict(self.slots)
        if self.card.value is not None and share < 1:
            now = self._number(self._part(self.card.value, share))
            slots["figure"] = self.press.resized("figure", now, self.slots["figure"])
        bars = self._bars(share)
        return self.press.inner(self.kind, slots, bars=bars, logo=self.press.template.logos[self.kind])

    def _bars(self, share: float) -> Sequence[dict[str, Any]]:
        made = []
        for bar, name, amount in zip(self.card.bars, self.names, self.amounts, strict=True):
            shown = (
                amount
                if share >= 1
                else self.press.resized("amount", self._number(self._part(bar.value, share)), amount)
            )
            width = max(3, round(self._longest * share * bar.value / self.most)) if self.most else 3
            made.append({"label": name, "amount": shown, "width": width, "most": bar.value == self.most})
        return made

    @property
    def _longest(self) -> int:
        return _LONGEST + min(self.press.reel.size[0], 1500) - 1080

    @staticmethod
    def _part(value: float, share: float) -> float:
        return round(value * share) if float(value).is_integer() else round(value * share, 1)

    def _number(self, value: float) -> str:
        shown = Decimal(round(value)) if float(value).is_integer() else Decimal(str(round(value, 1)))
        return formats.number(shown, self.press.lang)
