"""People: who is added, which language they are spoken to in, and what their role lets them do."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Role, User
from publishers._sentences import _


def add(
    username: str, *, role: str, password: str, language: str = "fr", email: str = "", by: User | None = None
) -> User:
    """The new person; `Refused` for a taken name, an unknown role or a weak password.

    Once somebody is there, only an administrator adds people: else one person could be two. An address is where mails
    reach them; without one they get none.
    """
    if User.objects.exists() and (by is None or not by.may_administer):
        raise Refused(_("Only an administrator adds people: ask one of them."))
    if role not in Role.values:
        raise Refused(_("There is no role called {role}. Known: {known}.", role=role, known=", ".join(Role.values)))
    if User.objects.filter(username=username).exists():
        raise Refused(_("There is already somebody called {name}: choose another name.", name=username))
    _refuse_no_address(email)
    user = User(username=username, role=role, language=language, email=email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(_("This password is too weak: {why}", why=" ".join(error.messages))) from None
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit.append(by, "user.added", f"user:{user.username}", role=role)
    return user


def reach(user: User, email: str, *, by: User) -> None:
    """Notes where mails reach the person, nowhere for ""; `Refused` for others than themselves and administrators."""
    if by.pk != user.pk and not by.may_administer:
        raise Refused(_("Only an administrator changes the address of somebody else: ask one of them."))
    _refuse_no_address(email)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(email=email).update(email=email):
            audit.append(by, "user.address_changed", f"user:{user.username}")
    user.email = email


def _refuse_no_address(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError:
        raise Refused(_("“{text}” is not an e-mail address: write it as name@example.org.", text=email)) from None


def speak(user: User, language: str) -> None:
    """Remembers the language in which pages and mails speak to the person; one that the tool lacks changes nothing."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


def refuse_readers(by: User) -> None:
    """`Refused` for a role that neither writes nor plans posts."""
    if not by.may_write:
        raise Refused(_("Your role does not write posts: ask an intern, an editor or a coordinator."))


def refuse_all_but_coordinators(by: User) -> None:
    """`Refused` for everyone whose role does not decide what goes out."""
    if not by.may_approve:
        raise Refused(_("Only a coordinator decides this: ask one of them."))


def refuse_all_but_administrators(by: User) -> None:
    """`Refused` for everyone whose role does not change channels."""
    if not by.may_administer:
        raise Refused(_("Only an administrator changes channels: ask one of them."))


def refuse_all_who_may_not_release(by: User) -> None:
    """`Refused` for those who may stop everything, as anyone may, but not start it again."""
    if not by.may_manage:
        raise Refused(_("Anyone may stop; only a coordinator or an administrator starts again: ask one of them."))
