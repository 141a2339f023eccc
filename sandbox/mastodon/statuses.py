"""Posts: once for each Idempotency-Key, within the limits, now or later.

Source: mastodon/documentation, methods/statuses and methods/accounts (2026-07-02); the words of the errors from the
server's English locale.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox._wire import Answer, json_answer
from sandbox.mastodon import media, text
from sandbox.mastodon.state import Account, Ask, Attachment, MastodonError, Status, invalid, missing, yes

if TYPE_CHECKING:
    from sandbox.mastodon.server import Mastodon

CHARACTERS, FILES = 500, 4
KEY_LASTS = timedelta(hours=1)
AHEAD = timedelta(minutes=5)
VISIBILITIES = ("public", "unlisted", "private", "direct")


def create(ask: Ask) -> Answer:
    """200 and the post: the first one of its key, for an hour."""
    server, key = ask.server, ask.request.headers.get("idempotency-key", "")
    since, known = server.keys.get((ask.account.id, key), (None, ""))
    if key and since is not None and ask.now < since + KEY_LASTS:
        found = server.statuses[known]
        if found.gone:
            raise missing()
        return shown(server, found)
    made = checked(ask, ask.given())
    server.statuses[made.id] = made
    for one in made.media:
        server.media[one].status = made.id
    if key:
        server.keys[ask.account.id, key] = (ask.now, made.id)
    return shown(server, made)


def checked(ask: Ask, given: dict[str, Any]) -> Status:
    """The post that the parameters describe, not yet out."""
    words, spoiler = str(given.get("status") or ""), str(given.get("spoiler_text") or "")
    files = attached(ask, given.get("media_ids") or [])
    if not words.strip() and not files:
        raise invalid("Text can't be blank")
    if text.length(words, spoiler) > CHARACTERS:
        raise invalid(f"Text character limit of {CHARACTERS} exceeded")
    visibility = given.get("visibility") or "public"
    if visibility not in VISIBILITIES:
        raise invalid("Visibility is not included in the list")
    reply_to = given.get("in_reply_to_id")
    if reply_to and (reply_to not in ask.server.statuses or ask.server.statuses[reply_to].gone):
        raise MastodonError(404, "The post you are trying to reply to does not appear to exist.")
    scheduled = moment(ask, given["scheduled_at"]) if given.get("scheduled_at") else None
    return Status(
        ask.server.number(), ask.account.id, words, scheduled or ask.now, visibility, given.get("language"), spoiler,
        yes(given.get("sensitive")) or bool(spoiler), reply_to, [one.id for one in files], scheduled=scheduled,
    )  # fmt: skip


def attached(ask: Ask, ids: Any) -> list[Attachment]:
    """The files of a post: at most four pictures, or one film."""
    if not isinstance(ids, list):
        raise invalid("Media attachments is invalid")
    if len(ids) > FILES:
        raise invalid(f"Cannot attach more than {FILES} files")
    found = [ask.server.media.get(str(one)) for one in ids]
    lost = [
        str(name) for name, one in zip(ids, found, strict=True)
        if one is None or one.status or one.account != ask.account.id
    ]  # fmt: skip
    if lost:
        raise invalid(f"Media {', '.join(lost)} not found or already attached to another post")
    files = [one for one in found if one is not None]
    if len(files) > 1 and any(one.kind == "video" for one in files):
        raise invalid("Cannot attach a video to a post that already contains images")
    if any(one.ready > ask.now for one in files):
        raise invalid("Cannot attach files that have not finished processing. Try again in a moment!")
    return files


def moment(ask: Ask, value: Any) -> datetime:
    """A time at least five minutes ahead."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid("Scheduled at is invalid") from None
    if at.tzinfo is None or at < ask.now + AHEAD:
        raise invalid("Scheduled at The scheduled date must be in the future")
    return at


def settle(server: Mastodon) -> None:
    """Lets out what was scheduled and is due."""
    for one in server.statuses.values():
        if one.scheduled is not None and one.scheduled <= server.clock.now():
            one.scheduled = None


# ---------------------------------------------------------------------------------------------- reading


def standing(ask: Ask) -> Status:
    """The post of the key, if the caller may see it."""
    found = ask.server.statuses.get(ask.key)
    mine = found is not None and ask.token is not None and ask.token.account == found.account
    if found is None or found.gone or found.scheduled or not (mine or found.visibility in ("public", "unlisted")):
        raise missing()
    return found


