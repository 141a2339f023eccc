"""What pages show, read from the rows: lists of posts, and a post with everything that its reader needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline import comments, corrections, history, metrics, planning, review
from pipeline.corrections.reading import ToCorrect
from pipeline.history import Event
from pipeline.metrics import History
from pipeline.models import (
    ACTIVE,
    IN_DOUBT,
    OUT,
    WAITING,
    Approval,
    Channel,
    Comment,
    Post,
    PostState,
    Protection,
    Publication,
    PublicationState,
    Remark,
    Rendition,
    Repair,
    Revision,
    Role,
    User,
    Variant,
    VariantMedia,
    VariantText,
)
from pipeline.planning import likeness
from pipeline.protection import at_once, record, textscan, voices
from publishers._sentences import Sentence
from web import places, problems
from web.problems import Stated
from web.sources import SourcesView, sources_view
from web.versions import Since, since_agreed

S = PublicationState
ALIKE = 4  # posts that a publication is too like: the nearest ones
CANCELLABLE = (*WAITING, S.MISSED, S.FAILED)


# ---------------------------------------------------------------------------------------------- the calendar


def movable(row: Publication) -> bool:
    """Whether the publication may be given another time: nobody works on it, and nothing irreversible was asked."""
    return row.state in planning.MOVABLE and row.lease_until is None


def cancellable(row: Publication) -> bool:
    """Whether the publication may be taken off the calendar."""
    return row.state in CANCELLABLE


# ---------------------------------------------------------------------------------------------- one post


@dataclass(frozen=True)
class TextView:
    """One language's text; `same` is the channel above that says exactly this in the same language."""

    text: VariantText
    same: Channel | None


@dataclass(frozen=True)
class VariantView:
    """One channel's variant: what it says, what stands against it, where it is in the calendar."""

    variant: Variant
    texts: list[TextView]
    problems: list[Stated]
    repairs: list[Repair]
    seal: str
    publication: Publication | None
    movable: bool
    cancellable: bool
    going: bool  # it goes out within the grace unless somebody stops it
    alike: list[Sentence]  # what the channel has too like it

    @property
    def general(self) -> list[Stated]:
        """The problems that are about no text and no file in particular."""
        return [one for one in self.problems if not one.place]

    @property
    def wording(self) -> list[Stated]:
        """The problems that stand in the words."""
        return [one for one in self.problems if one.place == "text"]

    @property
    def media(self) -> list[tuple[VariantMedia, list[Stated]]]:
        """Each picture or film with what stands against it."""
        uses = enumerate(self.variant.media.all())
        return [(use, [one for one in self.problems if one.place == f"media.{place}"]) for place, use in uses]


@dataclass(frozen=True)
class ProtectionView:
    """A file made from footage: what is settled for the people in it, and what is not."""

    rendition: Rendition
    records: list[Protection]
    missing: list[Sentence]
    voice: str  # how its voices are heard, where that is known


@dataclass(frozen=True)
class Unread:
    """A language that nobody read, and the channels on which it would go out."""

    lang: str
    channels: list[Channel]


@dataclass(frozen=True)
class May:
    """What this person's role and part in the post let them try; the stages decide."""

    write: bool = False
    submit: bool = False
    approve: bool = False
    request_changes: bool = False
    recall: bool = False
    schedule: bool = False


@dataclass(frozen=True)
class PostView:
    """Everything on a post's page."""

    post: Post
    variants: list[VariantView]
    revision: Revision | None
    may: May
    next_step: str  # approve, change, submit, schedule or nothing: the one yellow button
    approval: Approval | None
    unread: list[Unread]
    at_once: bool  # approving takes a typed yes
    changed: list[Sentence]
    authors: list[User]
    approvers: list[User]
    deciders: list[User]
    protections: list[ProtectionView]
    deadline: datetime | None  # by when it has to be approved, where it waits for that
    remark: Remark | None
    remark_is_mine: bool
    numbers: list[History]
    sources: SourcesView | None
    to_correct: ToCorrect | None  # what it shows and the records no longer give
    history: list[Event]
    comments: list[Comment]
    since: Since | None  # what the reader agreed to before, and no longer stands

    @property
    def mine(self) -> bool:
        """Whether nobody but another person may approve it, as the reader is one of its authors."""
        return self.post.state == PostState.IN_REVIEW and not self.may.approve


