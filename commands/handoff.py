"""Posts that a person puts up: what waits, what stands in a kit, and the word that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    answer,
    as_option,
    emit,
    find_publication,
    indented,
    json_option,
    person,
    publication_argument,
    publication_facts,
    say,
    spoken,
    stored,
)
from commands.status import age, command, local, word_of
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Publication
    from publishers._kit import Kit


@click.group()
def handoff() -> None:
    """Posts that a person puts up by hand, from a kit."""


@handoff.command("list")
@json_option
@stored
def handoff_list(as_json: bool) -> None:
    """Show what waits to be put up by hand, the oldest first."""
    from pipeline.delivery import handoff as stage

    rows = list(stage.waiting())
    emit(as_json, [facts_of(row) for row in rows], lambda: show_waiting(rows))


def facts_of(row: Publication) -> dict[str, Any]:
    """A hand-off for --json, with the folder of its kit on this machine."""
    from pipeline.delivery import handoff as stage

    since = row.committed_at or row.due_at
    return {**publication_facts(row), "network": row.channel.network, "since": since.isoformat(),
            "folder": str(stage.folder(row) or "")}  # fmt: skip


def show_waiting(rows: list[Publication]) -> None:
    """Each hand-off that waits, since when, and the command that shows it."""
    for row in rows:
        say(_("Publication {number} on {channel}, waiting since {at} ({age}): {title}", number=row.pk,
              channel=row.channel.name, at=local(row.committed_at or row.due_at),
              age=age(row.committed_at or row.due_at), title=row.variant.post.title))  # fmt: skip
        indented(command("handoff", "show", row.pk, by=False))
    if not rows:
        say(_("Nothing waits to be put up by hand."))


@handoff.command("show")
@publication_argument
@json_option
@stored
def handoff_show(number: int, as_json: bool) -> None:
    """Show a kit: its folder, the steps, and every text to be pasted."""
    from pipeline.delivery import handoff as stage

    row = find_publication(number)
    kit = stage.kit(row)
    if kit is None:
        raise Said(_("Publication {number} has no kit ({state}): it appears when the post is due.",
                     number=number, state=word_of(row)))  # fmt: skip
    emit(as_json, {**facts_of(row), "kit": kit_facts(kit)}, lambda: show_kit(row, kit))


def kit_facts(kit: Kit) -> dict[str, Any]:
    """A kit for --json, its labels and steps in words."""
    plain = kit.model_dump(mode="json")
    for one in (*plain["texts"], *plain["items"]):
        one["label"] = told(one["label"])
    return {**plain, "steps": [told(step) for step in kit.steps]}


def told(stored_sentence: dict[str, Any]) -> str:
    """A sentence of a kit in words."""
    return Sentence.from_json(stored_sentence).text(spoken())


def show_kit(row: Publication, kit: Kit) -> None:
    """The kit in the order in which a person needs it."""
    from pipeline.delivery import handoff as stage

    say(_("The kit of publication {number} stands in {folder}", number=row.pk, folder=str(stage.folder(row))))
    for number, step in enumerate(kit.steps, 1):
        indented(f"{number}. {told(step)}")
    for text in kit.texts:
        click.echo()
        say(_("{label}, in {file}:", label=_in_language(told(text.label), text.lang), file=text.file))
        if not text.file.endswith(".html"):
            click.echo(text.text)
    click.echo()
    for item in kit.items:
        click.echo(f"{item.file}: {_in_language(told(item.label), item.lang)}")
        indented(item.alt)
    click.echo()
    say(_("Once it is up:"))
    indented(command("handoff", "done", row.pk, "--link", "URL"))


def _in_language(label: str, lang: str) -> str:
    return f"{label} ({lang})" if lang else label


@handoff.command("done")
@publication_argument
@click.option("--link", required=True, metavar="URL", help="The address of the post on the network.")
@click.option("--correct", is_flag=True, help="Put this address in place of the one that was noted.")
@as_option
@json_option
@stored
def handoff_done(number: int, link: str, correct: bool, username: str, as_json: bool) -> None:
    """Note the address of a post that was put up: that closes it."""
    from pipeline.delivery import handoff as stage

    row = find_publication(number)
    seen = noted_address(row) if correct else ""
    if not stage.done(row, by=person(username), link=link, seen=seen):
        raise Said(too_late(number))
    row = find_publication(number)
    said = _("Publication {number} is noted as put up at {link}.", number=number, link=noted_address(row))
    answer(as_json, publication_facts(row), said)


@handoff.command("not-posted")
@publication_argument
@as_option
@json_option
@stored
def handoff_not_posted(number: int, username: str, as_json: bool) -> None:
    """Say that a post was not put up after all: it leaves the calendar and may be given another time."""
    from pipeline.delivery import handoff as stage

    row = find_publication(number)
    if not stage.not_posted(row, by=person(username), seen=noted_address(row)):
        raise Said(too_late(number))
    said = _("Publication {number} counts as not posted; give its post another time if it is still wanted.",
             number=number)  # fmt: skip
    answer(as_json, publication_facts(find_publication(number)), said)


def noted_address(row: Publication) -> str:
    """The address that is noted for a publication, empty where none is."""
    receipt = getattr(row, "receipt", None)
    return str(receipt.url) if receipt else ""


def too_late(number: int) -> Sentence:
    """Why a word about a hand-off changes nothing: who spoke before, else where it stands."""
    from pipeline.delivery import handoff as stage

    row = find_publication(number)
    if name := stage.who(row):
        return _("Nothing changed: {name} noted {link} for publication {number}; --correct puts another in its place.",
                 name=name, link=noted_address(row), number=number)  # fmt: skip
    return _("Nothing changed: publication {number} does not wait to be put up by hand ({state}).",
             number=number, state=word_of(row))  # fmt: skip


COMMANDS = (handoff,)
