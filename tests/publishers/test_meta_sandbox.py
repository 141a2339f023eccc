"""Instagram and Facebook against a server that behaves as Meta's documents say, and fails around every write."""

from __future__ import annotations

import pytest

from publishers._base import Absent, Options, Rejected, Subtitles, TryLater, Unauthorized
from publishers._mediahost import OwnServer
from sandbox import _faults as faults
from tests.publishers.meta import jpeg, mp4
from tests.publishers.samples import an_image
from tests.publishers.stands import COMMITS

SRT = "1\n00:00:00,000 --> 00:00:02,000\nBonjour\n"
INSTAGRAM = pytest.mark.parametrize("stand", ["instagram"], indirect=True)
FACEBOOK = pytest.mark.parametrize("stand", ["facebook"], indirect=True)
EACH = pytest.mark.parametrize("stand", ["instagram", "facebook"], indirect=True)


@pytest.fixture
def graph(stand):
    return stand.server


@pytest.fixture
def folder(stand):
    return stand.folder


@pytest.fixture
def make(stand):
    return stand.engine


def the_one(graph):
    (out,) = graph.published()
    return out


@pytest.mark.parametrize("seconds", [30, 200])
@pytest.mark.parametrize(("stand", "kind"), [("instagram", "image"), ("facebook", "image"), ("facebook", "reel")],
                         indirect=["stand"])  # fmt: skip
def test_a_call_that_is_obeyed_late_leaves_exactly_one_post(stand, make, graph, kind, seconds):
    engine = make(kind)
    graph.fault(COMMITS[stand.platform][kind], faults.LATE, seconds=seconds)
    engine.run()
    assert len(graph.published()) == 1


@INSTAGRAM
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_carousel_uses_what_was_made_before_its_token_expired(make, graph, nth):
    engine = make("carousel")
    graph.fault("media", faults.EXPIRE, nth=nth)
    engine.run()
    assert isinstance(engine.seen[0], Unauthorized) and len(graph.published()) == 1
    assert sum(one.applied for one in graph.calls("media")) == 4


@INSTAGRAM
def test_a_quota_spent_at_the_third_picture_waits_and_goes_on(make, graph):
    engine = make("carousel")
    graph.fault("media", faults.REFUSE, nth=3, code=9, subcode=2207042)
    engine.run()
    assert isinstance(engine.seen[0], TryLater) and engine.seen[0].scope == "channel"
    assert sum(one.applied for one in graph.calls("media")) == 4 and len(graph.published()) == 1


@INSTAGRAM
def test_a_spent_quota_is_read_before_anything_is_shown_to_the_world(make, graph, folder):
    graph.quota_total = 0
    engine = make("image")
    with pytest.raises(TryLater):
        engine.prepare()
    assert graph.calls("media") == [] and list((folder.root / "public").iterdir()) == []


@INSTAGRAM
def test_pictures_are_taken_down_once_the_post_is_out(make, graph, folder):
    make("carousel").run()
    assert list((folder.root / "public").iterdir()) == []


@INSTAGRAM
def test_a_picture_that_meta_cannot_fetch_is_said_so_and_published_once_it_can(make, graph, folder, monkeypatch):
    engine = make("image")
    right = OwnServer.put
    monkeypatch.setattr(OwnServer, "put", lambda host, source: right(host, source) + ".gone")
    with pytest.raises(TryLater, match="media host can be reached"):
        engine.prepare()
    monkeypatch.setattr(OwnServer, "put", right)
    engine.saved.pop("hosted")
    engine.run()
    assert len(graph.published()) == 1


@INSTAGRAM
def test_a_film_that_instagram_refuses_is_refused_beforehand_and_by_the_server(make, graph, folder):
    """The broken variant of validation: without it the server says the same, later."""
    engine = make("reel")
    film = folder.add(mp4(movflags="+negative_cts_offsets"), "bad.mp4", "video/mp4")
    bad = engine.post.media[0].model_copy(update={"file": film})
    engine.post = engine.post.model_copy(update={"parts": (engine.post.parts[0].model_copy(update={"media": (bad,)}),)})
    codes = {problem.code for problem in engine.adapter.validate(engine.post)}
    assert "index_first" in codes
    with pytest.raises(Rejected, match="2207026"):
        engine.prepare()
    assert graph.published() == [] and list((folder.root / "public").iterdir()) == []


