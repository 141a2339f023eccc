"""Sets of hashtags and mentions: saved once, put beside many posts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db import transaction

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import SignSet, User
from pipeline.people import refuse_readers
from publishers._limits import networks
from publishers._sentences import _

MOST = 30  # of each sort: what Instagram takes at most
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_TAG = re.compile(r"[^\W_][\w]{0,99}")
_HANDLE = re.compile(r"@[\w][\w.-]*(?:@[\w.-]+)?")


def save(name: str, *, hashtags: Iterable[str], mentions: Iterable[str], only: Sequence[str] = (), by: User) -> SignSet:
    """The set of that name, new or changed; posts that are drafted already keep what they have.

    `only` names its networks, none: all. `Refused`, naming the sign, for one that no network would read as such.
    """
    refuse_readers(by)
    if not _NAME.fullmatch(name):
        raise Refused(_("Name the set in small letters, digits and hyphens: {name} is none.", name=name[:60]))
    tags = _signs([tag.removeprefix("#") for tag in hashtags], _TAG)
    people = _signs([one if one.startswith("@") else f"@{one}" for one in mentions], _HANDLE)
    if not tags and not people:
        raise Refused(_("A set needs a hashtag or a mention."))
    if unknown := [one for one in only if one not in networks()]:
        raise Refused(_("There is no network {name}: use one of {known}.", name=unknown[0][:40],
                        known=", ".join(networks())))  # fmt: skip
    with transaction.atomic():
        row, _made = SignSet.objects.update_or_create(
            name=name, defaults={"hashtags": tags, "mentions": people, "networks": list(only)}
        )
        audit.append(by, "signs.saved", f"signs:{name}")
    return row


def _signs(given: Iterable[str], shape: re.Pattern[str]) -> list[str]:
    found = list(dict.fromkeys(sign for sign in given if sign))
    for sign in found:
        if not shape.fullmatch(sign):
            raise Refused(_("{sign} is no hashtag or account: letters and digits, without spaces.", sign=sign[:60]))
    if len(found) > MOST:
        raise Refused(_("A set has {most} hashtags and {most} mentions at most.", most=MOST))
    return found


def remove(name: str, *, by: User) -> None:
    """Forgets a set; `Refused` where there is none. Posts keep what they have."""
    refuse_readers(by)
    with transaction.atomic():
        if not SignSet.objects.filter(name=name).delete()[0]:
            raise Refused(_("There is no set {name}: see “portevoix set list”.", name=name[:60]))
        audit.append(by, "signs.removed", f"signs:{name}")


def named(names: Iterable[str]) -> list[SignSet]:
    """The sets of these names, in order; `Refused` for one that there is not."""
    known = {one.name: one for one in SignSet.objects.all()}
    found = list(dict.fromkeys(names))
    for name in found:
        if name not in known:
            raise Refused(_("There is no set {name}: see “portevoix set list”.", name=name[:60]))
    return [known[name] for name in found]
