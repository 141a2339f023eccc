"""For each platform a server that behaves as documented, an account on it, and a good post of every kind.

What the contract suite runs on; the clock is the tests' own and moves the servers too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import time_machine

from publishers import registry
from publishers._base import LinkCard, Media, Options, Publisher, Receipt, Submission, Subtitles
from publishers._facets import find_facets
from sandbox._server import Sandbox
from sandbox.bluesky import Bluesky
from sandbox.graph import Graph
from sandbox.linkedin import LinkedIn
from sandbox.mastodon import Mastodon
from tests.publishers.meta import COMMENT, jpeg, mp4, showing
from tests.publishers.samples import ALT, Folder, a_post, a_video, an_image
from tests.publishers.usual import Usual

# Signs that some network counts, escapes or cuts in its own way; a link and a tag.
TEXT = "Calais (nov. 2026) : 7 expulsions_en un mois *. #Calais https://example.org/note?a=1&b=2 حقوق"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip
SRT, VTT = b"1\n00:00:00,000 --> 00:00:02,000\nHello\n", b"WEBVTT\n\n00:00.000 --> 00:02.000\nBonjour\n"
# The irreversible call of each kind of post, as the servers name it; the outbox makes none.
COMMITS: dict[str, dict[str, str]] = {
    "instagram": dict.fromkeys(
        ("image", "carousel", "mixed carousel", "reel", "story", "video story"), "media_publish"
    ),
    "facebook": {
        **dict.fromkeys(("text", "link", "image", "carousel"), "post"), "video": "videos.finish",
        "reel": "video_reels.finish", "story": "photo_stories", "video story": "video_stories.finish",
    },
    "linkedin page": dict.fromkeys(("text", "image", "carousel", "video", "document", "link"), "posts"),
    "linkedin person": dict.fromkeys(("text", "image", "carousel", "video", "document", "link"), "posts"),
    "mastodon": dict.fromkeys(("text", "image", "carousel", "video"), "statuses"),
    "bluesky": {
        **dict.fromkeys(("text", "image", "carousel", "gallery", "video", "link"), "putRecord"),
        "thread": "applyWrites",
    },
    "outbox": dict.fromkeys(("text", "image", "carousel"), ""),
}  # fmt: skip


@dataclass
class Stand:
    """One account on one server.

    `facts` are the channel's settings, and `renew` changes them as a person does whose access was taken away.
    """

    platform: str
    folder: Folder
    clock: time_machine.Traveller
    facts: dict[str, Any]
    make: Callable[[Stand, str], Submission]
    server: Sandbox | None = None
    renew: Callable[[], dict[str, Any]] = dict
    no_removal: tuple[str, ...] = ()
    lists: bool = True  # whether the adapter can see what is out
    seen: list[Usual] = field(default_factory=list)

    def adapter(self, **changes: Any) -> Publisher:
        """A new adapter of the account."""
        kind = registry()[self.platform]
        return kind(kind.Credentials.model_validate({**self.facts, **changes}), self.folder)

    def engine(
        self, kind: str, *, film: dict[str, Any] | None = None, text: str | None = None, **changes: Any
    ) -> Usual:
        """The delivery's steps for a good post of the kind, changed in its film, its text or as a whole."""
        post = self.make(self, kind)
        first = post.parts[0]
        if film:
            first = first.model_copy(update={"media": (first.media[0].model_copy(update=film),)})
        if text is not None:
            first = first.model_copy(update={"text": text})
        post = post.model_copy(update={"parts": (first, *post.parts[1:]), **changes})

        def renewed() -> Callable[[], Publisher]:
            fresh = self.renew()
            return lambda: self.adapter(**fresh)

        self.seen.append(Usual(self.adapter, post, self.clock, self.looks, renewed))
        return self.seen[-1]

    def looks(self) -> Receipt | None:
        """What a person sees who looks at the account: the address of the newest post."""
        out = self.published()
        return Receipt(id=out[-1]["id"], url=out[-1]["permalink"]) if out else None

    def published(self) -> list[dict[str, Any]]:
        """What the public sees."""
        if self.server:
            return self.server.published()
        written = sorted(Path(self.facts["folder"]).glob("*/*/submission.json"))
        return [_written(path) for path in written if not path.parent.name.endswith(".removed")]

    def secrets(self) -> list[str]:
        """Every secret of the account and the server."""
        return [*self.server.secrets(), "canary"] if self.server else ["canary"]


