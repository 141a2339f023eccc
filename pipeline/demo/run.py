"""The whole pipeline on sample data: from a spreadsheet and clips to receipts, through the same doors as every day."""

from __future__ import annotations

import secrets
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils import timezone

from pipeline import audit, channels, drafts, footage, people, planning, reels, review, setup, states, summaries
from pipeline.demo import bluesky, clips, records, story
from pipeline.errors import Refused
from pipeline.models import (
    Channel,
    Faces,
    Footage,
    Post,
    PostKind,
    Publication,
    PublicationState,
    Rendition,
    RenditionState,
    Role,
    User,
    VariantText,
    Voice,
)
from pipeline.observations import importing
from pipeline.protection import record, timelines
from pipeline.rendering import jobs, store
from publishers._sentences import Sentence, _

LANGS = ("fr", "en", "ar")
NETWORKS = ("instagram", "facebook", "linkedin", "bluesky")
PEOPLE = {
    "admin": Role.ADMINISTRATOR,  # first: only an administrator adds the others
    "camille": Role.INTERN,
    "samira": Role.COORDINATOR,
    "jo": Role.COORDINATOR,
}
CARD_FORMATS = ("portrait", "square")
WAIT_SECONDS = 90.0

Accounts = Mapping[str, dict[str, str]]
Progress = Callable[[str, float], None]  # what is being done, and how far the whole is (0 to 1)


@dataclass
class Demo:
    """What the demo made, for the table and for --json."""

    imports: list[Any] = field(default_factory=list)
    summary: Any = None
    refused: Sentence | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    renditions: list[Rendition] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    def publications(self) -> list[Publication]:
        """Every publication of the demo's posts, by channel."""
        found = Publication.objects.filter(variant__post__in=self.posts).select_related("channel", "receipt")
        return list(found.order_by("variant__post_id", "pk"))

    def as_json(self, lang: str = "fr") -> dict[str, Any]:
        """The documented shape of `portevoix demo --json`."""
        verdict = audit.verify()
        return {
            "imports": [report.as_json(lang) for report in self.imports],
            "summary": self.summary.as_json(),
            "files": [_file(rendition) for rendition in self.renditions],
            "publications": [_publication(row) for row in self.publications()],
            "audit": {"head": verdict.head, "entries": verdict.entries, "ok": verdict.ok},
        }


def run(
    folder: Path,
    *,
    progress: Progress,
    publish: Callable[[Callable[[], bool]], None],
    bluesky_url: str = "",
    accounts: Accounts | None = None,
) -> Demo:
    """Plays the whole day in `folder`; `publish` runs the scheduler until the given function says that all is out.

    `accounts` are the settings of channels by platform; what goes to none of them goes into an outbox.
    """
    demo = Demo()
    known = {**(accounts or {}), **({"bluesky": bluesky.account(bluesky_url)} if bluesky_url else {})}
    for doing, share in _play(demo, folder, progress, known):
        progress(doing, share)
    publish(lambda: all(p.state not in _MOVING for p in demo.publications()))
    progress("done", 1.0)
    return demo


_MOVING = {
    PublicationState.SCHEDULED, PublicationState.CLAIMED, PublicationState.PREPARED, PublicationState.COMMITTING,
    PublicationState.PENDING, PublicationState.UNCERTAIN,
}  # fmt: skip


def _play(demo: Demo, folder: Path, progress: Progress, known: Accounts) -> Iterator[tuple[str, float]]:
    yield "store", 0.02
    setup.prepare()
    setup.mark_as_demo()
    _people(demo)
    yield "records", 0.08
    _records(demo, folder)
    yield "cards", 0.2
    cards = _cards(demo)
    yield "clips", 0.3
    reel = _reel(demo, folder, lambda share: progress("reel", 0.4 + 0.45 * share))
    yield "posts", 0.87
    accounts = _channels(demo, folder, known)
    demo.posts = [_figures_post(demo, accounts, cards), _reel_post(demo, accounts, reel)]
    yield "review", 0.92
    for post in demo.posts:
        _review(demo, post)
    _for_tomorrow(demo, accounts)
    yield "publishing", 0.95


def _people(demo: Demo) -> None:
    for name, role in PEOPLE.items():
        demo.passwords[name] = secrets.token_urlsafe(12)
        demo.people[name] = people.add(name, role=role, password=demo.passwords[name], by=demo.people.get("admin"))


def _records(demo: Demo, folder: Path) -> None:
    year = _year()
    source = folder / "sample" / "observations.csv"
    source.parent.mkdir(parents=True, exist_ok=True)
    records.write_sample(source, until=date(year, 10, 31))
    demo.imports.append(importing.import_file(source, "observations", by=demo.people["camille"]))
    demo.summary = summaries.compute("note_mensuelle", f"{year}-10")


