"""Definitions from their files."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline.errors import Refused
from pipeline.summaries.definitions import fitting, mistakes
from pipeline.summaries.definitions.mistakes import Mistake
from pipeline.summaries.definitions.model import Definition
from publishers._sentences import _

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # written in C where PyYAML brings it: ten times faster
FOLDER = Path(__file__).parents[3] / "config" / "summaries"


def listed(folder: Path = FOLDER) -> list[str]:
    """The names of the summaries that are declared."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(name: str, folder: Path = FOLDER) -> Definition:
    """The summary `name`. Raises Refused with the names there are, or with what is wrong in its file, by line."""
    if name not in listed(folder):
        known = ", ".join(listed(folder)) or "–"
        raise Refused(_("There is no summary {name}: choose one of {names}.", name=name, names=known))
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    definition, found = _read(text)
    if definition is not None:
        found = list(fitting.mistakes(definition, name))
    if found or definition is None:
        told = mistakes.told(text, found)
        raise Refused(
            _("{file} cannot be used; correct it: {error}.", file=f"{path.parent.name}/{path.name}", error=told)
        )
    return definition


def _read(text: str) -> tuple[Definition | None, list[Mistake]]:
    try:
        given = yaml.load(text, Loader=LOADER)  # noqa: S506 - both are safe loaders
        return Definition.model_validate(given), []
    except yaml.YAMLError as error:
        return None, [mistakes.unreadable(error)]
    except ValidationError as error:
        return None, mistakes.of_pydantic(error, Definition)
