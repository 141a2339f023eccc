"""What follows a post that is out: its first comment, looked up before it is written, and a note where it failed.

The post itself is never put at risk by it: what cannot be added is written into the receipt for a person to see.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from publishers._base import Rejected, Sentence, TryLater
from publishers._graph import Account, ForbiddenError, GoneError, ask, lost
from publishers._looking import same_words, too_late
from publishers._sentences import _

LISTED = 50  # comments: ours stands among the first


def first_comment(account: Account, target: str, words: str, *, field: str, since: str) -> dict[str, Any]:
    """`{"id": ...}` of the comment under `target`, or `{"refused": sentence}`. Raises TryLater and Unauthorized.

    A comment whose answer was lost is found by its words and not written again. Where comments cannot be listed it is
    written once and no more: an answer that was lost is told in the receipt.
    """
    readable = True
    try:
        try:
            listed = ask(account, "GET", f"{target}/comments", stage="look", fields=f"id,{field}", limit=LISTED)
        except Rejected:
            listed, readable = {}, False
        for comment in listed.get("data") or ():
            if same_words(comment.get(field), words):
                return {"id": str(comment["id"])}
        made = ask(account, "POST", f"{target}/comments", message=words)
        if not made.get("id"):
            raise lost(account, "prepare")
        return {"id": str(made["id"])}
    except (Rejected, ForbiddenError) as no:
        return {"refused": no.sentence.as_json()}
    except TryLater as later:
        if not readable:
            return {"refused": _("Nobody can tell whether the first comment is out: look at the post.").as_json()}
        if too_late(since):
            return {"refused": later.sentence.as_json()}
        raise


def delete(account: Account, target: str) -> None:
    """Nothing, once the object is gone; one that was gone already is not an error. Raises TryLater if it stays."""
    with suppress(GoneError):
        if ask(account, "DELETE", target, stage="look").get("success") is False:
            raise lost(account, "look")


def left_out(*done: Any) -> dict[str, Any]:
    """For a receipt's details: the sentences of what could not be added, or nothing."""
    refused = [one["refused"] for one in done if isinstance(one, dict) and "refused" in one]
    return {"left_out": [Sentence.from_json(one).as_json() for one in refused]} if refused else {}
