"""What films say of themselves, written by a real encoder, and what Instagram and Facebook would refuse of them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from publishers._films import film, film_problems
from publishers._limits import limits
from tests.publishers.meta import mp4
from tests.publishers.samples import Folder, a_post, a_video


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def problems(folder, content, network="instagram", kind="reel"):
    file = folder.add(content, "reel.mp4", "video/mp4")
    post = a_post(kind, media=(a_video(file=file, width=540, height=960),))
    return [problem.code for problem in film_problems(post, folder, limits(network))]


def a_film(**changes):
    return mp4(**{"seconds": 3, **changes})


def with_sound(tmp_path, rate=48_000, layout="stereo", codec="aac"):
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "use_editlist": "0"}) as out:
        pictures = out.add_stream("libx264", rate=24, options={"preset": "ultrafast", "bf": "0"})
        pictures.width, pictures.height, pictures.pix_fmt = 540, 960, "yuv420p"
        sound = out.add_stream(codec, rate=rate, layout=layout)
        for _number in range(72):
            out.mux(pictures.encode(av.VideoFrame(540, 960, "yuv420p")))
        out.mux(pictures.encode())
        samples = av.AudioFrame.from_ndarray(
            np.zeros((sound.layout.nb_channels, 1024), dtype="float32"), format="fltp", layout=layout
        )
        samples.sample_rate = rate
        out.mux(sound.encode(samples))
        out.mux(sound.encode())
    return path.read_bytes()


def test_a_film_says_what_it_is(folder, tmp_path):
    place = tmp_path / "x.mp4"
    place.write_bytes(with_sound(tmp_path, 44_100, "mono"))
    seen = film(place)
    assert (seen.video_codec, seen.audio_codec) == ("h264", "aac")
    assert (seen.audio_rate, seen.audio_channels, round(seen.frame_rate)) == (44_100, 1, 24)
    assert seen.index_first and not seen.edit_list and 2.9 < seen.seconds < 3.1


@pytest.mark.parametrize("network", ["instagram", "facebook"])
def test_a_film_as_we_make_them_is_taken_everywhere(folder, tmp_path, network):
    from pipeline.reels import hearing, sound
    from pipeline.reels.encoding import PictureWriter
    from pipeline.reels.joining import join

    place = tmp_path / "ours.mp4"
    sound.encode(hearing.silence(48_000 * 3), tmp_path / "sound.mp4")
    with PictureWriter(tmp_path / "pictures.mp4", (540, 960), quick=True) as out:
        for _number in range(90):
            out.add(np.zeros((960 * 3 // 2, 540), dtype="uint8"))
    join([tmp_path / "pictures.mp4"], tmp_path / "sound.mp4", place)
    assert problems(folder, place.read_bytes(), network) == []


@pytest.mark.parametrize(
    ("content", "network", "code"),
    [
        (a_film(movflags="+negative_cts_offsets"), "instagram", "index_first"),
        (a_film(use_editlist="1", movflags="+faststart"), "instagram", "edit_list"),
        (a_film(rate=20), "instagram", "frame_rate"),
        (a_film(rate=20), "facebook", "frame_rate"),
        (a_film(rate=61), "instagram", "frame_rate"),
    ],
)
def test_what_a_network_documents_as_refused_is_said_beforehand(folder, content, network, code):
    assert problems(folder, content, network) == [code]


@pytest.mark.parametrize("rate", [23, 24, 30, 60])
def test_what_is_at_the_limit_passes(folder, rate):
    assert problems(folder, a_film(rate=rate)) == []


def test_sound_that_is_too_fine_or_not_aac_is_refused(folder, tmp_path):
    assert problems(folder, with_sound(tmp_path, 64_000)) == ["audio_rate"]
    assert problems(folder, with_sound(tmp_path, 48_000, "5.1")) == ["audio_channels"]
    assert problems(folder, with_sound(tmp_path, 48_000, codec="ac3")) == ["audio_codec"]


def test_a_film_of_the_page_itself_has_fewer_rules_than_a_reel(folder):
    assert problems(folder, a_film(rate=20), "facebook", "video") == []


def test_a_film_that_is_too_heavy_for_its_length_is_refused(folder):
    file = folder.add(a_film(), "reel.mp4", "video/mp4").model_copy(update={"size": 12_000_000})
    post = a_post("reel", media=(a_video(file=file),))
    assert [p.code for p in film_problems(post, folder, limits("instagram"))] == ["video_bit_rate"]


def test_a_file_that_is_no_film_is_refused_and_one_that_is_not_at_hand_says_nothing(folder):
    assert problems(folder, b"not a film") == ["mime"]
    assert film_problems(a_post("reel"), folder, limits("instagram")) == []


def test_a_spoilt_film_never_ends_in_an_error(folder, tmp_path):
    whole, place = bytearray(a_film()), tmp_path / "spoilt.mp4"
    chance = random.Random(7)
    for _try in range(400):
        spoilt = bytearray(whole)
        for _byte in range(8):
            spoilt[chance.randrange(4000)] = chance.randrange(256)
        place.write_bytes(spoilt[: chance.randrange(len(spoilt))])
        film(place)