def get(ask: Ask) -> Answer:
    """A post."""
    return json_answer(row(ask.server, standing(ask)))


def source(ask: Ask) -> Answer:
    """The text of a post as it was written."""
    one = standing(ask)
    return json_answer({"id": one.id, "text": one.text, "spoiler_text": one.spoiler})


def delete(ask: Ask) -> Answer:
    """The post that is gone now, with its text; 404 the second time."""
    one = standing(ask)
    if one.account != ask.account.id:
        raise missing()
    one.gone = True
    for name in one.media:
        ask.server.media[name].status = ""
    return json_answer({**row(ask.server, one), "text": one.text})


def of_account(ask: Ask) -> Answer:
    """An account's posts, newest first."""
    if ask.key not in ask.server.accounts:
        raise missing()
    given = ask.given()
    mine = ask.token is not None and ask.token.account == ask.key
    found = [
        one for one in reversed(ask.server.statuses.values())
        if one.account == ask.key and not one.gone and not one.scheduled
        and (mine or one.visibility in ("public", "unlisted"))
        and int(one.id) < number(given, "max_id", 10**30) and int(one.id) > number(given, "since_id", 0)
        and not (yes(given.get("exclude_replies")) and one.reply_to)
    ]  # fmt: skip
    found.sort(key=lambda one: int(one.id), reverse=True)
    limit = min(number(given, "limit", 20), 40)
    headers = {}
    if len(found) > limit:
        place = f"{ask.server.url}/api/v1/accounts/{ask.key}/statuses?limit={limit}&max_id={found[limit - 1].id}"
        headers["Link"] = f'<{place}>; rel="next"'
    return json_answer([row(ask.server, one) for one in found[:limit]], headers=headers)


def number(given: dict[str, Any], name: str, default: int) -> int:
    """A number of the query; Mastodon overlooks what is none."""
    text_of = str(given.get(name, ""))
    return int(text_of) if text_of.isdecimal() else default


def verify(ask: Ask) -> Answer:
    """Who the token belongs to."""
    return json_answer({
        **account_row(ask.server, ask.account),
        "source": {"privacy": "public", "sensitive": False, "language": "fr", "note": "", "fields": []},
    })  # fmt: skip


def shown(server: Mastodon, one: Status) -> Answer:
    """A post, or what is known of one that is still to come."""
    if one.scheduled is None:
        return json_answer(row(server, one))
    files = [media.row(server, server.media[name]) for name in one.media]
    told = {"text": one.text, "media_ids": one.media, "visibility": one.visibility, "language": one.language}
    return json_answer({"id": one.id, "scheduled_at": stamp(one.at), "params": told, "media_attachments": files})


def row(server: Mastodon, one: Status) -> dict[str, Any]:
    """A post as JSON."""
    account = server.accounts[one.account]
    return {
        "id": one.id, "created_at": stamp(one.at), "in_reply_to_id": one.reply_to, "sensitive": one.sensitive,
        "spoiler_text": one.spoiler, "visibility": one.visibility, "language": one.language,
        "uri": f"{server.url}/users/{account.username}/statuses/{one.id}", "url": permalink(server, one),
        "replies_count": one.counts.get("replies", 0), "reblogs_count": one.counts.get("reblogs", 0),
        "favourites_count": one.counts.get("favourites", 0), "content": text.html(one.text), "edited_at": None,
        "account": account_row(server, account), "mentions": [], "emojis": [], "card": None, "poll": None,
        "media_attachments": [media.row(server, server.media[name]) for name in one.media],
        "tags": [{"name": name.lower(), "url": f"{server.url}/tags/{name.lower()}"} for name in text.tags(one.text)],
    }  # fmt: skip


def account_row(server: Mastodon, account: Account) -> dict[str, Any]:
    """An account as JSON."""
    return {
        "id": account.id, "username": account.username, "acct": account.username, "display_name": account.name,
        "url": f"{server.url}/@{account.username}", "locked": False, "bot": False, "note": "",
        "followers_count": 0, "following_count": 0,
        "statuses_count": sum(one.account == account.id and not one.gone for one in server.statuses.values()),
    }  # fmt: skip


def permalink(server: Mastodon, one: Status) -> str:
    """Where people see it: a page of this server."""
    return f"{server.url}/p/{one.id}/"


def stamp(at: datetime) -> str:
    """A time as Mastodon writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
