"""Field clips of every kind that telephones make: read as they are meant to be seen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline import reels
from pipeline.errors import NotHere, Refused
from pipeline.reels import sources, tones
from pipeline.reels.picture import Fitter, Window
from tests.reels.films import cut_list, displayed, film, grey, level, seen, steps


def make(folder: Path, clip: str, **more: object) -> list[np.ndarray]:
    words = cut_list(folder, [{"clip": clip, "to": 0.3}], **{"format": "square", **more})
    return seen(reels.render(reels.load(words), folder / "reel.mp4", preview=True).path)


def coloured(path: Path, planes: tuple[int, int, int], **tags: int) -> Path:
    """A clip of one colour, given as Y, Cb and Cr of 10 bits, with the colour tags that are told."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=30, width=192, height=192, pix_fmt="yuv420p10le")
        stream.options = {"x265-params": "log-level=none:lossless=1"}
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for number in range(10):
            frame = av.VideoFrame(192, 192, "yuv420p10le")
            for plane, value in zip(frame.planes, planes, strict=True):
                plane.update(np.full(plane.buffer_size // 2, value, np.uint16).tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


HLG = {"color_trc": 18, "color_primaries": 9, "colorspace": 9}
PQ = {"color_trc": 16, "color_primaries": 9, "colorspace": 9}


def limited10(signal: float) -> int:
    return round(64 + 876 * signal)


def test_what_hdr_calls_white_is_nearly_white_and_its_greys_stay_in_order(tmp_path: Path):
    """HLG's ordinary white is 75 % of the signal, PQ's 58 %: ITU-R BT.2408, table 1."""
    shown = {}
    for name, tags, signals in (("hlg", HLG, (0.38, 0.75, 1.0)), ("pq", PQ, (0.38, 0.58, 0.75))):
        for signal in signals:
            coloured(tmp_path / "a.mp4", (limited10(signal), 512, 512), **tags)
            shown[name, signal] = level(make(tmp_path, "a.mp4")[3])
    assert 95 < shown["hlg", 0.38] < 150
    assert 215 < shown["hlg", 0.75] < 240
    assert 250 < shown["hlg", 1.0] < 257
    assert 95 < shown["pq", 0.38] < 150
    assert 215 < shown["pq", 0.58] < 240
    assert 250 < shown["pq", 0.75] < 257


def test_the_curves_of_hdr_give_the_light_that_their_standards_state():
    """Points of ITU-R BT.2100: HLG of 50 % is a twelfth of the scene's light; PQ of 508/1000 is 100 nits."""
    grey50 = np.full((1, 3), 0.5)
    assert tones._hlg_nits(grey50)[0, 0] == pytest.approx(1000 * (1 / 12) ** 1.2, rel=1e-3)
    assert tones._pq_nits(np.full((1, 3), 0.5081))[0, 0] == pytest.approx(100, rel=0.005)
    assert tones._pq_nits(np.full((1, 3), 1.0))[0, 0] == pytest.approx(10_000, rel=1e-6)


def test_a_saturated_hdr_red_stays_red(tmp_path: Path):
    coloured(tmp_path / "a.mp4", (limited10(0.30), 430, 720), **HLG)
    make(tmp_path, "a.mp4")
    with av.open(str(tmp_path / "reel.mp4")) as reel:
        red, green, blue = next(reel.decode(video=0)).to_ndarray(format="rgb24")[100, 100].astype(int)
    assert red > 120 and red > 2 * green and red > 1.5 * blue


def test_a_picture_of_full_range_keeps_its_greys(tmp_path: Path):
    """A telephone's MJPEG and some of its H.264 use all of 0 to 255."""
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=30, width=192, height=192, pix_fmt="yuv420p", options={"qp": "0"})
        stream.codec_context.color_range = 2
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((288, 192), 128, np.uint8), format="yuv420p")
            frame.planes[0].update(np.full(frame.planes[0].buffer_size, 60, np.uint8).tobytes())
            frame.color_range, frame.pts, frame.time_base = 2, number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert level(make(tmp_path, "a.mp4")[3]) == pytest.approx(60, abs=2)


def cover_first(path: Path) -> None:
    """Moves the box that holds the cover before those of the streams, where some programs write it."""
    data = path.read_bytes()
    at = data.rindex(b"moov") - 4  # written last
    boxes, inside = [], at + 8
    while inside < len(data):
        size = int.from_bytes(data[inside : inside + 4], "big")
        boxes.append(data[inside : inside + size])
        inside += size
    boxes.sort(key=lambda box: box[4:8] != b"udta")
    path.write_bytes(data[: at + 8] + b"".join(boxes))


