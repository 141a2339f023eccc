"""Instagram pictures, carousels and stories on the Graph server: each rule, each documented error, each state."""

from __future__ import annotations

import pytest

from sandbox.graph import Graph
from tests.sandbox.conftest import Api, as_json, code
from tests.sandbox.samples import Host, film, picture


def create(api: Api, **data: str) -> dict:
    return api.post(f"{api.graph.account.id}/media", **data)


def publish(api: Api, container: str) -> dict:
    return api.post(f"{api.graph.account.id}/media_publish", creation_id=container)


def state(api: Api, container: str) -> str:
    return api.get(container, fields="status_code,status")["status_code"]


def publish_picture(api: Api, host: Host, **data: str) -> str:
    return publish(api, create(api, image_url=f"{host.url}/a.jpg", **data)["id"])["id"]


def test_a_picture_is_fetched_published_once_and_shown(page: Api, host: Host):
    container = create(page, image_url=f"{host.url}/a.jpg", caption="132 expulsions #Calais", alt_text="Un graphique")
    assert state(page, container["id"]) == "FINISHED"
    media = publish(page, container["id"])["id"]
    assert state(page, container["id"]) == "PUBLISHED"
    shown = page.get(media, fields="id,caption,permalink,timestamp,media_type,media_product_type,shortcode,alt_text")
    assert (shown["caption"], shown["alt_text"]) == ("132 expulsions #Calais", "Un graphique")
    assert (shown["media_type"], shown["media_product_type"]) == ("IMAGE", "FEED")
    assert shown["timestamp"] == "2026-11-25T09:00:00+0000"
    assert shown["shortcode"] in shown["permalink"]
    (row,) = page.graph.published()
    assert (row["network"], row["kind"], row["text"], row["id"]) == (
        "instagram",
        "image",
        "132 expulsions #Calais",
        media,
    )
    (medium,) = row["media"]
    assert (medium["width"], medium["height"], medium["alt"]) == (1080, 1350, "Un graphique")
    assert Api.http.get(f"{page.graph.url}/sandbox/files/{medium['sha256']}").content == picture()


def test_the_crawler_says_who_it_is_and_asks_robots_first(page: Api, host: Host):
    create(page, image_url=f"{host.url}/a.jpg")
    assert [path for path, _agent in host.asked] == ["/robots.txt", "/a.jpg"]
    assert all(agent.startswith("facebookexternalhit/1.1") for _path, agent in host.asked)


ROBOTS = [
    (b"User-agent: *\nDisallow: /\n", False),
    (b"User-agent: facebookexternalhit\nDisallow:\n\nUser-agent: *\nDisallow: /\n", True),
    (b"User-agent: facebookexternalhit\nDisallow: /\n", False),
    (b"User-agent: *\nDisallow: /private/\n", True),
]


@pytest.mark.parametrize(("robots", "welcome"), ROBOTS)
def test_robots_txt_is_honoured(page: Api, host: Host, robots: bytes, welcome: bool):
    host.put("robots.txt", robots)
    answer = create(page, image_url=f"{host.url}/a.jpg")
    assert ("id" in answer) is welcome
    if not welcome:
        assert code(answer) == (9004, 2207052)


@pytest.mark.parametrize(
    "found", [404, 401, 403, 500, (302, {"Location": "/a.jpg"}), b"<html>please log in</html>", b"", b"\xff\xd8\xff"]
)
def test_what_cannot_be_fetched_as_a_picture_is_9004(page: Api, host: Host, found):
    assert code(create(page, image_url=host.put("b.jpg", found))) == (9004, 2207052)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.jpg",
        "http://example.org/a.jpg",
        "https://exämple.org/a.jpg",
        "https://me:secret@example.org/a.jpg",
        "https://scontent.xx.fbcdn.net/a.jpg",
        "a.jpg",
        "http://127.0.0.1:9/a.jpg",
    ],
)
def test_an_address_that_is_not_plain_https_or_not_there_is_9004(page: Api, url: str):
    assert code(create(page, image_url=url)) == (9004, 2207052)


def test_a_loopback_address_can_be_held_to_https_too(page: Api, host: Host):
    page.graph.https_only = True
    assert code(create(page, image_url=f"{host.url}/a.jpg")) == (9004, 2207052)