@INSTAGRAM
def test_a_picture_of_the_wrong_shape_is_refused_beforehand_and_by_the_server(make, graph, folder):
    engine = make("image")
    tall = an_image(file=folder.add(jpeg(9, 400, 900), "tall.jpg", "image/jpeg"), width=400, height=900)
    engine.post = engine.post.model_copy(
        update={"parts": (engine.post.parts[0].model_copy(update={"media": (tall,)}),)}
    )
    assert "ratio" in {problem.code for problem in engine.adapter.validate(engine.post)}
    with pytest.raises(Rejected, match="2207009"):
        engine.prepare()
    assert list((folder.root / "public").iterdir()) == [], "it is taken down"


@EACH
def test_a_broken_upload_goes_on_where_it_stopped(make, graph):
    engine = make("reel")
    graph.fault("rupload", faults.CUT, bytes=2_000)
    engine.run()
    assert len(graph.published()) == 1
    offsets = [int(one.headers["offset"]) for one in graph.calls("rupload")]
    assert offsets[0] == 0 and offsets[1] >= 2_000


@INSTAGRAM
def test_a_reel_has_its_cover_and_its_place_in_the_grid(make, graph, folder):
    cover = folder.add(jpeg(7, 540, 960), "cover.jpg", "image/jpeg")
    make("reel", film={"cover": cover, "cover_offset_ms": 500}, options=Options(share_to_feed=False)).run()
    out = the_one(graph)
    assert out["cover"]["sha256"] == cover.sha256 and out["options"]["share_to_feed"] is False
    make("reel", film={"cover_offset_ms": 500}).run()
    assert graph.published()[-1]["options"]["thumb_offset"] == 500


@FACEBOOK
def test_a_video_has_its_cover_and_its_subtitles_in_each_language(make, graph, folder):
    cover = folder.add(jpeg(7, 540, 960), "cover.jpg", "image/jpeg")
    subtitles = tuple(
        Subtitles(
            lang=lang, format="srt", file=folder.add((SRT + lang).encode(), f"{lang}.srt", "application/x-subrip")
        )
        for lang in ("fr", "ar")
    )
    graph.fault("captions", faults.DROP)
    make("video", film={"cover": cover, "subtitles": subtitles}, title="Novembre").run()
    out = the_one(graph)
    assert out["cover"]["sha256"] == cover.sha256 and set(out["subtitles"]) == {"fr_FR", "ar_AR"}
    assert out["title"] == "Novembre" and len(graph.calls("captions")) == 2


@FACEBOOK
def test_the_link_is_the_posts_link(make, graph):
    make("link").run()
    assert the_one(graph)["link"] == "https://example.org/note"


@FACEBOOK
@pytest.mark.parametrize("kind", ["text", "carousel"])
def test_direct_publishing_leaves_one_post_too_and_asks_a_person_where_it_must(stand, make, graph, kind):
    engine = make(kind)
    engine.make = lambda: stand.adapter(publishing="direct")
    graph.fault("feed", faults.DROP, applied=True)
    engine.run()
    assert len(graph.published()) == 1
    other = make(kind, text="b")
    other.make = engine.make
    graph.fault("feed", faults.DROP, applied=False)
    with pytest.raises(AssertionError, match="the doubt never ends"):
        other.run()


@EACH
def test_a_restricted_account_stops_and_says_so(stand, make, graph):
    engine = make("image")
    engine.prepare()
    graph.restrict(
        graph.account if stand.platform == "instagram" else graph.page,
        *((25, 2207050) if stand.platform == "instagram" else (368, 1390008)),
    )
    with pytest.raises(Unauthorized, match="restricted"):
        engine.commit()
    assert graph.published() == []


@EACH
def test_a_comment_without_its_permission_never_takes_the_receipt_away(stand, make, graph):
    from sandbox.graph.oauth import SCOPES

    scopes = [one for one in SCOPES if one not in ("instagram_manage_comments", "pages_manage_engagement")]
    token = graph.issue(page=graph.page, scopes=scopes).value
    engine = make("image")
    engine.make = lambda: stand.adapter(access_token=token)
    assert engine.run().details["left_out"] and the_one(graph)["comments"] == []
    assert not {check.name: check.ok for check in engine.adapter.doctor()}["scopes"]


@EACH
def test_numbers_are_read_and_a_missing_one_is_left_out(stand, make, graph):
    engine = make("image")
    receipt = engine.run()
    node = next(one for one in (graph.medias() + graph.posts()))
    node.insights = {"reach": 12} if stand.platform == "instagram" else {"post_clicks": 12}
    assert {one.name: one.value for one in engine.adapter.metrics(receipt)} == {
        "reach" if stand.platform == "instagram" else "clicks": 12
    }
    engine.adapter.remove(receipt)
    assert engine.adapter.find(engine.post, engine.saved) == Absent()
