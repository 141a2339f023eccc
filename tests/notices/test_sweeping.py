"""Mails that were handed over are forgotten after their days; those that are owed, or would be owed again, are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import sweeping
from pipeline.models import Notice, NoticeState


@pytest.fixture
def mail(world):
    def made(state: str, kind: str = "failed", days: int = 181) -> Notice:
        when = timezone.now() - timedelta(days=days)
        count = Notice.objects.count()
        return Notice.objects.create(
            kind=kind, recipient=world.intern, subject=f"publication:{count}", occasion="1", owed_at=when, state=state
        )

    return made


@pytest.mark.parametrize("state", NoticeState.values)
def test_only_a_mail_that_is_no_longer_owed_is_forgotten(mail, state):
    mail(state)
    gone = sweeping.sweep().notices
    assert gone == int(state in {"sent", "unknown", "given_up"})
    assert Notice.objects.count() == 1 - gone


def test_a_mail_stays_for_its_days_and_with_zero_for_ever(mail, settings):
    mail("sent", days=179)
    assert sweeping.sweep().notices == 0
    settings.PORTEVOIX_NOTICES_DAYS = 0
    assert sweeping.sweep(timezone.now() + timedelta(days=3000)).notices == 0
    settings.PORTEVOIX_NOTICES_DAYS = 178
    assert sweeping.sweep().notices == 1


@pytest.mark.parametrize("kind", ["silent", "expiring"])
def test_what_would_be_told_again_is_not_forgotten(mail, kind):
    mail("sent", kind)
    assert sweeping.sweep().notices == 0
