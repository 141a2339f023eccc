"""Whether the media host can be reached, by our own look: a small picture is put there, fetched, and taken away."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from publishers._base import Check, PublisherError
from publishers._http import request
from publishers._mediahost import MediaHost
from publishers._sentences import _

# One grey pixel, baseline JPEG.
PIXEL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgy"
    "PC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG"
    "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z"
)


def reachable(host: MediaHost) -> Check:
    """Whether what is put there comes back the same; Meta's own view may still differ, behind a firewall."""
    try:
        ok = _comes_back(host)
    except PublisherError as error:
        return Check(name="media_host", ok=False, sentence=error.sentence)
    right = _("Pictures can be fetched from the media host.")
    wrong = _("What is put on the media host cannot be fetched there: check media_url, and that it is public.")
    return Check(name="media_host", ok=ok, sentence=right if ok else wrong)


def _comes_back(host: MediaHost) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pixel.jpg"
        source.write_bytes(PIXEL)
        url = host.put(source)
    try:
        answer = request("GET", url, headers={"User-Agent": "facebookexternalhit/1.1"})
        return answer.status_code == 200 and answer.content == PIXEL
    finally:
        host.remove(url)
