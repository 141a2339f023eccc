"""Receipts of protection: what was settled for the people in one file, sealed when somebody confirmed it.

A receipt is canonical JSON under its SHA-256. The log has the hash, and so has the seal of every revision that shows
the file: who approves a post approves its receipts. Codes and user names stand in it, never a place, a time of filming
or the name of a person filmed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from pipeline.models import (
    AuditEntry,
    Consent,
    FaceSearch,
    Footage,
    Protection,
    ProtectionReceipt,
    Rendition,
    User,
)
from pipeline.protection import timelines
from pipeline.rendering import store
from publishers._base import canonical
from publishers._sentences import Sentence, _

VERSION = 1
LOGGED = ("protection.confirmed", "protection.carried")


@dataclass(frozen=True)
class Verdict:
    """What a receipt is worth: why it is not what was sealed (empty: it is), and what is otherwise since."""

    broken: tuple[Sentence, ...]
    changed: tuple[Sentence, ...]

    @property
    def genuine(self) -> bool:
        """Whether it says exactly what was sealed and logged."""
        return not self.broken


def issue(rendition: Rendition) -> ProtectionReceipt:
    """The sealed receipt of a file whose records were just made; the one before it is no longer in force.

    Called inside the transaction that makes the records, whose entry of the log names its hash.
    """
    end(rendition)
    body = canonical(_told(rendition))
    facts = {"rendition": rendition, "body": body, "issued_at": timezone.now(), "withdrawn_at": None}
    made, _new = ProtectionReceipt.objects.update_or_create(sha256=hash_of(body), defaults=facts)
    return made


def end(rendition: Rendition) -> None:
    """Takes the file's receipt out of force; it stays readable."""
    rendition.receipts.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())


def hash_of(body: str) -> str:
    """The SHA-256 of a receipt's canonical JSON."""
    return hashlib.sha256(body.encode()).hexdigest()


def current(rendition: Rendition) -> ProtectionReceipt | None:
    """The receipt in force; None where nobody has confirmed the file."""
    return rendition.receipts.filter(withdrawn_at=None).first()


def hashes(renditions: Iterable[Rendition]) -> list[str]:
    """The hashes of the receipts in force of these files, in order: what the seal of a revision covers."""
    held = ProtectionReceipt.objects.filter(rendition__in=[one.pk for one in renditions], withdrawn_at=None)
    return sorted(set(held.values_list("sha256", flat=True)))


# --------------------------------------------------------------------------------------------------------- what it says


def _told(rendition: Rendition) -> dict[str, Any]:
    """Everything that the receipt of a file says, read from the rows as they stand."""
    records = rendition.protections.filter(withdrawn_at=None).select_related("footage", "confirmed_by")
    return {
        "receipt_version": VERSION,
        "file": {
            "sha256": rendition.sha256, "bytes": rendition.size, "mime": rendition.mime, "kind": rendition.kind,
            "inputs": rendition.inputs_sha256, "copy_of": rendition.spec.get("copy_of", ""),
        },
        "tools": rendition.measured.get("tools", {}),
        "footage": [_footage(one) for one in records.order_by("footage__sha256")],
    }  # fmt: skip


def _footage(record: Protection) -> dict[str, Any]:
    footage, held = record.footage, timelines.in_force(record.footage)
    until, search = footage.embargo_until, FaceSearch.objects.filter(footage=footage).first()
    return {
        "sha256": footage.sha256,
        "masks": record.masks_sha256,
        "search": search.tools if search else {},
        "review": held and {
            "version": held.timeline.number, "masks": held.sha256, "by": held.by.username,
            "at": held.at.isoformat(), "places": held.gaps, "drawn_by": _drawn_by(footage),
        },
        "confirmed": {
            "by": record.confirmed_by.username, "at": record.confirmed_at.isoformat(), "faces": record.faces,
            "voice": record.voice, "consent": record.consent, "faces_left": record.faces_left,
        },
        "voices_chosen": footage.voices,
        "consents": [_consent(one) for one in _consents(record, held.timeline.tracks if held else [])],
        "embargo_until": until.isoformat() if until else None,
    }  # fmt: skip


def _drawn_by(footage: Footage) -> list[str]:
    people = User.objects.filter(pk__in=footage.timelines.exclude(made_by=None).values("made_by"))
    return sorted(people.values_list("username", flat=True))


