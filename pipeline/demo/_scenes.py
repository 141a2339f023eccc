"""The places of the demo's clips, painted once: a camp in the dunes, a street of brick houses, a distribution."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pipeline.demo._people import Array, Colour, even_noise

Point = tuple[float, float]
Grain = tuple[float, float, float]

DAWN = (0.50, 0.57, 0.72)  # red, green and blue of the light before sunrise


def _rgb(*colour: float) -> Array:
    return np.array(colour, np.float32)


def _sky(width: int, height: int, top: Colour, low: Colour, seed: int) -> Array:
    """An overcast sky: `height` lines from one colour to the other, with torn cloud."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = _rgb(*top) * (1 - down) + _rgb(*low) * down
    cloud = even_noise((height, width), 150, 26, seed) + 0.5 * even_noise((height, width), 50, 12, seed + 1)
    return np.asarray(sky + (9 * np.clip(cloud, -1.2, 2.2))[..., None])


def _ground(width: int, height: int, far: Colour, near: Colour, seed: int, rough: float = 1.0) -> Array:
    """Bare ground seen from a standing height: coarser and rougher the nearer it is."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    grain = (1 - down) * even_noise((height, width), 9, 1.2, seed) + down * even_noise((height, width), 15, 5, seed + 1)
    grain += 0.7 * even_noise((height, width), 1.4, 1.0, seed + 2) + 0.9 * even_noise(
        (height, width), 130, 22, seed + 3
    )
    colour = _rgb(*far) * (1 - down[..., None]) + _rgb(*near) * down[..., None]
    return np.asarray(colour + (rough * 7.5 * grain)[..., None])


def _around(picture: Array, points: Iterable[Point]) -> tuple[slice, slice]:
    """The rows and columns of the picture that a shape touches."""
    places = np.array(list(points))
    (left, top), (right, foot) = np.floor(places.min(axis=0)) - 1, np.ceil(places.max(axis=0)) + 2
    height, width = picture.shape[:2]
    rows = slice(int(np.clip(top, 0, height)), int(np.clip(foot, 0, height)))
    return rows, slice(int(np.clip(left, 0, width)), int(np.clip(right, 0, width)))


def _fill(picture: Array, colour: Colour, *points: Point, light: float = 1.0, grain: Grain = (0, 1, 1)) -> None:
    """A shape in one colour; `grain` is the strength, width and height in pixels of its unevenness."""
    import cv2

    rows, columns = _around(picture, points)
    part = picture[rows, columns]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    corners = ((np.array(points) - (columns.start, rows.start)) * 16).round().astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, shift=4)
    share = mask.astype(np.float32)[..., None] / 255
    lit = np.full((*part.shape[:2], 1), light, np.float32)
    if grain[0]:
        lit *= (1 + grain[0] * even_noise(part.shape, grain[1], grain[2], len(points)))[..., None]
    part[:] = part * (1 - share) + _rgb(*colour) * lit * share


def _line(picture: Array, colour: Colour, start: Point, end: Point, thick: float = 1.5) -> None:
    along = np.subtract(end, start)
    across = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along))) * thick / 2
    corners = [np.add(start, across), np.add(end, across), np.subtract(end, across), np.subtract(start, across)]
    _fill(picture, colour, *((float(x), float(y)) for x, y in corners))


def _shadow(picture: Array, middle: Point, wide: float, high: float, depth: float = 0.45) -> None:
    x, y = middle
    rows, columns = _around(picture, ((x - 2 * wide, y - 2 * high), (x + 2 * wide, y + 2 * high)))
    down, across = np.mgrid[rows, columns].astype(np.float32)
    far = ((across - x) / wide) ** 2 + ((down - y) / high) ** 2
    picture[rows, columns] *= (1 - depth * np.exp(-far * 1.4))[..., None]


def _tent(picture: Array, foot: Point, wide: float, high: float, colour: Colour) -> None:
    """A dome tent seen from the front, its middle foot at `foot`; the right side lies in shade."""
    x, y = foot
    _shadow(picture, (x + wide * 0.08, y), wide * 0.72, high * 0.17)
    bend = np.linspace(0, np.pi, 40)
    dome = [(x - wide / 2 * np.cos(a), y - high * np.sin(a) ** 0.85) for a in bend]
    folds = (0.05, wide * 0.02, high * 0.13)
    _fill(picture, colour, *dome, grain=folds)
    crest = (x + wide * 0.10, y - high * 0.995)
    side = [crest, *((px, py) for px, py in dome if px > crest[0]), (x + wide * 0.24, y)]
    _fill(picture, colour, *side, light=0.66, grain=folds)
    left = [(px, py) for px, py in dome if px < x - wide * 0.28]
    _fill(picture, colour, *left, (x - wide * 0.30, y), light=0.84, grain=folds)
    _fill(picture, (30, 30, 33), (x - wide * 0.17, y), (x - wide * 0.05, y - high * 0.70), (x + wide * 0.11, y))
    _fill(picture, colour, (x - wide * 0.17, y), (x - wide * 0.05, y - high * 0.70), (x - wide * 0.02, y), light=0.78)
    for way in (-1, 1):
        _line(picture, (188, 186, 178), (x + way * wide * 0.36, y - high * 0.55), (x + way * wide * 0.68, y + 3), 1.3)


def _bare_trees(picture: Array, base: float, seed: int, colour: Colour) -> None:
    """A line of winter scrub along the horizon."""
    width = picture.shape[1]
    rise = 30 + 16 * even_noise((1, width), 60, 1, seed)[0] + 9 * even_noise((1, width), 7, 1, seed + 1)[0]
    rise += 4 * even_noise((1, width), 1.2, 1, seed + 2)[0]
    crown = [(float(x), base - max(6.0, float(rise[x]))) for x in range(0, width, 2)]
    _fill(picture, colour, (0, base + 3), *crown, (width, base + 3), grain=(0.14, 3, 6))


def camp(width: int, height: int) -> Array:
    """Tents between dunes and a motorway bank, before the sun is up: RGB, uint8."""
    horizon = int(height * 0.44)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = _sky(width, horizon, (128, 142, 160), (206, 196, 186), 21) + _glow(horizon)
    picture[horizon:] = _ground(width, height - horizon, (124, 122, 96), (92, 84, 66), 31)
    _fill(
        picture,
        (126, 132, 132),
        (width * 0.60, horizon),
        (width * 0.60, horizon - 60),
        (width * 0.92, horizon - 66),
        (width * 0.92, horizon),
    )
    for mast in range(12):
        x = width * (0.02 + 0.085 * mast)
        _line(picture, (104, 108, 110), (x, horizon - 12), (x, horizon - 92), 2.2)
    for wire in (0, 1):
        _line(picture, (116, 120, 122), (0, horizon - 70 + 26 * wire), (width, horizon - 78 + 26 * wire), 1.4)
    _bare_trees(picture, horizon + 4, 41, (74, 78, 62))
    tents = (
        (0.10, 0.56, 150, 84, (72, 96, 120)),
        (0.30, 0.53, 118, 66, (92, 108, 82)),
        (0.46, 0.57, 156, 88, (172, 108, 58)),
        (0.72, 0.54, 128, 70, (104, 100, 112)),
        (0.90, 0.60, 190, 106, (64, 104, 104)),
    )
    for x, y, wide, high, colour in tents:
        _tent(picture, (width * x, height * y), wide, high, colour)
    _washing(picture, (width * 0.53, height * 0.40), (width * 0.68, height * 0.41))
    _puddle(picture, (width * 0.60, height * 0.80), 190, 22)
    _puddle(picture, (width * 0.18, height * 0.90), 150, 20)
    return (picture * _rgb(*DAWN)).clip(0, 255).astype(np.uint8)


def _glow(height: int) -> Array:
    """What the sun below the horizon adds to a sky of `height` lines, to be seen in the light of dawn."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    return np.asarray(_rgb(250, 96, -50) * down**3)


