"""Files chosen on the page: kept until they are imported or forgotten, a week at most."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.models import Upload, User
from pipeline.observations import datasets, importing
from pipeline.observations.headers import Wishes
from pipeline.observations.reading import MOST_BYTES
from pipeline.observations.report import ImportReport
from pipeline.observations.times import Order
from publishers._sentences import _

KEPT = timedelta(days=7)
SECONDS = 60.0  # a page does not wait longer; the command does


def keep(name: str, chunks: Iterable[bytes], dataset: str, *, by: User) -> Upload:
    """The file, kept under its hash. Raises Refused where it is too large or the dataset is not declared."""
    datasets.load(dataset)
    forget_old()
    folder = _folder()
    part = folder / f".{os.getpid()}.{hashlib.sha256(os.urandom(16)).hexdigest()[:12]}"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("xb") as file:
            part.chmod(0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise Refused(_("{name} is larger than 200 MB: split it by year and import each part.", name=name))
                digest.update(chunk)
                file.write(chunk)
        part.replace(folder / digest.hexdigest())
    finally:
        part.unlink(missing_ok=True)
    return Upload.objects.create(
        dataset=dataset, file_name=name[:255], sha256=digest.hexdigest(), bytes=size, uploaded_by=by, at=timezone.now()
    )


def _folder() -> Path:
    folder = Path(settings.PORTEVOIX_HOME) / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def path_of(upload: Upload) -> Path:
    """Where the file is. Raises Refused where it is no longer kept."""
    path = _folder() / upload.sha256
    if not path.exists():
        raise Refused(_("{name} is no longer kept here: choose the file again.", name=upload.file_name))
    return path


def settle(upload: Upload, titles: Mapping[str, str], orders: Mapping[str, Order]) -> None:
    """Keeps which column each title means, and what stands first in a column's dates."""
    Upload.objects.filter(pk=upload.pk).update(titles=dict(titles), orders=dict(orders))


def bring(
    upload: Upload, *, by: User, answers: Sequence[str], dry_run: bool, drop_vanished: bool = False
) -> ImportReport:
    """The account of the file; once it is imported it is no upload any more. Raises Refused."""
    report = importing.import_file(
        path_of(upload), upload.dataset, by=by, answers=answers, dry_run=dry_run, drop_vanished=drop_vanished,
        wishes=Wishes(upload.titles, upload.orders), name=upload.file_name, seconds=SECONDS,
    )  # fmt: skip
    if report.import_id is not None:
        forget(upload)
    return report


def forget(upload: Upload) -> None:
    """Takes the file away; what was imported of it stays."""
    Upload.objects.filter(pk=upload.pk).delete()
    if not Upload.objects.filter(sha256=upload.sha256).exists():
        (_folder() / upload.sha256).unlink(missing_ok=True)


def forget_old() -> None:
    """Takes away what nobody has imported within a week."""
    for upload in Upload.objects.filter(at__lt=timezone.now() - KEPT):
        forget(upload)
