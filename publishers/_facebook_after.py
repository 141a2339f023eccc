"""Subtitles of a video that is out, one language at a time, looked up before they are sent."""

from __future__ import annotations

from typing import Any

from publishers._base import File, Files, Rejected, Subtitles, TryLater
from publishers._bytes import sealed_file
from publishers._graph import Account, ForbiddenError, GoneError, ask
from publishers._looking import too_late

# Facebook's locales for the languages that the association writes (its list of locales, read in public code
# 2026-11-25; not tried on the real interface). Dari has none of its own and is written as Persian.
LOCALES = {
    "fr": "fr_FR", "en": "en_US", "de": "de_DE", "ar": "ar_AR", "fa": "fa_IR", "prs": "fa_IR", "ps": "ps_AF",
    "ckb": "cb_IQ", "ti": "ti_ET",
}  # fmt: skip


def locale(lang: str) -> str | None:
    """Facebook's name of a language, or None where it has none."""
    return LOCALES.get(lang) or LOCALES.get(lang.partition("-")[0])


def captions(
    account: Account, files: Files, video: str, subtitles: list[dict[str, Any]], lang: str, since: str
) -> dict[str, Any]:
    """`{"sent": locale}` of one language's subtitles, or `{"refused": sentence}`. Raises TryLater and Unauthorized."""
    one = Subtitles.model_validate(next(found for found in subtitles if found["lang"] == lang))
    name, first = locale(lang) or lang, locale(subtitles[0]["lang"])
    try:
        try:
            listed = ask(account, "GET", f"{video}/captions", stage="look")
        except GoneError:
            raise
        except Rejected:  # only sending is documented everywhere; to send the same file again changes nothing
            listed = {}
        if any(caption.get("locale") == name for caption in listed.get("data") or ()):
            return {"sent": name}
        _send(account, files, video, one.file, name, first)
    except (Rejected, ForbiddenError) as no:
        return {"refused": no.sentence.as_json()}
    except TryLater as later:
        if too_late(since):
            return {"refused": later.sentence.as_json()}
        raise
    return {"sent": name}


def _send(account: Account, files: Files, video: str, file: File, name: str, first: str | None) -> None:
    """Sends the file under the name that Facebook wants: captions.fr_FR.srt."""
    with sealed_file(files, file) as source:
        attached = {"captions_file": (f"captions.{name}.srt", source, "application/x-subrip")}
        ask(account, "POST", f"{video}/captions", files=attached, size=file.size, default_locale=first)
