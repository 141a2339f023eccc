"""Power is cut at any call of a real worker: nothing that delivery had been told was written is lost.

tests/faults/powercut says what is covered and what is not. PORTEVOIX_FAULTS=long cuts after every call.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.powercut import recorder
from tests.faults.powercut.disk import MODELS, Disk, NotModelled, cut, whole
from tests.faults.powercut.recorder import File, Kind, Op
from tests.faults.powercut.stage import NAME, Stage, requests, standing
from tests.faults.powercut.verdict import Recording, count, halves, missing, prefixes

pytestmark = pytest.mark.faults
LONG = os.environ.get("PORTEVOIX_FAULTS") == "long"
SEED = int(os.environ.get("PORTEVOIX_FAULTS_SEED") or random.randrange(10**6))
POSTS = 42
CUTS, SEVERAL_CUTS, BROKEN_CUTS = (None, 900, 240) if LONG else (240, 60, 45)  # after how many calls; None: after each
DRILLS = 12 if LONG else 3
ACKNOWLEDGED = {"after the claim", "after storing a step", "after committing", "after the request", "after the receipt"}


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """The compiled recorder."""
    if sys.platform != "linux":
        pytest.skip("the recorder of power cuts knows Linux alone: no power cut is simulated")
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed: no power cut is simulated")
    return recorder.build(tmp_path_factory.mktemp("recorder"), compiler)


@pytest.fixture(scope="module")
def stage(tmp_path_factory, library) -> Stage:
    """A home with approved posts."""
    return Stage(tmp_path_factory.mktemp("powercut"), library, POSTS)


@pytest.fixture(scope="module")
def full(stage) -> Recording:
    """One worker, SQLite as config/settings.py sets it."""
    return stage.record("full")


@pytest.fixture(scope="module")
def normal(stage) -> Recording:
    """The broken variant: a commit returns before it is on the disk."""
    return stage.record("normal", synchronous="NORMAL")


@pytest.fixture(scope="module")
def count_of(stage):
    """A function that counts the bad images of a recording."""

    def counted(recording: Recording, cuts: int | None, models: list[str] | None = None):
        chosen = prefixes(recording, cuts, SEED)
        return count(recording, chosen, models or list(MODELS), SEED, stage.folder / "image")

    return counted


@pytest.fixture
def say(capsys):
    """Prints past pytest's capture, to where xdist lets it through too: figures and seeds belong in every run's log."""

    def aloud(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", file=sys.stderr, flush=True)

    return aloud


# ---------------------------------------------------------------------------------------------- what the log is worth


def test_the_log_rebuilds_the_very_files_that_the_worker_left(full):
    """Byte for byte, in the middle and at the end: so no write, truncation or removal escaped the recorder."""
    still, _mark = full.marked()[-1]
    assert full.at(still.index).image(whole) == standing(full.folder / "still")
    assert full.at(len(full.ops)).image(whole) == standing(full.folder / "home" / NAME)


def test_the_log_holds_hundreds_of_writes_their_syncs_and_every_mark(full, stage):
    """An empty log would prove nothing."""
    seen = Counter((op.kind, op.file) for op in full.ops)
    assert seen[Kind.WRITE, File.WAL] > 500
    assert seen[Kind.SYNC, File.WAL] > 4 * POSTS  # at least one for each state that is acknowledged
    lives = seen[Kind.UNLINK, File.WAL]
    assert seen[Kind.CREATE, File.WAL] == lives >= 4
    assert seen[Kind.SYNC, File.FOLDER] >= 4
    assert seen[Kind.SYNC, File.DATABASE] > seen[Kind.SYNC, File.FOLDER]  # emptied at each end, and once on the way
    marks = Counter(mark["at"] for _op, mark in full.marked())
    assert not [name for name in ACKNOWLEDGED if marks[name] < POSTS]
    _op, last = full.marked()[-1]
    assert len(last["receipts"]) == len(set(last["out"])) == POSTS


# ------------------------------------------------------------------------------------------------------- the figures


def test_no_acknowledged_commit_is_lost_wherever_power_is_cut(full, normal, count_of, say):
    found = count_of(full, CUTS)
    broken = count_of(normal, BROKEN_CUTS)
    report(found, broken, say)
    assert (found.lost, found.corrupt) == (0, 0), kept(found, full)
    assert found.images >= (2_000 if LONG else 200)
    assert broken.lost > 0


def test_no_acknowledged_commit_is_lost_with_several_workers_at_once(stage, count_of, say):
    several = stage.record("several", workers=2, threads=2)
    found = count_of(several, SEVERAL_CUTS)
    say(f"power cuts, 2 x 2 workers  images {found.images}  lost {found.lost}  corrupt {found.corrupt}  seed {SEED}")
    assert (found.lost, found.corrupt) == (0, 0), kept(found, several)
    assert found.images >= (1_000 if LONG else 100)


def test_with_synchronous_normal_acknowledged_commits_are_lost(normal, count_of):
    """The broken variant: where this suite stays green on it, it proves nothing."""
    assert count_of(normal, BROKEN_CUTS, ["lost"]).lost > 0


def test_with_synchronous_off_acknowledged_commits_are_lost(stage, count_of, say):
    """The other broken variant: nothing is ever synced."""
    off = stage.record("off", synchronous="OFF")
    assert not [op for op in off.ops if op.kind == Kind.SYNC]
    found = count_of(off, BROKEN_CUTS)
    say(f"power cuts, OFF  images {found.images}  lost {found.lost}  corrupt {found.corrupt}  seed {SEED}")
    assert found.lost > 0


def test_without_the_sync_of_its_folder_a_new_wal_is_lost_whole(full, count_of):
    """The broken variant for names: the same calls without the one that makes the new file's name durable."""
    ops = [op for op in full.ops if (op.kind, op.file) != (Kind.SYNC, File.FOLDER)]
    assert count_of(Recording(full.folder, full.before, ops), BROKEN_CUTS, ["names"]).lost > 0


