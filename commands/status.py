"""What a person asks first: what stops posts, what went out, what waits, what needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, indented, json_option, program, say, spoken, stored, table
from commands.corrections import correction_facts, show_corrections
from commands.notices import mail_facts, standing
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.delivery import Status
    from pipeline.models import Hold, Publication

LISTED = 50  # more are counted


@click.command()
@click.option("--check", is_flag=True, help="Only fail, with one sentence, where somebody has to look: for a monitor.")
@json_option
@stored
def status(check: bool, as_json: bool) -> None:
    """Show what stops posts, what went out, what waits, and what needs a person."""
    from pipeline import corrections, delivery, sweeping, versions
    from pipeline.delivery.status import unsettled

    now, rows = delivery.status(), list(unsettled())
    wrong = corrections.waiting()
    if as_json:
        facts = {"needs_a_person": [unsettled_facts(row) for row in rows], "mails": mail_facts(),
                 "last_backup": last_backup(), "kept": asdict(sweeping.kept()),
                 "to_correct": [correction_facts(one) for one in wrong]}  # fmt: skip
        emit(True, {"version": versions.program(), **asdict(now), **facts}, lambda: None)
    elif not check:
        show_status(now, rows)
        show_corrections(wrong[:LISTED])
        and_more(len(wrong))
    if check and (why := alarm(now)):
        raise Said(why)


def unsettled_facts(row: Publication) -> dict[str, Any]:
    """A publication that waits for a person's word, for --json."""
    return {"publication": row.pk, "post": row.variant.post_id, "channel": row.channel.name, "state": row.state,
            "sentence": why_of(row)}  # fmt: skip


def alarm(now: Status) -> Sentence | None:
    """The one sentence for which a monitor calls somebody: nobody ticks, or something waits for a person."""
    from django.utils import timezone

    from pipeline import delivery
    from pipeline.delivery.status import SILENT_LONG, silent

    if silent(now.last_tick, timezone.now(), SILENT_LONG):
        return clock_sentence(now.last_tick)
    counted = [
        (now.needs_decision, _("{n} to decide", n=now.needs_decision)),
        (now.missed, _("{n} missed", n=now.missed)),
        (now.failed, _("{n} failed", n=now.failed)),
    ]
    what = [told for number, told in counted if number]
    what += [_("{channel} closed", channel=name) for name in now.unauthorised]
    what += [_("everything stopped by the machine itself") for hold in delivery.active_holds() if hold.by is None]
    return _("Somebody has to look: {what}. See “portevoix status”.", what=what) if what else None


def show_status(now: Status, rows: list[Publication]) -> None:
    """What stops posts first, then how many stand where, then what a person has to settle and by which command."""
    from pipeline import versions
    from pipeline.panic import switch

    which = _("Porte-voix {version}.", version=versions.program())
    shut = [_("Everything is shut by a panic: end it with “portevoix panic --over”.")] if switch.is_on() else []
    stops = [*shut, *holds(), *closed(now.unauthorised), *paused(now), *dying(now), clock_sentence(now.last_tick)]
    for sentence in [*stops, *standing(mail_facts()), backup_sentence(last_backup()), kept_sentence(), which]:
        say(sentence)
    if not now.counts:
        say(_("No post has a time yet."))
        return
    click.echo()
    table([_("state"), _("publications")], [
        [_("sent in the last 24 hours"), now.sent], [_("waiting"), now.waiting], [_("of these late"), now.late],
        [_("missed"), now.missed], [_("failed"), now.failed], [_("needs a decision"), now.needs_decision],
        [_("being looked up"), now.in_doubt], [_("to be put up by hand"), len(now.by_hand)],
    ])  # fmt: skip
    show_shifted(now)
    show_by_hand(now)
    click.echo()
    show_unsettled(rows)


def kept_sentence() -> Sentence:
    """How many kits and mails are kept, and how long."""
    from django.conf import settings

    from pipeline import sweeping

    found = sweeping.kept()
    words = {"kits": found.kits, "mails": found.notices, "days": settings.PORTEVOIX_KITS_DAYS or "∞",
             "more": settings.PORTEVOIX_NOTICES_DAYS or "∞"}  # fmt: skip
    return _("Kept: hand-off kits {kits} (days after they are out: {days}), mails {mails} (days: {more}).", **words)


def holds() -> list[Sentence]:
    """Each hold in force, the one on everything first, in a sentence."""
    from pipeline import delivery

    return [hold_sentence(row) for row in delivery.active_holds()]


def hold_sentence(row: Hold) -> Sentence:
    """Since when and by whom, and why where a reason was given."""
    facts = {"at": local(row.since), "name": row.by.username if row.by else "Porte-voix"}
    told = Sentence.from_json(row.why).text(spoken()) if row.why else row.reason
    reason = f" ({told})" if told else ""
    if row.channel is None:
        return _("Everything is on hold since {at}, by {name}{reason}.", reason=reason, **facts)
    return _("{channel} is on hold since {at}, by {name}{reason}.", channel=row.channel.name, reason=reason, **facts)


def closed(names: list[str]) -> list[Sentence]:
    """One sentence for each channel that the platform does not let in."""
    return [
        _("{channel} is closed: its platform refuses the credentials. See “portevoix channel check {channel}”.",
          channel=name)
        for name in names
    ]  # fmt: skip


def paused(now: Status) -> list[Sentence]:
    """One sentence for each channel whose platform asked to be left alone for a while."""
    told = _("{channel} pauses until {time}: its platform asked for it.")
    return [Sentence(told.msgid, {"channel": name, "time": local(until)}) for name, until in now.paused.items()]


