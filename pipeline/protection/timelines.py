"""Face timelines as they stand: versions, edits by named people, gaps, and the review that everything waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import FaceSearch, FaceTimeline, Footage, GapDecision, Rendition, TimelineReview, User
from pipeline.people import refuse_readers
from pipeline.protection import consents
from pipeline.protection.gaps import Decision, Gap, gaps, undecided
from pipeline.protection.timeline import Masks
from pipeline.protection.voiding import change_the_posts
from publishers._sentences import Sentence, _

Change = Callable[[Masks], Masks]


def current(footage: Footage) -> FaceTimeline | None:
    """The newest version of the footage's timeline; None before it was searched."""
    return footage.timelines.order_by("-number").first()


def standing(footage: Footage) -> FaceTimeline:
    """The newest version; `Refused` before the footage was searched."""
    row = current(footage)
    if row is None:
        raise Refused(
            _("Footage {code} was not searched for faces yet: portevoix footage mask {code}", code=footage.code)
        )
    return row


def masks_of(row: FaceTimeline) -> Masks:
    """What that version covers."""
    return Masks.from_json(row.tracks)


def begin(footage: Footage, masks: Masks, **detail: Any) -> FaceTimeline:
    """The first version, from the search; nobody has looked at it."""
    row = _version(footage, None, masks, "search", detail, None)
    audit.append(None, "faces.searched", f"footage:{footage.code}", masks=row.sha256, tracks=len(masks.tracks))
    return row


# ---------------------------------------------------------------------------------------------------------------- edits


def edit(
    footage: Footage, change: Change, *, action: str, by: User, seen: int | None = None, **detail: Any
) -> FaceTimeline:
    """The new version that a change makes, which voids the review and the approvals of posts that show the footage.

    `seen` is the number of the version that the person looked at: `Refused` where somebody made a newer one since.
    """
    refuse_readers(by)
    before = standing(footage)
    if seen is not None and seen != before.number:
        raise _overtaken()
    masks = change(masks_of(before))
    if masks.sha256 == before.sha256:
        return before
    return _changed(footage, before, before, masks, action, detail, by)


def undo(footage: Footage, *, by: User, seen: int | None = None) -> FaceTimeline:
    """A new version that is what the timeline was before its last change; undoing again goes further back."""
    refuse_readers(by)
    row = standing(footage)
    if seen is not None and seen != row.number:
        raise _overtaken()
    if row.before is None:
        raise Refused(_("There is nothing to undo: these are the masks as the search found them."))
    return _changed(
        footage, row, row.before.before, masks_of(row.before), "undo", {"of": row.number, "to": row.before.number}, by
    )


def _changed(
    footage: Footage, newest: FaceTimeline, before: FaceTimeline | None, masks: Masks, action: str,
    detail: dict[str, Any], by: User,
) -> FaceTimeline:  # fmt: skip
    try:
        with transaction.atomic():
            row = _version(footage, before, masks, action, detail, by, number=newest.number + 1)
            TimelineReview.objects.filter(timeline__footage=footage, withdrawn_at=None).update(
                withdrawn_at=timezone.now()
            )
            for rendition in Rendition.objects.filter(footage=footage):
                change_the_posts(rendition, by, part="mask")
            audit.append(by, f"faces.{action}", f"footage:{footage.code}", masks=row.sha256, version=row.number)
            return row
    except IntegrityError:  # somebody else's version came first
        raise _overtaken() from None


def _version(
    footage: Footage, before: FaceTimeline | None, masks: Masks, action: str, detail: dict[str, Any], by: User | None,
    number: int = 1,
) -> FaceTimeline:  # fmt: skip
    return FaceTimeline.objects.create(
        footage=footage, number=number, before=before, tracks=masks.as_json(), sha256=masks.sha256, action=action,
        detail=detail, made_by=by,
    )  # fmt: skip


def _overtaken() -> Refused:
    return Refused(_("Somebody changed these masks since you opened the page: look at them as they are now."))


# ---------------------------------------------------------------------------------------------------------- the review


def gap_report(row: FaceTimeline) -> list[Gap]:
    """Every place of that version at which a person has to look."""
    search = FaceSearch.objects.get(footage=row.footage_id)  # as stored: what the instance holds may be older
    faint, bridged = (Masks.from_json(stored).tracks for stored in (search.faint, search.bridged))
    return gaps(masks_of(row).tracks, faint, bridged, search.seconds)


def decisions(footage: Footage) -> dict[str, GapDecision]:
    """What was said of gaps, by their keys."""
    return {one.key: one for one in footage.gap_decisions.select_related("by")}


