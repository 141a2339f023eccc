"""The process that others begin as copies of (`limited.copied`): what they need is loaded here, once, and nothing done.

No file from the field is ever opened here. What begins threads must not be loaded: they are not copied, and leave
their locks behind as they were (onnxruntime begins one).
"""

from __future__ import annotations

import gc
from importlib import import_module

from pipeline.rendering.limited import lean

LOADED = (
    "av",
    "cv2",
    "numpy",
    "pipeline.probing",
    "pipeline.protection.faces",
    "pipeline.protection.showing",
    "pipeline.protection.stills",
    "pipeline.protection.worker",
    "pipeline.protection.yunet",
    "pipeline.reels.masking",
)

lean()  # what it sets is read where numpy is first imported
for name in LOADED:
    import_module(name)
gc.collect()
gc.freeze()  # looking through what is shared would write to it, and every copy would have its own
