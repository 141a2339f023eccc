"""What the product runs on: permitted licences, and a bill of materials that says the same as the lock."""

from __future__ import annotations

import json
import tomllib

import pytest

from config import licences, sbom


@pytest.fixture(scope="module")
def bill():
    return sbom.written()


def test_every_package_stands_under_a_permitted_licence():
    assert list(licences.refused()) == []


@pytest.mark.parametrize("told", ["Proprietary", "", "GPL-2.0-only", "MIT AND Proprietary", "SSPL-1.0"])
def test_another_licence_is_seen(told):
    """The broken variant."""
    assert not licences.allowed(told)


def test_of_two_licences_one_may_be_chosen():
    assert licences.allowed("GPL-2.0-only OR MIT")
    assert not licences.allowed("GPL-2.0-only AND MIT")


def test_the_bill_is_what_cyclonedx_asks_for(bill):
    assert sbom.mistakes(bill) is None
    broken = json.loads(bill)
    broken["components"][0].pop("name")
    assert sbom.mistakes(json.dumps(broken)) is not None


def test_each_package_of_the_bill_has_a_version_and_hashes_of_the_lock(bill):
    """Against the lock, read here anew."""
    locked = tomllib.loads((licences.ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = {(one["name"], one["version"]) for one in locked}
    hashes = {
        file["hash"].split(":")[1] for one in locked for file in [one.get("sdist"), *one.get("wheels", [])] if file
    }
    told = json.loads(bill)["components"]
    names = {one["name"] for one in told}
    assert {"django", "pillow", "psycopg"} <= names and not {"pytest", "mypy", "porte-voix"} & names
    for one in told:
        assert (one["name"], one["version"]) in versions
        assert {two["content"] for file in one["externalReferences"] for two in file["hashes"]} <= hashes
        assert one["externalReferences"]


def test_the_same_lock_gives_the_same_bill(bill):
    assert sbom.written() == bill
