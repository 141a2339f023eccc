"""What goes out, what a person decides, and the hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    answer,
    as_option,
    emit,
    find_channel,
    find_publication,
    indented,
    json_option,
    person,
    publication_argument,
    publication_facts,
    say,
    show_publications,
    spoken,
    stored,
)
from commands.status import holds, word_of
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.delivery import Forecast
    from pipeline.models import Publication


@click.command()
@click.option("--due", is_flag=True, required=True, help="What is due now.")
@click.option("--dry-run", is_flag=True, help="Only show what would become of each post, and why; nothing is changed.")
@json_option
@stored
def publish(due: bool, dry_run: bool, as_json: bool) -> None:
    """Do one tick of the scheduler by hand."""
    from django.utils import timezone

    from pipeline import backup, delivery
    from pipeline.models import Publication

    if dry_run:
        told = delivery.forecast(timezone.now())
        emit(as_json, [forecast_facts(one) for one in told], lambda: show_forecast(told))
        return
    if not backup.check_epoch():
        raise Said(backup.PUT_BACK)
    done = delivery.tick()
    rows = list(Publication.objects.filter(pk__in=done.handled).select_related("channel", "variant__post", "receipt"))
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_due(rows))


def show_due(rows: list[Publication]) -> None:
    """What was due, or a sentence that nothing was; what is on hold is said in either case."""
    for sentence in holds():
        say(sentence)
    if rows:
        show_publications(rows)
    else:
        say(_("Nothing was sent.") if holds() else _("Nothing is due now: nothing was sent."))


def forecast_facts(one: Forecast) -> dict[str, Any]:
    """A publication for --json, with what a tick would make of it."""
    return {**publication_facts(one.publication), "becomes": one.becomes.value, "why": one.why.text(spoken())}


def show_forecast(told: list[Forecast]) -> None:
    """Each publication that a tick would look at, what would become of it, and why."""
    for sentence in holds():
        say(sentence)
    for one in told:
        row, becomes = one.publication, WOULD[one.becomes]
        say(_("Publication {number} on {channel} {becomes}: {title}", number=row.pk, channel=row.channel.name,
              becomes=becomes, title=row.variant.post.title))  # fmt: skip
        indented(one.why.text(spoken()))
    if not told:
        say(_("Nothing is due now: a tick would change nothing."))


WOULD = {
    "sent": _("would be sent"),
    "prepared": _("would be prepared"),
    "missed": _("would be listed as missed"),
    "failed": _("would fail"),
    "looked_up": _("would be looked up"),
    "taken_back": _("would be taken up anew"),
    "waits": _("would wait"),
}


@click.command()
@click.option("--channel", help="This channel only.")
@click.option("--reason", default="")
@as_option
@json_option
@stored
def hold(channel: str | None, reason: str, username: str, as_json: bool) -> None:
    """Stop everything, or one channel, at once."""
    from pipeline import delivery

    row = delivery.pull(find_channel(channel), by=person(username), reason=reason)
    facts = {"channel": channel, "held": True, "since": row.since.isoformat(), "reason": row.reason}
    said = (
        _("{channel} is on hold: nothing goes out there until somebody releases it.", channel=channel)
        if channel
        else _("Everything is on hold: nothing goes out until somebody releases it.")
    )
    answer(as_json, facts, said)


@click.command()
@click.option("--channel", help="This channel only.")
@as_option
@json_option
@stored
def release(channel: str | None, username: str, as_json: bool) -> None:
    """End a hold; what became late meanwhile is listed, not sent."""
    from pipeline import delivery

    done = delivery.release(find_channel(channel), by=person(username))
    said = _("Released.") if done else _("There was no hold to release.")
    answer(as_json, {"channel": channel, "held": False, "released": done}, said)


@click.command()
@publication_argument
@click.option("--live", "link", metavar="URL", help="It is on the network: its address.")
@click.option("--not-live", is_flag=True, help="It is not on the network: send it again.")
@as_option
@json_option
@stored
def decide(number: int, link: str | None, not_live: bool, username: str, as_json: bool) -> None:
    """Settle a doubt, after looking at the account: the post is live, or it is not."""
    from pipeline import delivery

    if bool(link) == not_live:
        raise click.UsageError(_("Give exactly one of --live URL and --not-live.").text(spoken()))
    row = find_publication(number)
    if not delivery.decide(row, by=person(username), link=link or None):
        raise Said(_("Publication {number} is not in doubt ({state}): there is nothing to decide.", number=number,
                     state=word_of(find_publication(number))))  # fmt: skip
    row = find_publication(number)
    done = _("Publication {number} counts as published at {link}: it is not sent again.", number=number, link=link)
    answer(as_json, publication_facts(row), done if link else back_in_the_queue(row))


@click.command()
@publication_argument
@as_option
@json_option
@stored
def send(number: int, username: str, as_json: bool) -> None:
    """Send a missed post after all, or try one again that failed."""
    from pipeline import delivery

    if not delivery.send_after_all(find_publication(number), by=person(username)):
        raise Said(_("Publication {number} is neither missed nor failed ({state}): only such a one is sent after all.",
                     number=number, state=word_of(find_publication(number))))  # fmt: skip
    row = find_publication(number)
    answer(as_json, publication_facts(row), back_in_the_queue(row))


def back_in_the_queue(row: Publication) -> Sentence:
    """What comes next for a post that a person has put back."""
    from pipeline import delivery

    return _("Publication {number} is back in the queue. {next}", number=row.pk, next=delivery.next_step(row))


COMMANDS = (publish, decide, send, hold, release)
