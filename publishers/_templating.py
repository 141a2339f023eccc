"""Jinja for templates that designers edit: sandboxed, escaping, and loud about a name that does not exist."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATES_DIR = Path(__file__).parents[1] / "templates"
BRAND = "PORTEVOIX_BRAND"  # the environment's word for another brand folder
BRAND_DIR = Path(__file__).parents[1] / "brand"


def brand_folder() -> Path:
    """The brand's folder: PORTEVOIX_BRAND's, else the one that comes with the tool."""
    return Path(os.environ.get(BRAND) or BRAND_DIR).absolute()


@lru_cache
def environment(folder: Path, *more: Path, autoescape: bool = True) -> ImmutableSandboxedEnvironment:
    """An environment that reads templates under `folder` only, else under the next one; `autoescape` off is for plain
    text (captions)."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([folder, *more]),
        undefined=StrictUndefined,
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
