"""Posts and photos of Facebook pages on the Graph server."""

from __future__ import annotations

import pytest

from sandbox.graph import Graph
from tests.sandbox.conftest import AT, Api, as_json, code
from tests.sandbox.samples import Host, picture

NOW = int(AT.timestamp())


def feed(api: Api, **data: str) -> dict:
    return api.post(f"{api.graph.page.id}/feed", **data)


def photo(api: Api, body: bytes | None = None, **data: str) -> dict:
    sent = {"source": ("a.jpg", picture() if body is None else body, "image/jpeg")}
    return api.post(f"{api.graph.page.id}/photos", files=None if "url" in data else sent, **data)


def texts(api: Api) -> list[str]:
    return [one["text"] for one in api.graph.published()]


def test_a_text_is_out_at_once(page: Api):
    post = feed(page, message="132 expulsions à Calais.")["id"]
    shown = page.get(post, fields="message,is_published,permalink_url,created_time,from")
    assert (shown["message"], shown["is_published"]) == ("132 expulsions à Calais.", True)
    assert shown["created_time"] == "2026-11-25T09:00:00+0000"
    assert shown["from"]["id"] == page.graph.page.id
    (row,) = page.graph.published()
    assert (row["kind"], row["text"], row["id"]) == ("text", "132 expulsions à Calais.", post)


def test_a_link_goes_with_its_text_and_a_bad_one_is_1609005(page: Api):
    feed(page, message="Notre rapport", link="https://example.org/rapport")
    assert page.graph.published()[0]["link"] == "https://example.org/rapport"
    assert code(feed(page, link="https://nowhere"))[0] == 1609005
    assert code(feed(page, link="rapport"))[0] == 100


@pytest.mark.parametrize("kind", [{}, {"unpublished_content_type": "DRAFT"}])
def test_an_unpublished_post_is_seen_by_nobody_and_its_flip_can_be_repeated(page: Api, kind: dict):
    post = feed(page, message="a", published="false", **kind)["id"]
    assert page.get(post, fields="is_published")["is_published"] is False
    assert page.get(f"{page.graph.page.id}/published_posts")["data"] == []
    assert page.graph.published() == []
    page.graph.move(60)
    for _turn in range(3):
        assert page.post(post, is_published="true") == {"success": True}
    assert texts(page) == ["a"]
    assert page.get(post, fields="is_published,created_time") == {
        "is_published": True,
        "created_time": "2026-11-25T09:01:00+0000",
        "id": post,
    }
    assert [one["id"] for one in page.get(f"{page.graph.page.id}/feed")["data"]] == [post]
    assert code(page.post(post, is_published="false"))[0] == 100


def test_the_flip_may_stand_in_the_address(page: Api):
    post = feed(page, message="a", published="false")["id"]
    assert page.ask("POST", post, params={"is_published": "true"}).json() == {"success": True}
    assert texts(page) == ["a"]


def test_one_photo_has_its_post_and_its_alt_text(page: Api):
    made = photo(page, message="Un graphique", alt_text_custom="132 expulsions, en barres")
    assert set(made) == {"id", "post_id"}
    (row,) = page.graph.published()
    assert (row["kind"], row["id"], row["text"]) == ("image", made["post_id"], "Un graphique")
    assert row["media"][0]["alt"] == "132 expulsions, en barres"
    assert page.get(made["id"], fields="alt_text_custom,name")["alt_text_custom"] == "132 expulsions, en barres"


def test_several_photos_become_one_post_in_their_order(page: Api):
    ids = [
        photo(page, picture(colour=n), published="false", temporary="true", alt_text_custom=f"alt {n}")["id"]
        for n in range(3)
    ]
    assert page.graph.published() == []
    media = as_json([{"media_fbid": one} for one in ids])
    post = feed(page, message="trois", attached_media=media, published="false")["id"]
    page.post(post, is_published="true")
    (row,) = page.graph.published()
    assert (row["kind"], [one["alt"] for one in row["media"]]) == ("carousel", ["alt 0", "alt 1", "alt 2"])
    shown = page.get(post, fields="attachments")["attachments"]["data"][0]
    assert [one["target"]["id"] for one in shown["subattachments"]["data"]] == ids


def test_attached_media_may_be_written_as_the_guide_writes_it(page: Api):
    ids = [photo(page, published="false")["id"] for _turn in range(2)]
    data = {f"attached_media[{n}]": as_json({"media_fbid": one}) for n, one in enumerate(ids)}
    assert "id" in feed(page, message="deux", **data)
    assert len(page.graph.published()[0]["media"]) == 2


def test_a_photo_is_attached_once_and_only_on_its_page(graph: Graph, page: Api):
    one = photo(page, published="false")["id"]
    media = as_json([{"media_fbid": one}])
    feed(page, attached_media=media)
    assert code(feed(page, attached_media=media))[0] == 100
    shown = photo(page)["id"]
    assert code(feed(page, attached_media=as_json([{"media_fbid": shown}])))[0] == 100
    other = graph.add_page("Elsewhere")
    theirs = Api(graph, graph.issue(page=other).value)
    foreign = theirs.post(f"{other.id}/photos", {"source": ("a.jpg", picture(), "image/jpeg")}, published="false")["id"]
    assert code(feed(page, attached_media=as_json([{"media_fbid": foreign}])))[0] == 100


