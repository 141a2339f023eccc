"""The speech model of `reel transcribe`: fetched once into the home, every byte known beforehand.

The files are those of Systran's conversions on huggingface.co (MIT), at one commit, by SHA-256; a file that is another
one is refused. Nothing is sent but the request: transcribing itself happens on this machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipeline.errors import NotHere, Refused
from publishers._sentences import _

HOST = "https://huggingface.co"
_TIMEOUT = 30.0  # seconds without a byte
_WORDS = {
    "tokenizer.json": (2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    "vocabulary.txt": (459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
}


@dataclass(frozen=True)
class Model:
    """A model: its repository, the commit, and each file's size in bytes and SHA-256."""

    name: str
    repository: str
    commit: str
    files: dict[str, tuple[int, str]]


MODELS = {
    one.name: one
    for one in (
        Model(
            "base",
            "Systran/faster-whisper-base",
            "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
            {
                "model.bin": (145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
                "config.json": (2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
                **_WORDS,
            },
        ),
        Model(
            "small",
            "Systran/faster-whisper-small",
            "536b0662742c02347bc0e980a01041f333bce120",
            {
                "model.bin": (483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
                "config.json": (2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"),
                **_WORDS,
            },
        ),
    )
}


def at_hand(model: Model, home: Path, tell: Callable[[float], None], client: httpx.Client | None = None) -> Path:
    """The folder with the model's files, fetched where they are missing; `tell` hears 0.0 to 1.0.

    `Refused` where they cannot be fetched, or are not the files that were meant.
    """
    folder = home / "models" / f"{model.name}-{model.commit[:12]}"
    missing = {name: facts for name, facts in model.files.items() if not _whole(folder / name, facts)}
    if missing:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole, done = sum(size for size, _sha256 in missing.values()), 0
        with client or httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as line:
            for count in (n for name, facts in missing.items() for n in _fetch(model, name, facts, folder, line)):
                done += count
                tell(done / whole)
    return folder


def _fetch(model: Model, name: str, facts: tuple[int, str], folder: Path, line: httpx.Client) -> Iterator[int]:
    """How many bytes came, again and again, until the file is there whole."""
    url = f"{HOST}/{model.repository}/resolve/{model.commit}/{name}"
    part, digest, count = folder / f".{name}.part", hashlib.sha256(), 0
    try:
        with line.stream("GET", url) as answer, part.open("wb") as file:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                count += len(piece)
                if count > facts[0]:
                    break
                digest.update(piece)
                file.write(piece)
                yield len(piece)
        if (count, digest.hexdigest()) != facts:
            raise Refused(
                _("What came is not the speech model that was asked for ({name}): try again later.", name=name)
            )
        part.replace(folder / name)
    except httpx.HTTPError:
        words = {"host": HOST.removeprefix("https://"), "folder": f"models/{folder.name}"}
        raise NotHere(
            _(
                "The speech model cannot be fetched from {host}: go online once, or copy its files to {folder}.",
                **words,
            )
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _whole(path: Path, facts: tuple[int, str]) -> bool:
    if not path.is_file() or path.stat().st_size != facts[0]:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == facts[1]