def test_a_host_that_is_too_slow_is_2207003(page: Api, host: Host):
    page.graph.fetch_timeout = 0.2
    answer = create(page, image_url=f"{host.url}/slow")
    assert code(answer) == (-2, 2207003)
    assert answer["error"]["is_transient"] is True


WRONG = [
    (picture(format="PNG"), (36001, 2207005)),
    (picture(format="WEBP"), (36001, 2207005)),
    (picture(format="GIF"), (36001, 2207005)),
    (picture(1079, 1350), (36003, 2207009)),
    (picture(1080, 1920), (36003, 2207009)),
    (picture(1911, 1000), (36003, 2207009)),
    (picture() + bytes(8 * 1024 * 1024), (36000, 2207004)),
]


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_a_picture_against_the_rules_has_its_own_code(page: Api, host: Host, body: bytes, expected: tuple):
    assert code(create(page, image_url=host.put("b.jpg", body))) == expected


@pytest.mark.parametrize(("width", "height"), [(1080, 1350), (1910, 1000), (1080, 1080), (320, 400), (1440, 1800)])
def test_a_picture_at_the_edge_of_the_rules_is_taken(page: Api, host: Host, width: int, height: int):
    assert "id" in create(page, image_url=host.put("b.jpg", picture(width, height)))


WORDS = [
    ({"caption": "a" * 2201}, (36004, 2207010)),
    ({"caption": "😀" * 1101}, (36004, 2207010)),
    ({"caption": "#a " * 31}, (36004, 2207010)),
    ({"caption": "@a " * 21}, (100, 2207040)),
    ({"alt_text": "a" * 1001}, (100, None)),
    ({"collaborators": as_json(["a", "b", "c", "d"])}, (100, None)),
    ({"media_type": "POSTER"}, (100, 2207023)),
]


@pytest.mark.parametrize(("data", "expected"), WORDS)
def test_words_against_the_rules_have_their_code(page: Api, host: Host, data: dict, expected: tuple):
    assert code(create(page, image_url=f"{host.url}/a.jpg", **data)) == expected


@pytest.mark.parametrize("caption", ["a" * 2200, "😀" * 1100, "#a " * 30, "@a " * 20, "me@example.org " * 30, ""])
def test_words_at_the_edge_of_the_rules_are_taken(page: Api, host: Host, caption: str):
    assert "id" in create(page, image_url=f"{host.url}/a.jpg", caption=caption, alt_text="a" * 1000)


def test_a_container_that_is_not_ready_is_9007_and_ready_later(page: Api, host: Host):
    page.graph.processing["image"] = 30
    container = create(page, image_url=f"{host.url}/a.jpg")["id"]
    assert state(page, container) == "IN_PROGRESS"
    assert code(publish(page, container)) == (9007, 2207027)
    assert page.graph.published() == []
    page.graph.move(30)
    assert state(page, container) == "FINISHED"
    assert "id" in publish(page, container)


def test_a_container_is_published_once(page: Api, host: Host):
    container = create(page, image_url=f"{host.url}/a.jpg")["id"]
    publish(page, container)
    assert code(publish(page, container)) == (24, 2207006)
    assert len(page.graph.published()) == 1


def test_a_container_expires_after_24_hours(page: Api, host: Host):
    container = create(page, image_url=f"{host.url}/a.jpg")["id"]
    page.graph.move(hours=23, minutes=59)
    assert state(page, container) == "FINISHED"
    page.graph.move(60)
    assert state(page, container) == "EXPIRED"
    assert code(publish(page, container)) == (-2, 2207020)


def test_an_unknown_container_or_another_accounts_is_2207006(graph: Graph, page: Api, host: Host):
    assert code(publish(page, "17000000000000000")) == (24, 2207006)
    other = graph.add_page("Elsewhere", instagram="elsewhere")
    theirs = Api(graph, graph.issue(page=other).value)
    foreign = theirs.post(f"{other.instagram}/media", image_url=f"{host.url}/a.jpg")["id"]
    assert code(publish(page, foreign)) == (24, 2207006)
    assert code(page.get(foreign, fields="status_code")) == (100, 33)


