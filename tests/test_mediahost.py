"""Pictures in a bucket: on a real S3-speaking server (moto) on the loopback, through django-storages."""

from __future__ import annotations

import logging

import httpx
import pytest
from pydantic import SecretStr

from pipeline import mediahost
from publishers._base import TryLater
from publishers._mediahost import MediaChoice
from publishers._mediahost_check import reachable

SECRET = "CANARY-secret-key"
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture(scope="module")
def s3():
    """The address of a server with one bucket called pictures."""
    server_of = pytest.importorskip("moto.server").ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_of(ip_address="127.0.0.1", port=0)
    server.start()
    url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    assert httpx.put(f"{url}/pictures").status_code == 200
    yield url
    server.stop()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "card.jpg"
    path.write_bytes(JPEG)
    return path


def a_bucket(server, **changes):
    known = {
        "bucket": "pictures",
        "endpoint": server,
        "region": "us-east-1",
        "key": "AKIATEST",
        "secret": SecretStr(SECRET),
    }
    return mediahost.chosen(MediaChoice(**{**known, **changes}))


def test_a_picture_is_fetched_by_a_signed_address_that_ends(s3, source, settings):
    url = a_bucket(s3).put(source)
    answer = httpx.get(url)
    assert answer.content == JPEG and answer.headers["content-type"] == "image/jpeg"
    assert "X-Amz-Expires=7200" in url and SECRET not in url and "card" not in url and url.isascii()


def test_a_bucket_with_a_public_address_is_named_by_it(s3, source, settings):
    url = a_bucket(s3, url="https://pictures.example.org").put(source)
    assert url.startswith("https://pictures.example.org/porte-voix/") and "?" not in url


def test_what_is_taken_away_is_gone_and_may_be_taken_away_twice(s3, source, settings):
    bucket = a_bucket(s3)
    url = bucket.put(source)
    bucket.remove(url)
    bucket.remove(url)
    assert httpx.get(url).status_code == 404


@pytest.mark.parametrize("changes", [{"bucket": "nowhere"}, {"endpoint": "http://127.0.0.1:9"}])
def test_a_bucket_that_refuses_is_one_sentence_and_no_secret(s3, source, changes, settings):
    import traceback

    with pytest.raises(TryLater, match="bucket") as caught:
        a_bucket(s3, **changes).put(source)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_channels_check_looks_for_itself(s3, settings):
    assert reachable(a_bucket(s3)).ok
    assert not reachable(a_bucket(s3, url="http://127.0.0.1:9")).ok
