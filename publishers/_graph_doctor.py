"""What `channel check` asks Meta about a token and its rights, and what a missing account means. Read-only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from publishers._base import Check, PublisherError, Rejected
from publishers._consent import moment
from publishers._graph import Account, ForbiddenError, GoneError, ask
from publishers._limits import limits
from publishers._sentences import _

SOON = 14  # days before a token's end


def no_account(account: Account, gone: GoneError) -> ForbiddenError:
    """What it means that the account itself is not there: nothing is wrong with the post."""
    return ForbiddenError(
        _("{why} It is the account itself: check its number, its link to the page and the person's role there, then "
          "connect it again.", why=gone.sentence)
    )  # fmt: skip


def token_facts(account: Account) -> dict[str, Any]:
    """What Meta says of the token: is_valid, scopes, expires_at, data_access_expires_at; empty where it does not say.

    Asked in a body, as Meta's own JavaScript client asks what must not stand in a URL; a server that knows debug_token
    only as documented is asked that way.
    """
    token = account.token.get_secret_value()
    try:
        found = ask(account, "POST", "debug_token", stage="look", method="get", input_token=token)
    except Rejected:
        found = ask(account, "GET", "debug_token", stage="look", input_token=token)
    facts = found.get("data")
    return facts if isinstance(facts, dict) else {}


def token_checks(account: Account, needed: tuple[str, ...]) -> list[Check]:
    """Whether the token lasts and has every right that is needed."""
    try:
        facts = token_facts(account)
    except PublisherError as error:
        return [Check(name="token", ok=False, sentence=error.sentence)]
    granted = facts.get("scopes")
    missing = [scope for scope in needed if scope not in granted] if isinstance(granted, list) else list(needed)
    right = _("The channel has every permission that it needs.")
    wrong = _("These permissions are missing: {scopes}. Connect the account again and grant them.", scopes=missing)
    return [*_ends(facts), Check(name="scopes", ok=not missing, sentence=wrong if missing else right)]


def _ends(facts: dict[str, Any]) -> list[Check]:
    first = ends_at(facts)
    if facts.get("is_valid") is False:
        sentence = _("Meta no longer takes the token: connect the account again.")
        return [Check(name="token", ok=False, sentence=sentence)]
    if first is None:
        return [Check(name="token", ok=True, sentence=_("The token has no end."))]
    day = first.date()
    soon = (day - datetime.now(UTC).date()).days <= SOON
    lasts = _("The token lasts until {day}.", day=day.isoformat())
    renew = _("The token ends on {day}: connect the account again before.", day=day.isoformat())
    return [Check(name="token", ok=not soon, sentence=renew if soon else lasts)]


def ends_at(facts: dict[str, Any]) -> datetime | None:
    """When the token ends, or Meta's leave to read data with it, whichever is first; None for never."""
    ends = [moment(facts.get(name)) for name in ("expires_at", "data_access_expires_at")]
    return min((end for end in ends if end), default=None)


def version_check(network: str) -> Check:
    """Whether the interface's version will answer for a while yet."""
    ending = limits(network).ending(datetime.now(UTC).date())
    if ending:
        sentence = _("{version} of Meta's interface ends on {day}: bring Porte-voix up to date before.",
                     version=ending[0].value, day=ending[0].sunset.isoformat())  # fmt: skip
    else:
        sentence = _("The version of Meta's interface, {version}, is good for some time.",
                     version=limits(network).version("graph"))  # fmt: skip
    return Check(name="version", ok=not ending, sentence=sentence)
