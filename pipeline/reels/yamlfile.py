"""A cut list's YAML: parsed with the line of every value, and rewritten with its comments where they were."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.tokens import AliasToken

from pipeline.errors import Refused
from publishers._sentences import _

MAX_BYTES = 256 * 1024  # a cut list is written by hand; more is another file by mistake

Place = tuple[str | int, ...]
Lines = dict[Place, int]


def text_of(path: Path) -> str:
    """The text of a cut list; `Refused` for what is none."""
    try:
        raw = path.read_bytes()
        if len(raw) <= MAX_BYTES:
            return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise Refused(_("There is no cut list {name}: check the path.", name=path.name)) from None
    except (IsADirectoryError, UnicodeDecodeError):
        pass
    raise Refused(_("{name} is not a cut list: write it as a YAML text file in UTF-8.", name=path.name))


def parsed(text: str, name: str) -> tuple[Any, Lines]:
    """What the YAML says, and the line of each of its values; `Refused` with the line where it is none."""
    try:
        for token in _reader().scan(text):
            if isinstance(token, AliasToken):
                raise Refused(_("Line {line}: write the value out; *names are not read here.", line=_line(token)))
        node = _reader().compose(text)
        if not isinstance(node, MappingNode):
            words = {"name": name}
            raise Refused(_("{name} is not a cut list: it begins with lines such as language: fr and cuts:.", **words))
        lines = dict(_lines(node, ()))
        return _reader().load(text), lines
    except YAMLError as wrong:
        mark = wrong.problem_mark if isinstance(wrong, MarkedYAMLError) else None
        line = mark.line + 1 if mark else 1
        raise Refused(_("Line {line}: this is not YAML; check quotes, colons and indents.", line=line)) from None


def line_of(lines: Lines, place: Place) -> int:
    """The line of a value, or of the nearest thing that holds it."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def rewritten(text: str, changes: dict[Place, Any]) -> str:
    """The cut list with other values in those places, comments and order kept; None takes a value away."""
    yaml = _writer()
    data = yaml.load(text)
    for place, value in changes.items():
        _put(data, place, value)
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _put(data: Any, place: Place, value: Any) -> None:
    way, last = place[:-1], place[-1]
    for step, following in zip(way, place[1:], strict=True):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(data):
            data.append(empty)
        elif isinstance(step, str) and data.get(step) is None:
            data[step] = empty
        data = data[step]
    if value is None:
        data.pop(last, *([] if isinstance(data, list) else [None]))
    elif isinstance(data, list) and last == len(data):
        data.append(value)
    else:
        data[last] = value


class _Plain(SafeConstructor):
    """Days stay as they were written: one that is none is told of as any other value."""


_Plain.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _reader() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Plain
    return yaml


def _writer() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # a long caption stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _line(thing: Any) -> int:
    return int(thing.start_mark.line) + 1


def _lines(node: Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, _line(node)
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*place, index))
    elif isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise Refused(_("Line {line}: {key} stands here twice; keep one.", line=_line(key), key=key.value))
            seen.add(key.value)
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), _line(key)
