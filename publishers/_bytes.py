"""The bytes of a sealed file, hashed once more just before they leave."""

from __future__ import annotations

import hashlib

from publishers._base import File, Files, Rejected
from publishers._sentences import _


def sealed_bytes(files: Files, file: File) -> bytes:
    """The bytes of `file`; Rejected if they are gone or are not the ones that were approved."""
    try:
        held = files.path(file).read_bytes()
    except FileNotFoundError:
        held = b""
    if hashlib.sha256(held).hexdigest() != file.sha256:
        raise Rejected(
            _("The file {name} is missing or was changed after approval: render it and ask again.", name=file.name)
        )
    return held
