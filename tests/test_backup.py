"""Backups: whole, encrypted, without the key; put back all or nothing; and a store that forgot sends nothing twice."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.backup.stores import DATABASE, Store, copied, forged, opened, prepared


@pytest.fixture(autouse=True, scope="module")
def real_databases(django_db_blocker):
    """Each home has its own database file; the tests' common one is not used."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("backup"), minutes=600)


@pytest.fixture
def store(model, tmp_path):
    """A store with a post due in ten hours, on an outbox that stands outside it."""
    return copied(model, tmp_path / "store")


@pytest.fixture(scope="module")
def backup(model):
    """One backup of the model, to be read and refused in many ways."""
    return model.back_up()


# ------------------------------------------------------------------------------------------ who can open them


def test_nothing_is_ever_written_unencrypted(store):
    (store.home / "backup-recipients.txt").unlink()
    assert "portevoix backup keygen" in store.refused("backup", store.backups)
    assert not store.backups.exists()


def test_a_recipient_may_come_from_the_list_the_setting_or_the_command(store, tmp_path):
    others = [store.told("backup", "keygen", tmp_path / f"other{n}")["recipient"] for n in (1, 2)]
    told = store.told("backup", store.backups, "--recipient", others[0], PORTEVOIX_BACKUP_RECIPIENTS=others[1])
    assert told["recipients"] == 3
    for identity in (store.identity, tmp_path / "other1", tmp_path / "other2"):
        assert "manifest.json" in opened(Path(told["path"]), identity)


def test_an_identity_is_its_owners_alone_is_never_overwritten_and_does_not_lie_in_the_store(store, tmp_path):
    assert store.identity.stat().st_mode & 0o777 == 0o600
    before = store.identity.read_text()
    assert "already exists" in store.refused("backup", "keygen", store.identity)
    assert store.identity.read_text() == before
    assert "store’s own folder" in store.refused("backup", "keygen", store.home / "identity")


def test_what_is_no_recipient_is_refused_and_a_secret_is_not_repeated(store):
    assert "age1" in store.refused("backup", "recipients", "--add", "age1nonsense")
    secret = store.identity.read_text().splitlines()[-1]
    sentence = store.refused("backup", store.backups, "--recipient", secret)
    assert secret not in sentence
    assert "secret identity" in sentence


def test_a_recipient_who_leaves_opens_no_later_backup(store, tmp_path):
    (leaving,) = store.told("backup", "recipients")["recipients"]
    staying = store.told("backup", "keygen", tmp_path / "staying")["recipient"]
    store.told("backup", "recipients", "--add", staying, "--remove", leaving)
    path = store.back_up()
    assert "This identity does not open" in store.twin().refused("restore", path, "--identity", store.identity)
    assert "manifest.json" in opened(path, tmp_path / "staying")


# ------------------------------------------------------------------------------------------------ what is in them


def test_a_backup_holds_every_file_of_the_store_with_its_hash_and_says_how_far_the_log_goes(model, backup):
    held = opened(backup, model.identity)
    manifest = json.loads(held.pop("manifest.json"))
    assert json.loads(held.pop("about.json")) == manifest["about"]
    listed = {e["path"]: (e["sha256"], e["size"]) for e in manifest["files"]}
    assert listed == {name: (hashlib.sha256(content).hexdigest(), len(content)) for name, content in held.items()}
    in_home = {str(p.relative_to(model.home)) for p in (model.home / "renditions").rglob("*.*")}
    assert in_home and in_home <= set(listed)
    last = model.sql("SELECT seq, hash FROM pipeline_auditentry WHERE action <> 'backup.made' ORDER BY seq DESC")[0]
    assert (manifest["about"]["audit"]["seq"], manifest["about"]["audit"]["hash"]) == last


def test_the_key_is_nowhere_in_a_backup(model, backup):
    """Searched for in every byte, the free pages of the database included."""
    everything = b"".join(opened(backup, model.identity).values())
    for path in (model.home / "keys").iterdir():
        assert path.read_bytes().strip() not in everything
    assert b"keys/" not in b"".join(name.encode() for name in opened(backup, model.identity))
    credentials = model.sql("SELECT credentials FROM pipeline_channel")[0][0].encode()
    assert credentials in everything  # the contrary: the search finds what is there


def test_what_was_deleted_from_the_store_leaves_no_remains_in_its_backup(store):
    canary = "canary-" + "7f3a" * 10_000
    store.change(f"UPDATE pipeline_post SET title = '{canary}'")
    store.change("UPDATE pipeline_post SET title = 'x'")
    assert canary[-400:].encode() in (store.home / DATABASE).read_bytes()
    assert canary[-400:].encode() not in opened(store.back_up(), store.identity)["database/porte-voix.sqlite3"]


