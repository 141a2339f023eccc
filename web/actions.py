"""Buttons: each is one POST to one stage, and the sentence that the stage answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Concatenate, NoReturn, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from pipeline import channels, copies, delivery, drafts, planning, review, subtitles
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import Faces, Post, Publication, PublicationState, Rendition, Revision, VariantText, Voice
from pipeline.protection import record
from publishers._sentences import Said, _
from web import onward, places
from web.forms import HoldForm, ProtectionForm, number_of
from web.people import lately, me
from web.templatetags.studio import placed, said

Rest = ParamSpec("Rest")


def already_gone() -> NoReturn:
    """Raises the refusal for a publication that is no longer where the page showed it."""
    raise Refused(_("This publication is no longer where the page showed it: look at it again."))


@dataclass(frozen=True)
class Onward:
    """What was done, and the post with which the person goes on."""

    sentence: str
    post: Post


def acts(
    do: Callable[Concatenate[HttpRequest, Post, Rest], str | Onward],
) -> Callable[..., HttpResponse]:
    """A view that does something to a post by POST; then the page one was on, with what was done or why not.

    Where what was done leads to another post, that one's page.
    """

    @require_POST
    def view(request: HttpRequest, pk: int, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        post = get_object_or_404(Post, pk=pk)
        try:
            done = do(request, post, *args, **kwargs)
            if isinstance(done, Onward):
                messages.success(request, done.sentence)
                return redirect("post", pk=done.post.pk)
            messages.success(request, done)
        except NotReady as refusal:
            for problem in refusal.problems:
                messages.error(request, said(problem.sentence))
        except Said as refusal:
            messages.error(request, said(refusal.sentence))
        return way_back(request, reverse("post", args=[pk]))

    update_wrapper(view, do)
    return view


def way_back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """A redirect to the page that one was on, as the form or the address says; never away from the studio."""
    return HttpResponseRedirect(page_before(request, otherwise))


def page_before(request: HttpRequest, otherwise: str) -> str:
    """The address of the page that one was on."""
    to = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return to if here else otherwise


@acts
def submit(request: HttpRequest, post: Post) -> str:
    """Asks a second person to read it."""
    review.submit(post, by=me(request))
    return gettext("Submitted. A coordinator who did not work on it can now approve it.")


@acts
def read(request: HttpRequest, post: Post) -> str | Onward:
    """Notes that this person has read the post's texts in the languages ticked; where they say so, submits it too."""
    by, ticked = me(request), set(request.POST.getlist("lang"))
    for row in VariantText.objects.filter(variant__post=post, lang__in=ticked):
        drafts.mark_read(row, by=by)
    if "submit" not in request.POST:
        return gettext("Noted: you have read these texts.")
    review.submit(post, by=by)
    following = onward.to_read(by)
    if following is None:
        return gettext("Submitted. A coordinator who did not work on it can now approve it.")
    told = gettext("“%(title)s” is submitted. The next one to read:") % {"title": post.title}
    return Onward(f"{told} {following.title}", following)


@lately
@acts
def approve(request: HttpRequest, post: Post) -> str | Onward:
    """Agrees to exactly the revision that the page showed; then on to the next post that waits."""
    by, accepted = me(request), request.POST.getlist("accept_unread")
    at_once = request.POST.get("at_once", "")
    review.approve(revision_shown(request, post), by=by, accept_unread=accepted, at_once=at_once)
    if following := onward.to_approve(by):
        told = gettext("“%(title)s” is approved. The next one to approve:") % {"title": post.title}
        return Onward(f"{told} {following.title}", following)
    if Publication.objects.filter(variant__post=post, state=PublicationState.SCHEDULED).exists():
        return gettext("Approved. It goes out exactly as you read it, at its time.")
    return gettext("Approved. Give it a time, and it goes out exactly as you read it.")


@acts
def request_changes(request: HttpRequest, post: Post) -> str:
    """Sends it back to its authors."""
    review.request_changes(revision_shown(request, post), by=me(request), text=request.POST.get("text", ""))
    return gettext("Sent back to its authors with your remark.")


@acts
def recall(request: HttpRequest, post: Post) -> str:
    """Takes it back to draft."""
    review.recall(post, by=me(request), text=request.POST.get("text", ""))
    return gettext("Taken back: the post is a draft again, and nothing of it goes out.")


@acts
def mark_read(request: HttpRequest, post: Post, text: int) -> str:
    """Notes that this person has read a language's text."""
    row = get_object_or_404(VariantText, pk=text, variant__post=post)
    drafts.mark_read(row, by=me(request))
    return gettext("Noted: you have read this text.")


