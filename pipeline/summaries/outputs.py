"""A summary's sentences laid out for a place that they go to: a thread of messages, or one text with a most length."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import Refused
from pipeline.summaries.computing import SummaryResult
from publishers._sentences import _


def written(result: SummaryResult, output: str, lang: str) -> list[str]:
    """The messages of a declared output, in order; one where it is no thread.

    Optional sentences give way from the last on, no word is cut. Raises Refused for an output that is not declared, a
    language that the summary does not speak, and required sentences that do not fit.
    """
    definition = result.definition
    own = definition.outputs.get(output)
    if own is None:
        known = ", ".join(definition.outputs) or "–"
        raise Refused(_("{name} has no output {output}: choose one of {names}.",
                        name=result.name, output=output, names=known))  # fmt: skip
    if lang not in definition.languages:
        spoken = ", ".join(definition.languages)
        raise Refused(_("{name} does not speak {lang}: choose one of {names}.",
                        name=result.name, lang=lang, names=spoken))  # fmt: skip
    kept = [(text, _is_required(result, name)) for name, text in _said(result, own.parts, lang)]
    return list(_messages(kept, own.each, output)) if own.each else [_fitting(kept, own.max, output)]


def _said(result: SummaryResult, parts: tuple[str, ...], lang: str) -> Iterator[tuple[str, str]]:
    for name in parts:
        if text := result.sentences.get(name, {}).get(lang):
            yield name, text


def _is_required(result: SummaryResult, name: str) -> bool:
    return any(saying.required for saying in result.definition.say[name])


def _messages(sentences: list[tuple[str, bool]], each: int, output: str) -> Iterator[str]:
    """Sentences together in a message as long as there is room; one that is longer than a message is left out."""
    message = ""
    for text, required in sentences:
        if len(text) > each:
            if required:
                raise _too_long(output, len(text), each)
            continue
        if message and len(message) + 1 + len(text) > each:
            yield message
            message = ""
        message = f"{message} {text}".strip()
    if message:
        yield message


def _fitting(sentences: list[tuple[str, bool]], most: int | None, output: str) -> str:
    left = list(sentences)
    while most and len(_joined(left)) > most:
        optional = [place for place, (_text, required) in enumerate(left) if not required]
        if not optional:
            raise _too_long(output, len(_joined(left)), most)
        left.pop(optional[-1])
    return _joined(left)


def _joined(sentences: list[tuple[str, bool]]) -> str:
    return " ".join(text for text, _required in sentences)


def _too_long(output: str, length: int, most: int) -> Refused:
    return Refused(_("{output}: what is required has {n} characters, {most} at most: shorten the wording.",
                     output=output, n=length, most=most))  # fmt: skip
