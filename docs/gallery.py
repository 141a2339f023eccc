"""Makes the pictures of the documents from the demo: `make gallery`. Nothing in docs/pictures is made by hand.

The cards and the reel's frames need nothing else; the pages need an installed Chromium and are left as they were,
aloud, where there is none.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import django
from PIL import Image

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PORT = 8765
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


def cards(files: list[dict[str, Any]]) -> None:
    """The three languages side by side, and French square."""
    shown = [f for f in files if f["kind"] == "card" and f["format"] == "portrait"]
    pictures = [Image.open(f["path"]).resize((540, 675), Image.Resampling.LANCZOS) for f in shown]
    row(pictures, 20).save(PICTURES / "cards.jpg", quality=88)


def reel(files: list[dict[str, Any]]) -> None:
    """One frame of each scene of the reel."""
    import av

    path = next(f["path"] for f in files if f["kind"] == "reel")
    with av.open(path) as container:
        frames = [frame.to_image().resize((270, 480)) for frame in container.decode(video=0)]
    chosen = [frames[round(share * len(frames))] for share in MOMENTS]
    row(chosen, 12).save(PICTURES / "reel.jpg", quality=85)


def row(pictures: list[Image.Image], gap: int) -> Image.Image:
    """Pictures beside each other on white."""
    width = sum(p.width for p in pictures) + gap * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(p.height for p in pictures)), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    return sheet


def pages(demo: Any) -> None:
    """The calendar on a desk and a post on a phone, as a signed-in coordinator sees them."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        sys.stderr.write("No Chromium: the pictures of the pages stay as they were.\n")
        return
    from playwright.sync_api import sync_playwright
    from waitress.server import create_server

    from config.wsgi import application

    server = create_server(application, host="127.0.0.1", port=PORT, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        desk = chromium.new_page(viewport={"width": 1280, "height": 960}, locale="fr-FR")
        sign_in(desk, demo)
        desk.screenshot(path=PICTURES / "calendar.png")
        state = desk.context.storage_state()
        phone = chromium.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR", storage_state=state)
        page = phone.new_page()
        page.goto(f"http://127.0.0.1:{PORT}/post/{demo.posts[0].pk}/")
        page.screenshot(path=PICTURES / "post-phone.png")
        chromium.close()
    server.close()


def sign_in(page: Any, demo: Any) -> None:
    """Signs the second coordinator in and waits for the calendar."""
    page.goto(f"http://127.0.0.1:{PORT}/")
    page.fill("input[name=username]", "jo")
    page.fill("input[name=password]", demo.passwords["jo"])
    page.click("button.next")
    page.wait_for_load_state("networkidle")


def main() -> None:
    """Writes every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = played(Path(folder) / "demo")
        files = demo.as_json()["files"]
        cards(files)
        reel(files)
        pages(demo)


if __name__ == "__main__":
    main()
