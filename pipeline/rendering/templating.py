"""Jinja for templates that designers edit; hand-off kits are made with the same (publishers/_templating.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateError, TemplateSyntaxError

from pipeline.errors import Refused
from publishers._sentences import _
from publishers._templating import TEMPLATES_DIR, environment

__all__ = ["TEMPLATES_DIR", "environment", "rendered"]

_FAILURES = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


def rendered(templates: Environment, name: str, values: dict[str, Any]) -> str:
    """The template filled; what is wrong in it is Refused, naming the file and the line.

    What the values themselves refuse (`Refused`) passes.
    """
    try:
        return templates.get_template(name).render(values)
    except _FAILURES as wrong:
        file, line = _where(wrong, name)
        why = getattr(wrong, "message", None) or str(wrong) or type(wrong).__name__
        raise Refused(_("{file}, line {line}: {why}.", file=file, line=line, why=why.rstrip("."))) from None


def _where(wrong: Exception, name: str) -> tuple[str, int]:
    """The template's file and line: Jinja gives syntax errors theirs, and writes template lines into tracebacks."""
    if isinstance(wrong, TemplateSyntaxError):
        return _short(wrong.filename or wrong.name or name), wrong.lineno
    found, step = (name, 1), wrong.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename.endswith((".j2", ".html")):
            found = (_short(code.co_filename), step.tb_lineno)
        step = step.tb_next
    return found


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])
