"""What pydantic finds wrong in a cut list, said with its line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline.reels.cutlist import CutList
from pipeline.reels.yamlfile import Lines, Place, line_of
from publishers._sentences import Sentence, _

EXAMPLES = {
    "format": "portrait, square, landscape or feed",
    "language": "fr",
    "template": "field",
    "title": "Calais, 3 novembre",
    "when": "2026-11-03",
    "where": "Calais",
    "cuts": "- {clip: tentes.mp4, from: 2, to: 5.5}",
    "captions": '- {from: 0, to: 2.5, text: "…"}',
    "file": "mots.srt",
    "lower_thirds": '- {from: 1, to: 4, text: "…"}',
    "music": "air.mp3",
    "level": "-20",
    "ducking": "10",
    "end": '{text: "…", source: "…"}',
    "cover": "1.5",
    "mask": "true",
    "burned": "true",
    "beside": "true",
    "clip": "tentes.mp4",
    "card": '{text: "…"}',
    "from": "2.5",
    "to": "1:04.5",
    "at": "2.5",
    "seconds": "3",
    "speed": "1",
    "sound": "keep",
    "framing": "auto",
    "keyframes": "- {at: 2.5, x: 0.5}",
    "x": "0.5",
    "y": "0.5",
    "zoom": "1.5",
    "value": "132",
    "bars": "- {label: Calais, value: 12}",
}
_TEXT = '"…"'


def explained(wrong: ValidationError, data: Any, lines: Lines) -> Iterator[tuple[int, Sentence]]:
    """Each mistake as (line, sentence), in the file's order."""
    errors = wrong.errors()
    # A list whose items are wrong is told of too, as too short; only the items are of use.
    inner = [one for one in errors if not any(_within(other["loc"], one["loc"]) for other in errors)]
    found = [(line_of(lines, _written(error["loc"], data)), error) for error in inner]
    for line, error in sorted(found, key=lambda one: one[0]):
        yield line, _sentence(dict(error), line, data)


def _within(loc: Place, outer: Place) -> bool:
    return len(loc) > len(outer) and loc[: len(outer)] == outer


def _written(loc: Place, data: Any) -> Place:
    """The place in the file of a place in the model, where the file may use the short form."""
    if loc[:2] == ("captions", "cues") and isinstance(data.get("captions"), list):
        return ("captions", *loc[2:])
    return loc


def _sentence(error: dict[str, Any], line: int, data: Any) -> Sentence:
    key = str(next((step for step in reversed(error["loc"]) if isinstance(step, str)), ""))
    words: dict[str, Any] = {"line": line, "key": key, "example": EXAMPLES.get(key, _TEXT)}
    if error["type"] == "missing":
        return _("Line {line}: {key} is missing. Write {key}: {example}", **words)
    if error["type"] == "extra_forbidden":
        words |= {"known": ", ".join(_keys(error["loc"]))}
        return _("Line {line}: {key} is not known here. Write one of: {known}.", **words)
    words |= {"value": _value(data, _written(error["loc"], data))}
    if error["type"] == "literal_error":
        words |= {"known": str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")}
        return _("Line {line}: {key} cannot be “{value}”. Write one of: {known}.", **words)
    if error["type"] == "finer_day":
        return _("Line {line}: “{value}” is no day, and hours are never shown. Write {key}: {example}", **words)
    if error["type"] == "finer_place":
        return _("Line {line}: “{value}” is finer than a commune. Write the commune: {key}: {example}", **words)
    return _("Line {line}: {key} cannot be “{value}”. Write for example {key}: {example}", **words)


def _value(data: Any, place: Place) -> Any:
    """What stands there in the file; None where nothing does."""
    for step in place:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _keys(place: Place) -> list[str]:
    """What may be written in the part that holds this place."""
    model: type[BaseModel] = CutList
    for step in place[:-1]:
        fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        model = next(_models(fields[step]), model) if isinstance(step, str) else model
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
