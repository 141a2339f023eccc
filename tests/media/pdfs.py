"""PDF files taken apart and put together again, so that a test can slip something in.

Written apart from the gate's own reader: one does not judge the other.
"""

from __future__ import annotations

import re
import zlib


def objects(data: bytes) -> list[bytes]:
    """The bodies of the objects, by number from 1."""
    body = data[: data.rindex(b"xref\n0 ")]
    return [part.rstrip(b"\n") for part in re.split(rb"(?:^|\n)\d+ 0 obj\n", body)[1:]]


def build(bodies: list[bytes], trailer: bytes, after: bytes = b"") -> bytes:
    out = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n"
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\n\n"
    table = len(out)
    out += b"xref\n0 %d\n" % (len(bodies) + 1) + b"0000000000 65535 f\r\n"
    out += b"".join(b"%010d 00000 n\r\n" % place for place in places)
    return out + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF" % table + after


def trailer(data: bytes, size: int) -> bytes:
    found = re.search(rb"trailer\n(<<.*>>)\nstartxref", data, re.DOTALL)
    assert found
    return re.sub(rb"/Size \d+", b"/Size %d" % (size + 1), found[1])


def changed(data: bytes, old: bytes, new: bytes, *, more: list[bytes] | None = None) -> bytes:
    """The file with the first `old` within an object replaced, and further objects; its table is right again."""
    bodies = objects(data)
    where = next((n for n, body in enumerate(bodies) if old in body), None)
    assert where is not None, old
    bodies[where] = bodies[where].replace(old, new, 1)
    bodies += [body + b"\nendobj" for body in more or []]
    return build(bodies, trailer(data, len(bodies)))


def repacked(data: bytes, old: bytes, new: bytes) -> bytes:
    """The file with `old` replaced inside the first compressed stream that has it."""
    bodies = objects(data)
    for number, body in enumerate(bodies):
        found = re.match(rb"(<<.*?>>)\nstream\n(.*)\nendstream\nendobj$", body, re.DOTALL)
        if not found or b"FlateDecode" not in found[1]:
            continue
        plain = zlib.decompress(found[2])
        if old in plain:
            packed = zlib.compress(plain.replace(old, new, 1))
            head = re.sub(rb"/Length \d+", b"/Length %d" % len(packed), found[1])
            bodies[number] = head + b"\nstream\n" + packed + b"\nendstream\nendobj"
            return build(bodies, trailer(data, len(bodies)))
    raise AssertionError(old)
