"""The stand-in and the official server side by side: the same requests, the same answers, records and content ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from publishers._base import LinkCard, More, Options, Prepared, Submission, Subtitles
from publishers._bluesky_record import new_tids
from publishers._facets import find_facets
from publishers.bluesky import Bluesky, Credentials
from sandbox.bluesky import serving
from tests.publishers.samples import Folder, a_post, a_video, an_image, png
from tests.real_pds.harness import PASSWORD, Pds, TestAccount

pytestmark = [pytest.mark.real_pds, pytest.mark.parametrize("pds", ["official"], indirect=True)]

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXT = f"Été {FAMILY} : https://example.org/note, #Calais #حقوق_الإنسان"
AT = "2026-11-26T09:00:00.000Z"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(64)
GONE = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
OWN = ("commit", "accessJwt", "refreshJwt", "didDoc", "email")  # what every server makes up for itself
POST, IMAGES, GALLERY = "app.bsky.feed.post", "app.bsky.embed.images", "app.bsky.embed.gallery"


@dataclass
class Side:
    """One of the two servers with the account, logged in by its app password."""

    pds: Pds
    account: TestAccount
    token: str = ""
    refresh: str = ""

    def log_in(self) -> None:
        given = {"identifier": self.account.handle, "password": self.account.app_password}
        said = self.pds.ask("com.atproto.server.createSession", body=given).json()
        self.token, self.refresh = said["accessJwt"], said["refreshJwt"]

    def upload(self, content: bytes, mime: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **({"Content-Type": mime} if mime else {})}
        return httpx.post(f"{self.pds.url}/xrpc/com.atproto.repo.uploadBlob", content=content, headers=headers)

    def put(self, record: dict[str, Any], rkey: str = "3n36ie5ndpjkp", collection: str = POST) -> httpx.Response:
        where = {"repo": self.account.did, "collection": collection, "rkey": rkey}
        return self.pds.ask("com.atproto.repo.putRecord", self.token, {**where, "validate": True, "record": record})

    def posts(self, kind: str = "post") -> list[dict[str, Any]]:
        params = {"repo": self.account.did, "collection": f"app.bsky.feed.{kind}", "limit": "100"}
        return list(self.pds.ask("com.atproto.repo.listRecords", **params).json()["records"])


@pytest.fixture
def sides(pds: Pds, account: TestAccount) -> Iterator[tuple[Side, Side]]:
    """The official server and the stand-in, with one and the same account."""
    with serving() as stand_in:
        same = stand_in.add_account(account.handle, PASSWORD, account.did, email_confirmed=False)
        same.app_passwords[account.app_password] = "porte-voix"
        both = Side(pds, account), Side(Pds(stand_in.url), account)
        for side in both:
            side.log_in()
        yield both


def said(answer: httpx.Response) -> tuple[int, Any]:
    """What an answer says, without what every server makes up for itself."""
    try:
        body = answer.json()
    except ValueError:
        return answer.status_code, answer.content
    kept = {
        name: value
        for name, value in body.items()
        if name not in ("commit", "accessJwt", "refreshJwt", "didDoc", "email")
    }
    return answer.status_code, kept


def embed(**inside: Any) -> dict[str, Any]:
    return {"embed": {"$type": IMAGES, **inside}}


def gallery(*items: dict[str, Any]) -> dict[str, Any]:
    return {"embed": {"$type": GALLERY, "items": [{"$type": f"{GALLERY}#image", **one} for one in items]}}


def facet(kind: str, end: int = 1, **value: str) -> dict[str, Any]:
    feature = {"$type": f"app.bsky.richtext.facet#{kind}", **value}
    return {"facets": [{"index": {"byteStart": 0, "byteEnd": end}, "features": [feature]}]}


def records(blob: dict[str, Any], words: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Changes of a good post, good and bad ones, by what they try."""
    image, ratio = {"image": blob, "alt": ""}, {"aspectRatio": {"width": 1, "height": 1}}
    gone = {"image": {**blob, "ref": {"$link": GONE}}, "alt": ""}
    shown = {"uri": "https://e.org", "title": "a", "description": ""}
    external = {"$type": "app.bsky.embed.external", "external": shown}
    video = {"$type": "app.bsky.embed.video", "video": blob}
    ref = {"uri": f"at://did:plc:a/{POST}/3n36ie5ndpjkp", "cid": GONE}
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]}
    return {
        "as it is": {}, "300 families": {"text": FAMILY * 300}, "301 signs": {"text": "é" * 301},
        "300 signs": {"text": "é" * 300},
        "no time": {"createdAt": None}, "a wrong time": {"createdAt": "yesterday"}, "no text": {"text": None},
        "another kind": {"$type": "app.bsky.feed.like"}, "four languages": {"langs": ["fr", "en", "ar", "fa"]},
        "no language": {"langs": ["français"]}, "a variety": {"langs": ["zh-Hant-TW"]},
        "what nobody knows": {"extra": [1, {"a": None}]}, "a fraction": {"extra": 1.5},
        "a picture": embed(images=[image]), "a picture without words": embed(images=[{"image": blob}]),
        "five pictures": embed(images=[image] * 5), "a picture that is gone": embed(images=[gone]),
        "a text as a picture": embed(images=[{"image": words, "alt": ""}]), "a picture as a film": {"embed": video},
        "a gallery": gallery(*[{**image, **ratio}] * 20), "a gallery of 21": gallery(*[{**image, **ratio}] * 21),
        "a gallery without ratio": gallery(image), "an unknown embed": {"embed": {"$type": "app.example.none"}},
        "a card": {"embed": external},
        "a card without title": {"embed": {**external, "external": {"uri": "https://e.org"}}},
        "a card to nowhere": {"embed": {**external, "external": {**shown, "uri": "nope"}}},
        "a link": facet("link", uri="https://e.org"), "a link out of the text": facet("link", 999, uri="https://e.org"),
        "a link to nowhere": facet("link", uri="nope"), "a mention of nobody": facet("mention", did="nope"),
        "a mention": facet("mention", did="did:web:example.org"), "a long tag": facet("tag", tag="a" * 65),
        "a tag": facet("tag", tag="é" * 64), "a heavy tag": facet("tag", tag=FAMILY * 36),
        "a reply": {"reply": {"root": ref, "parent": ref}},
        "a reply to nothing": {"reply": {"root": {**ref, "uri": "x"}, "parent": ref}},
        "a label": {"labels": labels}, "eleven labels": {"labels": {**labels, "values": labels["values"] * 11}},
        "nine tags": {"tags": ["a"] * 9},
    }  # fmt: skip


