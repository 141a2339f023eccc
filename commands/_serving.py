"""How the web server is set, and what it has ready before somebody comes."""

from __future__ import annotations

from typing import Any


def read_pages() -> None:
    """Every page's template read now: no click waits for it, nor does memory grow for days by pages seldom opened."""
    from django.conf import settings
    from django.template.loader import get_template

    folder = settings.BASE_DIR / "web" / "templates"
    for page in sorted(folder.rglob("*.html")):
        get_template(page.relative_to(folder).as_posix())


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
