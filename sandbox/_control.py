"""The control interface under /sandbox/ and the human page: no part of any platform."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox._page import page
from sandbox._wire import Answer, Request, html_answer, json_answer

if TYPE_CHECKING:
    from sandbox._server import Sandbox

MIMES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def control(sandbox: Sandbox, request: Request) -> Answer:
    """The answer of the control interface: a document, a file, or the page."""
    words = request.path.strip("/").split("/")
    with sandbox.lock:
        sandbox.catch_up()
        if words[0] != "sandbox":
            return html_answer(page(sandbox, words[1] if len(words) > 1 else ""))
        if words[1] == "files":
            return stored(sandbox, words[-1])
        try:
            given = json.loads(request.read() or b"{}") if request.method == "POST" else {}
            return json_answer(obey(sandbox, request.method, words[1], given))
        except LookupError as error:
            return json_answer({"error": f"unknown: {error}"}, 404)
        except (TypeError, ValueError) as error:
            return json_answer({"error": str(error)}, 400)


def obey(sandbox: Sandbox, method: str, command: str, given: dict[str, Any]) -> Any:
    """What a command of the control interface gives back."""
    if command == "published":
        return sandbox.published()
    if command == "requests":
        return [asdict(one) for one in sandbox.requests]
    if command == "facts":
        return sandbox.facts()
    if command == "clock":
        return set_clock(sandbox, given)
    if command == "faults":
        if method == "DELETE":
            sandbox.faults.clear()
        elif given:
            sandbox.fault(given.pop("call"), given.pop("kind"), **given)
        return [asdict(one) for one in sandbox.faults]
    if command == "reset" and method == "POST":
        sandbox.reset()
        return sandbox.facts()
    return sandbox.order(command, given)


def set_clock(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, str]:
    """The server's time after {"move": seconds} or {"at": an aware ISO time, which also freezes it}."""
    if "at" in given:
        at = datetime.fromisoformat(given["at"])
        if at.tzinfo is None:
            raise ValueError("the time needs its zone: 2026-11-25T10:00:00+00:00")
        sandbox.clock.freeze(at)
    sandbox.move(float(given.get("move", 0)))
    return {"now": sandbox.clock.now().isoformat()}


def stored(sandbox: Sandbox, name: str) -> Answer:
    """A file that the server holds, by its hash."""
    path = sandbox.blobs.get(name)
    if path is None or not path.exists():
        return json_answer({"error": "no such file"}, 404)
    body = path.read_bytes()
    mime = next((mime for start, mime in MIMES.items() if body.startswith(start)), None)
    return Answer(200, body, mime or ("video/mp4" if body[4:8] == b"ftyp" else "application/octet-stream"))