def _consents(record: Protection, tracks: Iterable[Mapping[str, Any]]) -> Iterable[Consent]:
    """The consents that the file relies on, and those of people known to be in the footage."""
    codes = {record.consent, *(track.get("consent", "") for track in tracks)} - {""}
    linked = record.footage.consents.values_list("code", flat=True)
    return Consent.objects.filter(code__in=codes | set(linked)).order_by("code")


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "code": consent.code, "given_on": consent.given_on.isoformat(), "how": consent.how, "face": consent.face,
        "voice": consent.voice, "networks": consent.networks, "languages": consent.languages,
        "until": consent.until.isoformat() if consent.until else None, "withdrawn": consent.withdrawn_at is not None,
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------- looking again


def damage(receipt: ProtectionReceipt) -> Sentence | None:
    """Why a receipt is not what was sealed, told from itself and the log; None where it is."""
    found = _broken(receipt.body, receipt.sha256)
    return found[0] if found else None


def verify(receipt: ProtectionReceipt) -> Verdict:
    """The receipt read again: its own hash, the log, and everything that it says held against what is there today."""
    broken = _broken(receipt.body, receipt.sha256)
    said = {} if broken else json.loads(receipt.body)
    changed = _changed(said, receipt.rendition) if said else []
    if receipt.withdrawn_at is not None:
        day = timezone.localtime(receipt.withdrawn_at).strftime("%Y-%m-%d")
        changed = [_("It is not in force since {day}.", day=day), *changed]
    return Verdict(tuple(broken), tuple(changed))


def verify_export(told: Mapping[str, Any]) -> Verdict:
    """The same for a receipt that was exported: `told` is the file's JSON."""
    body, sha256 = told.get("receipt"), told.get("sha256")
    if not isinstance(body, dict) or not isinstance(sha256, str):
        return Verdict((_("This is no receipt of protection: bring the JSON file that was exported."),), ())
    if broken := _broken(canonical(body), sha256):
        return Verdict(tuple(broken), ())
    held = ProtectionReceipt.objects.filter(sha256=sha256).select_related("rendition").first()
    if held is None:
        return Verdict((_("This store holds no such receipt: it is of another newsroom, or was removed."),), ())
    return verify(held)


def export(receipt: ProtectionReceipt) -> dict[str, Any]:
    """The receipt as a JSON document: what it says, and its hash."""
    return {"sha256": receipt.sha256, "receipt": json.loads(receipt.body)}


def _broken(body: str, sha256: str) -> list[Sentence]:
    if hash_of(body) != sha256:
        return [_("The receipt itself was changed: it does not have the hash under which it was sealed.")]
    if not AuditEntry.objects.filter(action__in=LOGGED, detail__receipt=sha256).exists():
        return [_("The log knows no receipt with this hash: it was not sealed here, or its entry was removed.")]
    return []


PARTS = (
    ("file.", _("the file")), ("tools", _("tools")), ("masks", _("masks")), ("search", _("search for faces")),
    ("review.places", _("what was seen at the places to look at")), ("review", _("review of the masks")),
    ("confirmed", _("who confirmed it, and what")), ("voices", _("choice for the voices")),
    ("consents", _("consents")), ("embargo", _("embargo")),
)  # fmt: skip


def _changed(said: Mapping[str, Any], rendition: Rendition) -> list[Sentence]:
    """What is otherwise today, each part once and in words."""
    found = [] if _bytes_stand(said["file"]) else [_("The file is missing or has other bytes.")]
    before, now = _flat(said), _flat(json.loads(canonical(_told(rendition))))
    parts = [_part(path) for path in {**before, **now} if before.get(path) != now.get(path)]
    return found + [_("Changed since: {what}.", what=part) for part in {part.msgid: part for part in parts}.values()]


def _bytes_stand(file: Mapping[str, Any]) -> bool:
    path = store.path_of(file["sha256"], file["mime"])
    return path.is_file() and store.sha256_of(path) == file["sha256"]


def _flat(said: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt's values by their places: those of footage by its hash, reviews by their own parts."""
    found = {f"file.{name}": value for name, value in said["file"].items()} | {"tools": said["tools"]}
    for footage in said["footage"]:
        parts = {name: value for name, value in footage.items() if name not in ("sha256", "review")}
        parts |= {f"review.{name}": value for name, value in (footage["review"] or {}).items()}
        found |= {f"{name} {footage['sha256']}": value for name, value in parts.items()}
    return found


def _part(path: str) -> Sentence:
    return next((words for start, words in PARTS if path.startswith(start)), _("the footage"))