def test_a_cover_picture_that_stands_first_is_not_the_film(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(10, first=150, by=0))
    with (
        av.open(str(tmp_path / "a.mp4")) as film_only,
        av.open(str(tmp_path / "covered.mp4"), "w") as out,
    ):
        cover = out.add_stream("mjpeg", rate=1, width=64, height=64, pix_fmt="yuvj420p")
        cover.disposition = av.stream.Disposition.attached_pic
        moving = out.add_stream_from_template(film_only.streams.video[0])
        frame = av.VideoFrame.from_ndarray(grey(20, (64, 64)), format="rgb24").reformat(format="yuvj420p")
        frame.pts = 0
        out.mux(cover.encode(frame))
        out.mux(cover.encode(None))
        for packet in film_only.demux(video=0):
            if packet.dts is not None:
                packet.stream = moving
                out.mux(packet)
    cover_first(tmp_path / "covered.mp4")
    with av.open(str(tmp_path / "covered.mp4")) as made:
        assert made.streams.video[0].disposition & av.stream.Disposition.attached_pic
    assert level(make(tmp_path, "covered.mp4")[3]) == pytest.approx(150, abs=2.5)


def test_pixels_that_are_not_square_are_shown_as_they_are_meant(tmp_path: Path):
    """A square in the picture of 16:11 pixels is as wide as high in the reel."""
    picture = grey(40, (160, 120))
    picture[38:82, 64:96] = 220  # 32 pixels of 16:11 wide, 44 high: 46.5 by 44
    film(tmp_path / "a.mp4", [(i / 30, picture) for i in range(10)])
    with av.open(str(tmp_path / "a.mp4")) as source, av.open(str(tmp_path / "b.mp4"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.sample_aspect_ratio = Fraction(16, 11)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    bright = make(tmp_path, "b.mp4")[3] > 120
    across, down = bright.any(axis=0).sum(), bright.any(axis=1).sum()
    assert across / down == pytest.approx(32 * 16 / 11 / 44, rel=0.05)


ALL_WAYS = [(a, 0, 0, d) for a in (1, -1) for d in (1, -1)] + [(0, b, c, 0) for b in (1, -1) for c in (1, -1)]


@pytest.mark.parametrize("matrix", ALL_WAYS)
def test_a_picture_is_shown_turned_and_mirrored_as_its_matrix_says(matrix: tuple[int, int, int, int], tmp_path: Path):
    """The front cameras of some telephones mirror; where each stored pixel belongs is reckoned here by the matrix."""
    a, b, c, d = matrix
    rows, columns = np.mgrid[0:48, 0:64]
    stored = np.repeat((40 + columns // 16 * 50 + rows // 24 * 20)[..., None], 3, axis=2).astype(np.uint8)
    across, down = a * columns + c * rows, b * columns + d * rows
    wanted = np.zeros((int(np.ptp(down)) + 1, int(np.ptp(across)) + 1))
    wanted[down - down.min(), across - across.min()] = stored[..., 0]
    clip = sources.probe(displayed(film(tmp_path / "a.mp4", [(0, stored)]), *matrix))
    frames = sources.Frames(clip)
    for part in (Window(0, 0, wanted.shape[1], wanted.shape[0]), Window(4, 2, 18, 30)):
        shown = Fitter(clip, part, (part.width, part.height))(frames.at(0))[..., 0]
        there = wanted[part.y : part.y + part.height, part.x : part.x + part.width]
        assert np.abs(shown - there).max() <= 3
    frames.close()


def combed(picture: np.ndarray) -> float:
    """How much more each line differs from the next than from the one after, on average."""
    luma = picture.astype(int)
    return float(np.abs(luma[:-2] - luma[1:-1]).mean() - np.abs(luma[:-2] - luma[2:]).mean())


def interlaced(path: Path) -> Path:
    """25 pictures a second of two moments each, as camcorders film: a bar goes to the right by 4 pixels each moment."""
    with av.open(str(path), "w") as out:
        options = {"qp": "0", "preset": "ultrafast", "bf": "0", "x264-params": "bff=1"}
        stream = out.add_stream("libx264", rate=25, width=192, height=192, pix_fmt="yuv420p", options=options)
        for number in range(10):
            picture = np.full((288, 192), 128, np.uint8)
            picture[:192] = 40
            for field in (0, 1):
                at = 8 * number + 4 * (1 - field) + 60  # the encoder says that the lower lines came first
                picture[field:192:2, at : at + 16] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_what_a_camcorder_films_in_two_halves_is_shown_without_combs_each_picture_at_its_time(tmp_path: Path):
    clip = sources.probe(interlaced(tmp_path / "a.mkv"))
    with av.open(str(clip.path)) as held:
        assert combed(next(held.decode(video=0)).to_ndarray()[:192]) > 3, "as it is stored it has combs"
    frames = sources.Frames(clip)
    for number in (0, 1, 5, 9, 2):  # once back, too
        shown = frames.at(number / 25).to_ndarray()[:192]
        assert combed(shown) < 0.5
        bright = np.flatnonzero(shown[96] > 120)
        assert (bright[0], bright[-1]) == (pytest.approx(8 * number + 60, abs=2), pytest.approx(8 * number + 75, abs=2))
    assert sum(1 for _frame in frames.every()) == 10
    frames.close()


def damaged(path: Path, packets: tuple[int, ...]) -> sources.Frames:
    """A second that gets lighter from picture to picture, a key picture every ten, with these packets spoilt."""
    with av.open(str(path), "w") as out:
        options = {"g": "10", "bf": "0", "qp": "0", "preset": "ultrafast"}
        stream = out.add_stream("libx264", rate=30, width=64, height=64, pix_fmt="yuv420p", options=options)
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 20 + 3 * number, np.uint8), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open(str(path)) as held:
        places = [packet.pos for packet in held.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    for number in packets:
        data[places[number] : places[number] + 8] = bytes(8)
    path.write_bytes(data)
    return sources.Frames(sources.probe(path))


def test_a_broken_picture_lets_the_one_before_stand_until_the_next_that_is_made_from_no_other(tmp_path: Path):
    frames = damaged(tmp_path / "a.mp4", (13,))
    shown = [(int(frames.at(number / 30).to_ndarray()[32, 32]) - 20) // 3 for number in range(60)]
    assert shown == [*range(13), *[12] * 7, *range(20, 60)]
    assert sum(1 for _frame in frames.every()) >= 59
    frames.close()


def test_where_damage_lasts_longer_than_a_picture_may_stand_the_cut_is_refused_and_later_ones_are_not(tmp_path: Path):
    frames = damaged(tmp_path / "a.mp4", (3, 10, 20))
    assert (int(frames.at(0.5).to_ndarray()[32, 32]) - 20) // 3 == 2
    with pytest.raises(Refused, match=r"no picture that can be read at 0\.8 s"):
        frames.at(0.8)
    assert (int(frames.at(1.0).to_ndarray()[32, 32]) - 20) // 3 == 30
    frames.close()


def test_a_picture_is_found_where_the_index_leads_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    frames, opened = damaged(tmp_path / "a.mp4", ()), sources.Frames._opened
    monkeypatch.setattr(sources.Frames, "_opened", lambda self, at: opened(self, at + 0.7))
    assert (int(frames.at(1.1).to_ndarray()[32, 32]) - 20) // 3 == 33
    frames.close()


def test_a_transport_stream_of_reordered_pictures_is_read_from_its_beginning(tmp_path: Path):
    """It is sought by decoding time, and the only picture with which one can begin lies before the first time shown."""
    noise = np.random.default_rng(1)
    with av.open(str(tmp_path / "a.ts"), "w", format="mpegts") as out:
        options = {"bf": "2", "crf": "10", "preset": "ultrafast"}
        stream = out.add_stream("libx264", rate=30, width=64, height=64, pix_fmt="yuv420p", options=options)
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(noise.integers(0, 20, (96, 64)).astype(np.uint8), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    frames = sources.Frames(sources.probe(tmp_path / "a.ts"))
    wanted = (20, 30, 4, 0)
    assert [round(30 * frames.time(frames.at(number / 30))) for number in wanted] == list(wanted)
    frames.close()


def test_a_clip_is_looked_at_once_as_long_as_it_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    opened, opens = [], sources.open_clip
    monkeypatch.setattr(sources, "open_clip", lambda path, **more: opened.append(path) or opens(path, **more))
    path = film(tmp_path / "a.mp4", steps(3))
    assert sources.probe(path) == sources.probe(path) and len(opened) == 1
    film(tmp_path / "b.mp4", [(0, grey(20, (64, 64)))]).replace(path)
    assert sources.probe(path).turned == (64, 64)
    path.unlink()
    with pytest.raises(NotHere):
        sources.probe(path)