def _written(path: Path) -> dict[str, Any]:
    """A post of the outbox, as the servers tell theirs."""
    post = Submission.model_validate_json(path.read_text())
    told = json.loads((path.parent / "request.json").read_text())[-1]["json"]["record"]
    media = [{"sha256": one.file.sha256, "alt": one.alt} for one in post.media]
    assert all((path.parent / one.file.name).exists() for one in post.media)
    name = f"outbox:bluesky:{path.parent.name}"
    return {"id": name, "container": "", "text": told["text"], "media": media, "comments": [], "permalink": ""}


# --------------------------------------------------------------------------------------------------- good posts


def pictures(folder: Folder, number: int) -> tuple[Media, ...]:
    files = [folder.add(jpeg(shade), f"card{shade}.jpg", "image/jpeg") for shade in range(1, number + 1)]
    return tuple(an_image(file=file, width=1080, height=1080, alt=f"{ALT} {n}") for n, file in enumerate(files, 1))


def a_film(folder: Folder, **changes: Any) -> tuple[Media, ...]:
    film = folder.add(mp4(), "film.mp4", "video/mp4")
    return (a_video(**{"file": film, "width": 540, "height": 960, "duration_ms": 3000, **changes}),)


def a_card(folder: Folder) -> LinkCard:
    thumbnail = folder.add(jpeg(7), "thumb.jpg", "image/jpeg")
    return LinkCard(url="https://example.org/n", title="La note", description="Novembre", thumbnail=thumbnail)


def usual_media(folder: Folder, kind: str) -> tuple[Media, ...]:
    number = {"image": 1, "story": 1, "carousel": 3, "gallery": 5}.get(kind, 0)
    return a_film(folder) if kind in ("video", "reel", "video story") else pictures(folder, number)


def for_graph(stand: Stand, kind: str) -> Submission:
    story, media = kind.endswith("story"), usual_media(stand.folder, kind)
    comment = {} if story else {"first_comment": COMMENT}
    part = {"link_card": LinkCard(url="https://example.org/note", title="La note")} if kind == "link" else {}
    if kind == "mixed carousel":
        media = (*pictures(stand.folder, 2), *a_film(stand.folder))
    name, words = ("story", "") if story else (kind.removeprefix("mixed "), TEXT)
    return a_post(name, words, media, platform=stand.platform, part=part, **comment)


def for_linkedin(stand: Stand, kind: str) -> Submission:
    folder, media, part = stand.folder, usual_media(stand.folder, kind), {}
    if kind == "video":
        words = Subtitles(lang="en", format="srt", file=folder.add(SRT, "film.srt", "application/x-subrip"))
        film = folder.add(mp4(seconds=4, width=640, height=640, rate=30), "wide.mp4", "video/mp4")
        cover = folder.add(jpeg(9), "cover.jpg", "image/jpeg")
        known = {"file": film, "width": 640, "height": 640, "duration_ms": 4000, "cover": cover, "title": "Le film"}
        media = a_film(folder, subtitles=(words,), **known)
    if kind == "document":
        note = folder.add(PDF, "note.pdf", "application/pdf")
        media = (an_image(kind="document", file=note, title="La note de novembre"),)
    if kind == "link":
        part = {"link_card": a_card(folder)}
    return a_post(kind, TEXT, media, platform="linkedin", first_comment=COMMENT, part=part)