def _washing(picture: Array, start: Point, end: Point) -> None:
    for x, y in (start, end):
        _line(picture, (86, 76, 62), (x, y - 6), (x, y + 110), 4)
    _line(picture, (180, 178, 170), start, end, 1.5)
    cloths = ((0.08, (150, 70, 62)), (0.27, (206, 202, 192)), (0.48, (70, 88, 116)), (0.70, (188, 166, 92)))
    for share, colour in cloths:
        x, y = start[0] + share * (end[0] - start[0]), start[1] + 1
        _fill(picture, colour, (x, y), (x + 34, y), (x + 32, y + 52), (x + 3, y + 55), light=0.92, grain=(0.10, 4, 20))


def _puddle(picture: Array, middle: Point, wide: float, high: float) -> None:
    x, y = middle
    rows, columns = _around(picture, ((x - 2 * wide, y - 2 * high), (x + 2 * wide, y + 2 * high)))
    down, across = np.mgrid[rows, columns].astype(np.float32)
    far = np.hypot((across - x) / wide, (down - y) / high)
    wet = 0.75 / (1 + np.exp((far - 1 + 0.22 * even_noise(far.shape, 26, 5, 71)) * 14))[..., None]
    picture[rows, columns] = picture[rows, columns] * (1 - wet) + _rgb(170, 176, 180) * wet


