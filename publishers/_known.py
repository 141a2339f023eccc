"""All that is known about what each network takes, read from the toml beside its adapter."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from publishers._base import Frozen

FOLDER = Path(__file__).parent


class Limit(Frozen):
    """One limit with where it was read; `value` is a number in `unit`, or the names that are allowed."""

    value: int | float | tuple[str, ...]
    unit: str
    evidence: Literal["documented", "source", "measured", "third-party", "unverified"]
    source: str
    date: date
    severity: Literal["error", "warning"] = "error"

    @property
    def number(self) -> float:
        """The limit as a number; only for limits that are one."""
        assert isinstance(self.value, int | float)
        return self.value

    @property
    def names(self) -> tuple[str, ...]:
        """The allowed names; only for limits that are a list."""
        assert isinstance(self.value, tuple)
        return self.value


class Version(Frozen):
    """A version of a network's interface and the day it stops answering."""

    name: str
    value: str
    sunset: date
    source: str
    date: date


class Renditions(Frozen):
    """What to make for a network: the format's name, pixels as (width, height), and bytes at most."""

    image: Literal["portrait", "square", "landscape"]
    image_size: tuple[int, int]
    image_mime: str
    max_bytes: int
    video: Literal["portrait", "square", "landscape"]
    video_size: tuple[int, int]
    carousel: Literal["pictures", "document"] = "pictures"  # what its readers turn over: pictures, or a PDF's pages


class Limits(Frozen):
    """All that is known about what one network takes."""

    platform: str
    label: str
    kinds: tuple[str, ...]
    features: frozenset[str]
    lacks: dict[str, frozenset[str]] = {}  # features that a kind of post does not have
    links: Literal["text", "profile", "none"] = "text"  # where a reader can follow one: the text, or only the profile
    counting: frozenset[str] = frozenset()  # how texts are counted: short_mentions, warning (counts with the text)
    renditions: Renditions
    versions: tuple[Version, ...] = ()
    limits: dict[str, Limit]

    def get(self, name: str, kind: str = "") -> Limit | None:
        """The limit of that name, the kind's own before the general one; None where the network sets none."""
        return self.limits.get(f"{kind}_{name}") or self.limits.get(name)

    def with_instead(self, **others: str) -> Limits:
        """The same with some limits in the place of others: `image_bytes="large_image_bytes"`."""
        return self.model_copy(
            update={"limits": {**self.limits, **{name: self.limits[other] for name, other in others.items()}}}
        )

    def has(self, feature: str, kind: str) -> bool:
        """Whether a kind of post can carry something."""
        return feature in self.features and feature not in self.lacks.get(kind, ())

    def version(self, name: str) -> str:
        """The version to ask for, e.g. `version("graph")` is "v25.0"; KeyError where the network has none such."""
        return {version.name: version.value for version in self.versions}[name]

    def ending(self, today: date, within_days: int = 90) -> tuple[Version, ...]:
        """The interface versions that stop answering within so many days of `today`."""
        return tuple(version for version in self.versions if (version.sunset - today).days <= within_days)


@lru_cache
def limits(network: str) -> Limits:
    """What `network` takes; KeyError for a network without a toml."""
    if network not in networks():
        raise KeyError(network)
    return Limits.model_validate(tomllib.loads((FOLDER / f"{network}.toml").read_text(encoding="utf-8")))


@lru_cache
def networks() -> tuple[str, ...]:
    """Every network whose limits are known, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