def test_the_quota_of_24_hours_is_told_and_kept(page: Api, host: Host):
    page.graph.quota_total = 2
    first = publish_picture(page, host)
    page.graph.move(hours=1)
    publish_picture(page, host)
    told = page.get(f"{page.graph.account.id}/content_publishing_limit", fields="config,quota_usage")
    assert told == {"data": [{"config": {"quota_total": 2, "quota_duration": 86400}, "quota_usage": 2}]}
    third = create(page, image_url=f"{host.url}/a.jpg")["id"]
    assert code(publish(page, third)) == (9, 2207042)
    page.delete(first)
    assert code(publish(page, third)) == (9, 2207042), "a deleted post counts"
    page.graph.move(hours=22, minutes=59)
    assert page.get(f"{page.graph.account.id}/content_publishing_limit")["data"] == [{"quota_usage": 2}]
    page.graph.move(minutes=1)
    assert "id" in publish(page, third)


def test_containers_are_counted_too(page: Api, host: Host):
    page.graph.containers_a_day = 2
    for _turn in range(2):
        create(page, image_url=f"{host.url}/a.jpg")
    assert code(create(page, image_url=f"{host.url}/a.jpg")) == (9, 2207042)
    page.graph.move(hours=24)
    assert "id" in create(page, image_url=f"{host.url}/a.jpg")


def item(api: Api, host: Host, alt: str = "", name: str = "a.jpg") -> str:
    data = {"alt_text": alt} if alt else {}
    return create(api, image_url=f"{host.url}/{name}", is_carousel_item="true", **data)["id"]


@pytest.mark.parametrize("form", [",".join, as_json])
def test_a_carousel_keeps_its_order_and_alt_texts(page: Api, host: Host, form):
    host.put("b.jpg", picture(colour=10))
    children = [item(page, host, "premier"), item(page, host, "second", "b.jpg"), item(page, host)]
    parent = create(page, media_type="CAROUSEL", children=form(children), caption="trois")["id"]
    media = publish(page, parent)["id"]
    (row,) = page.graph.published()
    assert (row["kind"], row["text"]) == ("carousel", "trois")
    assert [one["alt"] for one in row["media"]] == ["premier", "second", ""]
    assert row["media"][0]["sha256"] != row["media"][1]["sha256"]
    shown = page.get(media, fields="media_type,children{alt_text}")
    assert shown["media_type"] == "CAROUSEL_ALBUM"
    assert [one.get("alt_text") for one in shown["children"]["data"]] == ["premier", "second", None]
    usage = page.get(f"{page.graph.account.id}/content_publishing_limit")["data"][0]["quota_usage"]
    assert usage == 1, "a carousel is one post"


@pytest.mark.parametrize("count", [0, 1, 11])
def test_a_carousel_has_2_to_10_items(page: Api, host: Host, count: int):
    children = [item(page, host) for _child in range(count)]
    assert code(create(page, media_type="CAROUSEL", children=",".join(children))) == (100, 2207028)


@pytest.mark.parametrize("extra", [{"caption": "no"}, {"location_id": "1"}, {"collaborators": as_json(["a"])}])
def test_a_carousel_item_has_no_caption_of_its_own(page: Api, host: Host, extra: dict):
    assert code(create(page, image_url=f"{host.url}/a.jpg", is_carousel_item="true", **extra))[0] == 100


def test_a_reel_is_no_carousel_item(page: Api, host: Host):
    url = host.put("a.mp4", film())
    answer = create(page, video_url=url, media_type="REELS", is_carousel_item="true")
    assert code(answer) == (100, 2207023)


def test_a_carousel_takes_only_unused_items_of_its_account(page: Api, host: Host):
    plain = create(page, image_url=f"{host.url}/a.jpg")["id"]
    assert code(create(page, media_type="CAROUSEL", children=f"{item(page, host)},{plain}"))[0] == 100
    used = [item(page, host), item(page, host)]
    publish(page, create(page, media_type="CAROUSEL", children=",".join(used))["id"])
    assert code(create(page, media_type="CAROUSEL", children=",".join(used)))[0] == 100
    assert code(publish(page, item(page, host))) == (24, 2207006), "an item is not published alone"
    assert len(page.graph.published()) == 1


