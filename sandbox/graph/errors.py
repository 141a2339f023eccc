"""The Graph API's errors in its own JSON form, by the documented codes and subcodes.

Sources: Handling Errors (Graph API), Error Codes (Instagram Platform, as of 2026-06-02), Reels publishing guide
(2026-09-11), Video API error codes; the wording of Facebook's photo error from a publishing tool of 2026-08-21.
"""

from __future__ import annotations

from typing import Any

from sandbox._wire import Answer, json_answer

# What the platform says of its transient codes.
TRANSIENT = {1, 2, 4, 17, 32, 341, 613}
MESSAGES = {
    1: "An unknown error has occurred.",
    2: "An unexpected error has occurred. Please retry your request later.",
    4: "Application request limit reached",
    10: "(#10) Application does not have permission for this action",
    17: "User request limit reached",
    32: "Page request limit reached",
    102: "Session key invalid or no longer valid",
    200: "(#200) Permissions error",
    341: "Feed action request limit reached",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    389: "Unable to fetch video file from URL.",
    506: "Duplicate status message",
    613: "Calls to this api have exceeded the rate limit.",
    6000: "There was a problem uploading your video file. Please try again with another file.",
    6001: "There was a problem uploading your video file. Please try again.",
    80001: "There have been too many calls to this Page account. Wait a bit and try again.",
    80002: "There have been too many calls to this Instagram account. Wait a bit and try again.",
    1609005: "Error parsing link data from the URL provided.",
}
TOKENS = {
    458: "Error validating access token: The user has not authorized application.",
    459: "Error validating access token: The user has been checkpointed.",
    460: "Error validating access token: The session has been invalidated because the user changed their password "
    "or Facebook has changed the session for security reasons.",
    463: "Error validating access token: Session has expired.",
    464: "Error validating access token: Sessions for the user are not allowed because the user is not confirmed.",
    467: "Error validating access token: The session is invalid because the user logged out.",
    492: "Error validating access token: The user must be an administrator, editor, or moderator of the page.",
}  # fmt: skip
INSTAGRAM = {
    2207001: (-1, "Instagram server error. Try again."),
    2207003: (-2, "It takes too long to download the media."),
    2207004: (36000, "The image is too large to download. It should be less than 8 MiB."),
    2207005: (36001, "The image format is not supported. Please check the limitations of this endpoint."),
    2207006: (24, "The media cannot be found. Generate a new container and use it to try again."),
    2207008: (24, "The media builder does not exist or has been expired."),
    2207009: (36003, "The submitted image has an aspect ratio that is not supported."),
    2207010: (36004, "The caption was too long: 2,200 characters, 30 hashtags and 20 @ tags at most."),
    2207020: (-2, "The media you are trying to access has expired. Please try to upload again."),
    2207023: (100, "The media type is not one of the expected media types."),
    2207026: (352, "The video format is not supported. Please check the specification of the video."),
    2207027: (9007, "The media is not ready for publishing, please wait for a moment."),
    2207028: (100, "The carousel needs between 2 and 10 media."),
    2207032: (-1, "Create media fail, please try to re-create media"),
    2207040: (100, "Cannot use more than 20 tags per created media."),
    2207042: (9, "You reached maximum number of posts that is allowed to be published by Content Publishing API."),
    2207050: (25, "The Instagram account is restricted."),
    2207051: (4, "We restrict certain activity to protect our community. Tell us if you think we made a mistake."),
    2207052: (9004, "The media could not be fetched from this URI."),
    2207053: (-1, "unknown upload error"),
    2207057: (1, "Thumbnail offset must be greater than or equal to 0 and less than video duration."),
    2207067: (100, "The VIDEO value for media_type is no longer supported. Use the REELS media type instead."),
}


class GraphError(Exception):
    """An answer that is an error."""

    def __init__(
        self, code: int, message: str = "", subcode: int | None = None, *, kind: str = "OAuthException",
        status: int = 400, transient: bool | None = None, title: str = "", told: str = "", data: Any = None,
    ) -> None:  # fmt: skip
        self.code, self.subcode, self.kind, self.status = code, subcode, kind, status
        self.message = message or MESSAGES.get(code, f"(#{code}) Error")
        self.transient = code in TRANSIENT and subcode != 2207051 if transient is None else transient
        self.title, self.told, self.data = title, told, data
        super().__init__(f"{code}/{subcode}: {self.message}")

    def answer(self, trace: str) -> Answer:
        """The error as it goes over the wire."""
        body: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.data is not None:
            body["error_data"] = self.data
        if self.subcode is not None:
            body["error_subcode"] = self.subcode
        body["is_transient"] = self.transient
        if self.told:
            body |= {"error_user_title": self.title or "Error", "error_user_msg": self.told}
        return json_answer({"error": {**body, "fbtrace_id": trace}}, self.status)


def instagram(subcode: int, detail: str = "") -> GraphError:
    """Instagram's error of that subcode."""
    code, told = INSTAGRAM[subcode]
    message = "Only photo or video can be accepted as media type." if subcode == 2207052 else told
    return GraphError(code, message, subcode, title="Instagram", told=f"{told} {detail}".strip(),
                      transient=subcode in (2207001, 2207003, 2207008))  # fmt: skip


def param(name: str, why: str) -> GraphError:
    """Error 100: this parameter is missing, unknown or of the wrong type."""
    return GraphError(100, f"(#100) {why}" if name in why else f"(#100) Param {name} {why}")


def missing(object_id: str, method: str) -> GraphError:
    """Error 100/33: no such object for this caller."""
    return GraphError(
        100, f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api", 33, kind="GraphMethodException",
    )  # fmt: skip


def bad_token(subcode: int | None = None) -> GraphError:
    """Error 190: the token does not work; the subcode says why."""
    if subcode is None:
        return GraphError(190, "Invalid OAuth access token - Cannot parse access token")
    return GraphError(190, TOKENS.get(subcode, "Error validating access token."), subcode)


def upload_refused(kind: str, message: str, *, retriable: bool = False, status: int = 400) -> Answer:
    """An error of the upload host, which has its own form."""
    return json_answer({"debug_info": {"retriable": retriable, "type": kind, "message": message}}, status)
