"""What a network would refuse of what a person puts up there, beyond what its limits say of every post."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from publishers._base import Files, Problem, Receipt, Rejected, Submission
from publishers._kit_mails import newsletter_html
from publishers._kit_words import Chapter, Words, chapters, clock, tags, words
from publishers._limits import Limits, count, limits
from publishers._pdf import pages
from publishers._sentences import Sentence, _

LONGEST = 600  # characters of an address that we keep
_LINKEDIN = re.compile(r"(?:activity|share|ugcPost)[:-](\d{6,})")


def problems(profile: str, submission: Submission, standing_tags: str = "") -> list[Problem]:
    """What the profile's network would refuse of title, description, chapters and tags, or show cut off."""
    known = limits(profile)
    found: list[Problem] = []
    for place, said in enumerate(words(submission)):
        at = "text" if place == 0 else f"parts[{place}].text"
        if known.get("title"):
            found += _title(said, "title" if place == 0 and submission.title else at, known)
        found += [*_description(said, at, known), *_chapters(said, at, submission, known)]
        if known.get("html"):
            found += _html(said, at, known)
    return [*found, *_tags(tags(submission, standing_tags), known), *_subtitles(submission, known)]


def documents(profile: str, submission: Submission, files: Files) -> Iterator[Problem]:
    """Documents with too many pages; a page count that cannot be read is no problem."""
    known = limits(profile)
    most = known.get("document_pages")
    for place, medium in enumerate(submission.media):
        many = pages(files.path(medium.file)) if most and medium.file.mime == "application/pdf" else None
        if most and many and many > most.number:
            yield Problem(code="pages", field=f"media[{place}].file", sentence=_(
                "{network}: the document has {count} pages, {limit} at most.",
                network=known.label, count=many, limit=most.value))  # fmt: skip


def _title(said: Words, at: str, known: Limits) -> Iterator[Problem]:
    most = known.limits["title"]
    if not said.title:
        yield Problem(code="title_empty", field=at, sentence=_(
            "{network}: the title is missing; the first line of the text is the title.",
            network=known.label))  # fmt: skip
    elif (length := count(said.title, most.unit)) > most.number:  # type: ignore[arg-type]  # a unit of text
        yield Problem(code="title", field=at, sentence=_(
            "{network}: the title has {count} characters, {limit} at most; the first line of the text is the title.",
            network=known.label, count=length, limit=most.value))  # fmt: skip
    yield from _forbidden(said.title, at, _("the title"), known)


def _forbidden(text: str, at: str, where: Sentence, known: Limits) -> Iterator[Problem]:
    signs = known.get("forbidden")
    for sign in signs.names if signs else ():
        if sign in text:
            yield Problem(code="forbidden", field=at, sentence=_(
                "{network} does not take the sign {sign} in {where}: write it another way.",
                network=known.label, sign=sign, where=where))  # fmt: skip


def _description(said: Words, at: str, known: Limits) -> Iterator[Problem]:
    most = known.get("description")
    if most and (length := count(said.body, "utf8_bytes")) > most.number:
        yield Problem(code="description", field=at, sentence=_(
            "{network}: the description has {count} bytes, {limit} at most; letters with accents count two or more.",
            network=known.label, count=length, limit=most.value))  # fmt: skip
    if most:
        yield from _forbidden(said.body, at, _("the description"), known)


def _chapters(said: Words, at: str, submission: Submission, known: Limits) -> Iterator[Problem]:
    """Lines that begin with a time are chapters: a single one that is not 0:00 may be a time of day."""
    found = chapters(said.body)
    if "chapters_min" not in known.limits or not found or (len(found) == 1 and found[0].at):
        return
    for sentence in _chapter_rules(found, submission, known):
        yield Problem(code="chapters", field=at, sentence=sentence)