def _facade(width: int, height: int, brick: Colour, seed: int) -> Array:
    """A terrace of two-storey brick houses seen flat."""
    import cv2

    wall = (
        _rgb(*brick)
        + (9 * even_noise((height, width), 2.2, 1.0, seed) + 6 * even_noise((height, width), 60, 40, seed))[..., None]
    )
    for y in range(0, height, 9):
        wall[y : y + 1] *= 0.86
    house = 190
    for x in range(0, width, house):
        for up in (0.16, 0.55):
            for place in (0.14, 0.58):
                left, top = int(x + house * place), int(height * up)
                cv2.rectangle(wall, (left - 4, top - 8), (left + 58, top + 92), (206, 200, 190), -1)
                cv2.rectangle(wall, (left, top), (left + 54, top + 84), (62, 70, 78), -1)
                cv2.rectangle(wall, (left, top), (left + 54, top + 26), (112, 122, 130), -1)
                cv2.line(wall, (left + 27, top), (left + 27, top + 84), (210, 206, 198), 3)
        door = int(x + house * 0.60)
        cv2.rectangle(wall, (door - 4, int(height * 0.60)), (door + 52, height), (196, 190, 180), -1)
        cv2.rectangle(wall, (door, int(height * 0.62)), (door + 48, height), (52 + seed * 9 % 60, 66, 60), -1)
        cv2.line(wall, (x, 0), (x, height), (120, 112, 104), 4)
    return np.asarray(wall)


def street(width: int, height: int) -> Array:
    """A street of brick houses in the north, held upright like a phone: RGB, uint8."""
    import cv2

    horizon = int(height * 0.40)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = _sky(width, horizon, (166, 174, 182), (216, 214, 208), 51)
    picture[horizon:] = _ground(width, height - horizon, (128, 128, 126), (92, 92, 92), 61, 0.7)
    away = width * 0.52
    _fill(picture, (142, 136, 126), (0, horizon), (width, horizon), (width, horizon - 46), (0, horizon - 60))
    _fill(
        picture, (168, 160, 150), (away - 4, horizon), (0, height * 0.74), (0, height * 0.88), (away - 2, horizon + 3)
    )
    _fill(
        picture,
        (160, 152, 144),
        (away + 4, horizon),
        (width, height * 0.74),
        (width, height * 0.88),
        (away + 2, horizon + 3),
    )
    corners = np.array([[0, 0], [1140, 0], [1140, 420], [0, 420]], np.float32)
    left = [[-60, -330], [away - 34, horizon - 66], [away - 34, horizon + 4], [-60, height * 0.80]]
    right = [[width + 60, -330], [away + 40, horizon - 66], [away + 40, horizon + 4], [width + 60, height * 0.80]]
    for seed, (brick, target) in enumerate((((150, 92, 74), left), ((134, 82, 70), right))):
        turn = cv2.getPerspectiveTransform(corners, np.array(target, np.float32))
        wall = cv2.warpPerspective(_facade(1140, 420, brick, seed + 3), turn, (width, height), flags=cv2.INTER_AREA)
        there = cv2.warpPerspective(np.ones((420, 1140), np.float32), turn, (width, height))[..., None]
        picture = picture * (1 - there) + wall * (0.78 + 0.2 * seed) * there
    for start, end in ((0.47, 0.53), (0.60, 0.69), (0.80, 0.95)):
        drift = away + (np.array([start, end]) * height - horizon) * 0.02
        wide = (np.array([start, end]) * height - horizon) * 0.018
        _fill(
            picture,
            (204, 202, 194),
            (drift[0] - wide[0], height * start),
            (drift[0] + wide[0], height * start),
            (drift[1] + wide[1], height * end),
            (drift[1] - wide[1], height * end),
        )
    return picture.clip(0, 255).astype(np.uint8)


