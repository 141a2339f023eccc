"""How a person lets us into their accounts in a browser: OAuth's code flow, as each network has it.

A network's own way stands in a module beside its adapters, as a subclass of `Consent`, and the adapters name it. What
is kept of it, whose it is and how long it waits is the pipeline's. Nothing secret goes into an address: codes and
tokens travel in the bodies and headers of requests of ours, which are bounded, not redirected and not repeated.
"""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers._atproto import plain
from publishers._base import Frozen, PublisherError
from publishers._http import request
from publishers._sentences import Sentence, _

DENIED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
SCOPE = frozenset({"unauthorized_scope_error", "invalid_scope"})


class ConsentError(PublisherError):
    """The network did not let us in; nothing was changed. `code` is the network's own word, where it gave one."""

    def __init__(self, sentence: Sentence, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class App(BaseModel):
    """What the network knows us by: an app that somebody registered there. Subclasses say its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def scopes_of(told: object) -> tuple[str, ...]:
    """The permissions named in a text, parted by spaces or commas as networks do; none where nothing was told."""
    return tuple(str(told or "").replace(",", " ").split())


class Tokens(BaseModel):
    """What a consent gave, or a renewal; times are UTC, None where there is no end or it was not told."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    access_token: SecretStr
    ends_at: datetime | None = None
    refresh_token: SecretStr = SecretStr("")
    refresh_ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()


class Offer(Frozen):
    """One account that a consent opens, and the settings with which it is a channel."""

    platform: str
    label: str = Field(description="how the account is called there")
    identity: dict[str, str] = Field(description="the settings by which a channel is known to be this account")
    settings: dict[str, str] = Field(repr=False, description="identity, tokens, addresses: what a consent renews")
    defaults: dict[str, str] = Field(default_factory=dict, description="what a new channel begins with besides")
    ends_at: datetime | None = Field(default=None, description="when its token ends, where that is known already")
    missing: Sentence | None = Field(default=None, description="why it cannot be a channel as it is")


@dataclass(frozen=True)
class Lasts:
    """Until when credentials are good, as the network says; None is without end."""

    until: datetime | None


class Consent(ABC):
    """One network's way; an instance is one app of ours there."""

    name: ClassVar[str]  # in addresses and settings: meta
    label: ClassVar[str]  # for people
    App: ClassVar[type[App]]
    pkce: ClassVar[bool]  # whether the network takes a code challenge (RFC 7636)

    def __init__(self, app: Any) -> None:
        self.app: Any = app

    @abstractmethod
    def address(self, redirect: str, state: str, challenge: str) -> str:
        """Where the person is sent; `challenge` is empty where the network takes none."""

    @abstractmethod
    def exchange(self, redirect: str, code: str, verifier: str) -> Tokens:
        """The longest-lived tokens that a code gives. Raises PublisherError's children; a code works once."""

    @abstractmethod
    def offers(self, tokens: Tokens, studio: str) -> list[Offer]:
        """The accounts that the tokens open, also those that cannot be channels yet. Read-only.

        `studio` is the public address of our pages, empty where there is none.
        """

    @abstractmethod
    def renew(self, tokens: Tokens) -> Tokens | None:
        """Tokens that last longer, or None where only a person can give new ones; the old ones stay good."""

    @classmethod
    @abstractmethod
    def lasts(cls, credentials: Any) -> Lasts | None:
        """Until when a channel's credentials are good; None where the network does not say.

        Raises Unauthorized where they are good no more. Read-only.
        """

    def refusal(self, given: Mapping[str, str]) -> Sentence:
        """What it means that the network sent the person back with an error."""
        code = plain(given.get("error", ""))
        if code in DENIED:
            return _("Access to {network} was not granted: nothing was changed.", network=self.label)
        if code in SCOPE:
            return _(
                "{network} does not let the app ask for these permissions ({code}): add them to the app there, or "
                "ask for fewer in the app’s settings here.", network=self.label, code=code,
            )  # fmt: skip
        return _("{network} sent an error back ({code}): nothing was changed; begin again.",
                 network=self.label, code=code)  # fmt: skip


def consents() -> dict[str, type[Consent]]:
    """Every network's way by its name, as the adapters name them."""
    from publishers import registry

    found = {kind.consent.name: kind.consent for kind in registry().values() if kind.consent}
    return dict(sorted(found.items()))


def platforms(consent: type[Consent]) -> list[str]:
    """The platforms whose accounts this consent opens."""
    from publishers import registry

    return [name for name, kind in registry().items() if kind.consent is consent]


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def not_granted(scopes: list[str]) -> Sentence:
    """That permissions are missing, by their names."""
    return _("These permissions were not granted: {scopes}. Begin again and leave them ticked.", scopes=scopes)


# ------------------------------------------------------------------------------------------------- the token address


def ask_tokens(network: str, url: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What a token address answers, with a token in it. Raises ConsentError, TryLater where nobody answered."""
    answer = request("POST", url, headers={"Accept": "application/json"}, form=form)
    try:
        told = answer.json()
    except ValueError:
        told = None
    if answer.status_code == 200 and isinstance(told, dict) and is_token(told.get("access_token")):
        return told
    if isinstance(told, dict) and 400 <= answer.status_code < 500 and told.get("error"):
        code = _code(told["error"], tuple(form.values()))
        sentence = _("{network} refused ({code}): nothing was changed; begin again.", network=network, code=code)
        raise ConsentError(sentence, code)
    raise ConsentError(
        _("{network} did not answer as it should: nothing was changed; begin again in a while.", network=network)
    )


def is_token(value: Any) -> bool:
    """Whether a value can stand in a header as a token."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value.strip())


def _code(error: Any, hide: tuple[str, ...]) -> str:
    """The network's own word for an error: Graph's numbers, else OAuth's word (RFC 6749, 5.2)."""
    if isinstance(error, dict):
        numbers = [error.get("code"), error.get("error_subcode")]
        return "/".join(str(one) for one in numbers if isinstance(one, int))
    return plain(str(error), tuple(one for one in hide if len(one) > 8))


def end_of(told: Mapping[str, Any], name: str = "expires_in") -> datetime | None:
    """When what lasts so many seconds from now ends; None where that was not told."""
    seconds = told.get(name)
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**10
    return datetime.now(UTC) + timedelta(seconds=seconds) if known and seconds is not None else None


def moment(told: Any) -> datetime | None:
    """A time from Unix seconds; 0 stands for never."""
    known = isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**11
    return datetime.fromtimestamp(told, UTC) if known else None
