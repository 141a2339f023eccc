"""LinkedIn: a page or a person, through the versioned REST interface. Facts: linkedin.toml.

There is no key that would make a repetition harmless. What helps is that LinkedIn refuses the same body twice and names
the post that it has: so the body is frozen before it is sent, and that answer is taken for ours unless the author's
list, stored before, had the post already. A page's posts can be listed; a person's cannot.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from publishers._base import (
    Absent,
    Check,
    MetricValue,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Problem,
    Publisher,
    Receipt,
    Reconciliation,
    Rejected,
    Submission,
    TryLater,
    Unclear,
)
from publishers._http import HostUrl
from publishers._linkedin import Account, DuplicateError, ForbiddenError, GoneError, create, delete, finder, get
from publishers._linkedin_consent import LinkedInConsent
from publishers._linkedin_doctor import checks
from publishers._linkedin_posts import items, post_body
from publishers._linkedin_reads import SITE, first_comment, listed, ours, receipt, since, statistics
from publishers._linkedin_uploads import AddressError, anew, step
from publishers._looking import now_text, older
from publishers._rules import problems
from publishers._sentences import _

AUTHOR = r"^urn:li:(organization|person):[A-Za-z0-9_-]{1,60}$"
MENTION = re.compile(r"urn:li:(?:organization|person):[A-Za-z0-9_-]+")
POLL, SHOWS = timedelta(seconds=30), timedelta(minutes=15)
AGAIN = 3  # times that an upload begins anew before the engine's own patience takes over


class Credentials(BaseModel):
    """Who speaks, and the token that lets them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    author: str = Field(
        pattern=AUTHOR, examples=["urn:li:organization:123456"],
        description="who speaks: a page (urn:li:organization:…) or a person (urn:li:person:…)",
    )  # fmt: skip
    access_token: SecretStr = Field(description="the token; it lasts sixty days")
    client_id: str = Field(default="", description="the app's id, so that LinkedIn tells the token's rights and end")
    client_secret: SecretStr = Field(default=SecretStr(""), description="the app's secret, for the same")
    api_url: HostUrl = Field(default="https://api.linkedin.com", description="LinkedIn's interface")
    oauth_url: HostUrl = Field(default="https://www.linkedin.com", description="where tokens are asked about")