def test_originals_may_be_left_out_and_the_restore_says_so(store):
    content = b"an original"
    digest = hashlib.sha256(content).hexdigest()
    place = store.home / "originals" / digest[:2] / digest
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert f"originals/{digest[:2]}/{digest}" in opened(store.back_up(), store.identity)
    without = store.back_up("--without-originals")
    assert not any(name.startswith("originals") for name in opened(without, store.identity))
    said = store.twin().cli("restore", without, "--identity", store.identity)
    assert "original field files were left out" in said.stdout


def test_a_missing_and_a_damaged_file_are_said_and_the_rest_is_backed_up(store):
    (picture,) = (store.home / "renditions").rglob("*.*")
    name = str(picture.relative_to(store.home))
    picture.chmod(0o600)
    picture.write_bytes(b"rotten")
    done = store.cli("backup", store.backups)
    assert done.exit_code == 0
    assert f"damaged and were backed up as they are: {name}" in done.stderr
    picture.unlink()
    done = store.cli("backup", store.backups)
    assert f"missing in it and so in the backup: {name}" in done.stderr


def test_nothing_half_written_lies_about_and_what_a_killed_backup_left_is_cleared(store):
    assert store.act("backups", 1, store.backups, kill_at="before naming the backup").returncode == -9
    assert store.told("backup", "--list", store.backups) == []
    path = store.back_up()
    assert list(store.backups.iterdir()) == [path]
    assert not list(store.home.glob(".backup*"))
    assert [row["file"] for row in store.told("backup", "--list", store.backups)] == [path.name]


# ----------------------------------------------------------------------------------------------- putting them back


def test_a_restored_store_is_the_old_one_on_hold(store):
    path = store.back_up()
    before = store.sql("SELECT * FROM pipeline_variant"), store.sql("SELECT * FROM pipeline_revisionitem")
    twin = store.restored(path)
    assert (twin.sql("SELECT * FROM pipeline_variant"), twin.sql("SELECT * FROM pipeline_revisionitem")) == before
    assert twin.sql("PRAGMA integrity_check") == [("ok",)]
    assert twin.told("audit", "verify")["ok"]
    assert "on hold" in twin.cli("status").stdout
    assert twin.sql("SELECT count(*) FROM pipeline_signin") == [(0,)]
    same = [(p.relative_to(store.home), p.read_bytes()) for p in sorted((store.home / "renditions").rglob("*.*"))]
    assert same == [(p.relative_to(twin.home), p.read_bytes()) for p in sorted((twin.home / "renditions").rglob("*.*"))]


def test_the_newest_backup_of_a_folder_is_taken(store):
    store.back_up()
    newest = store.back_up()
    assert store.twin().told("restore", store.backups, "--identity", store.identity)["backup"] == str(newest)
    assert "no backup" in store.twin("other").refused("restore", store.home, "--identity", store.identity)


def test_a_store_is_not_overwritten_unless_told_so_and_then_it_is_moved_aside(store):
    path = store.back_up()
    before = sorted(p.name for p in store.home.iterdir())
    assert "--replace" in store.refused("restore", path, "--identity", store.identity)
    assert sorted(p.name for p in store.home.iterdir()) == before
    told = store.told("restore", path, "--identity", store.identity, "--replace")
    assert sorted(p.name for p in Path(told["aside"]).iterdir()) == before
    assert told["key_fits"]  # the key of the home that stood there
    assert store.told("audit", "verify")["ok"]


def test_a_store_at_work_is_not_replaced(store):
    path = store.back_up()
    store.acted("tick")
    assert "at work" in store.refused("restore", path, "--identity", store.identity, "--replace")


def test_the_key_is_asked_for_and_must_open_the_accounts(store):
    path, twin = store.back_up(), store.twin()
    wrong = store.folder / "wrong.key"
    wrong.write_text("wLO4ZTz7YuzrHNCHYtHFfYsWbUKF2y1iZxn7qLkqQ5o=\n")
    assert "opens none" in twin.refused("restore", path, "--identity", store.identity, "--key", wrong)
    assert not twin.home.exists()
    said = twin.cli("restore", path, "--identity", store.identity).stdout
    assert str(twin.key) in said
    shutil.copy(store.key, twin.key)
    assert twin.cli("channel", "check", "bluesky").exit_code == 0


def test_an_older_store_is_brought_up_to_date_and_a_newer_one_is_refused(store):
    store.acted("migrate_to", "0002")
    older = store.back_up()
    twin = store.twin()
    assert twin.told("restore", older, "--identity", store.identity)["migrated"]
    assert twin.cli("status").exit_code == 0
    members = opened(older, store.identity)
    about = json.loads(members["about.json"])
    about["migrations"].append(["pipeline", "9999_from_the_future"])
    newer = forged(
        [(tarfile.TarInfo("about.json"), json.dumps(about).encode())], store.identity, store.folder / "n.age"
    )
    assert "newer version" in store.twin("other").refused("restore", newer, "--identity", store.identity)


