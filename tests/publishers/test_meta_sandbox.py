"""Instagram and Facebook against a server that behaves as Meta's documents say, and fails around every write."""

from __future__ import annotations

import hashlib
import json
import traceback

import pytest

from publishers._base import Absent, LinkCard, Prepared, Receipt, Rejected, Subtitles, TryLater, Unauthorized
from publishers._mediahost import OwnServer
from sandbox import _faults as faults
from sandbox.graph import serving
from tests.publishers.meta import (
    COMMENT,
    TEXT,
    Engine,
    a_facebook,
    a_submission,
    an_instagram,
    jpeg,
    mp4,
    showing,
)
from tests.publishers.samples import ALT, Folder, an_image

SRT = "1\n00:00:00,000 --> 00:00:02,000\nBonjour\n"
INSTAGRAM = ["image", "carousel", "mixed carousel", "reel", "story", "video story"]
FACEBOOK = ["text", "link", "image", "carousel", "video", "reel", "story", "video story"]
KINDS = [("instagram", kind) for kind in INSTAGRAM] + [("facebook", kind) for kind in FACEBOOK]
# The irreversible call of each kind, as the sandbox names it.
COMMITS = {
    "instagram": dict.fromkeys(INSTAGRAM, "media_publish"),
    "facebook": {
        **dict.fromkeys(("text", "link", "image", "carousel"), "post"), "video": "videos.finish",
        "reel": "video_reels.finish", "story": "photo_stories", "video story": "video_stories.finish",
    },
}  # fmt: skip


@pytest.fixture
def graph():
    with serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def media_url(folder):
    with showing(folder.root / "public") as url:
        yield url


@pytest.fixture
def make(graph, folder, media_url):
    """An engine for a network and a kind of post."""

    def made(network, kind, **changes):
        if kind == "link":
            changes["part"] = {"link_card": LinkCard(url="https://example.org/note", title="La note")}
        post = a_submission(folder, kind, network, **changes)
        own = an_instagram(graph, folder, media_url) if network == "instagram" else a_facebook(graph, folder)
        assert [p for p in own.validate(post) if p.severity == "error"] == []
        return Engine(own, graph, post)

    return made


def the_one(graph):
    (out,) = graph.published()
    return out


@pytest.mark.parametrize(("network", "kind"), KINDS)
def test_each_kind_arrives_with_its_words_its_alt_texts_and_in_order(make, graph, folder, network, kind):
    engine = make(network, kind)
    receipt = engine.run()
    out = the_one(graph)
    story = kind.endswith("story")
    assert out["kind"] == kind.removeprefix("video ").removeprefix("mixed ") and out["text"] == ("" if story else TEXT)
    assert [comment["text"] for comment in out["comments"]] == ([] if story else [COMMENT])
    wanted = [hashlib.sha256(folder.path(medium.file).read_bytes()).hexdigest() for medium in engine.post.media]
    assert [one["sha256"] for one in out["media"]] == wanted
    if kind in ("image", "carousel"):
        assert [one["alt"] for one in out["media"]] == [f"{ALT} {n}" for n in range(1, len(wanted) + 1)]
    assert receipt.url.startswith(graph.url) and engine.commits == 1 and engine.seen == []
    assert receipt.id in (out["id"], out["container"])


@pytest.mark.parametrize(("network", "kind"), KINDS)
def test_what_is_out_is_read_back_as_the_same_post_and_removed_for_good(make, graph, network, kind):
    engine = make(network, kind)
    receipt = engine.run()
    found = engine.adapter.find(engine.post, engine.saved)
    assert isinstance(found, Receipt) and found.id == receipt.id
    if kind == "story" and network == "facebook":
        return  # a photo story has no deletion of its own in the documents
    engine.adapter.remove(receipt)
    assert graph.published() == []
    engine.adapter.remove(receipt)


# What a call that was obeyed may answer, and what one that was not.
OBEYED = [(fault, True) for fault in (faults.DROP, faults.ERROR, faults.HALF, faults.HTML)]
NOT_OBEYED = [(fault, False) for fault, _done in OBEYED] + [(fault, False) for fault in sorted(faults.NEVER_APPLIED)]


@pytest.mark.parametrize(("fault", "applied"), [*OBEYED, *NOT_OBEYED])
@pytest.mark.parametrize(("network", "kind"), KINDS)
def test_a_fault_at_the_irreversible_call_leaves_exactly_one_post(make, graph, network, kind, fault, applied):
    engine = make(network, kind)
    planned = graph.fault(COMMITS[network][kind], fault, applied=applied)
    receipt = engine.run()
    out = the_one(graph)
    assert receipt.id in (out["id"], out["container"]) and planned not in graph.faults
    assert len(out["comments"]) == (0 if kind.endswith("story") else 1)
    assert graph.secrets_in_urls() == []


@pytest.mark.parametrize("seconds", [30, 200])
@pytest.mark.parametrize(("network", "kind"), [("instagram", "image"), ("facebook", "image"), ("facebook", "reel")])
def test_a_call_that_is_obeyed_late_leaves_exactly_one_post(make, graph, network, kind, seconds):
    engine = make(network, kind)
    graph.fault(COMMITS[network][kind], faults.LATE, seconds=seconds)
    engine.run()
    assert len(graph.published()) == 1


