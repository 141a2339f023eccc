"""How every edge of the Graph API is described and answered: its parameters, scopes, fields and lists."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox._wire import Request, Upload
from sandbox.graph import params
from sandbox.graph.errors import GraphError, param
from sandbox.graph.params import Kind, Wanted

if TYPE_CHECKING:
    from sandbox.graph.server import Graph
    from sandbox.graph.state import Token

PER_PAGE, MOST_PER_PAGE = 25, 100


@dataclass
class Ask:
    """One call of an edge: who asks what of which object."""

    graph: Graph
    request: Request
    method: str
    version: str
    given: dict[str, str]
    token: Token | None = None
    node: Any = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Upload]:
        """The files of the form."""
        return self.request.files

    @property
    def now(self) -> datetime:
        """The server's time."""
        return self.graph.clock.now()

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a parameter."""
        return self.params.get(name, default)


@dataclass(frozen=True)
class Edge:
    """What one method of one edge takes, needs and does."""

    name: str  # for faults and the log
    run: Callable[[Ask], Any]
    params: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    page_token: bool = False  # the page itself must ask, not a person
    phase: str = ""  # the parameter whose value is part of the name: "video_reels.start"

    def called(self, given: Mapping[str, str]) -> str:
        """The name of this call."""
        return f"{self.name}.{given[self.phase].lower()}" if self.phase and given.get(self.phase) else self.name


Fields = Mapping[str, Callable[["Graph", Any], Any]]


@dataclass(frozen=True)
class Kindred:
    """What a type of object is called, which fields it has and which of them it shows unasked."""

    label: str
    fields: Fields
    unasked: tuple[str, ...] = ("id",)


def project(graph: Graph, node: Any, tree: Wanted) -> dict[str, Any]:
    """The wanted fields of an object; empty ones are left out, as Graph does, and the id is always there."""
    kind = graph.kinds[type(node)]
    shown: dict[str, Any] = {}
    for name in tree or dict.fromkeys(kind.unasked):
        if name not in kind.fields:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind.label})")
        value = shape(graph, kind.fields[name](graph, node), tree.get(name, {}))
        if value is not None:
            shown[name] = value
    shown["id"] = kind.fields["id"](graph, node)
    return shown


def shape(graph: Graph, value: Any, tree: Wanted) -> Any:
    """A field's value as JSON: objects of ours are projected, lists of them become an edge."""
    if type(value) in graph.kinds:
        return project(graph, value, tree)
    if isinstance(value, list) and value and type(value[0]) in graph.kinds:
        return {"data": [project(graph, one, tree) for one in value]}
    if isinstance(value, dict) and tree:
        return {key: one for key, one in value.items() if key in tree}
    if isinstance(value, datetime):
        return stamp(value)
    return None if value in ("", None) or value == [] else value


def stamp(at: datetime) -> str:
    """A time as Graph writes it: 2026-11-25T10:00:00+0000."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def show(ask: Ask) -> dict[str, Any]:
    """The object that was asked for, by its `fields`."""
    return project(ask.graph, ask.node, params.wanted(ask.given.get("fields", "")))


def listing(ask: Ask, nodes: Sequence[Any], at: Callable[[Any], datetime]) -> dict[str, Any]:
    """A page of a list, newest first, between `since` and `until`, with cursors."""
    since, until = moment_of(ask, "since"), moment_of(ask, "until")
    kept = [one for one in nodes if (since is None or at(one) >= since) and (until is None or at(one) <= until)]
    kept.sort(key=at, reverse=True)
    start, count = after(ask, [str(one.id) for one in kept]), limit_of(ask)
    page = kept[start : start + count]
    tree = params.wanted(ask.given.get("fields", ""))
    answer: dict[str, Any] = {"data": [project(ask.graph, one, tree) for one in page]}
    if page:
        cursors = {"before": cursor(page[0].id), "after": cursor(page[-1].id)}
        answer["paging"] = {"cursors": cursors}
        if start + count < len(kept):
            answer["paging"]["next"] = next_page(ask, cursors["after"])
    return answer


def next_page(ask: Ask, cursor_after: str) -> str:
    """The address of the next page; never with the token, which came in a header."""
    rest = "&".join(f"{key}={ask.given[key]}" for key in ("fields", "limit", "since", "until") if key in ask.given)
    return f"{ask.graph.url}{ask.request.path}?{rest}&after={cursor_after}"


def moment_of(ask: Ask, name: str) -> datetime | None:
    """`since` or `until`."""
    return params.moment(name, ask.given[name]) if ask.given.get(name) else None


def limit_of(ask: Ask) -> int:
    """How many at once."""
    count = params.whole("limit", ask.given.get("limit") or str(PER_PAGE))
    if not 1 <= count <= MOST_PER_PAGE:
        raise param("limit", f"must be between 1 and {MOST_PER_PAGE}")
    return count


def cursor(object_id: str) -> str:
    """An opaque word for a place in a list."""
    return urlsafe_b64encode(object_id.encode()).decode()


def after(ask: Ask, found: list[str]) -> int:
    """The place in the list after the cursor."""
    if not (word := ask.given.get("after")):
        return 0
    try:
        return found.index(urlsafe_b64decode(word).decode()) + 1
    except ValueError:
        raise GraphError(100, "(#100) Invalid cursor") from None