def kept(found, recording: Recording) -> str:
    """What is wrong, with the recording copied to where pytest does not clear it away."""
    folder = Path(tempfile.mkdtemp(prefix="powercut-"))
    for name in ("before.sqlite3", "log"):
        shutil.copy(recording.folder / name, folder / name)
    return "\n".join(found.bad).replace(str(recording.folder), str(folder))


def report(found, broken, say) -> None:
    say(
        f"power cuts  images {found.images}  lost {found.lost}  corrupt {found.corrupt}"
        f"  (NORMAL: lost {broken.lost} of {broken.images})  seed {SEED}"
    )
    if path := os.environ.get("PORTEVOIX_FAULTS_REPORT"):
        line = {"suite": "power cuts", "cases": found.images, "lost": found.lost, "corrupt": found.corrupt,
                "seed": SEED, "normal": {"cases": broken.images, "lost": broken.lost}}  # fmt: skip
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


# ------------------------------------------------------------------------------- what it means for those who read posts


def once_each() -> list[str]:
    return sorted(f"Note {number} : 132 expulsions à Calais." for number in range(POSTS))


@pytest.mark.parametrize("drill", range(DRILLS))
def test_when_power_returns_every_post_is_out_once(stage, full, drill):
    """Cut where it hurts most: the network has the post, and the store has only announced it."""
    dice = random.Random(f"{SEED}/drill/{drill}")
    prefix, mark = dice.choice(requests(full))
    model = dice.choice(["lost", "torn"])
    sent = stage.power_returns(full, model, prefix, SEED, mark["out"])
    assert sent == once_each(), f"cut after call {prefix} of {full.folder}, model {model}, seed {SEED}"