@pytest.mark.parametrize(("network", "kind"), KINDS)
def test_a_naive_repetition_would_double_what_a_platform_does_not_hold_together(make, graph, network, kind):
    """The broken variant: after a lost answer everything is done again from the start."""
    engine = make(network, kind)
    graph.fault(COMMITS[network][kind], faults.DROP, applied=True)
    engine.prepare()
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, a naive queue starts again
        engine.adapter.commit(Prepared(saved=engine.saved))
    graph.move(600)
    again = make(network, kind)
    again.run()
    assert len(graph.published()) == 2


ELSEWHERE = {
    "instagram": ["content_publishing_limit", "media", "container", "rupload", "comments", "comments_list"],
    "facebook": ["photos", "feed", "rupload", "videos.start", "videos.transfer", "video_reels.start", "video",
                 "comments", "comments_list"],
}  # fmt: skip


@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.LIMIT, faults.EXPIRE, faults.HALF])
@pytest.mark.parametrize(
    ("network", "kind"), [("instagram", "carousel"), ("instagram", "reel"), ("facebook", "carousel"),
                          ("facebook", "reel"), ("facebook", "video")],
)  # fmt: skip
def test_a_fault_at_any_other_call_leaves_one_post_and_one_comment(make, graph, network, kind, fault):
    for call in ELSEWHERE[network]:
        graph.fault(call, fault)
    make(network, kind).run()
    out = the_one(graph)
    assert [comment["text"] for comment in out["comments"]] == [COMMENT]
    assert graph.secrets_in_urls() == []


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_carousel_uses_what_was_made_before_its_token_expired(make, graph, nth):
    engine = make("instagram", "carousel")
    graph.fault("media", faults.EXPIRE, nth=nth)
    engine.run()
    assert isinstance(engine.seen[0], Unauthorized) and len(graph.published()) == 1
    assert sum(one.applied for one in graph.calls("media")) == 4


def test_a_quota_spent_at_the_third_picture_waits_and_goes_on(make, graph):
    engine = make("instagram", "carousel")
    graph.fault("media", faults.REFUSE, nth=3, code=9, subcode=2207042)
    engine.run()
    assert isinstance(engine.seen[0], TryLater) and engine.seen[0].scope == "channel"
    assert sum(one.applied for one in graph.calls("media")) == 4 and len(graph.published()) == 1


def test_a_spent_quota_is_read_before_anything_is_shown_to_the_world(make, graph, folder):
    graph.quota_total = 0
    engine = make("instagram", "image")
    with pytest.raises(TryLater):
        engine.prepare()
    assert graph.calls("media") == [] and list((folder.root / "public").iterdir()) == []


def test_pictures_are_taken_down_once_the_post_is_out(make, graph, folder):
    make("instagram", "carousel").run()
    assert list((folder.root / "public").iterdir()) == []


def test_a_picture_that_meta_cannot_fetch_is_said_so_and_published_once_it_can(make, graph, folder, monkeypatch):
    engine = make("instagram", "image")
    right = OwnServer.put
    monkeypatch.setattr(OwnServer, "put", lambda host, source: right(host, source) + ".gone")
    with pytest.raises(TryLater, match="media host can be reached"):
        engine.prepare()
    monkeypatch.setattr(OwnServer, "put", right)
    engine.saved.pop("hosted")
    engine.run()
    assert len(graph.published()) == 1


def test_a_film_that_instagram_refuses_is_refused_beforehand_and_by_the_server(make, graph, folder):
    """The broken variant of validation: without it the server says the same, later."""
    engine = make("instagram", "reel")
    film = folder.add(mp4(movflags="+negative_cts_offsets"), "bad.mp4", "video/mp4")
    bad = engine.post.media[0].model_copy(update={"file": film})
    engine.post = engine.post.model_copy(update={"parts": (engine.post.parts[0].model_copy(update={"media": (bad,)}),)})
    codes = {problem.code for problem in engine.adapter.validate(engine.post)}
    assert "index_first" in codes
    with pytest.raises(Rejected, match="2207026"):
        engine.prepare()
    assert graph.published() == [] and list((folder.root / "public").iterdir()) == []


def test_a_picture_of_the_wrong_shape_is_refused_beforehand_and_by_the_server(make, graph, folder):
    engine = make("instagram", "image")
    tall = an_image(file=folder.add(jpeg(9, 400, 900), "tall.jpg", "image/jpeg"), width=400, height=900)
    engine.post = engine.post.model_copy(
        update={"parts": (engine.post.parts[0].model_copy(update={"media": (tall,)}),)}
    )
    assert "ratio" in {problem.code for problem in engine.adapter.validate(engine.post)}
    with pytest.raises(Rejected, match="2207009"):
        engine.prepare()
    assert list((folder.root / "public").iterdir()) == [], "it is taken down"


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_a_broken_upload_goes_on_where_it_stopped(make, graph, network):
    engine = make(network, "reel")
    graph.fault("rupload", faults.CUT, bytes=2_000)
    engine.run()
    assert len(graph.published()) == 1
    offsets = [int(one.headers["offset"]) for one in graph.calls("rupload")]
    assert offsets[0] == 0 and offsets[1] >= 2_000


