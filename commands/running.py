"""The studio, the scheduler and the log."""

from __future__ import annotations

import threading

import click

from commands._terminal import (
    emit,
    json_option,
    say,
    serve_studio,
    stored,
)
from publishers._sentences import Said, _


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
    stop = threading.Event()
    try:
        scheduler.run(stop, workers)
    except KeyboardInterrupt:
        stop.set()


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command("verify")
@json_option
@stored
def audit_verify(as_json: bool) -> None:
    """Read the whole chain and say whether it holds."""
    from dataclasses import asdict

    from pipeline import audit as stage

    verdict = stage.verify()
    emit(
        as_json, asdict(verdict), lambda: say(_("{n} entries, head {head}.", n=verdict.entries, head=verdict.head[:16]))
    )
    if not verdict.ok:
        raise Said(_("The chain is broken at entry {n}: compare with the last digest.", n=verdict.broken_at))


COMMANDS = (run, serve, work, audit)
