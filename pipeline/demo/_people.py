"""People drawn for the demo's clips: heads modelled as lit height fields, so that a face detector finds them.

Nobody real stands behind them, so the rehearsal can show what masking does without showing anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, Any]
Colour = tuple[int, int, int]  # RGB

_LIGHT = np.array([-0.45, -0.55, 0.75]) / np.linalg.norm([0.45, 0.55, 0.75])
_EYE = 0.29  # from the middle of the face, in half heads


@dataclass(frozen=True)
class Look:
    """How one person looks; `turn` is where the head points, -1 (left) to 1 (right)."""

    skin: Colour
    hair: Colour
    style: Literal["short", "long", "scarf", "cap"]
    coat: Colour
    trousers: Colour
    cloth: Colour = (60, 76, 96)
    turn: float = 0.0
    beard: float = 0.0


def _bump(x: Array, y: Array, at: tuple[float, float], wide: float, high: float) -> Array:
    found: Array = np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)
    return found


def _soft(inside: Array, edge: float) -> Array:
    """1 where `inside` is below 0, 0 where it is above, with a soft edge."""
    found: Array = 1 / (1 + np.exp(np.clip(inside / edge, -40, 40)))
    return found


def even_noise(shape: tuple[int, ...], across: float, down: float, seed: int) -> Array:
    """Soft noise of mean 0 and deviation 1, its grains so many pixels wide and high."""
    import cv2

    # Coarse grains are made small and enlarged: a wide blur of a large picture costs seconds.
    small = max(1.0, across / 4), max(1.0, down / 4)
    height, width = max(8, round(shape[0] / small[1])), max(8, round(shape[1] / small[0]))
    raw = np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), sigmaX=across / small[0], sigmaY=down / small[1])
    soft = cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    found: Array = (soft - soft.mean()) / soft.std()
    return found


class _Head:
    """A head being painted: `x`, `y` in half heads from its middle, `f` moved with the turn of the face."""

    def __init__(self, look: Look, size: int) -> None:
        self.look, self.size = look, size
        rows, columns = np.mgrid[0 : int(size * 1.5), 0 : int(size * 1.25)].astype(np.float32)
        self.x = (columns - columns.shape[1] / 2) / (size / 2)
        self.y = (rows - rows.shape[0] / 2) / (size / 2)
        self.f = self.x - look.turn * 0.22
        self.skin, self.hair = np.array(look.skin, np.float32), np.array(look.hair, np.float32)
        self.paint: Array = np.ones((*self.x.shape, 3), np.float32) * self.skin

    def mix(self, share: Array, colour: Array | Colour) -> None:
        part = share[..., None].clip(0, 1)
        self.paint = self.paint * (1 - part) + np.asarray(colour, np.float32) * part

    def oval(self) -> Array:
        """How far from the middle of the face, 1 at its edge; narrower towards the chin."""
        narrow = np.where(self.y > 0.1, 1 - 0.30 * ((self.y - 0.1) / 0.95).clip(0, 1) ** 1.8, 1)
        found: Array = (self.x / (0.74 * narrow)) ** 2 + self.y**2
        return found

    def height(self) -> Array:
        """The face as a landscape: what stands out is lit from the left and above."""
        f, y, turn = self.f, self.y, self.look.turn
        found = 0.85 * np.sqrt((1 - self.oval()).clip(0, 1) + 1e-3)
        found += 0.24 * _bump(f, y, (turn * 0.06, 0.20), 0.10, 0.15) + 0.13 * _bump(
            f, y, (turn * 0.03, 0.0), 0.075, 0.25
        )
        for side in (-1, 1):
            found += 0.05 * _bump(f, y, (side * 0.10, 0.25), 0.07, 0.06)
            found -= 0.11 * _bump(f, y, (side * _EYE, -0.06), 0.17, 0.11)
            found += 0.05 * _bump(f, y, (side * _EYE, -0.06), 0.11, 0.075)
            found += 0.06 * _bump(f, y, (side * _EYE, -0.24), 0.24, 0.06)
            found += 0.07 * _bump(f, y, (side * 0.40, 0.22), 0.20, 0.18)
        found += 0.06 * _bump(f, y, (0, 0.51), 0.2, 0.035) + 0.065 * _bump(f, y, (0, 0.60), 0.17, 0.045)
        found -= 0.05 * _bump(f, y, (0, 0.555), 0.24, 0.02) + 0.05 * _bump(f, y, (0, 0.71), 0.22, 0.05)
        found += 0.10 * _bump(f, y, (0, 0.86), 0.2, 0.13) - 0.03 * _bump(f, y, (0, 0.40), 0.04, 0.06)
        return np.asarray(found)

    def eyes(self) -> None:
        for side in (-1, 1):
            x, y = self.f - side * _EYE, self.y + 0.06
            eye = _soft((x / 0.155) ** 2 + (y / 0.068) ** 2 - 1, 0.12)
            pupil = np.sqrt((x - self.look.turn * 0.03) ** 2 + y**2)
            self.mix(eye, (228, 222, 216))
            self.mix(_soft(pupil - 0.066, 0.008) * eye, (62, 40, 26))
            self.mix(_soft(pupil - 0.032, 0.006) * eye, (12, 9, 8))
            lid = y + 0.074 + 0.068 * (np.sqrt((1 - (x / 0.165) ** 2).clip(0, 1)) - 1)
            self.mix(0.95 * _soft(np.abs(lid) - 0.018, 0.008) * (np.abs(x) < 0.17), (24, 16, 14))
            arch = self.y + 0.245 + 0.05 * np.cos(x * 7) + 0.036 * side * x
            taper = 1 - 0.5 * (side * x / 0.22).clip(-1, 1)
            self.mix(0.9 * _soft(np.abs(arch) - 0.03 * taper, 0.012) * _soft(np.abs(x) - 0.2, 0.02), self.hair * 0.9)

    def mouth_and_nose(self) -> None:
        f, y = self.f, self.y
        for side in (-1, 1):
            self.mix(0.35 * _bump(f, y, (side * 0.4, 0.26), 0.2, 0.16), self.skin * (1.0, 0.82, 0.78))
            self.mix(0.30 * _bump(f, y, (side * _EYE, 0.04), 0.17, 0.05), self.skin * 0.6)
            self.mix(0.75 * _bump(f, y, (side * 0.075, 0.295), 0.04, 0.022), self.skin * 0.22)
        lip = self.skin * (0.86, 0.62, 0.60)
        self.mix(0.8 * _soft((f / 0.235) ** 2 + ((y - 0.525) / 0.048) ** 2 - 1, 0.2), lip * 0.85)
        self.mix(0.8 * _soft((f / 0.21) ** 2 + ((y - 0.600) / 0.06) ** 2 - 1, 0.2), lip)
        line = np.abs(y - 0.555 - 0.02 * np.cos(f * 8)) - 0.011
        self.mix(0.9 * _soft(line, 0.008) * _soft(np.abs(f) - 0.225, 0.02), self.skin * 0.25)

    def whiskers(self, grain: Array) -> None:
        below = _soft(0.42 - self.y + 0.25 * (1 - (np.abs(self.f) / 0.6) ** 2).clip(0, 1), 0.06)
        lips = _soft((self.f / 0.25) ** 2 + ((self.y - 0.56) / 0.09) ** 2 - 1, 0.25)
        self.mix(self.look.beard * below * (1 - lips) * (1 + 0.12 * grain), self.hair * 1.15)

    def covering(self) -> tuple[Array, Array]:
        """Where hair, cap or scarf lies, and its colour."""
        x, y, f = self.x, self.y, self.f
        shine = 0.5 * _bump(x, y, (-0.3, -0.85), 0.4, 0.3)
        if self.look.style in ("short", "cap"):
            skull = _soft(np.sqrt((x / 0.76) ** 2 + ((y + 0.13) / 0.98) ** 2) - 1, 0.02)
            if self.look.style == "cap":
                return skull * _soft(y + 0.50 - 0.06 * np.cos(f * 3), 0.015), self._tinted(
                    0.85 + shine + 0.09 * np.sin(x * 38)
                )
            hairline = _soft(y + 0.57 - 0.10 * np.cos(f * 3.0), 0.03)
            sides = _soft(0.60 - np.abs(x) - 0.25 * (y + 0.5).clip(-1, 0), 0.02) * _soft(y + 0.10, 0.05)
            return skull * np.maximum(hairline, sides), self.hair * (1 + shine)[..., None]
        outer = _soft(np.sqrt((x / 0.92) ** 2 + ((y + 0.03) / 1.12) ** 2) - 1, 0.02)
        if self.look.style == "long":
            outer = np.maximum(outer, _soft(np.abs(x) - 0.9, 0.02) * _soft(-y, 0.02) * _soft(y - 1.2, 0.03))
            parting = -0.60 + 0.40 * (np.abs(f) / 0.7) ** 2.2
            hanging = _soft(0.63 - np.abs(x) + 0.06 * y, 0.03)
            return outer * np.maximum(_soft(y - parting, 0.03), hanging), self.hair * (1 + shine)[..., None]
        outer = np.maximum(outer, _soft(np.abs(x) - 0.84 - 0.1 * y, 0.03) * _soft(0.2 - y, 0.03))
        face = _soft(np.sqrt((x / 0.70) ** 2 + ((y - 0.04) / 0.98) ** 2) - 1, 0.02)
        return outer * (1 - face), self._tinted(0.75 + shine + 0.10 * np.sin(x * 9 + y * 5))

    def _tinted(self, light: Array) -> Array:
        found: Array = np.array(self.look.cloth, np.float32) * light[..., None]
        return found


def head(look: Look, size: int) -> Array:
    """A head `size` pixels high from chin to crown: RGBA, uint8, 1.5 by 1.25 sizes."""
    import cv2

    made = _Head(look, size)
    rise = made.height()
    down, across = np.gradient(rise * size / 2)
    lit = (_LIGHT[2] - across * _LIGHT[0] - down * _LIGHT[1]) / np.sqrt(across**2 + down**2 + 1)
    lit = cv2.GaussianBlur(lit.clip(0, 1).astype(np.float32), (0, 0), max(0.3, size * 0.008))
    made.eyes()
    made.mouth_and_nose()
    grain = np.random.default_rng(7).normal(0, 1, made.x.shape).astype(np.float32)
    if look.beard:
        made.whiskers(grain)
    shaded = made.paint * (0.42 + 0.68 * lit)[..., None] + 40 * lit[..., None] ** 18
    cover, colour = made.covering()
    strands = even_noise(made.x.shape, max(0.5, size / 200), size * 0.04, seed=5)
    rough = 0.22 if look.style in ("short", "long") else 0.05
    colour = colour * (1 + rough * strands)[..., None]
    shaded = shaded * (1 - cover[..., None]) + colour * cover[..., None]
    alpha = np.maximum(_soft(np.sqrt(made.oval()) - 1, 2 / size), cover)
    return np.dstack([shaded.clip(0, 255), alpha * 255]).astype(np.uint8)


class _Body:
    """A figure being built from shapes; places in heads, from the middle of the top edge."""

    def __init__(self, size: int, tall: float) -> None:
        self.size = size
        self.image = np.zeros((int(tall * size), int(3.2 * size), 4), np.float32)
        self.folds = even_noise(self.image.shape[:2], size * 0.13, size * 0.06, seed=11) * size * 0.016

    def at(self, *points: tuple[float, float]) -> Array:
        places = [((x + 1.6) * self.size * 16, y * self.size * 16) for x, y in points]
        return np.array(places).round().astype(np.int32)

    def shape(self, outline: Array, colour: Colour) -> None:
        import cv2

        area = self._around(outline, 0)
        mask = np.zeros(self.image[area].shape[:2], np.uint8)
        cv2.fillPoly(mask, [outline - self._corner(area)], 255, cv2.LINE_AA, shift=4)
        self._lay(area, mask, colour)

    def limb(self, line: Array, thick: float, colour: Colour) -> None:
        import cv2

        width = max(1, round(thick * self.size))
        area = self._around(line, width)
        mask = np.zeros(self.image[area].shape[:2], np.uint8)
        cv2.polylines(mask, [line - self._corner(area)], False, 255, width, cv2.LINE_AA, shift=4)
        self._lay(area, mask, colour)

    def shade_ground(self, foot: float) -> None:
        """The shadow in which a person stands, soft on an overcast day."""
        rows, columns = np.ogrid[: self.image.shape[0], : self.image.shape[1]]
        far = ((columns / self.size - 1.6) / 0.95) ** 2 + ((rows / self.size - foot) / 0.16) ** 2
        self.image[..., 3] = 150 * np.exp(-2.2 * far)

    def _around(self, points: Array, width: int) -> tuple[slice, slice]:
        edge = width + round(self.size * 0.45)  # the swelling is blurred: it needs room
        left, top = points.min(axis=0) // 16 - edge
        right, foot = points.max(axis=0) // 16 + edge
        return slice(max(0, int(top)), int(foot)), slice(max(0, int(left)), int(right))

    def _corner(self, area: tuple[slice, slice]) -> Array:
        return np.array((area[1].start * 16, area[0].start * 16), np.int32)

    def _lay(self, area: tuple[slice, slice], mask: Array, colour: Colour) -> None:
        """A shape in cloth: its own blurred outline is taken for its swelling, and lit."""
        import cv2

        part, target = mask.astype(np.float32) / 255, self.image[area]
        swell = cv2.GaussianBlur(part, (0, 0), self.size * 0.13) * 1.1 * self.size + self.folds[area]
        across = cv2.Sobel(swell, -1, 1, 0, scale=1 / 8)
        down = cv2.Sobel(swell, -1, 0, 1, scale=1 / 8)
        lit = (_LIGHT[2] - across * _LIGHT[0] - down * _LIGHT[1]) / np.sqrt(across**2 + down**2 + 1)
        cloth = np.array(colour, np.float32) * (0.40 + 0.72 * lit.clip(0, 1))[..., None]
        target[..., :3] = target[..., :3] * (1 - part[..., None]) + cloth * part[..., None]
        target[..., 3] = np.maximum(target[..., 3], part * 255)

    def put(self, picture: Array, middle: float, top: float) -> None:
        x, y = int((middle + 1.6) * self.size - picture.shape[1] / 2), int(top * self.size)
        part = self.image[y : y + picture.shape[0], x : x + picture.shape[1]]
        alpha = picture[..., 3:] / np.float32(255)
        part[..., :3] = part[..., :3] * (1 - alpha) + picture[..., :3] * alpha
        part[..., 3:] = np.maximum(part[..., 3:], alpha * 255)


def person(look: Look, size: int, *, step: float = 0.0, whole: bool = True) -> Array:
    """A person whose head is `size` pixels high: RGBA, uint8. `step` (-1 to 1) swings arms and legs.

    Not `whole`: down to the waist, for somebody who stands near.
    """
    body = _Body(size, 7.6 if whole else 4.0)
    if whole:
        body.shade_ground(7.34)
        for side in (-1, 1):
            foot = 7.25 + 0.14 * side * step
            body.limb(body.at((side * 0.30, 3.8), (side * 0.33, 5.4), (side * 0.30, foot - 0.2)), 0.52, look.trousers)
            body.limb(body.at((side * 0.30, foot - 0.04), (side * 0.36, foot)), 0.34, (44, 40, 38))
    for side in (-1, 1):
        hand = (side * 0.92, 3.75 - 0.16 * side * step)
        body.limb(body.at((side * 0.80, 3.5), hand), 0.24, look.skin)
        body.limb(
            body.at((side * 0.70, 1.72), (side * 0.96, 2.7), (side * 0.88, 3.55 - 0.12 * side * step)), 0.44, look.coat
        )
    body.limb(body.at((0, 1.1), (0, 1.6)), 0.42, look.skin)
    torso = (
        (-0.28, 1.38),
        (0.28, 1.38),
        (0.84, 1.58),
        (0.78, 2.7),
        (0.72, 4.0),
        (-0.72, 4.0),
        (-0.78, 2.7),
        (-0.84, 1.58),
    )
    body.shape(body.at(*torso), look.coat)
    dark = tuple(int(c * 0.55) for c in look.coat)
    body.limb(body.at((0, 1.62), (0.02, 3.95)), 0.035, (dark[0], dark[1], dark[2]))
    body.shape(
        body.at((-0.25, 1.20), (0.25, 1.20), (0.36, 1.46), (0.20, 1.62), (-0.20, 1.62), (-0.36, 1.46)), look.coat
    )
    body.put(head(look, size), look.turn * 0.03, 0.0)
    return body.image.clip(0, 255).astype(np.uint8)