def dying(now: Status) -> list[Sentence]:
    """One sentence for each channel whose credentials end soon, or have ended."""
    from django.utils import timezone

    ended = _("The credentials of {channel} ended on {at}: connect it again on the page “Channels”, or give new "
              "credentials with “portevoix channel set {channel}”.")  # fmt: skip
    ending = _("The credentials of {channel} end on {at}: connect it again on the page “Channels”, or give new "
               "credentials with “portevoix channel set {channel}”.")  # fmt: skip
    return [
        Sentence((ended if at < timezone.now() else ending).msgid, {"channel": name, "at": local(at)})
        for name, at in now.dying.items()
    ]


def clock_sentence(last: datetime | None) -> Sentence:
    """When the scheduler last ticked, and what follows where it is silent."""
    from django.utils import timezone

    from pipeline.delivery.status import silent

    if last is None:
        return _("The scheduler has never run here: start it with “portevoix run”.")
    if silent(last, timezone.now()):
        return _("The scheduler has been silent since {at}: nothing goes out until it runs again (portevoix run).",
                 at=local(last))  # fmt: skip
    return _("The scheduler last ticked on {at}.", at=local(last))


def last_backup() -> datetime | None:
    """When this store last made a backup."""
    from pipeline import backup

    return backup.last_made()


def backup_sentence(last: datetime | None) -> Sentence:
    """How old the last backup is."""
    from django.utils import timezone

    if last is None:
        return _("No backup was ever made of this store: make one with “portevoix backup DIR”.")
    days = (timezone.now() - last).days
    if days < 2:
        return _("The last backup was made on {at}.", at=local(last))
    return _("The last backup was made on {at}, {days} days ago.", at=local(last), days=days)


def show_shifted(now: Status) -> None:
    """The posts whose wall time means another instant than when it was chosen, and how to choose it again."""
    if now.shifted:
        click.echo()
    for one in now.shifted[:LISTED]:
        say(_("Publication {number} was planned for {wall} in {zone}, whose rules have changed since. As it stands it "
              "goes out on {old}; by today’s rules the time chosen is {new}. Choose it again:",
              number=one.publication, wall=one.wall_time.strftime("%Y-%m-%d %H:%M"), zone=one.zone,
              old=local(one.due_at), new=local(one.would_be)))  # fmt: skip
        indented(command("move", one.publication, "--at", f"'{local(one.would_be)}'"))
    and_more(len(now.shifted))


def show_by_hand(now: Status) -> None:
    """What waits for a person to put it up, and for how long; nobody has to decide anything."""
    if now.by_hand:
        click.echo()
        say(_("To be put up by hand:"))
    for one in now.by_hand[:LISTED]:
        say(_("Publication {number} on {channel}, waiting since {at} ({age})", number=one.publication,
              channel=one.channel, at=local(one.since), age=age(one.since)))  # fmt: skip
        indented(command("handoff", "show", one.publication, by=False))
        indented(command("handoff", "done", one.publication, "--link", "URL"))
    and_more(len(now.by_hand))


def show_unsettled(rows: list[Publication]) -> None:
    """What waits for a person's word: which, why, and the command that settles it."""
    say(_("Somebody has to settle:") if rows else _("Nothing needs a person."))
    for row in rows[:LISTED]:
        say(_("Publication {number} on {channel}, {state}: {title}", number=row.pk, channel=row.channel.name,
              state=word_of(row), title=row.variant.post.title))  # fmt: skip
        for line in (why_of(row), *settled_by(row)):
            indented(line)
    and_more(len(rows))


def and_more(number: int) -> None:
    """Says how many are not listed."""
    if number > LISTED:
        say(_("… and {n} more.", n=number - LISTED))


def why_of(row: Publication) -> str:
    """The sentence of a row, empty where it has none."""
    return Sentence.from_json(row.error).text(spoken()) if row.error else ""


def word_of(row: Publication) -> Sentence:
    """The word for the state of a publication."""
    from pipeline import states

    return states.word(row)


def settled_by(row: Publication) -> Iterator[str]:
    """The commands of which one settles the row."""
    from pipeline.models import PostState, PublicationState

    if row.state == PublicationState.NEEDS_HUMAN:
        yield command("decide", row.pk, "--live", "URL")
        yield command("decide", row.pk, "--not-live")
        return
    if row.state in (PublicationState.MISSED, PublicationState.FAILED) and row.variant.post.state == PostState.APPROVED:
        yield command("send", row.pk)
    yield command("move", row.pk, "--at", "'YYYY-MM-DD HH:MM'")
    yield command("cancel", row.pk)


def command(*words: Any, by: bool = True) -> str:
    """A command of this tool as this person types it; `by` for those that ask who acts."""
    return " ".join([program(), *map(str, words), *(["--as", "USER"] if by else [])])


def age(since: datetime) -> str:
    """How long ago that was, in the largest unit that fits: 3 min, 5 h, 2 d."""
    from django.utils import timezone

    minutes = max(int((timezone.now() - since).total_seconds() // 60), 0)
    if minutes < 60:
        return _("{n} min", n=minutes).text(spoken())
    hours = minutes // 60
    return (_("{n} h", n=hours) if hours < 48 else _("{n} days", n=hours // 24)).text(spoken())


def local(at: datetime) -> str:
    """The minute in the organisation's zone."""
    from django.utils import timezone

    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


COMMANDS = (status,)
