"""What every platform owes, run over the registry: a new one is covered by being there and by its stand (stands.py)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from publishers import _http, registry
from publishers._base import (
    Absent,
    OutcomeUnknown,
    Pending,
    Prepared,
    Problem,
    Publisher,
    PublisherError,
    Receipt,
    Reconciliation,
    Rejected,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._consent import Consent, consents, platforms
from publishers._limits import limits, networks
from sandbox import _faults as faults
from tests.publishers.samples import Folder, a_post
from tests.publishers.stands import COMMITS, Stand
from tests.publishers.usual import Usual

ROOT = Path(__file__).parents[2]
PLATFORMS = registry()


def a_value(name: str, field: FieldInfo, folder: Path) -> Any:
    """A plausible value for a credential, from its type and name: what a form would be filled with."""
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)[0]
    if field.examples:
        return field.examples[0]
    if name.endswith("_url"):
        return "http://127.0.0.1:9"
    return str(folder) if name == "folder" else f"canary-{name}"


def credentials(platform: type[Publisher], folder: Path) -> BaseModel:
    fields = platform.Credentials.model_fields
    return platform.Credentials.model_validate({name: a_value(name, field, folder) for name, field in fields.items()})


def an_adapter(platform: type[Publisher], tmp_path: Path) -> Publisher:
    return platform(credentials(platform, tmp_path), Folder(tmp_path))


@pytest.fixture(params=sorted(PLATFORMS))
def platform(request: pytest.FixtureRequest) -> type[Publisher]:
    return PLATFORMS[request.param]


def test_the_registry_knows_every_module_without_an_underscore() -> None:
    modules = {path.stem for path in (ROOT / "publishers").glob("[!_]*.py")}
    assert set(PLATFORMS) == modules and {"bluesky", "outbox"} <= modules


def test_a_platform_says_its_name_its_label_and_how_it_reconciles(platform: type[Publisher]) -> None:
    assert platform.platform == platform.__module__.removeprefix("publishers.")
    assert platform.label and isinstance(platform.reconciliation, Reconciliation)


def test_its_network_has_limits_beside_it(platform: type[Publisher], tmp_path: Path) -> None:
    known = limits(platform.network(credentials(platform, tmp_path)))
    assert known.platform in networks() and known.label and known.kinds


def test_a_form_can_be_made_from_its_credentials(platform: type[Publisher]) -> None:
    for name, field in platform.Credentials.model_fields.items():
        assert field.description, name
        if any(word in name for word in ("password", "token", "secret")):
            assert field.annotation is SecretStr, name
    assert json.dumps(platform.Credentials.model_json_schema())


def test_no_secret_shows_in_its_representation(platform: type[Publisher], tmp_path: Path) -> None:
    adapter = an_adapter(platform, tmp_path)
    shown = repr(adapter) + repr(adapter.credentials) + str(adapter.credentials) + adapter.credentials.model_dump_json()
    secrets = [n for n, f in platform.Credentials.model_fields.items() if f.annotation is SecretStr]
    assert all(f"canary-{name}" not in shown for name in secrets)


def test_validate_asks_no_network(platform: type[Publisher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_named: object) -> None:
        raise AssertionError("validate opened a socket")

    monkeypatch.setattr("socket.socket.connect", forbidden)
    found = an_adapter(platform, tmp_path).validate(a_post(text="a" * 100_000))
    assert found and all(isinstance(problem, Problem) and str(problem.sentence) for problem in found)


def test_nothing_can_be_out_before_the_first_step(platform: type[Publisher], tmp_path: Path) -> None:
    assert not isinstance(an_adapter(platform, tmp_path).find(a_post(), {}), Receipt)


def test_no_saved_state_holds_a_secret(platform: type[Publisher], tmp_path: Path) -> None:
    try:
        shown = json.dumps(an_adapter(platform, tmp_path).prepare(a_post(), {}).saved)
    except PublisherError as error:  # nobody listens there
        shown = str(error)
    assert "canary" not in shown


def test_naming_the_platforms_imports_no_sdk_and_no_framework() -> None:
    heavy = ("atproto", "atproto_client", "httpx", "facebook", "linkedin_api", "requests", "django", "PIL", "numpy")
    code = f"import sys, publishers; publishers.registry(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_outbox_can_stand_for_every_network_whose_limits_are_known() -> None:
    field = PLATFORMS["outbox"].Credentials.model_fields["stands_for"]
    assert set(get_args(field.annotation)) == set(networks())


def test_a_further_network_is_its_own_files_and_no_edit_elsewhere() -> None:
    """Mastodon is the proof: adapter, limits, caption template; nothing else that runs knows its name."""
    folders = ("commands", "config", "pipeline", "publishers", "templates", "web")
    kinds = {".py", ".toml", ".j2", ".html", ".js"}
    texts = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds)
    named = {str(path.relative_to(ROOT)) for path in texts if "mastodon" in path.read_text(encoding="utf-8").lower()}
    assert named == {"publishers/mastodon.py", "publishers/mastodon.toml"}
    assert (ROOT / "templates/captions/mastodon.txt.j2").is_file()


# ------------------------------------------------------------------------------- on a server that behaves as documented

WITHOUT_SERVER = {"handoff"}  # a person is its network
PAIRS = [(name, kind) for name, commits in COMMITS.items() for kind in commits]
ONLINE = [(name, kind) for name, kind in PAIRS if COMMITS[name][kind]]
FEW = [
    (name, kind) for name, kind in ONLINE if kind in ("text", "image", "thread") or name in ("instagram", "facebook")
]
COMMITS_OF = {name.split()[0]: commits for name, commits in COMMITS.items()}
SHOWN_AS = {
    "mixed carousel": ("carousel",),
    "video story": ("story",),
    "gallery": ("carousel",),
    "link": ("link", "article"),
    "thread": ("text",),
}
NO_SUCH = "no-such-canary"


def on(pairs: list[tuple[str, str]]) -> pytest.MarkDecorator:
    """A test for these kinds of post on their networks."""
    return pytest.mark.parametrize(("stand", "kind"), pairs, indirect=["stand"])


def each(*names: str) -> pytest.MarkDecorator:
    """A test for each network, one kind of post."""
    return pytest.mark.parametrize("stand", names or COMMITS, indirect=True)


def is_out(stand: Stand, engine: Usual, receipt: Receipt | None = None) -> list[dict[str, Any]]:
    """What is published: exactly this post, each of its messages with its words, files and comment, once."""
    rows, post = stand.published(), engine.post
    assert [row["text"] for row in rows] == [part.text for part in post.parts]
    media = [[medium.file.sha256 for medium in part.media] for part in post.parts]
    assert [[one["sha256"] for one in row["media"]] for row in rows] == media
    # Where a person said that it is out, nothing follows the post: the comment is the person's.
    comment = [post.first_comment] if post.first_comment and not engine.vouched else []
    assert [row["text"] for row in rows[0]["comments"]] == comment
    if receipt:
        assert receipt.id in (rows[0]["id"], rows[0]["container"])
    assert stand.server is None or stand.server.secrets_in_urls() == []
    return rows


def test_every_platform_has_a_stand() -> None:
    assert set(PLATFORMS) - WITHOUT_SERVER == {name.split()[0] for name in COMMITS}


@on(PAIRS)
def test_a_good_post_of_each_kind_arrives_whole_and_its_state_is_plain_json(stand: Stand, kind: str) -> None:
    engine = stand.engine(kind)
    assert [
        p.code for p in engine.adapter.validate(engine.post) if p.severity == "error" and p.code != "bytes_min"
    ] == []
    receipt = engine.run()
    rows = is_out(stand, engine, receipt)
    assert engine.seen == [] and engine.commits == 1
    if stand.server:
        assert rows[0]["kind"] in SHOWN_AS.get(kind, (kind,))


@on([pair for pair in PAIRS if pair[1] in ("image", "carousel", "gallery", "thread") or pair[1:] == ("video",)])
def test_the_words_for_those_who_do_not_see_arrive(stand: Stand, kind: str) -> None:
    engine = stand.engine(kind)
    engine.run()
    known = limits(stand.platform if stand.platform != "outbox" else "bluesky")
    taken = ("image", "video") if "video_alt" in known.features else ("image",)
    wanted = [[medium.alt for medium in part.media if medium.kind in taken] for part in engine.post.parts]
    rows = stand.published()
    assert [[one["alt"] for one in row["media"] if one.get("kind", "image") in taken] for row in rows] == wanted


@on(PAIRS)
def test_what_is_out_is_found_and_what_is_not_is_not_and_it_is_removed_for_good(stand: Stand, kind: str) -> None:
    engine = stand.engine(kind)
    assert isinstance(engine.adapter.find(engine.post, {}), Absent)
    engine.prepare()
    assert not isinstance(engine.adapter.find(engine.post, engine.plain()), Receipt | Pending)
    receipt = engine.run()
    found = engine.adapter.find(engine.post, engine.plain())
    if stand.lists:
        assert isinstance(found, Receipt) and found.id == receipt.id
    else:
        assert isinstance(found, Unclear) and found.final
    if kind not in stand.no_removal:
        engine.adapter.remove(receipt)
        engine.adapter.remove(receipt)
        assert stand.published() == []


@each()
def test_the_check_of_a_good_channel_is_good_and_of_a_wrong_word_is_not(stand: Stand) -> None:
    assert [check.name for check in stand.adapter().doctor() if not check.ok] == []
    secret = {"bluesky": "app_password", "outbox": ""}.get(stand.platform, "access_token")
    if secret:
        first = stand.adapter(**{secret: NO_SUCH}).doctor()[0]
        assert not first.ok and NO_SUCH not in str(first.sentence)
    assert stand.server is None or stand.server.secrets_in_urls() == []


@on([(name, "image") for name in COMMITS])
def test_numbers_are_numbers_and_a_missing_one_is_left_out(stand: Stand, kind: str) -> None:
    engine = stand.engine(kind)
    found = engine.adapter.metrics(engine.run())
    assert all(isinstance(one.value, int) and one.at.tzinfo for one in found)
    assert len({one.name for one in found}) == len(found)


# What a call that was obeyed may answer, and what one that was not.
LOST = (faults.DROP, faults.ERROR, faults.HALF, faults.HTML, faults.SILENCE)
STRUCK = [(kind, done) for kind in LOST for done in (True, False)] + [(faults.LIMIT, False), (faults.EXPIRE, False)]
SILENT = [one for one in STRUCK if one[0] == faults.SILENCE]
CASES = [
    (*pair, *one) for pair in FEW for one in STRUCK if one not in SILENT or pair[1] == "image"
]  # silence takes time


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Waits for a silent server a second instead of minutes."""

    def shortened(fault: str) -> None:
        if fault == faults.SILENCE:
            monkeypatch.setattr(_http, "WHOLE", 1.0)

    return shortened


