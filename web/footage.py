"""The pages of footage: what is masked in it, where a person has to look, and their word that all are covered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Any, cast, get_args

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from pipeline.errors import Refused
from pipeline.models import FaceTimeline, Footage, GapDecision, ProtectionReceipt, Rendition, User, Voice
from pipeline.protection import edits, looks, searching, timelines, voices
from pipeline.protection.gaps import Gap
from pipeline.protection.tracks import Box, Kind, Track, box_at, grown
from publishers._sentences import Said, _
from web import lists
from web.people import writer
from web.templatetags.studio import said

STEPS = (-1.0, -0.1, 0.1, 1.0)  # seconds, of the buttons beside the frame
MADE = 12  # files made of the footage that are listed
NEW = {"left": 40.0, "top": 30.0, "width": 10.0, "height": 18.0}  # percent: where a new box begins


@dataclass(frozen=True)
class TrackView:
    """One track with the pictures of its face."""

    track: Track
    faces: list[str]


@dataclass(frozen=True)
class GapView:
    """One place to look at, its picture, and what was said of it."""

    gap: Gap
    picture: str
    decided: GapDecision | None


@dataclass(frozen=True)
class Mark:
    """A box over the frame, and the oval or rectangle that covers it (middle and half sides), in percent of it."""

    track: Track
    left: float
    top: float
    width: float
    height: float
    cover: dict[str, float]
    chosen: bool


def _found(code: str) -> Footage:
    return get_object_or_404(Footage.objects.select_related("search"), sha256__startswith=code.ljust(10, "-"))


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every piece of footage, the newest first, and how far its masks are."""
    writer(request)
    part = lists.part(request, Footage.objects.select_related("search", "added_by").order_by("-pk"))
    standing = timelines.of_all(part)
    rows = [(row, *standing.get(row.pk, (None, None))) for row in part]
    return render(request, "footages.html", {"rows": rows, "part": part})


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """What is masked in one piece of footage; comes again by itself while it is being searched."""
    writer(request)
    footage = _found(code)
    row = timelines.current(footage)
    search = searching.queue(footage)
    if row is None:
        answer = render(request, "footage.html", {"footage": footage, "search": search})
        if search.state in ("queued", "searching"):
            answer["Refresh"] = "5"
        return answer
    return render(request, "footage.html", _shown(request, footage, row))


def _shown(request: HttpRequest, footage: Footage, row: FaceTimeline) -> dict[str, Any]:
    masks, at = timelines.masks_of(row), _seconds(request.GET.get("at"), footage)
    chosen = next((track for track in masks.tracks if str(track.number) == request.GET.get("track")), None)
    tracks = [TrackView(track, [look.name for look in looks.of_track(track)]) for track in masks.tracks]
    decided = timelines.decisions(footage)
    gaps = [GapView(gap, looks.of_gap(gap).name, decided.get(gap.key)) for gap in timelines.gap_report(row)]
    return {
        "footage": footage, "search": footage.search, "timeline": row, "tracks": tracks, "gaps": gaps,
        "left": sum(one.decided is None for one in gaps), "review": timelines.in_force(footage), "at": at,
        "frame": round(at * 1000), "marks": _marks(masks.tracks, at, chosen), "chosen": chosen,
        "box": _box_of(chosen, at), "steps": _steps(at, footage), "versions": _versions(footage),
        "missing": _make_looks(footage, masks.tracks, gaps), "is_photo": footage.kind == "image",
        "made": _made(footage),
    }  # fmt: skip


def _make_looks(footage: Footage, tracks: tuple[Track, ...], gaps: list[GapView]) -> str:
    """Why the small pictures cannot be made; "" where they are there."""
    wanted = [look for track in tracks for look in looks.of_track(track)]
    try:
        looks.make(footage, [*wanted, *(looks.of_gap(one.gap) for one in gaps)])
    except Refused as refusal:
        return said(refusal.sentence)
    return ""


def _seconds(given: str | None, footage: Footage) -> float:
    try:
        seconds = float((given or "0").replace(",", "."))
    except ValueError:
        return 0.0
    return 0.0 if isnan(seconds) else min(max(0.0, seconds), footage.search.seconds)