def _year() -> int:
    """The year of the last October that is over."""
    today = timezone.localdate()
    return today.year if today.month > 10 else today.year - 1


def _cards(demo: Demo) -> dict[tuple[str, str], Rendition]:
    made = {}
    for lang in LANGS:
        data = summaries.card_data(demo.summary, card="figure", lang=lang)
        alt = summaries.alt_text(demo.summary, lang)
        for format in CARD_FORMATS:
            made[lang, format] = jobs.card(
                "figure", data, lang=lang, format=format, by=demo.people["camille"], summary=demo.summary.row, alt=alt
            )
    demo.renditions += made.values()
    return made


def _reel(demo: Demo, folder: Path, progress: Callable[[float], None]) -> Rendition:
    intern = demo.people["camille"]
    taken = {
        path: footage.add(path, by=intern, filmed_on=date(_year(), 10, 28), place="Calais", filmed_by="camille")
        for path in clips.write_clips(folder / "sample" / "clips")
    }
    said = demo.summary.sentences
    written = story.write_cut_list(
        folder / "sample" / "reel.yaml", list(taken), headline=said["headline"]["fr"], source=said["source"]["fr"],
        label=f"Calais, octobre {_year()}",
    )  # fmt: skip
    cut_list = reels.load(written)
    reel = jobs.reel(cut_list, taken, by=intern, alt=story.ALT, progress=progress)
    for original in taken.values():
        _look_at_faces(original, intern)
    record.confirm(reel, by=intern, faces=Faces.MASKED, voice=Voice.KEPT)
    demo.renditions.append(reel)
    return reel


def _look_at_faces(original: Footage, intern: User) -> None:
    """In the demo the intern has "looked"; every day, a person does."""
    row = timelines.standing(original)
    for gap in timelines.gap_report(row):
        timelines.decide(original, gap.key, "nobody", by=intern)
    timelines.review(original, by=intern, seen=row.number)


def _channels(demo: Demo, folder: Path, known: Accounts) -> dict[str, Channel]:
    made = {}
    for network in NETWORKS:
        given, platform = known.get(network), network
        if given is None:
            given, platform = {"stands_for": network, "folder": str(folder / "outbox")}, "outbox"
        made[network] = channels.add(network, platform, given, languages=["fr", "en"], by=demo.people["admin"])
    return made


def _figures_post(demo: Demo, accounts: dict[str, Channel], cards: dict[tuple[str, str], Rendition]) -> Post:
    say = demo.summary.sentences
    shapes = {"instagram": (LANGS, "portrait"), "facebook": (("fr",), "square"), "linkedin": (("fr",), "square"),
              "bluesky": (("fr",), "portrait")}  # fmt: skip
    pieces = [
        drafts.Piece(
            channel=accounts[network],
            texts=drafts.texts_for(accounts[network], say, ("fr",) if network == "bluesky" else ("fr", "en")),
            media=[(cards[lang, format], cards[lang, format].alt) for lang in langs],
        )
        for network, (langs, format) in shapes.items()
    ]
    return drafts.create(f"Octobre {_year()} en chiffres", pieces, by=demo.people["camille"], summary=demo.summary.row)


def _reel_post(demo: Demo, accounts: dict[str, Channel], reel: Rendition) -> Post:
    pieces = [
        drafts.Piece(channel=accounts[network], texts=story.CAPTION, media=[(reel, reel.alt)])
        for network in ("instagram", "facebook")
    ]
    # Drafted by a coordinator: even with the right to approve, she may not approve her own post.
    return drafts.create("Un matin d’expulsion", pieces, by=demo.people["samira"], kind=PostKind.NEWS)


def _review(demo: Demo, post: Post) -> None:
    """Submitted by its author, refused to its author as approver, approved by a second coordinator, scheduled."""
    author, second = post.created_by, demo.people["jo"]
    for text in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(text, by=author)
    revision = review.submit(post, by=author)
    try:
        review.approve(revision, by=author)
    except Refused as refusal:
        demo.refused = refusal.sentence
    else:
        raise Refused(_("The two-person rule did not hold: do not use this build."))
    review.approve(revision, by=second, accept_unread=["ar"])  # nobody here reads Arabic: accepted by name
    post.refresh_from_db()
    at = planning.wall_time((timezone.localtime() + timedelta(seconds=2)).replace(microsecond=0).isoformat())
    planning.schedule(post, at, by=author, in_quiet_time=True)  # played at any hour


