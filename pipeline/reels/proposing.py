"""A first cut list, proposed from clips or a summary, written with comments that say what is still to be decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels import work
from pipeline.reels.dressing import Template, template
from pipeline.reels.watching import Piece
from pipeline.rendering import executor
from pipeline.rendering.languages import language
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.summaries import SummaryResult

LONGEST = 60.0  # seconds of a first proposal: what most networks show whole
_CUT_MOST = 8.0  # seconds of one cut: longer ones are cut by the person who knows what is said
_SHORTEST = 1.2  # seconds; what is shorter is left out
_BARS = 6  # of the months before, at most
_LONGEST_LOOK = 3600.0  # seconds that looking through one clip may take
_TOLD_EVERY = 0.2  # seconds

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Chosen:
    """A piece of a clip that is proposed, or left out, and how the clip is named in the cut list."""

    name: str
    piece: Piece
    left_out: bool = False


def from_clips(
    clips: Sequence[tuple[str, Path]], *, name: str, lang: str, spoken: str = "fr", tell: Tell | None = None
) -> str:
    """The text of a cut list for these clips, each with the name by which it is found again.

    Scenes become cuts; where nobody is heard and nothing moves is left out, and said so. `name` is the template, `lang`
    the reel's language, `spoken` that of the comments. Raises `Refused` where a clip cannot be read.
    """
    dress, _known = template(name), language(lang)
    found: list[Chosen] = []
    looks = _looked([path for _shown, path in clips], tell or (lambda _share: None))
    for (shown, _path), looked in zip(clips, looks, strict=True):
        found += [Chosen(shown, piece, piece.dull or piece.seconds < _SHORTEST) for piece in looked]
    if all(one.left_out for one in found):
        found = [Chosen(one.name, one.piece) for one in found]
    whole = _within(found)
    return _Writer(dress, lang, spoken).clips(whole)


def _looked(paths: Sequence[Path], tell: Tell) -> Iterator[list[Piece]]:
    """The pieces of each clip, found in one limited process; how far all are is told from here."""
    shares = [0.0] * len(paths)
    with executor.LimitedExecutor(_LONGEST_LOOK, shares.__setitem__) as crew:
        futures = [crew.submit(work.pieces, str(path)) for path in paths]
        for number, future in enumerate(futures):
            while not wait((future,), timeout=_TOLD_EVERY).done:
                tell(sum(shares) / len(paths))
            yield [Piece(*piece) for piece in future.result()]
            shares[number] = 1.0
            tell(sum(shares) / len(paths))


def _within(found: Sequence[Chosen]) -> list[Chosen]:
    """The same, long cuts shortened and the least lively left out until all is short enough."""
    kept = [
        Chosen(
            one.name, Piece(one.piece.start, min(one.piece.end, one.piece.start + _CUT_MOST), False, one.piece.lively)
        )
        if not one.left_out
        else one
        for one in found
    ]
    while sum(one.piece.seconds for one in kept if not one.left_out) > LONGEST:
        dullest = min((one for one in kept if not one.left_out), key=lambda one: one.piece.lively)
        kept[kept.index(dullest)] = replace(dullest, left_out=True)
    return kept


def from_summary(result: SummaryResult, *, lang: str, spoken: str = "fr", name: str = "month") -> str:
    """The text of a cut list that shows a summary's figures, one card each; raises `Refused` where it has none."""
    known = [metric for metric, fact in result.facts.items() if fact.value is not None and fact.kind == "count"]
    if lang not in result.definition.languages:
        words = {"lang": lang, "known": ", ".join(result.definition.languages)}
        raise Refused(_("The summary does not speak {lang}: use one of {known}.", **words))
    shown = [metric for metric in known if result.facts[metric].value and result.definition.metrics[metric].noun]
    if not shown:
        raise Refused(_("The summary {name} has no figure that a card could count: choose another.", name=result.name))
    return _Writer(template(name), lang, spoken).summary(result, shown)


