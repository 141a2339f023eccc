"""Pages on which words are written: a new post, a text, a description. What was typed is never lost, saved or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pipeline import comparing, drafts, jottings, pasted, signs
from pipeline.authorship import LostEdit, place_of, refuse_lost_edit
from pipeline.captions import Beside
from pipeline.comparing import Stretch
from pipeline.models import Channel, Jotting, Post, PostKind, Rendition, User, Variant, VariantMedia, VariantText
from pipeline.summaries import describing
from web import problems
from web.forms import AltForm, NewForm, TextForm, number_of
from web.people import writer
from web.problems import Check
from web.writing import FORM, done

NEW = "new"
LONGEST = 20_000  # characters that are looked at while somebody types: no longer text can be saved


@require_POST
def clean(request: HttpRequest) -> HttpResponse:
    """The text that was pasted, as plain text; one longer than any text of ours as it came, so that nothing is lost."""
    writer(request)
    text = request.POST.get("text", "")
    words = text if len(text) > LONGEST else pasted.inserted(text)
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


# ---------------------------------------------------------------------------------------------- what is kept meanwhile


class Desk:
    """One form of one person: what they typed there and did not save."""

    def __init__(self, request: HttpRequest, place: str) -> None:
        self.request, self.place, self.by = request, place, writer(request)
        self.noted: Jotting | None = None

    def take_up(self, form: type[forms.Form], stored: dict[str, Any]) -> dict[str, Any]:
        """What the form opens with: words that were typed and not saved, else what is stored."""
        found = jottings.kept(self.by, self.place) if self.request.method != "POST" else None
        if found is None:
            return stored
        typed = {name: _value(form, name, given) for name, given in found.words.items()}
        self.noted = found
        return {**stored, **typed, "version": found.version}

    def keep(self, form: forms.Form, *, unchanged: bool = False) -> None:
        """Keeps what stands in the form as it was sent; where that is what is stored already, nothing is kept."""
        if unchanged:
            jottings.drop(self.by, self.place)
            return
        given = self.request.POST
        words = {name: given.getlist(name) for name in form.fields if name != "version"}
        self.noted = jottings.keep(self.by, self.place, words, number_of(given.get("version")) or 0)

    def cleared(self) -> HttpResponse | None:
        """The page anew where the person throws their words away; None where they do not."""
        if "drop" not in self.request.POST:
            return None
        jottings.drop(self.by, self.place)
        messages.success(self.request, _("Thrown away: the page shows what is saved."))
        return redirect(self.request.path)

    def page(self, template: str, shown: dict[str, Any]) -> HttpResponse:
        """The page; only what is said of the words where a script asks."""
        part = self.request.headers.get("X-Part") == "said"
        return render(self.request, "parts/said.html" if part else template, {"noted": self.noted, **shown})


def _value(form: type[forms.Form], name: str, given: list[str]) -> Any:
    many = isinstance(form.base_fields.get(name), forms.MultipleChoiceField)
    return given if many else given[0] if given else ""


def _typed(form: forms.Form) -> str:
    """The words in the form as saving would store them: the browser sends two signs for each end of a line."""
    return pasted.plain(str(form["text"].value() or "")[:LONGEST])


@dataclass(frozen=True)
class Lost:
    """A change that somebody made meanwhile: who changed what, and theirs beside what was typed, by channel."""

    refusal: LostEdit
    theirs_to_mine: Sequence[tuple[Channel, Sequence[Stretch]]]


# ---------------------------------------------------------------------------------------------- a text


@dataclass(frozen=True)
class Tab:
    """One text of the post among the others."""

    row: VariantText
    current: bool
    same: bool  # it says what the open one says
    unsaved: bool


@FORM
def text(request: HttpRequest, pk: int, text: int) -> HttpResponse:
    """The page that changes one language's text of one channel, among the tabs of all texts of the post."""
    rows = VariantText.objects.select_related("variant__post", "variant__channel")
    row = get_object_or_404(rows, pk=text, variant__post_id=pk)
    post, desk = row.variant.post, Desk(request, place_of(row))
    if anew := desk.cleared():
        return anew
    every = list(rows.filter(variant__post=post).order_by("variant_id", "position"))
    kin = [one for one in every if one.lang == row.lang and one.pk != row.pk]
    opened = desk.take_up(TextForm, {"text": row.text, "version": post.version})
    form = TextForm(request.POST or None, initial=opened, row=row, kin=kin)
    reached = [row, *_ticked(form, kin)]
    if "check" in request.POST:
        desk.keep(form, unchanged=str(form["text"].value()).replace("\r\n", "\n") == row.text)
    elif form.is_valid() and _save(form, reached, desk):
        messages.success(request, _("The text is saved. It counts as unread until somebody reads it."))
        return redirect("post", pk=pk)
    typed = _typed(form)
    lost = _lost(post, form, reached, typed)
    return desk.page("text.html", {
        "form": form, "row": row, "post": post, "lost": lost, "version": _seen(form, post, lost),
        "checks": [_text_check(one, _with_sets(one, form, typed)) for one in reached],
        "tabs": _tabs(every, row, desk.by), "others": [one for one in row.variant.texts.all() if one.pk != row.pk],
    })  # fmt: skip


def _save(form: TextForm, reached: list[VariantText], desk: Desk) -> bool:
    """Whether the text is written where it was edited and on the channels that were ticked."""

    def change() -> None:
        given = form.cleaned_data
        changes = [(one.variant, one.lang, _with_sets(one, form, given["text"])) for one in reached]
        drafts.set_texts(changes, by=desk.by, version=given["version"])
        jottings.drop(desk.by, desk.place)

    return done(form, change)


