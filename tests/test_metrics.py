"""Numbers after publication: read once a day, by one reader at a time, never in delivery's way; missing is not zero."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import channels, delivery, metrics, planning, review
from pipeline.metrics import collecting, names
from pipeline.models import Channel, Metric, Post, Publication, PublicationState, Receipt
from publishers import _facebook_reads, _instagram_reads, _linkedin_reads, bluesky
from publishers import mastodon as mastodon_adapter
from publishers._base import MetricValue, OutcomeUnknown, Rejected, TryLater, Unauthorized
from publishers._sentences import _
from publishers.outbox import Outbox
from sandbox import mastodon
from sandbox.graph import serving
from tests.delivery.acts import later
from tests.publishers.meta import showing

S = PublicationState


class Killed(BaseException):
    """The plug."""


class Network:
    """What the outbox answers when it is asked for counts, and how often it was asked for each post."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.counts: dict[str, int] = {"likes": 3}
        self.refusal: Exception | None = None
        self.meanwhile = lambda: None

    def metrics(self, receipt):
        self.asked.append(receipt.id)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        if self.refusal:
            raise self.refusal
        return [MetricValue(name=name, value=value, at=timezone.now()) for name, value in self.counts.items()]


@pytest.fixture
def network(monkeypatch) -> Network:
    answers = Network()
    monkeypatch.setattr(Outbox, "metrics", lambda _adapter, receipt: answers.metrics(receipt))
    return answers


def out(world, **more) -> Publication:
    """A post that went out on the outbox six minutes from now."""
    row = world.scheduled(**more)
    with later():
        delivery.tick()
    row.refresh_from_db()
    return row


@pytest.fixture
def publication(world) -> Publication:
    return out(world)


def after(row: Publication, **time: float):
    """So long after the post went out."""
    return time_machine.travel(row.receipt.published_at + timedelta(**time), tick=False)


def known(row: Publication) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in Metric.objects.filter(receipt__publication=row):
        found.setdefault(one.day.isoformat(), {})[one.name] = one.value
    return found


def test_a_post_is_read_an_hour_after_it_is_out_then_daily_for_thirty_days_then_weekly_for_a_year(publication, network):
    ages = []
    looks = [59 / 60, 61 / 60, *range(6, 24 * 31, 6), *range(24 * 31, 24 * 380, 24)]
    for hours in looks:
        with after(publication, hours=hours):
            before = len(network.asked)
            metrics.collect()
            if len(network.asked) > before:
                ages.append(hours / 24)
    assert ages == [61 / 60 / 24, *range(1, 31), *range(37, 365, 7)]


def test_a_missing_number_has_no_row_and_a_later_look_of_the_day_replaces_what_it_tells(publication, network):
    moment = publication.receipt.published_at.astimezone().replace(hour=12)
    with time_machine.travel(moment + timedelta(days=1), tick=False) as clock:
        network.counts = {"likes": 3, "reposts": 1}
        metrics.collect()
        Receipt.objects.update(count_at=timezone.now())
        clock.shift(timedelta(minutes=6))
        network.counts = {"likes": 5}
        metrics.collect()
        day = timezone.localdate().isoformat()
        assert known(publication) == {day: {"likes": 5, "reposts": 1}}
        clock.shift(timedelta(days=1))
        network.counts = {}
        metrics.collect()
    assert len(network.asked) == 3 and list(known(publication)) == [day]
    (history,) = metrics.history(publication.variant.post)
    assert history.row.counts == {"likes": 5, "reposts": 1}


def test_a_network_that_tells_nothing_is_named_and_not_counted_as_zero(publication):
    with after(publication, hours=2):
        assert metrics.collect().read == [publication.pk]
    assert not Metric.objects.exists()
    (history,) = metrics.history(publication.variant.post)
    assert history.days == [] and "tells no numbers" in str(history.row.why)


def test_a_second_reader_leaves_alone_what_the_first_has_claimed(publication, network):
    with after(publication, hours=2):
        network.meanwhile = metrics.collect
        metrics.collect()
        metrics.collect()
    assert len(network.asked) == 1


def test_without_the_claim_two_readers_ask_twice(publication, network, monkeypatch):
    """The broken variant: whoever sees something due reads it."""

    def unclaimed(channel, now, done):
        return collecting.Round(channel, channel.count_fence, done)

    monkeypatch.setattr(collecting, "claim", unclaimed)
    with after(publication, hours=2):
        network.meanwhile = metrics.collect
        metrics.collect()
    assert len(network.asked) == 2


def test_a_reader_that_was_killed_is_made_up_for_when_its_turn_is_over(publication, network):
    with after(publication, hours=2) as clock:
        network.refusal = Killed()
        with pytest.raises(Killed):
            metrics.collect()
        network.refusal = None
        assert metrics.collect().read == []
        clock.shift(timedelta(minutes=11))
        assert metrics.collect().read == [publication.pk]
    assert len(network.asked) == 2


