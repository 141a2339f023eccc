"""The kinds of mail: who gets which, and in which words.

    kind       authors of the post   coordinators              administrators   muted by
    approve    -                     who made no part of it    -                each
    changes    yes                   -                         -                each
    comment    yes, and who commented  -                       -                each
    approved   yes                   -                         -                each
    handoff    yes                   yes                       -                each
    failed     yes                   yes                       -                each
    decide     -                     yes                       -                each
    missed     yes                   yes                       -                each
    place      yes, and the planner  -                         -                each
    deadline   yes                   yes                       -                each
    gone       yes                   yes                       -                each
    correct    yes                   yes                       -                each
    hold       -                     yes                       yes              each
    panic      -                     yes                       yes              not by administrators
    refused    -                     yes                       yes              each
    expiring   -                     yes                       yes              each
    silent     -                     yes                       yes              not by administrators
    clock      -                     yes                       yes              not by administrators
    digest     -                     yes                       yes              each

Nobody is told of what they did themselves; people without an address, or made inactive, get nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.models import NoticeKind, Role, User
from publishers._sentences import Sentence, _

K = NoticeKind


class Group(StrEnum):
    """Who may be told."""

    AUTHORS = "authors"
    PLANNER = "planner"  # who put it in the calendar
    TALKERS = "talkers"  # who commented on it
    OTHER_COORDINATORS = "other coordinators"  # who made no part of the post
    COORDINATORS = "coordinators"
    ADMINISTRATORS = "administrators"


GROUPS = {
    Group.AUTHORS: _("its authors"),
    Group.PLANNER: _("who put it in the calendar"),
    Group.TALKERS: _("who commented on it"),
    Group.OTHER_COORDINATORS: _("coordinators who made no part of it"),
    Group.COORDINATORS: _("coordinators"),
    Group.ADMINISTRATORS: _("administrators"),
}
# Administrators look after the machine, and these say that nothing goes out at all: nothing else would tell of it,
# and a silence that everybody muted would stay one. Whatever else is muted still shows on the pages.
FIXED = frozenset({K.SILENT, K.CLOCK, K.PANIC})


@dataclass(frozen=True)
class Rule:
    """Whom a kind of mail goes to, what it is called, and its subject and sentence, filled from a notice's facts.

    A subject holds numbers and days alone: it shows on locked screens, and no name can break out of a header.
    """

    to: tuple[Group, ...]
    label: Sentence
    subject: Sentence
    line: Sentence


_BOTH = (Group.AUTHORS, Group.COORDINATORS)
_MANAGERS = (Group.COORDINATORS, Group.ADMINISTRATORS)
RULES = {
    K.APPROVE: Rule(
        (Group.OTHER_COORDINATORS,),
        _("A post waits to be approved"),
        _("Post {post} waits for your approval"),
        _("Post {post} waits for your approval: read it, then approve it or ask for changes."),
    ),
    K.CHANGES: Rule(
        (Group.AUTHORS,),
        _("Changes are asked for"),
        _("Post {post}: changes are asked for"),
        _("Post {post} came back to you: a coordinator asks for changes, and its page says which."),
    ),
    K.COMMENT: Rule(
        (Group.AUTHORS, Group.TALKERS),
        _("Somebody comments on a post"),
        _("Post {post}: somebody commented"),
        _("Somebody commented on post {post}: its page says who and what."),
    ),
    K.APPROVED: Rule(
        (Group.AUTHORS,),
        _("A post is approved"),
        _("Post {post} is approved"),
        _("Post {post} is approved: it goes out at its time. Give it one where it has none."),
    ),
    K.HANDOFF: Rule(
        _BOTH,
        _("A post is to be put up by hand now"),
        _("Post {post} is to be put up by hand now"),
        _("Post {post} is due on {channel} now, by hand: follow its page, then paste the link there."),
    ),
    K.FAILED: Rule(
        _BOTH,
        _("A post failed"),
        _("Post {post} failed"),
        _("Post {post} failed on {channel}: nothing was published there. Its page says why and what to do."),
    ),
    K.DECIDE: Rule(
        (Group.COORDINATORS,),
        _("A post needs a decision"),
        _("Post {post} needs a decision"),
        _("Post {post} on {channel}: nobody can tell whether it is out. Look at the account, then say so on its page."),
    ),
    K.MISSED: Rule(
        _BOTH,
        _("A post missed its time"),
        _("Post {post} missed its time"),
        _("Post {post} did not go out on {channel} at its time: send it after all, move it, or cancel it."),
    ),
    K.GONE: Rule(
        _BOTH,
        _("A published post is no longer there"),
        _("Post {post} is no longer there"),
        _("Post {post} was published on {channel} and no longer stands there as it was sent: look at the account."),
    ),
    K.CORRECT: Rule(
        _BOTH,
        _("A figure that a post shows has changed"),
        _("Post {post} shows a figure that has changed"),
        _(
            "Post {post} shows a figure that the records no longer give. What is not out yet is held back: its page "
            "says what changed, and how to correct it."
        ),
    ),
    K.PLACE: Rule(
        (Group.AUTHORS, Group.PLANNER),
        _("Somebody moved a post, or took it off the calendar"),
        _("Post {post} has another time, or none"),
        _("Somebody gave post {post} another time on {channel}, or took it off the calendar: its page says which."),
    ),
    K.DEADLINE: Rule(
        _BOTH,
        _("A post is not approved, and its time comes"),
        _("Post {post} is not approved, and its time comes"),
        _("Post {post} is due on {channel} and nobody has approved it yet: without a yes by then it does not go out."),
    ),
    K.HOLD: Rule(
        _MANAGERS,
        _("Everything, or a channel, is put on hold"),
        _("A hold is in force"),
        _("Everything is on hold: nothing goes out until a coordinator or an administrator releases it."),
    ),
    K.PANIC: Rule(
        _MANAGERS,
        _("Somebody pressed panic: everything is shut"),
        _("Panic: everything is shut"),
        _(
            "Somebody pressed panic: nothing goes out, everybody is signed out, the accounts’ tokens are dropped and "
            "originals are closed. An administrator opens it again on the server: portevoix panic --over."
        ),
    ),
    K.REFUSED: Rule(
        _MANAGERS,
        _("A platform refuses a channel’s credentials"),
        _("A channel is closed"),
        _(
            "{channel} is closed: its platform refuses the credentials, and its posts wait. Connect it again on the "
            "page “Channels”, or give it new ones with “portevoix channel set {channel}”."
        ),
    ),
    K.EXPIRING: Rule(
        _MANAGERS,
        _("A channel’s credentials run out in 14, 7 or 2 days"),
        _("Credentials of a channel run out on {day}"),
        _(
            "The credentials of {channel} run out on {day}: connect it again on the page “Channels”, or give it new "
            "ones with “portevoix channel set {channel}”."
        ),
    ),
    K.SILENT: Rule(
        _MANAGERS,
        _("The scheduler is silent for 10 minutes"),
        _("The scheduler is silent"),
        _(
            "The scheduler has given no sign of life since {since}: nothing goes out. See whether “portevoix run” or "
            "“portevoix work” still runs."
        ),
    ),
    K.CLOCK: Rule(
        _MANAGERS,
        _("The machine’s clock jumped"),
        _("The clock of the machine jumped"),
        _("The clock of the machine jumped, so everything is on hold: set the clock right, then release the hold."),
    ),
    K.DIGEST: Rule(_MANAGERS, _("The daily digest"), _("Digest of {day}"), _("Digest of {day}")),
}
# Two kinds say another thing under the same name.
HOLD_ON_A_CHANNEL = _(
    "{channel} is on hold: nothing goes out there until a coordinator or an administrator releases it."
)
SUBJECT_BACK = _("The scheduler ticks again")
LINE_BACK = _(
    "The scheduler was silent from {since} to {until}; now it ticks again. What came too late meanwhile is in the "
    "calendar, to be decided on."
)


def offered(user: User) -> list[NoticeKind]:
    """The kinds that may reach this person in their role."""
    mine = {Group.AUTHORS, Group.PLANNER, Group.TALKERS} if user.may_write else set()
    if user.role == Role.COORDINATOR:
        mine |= {Group.OTHER_COORDINATORS, Group.COORDINATORS}
    if user.role == Role.ADMINISTRATOR:
        mine.add(Group.ADMINISTRATORS)
    return [kind for kind, rule in RULES.items() if mine & set(rule.to)]


def is_fixed(kind: NoticeKind, user: User) -> bool:
    """Whether this person cannot mute the kind."""
    return kind in FIXED and user.role == Role.ADMINISTRATOR
