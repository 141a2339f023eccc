"""An account's repository: records written one by one or many at once, and the files that they show.

Sources: lexicons com.atproto.repo.*; what @atproto/pds 0.5.35 does with repetitions, tried on 2026-11-26.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sandbox._wire import Answer, json_answer
from sandbox.bluesky import cbor
from sandbox.bluesky.state import Account, Ask, Blob, Key, Record, XrpcError, invalid
from sandbox.bluesky.validating import KEY, Misshapen, check_record

CREATE, UPDATE, DELETE = (f"com.atproto.repo.applyWrites#{name}" for name in ("create", "update", "delete"))
POINTS = {CREATE: 3, UPDATE: 2, DELETE: 1}
MOST = 200  # writes in one request
BLOB_BYTES = 5_242_880  # of the official server as it comes; describeServer tells it
STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


def put_record(ask: Ask) -> Answer:
    """The record under its key, whether it was there or not; the same one again changes nothing."""
    given = ask.body("repo", "collection", "rkey", "record")
    account = own(ask, given["repo"])
    key, value, name = prepared(account, given["collection"], given["rkey"], given["record"], "$.record", given)
    spend(ask, 2)
    told = {"uri": uri(key), "cid": name, "validationStatus": "valid"}
    there = ask.server.records.get(key)
    if there and there.cid == name:
        return json_answer(told)
    write(ask, {key: (name, value)})
    return json_answer({**told, "commit": commit(ask)})


def create_record(ask: Ask) -> Answer:
    """A new record; one that is there already is an error that proves nothing."""
    given = ask.body("repo", "collection", "record")
    account = own(ask, given["repo"])
    rkey = given.get("rkey") or ask.server.tid()
    key, value, name = prepared(account, given["collection"], rkey, given["record"], "$.record", given)
    spend(ask, 3)
    if key in ask.server.records:
        raise broken()
    write(ask, {key: (name, value)})
    return json_answer({"uri": uri(key), "cid": name, "commit": commit(ask), "validationStatus": "valid"})


def apply_writes(ask: Ask) -> Answer:
    """Many records, all or none."""
    given = ask.body("repo", "writes")
    account, writes = own(ask, given["repo"]), given["writes"]
    if len(writes) > MOST:
        raise invalid(f"Too many writes. Max: {MOST}")
    asked = [_one(account, place, one, given, ask) for place, one in enumerate(writes)]
    spend(ask, sum(POINTS[kind] for kind, *_rest in asked))
    after: dict[Key, tuple[str, dict[str, Any]] | None] = {}
    for kind, key, name, value in asked:
        there = after[key] is not None if key in after else key in ask.server.records
        if there != (kind != CREATE):  # the tree of records takes none twice, and changes none that is not there
            raise broken()
        after[key] = None if kind == DELETE else (name, value)
    write(ask, after)
    results = [
        {"$type": f"{kind}Result", **({} if kind == DELETE else _result(key, name))} for kind, key, name, _v in asked
    ]
    return json_answer({"commit": commit(ask), "results": results})


def _one(account: Account, place: int, one: dict[str, Any], given: dict[str, Any], ask: Ask) -> Any:
    kind = one.get("$type")
    if kind == DELETE:
        return kind, (account.did, one["collection"], one["rkey"]), "", {}
    if kind not in POINTS:
        raise invalid(f"Action not supported: {kind}")
    rkey, path = one.get("rkey") or ask.server.tid(), f"$.writes[{place}].record"
    key, value, name = prepared(account, one["collection"], rkey, one["value"], path, given)
    return kind, key, name, value


def _result(key: Key, name: str) -> dict[str, str]:
    return {"uri": uri(key), "cid": name, "validationStatus": "valid"}


def delete_record(ask: Ask) -> Answer:
    """Nothing, whether it was there or not."""
    given = ask.body("repo", "collection", "rkey")
    key = (own(ask, given["repo"]).did, given["collection"], given["rkey"])
    spend(ask, 1)
    if key not in ask.server.records:
        return json_answer({})
    write(ask, {key: None})
    return json_answer({"commit": commit(ask)})


def get_record(ask: Ask) -> Answer:
    """A record as it stands."""
    account = found(ask, ask.param("repo"))
    if account is None:  # asked of the app's server, which is not here
        raise XrpcError(502, "UpstreamFailure", "Upstream service unreachable")
    key = (account.did, ask.param("collection"), ask.param("rkey"))
    record = ask.server.records.get(key)
    if record is None or ask.query.get("cid", record.cid) != record.cid:
        raise invalid(f"Could not locate record: {uri(key)}", "RecordNotFound")
    return json_answer({"uri": uri(key), "cid": record.cid, "value": record.value})


def list_records(ask: Ask) -> Answer:
    """The records of a collection, the newest key first."""
    account, collection = found(ask, ask.param("repo")), ask.param("collection")
    if account is None:
        raise invalid(f"Could not find repo: {ask.param('repo')}")
    keys = [key for key in ask.server.records if key[:2] == (account.did, collection)]
    keys.sort(key=lambda key: key[2], reverse=ask.query.get("reverse") != "true")
    rows = [(key, ask.server.records[key]) for key in keys[: int(ask.query.get("limit", 50))]]
    return json_answer({"records": [{"uri": uri(key), "cid": one.cid, "value": one.value} for key, one in rows]})


def upload_blob(ask: Ask) -> Answer:
    """The reference of a file; the same bytes have the same one."""
    mime = ask.request.headers.get("content-type", "")
    if not mime:
        raise invalid("Request encoding (Content-Type) required but not provided")
    blob = received(ask, mime)
    if blob.size > ask.server.blob_bytes:
        raise XrpcError(413, "PayloadTooLarge", "request entity too large")
    with ask.server.lock:
        ask.server.spend("uploads_day", ask.account.did, 1)
        return json_answer({"blob": kept(ask, ask.account.did, blob).ref()})


def received(ask: Ask, mime: str) -> Blob:
    """The file of a call's body, written as it comes."""
    digest, size, start = hashlib.sha256(), 0, b""
    with ask.server.lock:
        path = ask.server.folder / f"come-{ask.server.word(12)}"
    with path.open("wb") as file:
        for piece in ask.request.pieces():
            digest.update(piece)
            start, size = start + piece[: 64 - len(start)], size + len(piece)
            file.write(piece)
    with ask.server.lock:
        return Blob(cbor.digest_cid(digest.digest()), sniffed(start) or mime, ask.server.adopt(path), size, ask.now)