def post_view(post: Post, user: User, lang: str) -> PostView:
    """The page of a post, for this reader, in the language of the page."""
    sealed = post.revisions.select_related("submitted_by").prefetch_related("authors__user", "items")
    revision = sealed.order_by("-number").first()
    seals = {item.variant_id: item.seal for item in revision.items.all()} if revision else {}
    editable = post.state in (PostState.DRAFT, PostState.CHANGES_REQUESTED)
    rows = post.variants.select_related("channel", "post").prefetch_related(
        "repairs__by", "texts__read_by", "texts__written_by", "media__rendition__footage", "media__cover",
        "media__subtitles", "publications__receipt",
    )  # fmt: skip
    ordered = list(rows.order_by("pk"))
    same, going = _same_above(ordered), places.about_to_go()
    check = editable and user.may_write
    known = textscan.names() if check else None
    variants = [_variant_view(v, same, seals.get(v.pk, ""), going, known) for v in ordered]
    shown = revision if revision and not editable else None
    authors = _authors(post, shown)
    remark = _remark(post)
    mine = remark is not None and remark.by == user and user not in authors
    may = _may(post, user, variants, authors, sent_back=mine)
    deciders = coordinators()
    return PostView(
        post=post,
        variants=variants,
        revision=shown,
        may=may,
        next_step=_next_step(post, may, variants, revision),
        approval=_approval(post, shown),
        unread=_unread(post, ordered),
        at_once=at_once.asked(post),
        changed=review.changed_since(shown) if shown else [],
        authors=authors,
        approvers=[one for one in deciders if one not in authors],
        deciders=deciders,
        protections=_protections(variants),
        deadline=_deadline(variants),
        remark=remark,
        remark_is_mine=mine,
        numbers=metrics.history(post),
        sources=sources_view(post.summary, lang),
        to_correct=corrections.open_of(post),
        history=history.of(post),
        comments=list(comments.of(post)),
        since=since_agreed(post, user),
    )


def _deadline(variants: list[VariantView]) -> datetime | None:
    waiting = [v.publication for v in variants if v.publication and v.publication.state == S.PLANNED]
    return min(map(planning.deadline, waiting), default=None)


def _same_above(variants: list[Variant]) -> dict[int, Channel]:
    """By text: the first channel that says exactly this in the same language, where that is another one."""
    first: dict[tuple[str, str], Channel] = {}
    same = {}
    for variant in variants:
        for text in variant.texts.all():
            above = first.setdefault((text.lang, text.text), variant.channel)
            if above != variant.channel:
                same[text.pk] = above
    return same


def _variant_view(
    variant: Variant, same: dict[int, Channel], seal: str, going: list[Publication], known: frozenset[str] | None
) -> VariantView:
    """The variant as the page shows it; problems only where the register's names are given (`known`)."""
    publication = max(variant.publications.all(), key=lambda p: (p.state in ACTIVE, p.pk), default=None)
    return VariantView(
        variant=variant,
        texts=[TextView(text, same.get(text.pk)) for text in variant.texts.all()],
        problems=[] if known is None else problems.of_variant(variant, known),
        repairs=[one for one in variant.repairs.all() if one.undone_at is None],
        seal=seal,
        publication=publication,
        movable=publication is not None and movable(publication),
        cancellable=publication is not None and cancellable(publication),
        going=publication in going,
        alike=_alike(variant, publication),
    )


