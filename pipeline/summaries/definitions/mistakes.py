"""What is wrong in a file that an editor wrote: where it stands, line and all, and which names may stand there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from publishers._sentences import Sentence, _

Place = tuple[int | str, ...]
MOST = 5  # mistakes told at once


class Wrong(ValueError):
    """Raised while a file is read: one sentence that says what is wrong."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong at one place of a file."""

    place: Place
    what: Sentence
    line: int | None = None  # where it is known without looking for the place


def unknown(name: str, known: Iterable[str], what: Sentence) -> Sentence:
    """The sentence for a name that does not exist: the nearest one there is, and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    listed = ", ".join(names) or "–"
    if near:
        return _("{what} {name} does not exist, did you mean {near}? There are: {names}",
                 what=what, name=name, near=near[0], names=listed)  # fmt: skip
    return _("{what} {name} does not exist. There are: {names}", what=what, name=name, names=listed)


def of_pydantic(error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """Each mistake that pydantic found, with the names that may stand where a strange one does.

    What is missing comes last: often it stands there under the strange name.
    """
    found = sorted(error.errors(), key=lambda one: one["type"] == "missing")
    return [Mistake(tuple(one["loc"]), _told(dict(one), model)) for one in found]


def _told(one: dict[str, Any], model: type[BaseModel]) -> Sentence:
    wrong = one.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        return wrong.sentence
    if one["type"] == "extra_forbidden":
        return unknown(str(one["loc"][-1]), _fields(model, one["loc"][:-1]), _("the key"))
    if one["type"] == "missing":
        return _("{name} is missing", name=one["loc"][-1])
    if one["type"] == "literal_error":
        return unknown(str(one["input"]), one["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "),
                       _("the value"))  # fmt: skip
    return Sentence("{said}", {"said": one["msg"].removeprefix("Value error, ")})


def _fields(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The keys that the mapping at a place may have."""
    found: type[BaseModel] | None = model
    for step in place:
        if found is not None and step in found.model_fields:
            found = _model_in(found.model_fields[str(step)])
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _model_in(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, by itself or as the values of a mapping."""
    waiting = [field.annotation]
    while waiting:
        one: Any = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        waiting += get_args(one)
    return None


# ------------------------------------------------------------------------------------------------------ lines


def told(text: str, mistakes: Sequence[Mistake]) -> Sentence:
    """The mistakes as one sentence part, each with its line and place."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        root = None
    said = [
        _("line {line}, {place}: {what}", line=one.line or _line(root, one.place), place=_dotted(one.place),
          what=one.what)
        for one in mistakes[:MOST]
    ]  # fmt: skip
    return Sentence("; ".join(f"{{m{n}}}" for n in range(len(said))), {f"m{n}": one for n, one in enumerate(said)})


def _dotted(place: Place) -> str:
    return ".".join(str(one + 1) if isinstance(one, int) else one for one in place) or "–"


def _line(root: yaml.Node | None, place: Place) -> int:
    """The line of the deepest part of the place that the file has; 1 for the whole file."""
    node, line = root, 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                continue  # a step that only the model has, not the file
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def unreadable(error: yaml.YAMLError) -> Mistake:
    """Why a file is no YAML at all."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    return Mistake((), Sentence("{said}", {"said": problem}), mark.line + 1 if mark else None)
