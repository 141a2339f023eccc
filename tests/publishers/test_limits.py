"""Each limit at its edge: what is exactly as long as allowed passes, one more is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from publishers._base import LinkCard, Media, Submission
from publishers._limits import check, count, limits, networks
from tests.publishers.samples import a_file, a_post, a_video, an_image

FAMILY = "\U0001f468‍\U0001f469‍\U0001f467"


def codes(post: Submission, network: str, severity: str = "error") -> list[str]:
    return [problem.code for problem in check(post, network) if problem.severity == severity]


def picture(**changes: Any) -> Submission:
    return a_post("image", "Bonjour", (an_image(**changes),))


def test_instagram_counts_thirty_hashtags_and_not_the_numbers_or_addresses() -> None:
    assert codes(a_post(text="#a " * 30 + "#1 https://example.org/#b a@b.org"), "instagram") == []


@pytest.mark.parametrize("network", ["bluesky", "facebook", "instagram", "linkedin"])
def test_a_picture_without_a_description_is_refused_everywhere(network: str) -> None:
    assert codes(picture(alt="  "), network) == ["alt_missing"]


def test_a_sentence_names_the_network_the_count_and_the_limit() -> None:
    [problem] = check(a_post(text="a" * 312), "bluesky")
    assert problem.sentence.text("en") == "Bluesky: 312 characters, 300 at most." and problem.field == "text"


def test_a_file_just_over_never_reads_as_being_at_the_limit() -> None:
    [problem] = check(picture(file=a_file(size=1_000_001)), "bluesky")
    assert str(problem.sentence) == "Bluesky: the file weighs 1001 kB, 1000 kB at most."
    assert problem.fix == "shrink"


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("text", "instagram"),
        ("thread", "mastodon"),
        ("story", "linkedin"),
        ("document", "facebook"),
        ("reel", "linkedin"),
    ],
)
def test_a_kind_that_the_network_does_not_take_is_refused(kind: str, network: str) -> None:
    assert "kind" in codes(a_post(kind, media=()), network)


def carousel(number: int) -> Submission:
    return a_post("carousel", "Bonjour", tuple(an_image() for _ in range(number)))


def a_thread(number: int, *media: tuple[Media, ...]) -> Submission:
    parts = [
        a_post("text", "Bonjour").parts[0].model_copy(update={"media": files}) for files in (*media, *[()] * number)
    ]
    return a_post("thread", "Bonjour").model_copy(update={"parts": tuple(parts[:number])})


def test_more_than_four_pictures_are_a_gallery_and_said_to_be_one() -> None:
    assert codes(carousel(4), "bluesky", "warning") == []
    assert codes(carousel(5), "bluesky", "warning") == ["images_usual"]


def test_each_message_of_a_thread_is_looked_at_by_itself() -> None:
    picture, film = an_image(), a_video()
    good = a_thread(3, (picture,) * 4, (film,))
    assert codes(good, "bluesky") == [] and codes(good, "mastodon") == ["kind"]
    assert codes(a_thread(2, (picture, film)), "bluesky") == ["media"]
    assert codes(a_thread(2, (film, film)), "bluesky") == ["media"]
    empty = good.parts[0].model_copy(update={"text": " ", "media": ()})
    [problem] = check(good.model_copy(update={"parts": (good.parts[0], empty)}), "bluesky")
    assert (problem.code, problem.field) == ("text_empty", "parts[1].text")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first_comment": "Source"}, "no_first_comment"),
        ({"content_warning": "Violence"}, "no_content_warning"),
        ({"options": {"visibility": "connections"}}, "no_visibility"),
        ({"options": {"allow_reshare": False}}, "no_allow_reshare"),
        ({"options": {"collaborators": ("a",)}}, "no_collaborators"),
    ],
)
def test_what_bluesky_cannot_carry_is_refused_rather_than_dropped(change: dict[str, Any], code: str) -> None:
    assert codes(a_post(**change), "bluesky") == [code]


def test_a_mark_that_a_network_lacks_is_a_warning() -> None:
    post = a_post(options={"sensitive": True})
    assert codes(post, "linkedin") == [] and codes(post, "linkedin", "warning") == ["no_sensitive"]
    assert check(post, "bluesky") == []


def test_pictures_and_a_link_card_do_not_go_together() -> None:
    card = LinkCard(url="https://example.org", title="Note")
    assert codes(a_post(part={"link_card": card}), "bluesky") == ["link_card"]


def test_files_that_do_not_make_the_kind_are_refused() -> None:
    assert codes(a_post("image", media=(a_video(),)), "bluesky") == ["media"]
    assert codes(a_post("carousel", media=()), "facebook") == ["media"]


@pytest.mark.parametrize(("unit", "length"), [("graphemes", 1), ("utf8_bytes", 18), ("utf16", 8)])
def test_one_family_has_three_lengths(unit: Any, length: int) -> None:
    assert count(FAMILY, unit) == length


@pytest.mark.parametrize("network", networks())
def test_every_limit_and_version_says_where_and_when_it_was_read(network: str) -> None:
    known = limits(network)
    for limit in known.limits.values():
        assert limit.source and limit.date <= date(2026, 12, 31)
    for version in known.versions:
        assert version.sunset > version.date
        assert version in known.ending(version.sunset - timedelta(days=90))
        assert version not in known.ending(version.sunset - timedelta(days=91))


@pytest.mark.parametrize("network", [name for name in networks() if "image" in limits(name).kinds])
def test_what_we_would_render_for_a_network_is_what_it_takes(network: str) -> None:
    made = limits(network).renditions
    file = a_file(mime=made.image_mime, size=made.max_bytes)
    width, height = made.image_size
    assert check(picture(file=file, width=width, height=height), network) == []


def test_the_four_networks_do_not_all_get_the_same_picture() -> None:
    known = ("bluesky", "facebook", "instagram", "linkedin")
    assert {network: limits(network).renditions.image for network in known} == {
        "bluesky": "portrait", "facebook": "square", "instagram": "portrait", "linkedin": "landscape",
    }  # fmt: skip