def test_a_carousel_waits_for_its_films(page: Api, host: Host):
    url = host.put("a.mp4", film())
    clip = create(page, video_url=url, media_type="VIDEO", is_carousel_item="true")["id"]
    parent = create(page, media_type="CAROUSEL", children=f"{item(page, host)},{clip}")["id"]
    assert state(page, parent) == "IN_PROGRESS"
    assert code(publish(page, parent)) == (9007, 2207027)
    page.graph.move(20)
    assert "id" in publish(page, parent)
    assert [one["kind"] for one in page.graph.published()[0]["media"]] == ["image", "video"]


def test_a_film_that_fails_fails_its_carousel(page: Api, host: Host):
    url = host.put("a.mp4", film(index_first=False))
    clip = create(page, video_url=url, media_type="VIDEO", is_carousel_item="true")["id"]
    parent = create(page, media_type="CAROUSEL", children=f"{item(page, host)},{clip}")["id"]
    page.graph.move(20)
    assert state(page, parent) == "ERROR"
    assert "error" in publish(page, parent)


def test_a_story_takes_any_ratio_and_no_words(page: Api, host: Host):
    url = host.put("s.jpg", picture(1080, 1920))
    assert code(create(page, media_type="STORIES", image_url=url, caption="a"))[0] == 100
    assert code(create(page, media_type="STORIES", image_url=url, alt_text="a"))[0] == 100
    media = publish(page, create(page, media_type="STORIES", image_url=url)["id"])["id"]
    assert page.graph.published()[0]["kind"] == "story"
    assert page.get(f"{page.graph.account.id}/media")["data"] == []
    stories = page.get(f"{page.graph.account.id}/stories", fields="id,media_product_type")["data"]
    assert stories == [{"id": media, "media_product_type": "STORY"}]
    page.graph.move(hours=24)
    assert page.get(f"{page.graph.account.id}/stories")["data"] == []


def test_a_plain_film_post_is_no_longer_taken(page: Api, host: Host):
    assert code(create(page, media_type="VIDEO", video_url=host.put("a.mp4", film()))) == (100, 2207067)


def test_a_restricted_account_is_told_so(graph: Graph, page: Api, host: Host):
    container = create(page, image_url=f"{host.url}/a.jpg")["id"]
    graph.restrict(graph.account, 25, 2207050)
    assert code(publish(page, container)) == (25, 2207050)
    assert code(create(page, image_url=f"{host.url}/a.jpg")) == (25, 2207050)


def test_posts_are_listed_newest_first_and_since_a_time(page: Api, host: Host):
    old = publish_picture(page, host, caption="old")
    page.graph.move(hours=1)
    new = publish_picture(page, host, caption="new")
    path = f"{page.graph.account.id}/media"
    assert [one["id"] for one in page.get(path, fields="id,caption,timestamp")["data"]] == [new, old]
    assert [one["id"] for one in page.get(path, since="2026-11-25T09:30:00+0000")["data"]] == [new]


def test_comments_are_posted_and_listed(page: Api, host: Host):
    media = publish_picture(page, host)
    assert code(page.post(f"{media}/comments"))[0] == 100
    made = page.post(f"{media}/comments", message="Sources : example.org")["id"]
    listed = page.get(f"{media}/comments", fields="id,text,username,timestamp")["data"]
    assert [(one["id"], one["text"]) for one in listed] == [(made, "Sources : example.org")]
    assert [one["text"] for one in page.graph.published()[0]["comments"]] == ["Sources : example.org"]
    assert page.delete(made) == {"success": True}
    assert page.get(f"{media}/comments")["data"] == []


def test_numbers_are_empty_until_they_are_known_and_dead_metrics_refused(page: Api, host: Host):
    media = publish_picture(page, host)
    assert page.get(f"{media}/insights", metric="views,reach") == {"data": []}
    page.graph.objects[media].insights.update(views=12, likes=3)
    told = page.get(f"{media}/insights", metric="views,reach,likes")["data"]
    assert {one["name"]: one["values"][0]["value"] for one in told} == {"views": 12, "likes": 3}
    for dead in ("impressions", "plays", "ig_reels_avg_watch_time"):
        assert code(page.get(f"{media}/insights", metric=dead))[0] == 100


def test_a_deleted_post_is_gone(page: Api, host: Host):
    media = publish_picture(page, host)
    assert page.delete(media) == {"success": True}
    assert page.graph.published() == []
    assert code(page.get(media)) == (100, 33)
    assert code(page.delete(media)) == (100, 33)
