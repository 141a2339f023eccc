"""Writes what the product runs on as a CycloneDX bill of materials, from the committed lock: `make sbom`.

python config/sbom.py FILE.json. The same lock gives the same bytes: no date and no random number stands in it.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

sys.path.insert(0, str(Path(__file__).parents[1]))
from config import licences

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

LOCK = licences.ROOT / "uv.lock"


def bill() -> Bom:
    """The bill: the product, each locked package that it runs on, with licence, hashes and what it needs itself."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.dependency import Dependency

    packages = {one["name"]: one for one in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]}
    product, wanted = packages["porte-voix"], [packages[name] for name in licences.running()]
    made = {one["name"]: _component(one) for one in wanted}
    own = Component(
        name=product["name"], version=product["version"], type=ComponentType.APPLICATION, bom_ref=product["name"],
        licenses=[_licence("AGPL-3.0-or-later")],
    )  # fmt: skip
    bom = Bom(
        components=made.values(), metadata=BomMetaData(component=own), serial_number=uuid5(NAMESPACE_URL, _content())
    )
    bom.metadata.timestamp = None  # type: ignore[assignment]
    for name, component in {**made, product["name"]: own}.items():
        needs = [Dependency(made[other].bom_ref) for other in _needs(packages[name]) if other in made]
        bom.dependencies.add(Dependency(component.bom_ref, needs))
    return bom


def _content() -> str:
    return LOCK.read_text(encoding="utf-8")


def _component(package: dict[str, Any]) -> Component:
    """One package of the lock, with every file that the lock knows of it."""
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    files = [*([package["sdist"]] if "sdist" in package else []), *package.get("wheels", [])]
    told = licences.licence(package["name"])
    return Component(
        name=package["name"], version=package["version"], type=ComponentType.LIBRARY,
        bom_ref=f"{package['name']}=={package['version']}", licenses=[_licence(told)] if told else [],
        purl=PackageURL("pypi", name=package["name"], version=package["version"]),
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION, url=XsUri(file["url"].rpartition("/")[2]),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file["hash"].removeprefix("sha256:"))],
            )
            for file in files
        ],
    )  # fmt: skip


def _licence(expression: str) -> Any:
    from cyclonedx.model.license import LicenseExpression

    return LicenseExpression(expression)


def _needs(package: dict[str, Any]) -> Iterator[str]:
    groups = [package.get("dependencies", []), *package.get("optional-dependencies", {}).values()]
    for group in groups:
        yield from (one["name"] for one in group)


def written() -> str:
    """The bill as CycloneDX 1.6 JSON."""
    from cyclonedx.output.json import JsonV1Dot6

    return JsonV1Dot6(bill()).output_as_string(indent=2)


def mistakes(text: str) -> str | None:
    """What is wrong with it by CycloneDX's own schema; None where nothing is."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if found is None else str(found)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(written() + "\n", encoding="utf-8")