def test_a_flipped_byte_anywhere_is_refused(model, backup, tmp_path):
    whole = backup.read_bytes()
    places = [*range(0, 200, 7), *range(200, len(whole), len(whole) // 40), len(whole) - 1]
    damaged = []
    for place in places:
        damaged.append(tmp_path / f"{place}.age")
        damaged[-1].write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for name, content in {
        "cut": whole[:-1],
        "half": whole[: len(whole) // 2],
        "more": whole + b"x",
        "empty": b"",
    }.items():
        damaged.append(tmp_path / name)
        damaged[-1].write_bytes(content)
    twin = Store(tmp_path, "restored")
    said = twin.acted("refusals", model.identity, *damaged).splitlines()
    assert len(said) == len(damaged)
    assert "ACCEPTED" not in said
    assert set(said) <= {line for line in said if "damaged" in line or "does not open" in line}
    assert not twin.home.exists()
    assert twin.acted("refusals", model.identity, backup) == "ACCEPTED\n"  # the contrary


def test_a_wrong_identity_and_a_file_that_is_none_are_refused_in_a_sentence(model, backup, tmp_path):
    other = tmp_path / "other"
    model.told("backup", "keygen", other)
    assert "does not open" in model.twin().refused("restore", backup, "--identity", other)
    assert "no identity" in model.twin().refused("restore", backup, "--identity", backup)
    assert "no file" in model.twin().refused("restore", tmp_path / "none.age", "--identity", model.identity)


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


EVIL = {
    "a way out": lambda: [tarfile.TarInfo("renditions/../../evil")],
    "an absolute name": lambda: [tarfile.TarInfo("/tmp/evil")],
    "a key of another": lambda: [tarfile.TarInfo("keys/store.key")],
    "a link": lambda: [link("imports/" + "a" * 64, "/etc/passwd")],
    "a hard link": lambda: [tarfile.TarInfo("imports/" + "a" * 64), link("imports/" + "b" * 64, "imports/" + "a" * 64)],
    "a name twice": lambda: [tarfile.TarInfo("imports/" + "a" * 64), tarfile.TarInfo("imports/" + "a" * 64)],
    "a file that the list does not name": lambda: [tarfile.TarInfo("imports/" + "a" * 64)],
}


@pytest.mark.parametrize("kind", EVIL)
def test_an_archive_with(kind, model, backup, tmp_path):
    """Anybody who knows the recipient can write one: it is refused, and nothing lands outside."""
    held = opened(backup, model.identity)
    members = [(tarfile.TarInfo("about.json"), held.pop("about.json"))]
    members += [(tarfile.TarInfo(name), content) for name, content in held.items() if name != "manifest.json"]
    members += [(info, b"evil" if info.isreg() else b"") for info in EVIL[kind]()]
    members.append((tarfile.TarInfo("manifest.json"), held["manifest.json"]))
    path = forged(members, model.identity, tmp_path / "evil.age")
    before = sorted(tmp_path.rglob("*"))
    twin = Store(tmp_path, "restored")
    assert "damaged" in twin.refused("restore", path, "--identity", model.identity)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_same_archive_without_evil_is_taken(model, backup, tmp_path):
    members = [(tarfile.TarInfo(name), content) for name, content in opened(backup, model.identity).items()]
    path = forged(members, model.identity, tmp_path / "good.age")
    assert Store(tmp_path, "restored").cli("restore", path, "--identity", model.identity).exit_code == 0


def test_a_log_that_was_already_broken_is_said_and_still_backed_up_and_put_back(store):
    """Else a store whose log was touched could never be saved again."""
    store.change("DROP TRIGGER audit_update")
    store.change("UPDATE pipeline_auditentry SET actor = 'somebody' WHERE seq = 2")
    done = store.cli("backup", store.backups)
    assert (done.exit_code, "chain is broken" in done.stderr) == (0, True)
    twin = store.restored(store.backups)
    assert twin.cli("audit", "verify").exit_code == 1


def test_a_log_that_was_cut_in_the_backup_is_refused(store):
    path = store.back_up()
    held = opened(path, store.identity)
    database = store.folder / "cut.sqlite3"
    database.write_bytes(held["database/porte-voix.sqlite3"])
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            "DROP TRIGGER audit_delete;"
            "DELETE FROM pipeline_auditentry WHERE seq = (SELECT max(seq) FROM pipeline_auditentry)"
        )
    held["database/porte-voix.sqlite3"] = database.read_bytes()
    manifest = json.loads(held["manifest.json"])
    for entry in manifest["files"]:
        entry["sha256"] = hashlib.sha256(held[entry["path"]]).hexdigest()
        entry["size"] = len(held[entry["path"]])
    held["manifest.json"] = json.dumps(manifest).encode()
    forgery = forged([(tarfile.TarInfo(n), c) for n, c in held.items()], store.identity, store.folder / "cut.age")
    assert "log" in store.twin().refused("restore", forgery, "--identity", store.identity)
    assert not store.twin().home.exists()
