"""What the official Bluesky server makes of our adapter: judged by its own answers, not by ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from publishers import _atproto
from publishers._base import (
    Absent,
    LinkCard,
    More,
    Prepared,
    Receipt,
    Rejected,
    Subtitles,
    TryLater,
    Unauthorized,
    canonical,
)
from publishers._facets import find_facets
from publishers.bluesky import Bluesky, Credentials
from tests.publishers.samples import Folder, a_post, a_video, an_image, png
from tests.real_pds.harness import PASSWORD, Pds, TestAccount
from tests.real_pds.writer import prepared as prepare_all

pytestmark = pytest.mark.real_pds

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
    assert canonical(again.saved["record"]) == canonical(ready.saved["record"])
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
    assert seen == [["created_at", "rkey"], ["did", "host"], ["blobs"], ["2 blobs"]]
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
    assert record["value"]["createdAt"] == saved["created_at"] and record["uri"].endswith(saved["rkey"])


def test_a_session_that_the_server_ended_is_opened_again(pds: Pds, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    post = desk.post()
    ready = prepare_all(desk.adapter, post)
    [(account, session)] = [(a, s) for a, s in _atproto._sessions.items() if s.did == desk.account.did]
    monkeypatch.setitem(_atproto._sessions, account, replace(session, token=session.token[:-4] + "AAAA"))
    with pytest.raises(TryLater):
        desk.adapter.commit(ready)
    desk.adapter.commit(ready)
    assert len(pds.posts(desk.account.did)) == 1


def test_a_video_goes_with_its_description_and_its_subtitles(pds: Pds, desk: Desk) -> None:
    start = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(64)  # enough of an MP4 for the server
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
    [(account, session)] = [(a, s) for a, s in _atproto._sessions.items() if s.did == desk.account.did]
    monkeypatch.setitem(_atproto._sessions, account, replace(session, ends=0.0))
    asked, call = [], _atproto.call
    monkeypatch.setattr(_atproto, "call", lambda host, nsid, **named: asked.append(nsid) or call(host, nsid, **named))
    desk.adapter.commit(ready)
    assert asked == ["com.atproto.server.refreshSession"] and len(pds.posts(desk.account.did)) == 1
