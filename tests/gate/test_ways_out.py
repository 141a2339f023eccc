"""Every poisoned file along every way out: what leaves carries nothing, or nothing leaves and a sentence says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline import gate
from pipeline.cards import engine, photos
from pipeline.protection import showing
from pipeline.reels import encoding, joining
from pipeline.rendering import pixels
from tests.gate.ways import FILM_WAYS, PHOTO_WAYS, Left, all_ways
from tests.media import poison
from tests.media.canary import CANARY
from tests.media.exposure import exposed, loudness, shows_secret, tagged
from tests.media.poison import Poison


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Poison]:
    return poison.build(tmp_path_factory.mktemp("poisoned"))


@pytest.fixture(scope="module")
def left(corpus: list[Poison], tmp_path_factory: pytest.TempPathFactory) -> list[Left]:
    return all_ways(corpus, tmp_path_factory.mktemp("left"))[0]


def files_of(left: list[Left]) -> list[Path]:
    return sorted({one.path for one in left})


def test_nothing_that_leaves_carries_anything(left: list[Left]) -> None:
    wrong = {path.name: found for path in files_of(left) if (found := exposed(path))}
    assert wrong == {}


def test_the_gate_lets_out_all_that_was_made(left: list[Left]) -> None:
    assert {path.name: found[0] for path in files_of(left) if (found := gate.inspect(path))} == {}


def test_an_independent_reader_finds_nothing_in_what_leaves(left: list[Left]) -> None:
    found = tagged(files_of(left))
    if found is None:
        pytest.skip("exiftool not present: the independent reader did not look")
    assert found == []


def test_most_of_the_corpus_does_leave_so_that_refusing_all_is_no_answer(left: list[Left]) -> None:
    ways = Counter(one.way for one in left)
    assert all(ways[way] >= 60 for way in PHOTO_WAYS), ways
    assert all(ways[way] >= 100 for way in FILM_WAYS) and ways["document"] >= 60 and ways["handed on"] >= 8, ways
    assert len({one.source for one in left}) >= 180, ways


def test_no_further_sound_is_heard(left: list[Left]) -> None:
    heard = {
        one.source: loudness(one.path) for one in left if one.way == "copy of a film" and "second sound." in one.source
    }
    assert len(heard) >= 3
    assert {name: loud for name, loud in heard.items() if loud > 0.02 and name != "second sound.mp4"} == {}


# ------------------------------------------------------------------------- variants that are broken on purpose


def _keeps_exif(patch: pytest.MonkeyPatch) -> None:
    true = pixels.flattened

    def flattened(opened: Any) -> Any:
        done = true(opened)
        done.info["exif"] = opened.info.get("exif") or opened.getexif().tobytes()
        return done

    patch.setattr(pixels, "flattened", flattened)
    patch.setattr(engine, "encode", lambda image, mime, quality: _saved(image, mime))


def _saved(image: Image.Image, mime: str) -> bytes:
    from io import BytesIO

    out = BytesIO()
    image.save(out, mime.removeprefix("image/"), exif=image.info.get("exif") or b"")
    return out.getvalue()


def _keeps_what_is_under_glass(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pixels, "flattened", lambda opened: opened.convert("RGB"))
    patch.setattr(photos, "flattened", lambda opened: opened.convert("RGB"))


def _keeps_tags(patch: pytest.MonkeyPatch) -> None:
    true = joining._all

    def written(film: Any, packets: Any) -> int:
        film.metadata["title"] = CANARY.decode()
        return true(film, packets)

    patch.setattr(joining, "_all", written)


def _keeps_notes_in_the_stream(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(encoding.PictureWriter, "_stripped", encoding.PictureWriter._mux)


def _shows_the_file_itself(patch: pytest.MonkeyPatch) -> None:
    def write(path: Path, is_photo: bool, wanted: Any, folder: Path) -> int:
        (folder / "look.jpg").write_bytes(path.read_bytes())
        return 1

    patch.setattr(showing, "write", write)


BROKEN: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "EXIF kept, as people do for the orientation": (_keeps_exif, "exif.webp"),
    "transparency not laid on paper": (_keeps_what_is_under_glass, "under glass rgba.png"),
    "a card's photo with what was under transparency": (_keeps_what_is_under_glass, "clear palette.png"),
    "the film's tags kept": (_keeps_tags, "mov xyz.mov"),
    "a page that shows the original": (_shows_the_file_itself, "exif camera.jpg"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_way_out_is_found_out(
    broken: str, corpus: list[Poison], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking, name = BROKEN[broken]
    breaking(monkeypatch)
    made, refused = all_ways([file for file in corpus if file.name == name], tmp_path)
    assert made and not refused
    assert any(exposed(path) for path in files_of(made))


def test_the_encoder_s_own_note_is_found_by_the_gate(
    corpus: list[Poison], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keeps_notes_in_the_stream(monkeypatch)
    made, _refused = all_ways([file for file in corpus if file.name == "mov xyz.mov"], tmp_path)
    here = [one for one in made if one.way == "copy of a film"]  # a reel's parts are made in processes of their own
    assert here and all(gate.inspect(path) for path in files_of(here) if path.suffix == ".mp4")


def test_the_oracle_sees_through_the_usual_ways(corpus: list[Poison], tmp_path: Path) -> None:
    """Plain saving and stream copying leak: the oracle that finds nothing above finds them here."""
    by_name = {file.name: file.path for file in corpus}
    with Image.open(by_name["under glass rgba.png"]) as image:
        assert shows_secret(np.asarray(image.convert("RGB")))
        assert not shows_secret(np.asarray(pixels.flattened(image)))
    with Image.open(by_name["phone.jpg"]) as image:
        ImageOps.exif_transpose(image).save(tmp_path / "kept.jpg", exif=image.getexif())
    assert exposed(tmp_path / "kept.jpg")
    with av.open(str(by_name["mov xyz.mov"])) as source, av.open(str(tmp_path / "copied.mp4"), "w") as copied:
        copied.metadata.update(source.metadata)
        stream = copied.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                copied.mux(packet)
    assert exposed(tmp_path / "copied.mp4")
    assert exposed(by_name["mov second picture.mov"]) and exposed(by_name["mkv second picture.mkv"])
    assert loudness_of_second(by_name["mkv second sound.mkv"]) > 0.1
    told = tagged([tmp_path / "kept.jpg", tmp_path / "copied.mp4"])
    assert told is None or len({said.split(": ")[0] for said in told}) == 2


def loudness_of_second(path: Path) -> float:
    with av.open(str(path)) as film:
        return max(float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(audio=1))
