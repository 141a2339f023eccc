"""What of a submission a network would refuse, by the limits in the toml beside its adapter."""

from __future__ import annotations

from collections.abc import Iterator

from publishers._base import Part, Problem, Submission
from publishers._counting import UNITS, Unit, as_counted, count, hashtags, mentions
from publishers._facets import validate_facets
from publishers._file_rules import card_problems, medium_problems
from publishers._known import FOLDER, Limit, Limits, Renditions, Version, limits, networks
from publishers._sentences import Sentence, _
from publishers._shapes import shape_problems

__all__ = [
    "FOLDER",
    "Limit",
    "Limits",
    "Renditions",
    "Unit",
    "Version",
    "check",
    "count",
    "hashtags",
    "limits",
    "mentions",
    "networks",
    "room",
]


def check(submission: Submission, network: str, known: Limits | None = None) -> list[Problem]:
    """What `network` would refuse of a submission, in reading order; empty if nothing. No network is asked."""
    known = known or limits(network)
    found = [*shape_problems(submission, known), *_carried(submission, known)]
    for index, part in enumerate(submission.parts):
        at = "" if index == 0 else f"parts[{index}]."
        found += [*_text(part, at, submission, known), *card_problems(part, at, known)]
        for place, medium in enumerate(part.media):
            found += medium_problems(medium, f"{at}media[{place}]", submission.kind, known)
    return found


# ------------------------------------------------------------------------------------------- the post as a whole


def _carried(submission: Submission, known: Limits) -> Iterator[Problem]:
    """A problem for each thing that was asked for and that this network cannot carry: nothing is dropped in silence."""
    options = submission.options
    asked = [
        ("first_comment", "first_comment", bool(submission.first_comment), _("a first comment")),
        ("content_warning", "content_warning", bool(submission.content_warning), _("a content warning")),
        ("visibility", "options.visibility", options.visibility != "public", _("a restricted audience")),
        ("replies", "options.replies", options.replies != "everyone", _("a limit on who may reply")),
        ("allow_quotes", "options.allow_quotes", not options.allow_quotes, _("a ban on quoting")),
        ("allow_reshare", "options.allow_reshare", not options.allow_reshare, _("a ban on sharing")),
        ("collaborators", "options.collaborators", bool(options.collaborators), _("collaborators")),
        ("location_id", "options.location_id", bool(options.location_id), _("a place")),
        ("link_card", "link_card", any(part.link_card for part in submission.parts), _("a link card")),
        ("subtitles", "media", any(medium.subtitles for medium in submission.media), _("a subtitle file")),
    ]
    hints = [
        ("labels", "options.labels", bool(options.labels), _("labels")),
        ("sensitive", "options.sensitive", options.sensitive, _("the mark “sensitive”")),
        ("made_with_ai", "options.made_with_ai", options.made_with_ai, _("the mark “made with AI”")),
        ("cover", "media", any(medium.cover for medium in submission.media), _("a chosen cover")),
    ]
    for severity, group in (("error", asked), ("warning", hints)):
        for feature, field, wanted, what in group:
            if wanted and not known.has(feature, submission.kind):
                sentence = _("{network} has no way to carry {what}: remove it for this channel.",
                             network=known.label, what=what)  # fmt: skip
                yield Problem.model_validate(
                    {"code": f"no_{feature}", "field": field, "sentence": sentence, "severity": severity}
                )
    yield from _options(submission, known)


def _options(submission: Submission, known: Limits) -> Iterator[Problem]:
    together = known.get("collaborators")
    if together and len(submission.options.collaborators) > together.number:
        sentence = _("{network}: {count} collaborators, {limit} at most.", network=known.label,
                     count=len(submission.options.collaborators), limit=together.value)  # fmt: skip
        yield Problem(code="collaborators", field="options.collaborators", sentence=sentence)
    allowed = known.get("label")
    for label in submission.options.labels if allowed else ():
        assert allowed
        if label not in allowed.names:
            sentence = _("{network} does not know the label “{label}”: use one of {allowed}.",
                         network=known.label, label=label, allowed=", ".join(allowed.names))  # fmt: skip
            yield Problem(code="label", field="options.labels", sentence=sentence)


# ----------------------------------------------------------------------------------------------------- the text


def _text(part: Part, at: str, submission: Submission, known: Limits) -> Iterator[Problem]:
    words = _words(part, 1 if at else 0, submission, known)
    for name in ("text", "text_bytes"):
        limit = known.get(name, submission.kind)
        if limit and (length := UNITS[limit.unit](words)) > limit.number:
            fix = "cut" if limit.number else None
            yield Problem(code=name, field=f"{at}text", sentence=_too_long(known.label, length, limit), fix=fix)
    if not part.text.strip() and (submission.kind == "text" or _says_nothing(part, submission)):
        sentence = _("{network}: the text is empty; write one.", network=known.label)
        yield Problem(code="text_empty", field=f"{at}text", sentence=sentence)
    yield from _signs(part, at, known)
    langs = known.get("langs")
    if langs and len(part.langs) > langs.number:
        sentence = _("{network}: {count} languages, {limit} at most; the first ones are announced.",
                     network=known.label, count=len(part.langs), limit=langs.value)  # fmt: skip
        yield Problem(code="langs", field=f"{at}langs", sentence=sentence, severity=langs.severity)
    if "facets" in known.features:
        yield from validate_facets(part.text, part.facets, field=f"{at}facets")


def room(submission: Submission, known: Limits) -> tuple[int, int] | None:
    """How long the post's longest message is in the network's unit, and how long it may be; None without a limit."""
    limit = known.get("text", submission.kind)
    if limit is None or limit.number == 0:
        return None
    lengths = [UNITS[limit.unit](_words(part, place, submission, known)) for place, part in enumerate(submission.parts)]
    return max(lengths), int(limit.number)


def _words(part: Part, place: int, submission: Submission, known: Limits) -> str:
    """A message as the network counts it; the first with the content warning, where that counts."""
    warned = submission.content_warning if place == 0 and "warning" in known.counting else ""
    return as_counted(part.text, known) + warned


def _says_nothing(part: Part, submission: Submission) -> bool:
    """Whether it is a message of a thread without anything in it."""
    return (submission.kind == "thread" or len(submission.parts) > 1) and not part.media and not part.link_card


def _too_long(label: str, length: int, limit: Limit) -> Sentence:
    if limit.unit == "utf8_bytes":
        return _("{network}: {count} bytes of text, {limit} at most.", network=label, count=length, limit=limit.value)
    if limit.value == 0:
        return _("{network}: no text goes with this kind of post, remove it.", network=label)
    return _("{network}: {count} characters, {limit} at most.", network=label, count=length, limit=limit.value)


def _signs(part: Part, at: str, known: Limits) -> Iterator[Problem]:
    tags, people = known.get("hashtags"), known.get("mentions")
    if tags and (many := hashtags(part.text)) > tags.number:
        sentence = _("{network}: {count} hashtags, {limit} at most.",
                     network=known.label, count=many, limit=tags.value)  # fmt: skip
        yield Problem(code="hashtags", field=f"{at}text", sentence=sentence)
    if people and (many := mentions(part.text)) > people.number:
        sentence = _("{network}: {count} mentions, {limit} at most.",
                     network=known.label, count=many, limit=people.value)  # fmt: skip
        yield Problem(code="mentions", field=f"{at}text", sentence=sentence)
