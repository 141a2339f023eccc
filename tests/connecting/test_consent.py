"""From a network's consent page to channels, over real HTTP to the sandbox; and what changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pipeline import audit, channels, connecting, networkapps, vault
from pipeline.connecting import Pick
from pipeline.models import AccessRequest, AuditEntry, Channel, Grant
from publishers._base import PublisherError
from publishers._sentences import Sentence
from tests.consents import BROWSER, SESSION, STUDIO, answered, app_of, query, refused
from tests.worlds import World


def secrets_of(name: str) -> dict[str, str]:
    return vault.decrypt(Channel.objects.get(name=name).credentials)


def nothing_was_stored(world: World) -> bool:
    """Whether the store has its one channel and no consent: the list that no refusal may lengthen."""
    return list(Channel.objects.all()) == [world.channel] and not Grant.objects.exists()


# ------------------------------------------------------------------------------------------------------ what works


def test_one_consent_of_meta_makes_a_facebook_and_an_instagram_channel(meta, graph, world):
    facebook, instagram = meta.connected()
    assert (facebook.platform, instagram.platform) == ("facebook", "instagram")
    page = secrets_of(facebook.name)
    assert (page["page_id"], page["graph_url"], page["rupload_url"]) == (
        graph.page.id, graph.url, graph.urls["rupload"],
    )  # fmt: skip
    token = graph.tokens[page["access_token"]]
    assert (token.kind, token.page, token.expires) == ("PAGE", graph.page.id, None)
    account = secrets_of(instagram.name)
    assert (account["ig_user_id"], account["page_id"]) == (graph.account.id, graph.page.id)
    assert account["media_url"] == STUDIO and account["access_token"] == page["access_token"]
    assert all(one.ok for one in channels.check(facebook))
    (grant,) = Grant.objects.all()
    assert {channel.grant_id for channel in (facebook, instagram)} == {grant.pk}
    assert timedelta(days=59) < grant.ends_at - datetime.now(UTC) <= timedelta(days=60)
    assert graph.secrets_in_urls() == [], "neither code nor secret nor token stood in an address that we asked"


def test_the_consent_of_linkedin_makes_channels_of_a_person_and_of_pages(member, linkedin, world):
    page, person = sorted(member.connected(), key=lambda one: secrets_of(one.name)["author"])
    known = secrets_of(page.name)
    assert known["author"] == linkedin.organization.urn and secrets_of(person.name)["author"] == linkedin.person.urn
    assert (known["client_id"], known["client_secret"]) == (linkedin.app.id, linkedin.app.secret)
    assert linkedin.tokens[known["access_token"]].person == linkedin.person.urn
    assert page.label == "Observatoire (sandbox)"
    page.refresh_from_db()
    assert timedelta(days=59) < page.expires_at - datetime.now(UTC) <= timedelta(days=60)
    assert linkedin.secrets_in_urls() == []


def test_the_dialog_is_asked_with_a_challenge_where_the_network_takes_one(meta, member):
    asked = query(meta.begin())
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["redirect_uri"] == f"{STUDIO}/channels/connect/meta/back/" and len(asked["state"]) == 43
    asked = query(member.begin())
    assert "code_challenge" not in asked and asked["redirect_uri"] == f"{STUDIO}/channels/connect/linkedin/back/"


def test_only_the_accounts_that_were_picked_become_channels(meta, world):
    meta.connected("instagram")
    assert set(Channel.objects.values_list("platform", flat=True)) == {"outbox", "instagram"}


def test_an_account_that_is_a_channel_already_gets_the_new_authorisation_and_keeps_the_rest(meta, graph, world):
    given = {"page_id": graph.page.id, "access_token": "EAAold", "graph_url": graph.url, "publishing": "direct"}
    old = channels.add("our-page", "facebook", given, by=world.administrator)
    channels.mark_unauthorised(old, Sentence("The password was changed."))
    meta.connected("facebook")
    channel = Channel.objects.get(name="our-page")
    assert channel.authorised and channel.unauthorised_why is None and channel.grant is not None
    known = secrets_of("our-page")
    assert known["publishing"] == "direct" and known["access_token"] in graph.tokens
    assert Channel.objects.filter(platform="facebook").count() == 1


def test_a_new_channel_may_be_called_otherwise(meta):
    asked = meta.back(meta.consent())
    (channel,) = connecting.choose(asked, [Pick(0, "la-page")], session=SESSION, by=meta.by)
    assert channel.name == "la-page"


def test_two_accounts_of_one_name_get_two_names(meta, graph):
    graph.add_page(graph.page.name)
    names = [one.name for one in connecting.accounts(meta.back(meta.consent()))]
    assert len(set(names)) == 3


def test_what_is_stored_of_the_way_holds_neither_word_nor_token_in_clear(way):
    address = way.begin()
    row = AccessRequest.objects.get()
    shown = repr(vars(row))
    assert query(address)["state"] not in shown and SESSION not in shown
    assert "verifier" not in shown
    given = query(answered(address, "continue" if way.kind.name == "meta" else "allow"))
    way.back(given)
    shown = repr(vars(AccessRequest.objects.get()))
    assert not any(secret in shown for secret in way.server.secrets())


# ------------------------------------------------------------------------------------------------- what changes nothing


def test_denied_consent_is_one_sentence_and_changes_nothing(way, world):
    given = way.consent("cancel")
    assert "was not granted" in refused(way.back, given)
    assert nothing_was_stored(world)
    assert "used already" in refused(way.back, given), "and that answer is used"


def test_a_stolen_state_does_nothing_in_another_session_and_stays_good_in_its_own(way, world):
    given = way.consent()
    assert "not begun here" in refused(way.back, given, session="another browser")
    assert not way.server.calls("oauth_token") and not way.server.calls("access_token"), "the code was not spent"
    assert nothing_was_stored(world)
    assert way.back(given).found


def test_a_stolen_state_does_nothing_for_another_person(way, world):
    other = type(world.administrator).objects.create(username="other", role="administrator", password="!")
    given = way.consent()
    assert "not begun here" in refused(way.back, given, by=other)
    assert way.back(given).found


def test_a_state_of_one_network_is_none_at_another(meta, member):
    given = meta.consent()
    assert "not begun here" in refused(member.back, given)


@pytest.mark.parametrize("state", ["", "guess", "é" * 5000])
def test_a_state_that_nobody_gave_out_is_refused(state, meta):
    assert "not begun here" in refused(meta.back, {"code": "AQabc", "state": state})


def test_the_test_of_stolen_states_would_notice_a_state_that_is_bound_to_nobody(way, world, monkeypatch):
    """The broken variant: whoever holds the word may use it."""
    from django.db.models import Q

    monkeypatch.setattr(connecting, "own", lambda session, by: Q())
    assert way.back(way.consent(), session="another browser").found


def test_the_same_answer_used_twice_asks_the_network_once(way, world):
    given = way.consent()
    way.back(given)
    spent = len(way.server.requests)
    assert "used already" in refused(way.back, given)
    assert len(way.server.requests) == spent


def test_a_code_that_the_network_has_seen_before_is_refused(way, world):
    first, second = way.consent(), way.consent()
    way.back(first)
    assert "used already" in refused(way.back, {**second, "code": first["code"]})
    assert nothing_was_stored(world)


def test_a_closed_tab_leaves_nothing_and_its_state_ends(way, world):
    given = way.consent()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert "quarter of an hour" in refused(way.back, given)
        assert nothing_was_stored(world)
        way.begin()
        assert AccessRequest.objects.count() == 1, "the old one is forgotten"


def test_a_tab_closed_at_the_choice_leaves_nothing_and_the_choice_ends(way, world):
    asked = way.back(way.consent())
    assert nothing_was_stored(world)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert "over" in refused(way.choose, asked)
        assert "over" in refused(connecting.waiting, asked.pk, session=SESSION, by=way.by)
    assert nothing_was_stored(world)


def test_another_session_cannot_choose(way, world):
    asked = way.back(way.consent())
    assert "over" in refused(connecting.waiting, asked.pk, session="another browser", by=way.by)
    assert "over" in refused(connecting.choose, asked, [Pick(0, "x")], session="another browser", by=way.by)
    assert nothing_was_stored(world)


def test_a_choice_is_made_once(meta, world):
    asked = meta.back(meta.consent())
    meta.choose(asked, "facebook")
    assert "over" in refused(meta.choose, asked, "instagram")


def test_a_return_address_that_changed_meanwhile_is_not_sent_to_the_network_as_the_new_one(way, settings):
    address = way.begin()
    settings.PORTEVOIX_URL = "http://127.0.0.1:9999"
    given = query(answered(address, "continue" if way.kind.name == "meta" else "allow"))
    assert way.back(given).found


def test_a_wrong_return_address_is_named(way, world):
    given = way.consent()
    AccessRequest.objects.update(redirect="http://127.0.0.1:8000/elsewhere/")
    assert "http://127.0.0.1:8000/elsewhere/" in refused(way.back, given)
    assert nothing_was_stored(world)


def test_a_missing_permission_is_named_and_only_its_platform_is_lost(meta, world):
    asked = meta.back(meta.consent(without=("instagram_content_publish",)))
    facebook, instagram = connecting.accounts(asked)
    assert facebook.offer.missing is None
    assert "instagram_content_publish" in str(instagram.offer.missing)
    assert "instagram_content_publish" in refused(meta.choose, asked, "instagram")
    assert nothing_was_stored(world)
    assert [one.platform for one in meta.choose(asked, "facebook")] == ["facebook"]


def test_permissions_that_leave_nothing_to_publish_on_are_named_at_once(meta, world):
    given = meta.consent(without=("pages_manage_posts", "instagram_basic"))
    told = refused(meta.back, given)
    assert "pages_manage_posts" in told
    assert nothing_was_stored(world) and not AccessRequest.objects.filter(found=True).exists()


def test_no_page_granted_is_said(meta, graph):
    assert "names no page" in refused(meta.back, meta.consent(without=(graph.page.id,)))


def test_a_role_that_does_not_publish_is_said(meta, graph):
    graph.page.tasks = ("ANALYZE",)
    assert "role" in refused(meta.back, meta.consent())


def test_a_linkedin_page_without_a_role_that_publishes_cannot_be_chosen(member, linkedin):
    watched = linkedin.add_organization("Watched", role="ANALYST")
    found = {
        one.offer.identity["author"]: one.offer.missing for one in connecting.accounts(member.back(member.consent()))
    }
    assert "role" in str(found[watched.urn]) and found[linkedin.organization.urn] is None


def test_permissions_that_linkedin_does_not_let_the_app_ask_for_are_explained(member, linkedin, world):
    networkapps.keep_app(member.kind, {"scopes": "openid w_member_social w_unheard_of"}, by=member.by)
    back = BROWSER.get(member.begin()).headers["Location"]
    assert "unauthorized_scope_error" in refused(member.back, query(back))
    assert nothing_was_stored(world)


def test_fewer_permissions_of_linkedin_are_enough_for_a_person(member, linkedin):
    networkapps.keep_app(member.kind, {"scopes": "openid profile w_member_social"}, by=member.by)
    (channel,) = member.connected()
    assert secrets_of(channel.name)["author"] == linkedin.person.urn


TOKENS = {"meta": "oauth_token", "linkedin": "access_token"}


@pytest.mark.parametrize("kind", ["html", "drop", "half", "error"])
def test_a_token_address_that_answers_nonsense_is_one_sentence_and_changes_nothing(kind, way, world):
    given = way.consent()
    way.server.fault(TOKENS[way.kind.name], kind)
    assert "did not answer" in refused(way.back, given)
    assert nothing_was_stored(world)


def test_a_network_that_is_gone_is_one_sentence(way, world):
    given = way.consent()
    settings = app_of(way.server)
    dead = {name: "http://127.0.0.1:9" for name in settings if name in ("graph_url", "oauth_url", "api_url")}
    networkapps.keep_app(way.kind, dead, by=way.by)
    assert "cannot be reached" in refused(way.back, given)
    assert nothing_was_stored(world)


def test_an_account_that_does_not_let_us_in_takes_no_other_with_it(meta, graph, world):
    asked = meta.back(meta.consent())
    graph.fault("page", "expire")
    assert refused(meta.choose, asked).startswith("Observatoire")
    assert nothing_was_stored(world)


@pytest.mark.parametrize("name", ["bluesky", "la page", "été", "../x", ""])
def test_a_name_that_cannot_be_is_refused_and_the_choice_stays(name, meta, world):
    asked = meta.back(meta.consent())
    assert "name" in refused(connecting.choose, asked, [Pick(0, name)], session=SESSION, by=meta.by)
    assert nothing_was_stored(world) and connecting.waiting(asked.pk, session=SESSION, by=meta.by)


@pytest.mark.parametrize("picks", [[], [Pick(9, "x")]])
def test_choosing_nothing_is_said(picks, meta):
    assert "at least one" in refused(connecting.choose, meta.back(meta.consent()), picks, session=SESSION, by=meta.by)


@pytest.mark.parametrize("who", ["intern", "editor", "coordinator"])
def test_only_administrators_connect(who, meta, world):
    person = getattr(world, who)
    given = meta.consent()
    asked = meta.back(meta.consent())
    calls = [
        lambda: connecting.begin(meta.kind, session=SESSION, by=person),
        lambda: connecting.come_back(meta.kind, given, session=SESSION, by=person),
        lambda: connecting.choose(asked, [Pick(0, "x")], session=SESSION, by=person),
        lambda: networkapps.keep_app(meta.kind, {}, by=person),
        lambda: channels.disable(world.channel, by=person),
        lambda: channels.enable(world.channel, by=person),
    ]
    for call in calls:
        assert "administrator" in refused(call)


def test_what_happened_is_in_the_log_without_a_secret(way):
    way.connected()
    written = repr(list(AuditEntry.objects.values("action", "subject", "detail")))
    assert "access.granted" in written and "channel.added" in written and audit.verify().ok
    assert not any(secret in written for secret in way.server.secrets())


def test_no_token_shows_in_what_is_raised_or_printed(way):
    asked = way.back(way.consent())
    shown = repr(connecting.accounts(asked)) + repr(networkapps.ready(way.kind).app)
    assert not any(secret in shown for secret in way.server.secrets())
    try:
        way.kind(networkapps.ready(way.kind).app).exchange("http://127.0.0.1/", "AQwrong", "v" * 43)
    except PublisherError as error:
        assert "AQwrong" not in str(error) and way.server.app.secret not in repr(error.__context__)
