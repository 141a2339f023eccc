"""What `channel check` asks LinkedIn about a token, its rights and the author's role. Read-only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from publishers._base import Check, PublisherError
from publishers._consent import scopes_of
from publishers._http import request
from publishers._limits import limits
from publishers._linkedin import Account, ForbiddenError, finder, get, lost
from publishers._sentences import _

SOON = timedelta(days=15)  # a token lasts sixty days: warned from day 45 on
PERSON = ("w_member_social",)
PAGE = ("w_organization_social", "r_organization_social")
ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})


def checks(account: Account, oauth_url: str, client_id: str, client_secret: SecretStr) -> list[Check]:
    """Whether LinkedIn lets the channel in, for whom, with which rights, until when, and the interface's version."""
    login = _role(account) if account.is_organisation else _person(account)
    return [*login, *_token(account, oauth_url, client_id, client_secret), _version()]


def _person(account: Account) -> list[Check]:
    try:
        seen = get(account, "/userinfo", versioned=False)
    except ForbiddenError:
        sentence = _("LinkedIn takes the token and does not say whose it is: grant it openid and profile to know.")
        return [Check(name="login", ok=True, sentence=sentence)]
    except PublisherError as error:
        return [Check(name="login", ok=False, sentence=error.sentence)]
    if account.author.rsplit(":", 1)[1] != str(seen.get("sub")):
        sentence = _("The token belongs to another person than the channel names: connect the account again.")
        return [Check(name="login", ok=False, sentence=sentence)]
    return [Check(name="login", ok=True, sentence=_("Logged in as {handle}.", handle=str(seen.get("name", ""))))]


def _role(account: Account) -> list[Check]:
    """Whether LinkedIn lets us in, and the person's role on the page."""
    held = _("The token may publish in the name of the page.")
    let_in = Check(name="login", ok=True, sentence=_("LinkedIn takes the channel's token."))
    try:
        roles = finder(account, "/organizationAcls", "roleAssignee", state="APPROVED")
    except ForbiddenError as error:
        return [let_in, Check(name="role", ok=False, sentence=error.sentence)]
    except PublisherError as error:
        return [Check(name="login", ok=False, sentence=error.sentence)]
    ok = any(page_of(role) == account.author and role.get("role") in ROLES for role in roles)
    missing = _("The person who connected the channel has no role on its page that lets them publish: "
                "a page's administrator gives it.")  # fmt: skip
    return [let_in, Check(name="role", ok=ok, sentence=held if ok else missing)]


def page_of(role: dict[str, Any]) -> Any:
    """The URN of the page that a role is on."""
    return role.get("organization") or role.get("organizationTarget")


def _token(account: Account, oauth_url: str, client_id: str, client_secret: SecretStr) -> list[Check]:
    """Whether the token lasts and has its rights; LinkedIn tells only an app that names itself."""
    if not client_id or not client_secret.get_secret_value():
        sentence = _("LinkedIn tells a token's rights and end only to its app: enter client_id and client_secret.")
        return [Check(name="token", ok=True, sentence=sentence)]
    try:
        facts = token_facts(oauth_url, client_id, client_secret, account.token)
    except PublisherError as error:
        return [Check(name="token", ok=False, sentence=error.sentence)]
    if facts.get("active") is not True:
        sentence = _("LinkedIn no longer takes the token: connect the account again.")
        return [Check(name="token", ok=False, sentence=sentence)]
    granted = scopes_of(facts.get("scope"))
    missing = [scope for scope in (PAGE if account.is_organisation else PERSON) if scope not in granted]
    right = _("The channel has every permission that it needs.")
    wrong = _("These permissions are missing: {scopes}. Connect the account again and grant them.", scopes=missing)
    return [*_ends(facts), Check(name="scopes", ok=not missing, sentence=wrong if missing else right)]


def token_facts(oauth_url: str, client_id: str, client_secret: SecretStr, token: SecretStr) -> dict[str, Any]:
    """What LinkedIn says of a token to its app: active, status, scope, expires_at. Raises TryLater."""
    secrets = {"client_secret": client_secret.get_secret_value(), "token": token.get_secret_value()}
    form = {"client_id": client_id, **secrets}
    answer = request("POST", f"{oauth_url}/oauth/v2/introspectToken", form=form)
    try:
        facts = answer.json()
    except ValueError:
        facts = None
    if answer.status_code != 200 or not isinstance(facts, dict):
        raise lost("look")
    return facts


def _ends(facts: dict[str, Any]) -> list[Check]:
    told = facts.get("expires_at")
    if not isinstance(told, int) or told <= 0:
        return []
    day = datetime.fromtimestamp(told, UTC)
    soon = day - datetime.now(UTC) <= SOON
    lasts = _("The token lasts until {day}.", day=day.date().isoformat())
    renew = _("The token ends on {day}: connect the account again before.", day=day.date().isoformat())
    return [Check(name="token", ok=not soon, sentence=renew if soon else lasts)]


def _version() -> Check:
    """Whether the interface's version will answer for a while yet."""
    ending = limits("linkedin").ending(datetime.now(UTC).date())
    if ending:
        sentence = _("{version} of LinkedIn's interface may end from {day} on: bring Porte-voix up to date before.",
                     version=ending[0].value, day=ending[0].sunset.isoformat())  # fmt: skip
    else:
        sentence = _("The version of LinkedIn's interface, {version}, is good for some time.",
                     version=limits("linkedin").version("linkedin"))  # fmt: skip
    return Check(name="version", ok=not ending, sentence=sentence)
