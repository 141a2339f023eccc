"""What goes over the wire, as the sandbox servers see it: a request with its parts, an answer, and the log of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

PIECE = 64 * 1024
MASK = "•••"


class HungUp(Exception):
    """The client closed the connection before its whole body had come."""


@dataclass(frozen=True)
class Upload:
    """One file of a multipart form."""

    name: str
    mime: str
    body: bytes

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class Request:
    """One request; its body is read when somebody asks for it, piece by piece if wanted."""

    host: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    stream: Iterator[bytes]
    target: str = ""  # path and query as they came, for platforms that want them encoded in their own way
    cut_after: int | None = None  # a planned fault: the connection breaks after so many bytes of the body
    _body: bytes | None = None
    _form: tuple[list[tuple[str, str]], dict[str, Upload]] | None = None

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives; ends with `HungUp` where the client goes away too early."""
        come = 0
        for piece in self.stream if self._body is None else [self._body]:
            room = len(piece) if self.cut_after is None else max(0, self.cut_after - come)
            come += len(piece)
            if piece[:room]:
                yield piece[:room]
            if self.cut_after is not None and come > self.cut_after:
                raise HungUp
        if self.cut_after is not None:
            raise HungUp

    def read(self) -> bytes:
        """The whole body."""
        if self._body is None:
            self._body = b"".join(self.pieces())
        return self._body

    @property
    def was_read(self) -> bool:
        """Whether somebody has asked for the whole body."""
        return self._body is not None

    @property
    def mime(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the body in their order: url-encoded, multipart or the members of a JSON object."""
        return self._parsed()[0]

    @property
    def files(self) -> dict[str, Upload]:
        """The files of a multipart body by field name."""
        return self._parsed()[1]

    def _parsed(self) -> tuple[list[tuple[str, str]], dict[str, Upload]]:
        if self._form is None:
            self._form = parse_body(self.mime, self.headers.get("content-type", ""), self.read)
        return self._form


def parse_body(
    mime: str, content_type: str, read: Callable[[], bytes]
) -> tuple[list[tuple[str, str]], dict[str, Upload]]:
    """Fields and files of a form body; nothing for bodies of other types."""
    if mime == "application/x-www-form-urlencoded":
        return parse_qsl(read().decode("utf-8", "replace"), keep_blank_values=True), {}
    if mime == "multipart/form-data":
        return parse_multipart(content_type, read())
    if mime == "application/json":
        return json_fields(read()), {}
    return [], {}


def json_fields(body: bytes) -> list[tuple[str, str]]:
    """The members of a JSON object as form fields: texts as they are, all else as JSON text."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return []
    if not isinstance(value, dict):
        return []
    return [(key, one if isinstance(one, str) else json.dumps(one)) for key, one in value.items()]


def parse_multipart(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], dict[str, Upload]]:
    """Fields and files of a multipart/form-data body."""
    boundary = words_of(content_type).get("boundary", "").encode()
    fields: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:] if boundary else []:
        if part.startswith(b"--"):
            break
        head, _blank, content = part.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("utf-8", "replace").split("\r\n") if ": " in line)
        lowered = {key.lower(): value for key, value in headers.items()}
        names = words_of(lowered.get("content-disposition", ""))
        if "filename" in names:
            mime = lowered.get("content-type", "application/octet-stream")
            files[names.get("name", "")] = Upload(names["filename"], mime, content)
        else:
            fields.append((names.get("name", ""), content.decode("utf-8", "replace")))
    return fields, files


def words_of(header: str) -> dict[str, str]:
    """The parameters of a header: form-data; name="source"; filename="a.jpg"."""
    found = {}
    for word in header.split(";")[1:]:
        key, _equals, value = word.strip().partition("=")
        found[key.lower()] = unquote_plus(value.strip('"')) if key.endswith("*") else value.strip('"')
    return found


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    status: int = 200
    body: bytes = b""
    mime: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, more: Mapping[str, str]) -> Answer:
        """The same with further headers."""
        return Answer(self.status, self.body, self.mime, {**self.headers, **more})


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A value as a JSON document."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


def html_answer(text: str, status: int = 200) -> Answer:
    """A page."""
    return Answer(status, text.encode(), "text/html; charset=utf-8")


@dataclass
class Entry:
    """One request in the log. Secrets are masked; `secrets` tells where each stood: header, query, path or body."""

    n: int
    at: str
    host: str
    method: str
    path: str
    call: str = ""
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: list[tuple[str, str]] = field(default_factory=list)
    status: int | None = None  # None: the client was given no answer
    error: str = ""
    fault: str = ""
    applied: bool = False  # the server did what it was asked

    def places(self, name: str = "access_token") -> set[str]:
        """Where a secret of that name stood."""
        return {place for secret, place in self.secrets if secret == name}
