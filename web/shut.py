"""While everything is shut, every address answers with one page that says so; and the button that shuts."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pipeline.panic import pressing, switch, telling
from publishers._sentences import Said
from web.people import me


class ShutMiddleware:
    """Lets nobody past while everything is shut: no page, no file, no calendar, no sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page's response, or the one that says that the studio is shut."""
        if not switch.is_on():
            return self.get_response(request)
        answer = render(request, "shut.html", status=503)
        answer["Cache-Control"] = "no-store"
        return answer


@require_POST
@never_cache
def panic(request: HttpRequest) -> HttpResponse:
    """Shuts everything; the answer, which ends this session too, says what was done and the way back."""
    by = me(request)
    shown: dict[str, object] = {"left": telling.left()}
    try:
        row = pressing.press(by=by)
    except Said as refusal:
        if not switch.marked():
            return redirect("today")
        shown["refusal"] = refusal.sentence
    else:
        shown |= {"done": telling.done(row), "since": row.since, "way_back": telling.way_back()}
    request.session.flush()
    return render(request, "panic.html", shown)
