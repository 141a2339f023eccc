"""High dynamic range brought to the screens of phones and computers: a table from HLG or PQ signal to BT.709.

PyAV's libavfilter has `tonemap`, but not the `zscale` that would make linear light for it (seen in 18.1, 2026-11). A
table of all colours does the whole way in one step of `lut3d`, with the mathematics written out here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Curve = Literal["hlg", "pq"]

CURVES: dict[int, Curve] = {16: "pq", 18: "hlg"}  # AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67
_STEPS = 33  # of the table, along each colour; between them is interpolated
_PEAK = 1000.0  # nits: the screen for which HLG is meant, and what PQ of telephones reaches
_WHITE = 203.0  # nits that ordinary white has in such a picture (ITU-R BT.2408)
_GAMMA = 2.4  # of an ordinary screen (ITU-R BT.1886)
# BT.2020 primaries to those of BT.709 (ITU-R BT.2087, the matrix the other way round).
_TO_709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
_LUMA = (0.2627, 0.6780, 0.0593)  # of BT.2020


def write(curve: Curve, folder: Path) -> Path:
    """The table as a .cube file, for libavfilter's lut3d."""
    path = folder / f"{curve}.cube"
    path.write_text(_cube(curve), "ascii")
    return path


@lru_cache
def _cube(curve: Curve) -> str:
    import numpy as np

    axis = np.linspace(0.0, 1.0, _STEPS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")  # in such a file red changes first
    shown = to_709(np.stack([red, green, blue], axis=-1).reshape(-1, 3), curve)
    lines = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in shown)
    return f"LUT_3D_SIZE {_STEPS}\n{lines}\n"


def to_709(signal: Array, curve: Curve) -> Array:
    """BT.2020 signal (0 to 1, shape (n, 3)) as BT.709 signal for a screen of ordinary brightness."""
    import numpy as np

    nits = _hlg_nits(signal) if curve == "hlg" else _pq_nits(signal)
    brightest = np.maximum(nits.max(axis=1, keepdims=True), 1e-6)
    light = nits / brightest * _rolled_off(brightest) / _WHITE  # all three by one share: hues stay
    shown: Array = np.clip(light @ np.array(_TO_709).T, 0, 1) ** (1 / _GAMMA)
    return shown


def _hlg_nits(signal: Array) -> Array:
    """Light of a screen of 1000 nits (ITU-R BT.2100: inverse OETF, then OOTF with gamma 1.2)."""
    import numpy as np

    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    nits: Array = _PEAK * scene * np.maximum(scene @ np.array(_LUMA), 1e-9)[:, None] ** 0.2
    return nits


# ITU-R BT.2100, perceptual quantisation.
_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128


def _pq_nits(signal: Array) -> Array:
    import numpy as np

    power = signal ** (1 / _M2)
    return 10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)


def _pq_signal(nits: Array) -> Array:
    power = (nits / 10_000) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


def _rolled_off(nits: Array) -> Array:
    """The light as an ordinary screen gives it, its highlights pressed together (ITU-R BT.2390, section 5.4.1)."""
    import numpy as np

    top, white = _pq_signal(np.array([_PEAK, _WHITE]))
    most = white / top
    knee = 1.5 * most - 0.5
    level = np.minimum(_pq_signal(nits) / top, 1)
    t = np.maximum((level - knee) / (1 - knee), 0)
    bent = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
    return _pq_nits(np.where(level < knee, level, bent) * top)