def _steps(at: float, footage: Footage) -> list[tuple[float, float]]:
    """The steps from here in seconds, and the times they lead to."""
    return [(step, round(min(max(0.0, at + step), footage.search.seconds), 3)) for step in STEPS]


def _marks(tracks: tuple[Track, ...], at: float, chosen: Track | None) -> list[Mark]:
    there = [(track, _percent(box), _covered(box)) for track in tracks if (box := box_at(track, at)) is not None]
    return [
        Mark(track, side["left"], side["top"], side["width"], side["height"], cover, track == chosen)
        for track, side, cover in there
    ]


def _covered(box: Box) -> dict[str, float]:
    mask = grown(box)
    (x, y), halves = mask.middle, (mask.width / 2, mask.height / 2)
    sides = {"x": x, "y": y, "across": halves[0], "down": halves[1], "left": mask.x, "top": mask.y}
    return {name: round(100 * value, 2) for name, value in sides.items()}


def _percent(box: Box) -> dict[str, float]:
    sides = {"left": box.x, "top": box.y, "width": box.width, "height": box.height}
    return {name: round(100 * value, 2) for name, value in sides.items()}


def _box_of(chosen: Track | None, at: float) -> dict[str, float]:
    """The numbers with which the form begins, in percent."""
    if chosen is None:
        return NEW
    return _percent(box_at(chosen, at) or (chosen.boxes[0] if at < chosen.start else chosen.boxes[-1]))


def _versions(footage: Footage) -> QuerySet[FaceTimeline]:
    return footage.timelines.select_related("made_by").order_by("-number")[:12]


def _made(footage: Footage) -> list[tuple[Rendition, bool]]:
    """The newest files that show it, and whether each has a receipt of protection in force."""
    rows = list(footage.renditions.filter(state="ready").order_by("-pk")[:MADE])
    held = ProtectionReceipt.objects.filter(rendition__in=rows, withdrawn_at=None)
    settled = set(held.values_list("rendition", flat=True))
    return [(row, row.pk in settled) for row in rows]


# ------------------------------------------------------------------------------------------------------------- acting