class _Writer:
    """Writes a cut list in YAML, its comments in one of the tool's languages."""

    def __init__(self, dress: Template, lang: str, spoken: str) -> None:
        self.dress, self.lang, self.spoken = dress, lang, spoken
        self.asked: list[str] = []

    def clips(self, chosen: Sequence[Chosen]) -> str:
        """A cut list of pieces of clips."""
        head = [*self._head(), *self._title(), *self._place(), "cuts:"]
        return "\n".join([*head, *self._cards(), *self._cuts(chosen), *self._end(), ""])

    def summary(self, result: SummaryResult, metrics: Sequence[str]) -> str:
        """A cut list of a summary's figures."""
        lines = [
            *self._head(),
            f"summary: {result.name}",
            f"period: {_quoted(result.period)}{self._decision('period')}",
            "cuts:",
        ]
        for number, metric in enumerate(metrics[:4]):
            lines += self._figure(result, metric, self._decision("figure") if number == 0 else "")
        source = result.sentences.get("source", {}).get(self.lang, "")
        headline = result.sentences.get("headline", {}).get(self.lang, "")
        said = f"{{text: {_quoted(headline or result.span.label(language(self.lang)))}, source: {_quoted(source)}}}"
        return "\n".join([*lines, f"end: {said}{self._decision('end')}", "cover: 1.5", ""])

    def _figure(self, result: SummaryResult, metric: str, decision: str) -> Iterator[str]:
        from pipeline.summaries.words import noun

        fact, spoken = result.facts[metric], language(self.lang)
        assert fact.value is not None
        forms = result.definition.metrics[metric].noun[self.lang]
        form = noun(forms, fact.value, self.lang)
        label = (form if "#" in form else forms["other"]).replace("#", "").strip()
        yield "  - card:"
        yield f"      figure: {metric}{decision}"
        yield f"      text: {_quoted(label)}"
        yield f"      label: {_quoted(result.span.label(spoken))}"
        yield f"      floor: {'true' if fact.floor else 'false'}"
        series = result.definition.series
        if series is not None and series.metric == metric:
            bars = [(period.label(spoken), value) for period, value in result.series if value is not None][-_BARS:]
            yield from ["      bars:"] if len(bars) > 1 else []
            yield from [
                f"        - {{label: {_quoted(name)}, value: {value}}}" for name, value in bars if len(bars) > 1
            ]

    def _say(self, msgid: Any) -> str:
        return str(msgid.text(self.spoken))

    def _decision(self, key: str) -> str:
        """The comment that asks for a decision, numbered; nothing for what the template does not ask."""
        if key not in self.dress.decisions or key in self.asked:
            return ""
        self.asked.append(key)
        words = {"number": len(self.asked), "of": len(self.dress.decisions)}
        told = _("To decide {number} of {of}: {what}", **words, what=self.dress.decisions[key][self.spoken])
        return f"   # {self._say(told)}"

    def _head(self) -> Iterator[str]:
        yield "# " + self._say(_("A first proposal: change what you want, then: portevoix reel check, portevoix reel."))
        yield "format: portrait"
        yield f"language: {self.lang}"
        yield f"template: {self.dress.name}"

    def _title(self) -> Iterator[str]:
        if "title" in self.dress.decisions:
            yield f"title: {_quoted('…')}{self._decision('title')}"

    def _place(self) -> Iterator[str]:
        for key in ("when", "where"):
            if key in self.dress.decisions:
                yield f"{key}: {_quoted('')}{self._decision(key)}"

    def _cards(self) -> Iterator[str]:
        if "value" in self.dress.decisions:
            yield "  # " + self._say(_("The count, on a card; take the lines away where there is none."))
            yield f"  # - card: {{text: {_quoted('…')}, value: 0}}{self._decision('value')}"
        if "card" in self.dress.decisions:
            yield "  - card:"
            yield f"      text: {_quoted('…')}{self._decision('card')}"
            yield f"      source: {_quoted('…')}{self._decision('source')}"

    def _cuts(self, chosen: Sequence[Chosen]) -> Iterator[str]:
        for one in chosen:
            start, end = f"{one.piece.start:.2f}", f"{one.piece.end:.2f}"
            if one.left_out:
                words = {"name": one.name, "start": start, "end": end}
                why = (
                    _("Left out: {name}, {start} to {end}: nobody is heard and nothing moves.", **words)
                    if one.piece.dull
                    else _(
                        "Left out: {name}, {start} to {end}: the reel would be too long, or the cut too short.", **words
                    )
                )
                yield "  # " + self._say(why)
                continue
            yield f"  - clip: {_quoted(one.name)}"
            yield f"    from: {start}"
            yield f"    to: {end}"
            yield f"    sound: {'disguise' if 'sound' in self.dress.decisions else 'keep'}{self._decision('sound')}"
            if "speaker" in self.dress.decisions:
                yield f"    # speaker: {_quoted('…')}{self._decision('speaker')}"
            yield f"    # caption: {_quoted('…')}{self._decision('caption')}"

    def _end(self) -> Iterator[str]:
        told = self._say(_("The last card: what to remember, and the source."))
        yield f"# end: {{text: {_quoted('…')}, source: {_quoted('…')}}}   # {told}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