def distribution(width: int, height: int) -> Array:
    """A yard where food is given out from a van: RGB, uint8."""
    horizon = int(height * 0.42)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = _sky(width, horizon, (128, 140, 154), (188, 190, 190), 81)
    picture[horizon:] = _ground(width, height - horizon, (132, 126, 114), (108, 102, 92), 91, 0.9)
    _bare_trees(picture, horizon, 95, (66, 72, 60))
    for x in range(0, width, 62):
        _line(picture, (120, 124, 126), (x, horizon + 16), (x, horizon - 96), 3)
    for up in range(0, 96, 8):
        _line(picture, (136, 140, 142), (0, horizon - up), (width, horizon - up), 0.8)
    _van(picture, (width * 0.045, height * 0.66))
    _table(picture, (width * 0.42, height * 0.62))
    return picture.clip(0, 255).astype(np.uint8)


def _van(picture: Array, corner: Point) -> None:
    """A white van from its side, its rear wheel's foot near `corner`."""
    x, y = corner
    _shadow(picture, (x + 230, y + 6), 300, 26, 0.6)
    body = (
        (x, y - 12),
        (x, y - 262),
        (x + 24, y - 280),
        (x + 356, y - 280),
        (x + 452, y - 166),
        (x + 476, y - 140),
        (x + 480, y - 12),
    )
    _fill(picture, (214, 216, 214), *body, light=0.95, grain=(0.03, 40, 50))
    _fill(
        picture,
        (176, 180, 180),
        (x, y - 12),
        (x, y - 74),
        (x + 480, y - 74),
        (x + 480, y - 12),
        light=0.95,
        grain=(0.03, 40, 12),
    )
    _fill(picture, (46, 56, 64), (x + 300, y - 262), (x + 346, y - 262), (x + 430, y - 164), (x + 300, y - 164))
    _fill(picture, (40, 38, 36), (x + 84, y - 246), (x + 262, y - 246), (x + 262, y - 30), (x + 84, y - 30))
    for shelf in range(3):
        _line(picture, (92, 84, 72), (x + 90, y - 196 + 56 * shelf), (x + 256, y - 196 + 56 * shelf), 5)
        for crate in range(3):
            left, foot = x + 96 + 54 * crate, y - 199 + 56 * shelf
            _fill(
                picture,
                (150 - 20 * crate, 112, 70),
                (left, foot),
                (left, foot - 34),
                (left + 46, foot - 34),
                (left + 46, foot),
            )
    for wheel in (86, 384):
        round_ = [(x + wheel + 38 * np.cos(a), y - 14 + 38 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40)]
        hub = [(x + wheel + 19 * np.cos(a), y - 14 + 19 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 30)]
        _fill(picture, (34, 34, 36), *round_)
        _fill(picture, (150, 154, 156), *hub)


def _table(picture: Array, corner: Point) -> None:
    x, y = corner
    _shadow(picture, (x + 120, y + 96), 170, 18, 0.5)
    for leg in (14, 226):
        _line(picture, (80, 78, 76), (x + leg, y), (x + leg, y + 92), 6)
    for crate, colour in enumerate(((70, 104, 74), (158, 116, 66), (72, 90, 122))):
        left = x + 12 + 76 * crate
        _fill(picture, colour, (left, y), (left, y - 44), (left + 66, y - 44), (left + 66, y))
        _fill(picture, colour, (left, y), (left, y - 10), (left + 66, y - 10), (left + 66, y), light=0.7)
    _fill(picture, (196, 190, 178), (x, y), (x + 240, y), (x + 240, y + 11), (x, y + 11))
