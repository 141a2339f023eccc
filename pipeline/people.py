"""People: who is added, which language they are spoken to in, and what their role lets them do."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from pipeline import audit, sessions, setup
from pipeline.errors import Refused
from pipeline.models import CalendarFeed, Role, User
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
    refuse_role(role)
    refuse_taken(username)
    refuse_no_address(email)
    user = User(username=username, role=role, language=language, email=email)
    refuse_weak(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit.append(by, "user.added", f"user:{user.username}", role=role)
    return user


def set_password(user: User, password: str, *, by: User | None = None, but: str | None = None) -> None:
    """Gives the person a new password and ends their sessions, all but the one with the key `but`."""
    refuse_weak(password, user)
    user.set_password(password)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=user.password)
        audit.append(by or user, "user.password_set", f"user:{user.username}")
        sessions.end_all(user, by=by or user, but=but)


def reset_password(user: User, password: str, *, by: User | None) -> None:
    """Gives somebody who lost theirs a new password and ends their sessions; the second factor stays.

    Themselves, an administrator, or nobody: whoever is on the server, where no administrator can come in; logged so.
    """
    if by is not None and by.pk != user.pk and not by.may_administer:
        raise Refused(_("Only an administrator gives somebody else a new password: ask one of them."))
    refuse_weak(password, user)
    user.set_password(password)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=user.password)
        audit.append(by, "user.password_reset", f"user:{user.username}")
        sessions.end_all(user, by=by)


def change_role(user: User, role: str, *, by: User) -> bool:
    """Whether the person had another role and has this one now; `Refused` for one's own and the last administrator."""
    _refuse_for_oneself(user, by)
    refuse_role(role)
    with transaction.atomic():
        _refuse_the_last(user)
        before = User.objects.select_for_update().values_list("role", flat=True).get(pk=user.pk)
        if before == role:
            return False
        User.objects.filter(pk=user.pk).update(role=role)
        audit.append(by, "user.role_changed", f"user:{user.username}", before=before, role=role)
    user.role = role
    return True


def deactivate(user: User, *, by: User) -> bool:
    """Whether the person could come in and can no longer: their sessions end, their calendar address opens nothing."""
    _refuse_for_oneself(user, by)
    with transaction.atomic():
        _refuse_the_last(user)
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            return False
        sessions.end_all(user, by=by)
        CalendarFeed.objects.filter(user=user).delete()
        audit.append(by, "user.deactivated", f"user:{user.username}")
    user.is_active = False
    return True


def activate(user: User, *, by: User) -> bool:
    """Whether the person could not come in and can again, with the password and the second factor they had."""
    _refuse_for_oneself(user, by)
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            return False
        audit.append(by, "user.activated", f"user:{user.username}")
    user.is_active = True
    return True


def _refuse_for_oneself(user: User, by: User) -> None:
    if not by.may_administer:
        raise Refused(_("Only an administrator changes who works here: ask one of them."))
    if user.pk == by.pk:
        raise Refused(_("Another administrator changes your own role and access."))


def _refuse_the_last(user: User) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise Refused(_("This is the last administrator: make somebody else one first."))


def refuse_role(role: str) -> None:
    """`Refused` for a role that there is not."""
    if role not in Role.values:
        raise Refused(_("There is no role called {role}. Known: {known}.", role=role, known=", ".join(Role.values)))


def refuse_taken(username: str) -> None:
    """`Refused` for a name that somebody has, or that is none."""
    if User.objects.filter(username=username).exists():
        raise Refused(_("There is already somebody called {name}: choose another name.", name=username))
    try:
        User.username_validator(username)
    except ValidationError:
        raise Refused(
            _("“{name}” cannot be a name to sign in with: letters, digits and @.+-_ only.", name=username[:60])
        ) from None


def refuse_weak(password: str, user: User) -> None:
    """`Refused`, saying why, for a password that is easily guessed."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(_("This password is too weak: {why}", why=" ".join(error.messages))) from None


def reach(user: User, email: str, *, by: User) -> None:
    """Notes where mails reach the person, nowhere for ""; `Refused` for others than themselves and administrators."""
    if by.pk != user.pk and not by.may_administer:
        raise Refused(_("Only an administrator changes the address of somebody else: ask one of them."))
    refuse_no_address(email)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(email=email).update(email=email):
            audit.append(by, "user.address_changed", f"user:{user.username}")
    user.email = email


def refuse_no_address(email: str) -> None:
    """`Refused` for what is no e-mail address; none at all will do."""
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
    """`Refused` for everyone whose role does not decide what goes out, and for who proves it by a password alone."""
    if not by.may_approve:
        raise Refused(_("Only a coordinator decides this: ask one of them."))
    if by.second_factor_at is None and not setup.is_demo():
        raise Refused(
            _("Set up your second factor first, on the page “My access” (in a terminal: portevoix user second-factor).")
        )


def refuse_all_but_administrators(by: User) -> None:
    """`Refused` for everyone whose role does not change channels."""
    if not by.may_administer:
        raise Refused(_("Only an administrator changes channels: ask one of them."))


def refuse_all_who_may_not_release(by: User) -> None:
    """`Refused` for those who may stop everything, as anyone may, but not start it again."""
    if not by.may_manage:
        raise Refused(_("Anyone may stop; only a coordinator or an administrator starts again: ask one of them."))
