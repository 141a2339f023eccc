"""Raw HTTP to a LinkedIn server, as one token; and documents with a property each."""

from __future__ import annotations

import io
import zlib
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from PIL import Image

from sandbox.linkedin import LinkedIn
from tests.sandbox.conftest import Api

REACH = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
SRT = b"1\r\n00:00:00,000 --> 00:00:02,000\r\nBonjour\r\n"


class Linked:
    """What a client of LinkedIn sends, and nothing more."""

    http = Api.http

    def __init__(self, server: LinkedIn, token: str, author: str) -> None:
        self.server, self.token, self.author = server, token, author

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
            **more.pop("headers", {}),
        }
        kept = {key: one for key, one in headers.items() if one is not None}
        return self.http.request(method, f"{self.server.url}{path}", headers=kept, **more)

    def body(self, commentary: str = "a", content: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        body = {
            "author": self.author,
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": REACH,
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
            **({"content": content} if content else {}),
            **more,
        }
        return {key: one for key, one in body.items() if one is not None}

    def post(self, commentary: str = "a", content: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        return self.ask("POST", "/rest/posts", json=self.body(commentary, content, **more))

    def urn(self, *words: Any, **more: Any) -> str:
        answer = self.post(*words, **more)
        assert (answer.status_code, answer.content) == (201, b""), answer.text
        return answer.headers["x-restli-id"]

    def begin(self, family: str, **more: Any) -> dict[str, Any]:
        wish = {"initializeUploadRequest": {"owner": self.author, **more}}
        answer = self.ask("POST", f"/rest/{family}?action=initializeUpload", json=wish)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def put(self, url: str, body: bytes, **headers: str) -> httpx.Response:
        return self.http.put(url, content=body, headers={"Content-Type": "application/octet-stream", **headers})

    def status(self, family: str, urn: str) -> str:
        return self.ask("GET", f"/rest/{family}/{quote(urn, safe='')}").json()["status"]

    def image(self, body: bytes, ready: bool = True) -> str:
        value = self.begin("images")
        assert self.put(value["uploadUrl"], body).status_code == 201
        if ready:
            self.server.move(2)
        return value["image"]


def error(answer: httpx.Response) -> tuple[int, str]:
    told = answer.json()
    assert {"message", "status"} <= set(told)
    assert told["status"] == answer.status_code
    return told["status"], told.get("code", "")


@cache
def pdf(pages: int = 2) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("RGB", (20, 20), (n % 256, 0, 0)) for n in range(pages)]
    first.save(out, "PDF", save_all=True, append_images=rest)
    return out.getvalue()


def packed_pdf(pages: int) -> bytes:
    """A PDF whose page objects stand in a compressed object stream, as newer programs write it."""
    objects = zlib.compress(b"<</Type/Pages>>" + b"<</Type /Page /Parent 1 0 R>>" * pages)
    return b"%PDF-1.7\n5 0 obj\n<</Type/ObjStm>>stream\n" + objects + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
