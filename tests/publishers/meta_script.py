"""Steps and answers that the scripted tests of Instagram and Facebook share."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from publishers._base import More, Pending, Prepared, Publisher, Receipt
from tests.publishers.loopback import Said, Script, json_answer

TOKEN = "EAACANARYtoken0123456789"
HTML = Said(502, b"<html>Bad gateway</html>", mime="text/html")


def an_error(code: int, subcode: int | None = None, status: int = 400, **more: Any) -> Said:
    """An error as Graph writes it; its message quotes the token."""
    return json_answer(status, error={"message": f"no {TOKEN}", "code": code, "error_subcode": subcode, **more})


def finished(adapter: Publisher, post: Any, saved: dict[str, Any] | None = None) -> Prepared:
    """Everything short of the irreversible call, each state passed through JSON as through the database."""
    step: More | Prepared = More(saved=saved or {})
    for _ in range(30):
        step = adapter.prepare(post, json.loads(json.dumps(step.saved)))
        if isinstance(step, Prepared):
            return step
    raise AssertionError("prepare never ends")


def completed(adapter: Publisher, result: Any) -> Receipt:
    """The receipt of what was accepted."""
    for _ in range(10):
        if isinstance(result, Receipt):
            return result
        result = adapter.check(Pending(saved=json.loads(json.dumps(result.saved))))
    raise AssertionError("check never ends")


def asked(server: Script, name: str) -> list[dict[str, str]]:
    """The forms that were sent to an edge, plain or multipart."""
    return [_form(one.body, one.headers) for one in server.asked if one.name == name and one.method == "POST"]


def _form(body: bytes, headers: dict[str, str]) -> dict[str, str]:
    kind, _semicolon, rest = headers.get("content-type", "").partition(";")
    if kind != "multipart/form-data":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    found = {}
    for part in body.split(b"--" + rest.partition("boundary=")[2].encode())[1:-1]:
        head, _blank, value = part.partition(b"\r\n\r\n")
        found[head.partition(b'name="')[2].partition(b'"')[0].decode()] = value[:-2].decode("latin-1")
    return found
