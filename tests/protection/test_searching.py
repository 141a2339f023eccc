"""The search as a job, photos, and odd clips: masks sit where the faces are, in the picture as people see it."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from pipeline import footage as stage
from pipeline import gate, photos
from pipeline.errors import Refused
from pipeline.models import FaceSearch
from pipeline.protection import edits, faces, looks, searching, timelines
from pipeline.protection.faces import count_faces, search
from pipeline.protection.tracks import boxes_at
from pipeline.reels import masks as painting
from pipeline.reels.masking import masked
from pipeline.rendering import store
from tests.reels.films import film, heads, shifted

# Where the drawn head's middle is in `heads()`, in pixels of its 640 x 360, found by eye.
MIDDLE, NEAR = (320.0, 110.0), 30.0


def middle_of(found: faces.Found, seconds: float, width: int, height: int) -> tuple[float, float]:
    """Where the one mask is at that time, in pixels of a picture of that size."""
    (box,) = boxes_at(found.tracks, seconds)
    x, y = box.middle
    return x * width, y * height


def head_of() -> tuple[float, float]:
    """The middle of the drawn head's skin, from its pixels: an oracle that is no detector."""
    picture = heads().astype(int)
    skin = (abs(picture - (150, 106, 80)).max(axis=2) < 26)[:200]
    rows, columns = np.nonzero(skin)
    return float(columns.mean()), float(rows.mean())


def test_the_search_finds_the_head_where_its_pixels_are(tmp_path: Path):
    clip = film(tmp_path / "a.mp4", [(i / 30, heads()) for i in range(8)])
    x, y = middle_of(search(clip), 0.1, 640, 360)
    assert abs(x - head_of()[0]) < NEAR and abs(y - head_of()[1]) < NEAR


def test_in_a_clip_of_odd_size_the_mask_sits_right(tmp_path: Path):
    scene = heads()[:359, :639]
    clip = film(tmp_path / "a.mp4", [(i / 30, scene) for i in range(6)], pixels="yuv444p")
    found = search(clip)
    assert (found.width, found.height) == (639, 359)
    x, y = middle_of(found, 0.1, 639, 359)
    assert abs(x - head_of()[0]) < NEAR and abs(y - head_of()[1]) < NEAR
    masked(clip, tmp_path / "b.mp4", found.tracks)
    assert count_faces(clip, step=0) == 6 and count_faces(tmp_path / "b.mp4", step=0) == 0


def test_in_a_turned_clip_the_mask_sits_on_the_upright_picture(tmp_path: Path):
    scene = heads()[:, 140:500]
    stored = np.ascontiguousarray(np.rot90(scene))
    clip = film(tmp_path / "a.mp4", [(i / 30, stored) for i in range(6)], turned=True)
    found = search(clip)
    x, y = middle_of(found, 0.1, 360, 360)
    assert abs(x - (head_of()[0] - 140)) < NEAR and abs(y - head_of()[1]) < NEAR
    masked(clip, tmp_path / "b.mp4", found.tracks)
    assert count_faces(tmp_path / "b.mp4", step=0) == 0
    with av.open(str(tmp_path / "b.mp4")) as made:
        assert next(made.decode(video=0)).rotation == 0


def test_where_pixels_are_not_square_the_mask_sits_right(tmp_path: Path):
    squeezed = np.ascontiguousarray(heads()[:, ::2])  # 320 stored pixels, each shown twice as wide
    clip = wide(film(tmp_path / "a.mp4", [(i / 30, squeezed) for i in range(6)]), tmp_path / "wide.mp4")
    found = search(clip)
    assert (found.width, found.height) == (640, 360)
    x, y = middle_of(found, 0.1, 640, 360)
    assert abs(x - head_of()[0]) < NEAR and abs(y - head_of()[1]) < NEAR
    masked(clip, tmp_path / "b.mp4", found.tracks)
    assert count_faces(tmp_path / "b.mp4", step=0) == 0


def wide(clip: Path, out: Path) -> Path:
    """The same clip, its pixels said to be twice as wide as high, by ffmpeg itself."""
    import imageio_ffmpeg

    program = imageio_ffmpeg.get_ffmpeg_exe()
    words = ["-i", str(clip), "-vf", "setsar=2", "-c:v", "libx264", "-qp", "0", "-loglevel", "error", str(out)]
    subprocess.run([program, *words], check=True)
    return out