def decide(footage: Footage, key: str, decision: str, *, by: User) -> GapDecision:
    """Records what a person saw at a gap: "nobody", "hidden" or "covered"; `Refused` for a gap that is not there."""
    refuse_readers(by)
    if decision not in get_args(Decision):
        known = ", ".join(get_args(Decision))
        raise Refused(_("Say what you saw there, one of: {known}.", known=known))
    gap = next((gap for gap in gap_report(standing(footage)) if gap.key == key), None)
    if gap is None:
        raise Refused(_("This gap is not there any more: look at the list again."))
    with transaction.atomic():
        row, _made = GapDecision.objects.update_or_create(
            footage=footage, key=key, defaults={"decision": decision, "gap": gap.as_json(), "by": by}
        )
        audit.append(by, "faces.gap", f"footage:{footage.code}", gap=key, decision=decision)
    return row


def review(footage: Footage, *, by: User, seen: int) -> TimelineReview:
    """`by`'s word on exactly version `seen`: every track and gap was looked at, and all are covered who must be."""
    refuse_readers(by)
    row = standing(footage)
    if row.number != seen:
        raise _overtaken()
    found, said = gap_report(row), decisions(footage)
    if left := undecided(found, said):
        raise Refused(_("{n} places were not looked at yet: say of each what is there, then confirm.", n=len(left)))
    decided = [{**gap.as_json(), "decision": said[gap.key].decision, "by": said[gap.key].by.username} for gap in found]
    with transaction.atomic():
        if (held := in_force(footage)) is not None:
            return held
        made = TimelineReview.objects.create(timeline=row, sha256=row.sha256, gaps=decided, by=by, at=timezone.now())
        for rendition in Rendition.objects.filter(footage=footage):
            change_the_posts(rendition, by, part="mask")
        audit.append(by, "faces.reviewed", f"footage:{footage.code}", masks=row.sha256, gaps=len(found))
    return made


def in_force(footage: Footage) -> TimelineReview | None:
    """The review of the newest version; None where nobody has confirmed exactly that one."""
    row = current(footage)
    return (
        row.reviews.filter(withdrawn_at=None, sha256=row.sha256).select_related("by", "timeline").first()
        if row
        else None
    )


def of_all(several: Iterable[Footage]) -> dict[int, tuple[FaceTimeline, TimelineReview | None]]:
    """For each of these that was searched: its newest timeline and the review of exactly that one, in two queries."""
    rows = FaceTimeline.objects.filter(footage__in=list(several)).defer("tracks").order_by("number")
    newest = {row.footage_id: row for row in rows}
    reviews = TimelineReview.objects.filter(timeline__in=[row.pk for row in newest.values()], withdrawn_at=None)
    held = {review.timeline_id: review for review in reviews}
    found = {pk: (row, held.get(row.pk)) for pk, row in newest.items()}
    return {
        pk: (row, review if review and review.sha256 == row.sha256 else None) for pk, (row, review) in found.items()
    }


def reviewed(footage: Footage) -> FaceTimeline:
    """The newest version, confirmed by a person, with consents that hold; `Refused` where it is not so."""
    held = in_force(footage)
    if (why := _unready(held, footage)) is not None:
        raise Refused(why)
    assert held is not None
    return held.timeline


def unsettled(rendition: Rendition, footage: Footage) -> Sentence | None:
    """Why a file made from the footage may not go out: no review, or other masks than the reviewed; None if neither."""
    held = in_force(footage)
    if (why := _unready(held, footage)) is not None:
        return why
    if held is None or rendition.spec.get("masks", {}).get(footage.sha256) != held.sha256:
        return _("This was not rendered with the reviewed masks of footage {code}: render it again.", code=footage.code)
    return None


def _unready(held: TimelineReview | None, footage: Footage) -> Sentence | None:
    """Why nothing may be made of the footage with that review of its masks; None where it may."""
    if held is None:
        return _(
            "Nobody has reviewed the masks of footage {code}: on its page, look at every track and gap, then confirm.",
            code=footage.code,
        )
    for track in masks_of(held.timeline).tracks:
        if track.consent and not consents.covers(track.consent, footage):
            return _("Consent {code} does not let a face be seen any more: mask it again.", code=track.consent)
    return None


def editors(footage: Footage) -> set[int]:
    """Everyone who drew, changed or reviewed its masks, by number: they are authors of what shows it."""
    made = footage.timelines.exclude(made_by=None).values_list("made_by_id", flat=True)
    reviewed = TimelineReview.objects.filter(timeline__footage=footage).values_list("by_id", flat=True)
    return {user for user in [*made, *reviewed] if user is not None}