def for_mastodon(stand: Stand, kind: str) -> Submission:
    known = {"content_warning": "Violences", "options": Options(sensitive=True)}
    return a_post(kind, TEXT, usual_media(stand.folder, kind), platform="mastodon", **known)


def for_bluesky(stand: Stand, kind: str) -> Submission:
    folder, media = stand.folder, usual_media(stand.folder, kind)
    part = {"facets": tuple(find_facets(TEXT)), "langs": ("fr", "ar")}
    if kind == "video":
        words = Subtitles(lang="fr", format="vtt", file=folder.add(VTT, "film.vtt", "text/vtt"))
        media = a_film(folder, subtitles=(words,))
    if kind == "link":
        part["link_card"] = a_card(folder)
    post = a_post("carousel" if kind == "gallery" else kind, TEXT, media, part=part)
    if kind == "thread":
        first, pair = post.parts[0], pictures(folder, 2)
        parts = (first, first.model_copy(update={"media": pair}), first.model_copy(update={"media": a_film(folder)}))
        return post.model_copy(update={"parts": parts, "options": Options(replies="mentioned", allow_quotes=False)})
    return post


# ------------------------------------------------------------------------------------------------- the servers


@contextmanager
def _graph(platform: str, folder: Folder, clock: time_machine.Traveller) -> Iterator[Stand]:
    with Graph().serving() as graph, showing(folder.root / "public") as url:
        facts = {
            "page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url,
            "rupload_url": graph.urls["rupload"],
        }  # fmt: skip
        if platform == "instagram":
            facts |= {"ig_user_id": graph.account.id, "media_url": url}
        yield Stand(
            platform, folder, clock, facts, for_graph, graph,
            lambda: {"access_token": graph.issue(page=graph.page).value},
            no_removal=("story",) if platform == "facebook" else (),  # photo stories: no deletion in the documents
        )  # fmt: skip


@contextmanager
def _linkedin(speaks: str, folder: Folder, clock: time_machine.Traveller) -> Iterator[Stand]:
    with LinkedIn().serving() as server:
        page = speaks == "page"
        facts = {
            "author": server.organization.urn if page else server.person.urn,
            "access_token": server.org_token if page else server.member_token,
            "api_url": server.url, "oauth_url": server.urls["www"],
        }  # fmt: skip
        yield Stand(
            "linkedin", folder, clock, facts, for_linkedin, server,
            lambda: {"access_token": server.issue().value}, lists=page,
        )  # fmt: skip


@contextmanager
def _mastodon(folder: Folder, clock: time_machine.Traveller) -> Iterator[Stand]:
    with Mastodon().serving() as server:
        facts = {"instance_url": server.url, "access_token": server.token}
        yield Stand(
            "mastodon", folder, clock, facts, for_mastodon, server,
            lambda: {"access_token": server.issue().value},
        )  # fmt: skip


@contextmanager
def _bluesky(folder: Folder, clock: time_machine.Traveller) -> Iterator[Stand]:
    with Bluesky().serving() as server:
        facts = {name: value for name, value in server.facts().items() if name != "did"}
        yield Stand("bluesky", folder, clock, facts, for_bluesky, server)


@contextmanager
def _outbox(folder: Folder, clock: time_machine.Traveller) -> Iterator[Stand]:
    facts = {"stands_for": "bluesky", "folder": str(folder.root / "outbox")}
    yield Stand("outbox", folder, clock, facts, for_bluesky)


def opened(name: str, folder: Folder, clock: time_machine.Traveller, stack: ExitStack) -> Stand:
    """The stand of that name, until `stack` is closed."""
    if name in ("instagram", "facebook"):
        return stack.enter_context(_graph(name, folder, clock))
    if name.startswith("linkedin"):
        return stack.enter_context(_linkedin(name.partition(" ")[2], folder, clock))
    made = {"mastodon": _mastodon, "bluesky": _bluesky, "outbox": _outbox}[name]
    return stack.enter_context(made(folder, clock))