def test_where_the_frame_rate_varies_a_mask_follows_the_times_of_the_pictures(tmp_path: Path):
    """Thirty pictures a second, then ten: counted by number, the mask would run ahead of the face."""
    times = [i / 30 for i in range(30)] + [1 + i / 10 for i in range(12)]
    clip = film(tmp_path / "a.mp4", [(at, shifted(heads(), -60 + 55 * at)) for at in times])
    found = search(clip)
    for at in (0.5, 1.5, 2.0):
        x, _y = middle_of(found, at, 640, 360)
        assert abs(x - (head_of()[0] - 60 + 55 * at)) < NEAR, at
    by_number = 1.5 * 42 / times[-1] / 30  # where a reader that counts pictures would think that it is
    x, _y = middle_of(found, by_number, 640, 360)
    assert abs(x - (head_of()[0] - 60 + 55 * 1.5)) > 8
    masked(clip, tmp_path / "b.mp4", found.tracks)
    assert count_faces(tmp_path / "b.mp4", step=0) == 0


def test_what_comes_up_between_two_whole_looks_is_covered_from_its_first_picture(tmp_path: Path):
    plain = np.full((360, 640, 3), (150, 158, 160), np.uint8)
    pictures = [(i / 30, plain if i < 20 else heads()) for i in range(40)]
    clip = film(tmp_path / "a.mp4", pictures)
    found = search(clip)
    assert all(boxes_at(found.tracks, i / 30) for i in range(20, 40))


# --------------------------------------------------------------------------------------------------------------- photos


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """The drawn person as a photo that has to be turned a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(heads()))).save(tmp_path / "a.jpg", quality=95, exif=exif)
    return tmp_path / "a.jpg"


def developed(row, by):
    return photos.make(row, format="whole", alt="Une personne.", lang="fr", by=by)


def counted(made):
    return made.measured["faces_masked"], made.measured["faces_left"]


def test_a_photo_is_masked_upright_and_searched_again_and_without_masks_it_is_found_out(world, photo: Path):
    row = stage.add(photo, by=world.intern)
    made = developed(row, world.intern)
    path = store.path_of(made.sha256, made.mime)
    with Image.open(path) as image:
        assert image.size == (640, 360) and not image.getexif()
        colour = image.getpixel(tuple(round(v) for v in head_of()))
    assert max(abs(a - b) for a, b in zip(colour, painting.SLATE, strict=True)) < 6
    assert counted(made) == (1, 0) and gate.inspect(path) == []
    assert made.spec["masks"] == {row.sha256: timelines.standing(row).sha256}
    assert FaceSearch.objects.get(footage=row).width == 640
    edits.delete(row, 1, by=world.intern)  # the broken variant: nothing covers the face
    bare = developed(row, world.intern)
    assert bare.pk != made.pk and counted(bare) == (0, 1)


# ------------------------------------------------------------------------------------------------------------ the job


@pytest.fixture
def clip(world, tmp_path: Path):
    return stage.add(film(tmp_path / "a.mp4", [(i / 30, heads()) for i in range(24)]), by=world.intern)


def test_footage_that_comes_in_is_queued_and_searched_once(clip):
    assert clip.search.state == "queued"
    assert searching.work() is True
    clip.search.refresh_from_db()
    assert (clip.search.state, clip.search.progress) == ("done", 1.0)
    row = timelines.standing(clip)
    assert row.number == 1 and len(row.tracks) == 1 and row.made_by is None
    assert searching.work() is False and searching.ensure(clip) == row


def test_a_search_that_is_stopped_begins_anew_later(clip):
    searching.work(lambda: True)
    clip.search.refresh_from_db()
    assert clip.search.state == "queued" and timelines.current(clip) is None
    assert searching.work() is True and timelines.standing(clip)


def test_one_worker_searches_at_a_time_until_it_is_gone(clip):
    FaceSearch.objects.update(state="searching", lease_until=timezone.now() + timedelta(minutes=1))
    assert searching.work() is False
    with pytest.raises(Refused, match="being searched"):
        searching.ensure(clip)
    FaceSearch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert searching.work() is True


def test_a_file_that_breaks_its_reader_is_said_so_and_nothing_is_taken_for_reviewed(clip):
    path = stage.original_path(clip.sha256)
    path.chmod(0o600)
    path.write_bytes(b"no film at all")
    assert searching.work() is True
    clip.search.refresh_from_db()
    assert (clip.search.state == "failed" and "cannot" in str(clip.search.error)) or clip.search.error
    assert timelines.current(clip) is None and timelines.in_force(clip) is None
    searching.again(clip)
    clip.search.refresh_from_db()
    assert clip.search.state == "queued"


def test_the_pictures_of_a_review_stand_in_the_private_folder_and_go_with_it(clip, home):
    row = searching.ensure(clip)
    wanted = [*looks.of_track(timelines.masks_of(row).tracks[0]), looks.Look(0.2)]
    looks.make(clip, wanted)
    paths = [looks.path_of(clip, one.name) for one in wanted]
    assert all(path is not None and path.is_file() for path in paths)
    assert looks.folder(clip).stat().st_mode & 0o077 == 0
    with Image.open(paths[-1]) as frame:
        assert frame.size == (640, 360)
    assert looks.path_of(clip, "../../keys/secretkey0000") is None
    looks.forget(clip)
    assert not looks.folder(clip).exists()
