"""The second factor: codes of an app (TOTP, RFC 6238: 30 s, 6 digits), and recovery codes for a lost phone."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone

from pipeline import audit, sessions, vault
from pipeline.errors import Refused
from pipeline.models import SecondFactor, User
from publishers._sentences import _

CODES = 8  # recovery codes at a time
STEP = 30  # seconds
TOLERANCE = 1  # steps before and after: phones' clocks are seldom right to the second
LONGEST = timedelta(minutes=15)  # the longest wait after wrong codes
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another


@dataclass(frozen=True)
class Offer:
    """A key to be put into an app: as letters to type, and as the address behind the picture to scan."""

    letters: str
    address: str


def enrolled(user: User) -> bool:
    """Whether a code is asked of this person at the sign-in."""
    return user.second_factor_at is not None and SecondFactor.objects.filter(user=user).exclude(key="").exists()


def offer(user: User, *, anew: bool = False) -> Offer:
    """The key that the person is to put into their app; the same until it is confirmed, unless asked `anew`."""
    with transaction.atomic():
        row, _made = SecondFactor.objects.select_for_update().get_or_create(user=user)
        if anew or not row.offered:
            row.offered = vault.encrypt({"key": secrets.token_hex(20)})
            row.save(update_fields=["offered"])
    letters = base64.b32encode(_key(row.offered)).decode()
    told = urlencode({"secret": letters, "issuer": "Porte-voix", "digits": 6, "period": STEP})
    return Offer(letters, f"otpauth://totp/{quote(f'Porte-voix:{user.username}')}?{told}")


def confirm(user: User, code: str) -> list[str]:
    """The recovery codes, told this once, after a right code of the offered key, which counts from now on."""
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().filter(user=user).exclude(offered="").first()
        step = _step(row.offered, code, 0) if row else None
        if row is None or step is None:
            raise Refused(_("This code is not the one that the app shows now: wait for the next one, and type it."))
        row.key, row.offered, row.last_step, row.failures = row.offered, "", step, 0
        codes = _new_codes(row)
        row.save()
        user.second_factor_at = timezone.now()
        User.objects.filter(pk=user.pk).update(second_factor_at=user.second_factor_at)
        audit.append(user, "second_factor.set_up", f"user:{user.username}")
    return codes


def new_recovery_codes(user: User) -> list[str]:
    """Fresh recovery codes, told this once; those before open nothing any more."""
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().filter(user=user).exclude(key="").first()
        if row is None:
            raise Refused(_("There is no second factor yet: set it up first."))
        codes = _new_codes(row)
        row.save(update_fields=["recovery"])
        audit.append(user, "second_factor.recovery_codes", f"user:{user.username}")
    return codes


def recovery_left(user: User) -> int:
    """How many recovery codes the person still has."""
    held = SecondFactor.objects.filter(user=user).values_list("recovery", flat=True).first()
    return len(held or [])


def prove(user: User, code: str) -> None:
    """Takes a code of the app or a recovery code, each of them once; `Refused` for a wrong one, and while one waits."""
    refusal = None
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().filter(user=user).exclude(key="").first()
        if row is None:
            raise Refused(_("There is no second factor yet: set it up first."))
        if wait := _wait(row):
            raise Refused(_("Too many wrong codes: try again in {n} seconds.", n=wait))
        if not _take(row, code):
            row.failures, row.failed_at = row.failures + 1, timezone.now()
            refusal = Refused(_("This code is wrong or was used before: wait for the next one of the app."))
        row.save()
    if refusal:
        raise refusal


def reset(user: User, *, by: User | None) -> None:
    """Takes somebody's second factor away, and ends their sessions: for a lost phone and lost recovery codes.

    Only an administrator with a second factor of their own does so, never for themselves; or nobody: whoever is on the
    server, where no administrator can come in. It is logged, and the person and the other administrators are told.
    """
    if by is not None:
        _refuse_to_reset(user, by)
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(second_factor_at=None)
        audit.append(by, "second_factor.reset", f"user:{user.username}")
        sessions.end_all(user, by=by)
    user.second_factor_at = None


def _refuse_to_reset(user: User, by: User) -> None:
    if not by.may_administer:
        raise Refused(_("Only an administrator takes away a second factor: ask one of them."))
    if by.pk == user.pk:
        raise Refused(_("Your own second factor is taken away by another administrator."))
    if not enrolled(by):
        raise Refused(_("Set up a second factor of your own first: then you can take away somebody else’s."))


def _take(row: SecondFactor, code: str) -> bool:
    """Whether the code is right; it counts as used then."""
    if (step := _step(row.key, code, row.last_step + 1)) is not None:
        row.last_step, row.failures = step, 0
        return True
    hashes = set(vault.keyed_hashes(_normal(code)))
    left = [held for held in row.recovery if held not in hashes]
    if len(left) == len(row.recovery):
        return False
    row.recovery, row.failures = left, 0
    audit.append(row.user, "second_factor.recovery_code_used", f"user:{row.user.username}", left=len(left))
    return True


def _wait(row: SecondFactor) -> int:
    """How many seconds a person has to wait after wrong codes: none, then 1, 2, 4, 8 …"""
    if not row.failures or row.failed_at is None:
        return 0
    due = row.failed_at + min(timedelta(seconds=2 ** min(row.failures - 1, 20)), LONGEST)
    return max(0, -(-int((due - timezone.now()).total_seconds() * 1000) // 1000))


def _step(sealed: str, code: str, earliest: int) -> int | None:
    """The time step of a right code, not before `earliest`; None for a wrong one."""
    from django_otp.oath import TOTP

    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    clock = TOTP(_key(sealed), step=STEP)
    clock.time = timezone.now().timestamp()
    return int(clock.t()) if clock.verify(int(typed), tolerance=TOLERANCE, min_t=earliest) else None


def _key(sealed: str) -> bytes:
    return bytes.fromhex(vault.decrypt(sealed)["key"])


def _new_codes(row: SecondFactor) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _part in range(3)) for _m in range(CODES)
    ]
    row.recovery = [vault.keyed_hashes(_normal(code))[0] for code in codes]
    return codes


def _normal(code: str) -> str:
    return f"recovery {''.join(c for c in code.lower() if c.isalnum())}"