def test_a_temporary_photo_is_unpublished_and_gone_after_a_day(page: Api):
    assert code(photo(page, temporary="true"))[0] == 100
    one = photo(page, published="false", temporary="true")["id"]
    page.graph.move(hours=24)
    assert code(page.get(one)) == (100, 33)
    assert code(feed(page, attached_media=as_json([{"media_fbid": one}])))[0] == 100


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_photos_of_the_named_formats_are_taken(page: Api, format: str):
    assert "id" in photo(page, picture(400, 400, format=format))


WRONG = [(picture() + bytes(4_000_000), (100, 1366046)), (picture(format="WEBP"), (100, 1366046)),
         (b"no picture", (324, 2069019)), (picture()[:2000], (324, 2069019))]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_a_photo_against_the_rules_has_its_code(page: Api, body: bytes, expected: tuple):
    assert code(photo(page, body)) == expected
    assert page.graph.published() == []


def test_a_photo_can_be_fetched_from_an_address(page: Api, host: Host):
    assert "post_id" in photo(page, url=f"{host.url}/a.jpg")
    host.put("robots.txt", b"User-agent: *\nDisallow: /\n")
    assert code(photo(page, url=f"{host.url}/a.jpg")) == (324, 2069019)
    assert code(page.post(f"{page.graph.page.id}/photos")) == (324, 2069019)


def test_the_same_text_twice_in_a_row_is_506(page: Api):
    feed(page, message="a")
    assert code(feed(page, message="a")) == (506, 1455006)
    feed(page, message="b")
    assert "id" in feed(page, message="a"), "not in a row"
    page.graph.move(hours=25)
    assert "id" in feed(page, message="a"), "a day later"
    assert texts(page) == ["a", "b", "a", "a"]


def test_a_text_that_is_too_long_is_refused(page: Api):
    assert "id" in feed(page, message="a" * 63_206)
    assert code(feed(page, message="a" * 63_207))[0] == 100


def test_a_page_under_a_policy_block_publishes_nothing(graph: Graph, page: Api):
    draft = feed(page, message="a", published="false")["id"]
    graph.restrict(graph.page, 368, 1390008)
    assert code(feed(page, message="b")) == (368, 1390008)
    assert code(page.post(draft, is_published="true")) == (368, 1390008)
    assert code(photo(page)) == (368, 1390008)
    assert graph.published() == []


def test_a_person_without_the_task_publishes_nothing(graph: Graph, page: Api):
    graph.page.tasks = ("ANALYZE",)
    assert code(feed(page, message="a"))[0] == 200
    assert graph.published() == []


@pytest.mark.parametrize("wrong", [NOW + 9 * 60, NOW - 60, NOW + 76 * 86400])
def test_a_time_too_near_or_too_far_is_refused(page: Api, wrong: int):
    assert code(feed(page, message="a", published="false", scheduled_publish_time=str(wrong)))[0] == 100
    assert code(feed(page, message="a", scheduled_publish_time=str(NOW + 7200)))[0] == 100


def test_a_scheduled_post_is_listed_and_goes_out_at_its_time(page: Api):
    at = "2026-11-25T11:00:00+00:00"
    post = feed(page, message="a", published="false", scheduled_publish_time=at)["id"]
    assert [one["id"] for one in page.get(f"{page.graph.page.id}/scheduled_posts")["data"]] == [post]
    page.graph.move(hours=1, minutes=59)
    assert page.graph.published() == []
    page.graph.move(60)
    assert page.graph.published()[0]["at"] == at
    assert page.get(f"{page.graph.page.id}/scheduled_posts")["data"] == []


def test_a_post_is_edited_commented_and_deleted(page: Api):
    post = feed(page, message="a")["id"]
    assert page.post(post, message="b") == {"success": True}
    page.post(f"{post}/comments", message="Sources : example.org")
    assert page.get(f"{post}/comments", fields="message")["data"][0]["message"] == "Sources : example.org"
    (row,) = page.graph.published()
    assert (row["text"], [one["text"] for one in row["comments"]]) == ("b", ["Sources : example.org"])
    assert code(page.post(post))[0] == 100
    assert page.delete(post) == {"success": True}
    assert page.graph.published() == []
    assert code(page.delete(post)) == (100, 33)


def test_a_comment_needs_its_own_scope(graph: Graph, page: Api):
    post = feed(page, message="a")["id"]
    api = Api(graph, graph.issue(page=graph.page, scopes=["pages_manage_posts", "pages_read_engagement"]).value)
    assert code(api.post(f"{post}/comments", message="b"))[0] == 200


def test_numbers_are_empty_until_they_are_known_and_dead_metrics_refused(page: Api):
    post = feed(page, message="a")["id"]
    assert page.get(f"{post}/insights", metric="post_clicks") == {"data": []}
    page.graph.objects[post].insights["post_clicks"] = 4
    told = page.get(f"{post}/insights", metric="post_clicks,post_total_media_view_unique")["data"]
    assert [(one["name"], one["values"][0]["value"]) for one in told] == [("post_clicks", 4)]
    assert code(page.get(f"{post}/insights", metric="post_impressions"))[0] == 100
    assert page.get(f"{page.graph.page.id}/insights", metric="page_media_view") == {"data": []}
