"""An app that shows codes, written from RFC 6238 and not with the studio's own code."""

from __future__ import annotations

import hashlib
import hmac
import struct
import time

KEY = "3132333435363738393031323334353637383930"  # the RFC's own key


def shown(key: str = KEY, at: float | None = None) -> str:
    """The six digits that the app shows then."""
    digest = hmac.new(bytes.fromhex(key), struct.pack(">Q", int(time.time() if at is None else at) // 30), hashlib.sha1)
    start = digest.digest()[-1] & 15
    return f"{(struct.unpack('>I', digest.digest()[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
