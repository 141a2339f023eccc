"""What was settled for the people in a file is sealed, approved with it, and says later whether it was changed."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from django.utils import timezone

from cli import main
from pipeline import composing, delivery, review, setup
from pipeline.errors import Refused
from pipeline.models import Faces, Footage, How, ProtectionReceipt, PublicationState, Revision, Voice
from pipeline.protection import consents, receipts, record, timelines
from pipeline.protection.consents import Scope
from pipeline.protection.tracks import Box, Track
from pipeline.rendering import store
from tests.protection.settled import reviewed, searched


@pytest.fixture
def filmed(world):
    """A world whose card was made from footage with one masked face, which ends inside the picture."""
    until = timezone.now() - timedelta(hours=1)
    footage = Footage.objects.create(
        sha256="f" * 64, size=1, kind="video", added_by=world.intern, embargo_until=until, place="Grande-Synthe",
        voices="disguised",
    )  # fmt: skip
    world.footage = footage
    searched(footage, (Track((Box(1.0, 0.4, 0.3, 0.1, 0.2), Box(2.0, 0.4, 0.3, 0.1, 0.2)), 1.0, 2.0, 1),))
    for gap in timelines.gap_report(timelines.standing(footage)):
        timelines.decide(footage, gap.key, "hidden", by=world.editor)
    world.card().footage.add(footage)
    reviewed(world.card(), by=world.editor)
    return world


def confirm(world, **changes):
    settled = {"by": world.intern, "faces": Faces.MASKED, "voice": Voice.MUTED, **changes}
    record.confirm(world.card(), **settled)
    return receipts.current(world.card())


def sent_at_its_time(world):
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    return world.sent()


def test_it_says_what_was_settled_by_whom_and_with_what(filmed):
    agreed = consents.record("P-014", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(), by=filmed.editor)
    consents.link(agreed, filmed.footage, by=filmed.editor)
    held = confirm(filmed)
    said = json.loads(held.body)
    assert held.sha256 == hashlib.sha256(held.body.encode()).hexdigest()
    (one,) = said["footage"]
    assert said["file"]["sha256"] == filmed.card().sha256 and said["tools"]["pillow"] and said["tools"]["av"]
    assert one["sha256"] == "f" * 64 and one["masks"] == timelines.standing(filmed.footage).sha256
    assert one["review"]["by"] == "noor" and {p["decision"] for p in one["review"]["places"]} == {"hidden"}
    assert (one["confirmed"]["by"], one["confirmed"]["voice"], one["confirmed"]["faces"]) == (
        "camille",
        "muted",
        "masked",
    )
    assert [c["code"] for c in one["consents"]] == ["P-014"] and one["voices_chosen"] == "disguised"
    assert one["embargo_until"] == filmed.footage.embargo_until.isoformat()
    assert "Grande-Synthe" not in held.body
    assert receipts.verify(held) == receipts.Verdict((), ())


def test_the_approvals_seal_covers_it(filmed):
    held = confirm(filmed)
    filmed.scheduled()
    revision = Revision.objects.get()
    assert revision.receipts == [held.sha256]
    seals = [item.seal for item in revision.items.all()]
    assert revision.seal == review.seal_of([*seals, held.sha256]) != review.seal_of(seals)
    assert len(sent_at_its_time(filmed)) == 1


def _other_words(held):
    body = held.body.replace('"faces":"masked"', '"faces":"nobody"')
    ProtectionReceipt.objects.filter(pk=held.pk).update(body=body)


def _other_words_under_their_own_hash(held):
    body = held.body.replace('"faces":"masked"', '"faces":"nobody"')
    ProtectionReceipt.objects.filter(pk=held.pk).update(body=body, sha256=receipts.hash_of(body))


def _no_receipt(held):
    held.delete()


def _the_revision_names_another(held):
    Revision.objects.update(receipts=["0" * 64])


MEDDLING = [_other_words, _other_words_under_their_own_hash, _no_receipt, _the_revision_names_another]


@pytest.mark.parametrize("meddle", MEDDLING)
def test_a_receipt_that_was_meddled_with_stops_the_sending(filmed, meddle):
    held = confirm(filmed)
    publication = filmed.scheduled()
    meddle(held)
    assert sent_at_its_time(filmed) == []
    publication.refresh_from_db()
    assert publication.state == PublicationState.FAILED


@pytest.mark.parametrize("meddle", [_other_words, _other_words_under_their_own_hash])
def test_and_is_told_when_it_is_read_again(filmed, meddle):
    held = confirm(filmed)
    meddle(held)
    held.refresh_from_db()
    assert not receipts.verify(held).genuine
    assert record.missing(filmed.card())


def test_a_new_confirmation_seals_a_new_receipt_and_asks_for_a_new_approval(filmed):
    first = confirm(filmed)
    post = filmed.approved()
    second = confirm(filmed, voice=Voice.KEPT)
    first.refresh_from_db()
    post.refresh_from_db()
    assert first.withdrawn_at and second.sha256 != first.sha256 and post.state == "draft"
    assert receipts.verify(first).genuine and receipts.verify(first).changed


def test_an_approval_is_not_given_where_the_receipt_is_another_than_was_submitted(filmed):
    confirm(filmed)
    revision = review.submit(filmed.draft(), by=filmed.intern)
    ProtectionReceipt.objects.update(sha256="1" * 64)
    with pytest.raises(Refused, match="how people are protected"):
        review.approve(revision, by=filmed.coordinator)


def test_what_is_otherwise_since_is_said_part_by_part(filmed):
    def said():
        return [sentence.text("en") for sentence in receipts.verify(held).changed]

    consent = consents.record("P-1", given_on=date(2026, 1, 5), how=How.SPOKEN, scope=Scope(), by=filmed.editor)
    consents.link(consent, filmed.footage, by=filmed.editor)
    held = confirm(filmed)
    Footage.objects.update(embargo_until=timezone.now())
    assert said() == ["Changed since: embargo."]
    consents.unlink(consent, filmed.footage, by=filmed.coordinator, reason="mistaken")
    assert said() == ["Changed since: consents.", "Changed since: embargo."]
    Footage.objects.update(voices="muted")
    assert "Changed since: choice for the voices." in said()
    timelines.edit(filmed.footage, lambda masks: masks.delete(1), action="delete", by=filmed.editor)
    assert "Changed since: review of the masks." in said()
    path = store.path_of(filmed.card().sha256, filmed.card().mime)
    path.chmod(0o600)
    path.write_bytes(b"another")
    assert "The file is missing or has other bytes." in said()
    assert receipts.verify(held).genuine  # the receipt itself is what it was


def test_a_copy_of_the_pixels_carries_a_receipt_of_its_own(filmed):
    held, source = confirm(filmed), filmed.card()
    copy = type(source).objects.get(pk=source.pk)
    copy.pk, copy.inputs_sha256, copy.sha256 = None, "a" * 64, "b" * 64
    copy.save(force_insert=True)
    copy.footage.set(source.footage.all())
    record.carry_over(source, copy)
    carried = receipts.current(copy)
    assert carried and carried.sha256 != held.sha256 and receipts.damage(carried) is None
    record.withdraw(source, by=filmed.editor)
    assert receipts.current(copy) is None and receipts.current(source) is None


def test_a_file_without_people_has_no_receipt_and_its_seal_is_as_before(world):
    revision = review.submit(world.draft(), by=world.intern)
    assert revision.receipts == [] and revision.seal == review.seal_of([i.seal for i in revision.items.all()])
    assert composing.problems(revision.items.get().variant) == []


# -------------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def terminal(filmed, monkeypatch):
    """The tests' own database stands in for a store on disk."""
    monkeypatch.setattr(setup, "require", lambda: None)
    return filmed


