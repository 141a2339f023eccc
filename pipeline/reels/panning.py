"""A window that moves over a clip's pictures, cut out at places finer than a pixel, so that nothing trembles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.reels.framing import Crop, Path
from pipeline.reels.picture import Window
from pipeline.reels.planes import Pixels, planes

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Pan:
    """What of a clip's upright picture a path of crops shows. A fitter scales `part` of it to `fitted` pixels.

    Out of that scaled picture `shown` takes what the reel's frame of `size` shows at a time; where the path stands
    still, that is all of it.
    """

    def __init__(self, path: Path, turned: tuple[int, int], size: tuple[int, int]) -> None:
        self.path, self.size = path, size
        whole = path.whole
        if path.still:
            self.part = Window(*(_even(value) for value in (whole.x, whole.y, whole.width, whole.height)))
            self.fitted = size
            return
        x, y = _even(whole.x), _even(whole.y)
        right, foot = min(whole.x + whole.width + 2, turned[0]), min(whole.y + whole.height + 2, turned[1])
        self.part = Window(x, y, _even(right - x), _even(foot - y))
        widest = max(crop.width for crop in path.crops)
        scale = size[0] / widest, size[1] / max(crop.height for crop in path.crops)
        self.fitted = _even(self.part.width * scale[0]), _even(self.part.height * scale[1])

    def shown(self, picture: Array, seconds: float, pixels: Pixels) -> Array:
        """The reel's frame at a time of the clip, out of the scaled picture."""
        import numpy as np

        if self.path.still:
            return picture
        crop, height = self.path.at(seconds), self.size[1]
        found = np.empty((height, self.size[0], 3) if pixels == "rgb24" else (height * 3 // 2, self.size[0]), np.uint8)
        for source, target in zip(planes(picture, pixels), planes(found, pixels), strict=True):
            self._take(source, target, crop)
        return found

    def _take(self, source: Array, target: Array, crop: Crop) -> None:
        import cv2
        import numpy as np

        # Pixels of the plane for each stored pixel of the clip, and stored pixels for each of the frame.
        down, across = (source.shape[0] / self.part.height, source.shape[1] / self.part.width)
        x, y = (crop.x - self.part.x) * across, (crop.y - self.part.y) * down
        wide, tall = crop.width * across / target.shape[1], crop.height * down / target.shape[0]
        back = np.array([[wide, 0, x + (wide - 1) / 2], [0, tall, y + (tall - 1) / 2]], np.float64)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        drawn = cv2.warpAffine(source, back, target.shape[1::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
        target[:] = drawn.reshape(target.shape)


def _even(value: float) -> int:
    return int(value) // 2 * 2
