"""The studio as a Django app; it stores nothing of its own."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, forms and their words."""

    name = "web"

    def ready(self) -> None:
        """Has every sign-in noted in its session, whichever way it came about."""
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_note, dispatch_uid="web.sign-in")


def _note(sender: Any, request: Any, **_more: Any) -> None:
    from pipeline import sessions
    from web.people import device

    sessions.enter(request.session, device(request))
