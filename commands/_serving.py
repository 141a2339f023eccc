"""How the web server is set, and what it has ready before somebody comes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Imported where they are first used, so that no command waits for them.
NEEDED = ("PIL.PngImagePlugin", "argon2", "babel.dates", "babel.numbers", "facebook", "publishers._transport")


def make_ready() -> None:
    """Reads every page's template and all that pages and the clock import at their first need.

    No click waits for it; and memory does not grow for days by what is seldom opened, nor is it looked through for
    rubbish again and again (`commands._terminal.stays`).
    """
    from django.conf import settings
    from django.template.loader import get_template

    from publishers import registry

    folder = settings.BASE_DIR / "web" / "templates"
    for page in sorted(folder.rglob("*.html")):
        get_template(page.relative_to(folder).as_posix())
    registry()
    for name in (settings.ROOT_URLCONF, *NEEDED):
        import_module(name)


def options() -> dict[str, Any]:
    """Waitress’s settings: who asks, and by https or not, is believed of the configured proxy alone."""
    from django.conf import settings

    believed: dict[str, Any] = {}
    if settings.PORTEVOIX_PROXY:
        headers = {"x-forwarded-for", "x-forwarded-proto"}
        believed = {
            "trusted_proxy": settings.PORTEVOIX_PROXY,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": headers,
        }
    return {"threads": 8, "ident": None, "clear_untrusted_proxy_headers": True, **believed}
