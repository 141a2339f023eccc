"""Coming in: invitations by a link, a lost password, and the mails about either.

These mails hold a secret address, so they are handed to the mail server at once and stand in no table.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from threading import Thread

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from pipeline import audit, notices, people
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Invitation, Panic, Role, User
from pipeline.notices.letters import Letter, about_access
from pipeline.notices.line import Fate
from publishers._sentences import Sentence, _

LASTS = timedelta(days=3)
BETWEEN = timedelta(minutes=5)  # two mails for a new password
# The studio's addresses: pipeline/ does not import web/, tests hold the two together.
INVITED, NEW_PASSWORD = "/invited/{token}/", "/password/{person}/{token}/"


class Links(PasswordResetTokenGenerator):
    """Secrets of links for a new password: none outlives a panic."""

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, User)
        panic = Panic.objects.order_by("-pk").values_list("name", flat=True).first()
        return f"{super()._make_hash_value(user, timestamp)}{panic or ''}"


LINKS = Links()


def invite(username: str, *, role: str, by: User, email: str = "", language: str = "fr") -> tuple[Invitation, str]:
    """The invitation and its secret, told this once. An older one for the same name opens nothing any more."""
    if not by.may_administer:
        raise Refused(_("Only an administrator adds people: ask one of them."))
    people.refuse_role(role)
    people.refuse_taken(username)
    people.refuse_no_address(email)
    token, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        Invitation.objects.filter(_open(now), username=username).update(withdrawn_at=now)
        row = Invitation.objects.create(
            username=username, role=role, email=email, language=language, token_sha256=_hash(token), invited_by=by,
            invited_at=now, expires_at=now + LASTS,
        )  # fmt: skip
        audit.append(by, "user.invited", f"user:{username}", role=role)
    return row, token


def send(row: Invitation, link: str) -> bool:
    """Whether the mail server took the invitation's mail; False too where there is no address or no server."""
    if not row.email or not notices.set_up():
        return False
    line = _(
        "{who} invites you to Porte-voix. Choose a password here; the address opens once, until {day}:",
        who=row.invited_by.username, day=timezone.localtime(row.expires_at).strftime("%Y-%m-%d %H:%M"),
    )  # fmt: skip
    letter = about_access(_("You are invited"), line, row.language, link)
    return notices.hand_in(letter, row.email).fate == Fate.TAKEN


def withdraw(row: Invitation, *, by: User) -> bool:
    """Whether the invitation was open and now opens nothing."""
    if not by.may_administer:
        raise Refused(_("Only an administrator adds people: ask one of them."))
    with transaction.atomic():
        now = timezone.now()
        done = Invitation.objects.filter(_open(now), pk=row.pk).update(withdrawn_at=now)
        if done:
            audit.append(by, "user.invitation_withdrawn", f"user:{row.username}")
    return bool(done)


def waiting() -> Iterable[Invitation]:
    """The invitations that nobody has used yet and that still open."""
    return Invitation.objects.filter(_open(timezone.now())).order_by("expires_at")


def invitation(token: str) -> Invitation | None:
    """The open invitation of that secret; None where it was used, withdrawn, is too old or never was."""
    return Invitation.objects.filter(_open(timezone.now()), token_sha256=_hash(token)).first()


def accept(token: str, password: str, *, first_name: str = "", last_name: str = "") -> User:
    """The new person, with the password that they chose; `Refused` where the invitation no longer opens."""
    with transaction.atomic():
        now = timezone.now()
        row = invitation(token)
        # A conditional UPDATE: of two clicks at once, one comes in.
        if row is None or not Invitation.objects.filter(_open(now), pk=row.pk).update(used_at=now):
            raise Refused(_("This invitation opens nothing any more: ask the administrator for a new one."))
        user = people.add(
            row.username, role=row.role, password=password, language=row.language, email=row.email, by=row.invited_by
        )
        names = {"first_name": first_name.strip()[:150], "last_name": last_name.strip()[:150]}
        User.objects.filter(pk=user.pk).update(**names)
    return user


def _open(now: object) -> Q:
    return Q(used_at=None, withdrawn_at=None, expires_at__gt=now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# ------------------------------------------------------------------------------------------------- a lost password


def forgotten(told: str, studio: str) -> Thread | None:
    """Sends whoever has this name or address a link for a new password; the answer never says whether anyone has.

    The mail leaves apart from the answer, so that its time tells nothing either. The thread, for who waits for it.
    """
    told = told.strip()
    user = User.objects.filter(Q(username=told) | Q(email__iexact=told), is_active=True).exclude(email="").first()
    if user is None or not told or not notices.set_up() or not user.has_usable_password() or _asked_lately(user):
        return None
    link = f"{studio}{NEW_PASSWORD}".format(
        person=urlsafe_base64_encode(force_bytes(user.pk)), token=LINKS.make_token(user)
    )
    line = _(
        "Somebody, perhaps you, asked for a new password for {name}. Choose it here within the hour; if it was not "
        "you, do nothing, and the old one stays:",
        name=user.username,
    )
    audit.append(None, "user.password_asked", f"user:{user.username}")
    return _apart([(about_access(_("A new password"), line, user.language, link), user.email)])


def _asked_lately(user: User) -> bool:
    """Whether such a mail went to the person a moment ago: nobody is flooded by whoever knows their name."""
    since = (timezone.now() - BETWEEN).isoformat()
    asked = AuditEntry.objects.filter(action="user.password_asked", subject=f"user:{user.username}", at__gt=since)
    return asked.exists()


def tell(user: User, line: Sentence, *, by: User | None) -> Thread | None:
    """Tells the person, and the administrators who did not do it, that an access was changed."""
    if not notices.set_up():
        return None
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    told = {one.pk: one for one in (*others, user) if one.email and (by is None or one.pk != by.pk)}
    letters = [(about_access(_("An access was changed"), line, one.language), one.email) for one in told.values()]
    return _apart(letters)


def _apart(letters: list[tuple[Letter, str]]) -> Thread:
    """Hands the mails in beside the page that asked for them: a slow mail server holds nobody up."""
    thread = Thread(target=lambda: [notices.hand_in(letter, address) for letter, address in letters], daemon=True)
    thread.start()
    return thread