def _with_sets(row: VariantText, form: TextForm, text: str) -> str:
    """The words with the sets that are ticked behind them, as the row's network takes them."""
    chosen = [name for name in form["sets"].value() or [] if name in form.set_names]
    if not chosen:
        return text
    piece = drafts.beside_words(drafts.Piece(row.variant.channel, {row.lang: text}), Beside(signs.named(chosen)))
    return piece.texts[row.lang]


def _ticked(form: TextForm, kin: Iterable[VariantText]) -> list[VariantText]:
    """The texts of other channels that would be changed too."""
    chosen = form["also"].value() or []
    return [one for one in kin if str(one.pk) in chosen]


def _text_check(row: VariantText, text: str) -> Check:
    """What the row's network would say if its text were this one."""
    texts = {one.lang: text if one.pk == row.pk else one.text for one in row.variant.texts.all()}
    return Check(row.variant.channel, *problems.of_words(row.variant, texts))


def _tabs(every: Iterable[VariantText], row: VariantText, by: User) -> list[Tab]:
    unsaved = jottings.of(by, [place_of(one) for one in every])
    return [
        Tab(one, one.pk == row.pk, one.pk != row.pk and (one.lang, one.text) == (row.lang, row.text),
            place_of(one) in unsaved)
        for one in every
    ]  # fmt: skip


def _lost(post: Post, form: forms.Form, reached: Sequence[VariantText | VariantMedia], typed: str) -> Lost | None:
    """What somebody changed since this person began to type, if they did."""
    try:
        refuse_lost_edit(post, number_of(form["version"].value()), [place_of(one) for one in reached])
    except LostEdit as lost:
        places = {change.place for change in lost.changes}
        about = [one for one in reached if place_of(one) in places] or reached[:1]
        return Lost(lost, [(one.variant.channel, comparing.words(_stored(one), typed)) for one in about])
    return None


def _stored(row: VariantText | VariantMedia) -> str:
    return row.text if isinstance(row, VariantText) else row.alt


def _seen(form: forms.Form, post: Post, lost: Lost | None) -> object:
    """The version that the form carries on: where the page shows what others changed, the one that it shows."""
    return post.version if lost else form["version"].value()


# ---------------------------------------------------------------------------------------------- a new post


@FORM
def new(request: HttpRequest) -> HttpResponse:
    """The page that starts a post of words; only for those who write."""
    desk = Desk(request, NEW)
    if anew := desk.cleared():
        return anew
    accounts = Channel.objects.filter(active=True).order_by("network", "name")
    form = NewForm(request.POST or None, accounts=accounts, initial=desk.take_up(NewForm, {}))
    if "check" in request.POST:
        desk.keep(form, unchanged=not any(request.POST.get(name) for name in ("title", "text_fr", "text_en")))
        checks = [_new_check(piece) for piece in _pieces(form)] if form.is_valid() else []
        return desk.page("new.html", {"form": form, "checks": checks})
    made: list[Post] = []
    if form.is_valid() and done(form, lambda: made.append(_draft(form, desk.by))):
        jottings.drop(desk.by, NEW)
        messages.success(request, _("The draft is saved."))
        return redirect("post", pk=made[0].pk)
    return desk.page("new.html", {"form": form})


def _new_check(piece: drafts.Piece) -> Check:
    return Check(piece.channel, *problems.of_words(Variant(channel=piece.channel, kind="text"), dict(piece.texts)))


def _pieces(form: NewForm) -> list[drafts.Piece]:
    """The words for each channel, with the sets that were ticked beside them."""
    beside = Beside(signs.named(form.cleaned_data["sets"]))
    return [drafts.beside_words(drafts.Piece(channel, words), beside) for channel, words in form.chosen()]


def _draft(form: NewForm, by: User) -> Post:
    return drafts.create(form.cleaned_data["title"], _pieces(form), by=by, kind=PostKind(form.cleaned_data["kind"]))


# ---------------------------------------------------------------------------------------------- a description


@FORM
def alt(request: HttpRequest, pk: int, use: int) -> HttpResponse:
    """The page that changes what people who do not see a picture are told."""
    row = get_object_or_404(VariantMedia.objects.select_related("variant__post", "variant__channel", "rendition"),
                            pk=use, variant__post_id=pk)  # fmt: skip
    post, desk = row.variant.post, Desk(request, place_of(row))
    if anew := desk.cleared():
        return anew
    form = AltForm(request.POST or None, initial=desk.take_up(AltForm, {"text": row.alt, "version": post.version}))
    typed = _typed(form)
    if "check" in request.POST:
        desk.keep(form, unchanged=str(form["text"].value()).replace("\r\n", "\n") == row.alt)
    elif form.is_valid():
        given = form.cleaned_data
        if done(form, lambda: drafts.set_alt(row, given["text"], by=desk.by, version=given["version"])):
            jottings.drop(desk.by, desk.place)
            messages.success(request, _("The description is saved."))
            return redirect("post", pk=pk)
    lost = _lost(post, form, [row], typed)
    return desk.page("alt.html", {
        "form": form, "use": row, "post": post, "lost": lost, "version": _seen(form, post, lost),
        "checks": [Check(row.variant.channel, problems.of_alt(row, typed))], "longer": _longer(row.rendition),
    })  # fmt: skip


def _longer(drawn: Rendition) -> dict[str, Any]:
    """The long description and the chart's table of a card, from the data that was drawn; nothing for other files."""
    data = drawn.spec.get("data") if drawn.kind == "card" else None
    if not data:
        return {}
    return {"text": describing.long_alt(data, drawn.lang), "rows": describing.table(data, drawn.lang)}
