"""What Bluesky servers make of our adapter, the official one and the stand-in: judged by their answers, not by ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publishers import _atproto
from publishers._base import (
    Absent,
    LinkCard,
    More,
    Options,
    OutcomeUnknown,
    Prepared,
    Receipt,
    Rejected,
    Submission,
    Subtitles,
    TryLater,
    Unauthorized,
    Unclear,
    canonical,
)
from publishers._bluesky_record import cid, new_tids, write_call
from publishers._facets import find_facets
from publishers.bluesky import Bluesky, Credentials
from tests.publishers.meta import mp4
from tests.publishers.samples import Folder, a_post, a_video, an_image, png
from tests.real_pds.harness import PASSWORD, Pds, TestAccount
from tests.real_pds.writer import prepared as prepare_all

TEXT = "Été à Calais — \U0001f468‍\U0001f469‍\U0001f467 sept expulsions : lire https://example.org/note. #Calais (تقرير)"


@dataclass
class Desk:
    """One channel on the real server, with a post ready to go."""

    adapter: Bluesky
    folder: Folder
    account: TestAccount

    def post(self, text: str = TEXT):
        first, second = png(8, 10, 90), png(12, 10, 200)
        media = (
            an_image(file=self.folder.add(first), width=8, height=10, alt="Une carte de Calais"),
            an_image(file=self.folder.add(second, "b.png"), width=12, height=10, alt="رسم بياني"),
        )
        return a_post("carousel", text, media, part={"facets": tuple(find_facets(text)), "langs": ("fr", "ar")})


@pytest.fixture
def desk(pds: Pds, account: TestAccount, tmp_path: Path) -> Desk:
    folder = Folder(tmp_path)
    return Desk(Bluesky(credentials(pds, account), folder), folder, account)


def credentials(pds: Pds, account: TestAccount, password: str = "") -> Credentials:
    return Credentials(
        handle=account.handle, app_password=password or account.app_password, pds_url=pds.url, video_url=None
    )


def test_one_post_arrives_with_its_text_facets_alt_text_ratio_and_exact_bytes(pds: Pds, desk: Desk) -> None:
    post = desk.post()
    receipt = desk.adapter.commit(prepare_all(desk.adapter, post))
    [record] = pds.posts(desk.account.did)
    value = record["value"]
    assert isinstance(receipt, Receipt) and receipt.id == record["uri"] and receipt.details["cid"] == record["cid"]
    assert receipt.url == f"https://bsky.app/profile/{desk.account.did}/post/{record['uri'].rsplit('/', 1)[1]}"
    assert value["text"] == TEXT and value["langs"] == ["fr", "ar"]
    raw = TEXT.encode()
    shown = {raw[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0] for f in value["facets"]}
    assert shown["https://example.org/note"]["uri"] == "https://example.org/note"
    assert shown["#Calais"]["tag"] == "Calais" and len(shown) == 2
    images = value["embed"]["images"]
    assert [image["alt"] for image in images] == ["Une carte de Calais", "رسم بياني"]
    assert [image["aspectRatio"] for image in images] == [{"width": 8, "height": 10}, {"width": 12, "height": 10}]
    sent = [pds.blob(desk.account.did, image["image"]["ref"]["$link"]) for image in images]
    assert sent == [png(8, 10, 90), png(12, 10, 200)]


def test_the_same_commit_twice_leaves_one_post_and_the_same_receipt(pds: Pds, desk: Desk) -> None:
    ready = prepare_all(desk.adapter, desk.post())
    assert desk.adapter.commit(ready) == desk.adapter.commit(ready)
    assert len(pds.posts(desk.account.did)) == 1


def test_a_new_key_at_each_try_would_double_so_these_tests_can_tell(pds: Pds, desk: Desk) -> None:
    post = desk.post()
    for _ in range(2):  # the mistake of an adapter that forgets its saved state
        desk.adapter.commit(prepare_all(desk.adapter, post))
    assert len(pds.posts(desk.account.did)) == 2


def test_preparing_again_uploads_again_and_keeps_the_frozen_record(pds: Pds, desk: Desk) -> None:
    post = desk.post()
    ready = prepare_all(desk.adapter, post)
    again = prepare_all(desk.adapter, post, ready.saved)
    assert canonical(again.saved["writes"][0]["value"]) == canonical(ready.saved["writes"][0]["value"])
    assert desk.adapter.commit(ready) == desk.adapter.commit(again)
    assert len(pds.posts(desk.account.did)) == 1


def test_find_tells_a_post_that_is_out_from_one_that_is_not(desk: Desk) -> None:
    post = desk.post()
    ready = prepare_all(desk.adapter, post)
    assert desk.adapter.find(post, {}) == Absent()
    assert desk.adapter.find(post, ready.saved) == Absent()
    receipt = desk.adapter.commit(ready)
    assert desk.adapter.find(post, ready.saved) == receipt


def test_a_post_is_removed_and_removing_it_again_is_no_error(pds: Pds, desk: Desk) -> None:
    post = desk.post()
    ready = prepare_all(desk.adapter, post)
    receipt = desk.adapter.commit(ready)
    assert isinstance(receipt, Receipt)
    desk.adapter.remove(receipt)
    desk.adapter.remove(receipt)
    assert pds.posts(desk.account.did) == [] and desk.adapter.find(post, ready.saved) == Absent()


def test_a_link_card_and_a_label_arrive(pds: Pds, desk: Desk) -> None:
    thumbnail = desk.folder.add(png(20, 10), "thumb.png")
    card = LinkCard(url="https://example.org/note", title="La note", description="Douze mois", thumbnail=thumbnail)
    post = a_post("link", "Lire la note", part={"link_card": card}, options={"labels": ("graphic-media",)})
    desk.adapter.commit(prepare_all(desk.adapter, post))
    [record] = pds.posts(desk.account.did)
    external = record["value"]["embed"]["external"]
    assert (external["uri"], external["title"]) == ("https://example.org/note", "La note")
    assert pds.blob(desk.account.did, external["thumb"]["ref"]["$link"]) == png(20, 10)
    assert record["value"]["labels"]["values"] == [{"val": "graphic-media"}]


def a_thread(desk: Desk) -> Submission:
    """Three messages: pictures, words, a link card; replies and quotes closed."""
    thumbnail = desk.folder.add(png(20, 10), "thumb.png")
    card = LinkCard(url="https://example.org/note", title="La note", thumbnail=thumbnail)
    first = desk.post().parts[0]
    second = first.model_copy(update={"media": (), "langs": ("ar",)})
    third = first.model_copy(update={"text": "Lire la note", "facets": (), "media": (), "link_card": card})
    options = Options(replies="mentioned", allow_quotes=False, labels=("graphic-media",))
    return a_post("thread").model_copy(update={"parts": (first, second, third), "options": options})


def records(pds: Pds, did: str, collection: str) -> dict[str, dict[str, Any]]:
    """The records of a collection by their keys, oldest first."""
    answer = pds.ask("com.atproto.repo.listRecords", repo=did, collection=f"app.bsky.feed.{collection}", reverse="true")
    return {one["uri"].rsplit("/", 1)[-1]: one for one in answer.json()["records"]}


def test_a_thread_is_there_whole_each_message_under_the_one_before(pds: Pds, desk: Desk) -> None:
    post, did = a_thread(desk), desk.account.did
    assert [p.code for p in desk.adapter.validate(post)] == []
    ready = prepare_all(desk.adapter, post)
    receipt = desk.adapter.commit(ready)
    assert isinstance(receipt, Receipt)
    posts = records(pds, did, "post")
    assert list(posts) == ready.saved["rkeys"] and [one["value"]["text"] for one in posts.values()] == [
        TEXT,
        TEXT,
        "Lire la note",
    ]
    root, second, third = ({"uri": one["uri"], "cid": one["cid"]} for one in posts.values())
    assert [one["value"].get("reply") for one in posts.values()] == [
        None, {"root": root, "parent": root}, {"root": root, "parent": second},
    ]  # fmt: skip
    assert receipt.id == root["uri"] and receipt.details["cid"] == root["cid"] and third["cid"] != second["cid"]
    times = [one["value"]["createdAt"] for one in posts.values()]
    assert times == sorted(set(times)) and posts[ready.saved["rkeys"][1]]["value"]["langs"] == ["ar"]
    [gate] = records(pds, did, "threadgate").values()
    assert gate["value"]["post"] == root["uri"] and len(gate["value"]["allow"]) == 1
    quotes = records(pds, did, "postgate")
    assert list(quotes) == list(posts) and [one["value"]["post"] for one in quotes.values()] == [
        one["uri"] for one in posts.values()
    ]
    assert all(one["value"]["labels"]["values"] == [{"val": "graphic-media"}] for one in posts.values())
    written = {(one["collection"], one["rkey"]): cid(one["value"]) for one in ready.saved["writes"]}
    there = {(f"app.bsky.feed.{kind}", key): one["cid"] for kind in ("post", "threadgate", "postgate")
             for key, one in records(pds, did, kind).items()}  # fmt: skip
    assert there == written, "every content id is what we computed"


def test_a_thread_sent_twice_is_there_once_with_the_same_receipt(pds: Pds, desk: Desk) -> None:
    ready = prepare_all(desk.adapter, a_thread(desk))
    first = desk.adapter.commit(ready)
    assert desk.adapter.commit(ready) == first == desk.adapter.find(a_thread(desk), ready.saved)
    assert len(pds.posts(desk.account.did)) == 3


def test_what_was_written_at_once_is_refused_whole_when_it_comes_again_also_in_part(pds: Pds, desk: Desk) -> None:
    """What the exactly-once of threads rests on, asked of the server itself, without the look before."""
    ready = prepare_all(desk.adapter, a_thread(desk))
    desk.adapter.commit(ready)
    token = desk.adapter.keeper.kept()["token"]
    nsid, body = write_call(desk.account.did, ready.saved["writes"])
    fresh = {**body["writes"][0], "rkey": new_tids(1)[0]}
    for writes in (body["writes"], [fresh, *body["writes"][:1]], [fresh, *body["writes"][1:]]):
        answer = pds.ask(nsid, token, {**body, "writes": writes})
        assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    too_long = {**fresh, "rkey": new_tids(1)[0], "value": {**fresh["value"], "text": "é" * 301}}
    assert pds.ask(nsid, token, {**body, "writes": [fresh, too_long]}).status_code == 400
    assert len(pds.posts(desk.account.did)) == 3


def test_a_repetition_whose_look_before_failed_is_an_open_question_and_no_second_thread(
    pds: Pds, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepare_all(desk.adapter, a_thread(desk))
    receipt = desk.adapter.commit(ready)
    monkeypatch.setattr(Bluesky, "_found", lambda _self, _saved: Unclear())
    with pytest.raises(OutcomeUnknown):
        desk.adapter.commit(ready)
    monkeypatch.undo()
    assert desk.adapter.find(a_thread(desk), ready.saved) == receipt and len(pds.posts(desk.account.did)) == 3


def test_a_thread_is_removed_with_its_gates_and_files(pds: Pds, desk: Desk) -> None:
    ready = prepare_all(desk.adapter, a_thread(desk))
    receipt = desk.adapter.commit(ready)
    assert isinstance(receipt, Receipt)
    desk.adapter.remove(receipt)
    desk.adapter.remove(receipt)
    assert [len(records(pds, desk.account.did, kind)) for kind in ("post", "threadgate", "postgate")] == [0, 0, 0]
    assert desk.adapter.find(a_thread(desk), ready.saved) == Absent()


def test_a_post_known_by_the_address_of_its_page_is_removed(pds: Pds, desk: Desk) -> None:
    receipt = desk.adapter.commit(prepare_all(desk.adapter, a_post("text", "Bonjour")))
    desk.adapter.remove(Receipt(id=receipt.url, url=receipt.url))
    assert pds.posts(desk.account.did) == []


@pytest.mark.parametrize(("replies", "rules"), [("followers", ["followerRule"]), ("mentioned", ["mentionRule"]),
                                                ("nobody", [])])  # fmt: skip
def test_who_may_reply_stands_beside_the_post_from_the_first_moment(
    pds: Pds, desk: Desk, replies: str, rules: list[str]
) -> None:
    receipt = desk.adapter.commit(prepare_all(desk.adapter, a_post("text", "Bonjour", options={"replies": replies})))
    [gate] = records(pds, desk.account.did, "threadgate").values()
    assert receipt.id == gate["value"]["post"]
    assert [one["$type"].partition("#")[2] for one in gate["value"]["allow"]] == rules


def test_more_than_four_pictures_go_as_a_gallery(pds: Pds, desk: Desk) -> None:
    files = [desk.folder.add(png(8, 10, shade), f"{shade}.png") for shade in range(6)]
    media = tuple(an_image(file=one, width=8, height=10, alt=f"Carte {n}") for n, one in enumerate(files))
    desk.adapter.commit(prepare_all(desk.adapter, a_post("carousel", "Six cartes", media)))
    [record] = pds.posts(desk.account.did)
    items = record["value"]["embed"]["items"]
    assert record["value"]["embed"]["$type"] == "app.bsky.embed.gallery"
    assert [one["alt"] for one in items] == [f"Carte {n}" for n in range(6)]
    assert [pds.blob(desk.account.did, one["image"]["ref"]["$link"]) for one in items] == [
        png(8, 10, shade) for shade in range(6)
    ]


def test_a_wrong_password_is_said_without_repeating_it(pds: Pds, account: TestAccount, tmp_path: Path) -> None:
    adapter = Bluesky(credentials(pds, account, "canary-password"), Folder(tmp_path))
    with pytest.raises(Unauthorized) as caught:
        prepare_all(adapter, a_post("text", "Bonjour"))
    assert "app password" in str(caught.value) and "canary" not in repr(caught.value) + str(caught.value)
    assert [check.ok for check in adapter.doctor()] == [False]


def test_doctor_tells_an_app_password_from_the_main_one(pds: Pds, account: TestAccount, tmp_path: Path) -> None:
    with_app = Bluesky(credentials(pds, account), Folder(tmp_path)).doctor()
    with_main = Bluesky(credentials(pds, account, PASSWORD), Folder(tmp_path)).doctor()
    assert [(check.name, check.ok) for check in with_app][:2] == [("login", True), ("app_password", True)]
    assert [(check.name, check.ok) for check in with_main][:2] == [("login", True), ("app_password", False)]


def test_a_handle_becomes_the_accounts_id_and_an_unknown_one_nothing(desk: Desk) -> None:
    assert desk.adapter.resolve_mention(desk.account.handle) == desk.account.did
    assert desk.adapter.resolve_mention("nobody-here.test") is None


def test_a_post_one_over_the_limit_is_refused_by_our_rule_and_by_the_server(pds: Pds, desk: Desk) -> None:
    fits, over = a_post("text", "é" * 300), a_post("text", "é" * 301)
    assert desk.adapter.validate(fits) == [] and [p.code for p in desk.adapter.validate(over)] == ["text"]
    desk.adapter.commit(prepare_all(desk.adapter, fits))
    with pytest.raises(Rejected):
        desk.adapter.commit(prepare_all(desk.adapter, over))
    assert len(pds.posts(desk.account.did)) == 1


@pytest.mark.parametrize("moment", ["before the write", "after the write"])
def test_a_process_killed_around_the_write_and_run_again_leaves_one_post(
    pds: Pds, desk: Desk, tmp_path: Path, moment: str
) -> None:
    state, post = tmp_path / "state.json", desk.post()
    job = {
        "credentials": {"handle": desk.account.handle, "pds_url": pds.url, "video_url": None},
        "submission": post.model_dump(mode="json"),
        "files": str(tmp_path),
        "state": str(state),
    }
    env = {"PATH": os.environ["PATH"], "APP_PASSWORD": desk.account.app_password, "DIE": moment}
    killed = _write(job, env)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(pds.posts(desk.account.did)) == (moment == "after the write")
    done = _write(job, {**env, "DIE": ""})
    assert done.returncode == 0, done.stderr
    [record] = pds.posts(desk.account.did)
    assert json.loads(done.stdout)["id"] == record["uri"] and record["value"]["text"] == TEXT


def _write(job: dict[str, object], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "tests.real_pds.writer"],
        input=json.dumps(job), env=env, cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_preparing_takes_one_step_at_a_time(desk: Desk) -> None:
    post, saved, seen = desk.post(), {}, []
    started = time.monotonic()
    while not isinstance(step := desk.adapter.prepare(post, saved), Prepared):
        assert isinstance(step, More)
        seen.append(sorted(set(step.saved) - set(saved)) or [f"{len(step.saved['blobs'])} blobs"])
        saved = step.saved
    assert seen == [["created_at", "rkeys"], ["did", "host"], ["blobs"], ["2 blobs"]]
    assert time.monotonic() - started < 30


def test_files_that_the_server_dropped_are_sent_again_and_the_same_record_goes_out(
    pds: Pds, desk: Desk, tmp_path: Path
) -> None:
    post = desk.post()
    other = Bluesky(credentials(pds, pds.account()), desk.folder)
    elsewhere = prepare_all(other, post).saved  # its files are on the server, in another account's keeping
    saved = {**elsewhere, "did": desk.account.did}
    with pytest.raises(TryLater) as caught:
        desk.adapter.commit(Prepared(saved=saved))
    assert "sent again" in str(caught.value) and pds.posts(desk.account.did) == []
    desk.adapter.commit(prepare_all(desk.adapter, post, saved))
    [record] = pds.posts(desk.account.did)
    assert record["value"]["createdAt"] == saved["created_at"] and record["uri"].endswith(saved["rkeys"][0])


def test_a_session_that_the_server_ended_is_opened_again(pds: Pds, desk: Desk) -> None:
    post = desk.post()
    ready = prepare_all(desk.adapter, post)
    desk.adapter.keeper.change(lambda kept: {**kept, "token": kept["token"][:-4] + "AAAA"})
    with pytest.raises(TryLater):
        desk.adapter.commit(ready)
    desk.adapter.commit(ready)
    assert len(pds.posts(desk.account.did)) == 1


def test_a_video_goes_with_its_description_and_its_subtitles(pds: Pds, desk: Desk) -> None:
    start = mp4()
    words = desk.folder.add(b"WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n", "reel.fr.vtt", "text/vtt")
    film = desk.folder.add(start, "reel.mp4", "video/mp4")
    subtitles = Subtitles(lang="fr", format="vtt", file=words)
    post = a_post("video", media=(a_video(file=film, subtitles=(subtitles,)),))
    assert desk.adapter.validate(post) == []
    desk.adapter.commit(prepare_all(desk.adapter, post))
    [record] = pds.posts(desk.account.did)
    embed = record["value"]["embed"]
    assert embed["alt"] == post.media[0].alt and embed["aspectRatio"] == {"width": 1080, "height": 1920}
    assert pds.blob(desk.account.did, embed["video"]["ref"]["$link"]) == start
    assert embed["captions"][0]["lang"] == "fr"


def test_a_session_near_its_end_is_renewed_without_the_password(
    pds: Pds, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepare_all(desk.adapter, desk.post())
    desk.adapter.keeper.change(lambda kept: {**kept, "ends": 0.0})
    asked, call = [], _atproto.call
    monkeypatch.setattr(_atproto, "call", lambda host, nsid, **named: asked.append(nsid) or call(host, nsid, **named))
    desk.adapter.commit(ready)
    assert asked == ["com.atproto.server.refreshSession"] and len(pds.posts(desk.account.did)) == 1
