"""A card on a page of this machine alone: every format in every language, drawn anew when a file is saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from commands._terminal import spoken
from pipeline import cards
from publishers._sentences import Said, _

SCRIPT = Path(__file__).parents[1] / "web" / "static" / "cards.js"
STYLE = """
body { margin: 24px; background: #F3EFE6; color: #15181D; font: 16px/1.4 Inter, system-ui, sans-serif; }
table { border-collapse: collapse; } th { text-align: start; padding: 4px 16px 4px 0; vertical-align: top; }
td { padding: 0 16px 16px 0; vertical-align: top; } figure { margin: 0; max-width: 240px; }
img { display: block; height: 240px; } [hidden] { display: none; } figcaption { max-width: 40ch; }
@media (prefers-color-scheme: dark) { body { background: #15181D; color: #F3EFE6; } }
"""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing, where the browser went away in the middle of a picture."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """The page's server, on 127.0.0.1; closed when its `with` ends."""

    def __init__(self, name: str, port: int) -> None:
        cards.fingerprint(name)  # an unknown card is refused before anything is served
        self._http = _Quiet(("127.0.0.1", port), _handler(name))
        self.address = f"http://127.0.0.1:{self._http.server_port}/"

    def run(self) -> None:
        """Nothing; serves until it is interrupted."""
        try:
            self._http.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            return

    def stop(self) -> None:
        """Nothing; `run` returns."""
        self._http.shutdown()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.server_close()


def page(name: str) -> str:
    """The page: a row for each language, a picture for each format."""
    listed = cards.one(name)
    head = "".join(f"<th>{escape(format)}</th>" for format in listed.formats)
    rows = "".join(
        f"<tr><th>{escape(lang)}</th>" + "".join(_cell(lang, format) for format in listed.formats) + "</tr>"
        for lang in listed.languages
    )
    return (
        f'<!doctype html><html lang="{spoken()}"><meta charset="utf-8"><title>{escape(name)}</title>'
        f"<style>{STYLE}</style><h1>{escape(name)}</h1>"
        f'<table data-stamp="/stamp"><tr><th></th>{head}</tr>{rows}</table>'
        f"<script>{SCRIPT.read_text('utf-8')}</script></html>"
    )


def _cell(lang: str, format: str) -> str:
    source = f"/{escape(lang)}/{escape(format)}.jpg"
    return f'<td><figure><img src="{source}" alt="{lang} {format}"><figcaption></figcaption></figure></td>'


def _picture(name: str, path: str) -> bytes:
    lang, _slash, format = path.strip("/").removesuffix(".jpg").partition("/")
    return cards.draw(name, cards.sample(name, lang), lang=lang, format=format).data


def _handler(name: str) -> type[BaseHTTPRequestHandler]:
    ways: dict[str, tuple[str, Callable[[str], bytes]]] = {
        "/": ("text/html; charset=utf-8", lambda _path: page(name).encode()),
        "/stamp": ("text/plain", lambda _path: cards.fingerprint(name).encode()),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            kind, way = ways.get(path, ("image/jpeg", lambda asked: _picture(name, asked)))
            try:
                self._say(200, kind, way(path))
            except Said as refusal:
                self._say(422, "text/plain; charset=utf-8", refusal.sentence.text(spoken()).encode())

        def _say(self, status: int, kind: str, body: bytes) -> None:
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            if host not in ("127.0.0.1", "localhost"):  # another site's name that was made to lead here
                status, kind, body = 403, "text/plain; charset=utf-8", _("Only this machine.").text(spoken()).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the terminal stays the person's."""

    return Handler
