"""What goes into the kit of each profile, in the order in which a person needs it, and the steps of its checklist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publishers._base import LinkCard, Submission
from publishers._kit import Carried, Plan, Said, carried_names
from publishers._kit_mails import newsletter_html, newsletter_text, press_html, press_text
from publishers._kit_words import figures, pictures, table, tags, words
from publishers._limits import limits
from publishers._sentences import Sentence, _

MEDIA = {"image": _("Picture"), "video": _("Film"), "document": _("Document")}


@dataclass(frozen=True)
class Settings:
    """What a channel says of itself in its kits."""

    page: str = ""
    sender: str = ""
    contact: str = ""
    tags: str = ""


def plan(profile: str, submission: Submission, own: Settings) -> Plan:
    """The kit of a submission for a profile."""
    carried = list(_carried(submission))
    said = list(_SAID[profile](submission, own, carried))
    steps = list(_STEPS[profile](submission, said, own))
    return Plan(limits(profile).label, own.page, said, carried, [*steps, *_last(profile)])


def _last(profile: str) -> Iterator[Sentence]:
    """How every kit ends."""
    if profile in ("linkedin", "youtube"):
        yield _("Copy the address of the post from the network.")
    else:
        yield _("Copy the address under which it can be read on the web.")
    yield _("Paste the address into Porte-voix: that closes the post.")


# ------------------------------------------------------------------------------------------------- the files


def _carried(submission: Submission) -> Iterator[Carried]:
    for medium in submission.media:
        yield Carried(medium.kind, MEDIA[medium.kind], medium.file, medium.lang, medium.alt, medium.title)
        if medium.cover:
            yield Carried("thumbnail", _("Thumbnail"), medium.cover, medium.lang)
        for one in medium.subtitles:
            yield Carried("subtitles", _("Subtitles"), one.file, one.lang, extension=one.format)
    card = submission.parts[0].link_card
    if card and card.thumbnail:
        yield Carried("preview", _("Picture of the link"), card.thumbnail, "", card.thumbnail_alt)


# ------------------------------------------------------------------------------------------------- the texts


def _linkedin(submission: Submission, own: Settings, carried: Sequence[Carried]) -> Iterator[Said]:
    part = submission.parts[0]
    yield Said("text", _("Text"), part.text, part.langs[0] if len(part.langs) == 1 else "")
    titles = [medium.title or submission.title for medium in submission.media if medium.kind == "document"]
    for title in filter(None, titles):
        yield Said("document-title", _("Title of the document"), title)
    yield from _link(part.link_card)
    yield from _comment(submission)


def _youtube(submission: Submission, own: Settings, carried: Sequence[Carried]) -> Iterator[Said]:
    for one in words(submission):
        yield Said("title", _("Title"), one.title, one.lang)
        if one.body:
            yield Said("description", _("Description"), one.body, one.lang)
    if found := tags(submission, own.tags):
        yield Said("tags", _("Tags"), ",".join(found))
    yield from _comment(submission)


def _newsletter(submission: Submission, own: Settings, carried: Sequence[Carried]) -> Iterator[Said]:
    link, said = submission.parts[0].link_card, words(submission)
    named = {one.file.sha256: name for one, name in zip(carried, carried_names(carried), strict=True)}
    if own.sender:
        yield Said("sender", _("Sender"), own.sender)
    for one in said:
        shown = [{"file": named[medium.file.sha256], "alt": medium.alt} for medium in pictures(submission, one.lang)]
        yield Said("subject", _("Subject"), one.title, one.lang)
        yield Said("mail", _("Mail as HTML"), newsletter_html(one, shown, link, own.sender), one.lang, "html")
        yield Said("mail", _("Mail as plain text"), newsletter_text(one, link, own.sender), one.lang)


def _press(submission: Submission, own: Settings, carried: Sequence[Carried]) -> Iterator[Said]:
    link = submission.parts[0].link_card
    for one in words(submission):
        yield Said("subject", _("Subject"), one.title, one.lang)
        yield Said("release", _("Press release as plain text"), press_text(one, link, own.contact), one.lang)
        yield Said("release", _("Press release as HTML"), press_html(one, link, own.contact), one.lang, "html")
        if rows := figures(one.body):
            yield Said("figures", _("Table of figures"), table(rows), one.lang, "csv")
    yield Said("contact", _("Contact"), own.contact)


def _link(card: LinkCard | None) -> Iterator[Said]:
    if card:
        yield Said("link", _("Link"), card.url)


def _comment(submission: Submission) -> Iterator[Said]:
    if submission.first_comment:
        yield Said("first-comment", _("First comment"), submission.first_comment)


_SAID = {"linkedin": _linkedin, "youtube": _youtube, "newsletter": _newsletter, "press": _press}


# ------------------------------------------------------------------------------------------------- the steps


def _begin(own: Settings, otherwise: Sentence) -> Sentence:
    return _("Open {page}.", page=own.page) if own.page else otherwise


def _has(submission: Submission, kind: str) -> bool:
    return any(medium.kind == kind for medium in submission.media)


def _alt_steps(submission: Submission) -> Iterator[Sentence]:
    if any(medium.alt for medium in submission.media if medium.kind == "image"):
        yield _("Give each picture its description for people who do not see it.")


def _linkedin_steps(submission: Submission, said: Sequence[Said], own: Settings) -> Iterator[Sentence]:
    yield _begin(own, _("Open LinkedIn as the page or person that posts."))
    yield _("Begin a post and paste the text. Check that it is all there.")
    if _has(submission, "image"):
        yield _("Add the pictures in their order.")
    yield from _alt_steps(submission)
    if _has(submission, "document"):
        yield _("Add the document and paste its title.")
    if _has(submission, "video"):
        yield _("Add the film.")
    yield from _beside(submission)
    if submission.options.visibility != "public":
        yield _("Choose who sees it: connections only.")
    if not submission.options.allow_reshare:
        yield _("Do not let others share it.")
    yield _("Publish the post.")
    if submission.first_comment:
        yield _("Write the first comment under it.")


def _youtube_steps(submission: Submission, said: Sequence[Said], own: Settings) -> Iterator[Sentence]:
    yield _begin(own, _("Open YouTube Studio as the channel that posts."))
    yield _("Upload the film, then paste title and description of its first language.")
    if len(submission.parts) > 1:
        yield _("Under “Subtitles”, add the other languages with their title and description.")
    yield from _beside(submission)
    if any(one.name == "tags" for one in said):
        yield _("Paste the tags.")
    if submission.options.made_with_ai:
        yield _("Say that it holds altered or synthetic content.")
    yield _("Say whether it is made for children, then publish it. Private films are seen by nobody.")
    if submission.first_comment:
        yield _("Write the first comment under it.")


def _newsletter_steps(submission: Submission, said: Sequence[Said], own: Settings) -> Iterator[Sentence]:
    yield _begin(own, _("Open the mailing tool of the association."))
    yield _("Begin a mail for each language, and paste its subject and its HTML.")
    if _has(submission, "image"):
        yield _("Upload the pictures there, and let the mail show them from there.")
    yield from _alt_steps(submission)
    yield _("Paste the plain text where the tool asks for it.")
    if _has(submission, "document"):
        yield _("Attach the document.")
    yield _("Send a test to yourself and read it on a phone.")
    yield _("Send the mail.")


def _press_steps(submission: Submission, said: Sequence[Said], own: Settings) -> Iterator[Sentence]:
    yield _begin(own, _("Open the mailbox from which you write to journalists."))
    yield _("Begin a mail, paste the subject and the press release. Read the embargo line.")
    if _has(submission, "image"):
        yield _("Attach the pictures; their descriptions may go below the text.")
    if _has(submission, "document"):
        yield _("Attach the document.")
    yield _("Put the journalists’ addresses into blind copy (Bcc), and send it.")
    yield _("Put the release on the association’s site, at its own address.")


def _beside(submission: Submission) -> Iterator[Sentence]:
    if any(medium.cover for medium in submission.media):
        yield _("Choose the thumbnail.")
    if any(medium.subtitles for medium in submission.media):
        yield _("Upload the subtitles of each language.")


_STEPS = {
    "linkedin": _linkedin_steps,
    "youtube": _youtube_steps,
    "newsletter": _newsletter_steps,
    "press": _press_steps,
}
