"""Every place in the code that writes a file or answers with bytes is known: its test, or why it carries nothing.

A new one fails this test until somebody says which of the two it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.gate import ways

ROOT = Path(__file__).parents[2]
FOLDERS = ("pipeline", "web", "publishers", "commands")
WRITES = {
    "write_bytes", "write_text", "FileResponse", "StreamingHttpResponse", "copyfile", "copyfileobj", "imencode",
    "imwrite", "writestr", "writelines", "NamedTemporaryFile", "EmailMessage", "EmailMultiAlternatives", "attach",
    "attach_file", "add_attachment", "symlink_to", "hardlink_to",
}  # fmt: skip
MODES = {"w", "wb", "x", "xb", "a", "ab", "w+b", "x+b", "wt"}

# What a walk of the whole corpus (ways.py) goes through.
CORPUS = {
    "pipeline/cards/engine.py:encode": "copy jpeg",
    "pipeline/cards/photos.py:cut": "card photo",
    "pipeline/pdf/setting.py:setting": "document",
    "pipeline/pdf/typesetter.py:pages": "document",
    "pipeline/protection/showing.py:write": "look",
    "pipeline/protection/stills.py:develop": "photo",
    "pipeline/reels/encoding.py:__init__": "reel",
    "pipeline/reels/joining.py:join": "reel",
    "pipeline/reels/sound.py:_take": "reel",
    "pipeline/reels/sound.py:_kept": "reel",
    "pipeline/reels/sound.py:encode": "reel",
    "pipeline/rendering/copies.py:make": "copy jpeg",
    "pipeline/rendering/documents.py:write": "document",
    "commands/documents.py:_document": "document",
}
# What hands on the very bytes that the gate has read, or what was made above (test_carried.py).
CARRIED = {
    "pipeline/mediahost.py:put",
    "pipeline/rendering/store.py:keep",
    "publishers/_folders.py:write_synced",
    "publishers/_kit.py:fill",
    "publishers/_mediahost.py:put",
    "web/files.py:rendition",
    "web/files.py:thumbnail",
    "web/files.py:_part",
    "web/footage.py:look",
    "web/footage.py:frame",
    "web/handoff.py:file",
    "web/public.py:media",
    "pipeline/rendering/handing.py:zipped",
    "web/reels.py:handed",
}
# What holds no picture, film or sound of anybody's, and why.
NOTHING = {
    "originals, which only come in": {
        "pipeline/footage.py:_copy_once", "pipeline/intake.py:bring_bytes",
    },
    "our own drawings from data, without a file of anybody's": {
        "pipeline/rendering/jobs.py:make", "commands/cards.py:written", "commands/documents.py:draw",
        "commands/documents.py:tell_written", "web/cards.py:picture", "web/cards.py:stamp", "web/recipes.py:card",
        "pipeline/cards/coast.py:",
    },
    "small pictures of what the gate has read, for the team": {"pipeline/thumbnails.py:_picture"},
    "a frame of a finished reel, encoded as copies are and read by the gate": {
        "commands/reels.py:write_cover", "pipeline/reels/work.py:frame",
    },
    "sound on its way into a reel, raw and in a private folder": {
        "pipeline/reels/sound.py:_take", "pipeline/reels/sound.py:_kept",
    },
    "sound for the machine that writes it down, raw, in a private folder and gone when it is read": {
        "pipeline/reels/listening.py:read",
    },
    "what is known of a reel's parts: counts, times, boxes, the words drawn, a table of tones": {
        "pipeline/reels/cache.py:known", "pipeline/reels/cache.py:_content", "pipeline/reels/plans.py:plan",
        "pipeline/reels/tones.py:write",
        "pipeline/reels/work.py:_looked_at", "pipeline/reels/work.py:sound", "pipeline/reels/work.py:tracks",
    },
    "cut lists, captions and signatures: words": {
        "pipeline/montages.py:change", "web/reels.py:_done", "commands/reels.py:new", "commands/reels.py:write_beside",
        "pipeline/reels/handing.py:_words",
        "web/making.py:sets", "commands/signs.py:add",
    },
    "receipts, of codes and hashes": {"commands/receipts.py:_write", "web/receipts.py:_download"},
    "subtitles, of whose text the gate takes the cues alone (test_cues.py)": {"pipeline/subtitles.py:keep"},
    "records and numbers: tables without pictures, for the team": {
        "pipeline/observations/importing.py:_keep", "pipeline/observations/marking.py:_mark",
        "pipeline/observations/uploads.py:keep", "pipeline/observations/worker.py:examine",
        "web/imports.py:_workbook", "web/numbers.py:table", "web/plan.py:table", "commands/metrics.py:write",
        "commands/calendar.py:show_calendar", "web/feeds.py:feed",
    },
    "a speech model, known byte by byte, that only comes in": {"pipeline/reels/speechmodel.py:_fetch"},
    "captions in words, marked so that the gate lets them out nowhere": {"commands/reels.py:transcribe"},
    "mails of words": {"pipeline/notices/sending.py:_mail", "pipeline/notices/sending.py:hand_in"},
    "keys, settings and backups, encrypted to their owners": {
        "pipeline/panic/switch.py:mark", "pipeline/backup/epoch.py:write", "pipeline/backup/recipients.py:_store",
        "pipeline/backup/unpacking.py:_extract", "pipeline/vault.py:write_key",
    },
    "fonts, words and a pixel of ours": {
        "web/files.py:font", "web/public.py:robots", "web/composer.py:clean", "web/typeface.py:data",
        "web/typeface.py:_cut", "web/locale/catalogue.py:update",
        "publishers/_sentences.py:compile_catalogues", "publishers/_mediahost_check.py:_comes_back",
    },
    "the demo's own clips and records, made from nothing": {
        "pipeline/demo/clips.py:_write", "pipeline/demo/clips.py:_turn", "pipeline/demo/records.py:write_sample",
        "pipeline/demo/records.py:_without_clock", "pipeline/demo/records.py:_xlsx",
        "pipeline/demo/story.py:write_cut_list",
    },
}  # fmt: skip


def places(name: str, code: str) -> Iterator[str]:
    """Every function of a file that writes, as "path:function"."""
    yield from (f"{name}:{function}" for function, call in _calls(ast.parse(code), "") if _writes(call))


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield function, child
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _calls(child, inside)


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "open":
        given = [*call.args, *(one.value for one in call.keywords)]
        return any(isinstance(one, ast.Constant) and one.value in MODES for one in given)
    if name == "HttpResponse":
        return bool(call.args) or any(one.arg == "content" for one in call.keywords)
    if name == "save":  # a picture or a workbook; a row is saved without a place to put it
        return bool(call.args)
    if name == "move":
        return ast.unparse(call.func) == "shutil.move"
    return name in WRITES


def written() -> set[str]:
    found: set[str] = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                found |= set(places(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")))
    return found


def known() -> set[str]:
    return set(CORPUS) | CARRIED | {place for those in NOTHING.values() for place in those}


def test_every_place_that_writes_is_known_and_every_known_place_still_writes():
    assert written() - known() == set()
    assert known() - written() == set()


def test_what_the_corpus_walks_through_is_a_way_that_it_does_walk():
    assert set(CORPUS.values()) <= {*ways.PHOTO_WAYS, *ways.FILM_WAYS, "document"}


NEW = """
def preview(path):
    with path.open("wb") as out:
        out.write(b"")
    return HttpResponse(path.read_bytes(), content_type="image/jpeg")

def kept(image, out):
    image.save(out, "JPEG")

def told(row):
    row.save(update_fields=["state"])
    return HttpResponse(status=204)
"""


def test_a_new_writer_would_be_noticed_and_a_row_that_is_saved_is_none():
    assert set(places("web/new.py", NEW)) == {"web/new.py:preview", "web/new.py:kept"}
