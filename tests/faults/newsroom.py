"""The machine: a few days of a newsroom in which anything may be done by anybody at any time."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from pipeline import channels, delivery, drafts, planning, review
from pipeline.models import Channel, Publication, PublicationState, VariantMedia
from tests.faults import meddling, scripted
from tests.faults.doors import FIRST_WORDS, Doors
from tests.faults.witness import Place

S = PublicationState
WORDS = (FIRST_WORDS, "Lire https://example.org/note #Calais", "Merci @ana.example.org !", "é" * 320, "")
LANGS = (("fr",), ("fr", "en"))
MINUTES = st.sampled_from([1, 2, 5, 14, 16, 30, 61, 300, 1500])

picks = st.integers(0, 9)
people = st.sampled_from(["camille", "noor", "samira", "jo", "ada", "admin"])
coordinators = st.sampled_from(["samira", "jo", "ada"])
words = st.sampled_from(WORDS)
names = st.sampled_from(["bluesky", *(kind.platform for kind in scripted.KINDS)])
pictures = st.sampled_from([None, 0, 1])
# How far an ordinary post gets by itself: submitted, approved, given its time, out.
far = st.sampled_from([1, 2, 3, 3, 4, 4, 4, 4])
moods = st.sampled_from(["takes", "takes", *scripted.MOODS])
meddlings = st.sampled_from([None] * 6 + [*meddling.KINDS])
ordinary = st.tuples(
    st.sampled_from(["camille", "noor"]), coordinators, names, pictures, st.booleans(), MINUTES, far, moods, meddlings
)


class Newsroom(Doors):
    """One example. `n` and `m` choose a post and one of its channels; `by` is any of the people, in any role."""

    # ----------------------------------------------------------------------------------------------- people write

    @rule(
        by=people,
        names=st.lists(names, min_size=1, unique=True),
        langs=st.sampled_from(LANGS),
        picture=pictures,
        news=st.booleans(),
    )
    def write(self, by, names, langs, picture, news):
        self.count()
        self.draft(by, names, langs, picture, news)

    @initialize(days=st.lists(ordinary, min_size=2, max_size=4))
    def begin(self, days):
        self.carry(days)

    @rule(days=st.lists(ordinary, min_size=1, max_size=2))
    def carry_through(self, days):
        self.carry(days)

    def carry(self, days) -> None:
        """Ordinary days: a post drafted, read, submitted, approved, given its time, and out, without a detour."""
        self.count()
        for by, second, name, picture, news, minutes, far, mood, past_the_code in days:
            if not self.draft(by, [name], ("fr",), picture, news):
                continue
            self.reads(0, by)
            self.submits(0, by)
            if far > 1:
                self.approves(0, second, accept=False, older=False)
            if far > 2:
                self.schedules(0, minutes, by)
            if far > 3:
                self.stage.platform.moods.append(mood)
                if past_the_code:
                    self.tick()  # what is due soon is prepared before somebody lays hands on it
                    self.meddle(0, 0, past_the_code)
                self.traveller.shift(timedelta(minutes=minutes, seconds=1))
                self.tick()

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, by=people, text=words, lang=st.sampled_from(["fr", "en", "de"]), stale=st.booleans())
    def edit(self, n, m, by, text, lang, stale):
        self.count()
        told, post = self.chosen(n)
        name = sorted(told.texts)[m % len(told.texts)]
        variant = post.variants.get(channel__name=name)
        text = f"{told.token} {text}".strip()
        with self.door("edit"):
            drafts.set_text(variant, lang, text, by=self.person(by), version=post.version - 1 if stale else None)
            told.texts[name][lang] = text
            told.makers.add(by)
            self.witness.void(told, "an edit")
            if stale and told.changed in ((), (name, lang)):  # else two people worked on different texts of the post
                self.witness.wrong.append("an edit of an old version was accepted")
            told.changed = name, lang

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, by=people, alt=st.sampled_from(["Une image.", "Another picture."]))
    def describe(self, n, m, by, alt):
        self.count()
        told, post = self.chosen(n)
        name = sorted(told.texts)[m % len(told.texts)]
        use = VariantMedia.objects.filter(variant__post=post, variant__channel__name=name).first()
        if use is not None:
            with self.door("describe"):
                drafts.set_alt(use, alt, by=self.person(by))
                told.alts[name] = [alt]
                told.makers.add(by)
                told.changed = (name,)
                self.witness.void(told, "a new description")

    # ---------------------------------------------------------------------------------------- people read and agree

    @precondition(lambda self: self.rows)
    @rule(n=picks, by=people, read=st.booleans())
    def submit(self, n, by, read):
        self.count()
        if read:
            self.reads(n, by)
        self.submits(n, by)

    @precondition(lambda self: self.rows)
    @rule(n=picks, by=people, accept=st.booleans(), older=st.sampled_from([False, False, False, True]))
    def approve(self, n, by, accept, older):
        self.count()
        self.approves(n, by, accept=accept, older=older)

    @precondition(lambda self: self.rows)
    @rule(n=picks, by=st.one_of(coordinators, people), text=st.sampled_from(["Plus court.", " ", None]))
    def send_back(self, n, by, text):
        self.count()
        told, post = self.chosen(n)
        if text is None:
            with self.door("recall"):
                review.recall(post, by=self.person(by))
                self.witness.void(told, "a recall")
        else:
            with self.door("request changes"):
                review.request_changes(review.waiting(post), by=self.person(by), text=text)
                self.witness.void(told, "a request for changes")

    # ------------------------------------------------------------------------------------------------ people plan

    @precondition(lambda self: self.rows)
    @rule(n=picks, minutes=st.one_of(MINUTES, st.just(-5)), by=people)
    def schedule(self, n, minutes, by):
        self.count()
        self.schedules(n, minutes, by)

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, minutes=MINUTES, by=people)
    def move(self, n, m, minutes, by):
        self.count()
        if found := self.place(n, m):
            told, name, row = found
            at, place = self.wall(minutes), told.places[name]
            with self.door("move"):
                if planning.move(row, at, by=self.person(by), in_quiet_time=True):
                    other_day, agrees = place.day != at.wall.date(), self.agrees(by, told)
                    told.places[name] = Place(at.instant, at.wall.date())
                    if self.witness.is_out(told, name):
                        self.witness.wrong.append("a move was accepted although the post is out")
                    if other_day and not agrees:
                        told.agreed = {}

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, by=people)
    def cancel(self, n, m, by):
        self.count()
        if found := self.place(n, m):
            told, name, row = found
            with self.door("cancel"):
                if planning.cancel(row, by=self.person(by)):
                    told.places[name].cancelled = True
                    if self.witness.is_out(told, name):
                        self.witness.wrong.append("a cancellation was accepted although the post is out")

    # ------------------------------------------------------------------------------------- people stop and decide

    @rule(by=people, name=st.sampled_from(["*", "bluesky", scripted.Scripted.platform]))
    def hold_or_release(self, by, name):
        """Pulls a hold, or releases the one that is already pulled."""
        self.count()
        channel = self.stage.channels.get(name)
        if name not in self.witness.held:
            with self.door("hold"):
                delivery.pull(channel, by=self.person(by))
                self.witness.held[name] = timezone.now()
            return
        with self.door("release"):
            if delivery.release(channel, by=self.person(by)):
                self.witness.released(name, timezone.now())
            else:
                self.witness.wrong.append("a hold was lost")

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, by=st.one_of(coordinators, people))
    def send_after_all(self, n, m, by):
        self.count()
        if found := self.place(n, m):
            told, name, row = found
            with self.door("send after all"):
                if delivery.send_after_all(row, by=self.person(by)):
                    told.places[name].due, told.places[name].asked = timezone.now(), False

    @precondition(lambda self: Publication.objects.filter(state=S.NEEDS_HUMAN).exists())
    @rule(by=coordinators, m=picks)
    def decide(self, by, m):
        """The person looks at the account first: what is on it is what they say."""
        self.count()
        rows = Publication.objects.filter(state=S.NEEDS_HUMAN).select_related("channel").order_by("pk")
        row = rows[m % len(rows)]
        told = self.witness.posts[self.rows.index(row.variant.post_id)]
        seen = [r for r in self.stage.platform.out() if told.token in r.submission and r.channel == row.channel.name]
        with self.door("decide"):
            link = f"https://scripted.example/{seen[0].key}" if seen else None
            if delivery.decide(row, by=self.person(by), link=link) and not seen:
                told.places[row.channel.name].due, told.places[row.channel.name].asked = timezone.now(), False

    @rule(moods=st.lists(moods, max_size=6), mended=st.booleans())
    def the_platform_is_in_a_mood(self, moods, mended):
        self.count()
        self.stage.platform.moods.extend(moods)
        for row in Channel.objects.filter(authorised=False) if mended else ():
            with self.door("channel check"):
                channels.check(row)

    # ------------------------------------------------------------------------------------------------- time passes

    @rule(minutes=st.one_of(st.just(0), MINUTES), tick=st.booleans())
    def wait(self, minutes, tick):
        self.count()
        self.traveller.shift(timedelta(minutes=minutes))
        if tick:
            self.tick()

    @precondition(lambda self: self.next_due())
    @rule()
    def until_the_next_is_due(self):
        self.count()
        self.traveller.move_to(self.next_due()[0] + timedelta(seconds=1))
        self.tick()
        self.tick()

    @rule(hours=st.sampled_from([1, 3, 8]))
    def a_day_of_few_ticks(self, hours):
        self.count()
        for _time in range(4):
            self.traveller.shift(timedelta(hours=hours))
            self.tick()

    # ----------------------------------------------------------------------------------- somebody goes past the code

    @precondition(lambda self: self.rows)
    @rule(n=picks, m=picks, what=st.sampled_from([*meddling.KINDS, "mend"]))
    def go_past_the_code(self, n, m, what):
        self.count()
        self.meddle(n, m, what)

    # -------------------------------------------------------------------------------------------- what always holds

    @invariant()
    def nothing_is_wrong(self):
        assert not self.witness.wrong, self.witness.wrong
