"""The same edit by others: one hand-written ffmpeg graph, the ordinary MoviePy script, and the encoder alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from reelbench.edit import CLIPS, FRAMES, SECONDS, SIZE, faces

FFMPEG = [get_ffmpeg_exe(), "-y", "-v", "error"]
ENCODED = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-g", "60", "-pix_fmt",
           "yuv420p", "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]  # fmt: skip
WRITTEN = ["-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-map_metadata", "-1", "-movflags", "+faststart"]
SHEETS, MASKS, CARD = "sheets.json", "masks.mkv", "end.png"
START = 0.5  # seconds of each clip, as in the cut list


def draw(cut_list: Path, folder: Path) -> None:
    """Writes the words as pictures with alpha, so that all lay the same ones; the card and the masks too."""
    from pipeline import reels
    from pipeline.reels.lettering import draw as lettered

    words = lettered(reels.load(cut_list), SIZE, "rgb24")
    sheets = []
    for number, overlay in enumerate(words.overlays):
        alpha = 255 - overlay.layers[0].through
        colour = overlay.layers[0].colour * 255 / np.maximum(alpha, 1)
        path = folder / f"words-{number}.png"
        Image.fromarray(np.concatenate([colour.clip(0, 255), alpha], axis=2).astype(np.uint8)).save(path)
        sheets.append([str(path), overlay.x, overlay.y, overlay.first / 30, overlay.last / 30])
    (folder / SHEETS).write_text(json.dumps(sheets))
    Image.fromarray(words.end).save(folder / CARD)
    _masks(cut_list, folder / MASKS)


def _masks(cut_list: Path, out: Path) -> None:
    """A film of the masks' shapes in all three planes, lossless: what a person with ffmpeg has from another tool."""
    from pipeline import reels
    from pipeline.protection.tracks import boxes_at
    from pipeline.reels.framing import path
    from pipeline.reels.masks import _oval
    from pipeline.reels.panning import Pan
    from pipeline.reels.planes import planes
    from pipeline.reels.sources import probe

    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1080x1920", "-r", "30", "-i", "-"]
    command = [*FFMPEG, *raw, "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writer:
        assert writer.stdin
        for cut in reels.load(cut_list).cuts:
            clip = probe(cut.clip)
            part = Pan(path(cut, clip.turned, SIZE), clip.turned, SIZE).part
            for index in range(FRAMES):
                picture = np.zeros((SIZE[1] * 3 // 2, SIZE[0]), np.uint8)
                for box in boxes_at(faces(), cut.start + index / 30):
                    for halved, plane in enumerate(planes(picture, "yuv420p")):
                        _oval(box, clip.turned, part, SIZE).paint(plane, (255,), 2 if halved else 1, (0, 0))
                writer.stdin.write(picture.tobytes())
        writer.stdin.close()


def graph(folder: Path, out: Path, *, masks: bool) -> list[str]:
    """The command of one ffmpeg that makes the edit in one pass; ffmpeg itself turns the picture that lies."""
    inputs, chains, count = [], [], len(CLIPS)
    for number, made in enumerate(CLIPS):
        inputs += ["-ss", str(START), "-t", str(SECONDS), "-i", str(folder / made.name)]
        chains.append(f"[{number}:v]fps=30,crop='2*trunc(min(iw,ih*9/16)/2)':ih,scale=1080:1920:flags=bicubic,"
                      f"setsar=1,format=yuv420p[v{number}]")  # fmt: skip
    inputs += ["-loop", "1", "-framerate", "30", "-t", str(SECONDS), "-i", str(folder / CARD)]
    chains.append(f"[{count}:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1[card]")
    chains.append("".join(f"[v{n}]" for n in range(count)) + f"concat=n={count}:v=1:a=0[cuts]")
    last, used = "cuts", count + 1
    if masks:
        inputs, used = [*inputs, "-i", str(folder / MASKS)], used + 1
        chains.append("color=0x5A6068:s=1080x1920:r=30,format=yuv420p[slate]")
        chains.append(f"[cuts][slate][{used - 1}:v]maskedmerge[masked]")
        last = "masked"
    chains.append(f"[{last}][card]concat=n=2:v=1:a=0[p0]")
    for number, (path, x, y, first, until) in enumerate(json.loads((folder / SHEETS).read_text())):
        inputs += ["-i", path]
        chains.append(f"[p{number}][{used + number}:v]overlay={x}:{y}:enable='gte(t,{first:.4f})*lt(t,{until:.4f})'"
                      f"[p{number + 1}]")  # fmt: skip
    end = sum("overlay" in chain for chain in chains)
    chains.append("".join(f"[{n}:a]" for n in range(count)) + f"concat=n={count}:v=0:a=1,loudnorm=I=-14:TP=-1,apad[a]")
    mapped = ["-map", f"[p{end}]", "-map", "[a]", "-t", str(SECONDS * (count + 1))]
    return [*FFMPEG, *inputs, "-filter_complex", ";".join(chains), *mapped, *ENCODED, *WRITTEN, str(out)]


def moviepy(folder: Path, out: Path) -> list[str]:
    """The command of the script that MoviePy's own documentation leads to."""
    return [sys.executable, "-m", "reelbench.peers", "moviepy", str(folder), str(out)]


def _moviepy(folder: Path, out: Path) -> None:
    from moviepy import CompositeVideoClip, ImageClip, VideoFileClip, concatenate_videoclips

    cuts = []
    for made in CLIPS:
        clip = VideoFileClip(str(folder / made.name)).subclipped(START, START + SECONDS).resized(height=SIZE[1])
        cuts.append(clip.cropped(x_center=clip.w / 2, width=SIZE[0]))
    cuts.append(ImageClip(str(folder / CARD), duration=SECONDS))
    words = [
        ImageClip(path).with_position((x, y)).with_start(first).with_duration(until - first)
        for path, x, y, first, until in json.loads((folder / SHEETS).read_text())
    ]
    whole = CompositeVideoClip([concatenate_videoclips(cuts, method="compose"), *words])
    told = ["-crf", "20", "-profile:v", "high", "-g", "60"]
    whole.write_videofile(str(out), fps=30, codec="libx264", preset="veryfast", audio_codec="aac", audio_bitrate="160k",
                          temp_audiofile_path=str(folder),
                          ffmpeg_params=told, logger=None)  # fmt: skip


def alone(folder: Path, out: Path) -> list[str]:
    """The command that encodes the finished frames and nothing else, with our settings."""
    return [sys.executable, "-m", "reelbench.peers", "alone", str(folder), str(out)]


def frames(film: Path, folder: Path) -> None:
    """Writes the frames of a finished reel as they were before they were encoded, for `alone`."""
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", str(folder / "frames.yuv")]
    subprocess.run([*FFMPEG, "-i", str(film), *raw], check=True)


def _alone(folder: Path, out: Path) -> None:
    from pipeline.reels.encoding import PictureWriter

    held = np.memmap(folder / "frames.yuv", np.uint8, "r").reshape(-1, SIZE[1] * 3 // 2, SIZE[0])
    with PictureWriter(out, SIZE) as writer:
        for picture in held:
            writer.add(picture)


if __name__ == "__main__":
    {"moviepy": _moviepy, "alone": _alone}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