def test_good_and_bad_records_are_taken_and_refused_in_the_same_words(sides: tuple[Side, Side]) -> None:
    blob = [side.upload(png(), "image/png").json()["blob"] for side in sides]
    words = [side.upload(b"hello", "text/plain").json()["blob"] for side in sides]
    assert blob[0] == blob[1] and words[0] == words[1]
    cases = records(blob[0], words[0])
    told: dict[str, list[Any]] = {}
    for (name, change), rkey in zip(cases.items(), new_tids(len(cases)), strict=True):
        record = {
            key: one
            for key, one in {"$type": POST, "text": "Bonjour", "createdAt": AT, **change}.items()
            if one is not None
        }
        told[name] = [said(side.put(record, rkey)) for side in sides]
    assert {name: pair[1] for name, pair in told.items()} == {name: pair[0] for name, pair in told.items()}
    assert sum(pair[0][0] == 200 for pair in told.values()) == 14
    official, stand_in = (side.posts() for side in sides)
    assert stand_in == official


CALLS: dict[str, Callable[[Side], httpx.Response]] = {
    "no token": lambda s: s.pds.ask("com.atproto.server.getSession"),
    "a wrong token": lambda s: s.pds.ask("com.atproto.server.getSession", "eyJx.y.z"),
    "a right to renew as a token": lambda s: s.pds.ask("com.atproto.server.getSession", s.refresh),
    "whose session": lambda s: s.pds.ask("com.atproto.server.getSession", s.token),
    "a token as a right to renew": lambda s: s.pds.ask("com.atproto.server.refreshSession", s.token, {}),
    "a wrong password": lambda s: s.pds.ask(
        "com.atproto.server.createSession", body={"identifier": s.account.handle, "password": "x"}),
    "an unknown method": lambda s: s.pds.ask("com.example.none"),
    "a wrong verb": lambda s: s.pds.ask("com.atproto.repo.putRecord", s.token),
    "half a body": lambda s: s.pds.ask("com.atproto.repo.putRecord", s.token, {"repo": s.account.did}),
    "an unknown account": lambda s: s.pds.ask("com.atproto.repo.deleteRecord", s.token, {
        "repo": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "collection": POST, "rkey": "3n36ie5ndpjkp"}),
    "nothing to delete": lambda s: s.pds.ask("com.atproto.repo.deleteRecord", s.token, {
        "repo": s.account.did, "collection": POST, "rkey": "3n36ie5ndpjkp"}),
    "a slug as a key": lambda s: s.put({"$type": POST, "text": "a", "createdAt": AT}, "my-post"),
    "an unknown kind": lambda s: s.put({"$type": "com.example.a"}, collection="com.example.a"),
    "six rules": lambda s: s.put({"$type": "app.bsky.feed.threadgate", "post": f"at://{s.account.did}/{POST}/a",
        "createdAt": AT, "allow": [{"$type": "app.bsky.feed.threadgate#mentionRule"}] * 6},
        collection="app.bsky.feed.threadgate"),
    "no such record": lambda s: s.pds.ask(
        "com.atproto.repo.getRecord", repo=s.account.did, collection=POST, rkey="3n36ie5ndpjkp"),
    "a leave of the past": lambda s: s.pds.ask("com.atproto.server.getServiceAuth", s.token,
        aud="did:web:localhost", lxm="com.atproto.repo.uploadBlob", exp="99"),
    "a handle": lambda s: s.pds.ask("com.atproto.identity.resolveHandle", handle=s.account.handle),
    "nobody's handle": lambda s: s.pds.ask("com.atproto.identity.resolveHandle", handle="nobody.test"),
    "the version": lambda s: s.pds.ask("_health"),
    "the server": lambda s: s.pds.ask("com.atproto.server.describeServer"),
    "a JPEG that says it is a PNG": lambda s: s.upload(b"\xff\xd8\xff\xe0" + bytes(60), "image/png"),
    "a film": lambda s: s.upload(MP4, "application/octet-stream"),
    "a file of no type": lambda s: s.upload(b"x", ""),
    "a vtt": lambda s: s.upload(b"WEBVTT\n\n00:00.000 --> 00:01.000\nx\n", "text/vtt"),
}  # fmt: skip


