"""Makes the pictures of the documents: `make gallery`. Nothing in docs/pictures or docs/gallery is made by hand.

The contact sheets of the cards are drawn from the templates' samples (`--cards`: nothing else), those of the
reels from the demo's clips (`--reels`: nothing else), the rest from the demo (`--pages`: nothing else).
The cards and the reel's frames need nothing else; the pages need an installed Chromium and are left as they were,
aloud, where there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import django
from PIL import Image

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
SHEETS = ROOT / "docs" / "gallery"
FORMATS = ("portrait", "square", "story", "landscape", "link")
LANGUAGES = ("fr", "ar", "en", "ti", "fa", "de", "ckb", "ps", "prs")
GREY = "#8A8F94"
INDEX = """# Every card

Each template in its five formats and nine languages, drawn from its `sample.toml` by `make gallery` (invented figures).

"""
MOMENTS = (0.05, 0.25, 0.45, 0.8)  # of the whole reel: title, street, queue, end card
sys.path.insert(0, str(ROOT))


def played(home: Path) -> Any:
    """The demo, played in `home`."""
    os.environ.update(PORTEVOIX_HOME=str(home), DJANGO_SETTINGS_MODULE="config.settings", PORTEVOIX_LANG="fr",
                      PORTEVOIX_GRACE_MINUTES="0")  # fmt: skip
    os.environ.pop("DATABASE_URL", None)
    django.setup()
    from commands._terminal import with_clock
    from pipeline.demo import run as demos

    return demos.run(
        home, progress=lambda _doing, _share: None, publish=lambda done: with_clock(lambda: demos.wait(done))
    )


def contact_sheets() -> None:
    """One sheet for each template, languages down and formats across; one of all templates, one in another brand."""
    from pipeline import cards
    from pipeline.rendering import brand

    SHEETS.mkdir(parents=True, exist_ok=True)
    templates = [listed for listed in cards.listed() if set(FORMATS) <= set(listed.formats)]
    for listed in templates:
        rows = [[card(listed.name, lang, format, height=180) for format in FORMATS] for lang in listed.languages]
        sheet([row(pictures, 10) for pictures in rows], 10).save(SHEETS / f"{listed.name}.jpg", quality=72)
    whole = list(zip([listed.name for listed in templates], cycle(LANGUAGES)))
    overview(whole).save(PICTURES / "cards.jpg", quality=86)
    other = brand.load(brand.BRAND_DIR / "examples" / "vigie")
    overview(whole, other).save(SHEETS / "another-brand.jpg", quality=80)
    index = "".join(f"![{listed.title['en']}]({listed.name}.jpg)\n\n" for listed in templates)
    (SHEETS / "README.md").write_text(INDEX + index + "![Another brand folder](another-brand.jpg)\n", "utf-8")


def overview(shown: list[tuple[str, str]], brand: Any = None) -> Image.Image:
    """Portraits of these templates and languages, seven beside each other."""
    pictures = [card(name, lang, "portrait", height=300, brand=brand) for name, lang in shown]
    return sheet([row(pictures[start : start + 7], 12) for start in range(0, len(pictures), 7)], 12)


def card(name: str, lang: str, format: str, *, height: int, brand: Any = None) -> Image.Image:
    """The sample of a template, that high; a photo that it cannot do without is a plain one."""
    from pipeline import cards
    from pipeline.cards import templates

    plain = BytesIO()
    Image.new("RGB", (1600, 1600), "#6B7178").save(plain, "PNG")
    photos = {photo: plain.getvalue() for photo, one in templates.load(name).photos.items() if one.required}
    drawn = cards.draw(name, cards.sample(name, lang), lang=lang, format=format, brand=brand, photos=photos)
    picture = Image.open(BytesIO(drawn.data))
    return picture.resize((picture.width * height // picture.height, height), Image.Resampling.LANCZOS)


def sheet(rows: list[Image.Image], gap: int) -> Image.Image:
    """Rows under each other on grey."""
    height = sum(r.height for r in rows) + gap * (len(rows) - 1)
    whole = Image.new("RGB", (max(r.width for r in rows), height), GREY)
    top = 0
    for one in rows:
        whole.paste(one, (0, top))
        top += one.height + gap
    return whole


def reel(files: list[dict[str, Any]]) -> None:
    """One frame of each scene of the reel."""
    import av

    path = next(f["path"] for f in files if f["kind"] == "reel")
    with av.open(path) as container:
        frames = [frame.to_image().resize((270, 480)) for frame in container.decode(video=0)]
    chosen = [frames[round(share * len(frames))] for share in MOMENTS]
    row(chosen, 12).save(PICTURES / "reel.jpg", quality=85)


def row(pictures: list[Image.Image], gap: int) -> Image.Image:
    """Pictures beside each other on grey."""
    width = sum(p.width for p in pictures) + gap * (len(pictures) - 1)
    beside = Image.new("RGB", (width, max(p.height for p in pictures)), GREY)
    left = 0
    for picture in pictures:
        beside.paste(picture, (left, 0))
        left += picture.width + gap
    return beside


def pages(demo: Any) -> None:
    """The calendar on a desk and a post on a phone, as a signed-in coordinator sees them; then every page."""
    from docs import pages_gallery

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.stderr.write("No Chromium: the pictures of the pages stay as they were.\n")
        return
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's calls run inside an event loop
    key, post = pages_gallery.session(demo.people["samira"]), f"/post/{demo.posts[0].pk}/"
    with pages_gallery.looking(browser) as (chromium, url):
        for path, size, name in (
            ("/calendar/", pages_gallery.DESK, "calendar"),
            (post, pages_gallery.PHONE, "post-phone"),
        ):
            pages_gallery.seen(chromium, url, path, key, size).save(PICTURES / f"{name}.png")
        pages_gallery.sheets(demo, chromium, url, SHEETS)


def main() -> None:
    """Writes every picture."""
    from docs import reels_gallery

    PICTURES.mkdir(parents=True, exist_ok=True)
    if "--reels" in sys.argv:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        reels_gallery.sheets(SHEETS)
        return
    if "--pages" not in sys.argv:
        contact_sheets()
    if "--cards" in sys.argv:
        return
    with tempfile.TemporaryDirectory() as folder:
        demo = played(Path(folder) / "demo")
        files = demo.as_json()["files"]
        reel(files)
        pages(demo)
        if "--pages" not in sys.argv:
            reels_gallery.sheets(SHEETS)


if __name__ == "__main__":
    main()
