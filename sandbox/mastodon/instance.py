"""What a Mastodon server says of itself.

Source: mastodon/documentation, methods/instance and entities/Instance (2026-07-02).
"""

from __future__ import annotations

from sandbox._wire import Answer, json_answer
from sandbox.mastodon import media, statuses, text
from sandbox.mastodon.state import Ask


def get(ask: Ask) -> Answer:
    """What this server is and allows."""
    limits = {
        "statuses": {"max_characters": statuses.CHARACTERS, "max_media_attachments": statuses.FILES,
                     "characters_reserved_per_url": text.RESERVED},
        "media_attachments": {
            "supported_mime_types": list(media.MIMES), "description_limit": media.DESCRIPTION,
            "image_size_limit": media.IMAGE_BYTES, "image_matrix_limit": media.PIXELS,
            "video_size_limit": media.VIDEO_BYTES, "video_frame_rate_limit": 120, "video_matrix_limit": 8_294_400,
        },
    }  # fmt: skip
    return json_answer({
        "domain": ask.server.url.partition("//")[2], "title": ask.server.label, "version": "4.5.0",
        "source_url": "https://github.com/mastodon/mastodon", "languages": ["fr"], "configuration": limits,
        "api_versions": {"mastodon": 7},
    })  # fmt: skip
