"""The first steps of a new newsroom, until its first post has a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pipeline.models import Channel, Import, Post, Publication, Role, Slot, User


@dataclass(frozen=True)
class Step:
    """One thing to do: whether it is done, in words, and the page where it is done; empty for whom it is not open."""

    done: bool
    told: str | Promise
    why: str | Promise
    page: str


def steps(user: User) -> list[Step]:
    """What is left to do before the first post goes out, in order; nothing once one has a time."""
    if Publication.objects.exists():
        return []
    approvers = User.objects.filter(role=Role.COORDINATOR, is_active=True).exclude(pk=user.pk)
    return [
        Step(
            Channel.objects.filter(active=True).exists(), _("Add a channel"),
            _("An account on one of the networks. Without its credentials yet, posts can be prepared for putting up by "
              "hand."), "channels",
        ),
        Step(
            Slot.objects.exists(), _("Open the slots of the week"),
            _("The times at which each channel publishes: a post then needs only “next free slot”."), "slots",
        ),
        Step(
            Import.objects.exists(), _("Bring in the records"),
            _("The team’s spreadsheet, as it is: every cell that cannot be read is shown, with what to type instead."),
            "imports",
        ),
        Step(
            Post.objects.exists(), _("Make the first post"),
            _("From the figures of a month, from a recipe, or in your own words."), "recipes" if user.may_write else "",
        ),
        Step(
            approvers.exists(), _("Find a second person"),
            _("Nobody approves what they worked on: at least one coordinator has to have an account."), "queue",
        ),
    ]  # fmt: skip