def test_a_reader_who_stood_still_writes_into_the_void(publication, network):
    with after(publication, hours=2) as clock:

        def stood_still():
            clock.shift(timedelta(minutes=11))
            network.counts = {"likes": 8}
            metrics.collect()
            network.counts = {"likes": 3}

        network.meanwhile = stood_still
        assert metrics.collect().read == []
    assert [counts["likes"] for counts in known(publication).values()] == [8]


def test_an_account_is_read_a_few_posts_at_a_time_and_rests_between(world, network):
    for _n in range(13):
        row = out(world)
    with after(row, hours=2) as clock:
        first = metrics.collect()
        assert (len(first.read), first.waiting) == (10, 3)
        assert metrics.collect().read == []
        clock.shift(timedelta(minutes=6))
        assert len(metrics.collect().read) == 3
    assert len(set(network.asked)) == len(network.asked) == 13


@pytest.mark.parametrize("stands", ["closed", "paused", "left"])
def test_an_account_that_is_closed_or_paused_is_left_for_later(publication, network, stands):
    with after(publication, hours=2) as clock:
        way = {
            "closed": {"authorised": False}, "left": {"active": False},
            "paused": {"paused_until": timezone.now() + timedelta(hours=1)},
        }[stands]  # fmt: skip
        Channel.objects.update(**way)
        assert metrics.collect().waiting == 1 and network.asked == []
        Channel.objects.update(authorised=True, active=True)
        clock.shift(timedelta(hours=2))
        assert metrics.collect().read == [publication.pk]


WHY = _("The network said no.")


@pytest.mark.parametrize(
    ("refusal", "again"),
    [
        (TryLater(WHY), timedelta(minutes=6)),
        (OutcomeUnknown(WHY), timedelta(minutes=6)),
        (TryLater(WHY, retry_after=7200, scope="channel"), timedelta(hours=2, minutes=1)),
        (Unauthorized(WHY), timedelta(days=1, minutes=1)),
        (Rejected(WHY), timedelta(days=7, minutes=1)),
    ],
)
def test_a_refusal_is_noted_by_its_class_and_never_stops_delivery(world, publication, network, refusal, again):
    with after(publication, hours=2) as clock:
        network.refusal = refusal
        assert metrics.collect().failed == {publication.pk: WHY}
        network.refusal = None
        clock.shift(again - timedelta(minutes=2))
        assert metrics.collect().read == []
        account = Channel.objects.get()
        assert account.authorised and account.paused_until is None
        assert "said no" in str(metrics.history(publication.variant.post)[0].row.why)
        clock.shift(timedelta(minutes=2))
        assert metrics.collect().read == [publication.pk]
    assert metrics.history(publication.variant.post)[0].row.why is None


def test_a_post_goes_out_while_its_account_is_being_read(world, publication, network):
    due = world.scheduled(minutes=10)
    with after(publication, hours=2):
        Publication.objects.filter(pk=due.pk).update(due_at=timezone.now())
        network.meanwhile = delivery.tick
        metrics.collect()
    due.refresh_from_db()
    assert due.state == S.PUBLISHED and len(network.asked) == 1


def test_a_fault_of_the_program_is_loud_and_noted_and_waits_for_the_next_day(publication, network):
    with after(publication, hours=2) as clock:
        network.refusal = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            metrics.collect()
        network.refusal = None
        clock.shift(timedelta(hours=1))
        assert metrics.collect().read == []
        clock.shift(timedelta(days=1))
        assert metrics.collect().read == [publication.pk]


def test_what_was_removed_is_not_read(publication, network):
    Publication.objects.update(state=S.REMOVED)
    with after(publication, hours=2):
        metrics.collect()
    assert network.asked == []


# ---------------------------------------------------------------------------------------------- through the networks


@pytest.fixture
def toots():
    with mastodon.serving() as server:
        yield server


@pytest.fixture
def graph():
    with serving() as server:
        yield server


def sent_on(world, platform, given) -> Publication:
    channel = channels.add("live", platform, given, by=world.administrator)
    post = world.draft(channel=channel)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    (row,) = planning.schedule(post, at, by=world.intern)
    with later() as clock:
        for _tick in range(6):
            delivery.tick()
            clock.shift(timedelta(seconds=30))
    row.refresh_from_db()
    return row


def test_mastodons_counts_are_read_once_and_by_get_alone(world, toots):
    row = sent_on(world, "mastodon", {"instance_url": toots.url, "access_token": toots.token})
    asked = len(toots.requests)
    with after(row, hours=2):
        metrics.collect()
        metrics.collect()
    (one,) = toots.requests[asked:]
    assert one.method == "GET"
    (counts,) = known(row).values()
    assert counts == {"likes": 0, "reposts": 0, "replies": 0}  # told as zero, so known