def test_a_reel_has_its_cover_and_its_place_in_the_grid(make, graph, folder):
    cover = folder.add(jpeg(7, 540, 960), "cover.jpg", "image/jpeg")
    make("instagram", "reel", film={"cover": cover, "cover_offset_ms": 500}, options={"share_to_feed": False}).run()
    out = the_one(graph)
    assert out["cover"]["sha256"] == cover.sha256 and out["options"]["share_to_feed"] is False
    make("instagram", "reel", film={"cover_offset_ms": 500}).run()
    assert graph.published()[-1]["options"]["thumb_offset"] == 500


def test_a_video_has_its_cover_and_its_subtitles_in_each_language(make, graph, folder):
    cover = folder.add(jpeg(7, 540, 960), "cover.jpg", "image/jpeg")
    subtitles = tuple(
        Subtitles(
            lang=lang, format="srt", file=folder.add((SRT + lang).encode(), f"{lang}.srt", "application/x-subrip")
        )
        for lang in ("fr", "ar")
    )
    graph.fault("captions", faults.DROP)
    make("facebook", "video", film={"cover": cover, "subtitles": subtitles}, title="Novembre").run()
    out = the_one(graph)
    assert out["cover"]["sha256"] == cover.sha256 and set(out["subtitles"]) == {"fr_FR", "ar_AR"}
    assert out["title"] == "Novembre" and len(graph.calls("captions")) == 2


def test_the_link_is_the_posts_link(make, graph):
    make("facebook", "link").run()
    assert the_one(graph)["link"] == "https://example.org/note"


@pytest.mark.parametrize("kind", ["text", "carousel"])
def test_direct_publishing_leaves_one_post_too_and_asks_a_person_where_it_must(graph, folder, kind):
    engine = Engine(a_facebook(graph, folder, publishing="direct"), graph, a_submission(folder, kind, "facebook"))
    graph.fault("feed", faults.DROP, applied=True)
    engine.run()
    assert len(graph.published()) == 1
    other = Engine(
        a_facebook(graph, folder, publishing="direct"), graph, a_submission(folder, kind, "facebook", text="b")
    )
    graph.fault("feed", faults.DROP, applied=False)
    with pytest.raises(AssertionError, match="the doubt never ends"):
        other.run()


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_a_restricted_account_stops_and_says_so(make, graph, network):
    engine = make(network, "image")
    engine.prepare()
    graph.restrict(
        graph.account if network == "instagram" else graph.page,
        *((25, 2207050) if network == "instagram" else (368, 1390008)),
    )
    with pytest.raises(Unauthorized, match="restricted"):
        engine.commit()
    assert graph.published() == []


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_a_comment_without_its_permission_never_takes_the_receipt_away(graph, folder, media_url, network):
    from sandbox.graph.oauth import SCOPES

    scopes = [one for one in SCOPES if one not in ("instagram_manage_comments", "pages_manage_engagement")]
    token = graph.issue(page=graph.page, scopes=scopes).value
    adapter = (
        an_instagram(graph, folder, media_url, access_token=token)
        if network == "instagram" else a_facebook(graph, folder, access_token=token)
    )  # fmt: skip
    receipt = Engine(adapter, graph, a_submission(folder, "image", network)).run()
    assert receipt.details["left_out"] and the_one(graph)["comments"] == []
    assert not {check.name: check.ok for check in adapter.doctor()}["scopes"]


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_the_check_of_a_good_channel_is_good_all_through(graph, folder, media_url, network):
    adapter = an_instagram(graph, folder, media_url) if network == "instagram" else a_facebook(graph, folder)
    assert [check.name for check in adapter.doctor() if not check.ok] == []
    assert graph.secrets_in_urls() == [] and list((folder.root / "public").iterdir()) == []


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_no_state_and_no_error_holds_the_token(make, graph, network):
    engine = make(network, "carousel")
    graph.fault("*", faults.REFUSE, code=190, subcode=463, nth=3)
    graph.fault(COMMITS[network]["carousel"], faults.DROP)
    engine.run()
    shown = json.dumps(engine.saved) + "".join("".join(traceback.format_exception(one)) for one in engine.seen)
    assert all(secret not in shown for secret in graph.secrets())


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_numbers_are_read_and_a_missing_one_is_left_out(make, graph, network):
    engine = make(network, "image")
    receipt = engine.run()
    node = next(one for one in (graph.medias() + graph.posts()))
    node.insights = {"reach": 12} if network == "instagram" else {"post_clicks": 12}
    assert {one.name: one.value for one in engine.adapter.metrics(receipt)} == {
        "reach" if network == "instagram" else "clicks": 12
    }
    engine.adapter.remove(receipt)
    assert engine.adapter.find(engine.post, engine.saved) == Absent()