def test_calls_right_and_wrong_are_answered_in_the_same_words(sides: tuple[Side, Side]) -> None:
    told = {name: [said(call(side)) for side in sides] for name, call in CALLS.items()}
    assert {name: pair[1] for name, pair in told.items()} == {name: pair[0] for name, pair in told.items()}


def test_a_session_is_renewed_twice_alike_and_ends_alike(sides: tuple[Side, Side]) -> None:
    def renewed(side: Side, right: str, method: str = "refreshSession") -> httpx.Response:
        url = f"{side.pds.url}/xrpc/com.atproto.server.{method}"
        return httpx.post(url, headers={"Authorization": f"Bearer {right}"})

    told = []
    for side in sides:
        first, again = (renewed(side, side.refresh) for _time in range(2))
        over = renewed(side, first.json()["refreshJwt"], "deleteSession")
        revoked = renewed(side, again.json()["refreshJwt"])  # a used right gives the same successor, which is over
        told.append([said(first), said(again), over.status_code, said(revoked)])
    assert told[0] == told[1]


def a_thread(folder: Folder) -> Submission:
    words = folder.add(b"WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n", "film.vtt", "text/vtt")
    subtitles = Subtitles(lang="fr", format="vtt", file=words)
    film = a_video(file=folder.add(MP4, "film.mp4", "video/mp4"), subtitles=(subtitles,))
    pictures = tuple(
        an_image(file=folder.add(png(8, 10, n), f"{n}.png"), width=8, height=10, alt=f"حق {n}") for n in range(5)
    )
    card = LinkCard(url="https://example.org/note", title="La note", thumbnail=folder.add(png(20, 10), "thumb.png"))
    first = a_post("text", TEXT, part={"facets": tuple(find_facets(TEXT)), "langs": ("fr", "ar")}).parts[0]
    changes = ({"media": pictures}, {"media": (film,)}, {"link_card": card}, {})
    parts = tuple(first.model_copy(update=change) for change in changes)
    options = Options(replies="followers", allow_quotes=False, labels=("graphic-media",))
    return a_post("thread").model_copy(update={"parts": parts, "options": options})


def test_the_adapter_leaves_the_same_records_under_the_same_content_ids(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    folder, saved, receipts = Folder(tmp_path), {}, []
    post = a_thread(folder)
    for side in sides:
        known = {"handle": side.account.handle, "app_password": side.account.app_password, "pds_url": side.pds.url}
        adapter = Bluesky(Credentials.model_validate({**known, "appview_url": side.pds.url, "video_url": None}), folder)
        step: More | Prepared = More(saved={name: saved[name] for name in ("rkeys", "created_at") if name in saved})
        while not isinstance(step, Prepared):
            step = adapter.prepare(post, json.loads(json.dumps(step.saved)))
        saved = step.saved
        receipts.append(adapter.commit(step))
    assert receipts[0] == receipts[1]
    for kind, number in (("post", 4), ("threadgate", 1), ("postgate", 4)):
        official, stand_in = (side.posts(kind) for side in sides)
        assert official == stand_in and len(official) == number
    shown = [[side.pds.blob(side.account.did, one["image"]["ref"]["$link"])
              for one in side.posts()[-1]["value"]["embed"]["items"]] for side in sides]  # fmt: skip
    assert shown[0] == shown[1] == [png(8, 10, n) for n in range(5)]