def kept(ask: Ask, did: str, blob: Blob) -> Blob:
    """The file as the account's server keeps it."""
    return ask.server.blobs_of.setdefault((did, blob.cid), blob)


def sniffed(start: bytes) -> str:
    """What the first bytes say that the file is; empty for what they do not say."""
    if start[4:8] == b"ftyp":
        return "video/mp4"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for sign, mime in STARTS.items() if start.startswith(sign)), "")


def get_blob(ask: Ask) -> Answer:
    """The bytes of a file that a record shows."""
    blob = ask.server.blobs_of.get((ask.param("did"), ask.param("cid")))
    if blob is None or not blob.used:
        raise invalid("Blob not found", "BlobNotFound")
    return Answer(200, blob.path.read_bytes(), blob.mime)


# ------------------------------------------------------------------------------------------------- what all do


def found(ask: Ask, repo: str) -> Account | None:
    """The account of an id or handle."""
    return next((one for one in ask.server.accounts.values() if repo in (one.did, one.handle)), None)


def own(ask: Ask, repo: str) -> Account:
    """The account that is written to, which must be the caller's."""
    account = found(ask, repo)
    if account is None:
        raise XrpcError(403, "AccountNotFound", "Account not found")
    if account is not ask.account:
        raise XrpcError(401, "AuthenticationRequired", "Authentication Required")
    return account


def prepared(
    account: Account, collection: str, rkey: str, record: Any, path: str, given: dict[str, Any]
) -> tuple[Key, dict[str, Any], str]:
    """Key, value and content id of a record that may be written."""
    value = {"$type": collection, **record}
    try:
        name = cbor.cid(value, path)
    except cbor.NoData as wrong:
        kinds = "null, boolean, integer, string, cid, bytes, array or object"
        raise invalid(f"Expected one of {kinds} value type (got {wrong.value}) at {wrong.path}") from None
    if value["$type"] != collection:
        raise invalid(f"Invalid $type: expected {collection}, got {value['$type']}")
    if not KEY.fullmatch(rkey) or rkey in (".", ".."):
        raise invalid(f"Invalid record key: {rkey}")
    if given.get("validate") is not False:
        try:
            check_record(collection, rkey, value, path)
        except Misshapen as wrong:
            raise invalid(str(wrong)) from None
    return (account.did, collection, rkey), value, name


def write(ask: Ask, after: dict[Key, tuple[str, dict[str, Any]] | None]) -> None:
    """Does it, all or none: files that records name must be there, and go with the last record that shows them."""
    server = ask.server
    for key, new in after.items():
        for ref in _refs(new[1]) if new else ():
            blob = server.blobs_of.get((key[0], ref["ref"]["$link"]))
            if blob is None:
                raise invalid(f"Could not find blob: {ref['ref']['$link']}", "BlobNotFound")
            if not blob.used and (ref["mimeType"], ref["size"]) != (blob.mime, blob.size):
                raise invalid("Referenced file does not match stored blob.", "InvalidMimeType")
    for key, new in after.items():
        if new is None:
            server.records.pop(key)
        else:
            server.records[key] = Record(new[0], new[1], ask.now)
    shown = {(key[0], ref["ref"]["$link"]) for key, one in server.records.items() for ref in _refs(one.value)}
    for name, blob in list(server.blobs_of.items()):
        if blob.used and name not in shown:
            del server.blobs_of[name]
        blob.used = name in shown


def drop_unused(server: Any) -> None:
    """Files that no record names are dropped after a while."""
    last = server.clock.now() - timedelta(seconds=server.blobs_last)
    for name, blob in list(server.blobs_of.items()):
        if not blob.used and blob.at <= last:
            del server.blobs_of[name]


def _refs(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("$type") == "blob":
            return [value]
        return [ref for one in value.values() for ref in _refs(one)]
    return [ref for one in value for ref in _refs(one)] if isinstance(value, list) else []


def spend(ask: Ask, points: int) -> None:
    """Counts what was written."""
    for budget in ("writes_hour", "writes_day"):
        ask.server.spend(budget, ask.account.did, points)


def commit(ask: Ask) -> dict[str, str]:
    """The repository's new state."""
    return {"cid": cbor.cid({"rev": ask.server.word(12)}), "rev": ask.server.tid()}


def broken() -> XrpcError:
    """An error that says nothing."""
    return XrpcError(500, "InternalServerError", "Internal Server Error")


def uri(key: Key) -> str:
    """The address of a record."""
    return "at://" + "/".join(key)
