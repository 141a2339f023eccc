"""A person's word for a number: they type it again, and from then on it is theirs."""

from __future__ import annotations

import unicodedata

from django.db import transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Contribution, NumeralConfirmation, Post, PostState, User
from pipeline.numerals.checking import Stranger, of_post
from pipeline.numerals.reading import read, visible
from pipeline.people import refuse_readers
from publishers._sentences import Sentence, _


def confirm(post: Post, typed: str, *, by: User, key: tuple[str, str] | None = None) -> list[NumeralConfirmation]:
    """The confirmations of the number that was typed, one for each text of the post that holds it (or of `key` alone).

    Whoever confirms is an author of the post. A confirmation counts for exactly the text as it stands. `Refused` where
    the number typed is none of those that are asked about, or the post is no longer being written.
    """
    refuse_readers(by)
    with transaction.atomic():
        state = Post.objects.select_for_update().get(pk=post.pk).state
        if state not in (PostState.DRAFT, PostState.CHANGES_REQUESTED):
            raise Refused(_("Numbers are confirmed while a post is written: take it back first."))
        asked = of_post(post)
        meant = [one for one in asked if _same(typed, one) and key in (None, one.key)]
        if not meant:
            raise Refused(_not_asked(typed, asked))
        Contribution.objects.get_or_create(post=post, user=by, part="numeral")
        return [_confirmed(post, one, by) for one in meant]


def _confirmed(post: Post, stranger: Stranger, by: User) -> NumeralConfirmation:
    row, made = NumeralConfirmation.objects.get_or_create(
        post=post,
        text_sha256=stranger.place.sha256,
        numeral=stranger.numeral.text,
        defaults={"by": by, "at": timezone.now()},
    )
    if made:
        audit.append(by, "numeral.confirmed", f"post:{post.pk}", numeral=row.numeral, text=row.text_sha256)
    return row


def _not_asked(typed: str, asked: list[Stranger]) -> Sentence:
    if not asked:
        return _("No number of this post waits to be confirmed.")
    numbers = ", ".join(dict.fromkeys(f"“{one.numeral.text}”" for one in asked))
    return _("“{typed}” is not what stands there. To be confirmed: {numbers}.", typed=typed[:40], numbers=numbers)


def _same(typed: str, stranger: Stranger) -> bool:
    """Whether the person typed this very number: its characters, or its value in the digits of their keyboard."""
    numeral = stranger.numeral
    if _folded(typed) == _folded(numeral.text):
        return True
    found = read(typed, stranger.place.lang) or read(typed, "fr")
    return (
        numeral.value is not None
        and len(found) == 1
        and _folded(found[0].text) == _folded(typed)
        and (found[0].value, found[0].unit, found[0].sign) == (numeral.value, numeral.unit, numeral.sign)
    )


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", visible(text)).split()).casefold()
