"""Mails handed over: claimed, sent, and marked, each at most once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import close_old_connections
from django.db.models import Count
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.models import OWED, Notice, NoticeState, Role, User
from pipeline.notices import letters, rows
from pipeline.notices.letters import Letter
from pipeline.notices.line import Answer, Fate, domain, send
from publishers._sentences import Sentence, _


def set_up() -> bool:
    """Whether there is a mail server to send by; without one, nothing is sent and everything is kept."""
    return bool(settings.EMAIL_HOST)


def waiting() -> int:
    """How many notices are owed and not sent yet."""
    return Notice.objects.filter(state__in=OWED).count()


def troubles() -> dict[str, int]:
    """How many notices may not have arrived (`unknown`) and how many were given up (`given_up`)."""
    bad = Notice.objects.filter(state__in=[NoticeState.UNKNOWN, NoticeState.GIVEN_UP])
    counted = dict(bad.values_list("state").annotate(n=Count("pk")))
    return {state: counted.get(state, 0) for state in (NoticeState.UNKNOWN.value, NoticeState.GIVEN_UP.value)}


def send_due(now: datetime | None = None) -> int:
    """How many notices were sent. Safe in any number of processes at once, and to be killed anywhere."""
    if not set_up():
        return 0
    close_old_connections()
    rows.give_back(now or timezone.now())
    done = 0
    for recipient, digest in rows.due(now or timezone.now()):
        batch = rows.claim(recipient, digest=digest, now=now or timezone.now())
        if batch is None:
            continue
        answer = _hand_in(batch)
        done += _settle(batch, answer, now or timezone.now())
        if answer.fate == Fate.DOWN:
            break  # the others would wait twenty seconds each for the same silence
    return done


def _hand_in(batch: rows.Batch) -> Answer:
    """What became of the one mail for these notices."""
    if not reachable(batch.person):
        return Answer(Fate.REFUSED, "")
    message_id = f"<{batch.identity}@{domain()}>"
    mail = _mail(letters.letter(batch.rows, batch.person), batch.person, message_id)
    return send(mail, lambda: rows.hand_over(batch, message_id))


def _settle(batch: rows.Batch, answer: Answer, now: datetime) -> int:
    """How many notices were sent; each other end is written on the rows with its reason."""
    said = answer.text
    if answer.fate == Fate.TAKEN:
        return rows.sent(batch, now)
    if answer.fate in (Fate.LATER, Fate.DOWN):
        rows.again(batch, _("The mail server did not take it yet: {said}", said=said), now)
    elif answer.fate == Fate.REFUSED:
        rows.given_up(batch, _refusal(said))
    elif answer.fate == Fate.UNKNOWN:
        rows.unknown(
            batch,
            _("The answer to this mail was lost ({said}): it may have arrived, and is not sent again.", said=said),
        )
    return 0


def _refusal(said: str) -> Sentence:
    if not said:
        return _("The person has left, or their address is none.")
    return _("The mail server refused it for good: {said}", said=said)


def _mail(letter: Letter, person: User, message_id: str) -> EmailMessage:
    headers = {
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834: holiday notices are not sent in answer
    }
    return EmailMessage(letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [person.email], headers=headers)


def reachable(person: User) -> bool:
    """Whether mail may be sent to the person: still here, with an address of the right form."""
    try:
        validate_email(person.email)
    except ValidationError:
        return False
    return person.is_active


def hand_in(letter: Letter, address: str) -> Answer:
    """What became of a mail that is about access, not about posts: sent at once, its words kept nowhere."""
    moment = timezone.now().strftime("%Y%m%d%H%M%S%f")
    headers = {"Message-ID": f"<access-{moment}@{domain()}>", "Auto-Submitted": "auto-generated"}
    mail = EmailMessage(letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers)
    return send(mail, lambda: True)


def send_test(to: User, *, by: User) -> str:
    """The mail server's words on a test mail that it took; `Refused` with its words where it did not."""
    if not by.is_active or by.role != Role.ADMINISTRATOR:
        raise Refused(_("Only an administrator tries the mails: ask one of them."))
    if not set_up():
        raise Refused(_("Mails are not set up: name the mail server in PORTEVOIX_MAIL_HOST."))
    if not reachable(to):
        raise Refused(_("{name} has no address to write to: “portevoix user email {name} ADDRESS”.", name=to.username))
    moment = timezone.now().strftime("%Y%m%d%H%M%S%f")
    answer = send(_mail(letters.trial(to), to, f"<test-{moment}@{domain()}>"), lambda: True)
    if answer.fate != Fate.TAKEN:
        raise Refused(
            _(
                "The mail server {host} did not say that it took it ({said}): check the PORTEVOIX_MAIL_… settings.",
                host=settings.EMAIL_HOST,
                said=answer.text,
            )
        )
    return answer.text
