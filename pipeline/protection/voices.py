"""What is done with the voices of footage: chosen for all that is cut from it, done while rendering, told as it is.

A disguised voice is harder to know again, and no more than that (`pipeline.reels.voice`). Who must not be known by
their voice is muted, and captions say what they said.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pipeline import audit, vault
from pipeline.errors import Refused
from pipeline.models import Consent, Footage, Rendition, User, Voice
from pipeline.people import refuse_readers
from pipeline.protection.consents import in_force
from pipeline.protection.voiding import change_the_posts
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.reels import CutList
    from pipeline.reels.sound import Voices

_HEARD_AS = {"keep": Voice.KEPT, "duck": Voice.KEPT, "disguise": Voice.DISGUISED, "mute": Voice.MUTED}
_OPENNESS = (Voice.MUTED, Voice.DISGUISED, Voice.KEPT)  # from what protects most to what protects least
_CHOICES: dict[Voice, Voices] = {Voice.KEPT: "keep", Voice.DISGUISED: "disguise", Voice.MUTED: "mute"}


def choose(footage: Footage, voice: Voice, *, by: User) -> None:
    """Has the voices of this footage muted, disguised or kept in all that is cut from it.

    What is rendered already and lets more be heard goes out no more: approvals of its posts are void.
    """
    refuse_readers(by)
    if voice not in _CHOICES:
        raise Refused(_("Say what is done with the voices: keep, mute or disguise them."))
    with transaction.atomic():
        Footage.objects.filter(pk=footage.pk).update(voices=voice)
        footage.voices = voice
        audit.append(by, "voices.chosen", f"footage:{footage.code}", voices=voice)
        for rendition in footage.renditions.all():
            if unsettled(rendition, footage) is not None:
                change_the_posts(rendition, by, part="voices")


def protected(reel: CutList, footage: Mapping[Path, Footage]) -> CutList:
    """The cut list with its sound as the footage asks: a cut may protect more than that, never less.

    Of clips that are no footage nothing is asked.
    """
    cuts = []
    for cut in reel.cuts:
        film = footage.get(cut.clip) if cut.clip is not None else None
        asked = film.voices if film is not None else ""
        more = _more_open(_HEARD_AS[cut.sound], asked)
        cuts.append(cut.model_copy(update={"sound": _CHOICES[Voice(asked)]}) if more else cut)
    return reel.model_copy(update={"cuts": tuple(cuts)})


def seed_of(*footage: Footage) -> bytes:
    """By what the voices of this footage are disguised: a keyed hash, so that nobody can reckon it without our key."""
    known = " ".join(sorted(one.sha256 for one in footage))
    return bytes.fromhex(vault.keyed_hashes(f"voice {known}")[0])


def _more_open(heard_as: str, asked: str) -> bool:
    return bool(asked) and _OPENNESS.index(Voice(heard_as)) > _OPENNESS.index(Voice(asked))


# ----------------------------------------------------------------------------------------------- what a file lets hear


def heard(reel: CutList, footage: Mapping[Path, Footage]) -> dict[str, str]:
    """How the voices of each footage are heard in the reel, by SHA-256: as its most open cut lets them."""
    found: dict[str, Voice] = {}
    for cut in reel.cuts:
        if cut.clip is not None:
            sha256, now = footage[cut.clip].sha256, _HEARD_AS[cut.sound]
            found[sha256] = max(now, found.get(sha256, now), key=_OPENNESS.index)
    return {sha256: voice.value for sha256, voice in found.items()}


def of_file(rendition: Rendition) -> Voice | None:
    """How voices are heard in the file where they are heard most openly; None where nothing is known of its sound."""
    known = [Voice(value) for value in rendition.measured.get("voices", {}).values()]
    return max(known, key=_OPENNESS.index) if known else None


def settled(rendition: Rendition, footage: Footage, said: Voice) -> Voice:
    """What is recorded of one footage in a file of which somebody said so much of its voices as a whole."""
    own = rendition.measured.get("voices", {}).get(footage.sha256)
    return said if said == Voice.NONE or own is None else Voice(own)


def unsettled(rendition: Rendition, footage: Footage) -> Sentence | None:
    """Why a file may not go out for what it lets hear of the footage; None where it may."""
    unknown = Voice.KEPT if rendition.mime.startswith("video/") else Voice.MUTED
    if not _more_open(rendition.measured.get("voices", {}).get(footage.sha256, unknown), footage.voices):
        return None
    if footage.voices == Voice.MUTED:
        return _("The voices of footage {code} are to be muted: render this again.", code=footage.code)
    return _("The voices of footage {code} are to be disguised: render this again.", code=footage.code)


def still_to_do(rendition: Rendition) -> Voices:
    """What must be done to all the sound of a file made before its footage asked for it: mute, disguise or keep."""
    known = rendition.measured.get("voices", {})
    asked = [Voice(one.voices) for one in rendition.footage.all()
             if _more_open(known.get(one.sha256, Voice.KEPT), one.voices)]  # fmt: skip
    return _CHOICES[min(asked, key=_OPENNESS.index)] if asked else "keep"


def after(rendition: Rendition, done: Voices) -> dict[str, Any]:
    """What is known of a file after that was done to the sound of this one."""
    if done == "keep":
        return dict(rendition.measured)
    heard_as = dict.fromkeys((one.sha256 for one in rendition.footage.all()), _HEARD_AS[done].value)
    return {**rendition.measured, "voices": heard_as}


def untrue(rendition: Rendition, said: Voice, consent: str) -> Sentence | None:
    """Why that cannot be said of the voices in this file; None where it can. Nobody but a person hears “no voice”."""
    fact = of_file(rendition)
    if fact is not None and said not in (Voice.NONE, fact):
        return _untrue(fact)
    if said == Voice.KEPT and consent and _silent_on_voice(consent):
        return _("Consent {code} does not let the voice be heard as it is: mute or disguise it.", code=consent)
    return None


def _untrue(fact: Voice) -> Sentence:
    if fact == Voice.KEPT:
        return _("Voices are heard as they are in this file: say so, or mute or disguise its cuts and render it again.")
    if fact == Voice.DISGUISED:
        return _("Voices are disguised in this file, not kept or muted: say so, or render it again.")
    return _("Voices are muted in this file: say so, or render it again.")


def _silent_on_voice(code: str) -> bool:
    row = Consent.objects.filter(code=code).first()
    return row is not None and not (row.voice and in_force(row))