def _chapter_rules(found: list[Chapter], submission: Submission, known: Limits) -> Iterator[Sentence]:
    least, shortest = known.limits["chapters_min"], known.limits["chapter_ms_min"]
    name, lasts = known.label, max((medium.duration_ms or 0 for medium in submission.media), default=0)
    if found[0].at:
        yield _("{network}: the first chapter must begin at 0:00.", network=name)
    if len(found) < least.number:
        yield _("{network}: {count} chapters, {limit} at least; or write times as “14 h 30”.",
                network=name, count=len(found), limit=least.value)  # fmt: skip
    ends = [one.at for one in found[1:]] + ([lasts] if lasts else [])
    for one, end in zip(found, ends, strict=False):
        if end - one.at < shortest.number:
            yield _("{network}: the chapter at {time} is shorter than {limit} s, or out of order.",
                    network=name, time=clock(one.at), limit=int(shortest.number // 1000))  # fmt: skip
    if any(not one.name for one in found):
        yield _("{network}: each chapter needs a name after its time.", network=name)


def _tags(found: list[str], known: Limits) -> Iterator[Problem]:
    most = known.get("tags")
    if not most:
        return
    # As the network counts: commas between them, and quotation marks around one that holds a space.
    length = sum(count(tag, "utf16") + 2 * (" " in tag) for tag in found) + max(len(found) - 1, 0)
    if length > most.number:
        yield Problem(code="tags", field="text", sentence=_(
            "{network}: the tags have {count} characters together, {limit} at most; use fewer.",
            network=known.label, count=length, limit=most.value))  # fmt: skip
    yield from _forbidden(",".join(found), "text", _("the tags"), known)


def _subtitles(submission: Submission, known: Limits) -> Iterator[Problem]:
    if "languages_apart" not in known.features:
        return
    for place, medium in enumerate(submission.media):
        langs = [one.lang for one in medium.subtitles]
        if len(set(langs)) < len(langs):
            yield Problem(code="subtitles", field=f"media[{place}].subtitles", sentence=_(
                "{network}: there is more than one subtitle file for a language; keep one.",
                network=known.label))  # fmt: skip


def _html(said: Words, at: str, known: Limits) -> Iterator[Problem]:
    most = known.limits["html"]
    try:
        html = newsletter_html(said, (), None, "")
    except Rejected as refusal:
        yield Problem(code="html", field=at, sentence=refusal.sentence)
        return
    if (length := count(html, "utf8_bytes")) > most.number:
        yield Problem(code="html", field=at, severity="warning", sentence=_(
            "{network}: the mail has {count} bytes; some mail programs cut it off after {limit}.",
            network=known.label, count=length, limit=most.value))  # fmt: skip


# ---------------------------------------------------------------------------------------------- the pasted address


def receipt(profile: str, link: str) -> Receipt:
    """The receipt of the post at a pasted address. Raises Rejected, saying what to paste instead."""
    link, known = link.strip(), limits(profile)
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme != "https" or "." not in host or len(link) > LONGEST or any(c.isspace() for c in link):
        raise Rejected(_("This is no address of a post: paste the one that begins with https://."))
    allowed = known.get("hosts")
    if allowed and not any(host == name or host.endswith(f".{name}") for name in allowed.names):
        raise Rejected(_("{host} does not belong to {network}: paste the address of the post there ({allowed}).",
                         host=host, network=known.label, allowed=", ".join(allowed.names)))  # fmt: skip
    if not parts.path.strip("/"):
        raise Rejected(_("This is the front page of {host}: open the post itself and paste its address.", host=host))
    if profile == "youtube":
        video = _video(host, parts.path, parts.query)
        return Receipt(id=f"youtube:{video}", url=f"https://www.youtube.com/watch?v={video}")
    if profile == "linkedin":
        return Receipt(id=_linkedin(parts.path) or _id(link), url=link)
    return Receipt(id=_id(link), url=link)


def _id(link: str) -> str:
    """What tells this address from others, short enough to be kept."""
    return link if len(link) <= 250 else f"sha256:{hashlib.sha256(link.encode()).hexdigest()}"


def _linkedin(path: str) -> str:
    """The number of a LinkedIn post, empty where its address shows none. Raises Rejected for a page or a person."""
    steps = path.strip("/").split("/")
    if steps[0] in ("company", "in", "school", "showcase") and len(steps) <= 2:
        raise Rejected(_("This is the address of a page or person: open the post and use “Copy link to post”."))
    found = _LINKEDIN.search(unquote(path))
    return f"linkedin:{found[1]}" if found else ""


def _video(host: str, path: str, query: str) -> str:
    """The id of a film from any of the addresses that YouTube gives it, its Studio's too. Raises Rejected."""
    steps = path.strip("/").split("/")
    if host.endswith("youtu.be"):
        found = steps[0]
    elif steps[0] in ("shorts", "live", "embed", "video") and len(steps) > 1:
        found = steps[1]
    else:
        found = parse_qs(query).get("v", [""])[0]
    if not found or not all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in found) or len(found) > 64:
        raise Rejected(_("This address names no film on YouTube: open the film and paste what “Share” gives."))
    return found
