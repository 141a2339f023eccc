"""Which rows are meant: `where` and the condition of a share, as an editor writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from pipeline.summaries.definitions.mistakes import Wrong
from publishers._sentences import _

_WRITTEN = re.compile(
    r"\s*(?P<column>[a-z]\w*)\s*(?P<sign>!=|>=|<=|=|>|<|\bnot in\b|\bin\b)"
    r"\s*(?P<given>\([^()]*\)|'[^']*'|[^\s'()]+)\s*",
    re.ASCII,
)


class Condition(BaseModel):
    """What a cell must hold: one of `values`, or a number or date from `least` to `most`; `negated` turns it round.

    A cell that is not known meets no condition, also no negated one; `known` asks for just that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    values: tuple[str, ...] = ()
    least: str | None = None
    most: str | None = None
    negated: bool = False
    known: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not (self.values or self.least is not None or self.most is not None or self.known is not None):
            raise Wrong(_("a condition names a value, a list, not, from and to, or known"))
        return self

    @property
    def ranged(self) -> bool:
        """Whether it compares instead of naming values."""
        return self.least is not None or self.most is not None


def _word(value: object) -> str:
    """YAML's own guesses (no, 12, 2018-01-01) back as text."""
    return {True: "oui", False: "non"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _words(given: object) -> tuple[str, ...]:
    return tuple(_word(one) for one in (given if isinstance(given, list | tuple) else [given]))


def condition(given: object) -> object:
    """The mapping that Condition reads, from a value, a list, {not: …}, {from: …, to: …} or {known: true}."""
    if isinstance(given, Condition):
        return given
    if not isinstance(given, Mapping):
        return {"values": _words(given)}
    if set(given) == {"not"}:
        inner = condition(given["not"])
        return {**inner, "negated": True} if isinstance(inner, dict) else inner
    if set(given) <= {"from", "to"} and given:
        return {name: _word(given[said]) for said, name in (("from", "least"), ("to", "most")) if said in given}
    return dict(given)


def conditions(given: object) -> object:
    """Conditions by column, from a mapping or from a text such as "shelter_offered = 'non' and tents >= 3"."""
    if isinstance(given, str):
        return dict(_parsed(one) for one in re.split(r"\s+and\s+", given.strip()))
    if isinstance(given, Mapping):
        return {str(column): condition(one) for column, one in given.items()}
    return given


def _parsed(text: str) -> tuple[str, dict[str, Any]]:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise Wrong(_("“{text}” is no condition: write it as {example}", text=text,
                      example="shelter_offered = 'non', type in ('expulsion', 'controle') and tents >= 3"))  # fmt: skip
    listed = re.findall(r"'([^']*)'|([^\s,()']+)", found["given"])
    values, sign = tuple(quoted or bare for quoted, bare in listed), found["sign"]
    if sign in {"=", "in"}:
        return found["column"], {"values": values}
    if sign in {"!=", "not in"}:
        return found["column"], {"values": values, "negated": True}
    if sign in {">=", "<="}:
        return found["column"], {"least" if sign == ">=" else "most": values[0]}
    # > 3 is what is not up to 3: it needs no step between numbers.
    return found["column"], {"most" if sign == ">" else "least": values[0], "negated": True}


Conditions = Annotated[dict[str, Condition], BeforeValidator(conditions)]
