"""The studio, the scheduler and the log."""

from __future__ import annotations

import threading
from importlib import import_module

import click

from commands._terminal import (
    emit,
    json_option,
    say,
    serve_studio,
    stays,
    stored,
)
from publishers._sentences import Said, _

ASKED_BY = ("publishers._transport", "facebook", "requests")  # what networks are asked by


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@stored
def run(host: str, port: int) -> None:
    """Open the studio and tick the scheduler, in one process."""
    serve_studio(host, port, ticking=True)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@stored
def serve(host: str, port: int) -> None:
    """Open the studio alone."""
    serve_studio(host, port, ticking=False)


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), help="How many publications at a time; PORTEVOIX_WORKERS, or 4.")
@stored
def work(workers: int | None) -> None:
    """Tick the scheduler alone, until stopped; several of these may run beside each other."""
    import scheduler

    say(_("The scheduler ticks. Stop it with Ctrl+C."))
    for name in ASKED_BY:
        import_module(name)  # now, so that what a job loads days later is no growth that somebody has to explain
    stays()
    stop = threading.Event()
    try:
        scheduler.run(stop, workers)
    except KeyboardInterrupt:
        stop.set()


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command("verify")
@click.option("--digest", metavar="SEQ:HASH", help="What a daily digest said: is it still there?")
@json_option
@stored
def audit_verify(digest: str | None, as_json: bool) -> None:
    """Read the whole chain and say whether it holds, and still holds what a digest said."""
    from dataclasses import asdict

    from pipeline import audit as stage

    verdict = stage.verify()
    emit(
        as_json, asdict(verdict), lambda: say(_("{n} entries, head {head}.", n=verdict.entries, head=verdict.head[:16]))
    )
    if not verdict.ok:
        raise Said(_("The chain is broken at entry {n}: compare with the last digest.", n=verdict.broken_at))
    if digest is not None:
        compare(digest)


def compare(digest: str) -> None:
    """Refuses where the log does not hold what a digest said it held."""
    from pipeline import audit as stage

    seq, colon, head = digest.strip().partition(":")
    if not colon or not (seq.isascii() and seq.isdigit()) or len(head) != 64:
        raise Said(_("“{text}” is not from a digest: write the number, a colon and the whole hash.", text=digest))
    if not stage.still_holds(int(seq), head):
        raise Said(
            _("The log no longer holds entry {n} as the digest says: it was cut off or written anew since.", n=int(seq))
        )


COMMANDS = (run, serve, work, audit)
