"""Rendered files and the font: which bytes, under which labels."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from pipeline.models import Rendition
from pipeline.rendering import store
from web import typeface
from web.marks import SHAPES


@pytest.fixture
def client(studio, enter):
    return enter(studio.intern)


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_picture_comes_whole_under_its_own_type_and_an_opaque_name(studio, client):
    row = studio.picture()
    answer = client.get(f"/file/{row.sha256}")
    assert body(answer) == store.path_of(row.sha256, row.mime).read_bytes()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'inline; filename="{row.sha256[:16]}.jpg"'
    assert "private" in answer["Cache-Control"]


def test_a_file_that_the_browser_has_is_not_sent_again(studio, client):
    row = studio.picture()
    answer = client.get(f"/file/{row.sha256}", HTTP_IF_NONE_MATCH=f'"{row.sha256}"')
    assert answer.status_code == 304 and answer.content == b""


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-1", slice(0, 2)), ("bytes=100-199", slice(100, 200)), ("bytes=500-", slice(500, None)),
     ("bytes=-10", slice(-10, None)), ("bytes=0-999999999", slice(0, None))],
)  # fmt: skip
def test_a_video_is_played_by_ranges(wanted, part, studio, client):
    row = studio.video()
    whole = store.path_of(row.sha256, row.mime).read_bytes()
    answer = client.get(f"/file/{row.sha256}", HTTP_RANGE=wanted)
    got = body(answer)
    assert answer.status_code == 206 and got == whole[part]
    assert int(answer["Content-Length"]) == len(got) and answer["Content-Range"].endswith(f"/{len(whole)}")


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=5-2", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused(wanted, studio, client):
    answer = client.get(f"/file/{studio.video().sha256}", HTTP_RANGE=wanted)
    assert answer.status_code == 416 and answer["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=" + "9" * 5000 + "-"])
def test_a_range_that_we_do_not_read_gives_the_whole_file(wanted, studio, client):
    answer = client.get(f"/file/{studio.video().sha256}", HTTP_RANGE=wanted)
    assert answer.status_code == 200
    answer.close()


def test_a_range_of_another_version_gives_the_whole_file(studio, client):
    answer = client.get(f"/file/{studio.video().sha256}", HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE='"old"')
    assert answer.status_code == 200
    answer.close()


@pytest.mark.parametrize(
    "name",
    ["../../keys/store.key", "..%2f..%2fkeys%2fstore.key", "%2e%2e/%2e%2e/keys/django.key", "/etc/passwd", "0" * 64,
     "0" * 63, "A" * 64, "0" * 64 + "/../x", "0" * 64 + "%00", "0" * 64 + ".jpg"],
)  # fmt: skip
def test_no_path_leads_out_of_the_store(name, client, home):
    (home / "renditions" / "00").mkdir(parents=True)
    (home / "renditions" / "00" / ("0" * 64 + ".jpg")).write_bytes(b"not ours")
    assert client.get(f"/file/{name}").status_code == 404


def test_a_rendition_that_is_not_ready_or_whose_file_is_gone_is_not_found(studio, client):
    row = studio.picture()
    Rendition.objects.filter(pk=row.pk).update(state="failed")
    assert client.get(f"/file/{row.sha256}").status_code == 404
    Rendition.objects.filter(pk=row.pk).update(state="ready")
    store.path_of(row.sha256, row.mime).unlink()
    assert client.get(f"/file/{row.sha256}").status_code == 404


def test_the_font_of_the_pages_is_small_and_has_every_shape(client):
    answer = client.get("/font/inter.woff")
    font = TTFont(io.BytesIO(answer.content))
    assert answer["Content-Type"] == "font/woff" and len(answer.content) < 60_000
    assert {ord(sign) for sign in SHAPES + "éèçœ’«»€ \u202f\u00a0"} <= set(font.getBestCmap())


def test_pages_do_without_the_font_where_its_package_is_missing(client, monkeypatch):
    from pipeline.errors import Refused
    from publishers._sentences import Sentence

    def missing(_folder):
        raise Refused(Sentence("gone"))

    monkeypatch.setattr(typeface, "data", missing)
    assert client.get("/font/inter.woff").status_code == 404


# ---------------------------------------------------------------------------------------------- small pictures


def test_lists_show_small_pictures_of_cards_and_films_and_none_of_words_alone(studio, client):
    post, film = studio.post(), studio.video()
    page = client.get("/drafts/").content.decode()
    first = post.variants.first().media.first().rendition
    assert f'src="/small/{first.sha256}.jpg" alt=""' in page
    for row in (first, film):
        answer = client.get(f"/small/{row.sha256}.jpg")
        with Image.open(io.BytesIO(body(answer))) as small:
            shape = row.width / row.height
            assert small.format == "JPEG" and max(small.size) == 240
            assert small.width / small.height == pytest.approx(shape, abs=0.02)
            assert not small.getexif() and "comment" not in small.info
        assert answer["Cache-Control"] == "private, no-cache"
        assert client.get(f"/small/{row.sha256}.jpg", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_a_picture_that_is_gone_has_no_small_one(studio, client, home):
    row = studio.picture()
    store.path_of(row.sha256, row.mime).unlink()
    assert client.get(f"/small/{row.sha256}.jpg").status_code == 404
    assert client.get(f"/small/{'0' * 64}.jpg").status_code == 404
    assert not list((home / "cache" / "thumbnails").iterdir()), "nothing half made stays"
