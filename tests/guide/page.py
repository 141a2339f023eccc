"""What a guide tells to type: its blocks of commands, by section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """Some commands of a guide, and the number of the section that they stand in."""

    section: int
    commands: str


def blocks(guide: Path) -> list[Block]:
    """The blocks marked `sh`, from top to bottom."""
    found = re.finditer(r"^## (\d+)\.|^```sh\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.M | re.S)
    section, told = 0, []
    for one in found:
        if one[1]:
            section = int(one[1])
        else:
            told.append(Block(section, one[2]))
    return told
