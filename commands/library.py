"""The library: everything that was made, found again, tagged."""

from __future__ import annotations

from typing import Any

import click

from commands._terminal import answer, as_option, emit, find_rendition, json_option, person, say, stored, table
from publishers._sentences import Said, _

LISTED = 50


@click.group()
def library() -> None:
    """Find what was made: cards, reels, photos, documents."""


@library.command("list")
@click.argument("words", nargs=-1)
@click.option("--kind", default="", help="card, reel, photo, document or subtitles.")
@click.option("--lang", default="", help="Only in this language.")
@click.option("--tag", default="", help="Only with this tag.")
@click.option("--unused", is_flag=True, help="Only what stands in no post.")
@json_option
@stored
def list_(words: tuple[str, ...], kind: str, lang: str, tag: str, unused: bool, as_json: bool) -> None:
    """List finished files, the newest first: those with all WORDS in what they show or in their posts' titles."""
    from pipeline import library as stage

    if kind and kind not in stage.KINDS:
        raise Said(_("There is no kind {kind}: use one of {known}.", kind=kind[:20], known=", ".join(stage.KINDS)))
    found = stage.search(" ".join(words), kind=kind, lang=lang, tag=tag, used=False if unused else None)
    rows = list(found.prefetch_related("tags")[:LISTED])
    facts: list[dict[str, Any]] = [
        {"rendition": row.pk, "kind": row.kind, "lang": row.lang, "format": row.format, "sha256": row.sha256,
         "alt": row.alt, "tags": [tag.name for tag in row.tags.all()]}
        for row in rows
    ]  # fmt: skip

    def show() -> None:
        if not rows:
            say(_("Nothing was made yet that fits."))
            return
        cells = [[one["rendition"], one["kind"], one["lang"], one["alt"][:60], ", ".join(one["tags"])] for one in facts]
        table([_("rendition"), _("kind"), _("language"), _("description"), _("tags")], cells)

    emit(as_json, facts, show)


@library.command()
@click.argument("rendition", type=int)
@click.argument("names", nargs=-1)
@as_option
@json_option
@stored
def tag(rendition: int, names: tuple[str, ...], username: str, as_json: bool) -> None:
    """Give the RENDITION these tags instead of those it has; none takes them all away."""
    from pipeline import library as stage

    kept = stage.label(find_rendition(rendition), names, by=person(username))
    answer(as_json, {"rendition": rendition, "tags": kept}, _("Rendition {number}: {tags}.", number=rendition,
                                                              tags=", ".join(kept) or "–"))  # fmt: skip


COMMANDS = (library,)
