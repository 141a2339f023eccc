"""A table of posts put into the calendar: each row through the doors used by hand, the whole file or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from pipeline import channels, composing, drafts
from pipeline.errors import Refused
from pipeline.models import Channel, Post, Publication, PublicationState, User
from pipeline.people import refuse_readers
from pipeline.planning import likeness, sheets
from pipeline.planning.placing import schedule
from pipeline.planning.sheets import Line
from pipeline.planning.times import WallTime
from publishers._limits import limits
from publishers._sentences import Said, Sentence, _

S = PublicationState


@dataclass
class Entry:
    """One row that names a channel, a time and words; what became of it, or would; what is to be said of it."""

    line: Line
    channel: Channel
    at: WallTime
    texts: Mapping[str, str]  # in the order of the channel's languages
    post: int | None = None
    publication: int | None = None
    remarks: list[Sentence] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Its title, else the beginning of its words."""
        return self.line.title[:200] or next(iter(self.texts.values()))[:60]


@dataclass(frozen=True)
class Bad:
    """A row that is refused, and why."""

    row: int
    sentence: Sentence


@dataclass
class Plan:
    """What a table would do, or did where `made`: every good row, and every refused one, by its number."""

    entries: list[Entry] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    made: bool = False

    @property
    def posts(self) -> int:
        """How many posts the good rows are."""
        return len({entry.post for entry in self.entries})

    def refusal(self) -> Sentence | None:
        """Why nothing was made, in one sentence; None where every row is good."""
        if not self.bad:
            return None
        first = self.bad[0]
        return _("Nothing was planned. Refused rows: {n}. Row {row}: {why}", n=len(self.bad), row=first.row,
                 why=first.sentence)  # fmt: skip


class _NotThisTime(Exception):
    """Everything is taken back: it was only tried, or a row was refused."""


def plan(content: bytes, *, by: User, dry_run: bool = False, in_quiet_time: bool = False) -> Plan:
    """What the table does; with `dry_run`, or where one row is refused, nothing is changed.

    Rows of one title and time are one post, on several channels. `Refused` for a file that is no plan.
    """
    refuse_readers(by)
    done = Plan()
    for line in sheets.read(content):
        try:
            done.entries.append(_entry(line))
        except Refused as refusal:
            done.bad.append(Bad(line.number, refusal.sentence))
    if not done.entries and not done.bad:
        raise Refused(_("This table has no rows below its heads: write one for each post and channel."))
    # Looked up before the transaction, and not for a trial: a network that hangs must not hold the store.
    known = {} if dry_run else _mentions(done)
    try:
        with transaction.atomic():
            _make(done, known, by, in_quiet_time=in_quiet_time)
            if dry_run or done.bad:
                raise _NotThisTime
    except _NotThisTime:
        done.bad.sort(key=lambda one: one.row)
        return done
    done.made = True
    return done


def _entry(line: Line) -> Entry:
    if not line.texts:
        raise Refused(_("There are no words: write a text in at least one language."))
    channel, at = channels.get(line.channel), sheets.when(line)
    if "text" not in limits(channel.network).kinds:
        raise Refused(
            _("{channel} takes no post without a picture: start it with “portevoix draft”.", channel=channel.name)
        )
    rank = {lang: place for place, lang in enumerate(channel.languages)}
    texts = dict(sorted(line.texts.items(), key=lambda one: rank.get(one[0], len(rank))))
    return Entry(line, channel, at, texts)


def _mentions(done: Plan) -> dict[int, dict[str, str | None]]:
    """By row: the platform's ids of the handles in its words; a row whose platform does not answer is refused."""
    found = {}
    for entry in list(done.entries):
        try:
            found[entry.line.number] = drafts.mentioned(entry.channel, entry.texts.values(), {})
        except Refused as refusal:
            _refuse(done, [entry], refusal.sentence)
    return found


def _refuse(done: Plan, entries: Iterable[Entry], why: Sentence) -> None:
    for entry in entries:
        done.entries.remove(entry)
        done.bad.append(Bad(entry.line.number, why))


def _make(done: Plan, known: Mapping[int, dict[str, str | None]], by: User, *, in_quiet_time: bool) -> None:
    """Makes each post whose rows are all good, and notes why of the others; call it inside a transaction."""
    for entry in list(done.entries):
        if (why := _there_already(entry, done)) is not None:
            _refuse(done, [entry], why)
    for group in _groups(done.entries):
        try:
            with transaction.atomic():
                _make_one(group, known, by, in_quiet_time=in_quiet_time)
        except Refused as refusal:
            _refuse(done, group, refusal.sentence)


def _groups(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The rows of each post: those of one title and time; a row without a title is a post of its own."""
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        key = (entry.line.title, entry.at.instant) if entry.line.title else entry.line.number
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _there_already(entry: Entry, done: Plan) -> Sentence | None:
    """Why a row says what is there already: in the calendar, or in an earlier row of the file."""
    for other in done.entries:
        if other is entry:
            break
        if (other.channel, other.at.instant) != (entry.channel, entry.at.instant):
            continue
        if other.texts == entry.texts:
            return _("This is what row {row} says already: leave one of them out.", row=other.line.number)
        if entry.line.title and other.line.title == entry.line.title:
            return _("Row {row} already gives this post its words for {channel}: give it another title or time.",
                     row=other.line.number, channel=entry.channel.name)  # fmt: skip
    places = Publication.objects.filter(channel=entry.channel, due_at=entry.at.instant)
    for place in places.exclude(state__in=[S.CANCELLED, S.REMOVED]).prefetch_related("variant__texts"):
        if {text.lang: text.text.strip() for text in place.variant.texts.all()} == dict(entry.texts):
            return _("{channel} has these very words at this time already (post {post}): leave the row out.",
                     channel=entry.channel.name, post=place.variant.post_id)  # fmt: skip
    return None


def _make_one(group: list[Entry], known: Mapping[int, dict[str, str | None]], by: User, *, in_quiet_time: bool) -> Post:
    pieces = [drafts.Piece(one.channel, one.texts, mentions=known.get(one.line.number, {})) for one in group]
    post = drafts.create(group[0].title, pieces, by=by)
    rows = {row.channel_id: row for row in schedule(post, group[0].at, by=by, in_quiet_time=in_quiet_time)}
    for entry in group:
        row = rows[entry.channel.pk]
        entry.post, entry.publication = post.pk, row.pk
        entry.remarks = [*_problems(row), *(one.sentence for one in likeness.of(row.variant, row.due_at, row))]
    return post


def _problems(row: Publication) -> list[Sentence]:
    """What the post would be refused for when it is submitted."""
    try:
        return [problem.sentence for problem in composing.problems(row.variant)]
    except Said as refusal:
        return [refusal.sentence]