@acts
def schedule_next(request: HttpRequest, post: Post) -> str:
    """Puts it into the next free slot of each channel on which it has no time."""
    rows = planning.schedule_next(post, by=me(request), variants=places.unplaced(post))
    return gettext("In the calendar:") + " " + "; ".join(_place(row) for row in rows)


def _place(row: Publication) -> str:
    due = timezone.localtime(row.due_at)
    return f"{placed(row.channel)}, {date_format(due, 'l j F')}, {due:%H:%M}"


@acts
def move_to_next(request: HttpRequest, post: Post, publication: int) -> str:
    """Moves one publication to the next free slot of its channel."""
    row = _publication(post, publication)
    if planning.move_to_next(row, by=me(request)) is None:
        already_gone()
    row.refresh_from_db()
    return gettext("In the calendar:") + " " + _place(row)


@acts
def cancel(request: HttpRequest, post: Post, publication: int) -> str:
    """Takes one publication off the calendar."""
    if not planning.cancel(_publication(post, publication), by=me(request)):
        already_gone()
    return gettext("Cancelled: it is off the calendar.")


@acts
def send_late(request: HttpRequest, post: Post, publication: int) -> str:
    """Sends a missed publication after all, or tries a failed one again."""
    row = _publication(post, publication)
    if not delivery.send_after_all(row, by=me(request)):
        already_gone()
    return _back_in_the_queue(row)


@acts
def decide(request: HttpRequest, post: Post, publication: int) -> str:
    """Settles a doubt: the link where the post is live, or that it is not."""
    link = request.POST.get("link", "").strip()
    if request.POST.get("live") == "yes" and not link.startswith(("https://", "http://")):
        raise Refused(_("Paste the address of the post, beginning with https://."))
    settled = link if request.POST.get("live") == "yes" else None
    row = _publication(post, publication)
    if not delivery.decide(row, by=me(request), link=settled):
        already_gone()
    return gettext("Settled: it counts as published, and is not sent again.") if settled else _back_in_the_queue(row)


def _back_in_the_queue(row: Publication) -> str:
    row.refresh_from_db()
    return gettext("It is back in the queue.") + " " + said(delivery.next_step(row))


@acts
def confirm_protection(request: HttpRequest, post: Post, rendition: int) -> str:
    """A person's word that nobody is recognisable in a file made from footage."""
    row = get_object_or_404(Rendition.objects.filter(uses__variant__post=post).distinct(), pk=rendition)
    form = ProtectionForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Watch it to the end, then tick that nobody is recognisable without their consent."))
    given = form.cleaned_data
    record.confirm(
        row, by=me(request), faces=Faces(given["faces"]), voice=Voice(given["voice"]), consent=given["consent"]
    )
    return gettext("Noted: you watched it, and nobody is recognisable without their consent.")


@acts
def captions_checked(request: HttpRequest, post: Post) -> str:
    """A person's word that the captions which a machine heard say what is said."""
    subtitles.check(post, request.POST.get("lang", ""), by=me(request))
    return gettext("Noted: you compared the captions with the sound.")


@acts
def copy(request: HttpRequest, post: Post) -> Onward:
    """Drafts it once more."""
    twin = copies.copy(post, by=me(request))
    return Onward(gettext("This is the copy: a draft that nobody has read, without a time."), twin)


@acts
def series(request: HttpRequest, post: Post) -> str:
    """Copies it into the next weeks; each week that is left out is said."""
    made = planning.series(post, number_of(request.POST.get("weeks")) or 0, by=me(request))
    for left in made.left_out:
        messages.error(request, said(left.sentence))
    if not made.publications:
        raise Refused(_("No week was planned."))
    days = {timezone.localtime(row.due_at).date() for row in made.publications}
    return (
        gettext("Drafts for the weeks to come, each to be read and approved for itself:")
        + " "
        + ", ".join(date_format(day, "j F") for day in sorted(days))
    )


def revision_shown(request: HttpRequest, post: Post) -> Revision:
    """The revision that the page showed: what was not seen is not approved."""
    return get_object_or_404(post.revisions, number=number_of(request.POST.get("revision")) or 0)


def _publication(post: Post, pk: int) -> Publication:
    return get_object_or_404(Publication, pk=pk, variant__post=post)


# ---------------------------------------------------------------------------------------------- the hold


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Stops everything; then the page that one was on."""
    form = HoldForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    delivery.pull(by=me(request), reason=reason)
    return way_back(request, reverse("today"))


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Lets things go out again, everywhere or on the channel named; then the page that one was on."""
    try:
        name = request.POST.get("channel", "")
        if delivery.release(channels.get(name) if name else None, by=me(request)):
            messages.success(request, gettext("Released. What became due meanwhile is listed, not sent."))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return way_back(request, reverse("today"))