def _for_tomorrow(demo: Demo, accounts: dict[str, Channel]) -> None:
    """One post that waits to be read, so that whoever opens the studio afterwards has something to decide."""
    author = demo.people["camille"]
    pieces = [drafts.Piece(accounts[network], story.NOTICE) for network in ("facebook", "linkedin")]
    post = drafts.create("Permanence du mercredi", pieces, by=author)
    for text in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(text, by=author)
    review.submit(post, by=author)
    tomorrow = timezone.localdate() + timedelta(days=1)
    planning.schedule(post, planning.wall_time(f"{tomorrow} 09:00"), by=author)


def wait(finished: Callable[[], bool]) -> None:
    """Until everything is out, or `Refused` after a minute and a half, naming where to look."""
    end = time.monotonic() + WAIT_SECONDS
    while not finished():
        if time.monotonic() > end:
            raise Refused(_("Not everything went out in time: run “portevoix status” on this folder to see why."))
        time.sleep(0.2)


def played_in(folder: Path) -> bool:
    """Whether a demo was played in the folder before."""
    return (folder / setup.DEMO_MARK).exists()


def new_passwords(folder: Path) -> dict[str, str]:
    """A new password for everyone in the demo played in `folder`, by name; `Refused` where none was."""
    if not played_in(folder):
        raise Refused(_("No demo was played in {folder}: name the folder of one.", folder=str(folder)))
    setup.require()
    made = {}
    for user in User.objects.filter(is_active=True).order_by("pk"):
        made[user.username] = secrets.token_urlsafe(12)
        user.set_password(made[user.username])
        user.save(update_fields=["password"])
        audit.append(None, "user.password_set", f"user:{user.username}")
    return made


def fresh(folder: Path) -> Path:
    """The folder, empty: a former demo's is cleared, anything else that holds files is `Refused`."""
    if folder.exists() and any(folder.iterdir()):
        if not played_in(folder):
            raise Refused(
                _("{folder} already holds something else: name an empty folder for the demo.", folder=str(folder))
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(rendition: Rendition) -> dict[str, Any]:
    assert rendition.state == RenditionState.READY
    return {
        "path": str(store.path_of(rendition.sha256, rendition.mime)), "kind": rendition.kind, "lang": rendition.lang,
        "format": rendition.format, "width": rendition.width, "height": rendition.height, "bytes": rendition.size,
        "sha256": rendition.sha256, "texts": rendition.texts,
    }  # fmt: skip


def _publication(row: Publication) -> dict[str, Any]:
    receipt = getattr(row, "receipt", None)
    return {
        "channel": row.channel.name,
        "platform": row.channel.network,
        "state": row.state,
        "receipt": {"id": receipt.remote_id, "url": receipt.url} if receipt else None,
    }


DOING = {
    "store": _("Making a store"),
    "records": _("Reading the observations"),
    "cards": _("Drawing the cards"),
    "clips": _("Filming the clips"),
    "reel": _("Cutting the reel"),
    "posts": _("Writing the posts"),
    "review": _("Having them read by a second person"),
    "publishing": _("Publishing"),
    "done": _("Done"),
}


def doing(step: str, lang: str) -> str:
    """What the demo is at, in words."""
    return DOING[step].text(lang)


def show(demo: Demo, home: Path, lang: str, program: str) -> None:
    """The human form: receipts, files, and what to look at next; `program` is how the command is typed here."""
    told = demo.as_json(lang)
    lines = [_receipt_line(row, home, lang) for row in demo.publications()]
    lines += [f"{_about(file):<28} {_inside(file['path'], home)}" for file in told["files"]]
    chain = told["audit"]
    holds = _("The audit chain holds: {n} entries, head {head}.", n=chain["entries"], head=chain["head"][:16])
    command = f"{program} demo --open {shlex.quote(str(home))}"
    sentences = [
        _("Approval by the author was refused: {why}", why=demo.refused or ""),
        holds if chain["ok"] else _("The audit chain is broken."),
        _("Everything is in {home}. To walk through it in a browser:", home=str(home)),
    ]
    lines += [sentence.text(lang) for sentence in sentences]
    print(*lines, f"  {command}", sep="\n")  # noqa: T201 - the command's own output


def _receipt_line(row: Publication, home: Path, lang: str) -> str:
    state = states.PUBLICATION[PublicationState(row.state)].text(lang)
    receipt = getattr(row, "receipt", None)
    where = _inside(receipt.url, home) if receipt else "–"
    return f"{row.channel.network:<12}{state:<16} {where}"


def _about(file: dict[str, Any]) -> str:
    return f"{file['kind']} {file['lang']} {file['format']} {file['width']}×{file['height']}"


def _inside(place: str, home: Path) -> str:
    """A file's path or address, from the demo's folder on where it lies in there."""
    path = Path(unquote(urlsplit(place).path)) if place.startswith("file:") else Path(place)
    return str(path.relative_to(home)) if path.is_relative_to(home) else place
