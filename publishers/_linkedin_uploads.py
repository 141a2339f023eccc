"""Files on their way to LinkedIn, one remote call for each step; what was done so far is in `saved`.

`saved["at"]` is the file under way, `saved["urns"]` are those that LinkedIn can show. Bytes go to the addresses that
LinkedIn names, without a token: each address carries its own leave, for that one file and for a while. Only where one
answers 401 is it told who sends a picture or document, and only on a host of LinkedIn's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from publishers._base import File, Files, More, Rejected, TryLater
from publishers._bytes import CHUNK, Slice, sealed_bytes, sealed_file
from publishers._http import request
from publishers._linkedin import Account, ForbiddenError, GoneError, action, get, known_host, lost, safe_address
from publishers._linkedin_posts import Item, upload_request
from publishers._looking import now_text, older
from publishers._sentences import _

POLL = timedelta(seconds=5)
# A person's token may not read: a file is given that long before it is shown.
GRACE = {"images": timedelta(seconds=5), "documents": timedelta(seconds=15), "videos": timedelta(seconds=60)}
SLOW = timedelta(minutes=30)
KEPT = timedelta(hours=12)  # an upload's addresses and what was begun are not used for longer
BINARY = {"Content-Type": "application/octet-stream"}
_GONE = _("LinkedIn no longer takes the file at the address that it gave: it is sent anew.")


def step(account: Account, files: Files, item: Item, saved: dict[str, Any]) -> More:
    """The state after one more call for this file."""
    at = saved.get("at")
    if not at or at["place"] != item.place or older(at["begun_at"], KEPT):
        return _begin(account, files, item, saved)
    if "sent_at" in at:
        return _await(account, item, saved)
    if item.resource != "videos":
        if _put(at["url"], files, item.file, account if at.get("named") else None):
            return _with(saved, sent_at=now_text())
        if at.get("named") or not known_host(account, at["url"]):
            raise AddressError(_GONE)
        return _with(saved, named=True)  # it asks who sends the file, as LinkedIn's own example of a picture says
    return _video(account, files, item, saved)


def _with(saved: dict[str, Any], **more: Any) -> More:
    return More(saved={**saved, "at": {**saved["at"], **more}})


def _begin(account: Account, files: Files, item: Item, saved: dict[str, Any]) -> More:
    sealed_file(files, item.file).close()
    said = action(account, f"/{item.resource}", "initializeUpload", upload_request(item, account.author))
    urn = said.get(item.resource.removesuffix("s"))
    at: dict[str, Any] = {"place": item.place, "urn": urn, "begun_at": now_text()}
    if item.resource == "videos":
        at |= _video_addresses(item, said)
    else:
        at["url"] = safe_address(said.get("uploadUrl"))
    if not isinstance(urn, str) or not urn:
        raise lost("prepare")
    return More(saved={**saved, "at": at})


def _video_addresses(item: Item, said: dict[str, Any]) -> dict[str, Any]:
    """Where the parts go: [first byte, last byte, address] each; they must be the whole file in order."""
    told = said.get("uploadInstructions")
    parts, expected = [], 0
    for one in told if isinstance(told, list) else []:
        first, last = one.get("firstByte"), one.get("lastByte")
        if first != expected or not isinstance(last, int) or last < expected:
            raise lost("prepare")
        parts.append([first, last, safe_address(one.get("uploadUrl"))])
        expected = last + 1
    if expected != item.file.size:
        raise lost("prepare")
    found: dict[str, Any] = {"parts": parts, "etags": [], "token": said.get("uploadToken") or ""}
    if item.captions:
        found["captions"] = safe_address(said.get("captionsUploadUrl"))
    if item.cover:
        found["cover"] = safe_address(said.get("thumbnailUploadUrl"))
    return found


def _video(account: Account, files: Files, item: Item, saved: dict[str, Any]) -> More:
    """One part, then what travels beside it, then the end of the upload."""
    at = saved["at"]
    if len(at["etags"]) < len(at["parts"]):
        first, last, url = at["parts"][len(at["etags"])]
        return _with(saved, etags=[*at["etags"], _put_part(url, files, item.file, first, last)])
    for name, file in (("captions", item.captions), ("cover", item.cover)):
        if file and name in at:
            if not _put(at[name], files, file):
                raise AddressError(_GONE)
            rest = {key: value for key, value in at.items() if key != name}
            return More(saved={**saved, "at": rest})
    # The parts were read one by one, over minutes: what left is what was approved if the file still is.
    sealed_file(files, item.file).close()
    done = {"video": at["urn"], "uploadToken": at["token"], "uploadedPartIds": at["etags"]}
    try:
        action(account, "/videos", "finalizeUpload", {"finalizeUploadRequest": done})
    except Rejected:
        if get(account, "/videos/{id}", id=at["urn"]).get("status") not in ("PROCESSING", "AVAILABLE"):
            raise  # else it was ended before, and the answer was lost
    return _with(saved, sent_at=now_text())


def _put(url: str, files: Files, file: File, sender: Account | None = None) -> bool:
    """Whether the file was taken; False where the address wants to know who sends it. Raises as `_accepted`."""
    headers = {**BINARY, **({"Authorization": f"Bearer {sender.token.get_secret_value()}"} if sender else {})}
    if file.mime.startswith("image/"):
        answer = request("PUT", url, headers=headers, content=sealed_bytes(files, file))
    else:
        with sealed_file(files, file) as source:
            part = Slice(source, 0, file.size)
            answer = request("PUT", url, headers=headers, content=iter(lambda: part.read(CHUNK), b""), size=file.size)
    if answer.status_code == 401:
        return False
    _accepted(answer)
    return True


def _put_part(url: str, files: Files, file: File, first: int, last: int) -> str:
    """The mark (ETag) that the server gave a part of the file."""
    path = files.path(file)
    with path.open("rb") if path.exists() else sealed_file(files, file) as source:
        part, size = Slice(source, first, last + 1), last + 1 - first
        answer = request("PUT", url, headers=BINARY, content=iter(lambda: part.read(CHUNK), b""), size=size)
    _accepted(answer)
    etag = str(answer.headers.get("etag") or "").removeprefix("W/").strip('"')
    if not etag:
        raise lost("prepare")
    return etag


def _accepted(answer: Any) -> None:
    """Nothing; raises TryLater where the bytes were not taken, AddressError where the address has ended."""
    if answer.status_code in (400, 401, 403, 404, 410):
        raise AddressError(_GONE)
    if answer.status_code == 413:
        raise Rejected(_("LinkedIn finds the file too large: render it again."))
    if not 200 <= answer.status_code < 300:
        raise lost("prepare")


class AddressError(TryLater):
    """The upload has to begin anew."""


def anew(saved: dict[str, Any]) -> dict[str, Any]:
    """The state with the file under way forgotten, and counted."""
    rest = {key: value for key, value in saved.items() if key != "at"}
    return {**rest, "again": saved.get("again", 0) + 1}


def _await(account: Account, item: Item, saved: dict[str, Any]) -> More:
    """The state with the file among those that can be shown, or with the time of the next look."""
    at = saved["at"]
    if account.is_organisation or item.resource == "videos":
        try:
            status = get(account, f"/{item.resource}/{{id}}", id=at["urn"]).get("status")
        except (ForbiddenError, GoneError):  # write-only, as a person's token is
            status = None
    else:
        status = None
    if status == "AVAILABLE" or (status is None and older(at["sent_at"], GRACE[item.resource])):
        rest = {key: value for key, value in saved.items() if key != "at"}
        return More(saved={**rest, "urns": {**saved.get("urns", {}), item.place: at["urn"]}})
    if status in ("PROCESSING_FAILED", "FAILED"):
        raise Rejected(_("LinkedIn could not use the file {name}: render it again.", name=item.file.name))
    if older(at["sent_at"], SLOW):
        raise TryLater(_("{network} is still at work on the file ({code}): it is tried again in a minute.",
                         network="LinkedIn", code=str(status)))  # fmt: skip
    return More(saved=saved, not_before=datetime.now(UTC) + POLL)
