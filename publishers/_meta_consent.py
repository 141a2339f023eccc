"""How a person lets us into Facebook pages and the Instagram accounts linked to them: one consent for both.

Sources (read 2026-11-22): Manually Build a Login Flow; Long-Lived Access Tokens; Page access tokens; User Accounts.
A code gives a token of an hour; that one, a token of sixty days; that one, the pages' own tokens, which have no end.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from publishers._base import PublisherError
from publishers._consent import (
    App,
    Consent,
    ConsentError,
    Lasts,
    Offer,
    Tokens,
    ask_tokens,
    end_of,
    is_token,
    not_granted,
    scopes_of,
)
from publishers._graph import Account, ForbiddenError, ask
from publishers._graph_doctor import ends_at, token_facts
from publishers._http import HostUrl
from publishers._limits import limits
from publishers._sentences import Sentence, _

FACEBOOK_SCOPES = (
    "pages_manage_posts", "pages_read_engagement", "pages_show_list", "pages_manage_engagement", "read_insights",
)  # fmt: skip
INSTAGRAM_SCOPES = (
    "instagram_basic", "instagram_content_publish", "instagram_manage_comments", "instagram_manage_insights",
    "pages_show_list", "pages_read_engagement",
)  # fmt: skip
ALL_SCOPES = tuple(dict.fromkeys((*FACEBOOK_SCOPES, *INSTAGRAM_SCOPES)))
PAGE_FIELDS = "id,name,access_token,tasks,instagram_business_account{id,username}"
A_PAGE, PAGES = 100, 20  # of the list of pages: at a time, times
USED = frozenset({"100/36007", "100/36009"})  # too old, or used
REDIRECT = "100/36008"
UNKNOWN_APP = frozenset({"101", "1"})


class MetaApp(App):
    """An app registered with Meta for Developers."""

    app_id: str = Field(pattern=r"^[0-9]{1,30}$", description="the app’s number")
    app_secret: SecretStr = Field(min_length=1, description="the app’s secret")
    scopes: str = Field(
        default=" ".join(ALL_SCOPES), pattern=r"^[a-z0-9_]+([ ,]+[a-z0-9_]+)*$",
        description="the permissions that are asked for; business_management besides, where the role on a page comes "
        "from a business portfolio",
    )  # fmt: skip
    graph_url: HostUrl = Field(default="https://graph.facebook.com", description="Meta's Graph API")
    rupload_url: HostUrl = Field(default="https://rupload.facebook.com", description="where videos are uploaded")
    oauth_url: HostUrl = Field(default="https://www.facebook.com", description="where the person is asked")


class MetaConsent(Consent):
    """Meta's login for apps."""

    name: ClassVar[str] = "meta"
    label: ClassVar[str] = "Facebook"
    App: ClassVar[type[App]] = MetaApp
    pkce: ClassVar[bool] = True

    def address(self, redirect: str, state: str, challenge: str) -> str:
        """The login dialog; it asks again for what was declined before."""
        app: MetaApp = self.app
        query = {
            "client_id": app.app_id, "redirect_uri": redirect, "state": state, "response_type": "code",
            "scope": ",".join(scopes_of(app.scopes)), "auth_type": "rerequest",
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{app.oauth_url}/{_version()}/dialog/oauth?{urlencode(query)}"

    def exchange(self, redirect: str, code: str, verifier: str) -> Tokens:
        """The person's token of sixty days, and what they granted."""
        try:
            short = self._ask(redirect_uri=redirect, code=code, code_verifier=verifier)
        except ConsentError as error:
            refused = _explained(error, redirect)
        else:
            return self._long(SecretStr(short["access_token"]))
        raise refused

    def offers(self, tokens: Tokens, studio: str) -> list[Offer]:
        """Each page of the person's, and beside it the Instagram account linked to it."""
        pages = self._pages(tokens)
        if not pages:
            raise ConsentError(
                _("Facebook names no page that you granted: choose at least one in its window. Where your role comes "
                  "from a business portfolio, the app must ask for business_management too.")
            )  # fmt: skip
        found = []
        for page in pages:
            found.append(self._facebook(page, tokens))
            if (page.get("instagram_business_account") or {}).get("id"):
                found.append(self._instagram(page, tokens, studio))
        return found

    def renew(self, tokens: Tokens) -> Tokens | None:
        """A token of another sixty days for one that still works; the pages' tokens come from it anew."""
        return self._long(tokens.access_token)

    @classmethod
    def lasts(cls, credentials: Any) -> Lasts | None:
        """Until when a page's token works, or Meta's leave to read data, whichever ends first."""
        account = Account(cls.label, credentials.graph_url, _version(), credentials.access_token)
        try:
            facts = token_facts(account)
        except ForbiddenError:
            return None
        return Lasts(ends_at(facts)) if facts.get("is_valid") is True else None

    # ------------------------------------------------------------------------------------------------------ the steps

    def _ask(self, **form: str) -> dict[str, Any]:
        """The answer of the token address. Documented as GET; POST is taken too and keeps secrets out of the URL."""
        app: MetaApp = self.app
        known = {"client_id": app.app_id, "client_secret": app.app_secret.get_secret_value()}
        return ask_tokens(self.label, f"{app.graph_url}/{_version()}/oauth/access_token", {**known, **form})

    def _long(self, token: SecretStr) -> Tokens:
        """The long-lived token of one that works, with what its person granted."""
        told = self._ask(grant_type="fb_exchange_token", fb_exchange_token=token.get_secret_value())
        long = SecretStr(told["access_token"])
        rows = ask(self._account(long), "GET", "me/permissions", stage="look").get("data") or ()
        granted = [str(row.get("permission")) for row in rows if row.get("status") == "granted"]
        return Tokens(access_token=long, ends_at=end_of(told), scopes=tuple(granted))

    def _pages(self, tokens: Tokens) -> list[dict[str, Any]]:
        """Every page that the token opens."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        for _turn in range(PAGES):
            answer = ask(
                self._account(tokens.access_token), "GET", "me/accounts", stage="look", fields=PAGE_FIELDS,
                limit=A_PAGE, after=after,
            )  # fmt: skip
            found += [one for one in answer.get("data") or () if one.get("id")]
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not paging.get("next") or not after:
                break
        return found

    def _account(self, token: SecretStr) -> Account:
        return Account(self.label, self.app.graph_url, _version(), token)

    def _facebook(self, page: dict[str, Any], tokens: Tokens) -> Offer:
        settings = {"page_id": str(page["id"]), **self._usual(page)}
        return Offer(
            platform="facebook", label=str(page.get("name") or page["id"]), identity={"page_id": settings["page_id"]},
            settings=settings, missing=_missing(page, tokens, FACEBOOK_SCOPES),
        )  # fmt: skip

    def _instagram(self, page: dict[str, Any], tokens: Tokens, studio: str) -> Offer:
        account = page["instagram_business_account"]
        settings = {"ig_user_id": str(account["id"]), "page_id": str(page["id"]), **self._usual(page)}
        name = account.get("username")
        return Offer(
            platform="instagram", label=f"@{name}" if name else str(account["id"]),
            identity={"ig_user_id": settings["ig_user_id"]}, settings=settings,
            defaults={"media_url": studio} if studio else {}, missing=_missing(page, tokens, INSTAGRAM_SCOPES),
        )  # fmt: skip

    def _usual(self, page: dict[str, Any]) -> dict[str, str]:
        app: MetaApp = self.app
        token = str(page["access_token"]) if is_token(page.get("access_token")) else ""
        return {"access_token": token, "graph_url": app.graph_url, "rupload_url": app.rupload_url}


def _missing(page: dict[str, Any], tokens: Tokens, needed: tuple[str, ...]) -> Sentence | None:
    """What a page still lacks to be published on."""
    missing = [scope for scope in needed if scope not in tokens.scopes]
    tasks = page.get("tasks")
    if missing:
        return not_granted(missing)
    if not is_token(page.get("access_token")) or (isinstance(tasks, list) and "CREATE_CONTENT" not in tasks):
        return _("Your role on this page does not let you publish: an administrator of the page gives you one.")
    return None


def _explained(error: ConsentError, redirect: str) -> PublisherError:
    """What Meta's answer to a code means."""
    if error.code == REDIRECT:
        return ConsentError(
            _("Facebook does not take the return address: register exactly {address} with the app, then begin again.",
              address=redirect)
        )  # fmt: skip
    if error.code in USED:
        return ConsentError(
            _("{network} does not take this consent: it was used already, or it is too old. Begin again.",
              network="Facebook")
        )  # fmt: skip
    if error.code in UNKNOWN_APP:
        return ConsentError(_("{network} does not know the app: check its number and its secret.", network="Facebook"))
    return error


def _version() -> str:
    return limits("facebook").version("graph")