@pytest.mark.parametrize("platform", ["instagram", "facebook"])
def test_meta_tells_nothing_for_two_days_and_then_what_it_counts(world, graph, home, platform):
    given = {"page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url,
             "rupload_url": graph.urls["rupload"]}  # fmt: skip
    with showing(home / "public") as url:
        more = {"ig_user_id": graph.account.id, "media_url": url} if platform == "instagram" else {}
        row = sent_on(world, platform, given | more)
        asked = len(graph.requests)
        with after(row, hours=2):
            metrics.collect()
            assert known(row) == {}
        told = {"views": 120, "likes": 7} if platform == "instagram" else {"post_clicks": 9}
        graph.order("insights", {"id": row.receipt.remote_id, "values": told})
        with after(row, days=2, hours=2):
            metrics.collect()
    (counts,) = known(row).values()
    assert counts == ({"views": 120, "likes": 7} if platform == "instagram" else {"clicks": 9})
    assert {one.method for one in graph.requests[asked:]} == {"GET"}


def test_a_token_that_publishes_and_may_not_read_numbers_keeps_its_queue_open(world, graph, home):
    scopes = ["pages_manage_posts", "pages_read_engagement", "pages_show_list"]
    token = graph.issue(page=graph.page, scopes=scopes).value
    given = {"page_id": graph.page.id, "access_token": token, "graph_url": graph.url,
             "rupload_url": graph.urls["rupload"]}  # fmt: skip
    row = sent_on(world, "facebook", given)
    with after(row, hours=2):
        done = metrics.collect()
    assert list(done.failed) == [row.pk] and token not in str(done.failed)
    assert Channel.objects.get(name="live").authorised


# ---------------------------------------------------------------------------------------------- told


@pytest.fixture
def november(world, network):
    """Three posts out in one month on two channels; one of them without a number."""
    other = world.add_channel("facebook")
    with time_machine.travel(datetime.fromisoformat("2027-11-10T09:00+01:00"), tick=False) as clock:
        rows = [out(world), out(world, channel=other), out(world)]
        for number, row in enumerate(rows[:2]):
            Post.objects.filter(pk=row.variant.post_id).update(title=f"=SUM(A{number})")
        clock.shift(timedelta(days=1))
        network.counts = {"likes": 40, "views": 1000}
        Publication.objects.filter(pk=rows[2].pk).update(state=S.REMOVED)
        metrics.collect()
        Publication.objects.filter(pk=rows[2].pk).update(state=S.PUBLISHED)
        clock.shift(timedelta(days=1))
        network.counts = {"likes": 45}
        Publication.objects.filter(pk=rows[2].pk).update(state=S.REMOVED)
        metrics.collect()
        Publication.objects.filter(pk=rows[2].pk).update(state=S.PUBLISHED)
        yield rows


def test_a_month_sums_what_is_known_and_names_what_is_missing(november):
    view = metrics.month(date(2027, 11, 1))
    told = {one.channel.name: one for one in view.channels}
    assert told["bluesky"].totals == {"views": metrics.reading.Total(1000, 1), "likes": metrics.reading.Total(45, 1)}
    assert told["bluesky"].measure == "views"
    assert [row.publication for row in told["bluesky"].best] == [november[0]]
    assert [row.publication for row in view.missing] == [november[2]]
    assert metrics.month(date(2027, 12, 1)).channels == []


def test_a_day_is_told_with_its_change_since_the_day_before(november):
    (history,) = metrics.history(november[0].variant.post)
    today, before = history.days
    assert (today.counts["likes"].value, today.counts["likes"].change) == (45, 5)
    assert "views" not in today.counts and before.counts["views"].change is None


@pytest.mark.parametrize(("lang", "delimiter", "head"), [("fr", ";", "titre"), ("en", ",", "title")])
def test_the_yearly_table_has_empty_cells_for_the_unknown_and_calculates_nothing(november, lang, delimiter, head):
    raw = metrics.report(metrics.year(2027), lang)
    assert raw.startswith(b"\xef\xbb\xbf")
    heads, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=delimiter)
    assert heads[1] == head and len(rows) == 3
    assert rows[0][1] == "'=SUM(A0)"
    assert rows[0][4:6] == ["2027-11-10", "09:06"]
    assert [row[6:8] for row in rows] == [["1000", "45"], ["1000", "45"], ["", ""]]
    assert metrics.year(2026) == []


def test_every_count_of_every_adapter_has_a_name_for_people():
    told = {*",".join(_instagram_reads.METRICS.values()).split(",")}
    for table in (_facebook_reads.POST_METRICS, _facebook_reads.VIDEO_METRICS, _linkedin_reads.COUNTS,
                  mastodon_adapter.COUNTS, bluesky.COUNTS):  # fmt: skip
        told |= set(table.values())
    assert told == set(names.NAMES)
    assert len({str(metrics.named(name)) for name in told}) == len(told)
    assert str(metrics.named("something_new")) == "something_new"