@pytest.mark.parametrize(("stand", "kind", "fault", "applied"), CASES, indirect=["stand"])
def test_a_fault_at_the_irreversible_call_says_what_it_proves_and_leaves_exactly_one_post(
    stand: Stand, kind: str, fault: str, applied: bool, impatient: Callable[[str], None]
) -> None:
    engine = stand.engine(kind)
    engine.prepare()
    assert stand.server
    commit = stand.server.fault(COMMITS_OF[stand.platform][kind], fault, applied=applied)
    impatient(fault)
    receipt = engine.run()
    is_out(stand, engine, receipt)
    assert commit not in stand.server.faults
    expected = {faults.LIMIT: TryLater, faults.EXPIRE: Unauthorized if stand.platform != "bluesky" else TryLater}
    assert type(engine.seen[0]).__mro__.count(expected.get(fault, OutcomeUnknown)) == 1, engine.seen
    assert engine.asked == 0 or not stand.lists or (stand.platform == "linkedin" and not applied)


@on([pair for pair in ONLINE if pair[1] == "image"])
def test_a_refusal_is_final_and_publishes_nothing(stand: Stand, kind: str) -> None:
    engine = stand.engine(kind)
    engine.prepare()
    assert stand.server
    details = {"code": 100} if stand.platform in ("instagram", "facebook") else {}
    stand.server.fault(COMMITS_OF[stand.platform][kind], faults.REFUSE, **details)
    with pytest.raises(Rejected):
        engine.adapter.commit(Prepared(saved=engine.plain()))
    assert stand.published() == []


