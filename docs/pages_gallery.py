"""Contact sheets of the studio's pages (`make gallery`; `--pages`: nothing else): light and dark, desk and phone.

They stand on the demo's store, with a week of drafts, a hand-off, a consent and a cut list added, so that no page is
empty that people seldom see empty. One picture more for each network: a post as it shows it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

DESK, PHONE = {"width": 1280, "height": 960}, {"width": 390, "height": 844}
LOOKS = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
HIGH, GAP, GREY = 400, 10, "#8A8F94"
TITLES = {
    "coming-in": "Coming in", "today": "Today and the calendar", "posts": "Posts", "review": "Review on a phone",
    "figures": "Records and figures", "footage": "Footage and reels", "library": "Cards, library, documents",
    "people": "Consents and people", "channels": "Channels",
}  # fmt: skip
# The pictures name no folder of the machine that makes them.
ELSEWHERE = """home => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (words.nextNode()) words.currentNode.data = words.currentNode.data.replace(home, "/srv/porte-voix")
}"""
INDEX = """# The studio's pages

Each row is one page: on a desk in light and dark, on a phone in light and dark. Made from the demo (invented
records, drawn people) by `make gallery`.

"""


def sheets(demo: Any, chromium: Any, url: str, folder: Path) -> None:
    """Writes pages-*.webp, network-*.webp and pages.md."""
    walk, keys = furnished(demo), {name: session(demo.people[name]) for name in ("samira", "admin")}
    for area, pages in walk.items():
        rows = [looks(chromium, url, path, keys.get(who, "")) for who, path in pages]
        stacked(rows).save(folder / f"pages-{area}.webp", quality=58, method=6)
    networks = previews(chromium, url, demo, keys["samira"], folder)
    index = "".join(f"## {TITLES[area]}\n\n![{TITLES[area]}](pages-{area}.webp)\n\n" for area in walk)
    shown = "".join(f"![{name}](network-{name}.webp)\n\n" for name in networks)
    (folder / "pages.md").write_text(
        f"{INDEX}{index}## A post as each network shows it\n\n{shown}".rstrip() + "\n", "utf-8"
    )


def session(user: Any) -> str:
    """A session of the person, as the sign-in leaves it."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


@contextmanager
def looking(browser: str) -> Iterator[tuple[Any, str]]:
    """A running browser, and the studio's address while it is open."""
    from playwright.sync_api import sync_playwright
    from waitress.server import create_server

    from config.wsgi import application

    server = create_server(application, host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    arguments = ["--no-sandbox", "--disable-gpu", "--lang=fr-FR"]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=arguments, env={**os.environ, "LANGUAGE": "fr"})
        yield chromium, f"http://127.0.0.1:{server.effective_port}"
        chromium.close()
    server.close()


def seen(chromium: Any, url: str, path: str, key: str, size: Any, theme: str = "light") -> Image.Image:
    """What the window shows of the page, while the scheduler seems to run."""
    from django.conf import settings
    from django.utils import timezone

    from pipeline.delivery.engine import BEAT
    from pipeline.models import Beat

    Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})
    context = chromium.new_context(viewport=size, color_scheme=theme, locale="fr-FR")
    if key:
        context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
    page = context.new_page()
    page.goto(url + path, timeout=120_000, wait_until="networkidle")  # small pictures are fetched late
    if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
        sys.stderr.write(f"{path} is wider than {size['width']} px\n")
    page.evaluate(ELSEWHERE, str(settings.PORTEVOIX_HOME))
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return shot


