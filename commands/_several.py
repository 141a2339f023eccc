"""Verbs that take several posts: each is done for itself, and what is refused is told at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import click

from commands._terminal import database_words, emit, say, spoken
from publishers._sentences import Said, Sentence, _

posts_argument = click.argument("numbers", metavar="POST...", type=int, nargs=-1, required=True)


@dataclass(frozen=True)
class Told:
    """What was done with one post: for scripts, and for people."""

    facts: Any
    show: Callable[[], None]


def told(facts: Any, *sentences: Sentence) -> Told:
    """What is told in sentences."""

    def show() -> None:
        for sentence in sentences:
            say(sentence)

    return Told(facts, show)


def of_each(numbers: tuple[int, ...], as_json: bool, act: Callable[[int], Told]) -> None:
    """Does it to each post; the outcome of one alone is told as ever, of several as those done and those refused."""
    if len(numbers) == 1:
        one = act(numbers[0])
        emit(as_json, one.facts, one.show)
        return
    done: list[Any] = []
    refused: list[tuple[int, Sentence]] = []
    for number in dict.fromkeys(numbers):
        try:
            with database_words():
                one = act(number)
        except Said as refusal:
            refused.append((number, refusal.sentence))
            continue
        done.append(one.facts)
        if not as_json:
            one.show()
    facts = {"posts": done, "refused": [{"post": number, "sentence": why.text(spoken())} for number, why in refused]}
    emit(as_json, facts, lambda: None)
    refuse_at_end(_("Post {number}: {why}", number=number, why=why) for number, why in refused)


def refuse_at_end(sentences: Iterable[Sentence]) -> None:
    """Says each refusal on standard error and ends with status 1; goes on where there is none."""
    lines = [sentence.text(spoken()) for sentence in sentences]
    for line in lines:
        click.echo(line, err=True)
    if lines:
        raise click.exceptions.Exit(1)
