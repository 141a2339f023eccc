"""Uploads as the API announces and finishes them; the bytes themselves go to another host (`uploads.py`).

Sources: Images API, Videos API, Documents API (community management).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox._wire import Answer, json_answer
from sandbox.linkedin import looking
from sandbox.linkedin.errors import bad_field, denied, misshapen, missing
from sandbox.linkedin.posts import shape
from sandbox.linkedin.restli import Ask, is_urn
from sandbox.linkedin.state import Asset, Part

PART = 4_194_304  # bytes of every part of a film but the last
SMALLEST, LARGEST = 75 * 1024, 500 * 1024 * 1024  # bytes of a film
VIDEO = {"owner": str, "fileSizeBytes": int, "uploadCaptions": bool, "uploadThumbnail": bool}


def begin_image(ask: Ask) -> Answer:
    """The address to which a picture goes."""
    return begin_simple(ask, "image")


def begin_document(ask: Ask) -> Answer:
    """The address to which a document goes."""
    return begin_simple(ask, "document")


def begin_simple(ask: Ask, kind: str) -> Answer:
    """One address that takes the whole file in one PUT."""
    asset = begin(ask, kind, {"owner": str}, ("owner",))
    asset.parts = [Part(ask.server.word(40), 0, -1)]
    return json_answer({
        "value": {"uploadUrlExpiresAt": stamp(asset), "uploadUrl": address(ask, asset.parts[0].key), kind: asset.urn}
    })  # fmt: skip


def begin_video(ask: Ask) -> Answer:
    """One address for each part of a film, and those for captions and thumbnail where they are announced."""
    asset = begin(ask, "video", VIDEO, ("owner", "fileSizeBytes"))
    wish, size = asset.facts, asset.facts["fileSizeBytes"]
    if not SMALLEST <= size <= LARGEST:
        del ask.server.assets[asset.urn]
        raise bad_field("fileSizeBytes", "INVALID_FILE_SIZE", f"{size} bytes; {SMALLEST} to {LARGEST} are possible")
    asset.size, asset.token = size, ask.server.word(24)
    asset.parts = [Part(ask.server.word(40), first, min(first + PART, size) - 1) for first in range(0, size, PART)]
    told: dict[str, Any] = {
        "uploadUrlsExpireAt": stamp(asset), "video": asset.urn, "uploadToken": asset.token,
        "uploadInstructions": [
            {"uploadUrl": address(ask, one.key), "firstByte": one.first, "lastByte": one.last} for one in asset.parts
        ],
    }  # fmt: skip
    if wish.get("uploadCaptions"):
        asset.captions_key = ask.server.word(40)
        told["captionsUploadUrl"] = address(ask, asset.captions_key)
    if wish.get("uploadThumbnail"):
        asset.thumbnail_key = ask.server.word(40)
        told["thumbnailUploadUrl"] = address(ask, asset.thumbnail_key)
    return json_answer({"value": told})


def begin(ask: Ask, kind: str, fields: Mapping[str, type], required: tuple[str, ...]) -> Asset:
    """A new upload of what the request says; it waits for its bytes."""
    body = ask.body()
    shape("", body, {"initializeUploadRequest": dict}, ("initializeUploadRequest",))
    wish = body["initializeUploadRequest"]
    shape("initializeUploadRequest/", wish, fields, required)
    if not is_urn(wish["owner"], "person", "organization"):
        raise bad_field("owner", "INVALID_VALUE_FOR_FIELD", f"{wish['owner']} is neither a person nor an organization")
    ask.server.must_write(ask.who, wish["owner"], f"{kind}s.ACTION-initializeUpload")
    urn = f"urn:li:{kind}:D4E{ask.server.word(18)}"
    ends = ask.now + timedelta(hours=ask.server.addresses_last_hours)
    asset = Asset(urn, kind, wish["owner"], ask.now, ends, facts=wish if kind == "video" else {})
    ask.server.assets[urn] = asset
    return asset


def stamp(asset: Asset) -> int:
    """When the addresses end, in milliseconds."""
    return int(asset.addresses_end.timestamp() * 1000)


def address(ask: Ask, key: str) -> str:
    """Where the bytes go."""
    return f"{ask.server.urls['upload']}/dms-uploads/{key}/0?ca=vector_feedshare&cn=uploads&sync=0&v=beta"


def finalize(ask: Ask) -> Answer:
    """200: all parts are there, named by their ETags in order; processing begins."""
    body = ask.body()
    shape("", body, {"finalizeUploadRequest": dict}, ("finalizeUploadRequest",))
    wish = body["finalizeUploadRequest"]
    fields = {"video": str, "uploadToken": str, "uploadedPartIds": list}
    shape("finalizeUploadRequest/", wish, fields, tuple(fields))
    asset = ask.server.assets.get(wish["video"])
    if asset is None or asset.kind != "video":
        raise missing(wish["video"])
    ask.server.must_write(ask.who, asset.owner, "videos.ACTION-finalizeUpload")
    if wish["uploadToken"] != asset.token:
        raise bad_field("uploadToken", "INVALID_UPLOAD_TOKEN", "uploadToken is not the one of this upload")
    wanted = [one.etag for one in asset.parts]
    if "" in wanted:
        raise bad_field("uploadedPartIds", "MEDIA_ASSET_WAITING_UPLOAD", f"part {wanted.index('') + 1} is missing")
    if wish["uploadedPartIds"] != wanted:
        raise bad_field("uploadedPartIds", "INVALID_PART_IDS", "the ids are not those of the parts in their order")
    waiting = (asset.captions_key and not asset.captions) or (asset.thumbnail_key and asset.thumbnail is None)
    if waiting:
        raise bad_field("video", "MEDIA_ASSET_WAITING_UPLOAD", "the announced captions or thumbnail are missing")
    if asset.ready is None:
        looking.join(ask.server, asset)
    return Answer(200)


def get(ask: Ask) -> Answer:
    """The state of an upload of a page; a person's token only writes."""
    if not is_urn(ask.key, "image", "video", "document"):
        raise misshapen("key", f"{ask.key} is no URN of an upload")
    asset = ask.server.assets.get(ask.key)
    if asset is None or f"/rest/{asset.kind}s/" not in ask.request.path:
        raise missing(ask.key)
    page = ask.server.organizations.get(asset.owner)
    scopes = {"w_organization_social", "r_organization_social"} & ask.who.scopes
    if page is None or not page.roles.get(ask.who.person) or not scopes:
        raise denied(f"{asset.kind}s.GET")
    told = {"id": asset.urn, "owner": asset.owner, "status": asset.status(ask.now)}
    if told["status"] == "PROCESSING_FAILED":
        told["processingFailureReason"] = asset.error
    return json_answer(told)