@on([pair for pair in ONLINE if pair[1] == "image"])
def test_a_server_that_is_not_there_was_sent_nothing(stand: Stand, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = stand.engine(kind)
    engine.prepare()
    closed = {name: "http://127.0.0.1:9" for name in stand.facts if name.endswith("_url") and name != "media_url"}
    saved = json.loads(json.dumps(engine.plain()))
    if "host" in saved:
        saved["host"] = "http://127.0.0.1:9"
    adapter = stand.adapter(**closed)
    if stand.platform == "bluesky":
        adapter.keeper.change(lambda _kept: {**stand.adapter().keeper.kept(), "host": "http://127.0.0.1:9"})
    with pytest.raises(TryLater):
        adapter.commit(Prepared(saved=saved))
    assert stand.published() == []


# Not for LinkedIn's people, whose comments nobody can look for: one whose answer was lost is not written again.
@on([pair for pair in ONLINE if pair[1] in ("carousel", "video", "reel") and pair[0] != "linkedin person"])
@pytest.mark.parametrize("fault", [faults.DROP, faults.HTML, faults.LIMIT, faults.EXPIRE, faults.HALF])
def test_a_fault_at_any_other_call_leaves_one_post_and_one_comment(stand: Stand, kind: str, fault: str) -> None:
    rehearsal = stand.engine(kind)
    receipt = rehearsal.run()
    assert stand.server
    commit = COMMITS_OF[stand.platform][kind]
    others = {one.call for one in stand.server.requests} - {commit, "upload_captions", "captions"}
    rehearsal.adapter.remove(receipt)
    engine = stand.engine(kind)
    for call in sorted(others):
        stand.server.fault(call, fault)
    receipt = engine.run(rounds=30)
    is_out(stand, engine, receipt)


@on([pair for pair in PAIRS if pair[1] in ("carousel", "thread")])
def test_no_state_no_error_no_log_and_no_address_holds_a_secret(
    stand: Stand, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = stand.engine(kind)
    if stand.server:
        stand.server.fault("*", faults.EXPIRE, nth=3)
        stand.server.fault(COMMITS_OF[stand.platform][kind], faults.DROP)
    engine.run()
    told = "".join("".join(traceback.format_exception(one)) for one in engine.seen)
    everything = told + json.dumps(engine.saved) + caplog.text + repr(engine.adapter.credentials)
    assert [secret for secret in stand.secrets() if secret in everything] == []
    assert stand.server is None or (engine.seen and stand.server.secrets_in_urls() == [])


BROKEN = [
    pair for pair in ONLINE if pair[0] in ("instagram", "facebook", "bluesky") or pair == ("linkedin page", "image")
]


@on(BROKEN)
def test_a_naive_repetition_would_double_what_a_platform_does_not_hold_together(stand: Stand, kind: str) -> None:
    """The broken variant: after a lost answer everything is done again from the start, and the oracle sees it."""
    engine = stand.engine(kind)
    engine.prepare()
    assert stand.server
    stand.server.fault(COMMITS_OF[stand.platform][kind], faults.DROP)
    with pytest.raises(OutcomeUnknown):
        engine.adapter.commit(Prepared(saved=engine.plain()))
    stand.clock.shift(600)
    stand.engine(kind).run()
    assert len(stand.published()) == 2 * len(engine.post.parts)


@pytest.fixture(params=sorted(consents()))
def consent(request: pytest.FixtureRequest) -> Consent:
    kind = consents()[request.param]
    given = {name: an_app_value(name, field) for name, field in kind.App.model_fields.items() if field.is_required()}
    return kind(kind.App.model_validate(given))


def an_app_value(name: str, field: FieldInfo) -> str:
    return "42" if field.annotation is str else f"canary-{name}"


def test_an_apps_form_can_be_made_and_its_secret_does_not_show(consent: Consent) -> None:
    fields = type(consent).App.model_fields
    assert all(field.description for field in fields.values())
    assert all(field.annotation is SecretStr for name, field in fields.items() if "secret" in name)
    assert [name for name in fields if name.endswith("_url")], "every host is a setting of its own"
    assert "canary" not in repr(consent.app) + consent.app.model_dump_json()


def test_a_consents_address_holds_the_state_and_the_way_back_and_no_secret(consent: Consent) -> None:
    back = "https://posts.example.org/channels/connect/x/back/"
    address = urlsplit(consent.address(back, "s&t=1", "a-challenge" if consent.pkce else ""))
    asked = dict(parse_qsl(address.query))
    assert (address.scheme, asked["state"], asked["redirect_uri"]) == ("https", "s&t=1", back)
    assert "canary" not in address.geturl() and asked["response_type"] == "code"
    assert ("code_challenge" in asked) is consent.pkce


def test_a_consent_opens_platforms_that_name_it(consent: Consent) -> None:
    assert platforms(type(consent)) and consent.label and consent.name == consent.name.lower()
    for name in platforms(type(consent)):
        assert set(type(consent).App.model_fields) & {"oauth_url"} and PLATFORMS[name].consent is type(consent)
