"""What every platform owes, run over the registry: a new one is covered by being there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from publishers import registry
from publishers._base import Problem, Publisher, PublisherError, Receipt, Reconciliation
from publishers._consent import Consent, consents, platforms
from publishers._limits import limits, networks
from tests.publishers.samples import Folder, a_post

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
