"""A hand-off kit: a folder with everything that a person needs to put one post up, in the order in which it is needed.

`kit.json` in it is the list that the studio's page and the command line show; the bytes of what is carried are those
that were approved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from publishers._base import File, Files, Frozen
from publishers._bytes import copy_sealed
from publishers._folders import appear, write_synced
from publishers._sentences import LANGUAGES, Sentence, _

LIST = "kit.json"
READ_ME = {"fr": "LISEZMOI.txt", "en": "README.txt"}
EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "video/mp4": "mp4", "application/pdf": "pdf",
}  # fmt: skip
Stored = dict[str, Any]  # a sentence as JSON


class Text(Frozen):
    """One field to be pasted; `lang` is empty where it has no language of its own (tags) or more than one."""

    name: str
    label: Stored
    lang: str = ""
    text: str
    file: str


class Item(Frozen):
    """One file to be attached."""

    role: str
    label: Stored
    file: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")
    mime: str
    size: int
    sha256: str
    lang: str = ""
    alt: str = ""
    title: str = ""


class Kit(Frozen):
    """What stands in a kit, in order."""

    version: Literal[1] = 1
    network: str
    page: str = Field(description="where the person puts the post up; empty where nobody said")
    texts: tuple[Text, ...]
    items: tuple[Item, ...]
    steps: tuple[Stored, ...]

    def names(self) -> set[str]:
        """Every file of the folder but the list itself."""
        return {*(text.file for text in self.texts), *(item.file for item in self.items), *READ_ME.values()}


@dataclass(frozen=True)
class Said:
    """A text that goes into a kit."""

    name: str
    label: Sentence
    text: str
    lang: str = ""
    extension: str = "txt"


@dataclass(frozen=True)
class Carried:
    """A sealed file that goes into a kit."""

    role: str
    label: Sentence
    file: File
    lang: str = ""
    alt: str = ""
    title: str = ""
    extension: str = ""


@dataclass(frozen=True)
class Plan:
    """What a kit is made of, in order, and what to do with it."""

    network: str
    page: str
    said: Sequence[Said]
    carried: Sequence[Carried]
    steps: Sequence[Sentence]


def carried_names(carried: Sequence[Carried]) -> list[str]:
    """The name in the kit of each file that is carried, numbered in their order."""
    return [
        _name(f"media-{number}-{one.role}", one.lang if one.role == "subtitles" else "",
              one.extension or EXTENSIONS.get(one.file.mime, "bin"))
        for number, one in enumerate(carried, 1)
    ]  # fmt: skip


def _name(name: str, lang: str, extension: str) -> str:
    return ".".join(filter(None, (name, lang, extension)))


def as_kit(plan: Plan) -> Kit:
    """The list of a kit."""
    texts = [
        Text(name=one.name, label=one.label.as_json(), lang=one.lang, text=one.text,
             file=_name(f"{number:02}-{one.name}", one.lang, one.extension))
        for number, one in enumerate(plan.said, 1)
    ]  # fmt: skip
    items = [
        Item(role=one.role, label=one.label.as_json(), file=name, mime=one.file.mime, size=one.file.size,
             sha256=one.file.sha256, lang=one.lang, alt=one.alt, title=one.title)
        for one, name in zip(plan.carried, carried_names(plan.carried), strict=True)
    ]  # fmt: skip
    steps = tuple(step.as_json() for step in plan.steps)
    return Kit(network=plan.network, page=plan.page, texts=tuple(texts), items=tuple(items), steps=steps)


def write(final: Path, plan: Plan, files: Files) -> None:
    """Has the kit appear as a whole. Raises OSError, or Rejected for bytes that are not the approved ones."""
    kit = as_kit(plan)

    def fill(work: Path) -> None:
        for text in kit.texts:
            write_synced(work / text.file, text.text.encode())
        for item, one in zip(kit.items, plan.carried, strict=True):
            with (work / item.file).open("xb") as out:
                copy_sealed(files, one.file, out)
                out.flush()
                os.fsync(out.fileno())
            if item.alt:
                write_synced(work / _alt_file(item), item.alt.encode())
        for lang in LANGUAGES:
            write_synced(work / READ_ME[lang], read_me(kit, lang).encode())
        listed = json.dumps(kit.model_dump(mode="json"), indent=1, ensure_ascii=False)
        write_synced(work / LIST, listed.encode())

    appear(final, fill)


def _alt_file(item: Item) -> str:
    return f"{item.file.rpartition('.')[0]}.alt{'.' + item.lang if item.lang else ''}.txt"


def read(folder: Path) -> Kit | None:
    """The list of the kit in that folder; None where there is none that can be read."""
    try:
        return Kit.model_validate_json((folder / LIST).read_bytes())
    except (OSError, ValueError):
        return None


def read_me(kit: Kit, lang: str) -> str:
    """The checklist of a kit as a text, in the language of the person who puts it up."""
    head = _("To be put up by hand: {network}", network=Sentence(kit.network)).text(lang)
    page = _("Where: {page}", page=kit.page).text(lang)
    steps = [f"[ ] {number}. {_told(step, lang)}" for number, step in enumerate(kit.steps, 1)]
    texts = [f"{one.file}: {_told(one.label, lang)}{_in(one.lang)}" for one in kit.texts]
    items = [line for item in kit.items for line in _item_lines(item, lang)]
    listed = [_("In this folder, in order:").text(lang), *texts, *items]
    return "\n".join([head, *([page] if kit.page else []), "", *steps, "", *listed, ""])


def _item_lines(item: Item, lang: str) -> Iterator[str]:
    yield f"{item.file}: {_told(item.label, lang)}{_in(item.lang)}"
    if item.alt:
        described = _("Description for people who do not see it").text(lang)
        yield f"{_alt_file(item)}: {described}{_in(item.lang)}"


def _in(lang: str) -> str:
    return f" [{lang}]" if lang else ""


def _told(stored: Stored, lang: str) -> str:
    return Sentence.from_json(stored).text(lang)
