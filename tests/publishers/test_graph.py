"""The one door to Meta's Graph API: what travels, what each answer means, and that no token gets out."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import facebook
import pytest
from pydantic import SecretStr

from publishers import _http
from publishers._base import OutcomeUnknown, PublisherError, Rejected, TryLater, Unauthorized
from publishers._graph import (
    Account,
    ForbiddenError,
    GoneError,
    NotReadyError,
    OffsetError,
    RenewError,
    ask,
    upload,
    upload_address,
)
from publishers._graph_errors import ROWS, Means
from tests.publishers.loopback import CUT, DRIP_BODY, DRIP_HEAD, DROP, SILENCE, Said, Script, json_answer, serving
from tests.publishers.samples import a_file

TOKEN = "EAACANARYtoken0123456789"
ROOT = Path(__file__).parents[2]
HTML = Said(502, b"<html>Bad gateway</html>", mime="text/html")


@pytest.fixture
def server():
    with serving() as script:
        script.on("edge", json_answer(id="1"))
        yield script


def an_account(script: Script) -> Account:
    return Account("Facebook", script.url, "v25.0", SecretStr(TOKEN))


def an_error(status: int = 400, **error: Any) -> Said:
    return json_answer(status, error={"message": "no", "type": "OAuthException", "fbtrace_id": "AbC", **error})


def raised(script: Script, answer: Said | str, stage: Any = "prepare", method: Any = "POST") -> PublisherError:
    script.on("edge", answer)
    with pytest.raises(PublisherError) as caught:
        ask(an_account(script), method, "page/edge", stage=stage, message="Bonjour")
    return caught.value


def test_a_call_names_the_version_and_sends_its_lists_as_json_and_its_token_as_a_header(server):
    ask(
        an_account(server), "POST", "page/edge",
        message="Été #1 & co", attached_media=[{"media_fbid": "9"}], published=False, count=3, none=None,
    )  # fmt: skip
    (asked,) = server.asked
    assert asked.path == "/v25.0/page/edge" and asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.form == {
        "message": "Été #1 & co", "attached_media": '[{"media_fbid": "9"}]', "published": "false", "count": "3",
    }  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_token_travels_in_an_address_or_a_body(server, method):
    ask(an_account(server), method, "page/edge", fields="id,name")
    (asked,) = server.asked
    assert asked.method == method
    assert TOKEN not in unquote(asked.path) and TOKEN.encode() not in asked.body and "access_token" not in asked.path


def test_the_sdk_alone_would_send_it_in_the_address_and_say_it_in_its_error(server):
    """The broken variant: what the two tests around this one guard against."""
    graph = facebook.GraphAPI(TOKEN)
    graph.version = "v25.0"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facebook, "FACEBOOK_GRAPH_URL", f"{server.url}/")
        graph.get_object("page/edge")
        assert TOKEN in server.asked[-1].path
        patch.setattr(facebook, "FACEBOOK_GRAPH_URL", "http://127.0.0.1:9/")
        with pytest.raises(Exception, match=TOKEN):
            graph.get_object("page/edge")


def test_a_photo_goes_as_a_form_with_its_name_and_its_bytes(server):
    source = {"source": ("card.jpg", BytesIO(b"\xff\xd8JPEG"), "image/jpeg")}
    ask(an_account(server), "POST", "page/edge", files=source, size=6, alt_text_custom="Une carte")
    (asked,) = server.asked
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert b'name="source"; filename="card.jpg"' in asked.body and b"\xff\xd8JPEG" in asked.body
    assert b'name="alt_text_custom"\r\n\r\nUne carte' in asked.body


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 36000, "error_subcode": 2207004}, Rejected),
        ({"code": 36003, "error_subcode": 2207009}, Rejected),
        ({"code": 352, "error_subcode": 2207026}, Rejected),
        ({"code": 100, "error_subcode": 2207028}, Rejected),
        ({"code": 1, "error_subcode": 2207057}, Rejected),
        ({"code": 100}, Rejected),
        ({"code": 99_999}, Rejected),
        ({}, Rejected),
        ({"code": 100, "error_subcode": 33}, GoneError),
        ({"code": 190}, Unauthorized),
        ({"code": 190, "error_subcode": 463}, Unauthorized),
        ({"code": 102}, Unauthorized),
        ({"code": 10}, ForbiddenError),
        ({"code": 200}, ForbiddenError),
        ({"code": 299}, ForbiddenError),
        ({"code": 4, "error_subcode": 2207051}, Unauthorized),
        ({"code": 25, "error_subcode": 2207050}, Unauthorized),
        ({"code": 368}, Unauthorized),
        ({"code": 100, "error_subcode": 1390008}, Unauthorized),
        ({"code": 9007, "error_subcode": 2207027}, NotReadyError),
        ({"code": 24, "error_subcode": 2207006}, RenewError),
        ({"code": 9004, "error_subcode": 2207052}, TryLater),
        ({"code": 24, "error_subcode": 2207008}, TryLater),
    ],
)
def test_a_documented_error_means_the_same_wherever_it_comes(server, error, expected):
    assert type(raised(server, an_error(**error))) is expected
    assert type(raised(server, an_error(**error), "commit")) is expected


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002, 9])
def test_too_many_requests_rest_the_whole_account(server, code):
    found = raised(server, an_error(400, code=code), "commit")
    assert isinstance(found, TryLater) and found.scope == "channel"


def test_a_429_is_obeyed_and_surely_published_nothing(server):
    found = raised(server, json_answer(429, {"Retry-After": "77"}, error={"code": 4}), "commit")
    assert isinstance(found, TryLater) and found.retry_after == 77 and found.scope == "channel"


NOTHING_PROVED = [
    HTML, DROP, CUT, SILENCE, Said(200, b'{"id": "1'), Said(200, b"<html>", mime="text/html"), Said(200, b"[]"),
    Said(302, b"", {"Location": "/v25.0/canary"}), Said(404, b"<html>", mime="text/html"), json_answer(500),
    an_error(500, code=2), an_error(503, code=100), an_error(400, code=1), an_error(400, code=2),
    an_error(400, code=99_999, is_transient=True), an_error(400, code=506), an_error(200, code=100),
]  # fmt: skip


@pytest.mark.parametrize("answer", NOTHING_PROVED)
def test_what_proves_nothing_is_an_unknown_outcome_on_the_irreversible_call(server, answer, monkeypatch):
    monkeypatch.setattr(_http, "TIMEOUT", 0.2)
    assert type(raised(server, answer, "commit")) is OutcomeUnknown
    assert [one.name for one in server.asked] == ["edge"], "asked once, no redirect followed"


@pytest.mark.parametrize("answer", [HTML, DROP, CUT, an_error(500, code=2), an_error(400, code=2)])
def test_the_same_while_preparing_is_tried_again(server, answer):
    assert type(raised(server, answer)) is TryLater


@pytest.mark.parametrize("drip", [DRIP_HEAD, DRIP_BODY])
def test_an_answer_that_drips_is_given_up(server, drip, monkeypatch):
    monkeypatch.setattr(_http, "WHOLE", 0.2)
    assert type(raised(server, drip, "commit")) is OutcomeUnknown


def test_where_nobody_listens_nothing_was_sent(server):
    account = Account("Facebook", "http://127.0.0.1:9", "v25.0", SecretStr(TOKEN))
    with pytest.raises(TryLater):
        ask(account, "POST", "page/edge", stage="commit", message="Bonjour")


def test_a_good_answer_without_a_content_type_is_read(server):
    server.on("edge", Said(200, b'{"id": "7"}', mime=""), Said(200, b"true"))
    assert ask(an_account(server), "GET", "page/edge") == {"id": "7"}
    assert ask(an_account(server), "POST", "page/edge") == {"success": True}


def test_an_error_says_its_code_and_trace_and_no_token(server):
    said = f"Invalid token {TOKEN} for EAA{'x' * 80}"
    found = raised(server, an_error(400, code=100, message=said, error_user_msg=said))
    shown = "".join(traceback.format_exception(found)) + str(found) + json.dumps(found.sentence.as_json())
    assert "100, AbC" in str(found) and TOKEN not in shown and "EAAxxx" not in shown


@pytest.mark.parametrize("answer", [*NOTHING_PROVED[:3], an_error(400, code=190), an_error(400, code=100)])
def test_no_exception_carries_the_token(server, answer):
    for stage in ("prepare", "commit"):
        found = raised(server, answer, stage, "GET")
        assert TOKEN not in "".join(traceback.format_exception(found)) + repr(found.__dict__)
        assert found.__cause__ is None and found.__context__ is None


USAGE = {
    "X-App-Usage": json.dumps({"call_count": 81, "total_time": 3, "total_cputime": 2}),
    "X-Business-Use-Case-Usage": json.dumps({"17": [{"call_count": 90, "estimated_time_to_regain_access": 7}]}),
}


@pytest.mark.parametrize(("name", "rest"), [("X-App-Usage", 300.0), ("X-Business-Use-Case-Usage", 420.0)])
def test_an_account_near_its_limit_rests_but_no_result_is_thrown_away(server, name, rest):
    server.on("edge", json_answer(200, {name: USAGE[name]}, id="1"))
    with pytest.raises(TryLater) as caught:
        ask(an_account(server), "GET", "page/edge")
    assert caught.value.scope == "channel" and caught.value.retry_after == rest
    assert ask(an_account(server), "POST", "page/edge")["id"] == "1", "what was made is not forgotten"
    assert ask(an_account(server), "GET", "page/edge", stage="look")["id"] == "1"


@pytest.mark.parametrize("told", ['{"call_count": 80}', "not json", "[]", '{"call_count": "many"}', "{}"])
def test_an_account_with_room_left_or_an_odd_header_goes_on(server, told):
    server.on("edge", json_answer(200, {"X-App-Usage": told}, id="1"))
    assert ask(an_account(server), "GET", "page/edge")["id"] == "1"


def test_an_upload_says_where_to_go_on(server):
    told = json.dumps({"start_offset": 400, "end_offset": 900})
    found = raised(server, an_error(code=6000, error_subcode=1363037, error_data=told))
    assert isinstance(found, OffsetError) and (found.start, found.end) == (400, 900)


def test_the_table_has_one_line_for_each_error_and_names_its_source():
    keys = [(row.code, row.subcode) for row in ROWS]
    assert len(keys) == len(set(keys)) and all(row.source in "EHIV" for row in ROWS)
    assert {row.means for row in ROWS} == set(Means)


# -------------------------------------------------------------------------------------------------- byte uploads


def sent(script: Script, answer: Said | str, offset: int = 0) -> None:
    script.on("up", answer)
    upload(an_account(script), f"{script.url}/up", BytesIO(b"0123456789"), a_file(size=10), offset)


def test_an_upload_carries_its_offset_its_size_and_the_rest_of_the_bytes(server):
    sent(server, json_answer(success=True), 4)
    (asked,) = server.asked
    wanted = {"authorization": f"OAuth {TOKEN}", "offset": "4", "file_size": "10", "content-length": "6"}
    assert wanted.items() <= asked.headers.items() and asked.body == b"456789"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer(400, debug_info={"retriable": False, "type": "ProcessingFailedError"}), Rejected),
        (json_answer(400, debug_info={"retriable": True, "type": "PartialRequestError"}), TryLater),
        (json_answer(400, debug_info={"retriable": False, "type": "NotAuthorizedError"}), Unauthorized),
        (json_answer(429, debug_info={"retriable": False, "type": "ProcessingFailedError"}), TryLater),
        (json_answer(success=False), TryLater),
        (json_answer(401), Unauthorized),
        (an_error(400, code=190), Unauthorized),
        (HTML, TryLater),
        (DROP, TryLater),
    ],
)
def test_a_bad_answer_to_an_upload_says_what_to_do(server, answer, expected):
    with pytest.raises(expected) as caught:
        sent(server, answer)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_bytes_and_token_go_to_metas_hosts_or_stay_on_the_loopback(server):
    live = Account("Facebook", "https://graph.facebook.com", "v25.0", SecretStr(TOKEN))
    usual = "https://rupload.facebook.com/video-upload/v25.0/1"
    assert upload_address(live, None, usual) == usual
    assert upload_address(live, "https://rupload.facebook.com/x", usual) == "https://rupload.facebook.com/x"
    assert upload_address(an_account(server), "http://localhost:1/x", usual) == "http://localhost:1/x"
    for bad in ("https://rupload.facebook.com.evil.example/x", "http://rupload.facebook.com/x", "http://127.0.0.1/x"):
        with pytest.raises(Rejected):
            upload_address(live, bad, usual)


class Swallow(BaseHTTPRequestHandler):
    """Reads what comes and keeps nothing."""

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 16)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"success": true}')

    def log_message(self, *_words: object) -> None:
        pass


SENDING = """
import resource, sys
from pathlib import Path
from pydantic import SecretStr
from publishers._base import File
from publishers._bytes import sealed_file
from publishers._graph import Account, upload, ask
url, path, sha, warm = sys.argv[1:]
class Held:
    def path(self, file): return Path(path)
import httpx, facebook
account = Account("Facebook", url, "v25.0", SecretStr("t"))
ask(account, "POST", warm, a="b")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
file = File(sha256=sha, size=Path(path).stat().st_size, mime="video/mp4", name="reel.mp4")
with sealed_file(Held(), file) as source:
    upload(account, url + "/up", source, file, 0)
    form = {"video_file_chunk": ("reel.mp4", source, "video/mp4")}
    source.seek(0)
    ask(account, "POST", "page/videos", files=form, size=file.size)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_hundred_megabytes_are_sent_in_little_memory(tmp_path):
    from hashlib import file_digest

    film = tmp_path / "reel.mp4"
    with film.open("wb") as out:
        out.truncate(100_000_000)
    with film.open("rb") as content:
        sha = file_digest(content, "sha256").hexdigest()
    server = HTTPServer(("127.0.0.1", 0), Swallow)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    words = [sys.executable, "-c", SENDING, url, str(film), sha, "warm"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64, f"{done.stdout} MB"