@require_POST
def act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Does one thing to the masks, then the page at the time one was at, with what was done or why not."""
    by, footage = writer(request), _found(code)
    do = VERBS.get(verb)
    if do is None:
        raise Http404
    try:
        messages.success(request, do(footage, Given(request), by))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    back = {name: request.POST[name] for name in ("at", "track") if request.POST.get(name)}
    anchor = request.POST.get("anchor", "")
    query = f"?{urlencode(back)}" if back else ""
    mark = f"#{anchor}" if anchor.isalpha() else ""
    return redirect(f"{reverse('footage', args=[footage.code])}{query}{mark}")


class Given:
    """What a form sent, as numbers; `Refused` where something is none."""

    def __init__(self, request: HttpRequest) -> None:
        self._post = request.POST

    def number(self, name: str) -> float:
        """A number, with a comma or a point."""
        try:
            value = float(self.text(name).replace(",", "."))
        except ValueError:
            raise self._wrong(name) from None
        if not abs(value) < 1e6:
            raise self._wrong(name)
        return value

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self.number(name))

    def text(self, name: str) -> str:
        """The words."""
        return self._post.get(name, "").strip()

    def box(self) -> Box:
        """The box of the form, at its time."""
        sides = [self.number(name) / 100 for name in ("left", "top", "width", "height")]
        return Box(self.number("at"), sides[0], sides[1], sides[2], sides[3])

    def kind(self) -> Kind:
        """What is covered."""
        found = next((kind for kind in get_args(Kind) if kind == self.text("kind")), None)
        if found is None:
            raise Refused(_("Say what is covered: a face, a plate or a screen."))
        return cast(Kind, found)

    def decisions(self) -> dict[str, str]:
        """What was said of gaps, by their keys; those of which nothing was said are left out."""
        return {name[4:]: str(value) for name, value in self._post.items() if name.startswith("gap-") and value}

    def _wrong(self, name: str) -> Refused:
        return Refused(_("“{value}” is not a number: write one, such as 12.5.", value=self.text(name)))


Verb = Callable[[Footage, Given, User], str]


def _add(footage: Footage, given: Given, by: User) -> str:
    edits.add(
        footage, given.box(), start=given.number("start"), end=given.number("end"), kind=given.kind(), by=by,
        seen=given.whole("seen"),
    )  # fmt: skip
    return gettext("Masked.")


def _put(footage: Footage, given: Given, by: User) -> str:
    edits.put(footage, given.whole("track"), given.box(), by=by, seen=given.whole("seen"))
    return gettext("The mask is moved at this time.")


def _drop(footage: Footage, given: Given, by: User) -> str:
    edits.drop(footage, given.whole("track"), given.number("at"), by=by, seen=given.whole("seen"))
    return gettext("The keyframe is gone.")


def _last(footage: Footage, given: Given, by: User) -> str:
    span = given.number("start"), given.number("end")
    edits.last(footage, given.whole("track"), *span, by=by, seen=given.whole("seen"))
    return gettext("The mask lasts from %(start)s to %(end)s s.") % {"start": span[0], "end": span[1]}


def _split(footage: Footage, given: Given, by: User) -> str:
    edits.split(footage, given.whole("track"), given.number("at"), by=by, seen=given.whole("seen"))
    return gettext("There are two tracks now.")


def _join(footage: Footage, given: Given, by: User) -> str:
    edits.join(footage, given.whole("track"), given.whole("other"), by=by, seen=given.whole("seen"))
    return gettext("Both are one track now.")


def _delete(footage: Footage, given: Given, by: User) -> str:
    edits.delete(footage, given.whole("track"), by=by, seen=given.whole("seen"))
    return gettext("The mask is gone. It can be put back: undo the last change.")


def _show(footage: Footage, given: Given, by: User) -> str:
    edits.show(footage, given.whole("track"), given.text("consent"), by=by, seen=given.whole("seen"))
    return gettext("This person is shown, with their consent.")


def _hide(footage: Footage, given: Given, by: User) -> str:
    edits.hide(footage, given.whole("track"), by=by, seen=given.whole("seen"))
    return gettext("This person is masked again.")


def _undo(footage: Footage, given: Given, by: User) -> str:
    timelines.undo(footage, by=by, seen=given.whole("seen"))
    return gettext("The last change is undone.")


def _gaps(footage: Footage, given: Given, by: User) -> str:
    held = timelines.decisions(footage)
    chosen = given.decisions()
    new = {key: word for key, word in chosen.items() if key not in held or held[key].decision != word}
    for key, decision in new.items():
        timelines.decide(footage, key, decision, by=by)
    return gettext("Noted, places looked at: %(n)d.") % {"n": len(chosen)}


def _review(footage: Footage, given: Given, by: User) -> str:
    timelines.review(footage, by=by, seen=given.whole("seen"))
    looks.forget(footage)
    return gettext("Confirmed by you: what is made of this footage uses these masks.")


def _voices(footage: Footage, given: Given, by: User) -> str:
    chosen = next((one for one in Voice if one.value == given.text("voices")), Voice.NONE)
    voices.choose(footage, chosen, by=by)
    return gettext("Noted: all that is cut from this footage is heard that way.")


def _search(footage: Footage, _given: Given, _by: User) -> str:
    searching.again(footage)
    return gettext("It is searched again in a moment.")


VERBS: dict[str, Verb] = {
    "add": _add, "put": _put, "drop": _drop, "last": _last, "split": _split, "join": _join, "delete": _delete,
    "show": _show, "hide": _hide, "undo": _undo, "gaps": _gaps, "review": _review, "voices": _voices, "search": _search,
}  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- pictures


@require_safe
def look(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """A small picture of the review; it shows faces and stays in no cache."""
    writer(request)
    path = looks.path_of(_found(code), name)
    if path is None:
        raise Http404
    return _private(HttpResponse(path.read_bytes(), content_type="image/jpeg"))


@require_safe
def frame(request: HttpRequest, code: str, ms: int) -> HttpResponse:
    """The picture at a time in milliseconds, as it was filmed; it stays in no cache."""
    writer(request)
    footage, wanted = _found(code), looks.Look(ms / 1000)
    try:
        looks.make(footage, [wanted])
    except Refused as refusal:
        raise Http404 from refusal
    path = looks.path_of(footage, wanted.name)
    if path is None:
        raise Http404
    return _private(HttpResponse(path.read_bytes(), content_type="image/jpeg"))


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
