"""What each network would be asked, and LinkedIn's little text judged by a reader that renders it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from publishers._base import Facet, LinkCard
from publishers._littletext import little_text
from publishers._requests import calls
from tests.publishers.samples import TEXT, a_file, a_post, a_video, an_image

RESERVED = set("|{}@[]()<>#*_~\\")


def rendered(commentary: str) -> str:
    """What a reader sees of a commentary, read sign by sign; an unescaped reserved sign is an error."""
    out, at = [], 0
    while at < len(commentary):
        sign = commentary[at]
        if sign == "\\":
            assert commentary[at + 1] in RESERVED
            out.append(commentary[at + 1])
            at += 2
        elif commentary.startswith("{hashtag|\\#|", at):
            at += len("{hashtag|\\#|")
            out.append("#")
            while commentary[at] != "}":
                at += commentary[at] == "\\"
                out.append(commentary[at])
                at += 1
            at += 1
        else:
            assert sign not in RESERVED, f"unescaped {sign}"
            out.append(sign)
            at += 1
    return "".join(out)


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(RESERVED)), st.sampled_from("aé حق🙂 \n1")), max_size=60))
@settings(max_examples=300, deadline=None)
def test_linkedin_shows_every_sign_of_the_text(text: str) -> None:
    assert rendered(little_text(text)) == text.replace("＃", "#")


def test_a_hashtag_stays_live_and_its_underscore_is_kept() -> None:
    assert little_text("Voir #droits_humains (2026)") == r"Voir {hashtag|\#|droits\_humains} \(2026\)"


def test_a_mention_becomes_linkedins_own_form() -> None:
    text = "é @Note (x)"
    facet = Facet(start=3, end=8, kind="mention", value="urn:li:organization:1")
    assert little_text(text, [facet]) == r"é @[Note](urn:li:organization:1) \(x\)"


def test_instagram_is_asked_for_a_container_then_to_publish_it() -> None:
    container, publish = calls("instagram", a_post())
    assert container["url"] == "https://graph.facebook.com/v25.0/{account}/media"
    assert container["params"]["caption"] == TEXT and container["params"]["alt_text"]
    assert publish["params"] == {"creation_id": "{container}"}


def test_an_instagram_carousel_has_captions_on_the_parent_only() -> None:
    *children, parent, _publish = calls("instagram", a_post("carousel"))
    assert [child["params"]["is_carousel_item"] for child in children] == [True, True]
    assert all("caption" not in child["params"] for child in children)
    assert parent["params"]["children"] == "{container 1},{container 2}" and parent["params"]["caption"] == TEXT


def test_an_instagram_reel_carries_its_choices_and_no_alt_text() -> None:
    post = a_post("reel", options={"share_to_feed": False}, first_comment="Source")
    container, upload, _publish, comment = calls("instagram", post)
    assert container["params"] == {
        "media_type": "REELS", "upload_type": "resumable", "caption": TEXT, "share_to_feed": False,
    }  # fmt: skip
    assert upload["url"] == "https://rupload.facebook.com/ig-api-upload/v25.0/{container}"
    assert upload["params"] == {"body": "reel.mp4", "headers": {"offset": 0, "file_size": 2_000_000}}
    assert comment["params"] == {"message": "Source"}


def test_facebook_gets_unpublished_photos_and_flips_the_post_last() -> None:
    *photos, feed, flip = calls("facebook", a_post("carousel"))
    assert all(photo["params"]["published"] is False for photo in photos)
    assert feed["params"]["attached_media"] == [{"media_fbid": "{photo 1}"}, {"media_fbid": "{photo 2}"}]
    assert feed["params"]["published"] is False and flip["params"] == {"is_published": True}


def test_a_facebook_reel_goes_in_three_phases() -> None:
    start, upload, finish = calls("facebook", a_post("reel"))
    assert start["params"] == {"upload_phase": "start"}
    assert upload["params"]["headers"] == {"offset": 0, "file_size": 2_000_000}
    assert finish["params"]["video_state"] == "PUBLISHED"


def test_linkedin_gets_its_version_its_escapes_and_alt_texts() -> None:
    *_uploads, post = calls("linkedin", a_post("carousel", "Note (novembre)", options={"allow_reshare": False}))
    assert post["headers"]["LinkedIn-Version"] == "202609"
    assert post["json"]["commentary"] == r"Note \(novembre\)"
    assert post["json"]["visibility"] == "PUBLIC" and post["json"]["isReshareDisabledByAuthor"] is True
    assert [image["id"] for image in post["json"]["content"]["multiImage"]["images"]] == ["{image 1}", "{image 2}"]


def test_a_link_card_is_an_article_on_linkedin_and_a_link_on_facebook() -> None:
    card = LinkCard(url="https://example.org/note", title="La note", thumbnail=a_file(name="t.jpg"))
    post = a_post("link", part={"link_card": card})
    assert calls("linkedin", post)[-1]["json"]["content"]["article"]["thumbnail"] == "{image thumbnail}"
    assert calls("facebook", post)[0]["params"]["link"] == "https://example.org/note"
    assert calls("bluesky", post)[-1]["json"]["record"]["embed"]["external"]["uri"] == "https://example.org/note"


def test_bluesky_gets_one_upload_for_each_file_and_one_record() -> None:
    post = a_post("carousel", media=(an_image(), an_image(file=a_file(sha256="1" * 64, name="b.jpg"))))
    *uploads, put = calls("bluesky", post, "2026-11-22T09:00:00.000Z")
    assert [upload["body"] for upload in uploads] == ["card.jpg", "b.jpg"]
    assert put["json"]["validate"] is True and put["json"]["record"]["createdAt"] == "2026-11-22T09:00:00.000Z"


def test_every_kind_of_every_network_can_be_written_down() -> None:
    from publishers._limits import limits, networks

    for network in networks():
        for kind in limits(network).kinds:
            media = (a_video(),) if kind == "story" else None
            assert json.dumps(calls(network, a_post(kind, media=media)))
