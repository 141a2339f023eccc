"""Cut lists read from YAML; what is wrong is said with its line and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.errors import Refused
from pipeline.reels.cutlist import FPS, SHORTEST, Caption, Cut, CutList, EndCard, Title
from pipeline.reels.sources import probe
from publishers._sentences import Sentence, _

MAX_BYTES = 256 * 1024  # a cut list is written by hand; more is another file by mistake

Place = tuple[str | int, ...]
Lines = dict[Place, int]
FootageFinder = Callable[[str], Path]

_MODELS: dict[str, type[BaseModel]] = {"cuts": Cut, "captions": Caption, "title": Title, "end": EndCard}
_EXAMPLES = {
    "format": "portrait, square or landscape",
    "language": "fr",
    "template": "field",
    "title": "Calais, 3 novembre",
    "cuts": "- {clip: tentes.mp4, from: 2, to: 5.5}",
    "captions": '- {from: 0, to: 2.5, text: "…"}',
    "end": '{text: "…", source: "…"}',
    "mask": "true",
    "clip": "tentes.mp4",
    "from": "2.5",
    "to": "1:04.5",
    "seconds": "3",
    "sound": "keep",
    "framing": "auto",
    "text": '"…"',
    "source": '"…"',
}


def load(path: Path, footage: FootageFinder | None = None) -> CutList:
    """The cut list in a YAML file, its clips found and its times checked.

    `footage` turns the id of `clip: footage:ID` into a path. Raises `Refused` with the line and what to write.
    """
    text = _text(path)
    data, lines = _parsed(text, path.name)
    try:
        written = CutList.model_validate(data)
    except ValidationError as wrong:
        raise Refused(_explained(wrong, data, lines)) from None
    found = _with_clips(written, path.parent, lines, footage)
    _check_captions(found, lines)
    return found


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) <= MAX_BYTES:
            return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise Refused(_("There is no cut list {name}: check the path.", name=path.name)) from None
    except (IsADirectoryError, UnicodeDecodeError):
        pass
    raise Refused(_("{name} is not a cut list: write it as a YAML text file in UTF-8.", name=path.name))


def _parsed(text: str, name: str) -> tuple[Any, Lines]:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise Refused(_("Line {line}: write the value out; *names are not read here.", line=_line(event)))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Refused(_("Line {line}: this is not YAML; check quotes, colons and indents.", line=line)) from None
    if not isinstance(node, yaml.MappingNode):
        raise Refused(_("{name} is not a cut list: it begins with lines such as language: fr and cuts:.", name=name))
    return data, dict(_lines(node, ()))


def _line(thing: Any) -> int:
    return int(thing.start_mark.line) + 1


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, _line(node)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*place, index))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise Refused(_("Line {line}: {key} stands here twice; keep one.", line=_line(key), key=key.value))
            seen.add(key.value)
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), _line(key)


def _line_of(lines: Lines, place: Place) -> int:
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _known(place: Place) -> str:
    model = _MODELS.get(str(place[0]), CutList) if len(place) > 1 else CutList
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


def _value(data: Any, place: Place) -> Any:
    """What stands there in the file; None where nothing does."""
    for step in place:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _explained(wrong: ValidationError, data: Any, lines: Lines) -> Sentence:
    error = wrong.errors()[0]
    place, line = error["loc"], _line_of(lines, error["loc"])
    key = str(next((step for step in reversed(place) if isinstance(step, str)), ""))
    example = _EXAMPLES.get(key, '"…"')
    if error["type"] == "missing":
        return _("Line {line}: {key} is missing. Write {key}: {example}", line=line, key=key, example=example)
    if error["type"] == "extra_forbidden":
        words = {"line": line, "key": key, "known": _known(place)}
        return _("Line {line}: {key} is not known here. Write one of: {known}.", **words)
    value = _value(data, place)
    if error["type"] == "literal_error":
        known = str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
        words = {"line": line, "key": key, "value": value, "known": known}
        return _("Line {line}: {key} cannot be “{value}”. Write one of: {known}.", **words)
    words = {"line": line, "key": key, "value": value, "example": example}
    return _("Line {line}: {key} cannot be “{value}”. Write for example {key}: {example}", **words)


def _with_clips(written: CutList, folder: Path, lines: Lines, footage: FootageFinder | None) -> CutList:
    cuts = []
    for index, cut in enumerate(written.cuts):
        clip = _clip_path(cut, folder, footage, _line_of(lines, ("cuts", index, "clip")))
        length = probe(clip).seconds
        end = length if cut.end is None else cut.end
        _check_times(cut.start, end, _line_of(lines, ("cuts", index, "to")))
        if end > length + 0.5 / FPS:
            line = _line_of(lines, ("cuts", index, "to"))
            words = {"line": line, "clip": clip.name, "length": f"{length:.2f}"}
            raise Refused(_("Line {line}: {clip} lasts {length} seconds; write a “to” within it.", **words))
        cuts.append(cut.model_copy(update={"clip": clip, "end": end}))
    return written.model_copy(update={"cuts": tuple(cuts)})


def _clip_path(cut: Cut, folder: Path, footage: FootageFinder | None, line: int) -> Path:
    name = str(cut.clip)
    if name.startswith("footage:"):
        if footage is None:
            raise Refused(_("Line {line}: footage ids are not read here; write the path of the clip.", line=line))
        return footage(name.removeprefix("footage:"))
    path = (folder / cut.clip).absolute()
    if not path.is_file():
        raise Refused(
            _("Line {line}: there is no clip {clip}; its path is counted from the cut list.", line=line, clip=name)
        )
    return path


def _check_times(start: float, end: float, line: int) -> None:
    if end - start < SHORTEST:
        words = {"line": line, "start": f"{start:g}", "end": f"{end:g}", "shortest": SHORTEST}
        raise Refused(_("Line {line}: {start} to {end} is too short; let it last {shortest} s or more.", **words))


def _check_captions(written: CutList, lines: Lines) -> None:
    until = written.footage_frames / FPS
    for index, caption in enumerate(written.captions):
        line = _line_of(lines, ("captions", index, "to"))
        _check_times(caption.start, caption.end, line)
        if caption.end > until + 0.5 / FPS:
            words = {"line": line, "end": f"{caption.end:g}", "until": f"{until:.2f}"}
            raise Refused(_("Line {line}: the pictures end at {until} s; end the caption then, not at {end}.", **words))
        for other in written.timed_captions():
            same = (other.start, other.end, other.text) == (caption.start, caption.end, caption.text)
            if not same and other.start < caption.end - 1e-6 and caption.start < other.end - 1e-6:
                words = {"line": line, "other": other.text[:40]}
                raise Refused(_("Line {line}: this caption overlaps “{other}”; let one end first.", **words))