def test_with_synchronous_normal_posts_go_out_twice_when_power_returns(stage, normal):
    """The broken variant: the lost announcement is a doubled post."""
    prefix, mark = requests(normal)[POSTS // 3]
    sent = stage.power_returns(normal, "lost", prefix, SEED, mark["out"])
    assert set(sent) == set(once_each())
    assert len(sent) > POSTS


# ---------------------------------------------------------------------------------------- the recorder and the verdict

CALLS = """
import mmap, os
def do(path, flags=os.O_RDWR, **where):
    return os.open(path, flags, 0o600, **where)
one = do("db", os.O_RDWR | os.O_CREAT)
os.pwrite(one, b"at seven", 7)
os.write(one, b"at nought")
os.write(one, b"then nine")
os.close(do(os.path.abspath("db"), os.O_RDWR | os.O_CREAT))
os.ftruncate(os.dup(one), 5)
os.fdatasync(one)
folder = do(".", os.O_RDONLY)
wal = do("db-wal", os.O_RDWR | os.O_CREAT | os.O_APPEND, dir_fd=folder)
os.write(wal, b"first")
os.write(wal, b"appended")
os.fsync(wal)
os.fsync(folder)
for name in ("db-shm", "other", "db-journal-not"):
    beside = do(name, os.O_RDWR | os.O_CREAT)
    os.write(beside, b"not watched")
    os.fsync(beside)
    os.unlink(name)
os.close(do("db-wal", os.O_RDWR | os.O_TRUNC))
os.unlink(os.path.abspath("db-wal"))
os.posix_fallocate(one, 0, 4096)
mmap.mmap(one, 4096)
os.rename("db", "elsewhere")
"""


def test_the_recorder_writes_down_what_a_process_does_to_the_watched_files_and_nothing_else(library, tmp_path):
    """By hand, through the names of the C library that Python calls."""
    folder = tmp_path / "watched"
    folder.mkdir()
    env = {**os.environ, **recorder.environment(library, folder / "db", tmp_path / "log")}
    subprocess.run([sys.executable, "-c", CALLS], cwd=folder, env=env, check=True, timeout=60)
    assert [(op.kind, op.file, op.at, op.data) for op in recorder.read(tmp_path / "log")] == [
        (Kind.CREATE, File.DATABASE, 0, b""),
        (Kind.WRITE, File.DATABASE, 7, b"at seven"),
        (Kind.WRITE, File.DATABASE, 0, b"at nought"),
        (Kind.WRITE, File.DATABASE, 9, b"then nine"),
        (Kind.TRUNCATE, File.DATABASE, 5, b""),
        (Kind.SYNC, File.DATABASE, 0, b""),
        (Kind.CREATE, File.WAL, 0, b""),
        (Kind.WRITE, File.WAL, 0, b"first"),
        (Kind.WRITE, File.WAL, 5, b"appended"),
        (Kind.SYNC, File.WAL, 0, b""),
        (Kind.SYNC, File.FOLDER, 0, b""),
        (Kind.TRUNCATE, File.WAL, 0, b""),
        (Kind.UNLINK, File.WAL, 0, b""),
        (Kind.NOT_MODELLED, File.DATABASE, 0, b"posix_fallocate64"),
        (Kind.NOT_MODELLED, File.DATABASE, 0, b"mmap64"),
        (Kind.RENAME, File.DATABASE, -1, b""),
    ]


TOLD = {
    "rows": {"7": ["committing", 3, "key"]},
    "tries": [[7, 3, "seal"]],
    "receipts": [[6, "at://6"]],
    "log": [[9, "h"]],
}


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ({}, 0),
        ({"rows": {"7": ["published", 3, "key"]}, "receipts": [[6, "at://6"], [7, "at://7"]], "log": [[10, "i"]]}, 0),
        ({"rows": {"7": ["uncertain", 4, "key"]}}, 0),
        ({"rows": {"7": ["prepared", 3, "key"]}}, 1),
        ({"rows": {"7": ["published", 2, "key"]}}, 1),
        ({"rows": {}}, 1),
        ({"tries": []}, 1),
        ({"receipts": [[6, "at://other"]]}, 1),
        ({"log": [[8, "g"]]}, 1),
    ],
)
def test_the_verdict_misses_what_was_acknowledged_and_nothing_that_came_later(there, wrong):
    order = {"7": [["claimed", 3, "none"], ["prepared", 3, "key"], ["committing", 3, "key"]]}
    assert len(missing(TOLD, {**TOLD, **there}, order)) == wrong


@pytest.mark.parametrize(
    ("row", "tries", "receipts", "whole_ones"),
    [
        (["committing", 3, "key"], [[7, 3, "seal"]], [], True),
        (["committing", 3, "key"], [[7, 2, "seal"]], [], False),
        (["published", 3, "key"], [[7, 3, "seal"]], [[7, "at://7"]], True),
        (["published", 3, "key"], [[7, 3, "seal"]], [], False),
        (["committing", 3, "key"], [[7, 3, "seal"]], [[7, "at://7"]], False),
    ],
)
def test_half_a_transaction_is_noticed(row, tries, receipts, whole_ones):
    assert (halves({"rows": {"7": row}, "tries": tries, "receipts": receipts}) == []) is whole_ones