def _alike(variant: Variant, publication: Publication | None) -> list[Sentence]:
    if publication is None or publication.state not in WAITING:
        return []
    return [one.sentence for one in likeness.of(variant, publication.due_at, most=ALIKE)]


def _authors(post: Post, revision: Revision | None) -> list[User]:
    """Everyone who made any part: of the sealed revision, else of the post as it stands."""
    if revision:
        return [author.user for author in revision.authors.all()]
    ids = {post.created_by_id, *post.contributions.values_list("user_id", flat=True)}
    return list(User.objects.filter(pk__in=ids).order_by("username"))


def coordinators() -> list[User]:
    """Those who decide what goes out."""
    return list(User.objects.filter(role=Role.COORDINATOR, is_active=True).order_by("username"))


def _approval(post: Post, revision: Revision | None) -> Approval | None:
    """The approval in force."""
    if revision is None or post.state != PostState.APPROVED:
        return None
    return Approval.objects.filter(revision=revision).select_related("user").first()


def _unread(post: Post, variants: list[Variant]) -> list[Unread]:
    """The languages that nobody read, each with the channels whose text or picture is in it."""
    return [
        Unread(lang, [v.channel for v in variants if _is_unread(v, lang)]) for lang in review.unread_languages(post)
    ]


def _is_unread(variant: Variant, lang: str) -> bool:
    texts = [text for text in variant.texts.all() if text.lang == lang]
    drawn = [one for use in variant.media.all() for one in (use.rendition, *use.subtitles.all()) if one.lang == lang]
    heard = any(one.by_machine and one.checked_by_id is None for one in drawn)
    return heard or (any(text.read_by is None for text in texts) if texts else bool(drawn))


def _may(post: Post, user: User, variants: list[VariantView], authors: list[User], *, sent_back: bool) -> May:
    states = {v.publication.state for v in variants if v.publication}
    gone = bool(states & {*IN_DOUBT, *OUT})
    in_review = post.state == PostState.IN_REVIEW
    unplaced = [v for v in variants if not v.publication or v.publication.state not in planning.HELD_PLACES]
    return May(
        write=user.may_write and not gone,
        submit=user.may_write and not sent_back and post.state in (PostState.DRAFT, PostState.CHANGES_REQUESTED),
        approve=user.may_approve and in_review and user not in authors,
        request_changes=user.may_approve and in_review,
        recall=user.may_write
        and not gone
        and (post.state == PostState.APPROVED or (in_review and not user.may_approve)),
        schedule=user.may_write and bool(unplaced),
    )


def _next_step(post: Post, may: May, variants: list[VariantView], last: Revision | None) -> str:
    if may.approve:
        return "approve"
    if may.submit and not any(p for v in variants for p in v.problems if not p.warning):
        return "change" if _untouched(post, last) else "submit"
    return "schedule" if may.schedule and post.state == PostState.APPROVED else ""


def _untouched(post: Post, last: Revision | None) -> bool:
    """Whether a post that was sent back still says exactly what it said when it was submitted."""
    return post.state == PostState.CHANGES_REQUESTED and last is not None and not review.changed_since(last)


def _protections(variants: list[VariantView]) -> list[ProtectionView]:
    uses = (use.rendition for view in variants for use in view.variant.media.all())
    renditions = {r.pk: r for r in uses if r.footage.all()}
    return [
        ProtectionView(
            rendition=r,
            records=list(r.protections.filter(withdrawn_at=None).select_related("confirmed_by", "footage")),
            missing=record.missing(r),
            voice=voices.of_file(r) or "",
        )
        for r in renditions.values()
    ]


def _remark(post: Post) -> Remark | None:
    """What the authors have to do next, where changes were asked for."""
    if post.state != PostState.CHANGES_REQUESTED:
        return None
    asked = Remark.objects.filter(revision__post=post, verdict="changes_requested").select_related("by")
    return asked.order_by("-at").first()
