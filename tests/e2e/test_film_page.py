"""A film's cover and subtitles, set in a browser."""

from __future__ import annotations

import pytest

from pipeline import films, subtitles
from pipeline.models import Post

pytestmark = [pytest.mark.e2e]


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_a_cover_and_subtitles_are_chosen(visit, newsroom, tmp_path, size):
    post = Post.objects.get(title="Reel : la distribution")
    [use] = films.films(post)
    file = tmp_path / "film.srt"
    file.write_bytes(subtitles.write([subtitles.Cue(0, 300, "La rue est vide.")], "srt"))
    somebody = visit(size)
    somebody.sign_in(newsroom.intern)
    name = "wide" if size["width"] > 600 else "phone"
    somebody.see(f"/post/{post.pk}/film/{use.pk}/")
    somebody.page.check(".covers input >> nth=0")
    somebody.page.set_input_files("[name=file]", file)
    somebody.shot(f"{name}-fr-film")
    assert somebody.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    somebody.page.click("main form button.next")
    somebody.shot(f"{name}-fr-filmed")
    use.refresh_from_db()
    assert use.cover is not None and [one.lang for one in use.subtitles.all()] == ["fr"] and not somebody.complaints