# ------------------------------------------------------------------------------------------------ the models themselves


def op(index: int, kind: Kind, file: File = File.WAL, at: int = 0, data: bytes = b"") -> Op:
    return Op(index, kind, file, at, data)


@pytest.mark.parametrize("model", MODELS)
def test_what_was_synced_is_on_the_disk_under_every_model(model):
    disk = Disk(b"first")
    for call in [op(0, Kind.CREATE), op(1, Kind.WRITE, data=b"frame" * 900), op(2, Kind.SYNC),
                 op(3, Kind.SYNC, File.FOLDER), op(4, Kind.WRITE, File.DATABASE, 5, b" page"),
                 op(5, Kind.SYNC, File.DATABASE)]:  # fmt: skip
        disk.do(call)
    for seed in range(20):
        assert cut(disk, model, seed, 6) == {File.DATABASE: b"first page", File.WAL: b"frame" * 900}


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("lost", {b"old"}),
        ("kept", {b"NEW" + b"x" * 4096 + b"end"}),
        ("last", {b"NEW" + b"x" * 4096 + b"end", b"old" + b"x" * 4096 + b"end", b"old" + bytes(4096) + b"end"}),
    ],
)
def test_what_was_not_synced_survives_as_the_model_says(model, wanted):
    disk = Disk(b"old")
    calls = [(0, b"NEW"), (3, b"x" * 4096), (4099, b"end")]
    for index, (at, data) in enumerate(calls):
        disk.do(op(index, Kind.WRITE, File.DATABASE, at, data))
    assert {cut(disk, model, seed, 3)[File.DATABASE] for seed in range(40)} == wanted


def test_a_torn_write_is_cut_at_the_sectors_of_the_disk_and_within_them():
    disk = Disk(bytes(4096))
    disk.do(op(0, Kind.WRITE, File.DATABASE, 100, b"x" * 3000))
    edges = set()
    for seed in range(400):
        torn = cut(disk, "torn", seed, 1)[File.DATABASE]
        assert torn.replace(b"x", b"") == bytes(4096 - torn.count(b"x"))
        assert set(torn[:100] + torn[3100:]) <= {0}
        edges |= {at for at in range(1, 4096) if torn[at] != torn[at - 1]}
    assert {at for at in edges if at % 512 == 0} == set(range(512, 3100, 512))
    assert len(edges) > 20


def test_length_and_data_of_a_grown_file_part_ways():
    disk = Disk(b"old")
    disk.do(op(0, Kind.WRITE, File.DATABASE, 0, b"NEWER"))
    found = {cut(disk, "length", seed, 1)[File.DATABASE] for seed in range(60)}
    assert {b"NEW", b"NEW\0\0"} < found
    assert {len(content) for content in found} == {3, 5}
    assert b"NEWER" not in found


def test_an_unsynced_name_is_lost_and_an_unsynced_removal_comes_back():
    disk = Disk(b"database")
    disk.do(op(0, Kind.CREATE))
    disk.do(op(1, Kind.WRITE, data=b"frames"))
    disk.do(op(2, Kind.SYNC))
    assert cut(disk, "names", 1, 3) == {File.DATABASE: b"database"}
    disk.do(op(3, Kind.SYNC, File.FOLDER))
    disk.do(op(4, Kind.UNLINK))
    assert cut(disk, "kept", 1, 5) == {File.DATABASE: b"database"}
    assert cut(disk, "lost", 1, 5) == {File.DATABASE: b"database", File.WAL: b"frames"}


@pytest.mark.parametrize("kind", [Kind.RENAME, Kind.NOT_MODELLED])
def test_a_call_that_is_not_modelled_stops_the_suite(kind):
    with pytest.raises(NotModelled):
        Disk(b"").do(op(0, kind, data=b"fallocate"))


def test_the_numbers_of_the_log_are_those_of_the_recorder():
    """Two languages, one format."""
    source = recorder.SOURCE.read_text()
    kinds = source.partition("enum kind {")[2].partition("}")[0].replace(" = 1", "").split(",")
    files = source.partition("enum { DATABASE")[2].partition(", FILES")[0].split(",")
    assert [word.strip() for word in kinds] == [kind.name for kind in Kind]
    assert ["DATABASE", *(word.strip() for word in files if word.strip())] == [f.name for f in File if f != File.NONE]
