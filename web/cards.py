"""Cards as a person chooses and a designer changes them: every template, each in all formats and languages."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pipeline import cards
from pipeline.errors import Refused
from web.templatetags.studio import own, said


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The page of all card templates."""
    return render(request, "cards.html", {"cards": [_told(name) for name in cards.names()]})


@require_safe
def card(request: HttpRequest, name: str) -> HttpResponse:
    """The page of one card: its sample in every format and language, refreshed when it is changed."""
    return render(request, "card.html", {"card": _told(_known(name))})


def _told(name: str) -> dict[str, Any]:
    """What the pages show of a template; one whose files are wrong says why."""
    try:
        return {"name": name, "title": own(cards.one(name).title), "made": cards.one(name)}
    except Refused as refusal:
        return {"name": name, "title": name, "wrong": refusal.sentence}


@require_safe
def stamp(request: HttpRequest, name: str) -> HttpResponse:
    """64 hex digits that change when the card or the brand does."""
    return HttpResponse(cards.fingerprint(_known(name)), content_type="text/plain")


@require_safe
def picture(request: HttpRequest, name: str, lang: str, format: str) -> HttpResponse:
    """The sample as a JPEG; 422 with a sentence where it is refused."""
    etag = f'"{cards.fingerprint(_known(name))[:32]}-{lang}-{format}"'
    if etag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
    else:
        try:
            drawn = cards.draw(name, cards.sample(name, lang), lang=lang, format=format)
            answer = HttpResponse(drawn.data, content_type=drawn.mime)
        except Refused as refusal:
            return HttpResponse(said(refusal.sentence), status=422, content_type="text/plain; charset=utf-8")
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    return answer


def _known(name: str) -> str:
    if name not in cards.names():
        raise Http404
    return name
