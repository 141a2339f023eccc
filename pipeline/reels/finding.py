"""What a cut list names is found: clips, caption files, music, figures of a summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import Refused
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.knowing import Knowledge
from pipeline.reels.parts import BurntAndBeside, Caption, Card, Music
from pipeline.reels.problems import Problem
from pipeline.reels.sources import FPS
from pipeline.reels.yamlfile import Lines, Place, line_of
from publishers._sentences import Sentence, _

FootageFinder = Callable[[str], Path]
FiguresFinder = Callable[[str, str], Mapping[str, float]]


@dataclass
class Search:
    """Finds what a cut list names, its paths counted from `folder`; `problems` collects what is not there.

    Without a folder nothing is read by a path: what is written in the studio may name footage only.
    """

    folder: Path | None
    lines: Lines
    known: Knowledge
    footage: FootageFinder | None = None
    figures: FiguresFinder | None = None
    problems: list[Problem] = field(default_factory=list)

    def whole(self, written: CutList) -> CutList:
        """The cut list with absolute paths, the ends of its cuts, its captions and its figures."""
        figures = self._figures(written)
        cuts = tuple(self._cut(cut, index, figures) for index, cut in enumerate(written.cuts))
        music = self._music(written.music) if written.music else None
        found = {"cuts": cuts, "captions": self._captions(written.captions), "music": music}
        return written.model_copy(update=found)

    def _say(self, place: Place, msgid: Sentence) -> None:
        self.problems.append(Problem(line_of(self.lines, place), msgid))

    def _words(self, place: Place, **values: Any) -> dict[str, Any]:
        return {"line": line_of(self.lines, place), **values}

    def _cut(self, cut: Cut, index: int, figures: Mapping[str, float]) -> Cut:
        place: Place = ("cuts", index)
        if (cut.clip is None) == (cut.card is None):
            words = self._words(place)
            self._say(
                place, _("Line {line}: a cut has a clip or a card. Write clip: tentes.mp4, or card: “…”.", **words)
            )
            return cut
        if cut.card is not None:
            card = self._card(cut.card, place, figures)
            return cut.model_copy(update={"card": card, "end": cut.start + card.lasts if cut.end is None else cut.end})
        clip = self._clip(cut.film, (*place, "clip"))
        try:
            length = self.known.seconds(clip) if clip else 0.0
        except Refused as refusal:
            self._say((*place, "clip"), refusal.sentence)
            return cut
        if clip is None:
            return cut
        end = length if cut.end is None else cut.end
        if end > length + 0.5 / FPS:
            words = self._words((*place, "to"), clip=clip.name, length=length)
            self._say((*place, "to"), _("Line {line}: {clip} lasts {length} seconds; write a “to” within it.", **words))
        return cut.model_copy(update={"clip": clip, "end": end})

    def _clip(self, named: Path, place: Place) -> Path | None:
        name, words = str(named), self._words(place, clip=str(named))
        if name.startswith("footage:") and self.footage is None:
            self._say(place, _("Line {line}: footage ids are not read here; write the path of the clip.", **words))
            return None
        if name.startswith("footage:") and self.footage is not None:
            try:
                return self.footage(name.removeprefix("footage:"))
            except Refused as refusal:
                self._say(place, refusal.sentence)
                return None
        path = self._path(named, place)
        if path is None or path.is_file():
            return path
        self._say(place, _("Line {line}: there is no clip {clip}; its path is counted from the cut list.", **words))
        return None

    def _path(self, named: Path, place: Place) -> Path | None:
        """Where a file should be; None, said, where no path is read."""
        if self.folder is not None:
            return (self.folder / named).absolute()
        words = self._words(place, name=str(named))
        self._say(place, _("Line {line}: {name} is a path; bring the film in and write footage:CODE.", **words))
        return None

    def _captions(self, written: BurntAndBeside) -> BurntAndBeside:
        if written.file is None:
            return written
        from pipeline import subtitles

        place: Place = ("captions", "file")
        if written.cues:
            self._say(place, _("Line {line}: captions stand here or in a file; keep one.", **self._words(place)))
            return written
        path = self._path(written.file, place)
        words = self._words(place, name=str(written.file))
        if path is None or not path.is_file():
            self._missing(path, place, words)
            return written
        try:
            cues = subtitles.read(path.read_bytes(), path.name)
        except Refused as refusal:
            self._say(place, _("Line {line}: {sentence}", **words | {"sentence": refusal.sentence}))
            return written
        read = tuple(Caption(start=cue.begins / 1000, end=cue.ends / 1000, text=cue.text) for cue in cues)
        return written.model_copy(update={"cues": read, "unchecked": cues.unchecked})

    def _music(self, written: Music) -> Music:
        place: Place = ("music", "file")
        path = self._path(written.file, place)
        words = self._words(place, name=str(written.file))
        if path is None or not path.is_file():
            self._missing(path, place, words)
        elif not self.known.is_music(path):
            self._say(place, _("Line {line}: {name} holds no sound that can be read: choose another file.", **words))
        return written.model_copy(update={"file": path or written.file})

    def _missing(self, path: Path | None, place: Place, words: dict[str, Any]) -> None:
        if path is not None:
            self._say(place, _("Line {line}: there is no file {name}; its path is counted from the cut list.", **words))

    def _figures(self, written: CutList) -> Mapping[str, float]:
        """The figures of the summary that the cut list names, where one of its cards shows any by name."""
        if not any(cut.card and cut.card.figure for cut in written.cuts):
            return {}
        place: Place = ("summary",)
        if not written.summary:
            words = self._words(place)
            self._say(place, _("Line {line}: summary is missing: write the one that the figures are of.", **words))
        elif self.figures is None:
            self._say(place, _("Line {line}: summaries are not read here; write value: 132.", **self._words(place)))
        else:
            try:
                return self.figures(written.summary, written.period)
            except Refused as refusal:
                self._say(place, refusal.sentence)
        return {}

    def _card(self, card: Card, place: Place, figures: Mapping[str, float]) -> Card:
        if not card.figure or not figures:
            return card
        at = (*place, "card", "figure")
        words = self._words(at, figure=card.figure, known=", ".join(figures))
        if card.value is not None:
            self._say(at, _("Line {line}: a figure is written as value, or named as figure; keep one.", **words))
        elif card.figure not in figures:
            self._say(at, _("Line {line}: the summary has no figure {figure}. Write one of: {known}.", **words))
        return card.model_copy(update={"value": figures.get(card.figure)})