class LinkedIn(Publisher):
    """One page or person."""

    platform: ClassVar[str] = "linkedin"
    label: ClassVar[str] = "LinkedIn"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LIST
    Credentials: ClassVar[type[BaseModel]] = Credentials
    consent = LinkedInConsent

    def validate(self, submission: Submission) -> list[Problem]:
        """What LinkedIn would refuse, by linkedin.toml and by who speaks."""
        found = problems(submission, self.files, "linkedin")
        if self._account.is_organisation and submission.options.visibility != "public":
            sentence = _("A LinkedIn page has no connections: a page's post is public.")
            found.append(Problem(code="visibility", field="options.visibility", sentence=sentence))
        for facet in submission.parts[0].facets:
            if facet.kind == "mention" and not MENTION.fullmatch(facet.value):
                sentence = _("LinkedIn does not know the mentioned account: choose it again.")
                found.append(Problem(code="mention", field="facets", sentence=sentence))
        return found

    # ------------------------------------------------------------------------------------------------ publishing

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step: note what the author has posted so far, or one call for the next file; then the frozen body."""
        if "begun_at" not in saved:
            return More(saved={"begun_at": now_text()})
        if saved.get("ready"):
            return Prepared(saved=saved)  # the same body always: only that LinkedIn knows for a duplicate
        account = self._account
        if "known" not in saved:
            return More(saved={**saved, "known": _known(account)})
        urns: dict[str, str] = saved.get("urns", {})
        for item in items(submission):
            if item.place not in urns:
                try:
                    return step(account, self.files, item, saved)
                except AddressError:
                    if saved.get("again", 0) >= AGAIN:
                        raise
                    return More(saved=anew(saved))
        body = post_body(submission, account.author, urns)
        return Prepared(saved={**saved, "body": body, "comment": submission.first_comment, "ready": True})

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Publishes the frozen body. What follows, a duplicate's proof and the first comment, is `check`'s."""
        saved = prepared.saved
        try:
            answer = create(self._account, "/posts", saved["body"], stage="commit")
        except DuplicateError as duplicate:
            if duplicate.urn is None or duplicate.urn in (saved["known"] or ()):
                raise
            adopted = {"urn": duplicate.urn, "adopted": True, "sent_at": now_text()}
            return Pending(saved={**saved, **adopted})
        if not answer.made:
            raise OutcomeUnknown(_("LinkedIn took the post and did not name it: it is looked for first."))
        if not saved["comment"]:
            return receipt(answer.made, saved)
        return Pending(saved={**saved, "urn": answer.made, "sent_at": now_text()})

    def check(self, pending: Pending) -> Pending | Receipt:
        """The receipt, once an adopted post is proved to be ours and the first comment is there."""
        saved = pending.saved
        urn: str = saved["urn"]
        if saved.get("adopted") and not saved.get("proved"):
            return self._proved(saved)
        if saved["comment"] and "commented" not in saved:
            return Pending(saved={**saved, "commented": first_comment(self._account, urn, saved)})
        return receipt(urn, saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Pending | Absent | Unclear:
        """Whether the post stands in a page's list. A person's posts cannot be listed: only a person can look."""
        if not saved.get("ready"):
            return Absent()
        nobody = "LinkedIn lets nobody list this author's posts"
        if not self._account.is_organisation:
            return Unclear(reason=nobody, final=True)
        try:
            found = ours(listed(self._account), saved)
        except ForbiddenError:
            return Unclear(reason=nobody, final=True)
        if len(found) > 1:
            return Unclear(reason="several posts of the page have these words", final=True)
        if not found:
            return Absent()
        urn = str(found[0]["id"])
        if saved["comment"] and "commented" not in saved:
            return Pending(saved={**saved, "urn": urn, "sent_at": saved.get("sent_at") or now_text()})
        return receipt(urn, saved, found[0])

    def resolve_mention(self, handle: str) -> str | None:
        """The URN of the page with this name in its address, or None. Raises TryLater."""
        try:
            found = finder(self._account, "/organizations", "vanityName", vanityName=handle)
        except (Rejected, ForbiddenError):
            return None
        return f"urn:li:organization:{found[0]['id']}" if found and "id" in found[0] else None

    # ------------------------------------------------------------------------------------------------ afterwards

    def remove(self, receipt: Receipt) -> None:
        """Deletes the post; one that is gone already is not an error."""
        with suppress(GoneError):
            delete(self._account, "/posts/{id}", id=_urn(receipt))

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """What LinkedIn counts of a page's post; it tells nothing of a person's."""
        return statistics(self._account, _urn(receipt)) if self._account.is_organisation else []

    def doctor(self) -> list[Check]:
        """Whether LinkedIn lets us in, in whose name, with which rights and until when."""
        known: Credentials = self.credentials
        return checks(self._account, known.oauth_url, known.client_id, known.client_secret)

    # --------------------------------------------------------------------------------------------------- the steps

    @property
    def _account(self) -> Account:
        known: Credentials = self.credentials
        return Account(known.author, known.api_url, known.access_token)

    def _proved(self, saved: dict[str, Any]) -> Pending:
        """The state with the post that LinkedIn named proved to be there and ours.

        Where nobody can look, LinkedIn's word and our own receipts must do: a post that another publication owns is
        never taken twice, a person is asked.
        """
        proved = Pending(saved={**saved, "proved": True})
        try:
            seen = get(self._account, "/posts/{id}", id=saved["urn"]) if self._account.is_organisation else None
        except GoneError:  # LinkedIn has been seen to name posts that are not there
            if older(saved["sent_at"], SHOWS):
                ghost = Rejected(
                    _("LinkedIn refuses the post as a copy of one that it does not show ({url}): look at the page, "
                      "then change the words.", url=f"{SITE}/{saved['urn']}")
                )  # fmt: skip
            else:
                return Pending(saved=saved, not_before=datetime.now(UTC) + POLL)
        except (Rejected, ForbiddenError):  # it cannot be asked about, e.g. under the name of an activity
            return proved
        else:
            if seen is None or (
                seen.get("author", self._account.author) == self._account.author and since(seen, saved)
            ):
                return proved
            ghost = Rejected(
                _("LinkedIn refuses the post as a copy of an older one ({url}): change its words, or leave it out.",
                  url=f"{SITE}/{saved['urn']}")
            )  # fmt: skip
        raise ghost


def _known(account: Account) -> list[str] | None:
    """The newest posts of a page before ours is sent, or None where they cannot be listed."""
    if not account.is_organisation:
        return None
    try:
        return [str(post["id"]) for post in listed(account) if "id" in post]
    except ForbiddenError:
        return None


def _urn(receipt: Receipt) -> str:
    """The post's URN; a receipt from a person's word has the post's address as its id."""
    found = re.search(r"urn(?::|%3A)li(?::|%3A)\w+(?::|%3A)[\w-]+", receipt.id)
    if found is None:
        raise TryLater(_("The receipt names no post of LinkedIn: do it there by hand."))
    return found.group().replace("%3A", ":")