def looks(chromium: Any, url: str, path: str, key: str) -> list[Image.Image]:
    """The page in its four looks, made small."""
    shots = [seen(chromium, url, path, key, size, theme) for size, theme in LOOKS]
    return [one.resize((one.width * HIGH // one.height, HIGH), Image.Resampling.LANCZOS) for one in shots]


def stacked(rows: list[list[Image.Image]]) -> Image.Image:
    """The rows under each other on grey."""
    width = max(sum(one.width for one in row) + GAP * (len(row) - 1) for row in rows)
    whole = Image.new("RGB", (width, (HIGH + GAP) * len(rows) - GAP), GREY)
    for number, row in enumerate(rows):
        left = 0
        for one in row:
            whole.paste(one, (left, number * (HIGH + GAP)))
            left += one.width + GAP
    return whole


def previews(chromium: Any, url: str, demo: Any, key: str, folder: Path) -> list[str]:
    """The networks of which a preview was written as network-NAME.webp: the first post that goes there."""
    from pipeline.models import Variant

    first: dict[str, Variant] = {}
    for variant in Variant.objects.filter(post__in=demo.posts).select_related("channel").order_by("pk"):
        first.setdefault(variant.channel.network, variant)
    context = chromium.new_context(viewport={"width": 520, "height": 1200}, locale="fr-FR", device_scale_factor=1.5)
    context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
    page = context.new_page()
    for network, variant in first.items():
        page.goto(f"{url}/post/{variant.post_id}/shown/", wait_until="networkidle")
        part = page.locator(f"section[aria-labelledby=s{variant.pk}]")
        part.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        picture = Image.open(BytesIO(part.screenshot())).convert("RGB")
        picture.save(folder / f"network-{network}.webp", quality=70, method=6)
    context.close()
    return list(first)


def furnished(demo: Any) -> dict[str, list[tuple[str, str]]]:
    """For each area the pages, by who looks and where, after the store got what the demo itself does not make."""
    from django.utils import timezone

    from pipeline import access, drafts, montages, recipes, review
    from pipeline.models import Footage, How, Import, Montage, Publication, Rendition, VariantText
    from pipeline.planning import slots
    from pipeline.protection import consents

    camille, samira, admin = (demo.people[name] for name in ("camille", "samira", "admin"))
    account = Publication.objects.filter(variant__post=demo.posts[0]).earliest("pk").channel
    for day in range(5):
        slots.add(account, day, time(18), by=camille)
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())
    week = recipes.week(recipes.load("semaine"), recipes.Given(), by=camille, first=monday, at=time(9))
    for post in week.posts[:3]:
        for text in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(text, by=camille)
        review.submit(post, by=camille)
    row = consents.record("P-014", given_on=today, how=How.WRITTEN, scope=consents.Scope(face=True), by=camille)
    film = Footage.objects.filter(kind="video").earliest("pk")
    consents.link(row, film, by=camille)
    listed = f"language: fr\ntitle: Un matin\ncuts:\n  - {{clip: 'footage:{film.code}', to: 2}}\n"
    cut = Montage.objects.create(text=listed, made_by=camille, changed_by=camille)
    assert montages.checked(listed)[0] is not None
    _invitation, token = access.invite("lou", role="editor", email="lou@example.org", by=admin)
    waiting, draft = week.posts[0], week.posts[4]
    words = VariantText.objects.filter(variant__post=draft).earliest("pk")
    use = words.variant.media.earliest("pk")
    shown = Rendition.objects.filter(kind="card", state="ready").earliest("pk")
    due = f"/post/{draft.pk}/publication/{draft.variants.earliest('pk').publications.earliest('pk').pk}"
    brought = Import.objects.earliest("pk").pk
    both = {
        "today": ["/", "/calendar/", f"/calendar/week/{monday:%G-W%V}/",
                  f"/calendar/day/{monday:%Y-%m-%d}/", "/slots/", "/dates/", "/plan/",
                  "/calendar/feed/", f"{due}/move/", f"{due}/swap/"],
        "posts": ["/drafts/", "/drafts/new/", "/recipes/", "/recipes/semaine/", "/recipes/bulletin/", "/carousel/new/",
                  f"/post/{draft.pk}/", f"/post/{draft.pk}/text/{words.pk}/",
                  f"/post/{draft.pk}/picture/{use.pk}/", f"/post/{draft.pk}/schedule/", f"/post/{draft.pk}/shown/",
                  f"/post/{draft.pk}/reach/"],
        "review": ["/to-approve/", f"/post/{waiting.pk}/", *(f"/post/{post.pk}/" for post in demo.posts)],
        "figures": ["/imports/", f"/imports/{brought}/", "/summaries/",
                    "/summaries/note_mensuelle/2026-10/", "/figures/", "/corrections/", "/few-people/", "/numbers/"],
        "footage": ["/footage/", "/footage/add/", f"/footage/{film.code}/", "/photos/", "/reels/", "/reels/new/",
                    f"/reels/{cut.pk}/"],
        "library": ["/library/", f"/library/{shown.pk}/", "/cards/", "/cards/figure/", "/documents/", "/sets/",
                    "/handoff/"],
        "people": ["/consents/", "/consents/P-014/", "/removals/", "/originals/", "/access/", "/access/second-factor/",
                   "/mails/", "/log/"],
    }  # fmt: skip
    walk = {
        "coming-in": [("", "/sign-in/"), ("", "/password/"), ("", access.INVITED.format(token=token))],
        **{area: [("samira", path) for path in paths] for area, paths in both.items()},
        "channels": [("samira", "/channels/"), *(("admin", path) for path in (
            "/channels/", f"/channel/{account.name}/", "/channels/add/bluesky/", "/channels/app/meta/", "/people/"))],
    }  # fmt: skip
    assert samira.may_approve and set(walk) == set(TITLES)
    return walk
