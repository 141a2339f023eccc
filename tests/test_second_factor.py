"""The second factor, sessions and invitations: each code and each link opens once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import access, audit, people, review, second_factor
from pipeline.errors import Refused
from pipeline.models import Approval, AuditEntry, Invitation, SecondFactor, User
from tests.second import KEY, shown, with_phone

WORD = "le phare de Walde"


@pytest.fixture
def person(world):
    return with_phone(world.coordinator)


def wrong(user, code):
    with pytest.raises(Refused):
        second_factor.prove(user, code)


def test_the_codes_are_those_of_rfc_6238():
    for at, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert shown(at=at) == code


def test_a_code_opens_once_and_also_a_little_early_or_late(person):
    for apart in (-30, 0, 30):
        SecondFactor.objects.update(last_step=0, failures=0)
        code = shown(at=timezone.now().timestamp() + apart)
        second_factor.prove(person, f"{code[:3]} {code[3:]}")
        wrong(person, code)


@pytest.mark.parametrize("apart", [-90, 90])
def test_a_code_of_another_time_opens_nothing(person, apart):
    wrong(person, shown(at=timezone.now().timestamp() + apart))


def test_an_older_code_opens_nothing_after_a_newer_one(person):
    now = timezone.now().timestamp()
    second_factor.prove(person, shown(at=now))
    with time_machine.travel(now + 5, tick=False):
        wrong(person, shown(at=now - 30))


def test_each_wrong_code_doubles_the_wait_for_the_next(person):
    start, waits = timezone.now(), []
    with time_machine.travel(start, tick=False) as clock:
        for _n in range(5):
            wrong(person, "000000")
            row = SecondFactor.objects.get(user=person)
            waits.append(second_factor._wait(row))
            right = shown(at=timezone.now().timestamp())
            with pytest.raises(Refused, match="Too many wrong codes"):
                second_factor.prove(person, right)  # even the right one
            clock.shift(waits[-1])
        assert waits == [1, 2, 4, 8, 16]
        second_factor.prove(person, shown(at=timezone.now().timestamp()))
    assert SecondFactor.objects.get(user=person).failures == 0


def test_guessing_every_second_tries_no_more_than_a_handful_of_codes_in_a_quarter_of_an_hour(person):
    tried = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _second in range(900):
            with pytest.raises(Refused) as refusal:
                second_factor.prove(person, "000000")
            tried += "Too many" not in str(refusal.value.sentence.msgid)
            clock.shift(1)
    assert tried <= 11


def test_recovery_codes_open_once_each_and_new_ones_replace_them(person):
    codes = second_factor.new_recovery_codes(person)
    assert len(set(codes)) == 8
    second_factor.prove(person, codes[0].upper().replace("-", " "))
    assert second_factor.recovery_left(person) == 7
    wrong(person, codes[0])
    SecondFactor.objects.update(failures=0)
    second_factor.new_recovery_codes(person)
    wrong(person, codes[1])


def test_neither_key_nor_codes_stand_in_the_store(person):
    codes = second_factor.new_recovery_codes(person)
    row = SecondFactor.objects.get(user=person)
    held = f"{row.key} {row.recovery} {list(AuditEntry.objects.values())}"
    assert KEY not in held and not any(code in held or code.replace("-", "") in held for code in codes)


def test_setting_it_up_asks_for_a_code_and_the_old_phone_counts_until_then(person):
    offer = second_factor.offer(person)
    assert offer == second_factor.offer(person) and offer.letters in offer.address
    with pytest.raises(Refused):
        second_factor.confirm(person, "000000")
    second_factor.prove(person, shown())
    import base64

    key = base64.b32decode(offer.letters).hex()
    assert len(second_factor.confirm(person, shown(key))) == 8
    wrong(person, shown())
    with pytest.raises(Refused):
        second_factor.confirm(person, shown(key))  # nothing is offered any more


def test_a_coordinator_without_it_decides_nothing_through_any_door(world):
    post = world.draft()
    revision = review.submit(post, by=world.intern)
    User.objects.update(second_factor_at=None)
    bare = User.objects.get(pk=world.coordinator.pk)
    with pytest.raises(Refused, match="second factor"):
        review.approve(revision, by=bare)
    assert not Approval.objects.exists()
    second_factor.confirm(bare, shown(_offered(bare)))
    review.approve(revision, by=bare)


def _offered(user):
    import base64

    return base64.b32decode(second_factor.offer(user).letters).hex()


def test_a_demos_store_asks_for_none(world, monkeypatch):
    User.objects.update(second_factor_at=None)
    monkeypatch.setattr("pipeline.setup.is_demo", lambda: True)
    revision = review.submit(world.draft(), by=world.intern)
    review.approve(revision, by=User.objects.get(pk=world.coordinator.pk))


def test_only_another_administrator_with_a_phone_of_their_own_takes_it_away_and_it_is_logged(person, world):
    boss = world.administrator
    for by in (world.intern, person, world.second, boss):  # the administrator has none of their own yet
        with pytest.raises(Refused):
            second_factor.reset(person, by=by)
    with_phone(boss)
    with pytest.raises(Refused):
        second_factor.reset(boss, by=boss)
    second_factor.reset(person, by=boss)
    assert not second_factor.enrolled(User.objects.get(pk=person.pk))
    last = AuditEntry.objects.filter(action="second_factor.reset").get()
    assert (last.actor, last.subject) == ("admin", "user:samira") and audit.verify().ok


# ------------------------------------------------------------------------------------------------ people and roles


def test_nobody_changes_their_own_access_and_the_last_administrator_stays(world):
    boss = world.administrator
    for act in (people.deactivate, people.activate):
        for by in (world.intern, world.editor, world.coordinator, boss):
            with pytest.raises(Refused):
                act(boss, by=by)
    other = people.add("lou", role="administrator", password=WORD, by=boss)
    assert people.change_role(boss, "intern", by=other)
    with pytest.raises(Refused, match="Only an administrator"):
        people.deactivate(other, by=User.objects.get(pk=boss.pk))
    assert User.objects.filter(role="administrator", is_active=True).count() == 1
    third = people.add("max", role="administrator", password=WORD, by=other)
    assert people.deactivate(other, by=third) and not people.deactivate(other, by=third)
    with pytest.raises(Refused):
        people.change_role(third, "editor", by=User.objects.get(pk=other.pk))


def test_a_role_that_changed_counts_at_once(world):
    revision = review.submit(world.draft(), by=world.intern)
    people.change_role(world.coordinator, "editor", by=world.administrator)
    with pytest.raises(Refused, match="Only a coordinator"):
        review.approve(revision, by=world.coordinator)


# ---------------------------------------------------------------------------------------------------- invitations


def test_an_invitation_opens_once(world):
    _row, token = access.invite("lou", role="editor", by=world.administrator)
    with pytest.raises(Refused, match="too weak"):
        access.accept(token, "court")
    added = access.accept(token, WORD, first_name=" Lou ", last_name="Martin")
    assert added.role == "editor" and User.objects.get(pk=added.pk).get_full_name() == "Lou Martin"
    with pytest.raises(Refused, match="opens nothing"):
        access.accept(token, WORD)
    assert token not in str(list(Invitation.objects.values()))


def test_an_invitation_that_is_old_withdrawn_replaced_or_of_somebody_who_left_opens_nothing(world):
    boss = world.administrator
    _row, first = access.invite("lou", role="editor", by=boss)
    row, token = access.invite("lou", role="editor", by=boss)
    assert access.invitation(first) is None
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert access.invitation(token) is None and not list(access.waiting())
    assert access.withdraw(row, by=boss) and access.invitation(token) is None
    _row, token = access.invite("lou", role="coordinator", by=boss)
    User.objects.filter(pk=boss.pk).update(is_active=False)
    with pytest.raises(Refused):
        access.accept(token, WORD)
    assert not User.objects.filter(username="lou").exists()
    assert (
        Invitation.objects.filter(used_at=None, withdrawn_at=None).count() == 1
    )  # nothing of the refused one stays done


@pytest.mark.parametrize("who", ["intern", "editor", "coordinator"])
def test_only_administrators_invite(who, world):
    with pytest.raises(Refused, match="administrator"):
        access.invite("lou", role="editor", by=getattr(world, who))


@pytest.mark.parametrize("name", ["camille", "a b", "", "<script>"])
def test_a_name_that_is_taken_or_none_is_not_invited(name, world):
    with pytest.raises(Refused):
        access.invite(name, role="editor", by=world.administrator)
