"""The gate against a corpus of poisoned files, clean files, mutants of both, and itself with a hole."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.gate import Leak, check, h264, inspect, jpeg, mp4, mp4_leaves, png
from pipeline.gate.finding import Finding, Span
from tests.media import clean, poison
from tests.media.canary import CANARY
from tests.media.spoiling import spoilt

MUTANTS_PER_FILE = 90
# What a picture or film technically is; every other tag that exiftool finds in a clean file is a failure.
TECHNICAL = {
    "File", "JFIF", "Composite", "ExifTool", "System", "PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth",
    "PNG:ColorType", "PNG:Compression", "PNG:Filter", "PNG:Interlace",
}  # fmt: skip
FILM_NOTES = ("GPS", "Title", "Comment", "Author", "Make", "Model", "Software", "Encoder", "Location", "Tool", "User")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[poison.Poison]:
    return poison.build(tmp_path_factory.mktemp("poisoned"))


@pytest.fixture(scope="module")
def clean_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clean")
    pictures = {
        "plain.jpg": {},
        "good.jpg": {"quality": 90, "optimize": True},
        "full.jpg": {"quality": 95, "subsampling": 0},
        "print.jpg": {"dpi": (300, 300)},
    }
    made = [clean.write_clean_jpeg(folder / name, **options) for name, options in pictures.items()]
    clean.picture().convert("L").save(folder / "grey.jpg")
    clean.picture().convert("RGBA").save(folder / "opaque.png")
    made += [folder / "grey.jpg", folder / "opaque.png", clean.write_clean_png(folder / "plain.png")]
    films = {
        "plain.mp4": {},
        "silent.mp4": {"sound": False},
        "many key frames.mp4": {"count": 30, "encoder": {"g": "5", "preset": "medium"}},
        "baseline.mp4": {"encoder": {"profile": "baseline"}},
        "capped.mp4": {"encoder": {"maxrate": "500k", "bufsize": "1M"}},
    }
    return made + [clean.write_clean_mp4(folder / name, **options) for name, options in films.items()]


def passed(files: list[poison.Poison]) -> list[str]:
    """The names of the poisoned files that the gate lets out."""
    return [file.name for file in files if not inspect(file.path)]


def test_no_poisoned_file_gets_out(corpus: list[poison.Poison]) -> None:
    assert passed(corpus) == []
    assert len(corpus) >= 280
    assert sum(file.canary for file in corpus) >= 180


def test_a_refusal_names_what_was_found_and_never_repeats_it(corpus: list[poison.Poison]) -> None:
    for file in corpus:
        with pytest.raises(Leak) as refused:
            check(file.path)
        said = "".join(refused.value.sentence.text(lang) for lang in ("fr", "en")) + repr(inspect(file.path))
        assert "canary" not in said.lower() and "Amina" not in said, file.name
    assert issubclass(Leak, Refused)


def test_clean_files_get_out(clean_files: list[Path]) -> None:
    for path in clean_files:
        assert inspect(path) == [], path.name
        check(path)


def test_plain_pictures_of_one_colour_are_not_taken_for_hidden_bytes(tmp_path: Path) -> None:
    from PIL import Image

    rng = random.Random(5)
    for index in range(60):
        colour = tuple(rng.choice((0, 255, rng.randrange(256))) for _ in range(3))
        path = tmp_path / f"{index}.jpg"
        size = (rng.randrange(1, 200), rng.randrange(1, 200))
        Image.new("RGB", size, colour).save(path, quality=rng.randrange(10, 101))
        assert inspect(path) == [], (size, colour)


def test_an_independent_reader_finds_nothing_in_clean_files(clean_files: list[Path]) -> None:
    if not shutil.which("exiftool"):
        pytest.skip("exiftool not present: the independent reader did not look")
    command = ["exiftool", "-ee3", "-a", "-u", "-G1:0", "-j", *map(str, clean_files)]
    for tags in json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout):
        for name, value in tags.items():
            group, _colon, tag = name.rpartition(":")
            place = group.split(":")[0] or "File"
            if tags["SourceFile"].endswith(".mp4"):
                assert not any(note in tag for note in FILM_NOTES if place not in {"System", "ExifTool"}), name
                assert "Date" not in tag or place in {"System"} or str(value).startswith("0000:"), name
            else:
                assert place in TECHNICAL or f"{place}:{tag}" in TECHNICAL or tag == "SourceFile", name


def test_an_independent_reader_finds_something_in_poisoned_films(corpus: list[poison.Poison]) -> None:
    if not shutil.which("exiftool"):
        pytest.skip("exiftool not present: the independent reader did not look")
    films = [file.path for file in corpus if file.name in {"title.mp4", "place xyz.mp4", "exif gps.jpg", "text.png"}]
    found = subprocess.run(["exiftool", "-ee3", "-a", "-u", *map(str, films)], check=True, capture_output=True)
    assert found.stdout.count(b"48.8584") + found.stdout.count(b"48 deg 51") >= 3


def _without_sei(judge: Callable[[Span], Iterable[Finding]]) -> Callable[[Span], Iterable[Finding]]:
    return lambda nal: () if nal.number(0, 1) & 31 == 6 else judge(nal)


HOLES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "EXIF let through": lambda patch: patch.setitem(jpeg._READERS, 0xE1, lambda body, tables: ()),
    "comments let through": lambda patch: patch.setitem(jpeg._READERS, 0xFE, lambda body, tables: ()),
    "coded data not measured": lambda patch: patch.setattr(jpeg, "SHORT_SCAN", 1 << 30),
    "PNG dates let through": lambda patch: patch.setitem(png._SHAPES, b"tIME", 7),
    "transparency let through": lambda patch: patch.setattr(png, "_hidden_colours", lambda data, header: ()),
    "PNG rows not counted": lambda patch: patch.setattr(png, "_pixels", lambda chunks, header: ()),
    "SEI let through": lambda patch: patch.setattr(h264, "unit", _without_sei(h264.unit)),
    "parameter sets not read": lambda patch: patch.setattr(h264, "_parameter_set", lambda nal, kind: ()),
    "private boxes let through": lambda patch: patch.setitem(mp4.BRANCHES, b"moov", mp4.BRANCHES[b"moov"] | {b"uuid"}),
    "edit lists let through": lambda patch: patch.setitem(mp4.BRANCHES, b"trak", mp4.BRANCHES[b"trak"] | {b"edts"}),
    "values not judged": lambda patch: patch.setattr(mp4_leaves, "judge", lambda kind, body: None),
    "media not accounted for": lambda patch: patch.setattr(mp4, "_media", lambda file, mdat, tracks: ()),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
@pytest.mark.parametrize("hole", HOLES)
def test_a_gate_with_a_hole_fails_the_corpus(
    hole: str, corpus: list[poison.Poison], monkeypatch: pytest.MonkeyPatch
) -> None:
    HOLES[hole](monkeypatch)
    assert passed(corpus) != []


def test_the_gate_reads_bytes_not_names_and_writes_nothing(corpus: list[poison.Poison], tmp_path: Path) -> None:
    renamed = tmp_path / "notes.txt"
    clean.write_clean_jpeg(renamed)
    before = hashlib.sha256(renamed.read_bytes()).digest(), renamed.stat().st_mtime_ns
    check(renamed)
    assert (hashlib.sha256(renamed.read_bytes()).digest(), renamed.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [renamed]
    poisoned = next(file for file in corpus if file.name.startswith("exif gps"))
    renamed.write_bytes(poisoned.path.read_bytes())
    with pytest.raises(Leak, match="EXIF"):
        check(renamed)


def test_a_file_larger_than_any_of_ours_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.mp4"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    assert [finding.kind for finding in inspect(path)] == ["unknown"]


def test_mutated_files_are_refused_or_pass_and_never_crash_or_hang(clean_files: list[Path], tmp_path: Path) -> None:
    seed = 20261123
    rng, slowest = random.Random(seed), 0.0
    kept = [path for path in clean_files if path.name in {"plain.jpg", "grey.jpg", "plain.png", "plain.mp4"}]
    mutant = tmp_path / "mutant"
    for path in kept:
        for _number in range(MUTANTS_PER_FILE):
            mutant.write_bytes(spoilt(path.read_bytes(), rng))
            started = time.process_time()
            inspect(mutant)
            slowest = max(slowest, time.process_time() - started)
    assert slowest < 2, f"seed {seed}"


def test_words_inserted_anywhere_are_refused(clean_files: list[Path], tmp_path: Path) -> None:
    rng = random.Random(7)
    mutant = tmp_path / "mutant"
    for path in clean_files:
        data = path.read_bytes()
        for _number in range(20):
            # Inside coded pictures (the second half of each file) words may decode as picture.
            at = rng.randrange(min(len(data) // 2, 500))
            mutant.write_bytes(data[:at] + CANARY + data[at:])
            assert inspect(mutant), (path.name, at)
