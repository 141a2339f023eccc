"""Statements compiled once answer as the querysets that they were made of, whatever is given and whoever asks."""

from __future__ import annotations

import threading

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pipeline.compiled import Change, Given, Question, given
from pipeline.delivery import claims, sealed
from pipeline.models import Beat, Channel, Hold, Publication


def beats():
    """Three rows: text, moment, JSON."""
    now = timezone.now()
    return [Beat.objects.create(name=name, at=now, details={"of": name}) for name in "abc"]


def fields(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_question_answers_as_its_queryset_whatever_is_given(db):
    rows = beats()
    asked = Question(lambda: Beat.objects.filter(**given(Beat, "name")))
    for row in [*rows, *rows]:
        (found,) = asked(name=row.name)
        assert fields(found) == fields(row)
    assert asked(name="x") == []


def test_a_question_sees_what_was_written_since_it_was_last_asked(db):
    beats()
    asked = Question(lambda: Beat.objects.filter(**given(Beat, "name")).values_list("details", flat=True))
    assert asked(name="a") == [{"of": "a"}]
    Beat.objects.filter(name="a").update(details={"of": "z"})
    assert asked(name="a") == [{"of": "z"}]


def test_a_question_makes_the_rows_around_a_row_too(world):
    row = world.scheduled()
    asked = Question(lambda: Publication.objects.filter(**given(Publication, "pk")).select_related("channel", "item"))
    (found,) = asked(pk=row.pk)
    with CaptureQueriesContext(connections[DEFAULT_DB_ALIAS]) as more:
        assert (found.channel.name, found.item.seal) == (world.channel.name, row.item.seal)
    assert len(more) == 0
    assert fields(found.channel) == fields(Channel.objects.get(pk=row.channel_id))


def test_a_change_meets_what_its_update_would_meet_and_says_how_many(db):
    beats()
    moment = timezone.now()
    change = Change(lambda: Beat.objects.filter(name=Given("was", Beat, "name")), lambda: given(Beat, "at", "details"))
    assert change(was="b", at=moment, details={"n": [1, None]}) == 1
    assert change(was="x", at=moment, details=None) == 0
    assert Beat.objects.filter(name="b", at=moment).get().details == {"n": [1, None]}
    assert Beat.objects.exclude(name="b").filter(at=moment).count() == 0


def test_a_change_may_write_nothing_and_count_on_what_stands_there(world):
    row = world.scheduled()
    change = Change(
        lambda: Publication.objects.filter(**given(Publication, "pk")),
        lambda: {"fence": F("fence") + 1, **given(Publication, "error", "next_try_at")},
    )
    why, at = {"msgid": "x", "values": {}}, timezone.now()
    for error, moment in [(why, at), (None, None)]:
        assert change(pk=row.pk, error=error, next_try_at=moment) == 1
        row.refresh_from_db()
        assert (row.error, row.next_try_at) == (error, moment)
    assert row.fence == 2
    assert Publication.objects.filter(pk=row.pk, error__isnull=True).exists()  # SQL's NULL, not JSON's


def test_a_change_that_the_database_refuses_takes_the_whole_transaction_with_it(db):
    beats()
    change = Change(lambda: Beat.objects.filter(name=Given("was", Beat, "name")), lambda: given(Beat, "name"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Beat.objects.filter(name="c").update(details={})
        change(was="b", name="a")
    assert Beat.objects.get(name="c").details == {"of": "c"}


def test_each_connection_has_its_own(transactional_db):
    beats()
    asked = Question(lambda: Beat.objects.filter(**given(Beat, "name")).values_list("name", flat=True))
    answers = []

    def ask():
        answers.append(asked(name="a"))
        connections[DEFAULT_DB_ALIAS].close()

    threads = [threading.Thread(target=ask) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["a"]] * 3


def test_the_claim_is_the_update_that_is_written_in_claims(world):
    """The compiled claim meets a row exactly where the conditions, asked one by one, are fulfilled."""
    row = world.scheduled()
    now = row.due_at

    def taken(**seen):
        held = {"state": "claimed", "fence": 1, "worker": "w", "lease_until": now}
        with transaction.atomic():
            met = claims.CLAIM(**{"pk": row.pk, "was": "scheduled", "seen": 0, "now": now, **held, **seen})
            transaction.set_rollback(True)
        return met

    assert taken() == 1
    assert taken(seen=1) == taken(was="planned") == taken(pk=row.pk + 1) == 0
    for wrong in ({"authorised": False}, {"active": False}, {"paused_until": now + claims.LEAD}):
        Channel.objects.update(**wrong)
        assert taken() == 0
        Channel.objects.update(authorised=True, active=True, paused_until=None)
    hold = Hold.objects.create(since=now)
    assert taken() == 0
    Hold.objects.filter(pk=hold.pk).update(released_at=now)
    assert taken() == 1


def test_the_proof_of_a_seal_asks_few_questions_and_loads_nothing_later(world):
    """What the proof looks at is read at once: a column left out would be read alone, each time."""
    row = world.scheduled()
    sealed.submission(row)
    with CaptureQueriesContext(connections[DEFAULT_DB_ALIAS]) as asked:
        sealed.submission(row)
    # The row and those around it, seals, texts, pictures; of these the embargo, the delay, what is told in detail, the
    # footage and the consents.
    assert len(asked) == 9
