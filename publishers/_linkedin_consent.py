"""How a person lets us into LinkedIn: as themselves, and into the pages on which they have a role.

Sources (read 2026-11-22): Authorization Code Flow (3-legged OAuth); Refresh Tokens with OAuth 2.0; Organization Access
Control. Tokens last sixty days; only approved partners get one that renews them. A code challenge is for native apps
and not offered to others.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from publishers._base import PublisherError, Unauthorized
from publishers._consent import (
    App,
    Consent,
    ConsentError,
    Lasts,
    Offer,
    Tokens,
    ask_tokens,
    end_of,
    moment,
    not_granted,
    scopes_of,
)
from publishers._http import HostUrl
from publishers._linkedin import Account, ForbiddenError, finder, get
from publishers._linkedin_doctor import PAGE, PERSON, ROLES, page_of, token_facts
from publishers._sentences import Sentence, _

SCOPES = "openid profile w_member_social w_organization_social r_organization_social rw_organization_admin"
DEAD = frozenset({"revoked", "expired"})


class LinkedInApp(App):
    """An app registered with LinkedIn for Developers."""

    client_id: str = Field(min_length=1, max_length=100, description="the app’s client id")
    client_secret: SecretStr = Field(min_length=1, description="the app’s client secret")
    scopes: str = Field(
        default=SCOPES, pattern=r"^[a-z0-9_]+([ ,]+[a-z0-9_]+)*$",
        description="the permissions that are asked for; without the Community Management API leave only openid, "
        "profile and w_member_social",
    )  # fmt: skip
    api_url: HostUrl = Field(default="https://api.linkedin.com", description="LinkedIn's interface")
    oauth_url: HostUrl = Field(default="https://www.linkedin.com", description="where the person is asked")


class LinkedInConsent(Consent):
    """LinkedIn's login for apps."""

    name: ClassVar[str] = "linkedin"
    label: ClassVar[str] = "LinkedIn"
    App: ClassVar[type[App]] = LinkedInApp
    pkce: ClassVar[bool] = False

    def address(self, redirect: str, state: str, challenge: str) -> str:
        """The login page."""
        app: LinkedInApp = self.app
        query = {
            "response_type": "code", "client_id": app.client_id, "redirect_uri": redirect, "state": state,
            "scope": " ".join(scopes_of(app.scopes)),
        }  # fmt: skip
        return f"{app.oauth_url}/oauth/v2/authorization?{urlencode(query)}"

    def exchange(self, redirect: str, code: str, verifier: str) -> Tokens:
        """The token of sixty days, and one that renews it where the app may have one."""
        try:
            asked = scopes_of(self.app.scopes)
            return self._tokens(asked, grant_type="authorization_code", code=code, redirect_uri=redirect)
        except ConsentError as error:
            refused = _explained(error, redirect)
        raise refused

    def offers(self, tokens: Tokens, studio: str) -> list[Offer]:
        """The person, then each page on which they have a role."""
        account = Account("urn:li:person:me", self.app.api_url, tokens.access_token)
        found = [*self._person(account, tokens), *self._organisations(account, tokens)]
        if not found:
            raise ConsentError(
                _("LinkedIn neither says who you are nor names a page of yours: the app needs “Sign In with LinkedIn "
                  "using OpenID Connect”, or the Community Management API.")
            )  # fmt: skip
        return found

    def renew(self, tokens: Tokens) -> Tokens | None:
        """A token of another sixty days, where a token that renews was granted; that one's own end stays."""
        if not tokens.refresh_token.get_secret_value():
            return None
        renewing = tokens.refresh_token.get_secret_value()
        fresh = self._tokens(tokens.scopes, grant_type="refresh_token", refresh_token=renewing)
        if fresh.refresh_token.get_secret_value():
            return fresh
        kept = {"refresh_token": tokens.refresh_token, "refresh_ends_at": tokens.refresh_ends_at}
        return fresh.model_copy(update=kept)

    @classmethod
    def lasts(cls, credentials: Any) -> Lasts | None:
        """Until when the token works; LinkedIn tells only an app that names itself."""
        if not credentials.client_id or not credentials.client_secret.get_secret_value():
            return None
        known = (credentials.oauth_url, credentials.client_id, credentials.client_secret)
        facts = token_facts(*known, credentials.access_token)
        if facts.get("status") in DEAD:
            raise Unauthorized(_("LinkedIn no longer takes the token: connect the account again."))
        return Lasts(moment(facts.get("expires_at"))) if facts.get("active") is True else None

    # ------------------------------------------------------------------------------------------------------ the steps

    def _tokens(self, scopes: tuple[str, ...], **form: str) -> Tokens:
        """What the token address gives; `scopes` are meant where the answer names none (RFC 6749, 5.1)."""
        app: LinkedInApp = self.app
        known = {"client_id": app.client_id, "client_secret": app.client_secret.get_secret_value()}
        told = ask_tokens(self.label, f"{app.oauth_url}/oauth/v2/accessToken", {**form, **known})
        return Tokens(
            access_token=told["access_token"], ends_at=end_of(told), refresh_token=str(told.get("refresh_token") or ""),
            refresh_ends_at=end_of(told, "refresh_token_expires_in"),
            scopes=scopes_of(told.get("scope")) or scopes,
        )  # fmt: skip

    def _person(self, account: Account, tokens: Tokens) -> list[Offer]:
        try:
            seen = get(account, "/userinfo", versioned=False)
        except ForbiddenError:
            return []
        name = str(seen.get("name") or seen.get("sub"))
        return [self._offer(f"urn:li:person:{seen['sub']}", name, tokens, PERSON)] if seen.get("sub") else []

    def _organisations(self, account: Account, tokens: Tokens) -> list[Offer]:
        try:
            roles = finder(account, "/organizationAcls", "roleAssignee", state="APPROVED")
        except ForbiddenError:
            return []
        held: dict[str, set[str]] = {}
        for one in roles:
            held.setdefault(str(page_of(one)), set()).add(str(one.get("role")))
        return [
            self._offer(urn, _name(account, urn), tokens, PAGE, may=bool(ROLES & names))
            for urn, names in held.items()
            if urn.startswith("urn:li:organization:")
        ]

    def _offer(self, urn: str, label: str, tokens: Tokens, needed: tuple[str, ...], *, may: bool = True) -> Offer:
        app: LinkedInApp = self.app
        settings = {
            "author": urn, "access_token": tokens.access_token.get_secret_value(), "client_id": app.client_id,
            "client_secret": app.client_secret.get_secret_value(), "api_url": app.api_url, "oauth_url": app.oauth_url,
        }  # fmt: skip
        missing = [scope for scope in needed if scope not in tokens.scopes]
        why: Sentence | None = not_granted(missing) if missing else None
        if not missing and not may:
            why = _("Your role on this page does not let you publish: an administrator of the page gives you one.")
        return Offer(
            platform="linkedin", label=label, identity={"author": urn}, settings=settings, ends_at=tokens.ends_at,
            missing=why,
        )  # fmt: skip


def _name(account: Account, urn: str) -> str:
    """A page's name; its URN where LinkedIn does not say it."""
    try:
        return str(get(account, "/organizations/{id}", id=urn.rsplit(":", 1)[1]).get("localizedName") or urn)
    except PublisherError:
        return urn


def _explained(error: ConsentError, redirect: str) -> PublisherError:
    """What LinkedIn's answer to a code means; it has one for a used code, an old one and a wrong address."""
    if error.code == "invalid_client":
        return ConsentError(_("{network} does not know the app: check its number and its secret.", network="LinkedIn"))
    if error.code in ("invalid_request", "invalid_grant", "invalid_redirect_uri"):
        return ConsentError(
            _("LinkedIn does not take this consent: it was used already, it is too old, or {address} is not "
              "registered exactly so with the app. Begin again.", address=redirect)
        )  # fmt: skip
    return error