def run(*args):
    done = CliRunner().invoke(main, ["footage", "receipt", *map(str, args)])
    return done.exit_code, done.stdout


def test_the_command_shows_writes_and_reads_it_again(terminal, tmp_path):
    held, number = confirm(terminal), terminal.card().pk
    status, shown = run(number)
    assert status == 0 and "camille" in shown and held.sha256 in shown.replace("\n", "").replace(" ", "")
    out = tmp_path / "receipt.json"
    assert run(number, "--out", out)[0] == 0
    assert json.loads(out.read_text("utf-8")) == {"sha256": held.sha256, "receipt": json.loads(held.body)}
    assert run("--check", out)[0] == 0
    told = json.loads(run(number, "--json")[1])
    assert told["genuine"] and told["sha256"] == held.sha256
    assert json.loads(run("--json")[1]) == [{"rendition": number, "sha256": held.sha256, "genuine": True, "said": []}]


@pytest.mark.parametrize(
    ("before", "after"), [('"masked"', '"nobody"'), ('"camille"', '"noor"'), ('"muted"', '"kept"')]
)
def test_an_exported_receipt_that_was_changed_is_found_out(terminal, tmp_path, before, after):
    held = confirm(terminal)
    told = json.dumps(receipts.export(held))
    assert before in told
    out = tmp_path / "receipt.json"
    out.write_text(told.replace(before, after), "utf-8")
    assert run("--check", out)[0] == 1
    changed = json.loads(out.read_text("utf-8"))
    changed["sha256"] = hashlib.sha256(
        json.dumps(changed["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
    out.write_text(json.dumps(changed), "utf-8")
    assert run("--check", out)[0] == 1  # the log knows no such hash
    out.write_text("[1]", "utf-8")
    assert run("--check", out)[0] == 1


def test_all_are_read_again_at_once_and_one_that_was_changed_is_refused(terminal):
    held = confirm(terminal)
    _other_words(held)
    status, told = run("--json")
    assert status == 1 and [one["genuine"] for one in json.loads(told)] == [False]
