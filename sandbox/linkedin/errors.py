"""LinkedIn's errors in its own JSON form.

Sources: the error tables of the Posts, Images, Videos and Documents API (community management), API error handling, and
for the duplicate's wording published code of 2026 that met it.
"""

from __future__ import annotations

from typing import Any

from sandbox._wire import Answer, json_answer

TOKENS = {
    "invalid": (65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    "revoked": (65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    "expired": (65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
    "empty": (65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
}
SERVICE = {400: 100, 403: 100, 429: 101, 500: 0}


class LinkedInError(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, message: str, code: str = "", *, service: int | None = None, field: str = "",
        details: bool = False,
    ) -> None:  # fmt: skip
        self.status, self.message, self.code, self.service = status, message, code, service
        self.field, self.details = field, details
        super().__init__(f"{status} {code or message}")

    def answer(self) -> Answer:
        """The error as it goes over the wire."""
        body: dict[str, Any] = {"message": self.message, "status": self.status}
        if self.code:
            body["code"] = self.code
        if self.service is not None:
            body["serviceErrorCode"] = self.service
        if self.details:
            row: dict[str, Any] = {"description": self.message, "code": self.code}
            if self.field:
                row["input"] = {"inputPath": {"fieldPath": self.field}}
            body["errorDetailType"] = "com.linkedin.common.error.BadRequest"
            body["errorDetails"] = {"inputErrors": [row]}
        return json_answer(body, self.status)


def bad_field(field: str, code: str, message: str) -> LinkedInError:
    """400: the value of a field is not possible."""
    return LinkedInError(400, message, code, field=field, details=True)


def misshapen(field: str, why: str) -> LinkedInError:
    """422: the document does not have the shape of the schema."""
    return LinkedInError(422, f"ERROR :: /{field} :: {why}\n", "UNPROCESSABLE_ENTITY")


def denied(what: str) -> LinkedInError:
    """403: a scope or a role is missing."""
    return LinkedInError(403, f"Not enough permissions to access: {what}", "ACCESS_DENIED", service=100)


def bad_token(why: str) -> LinkedInError:
    """401: invalid, revoked, expired or empty."""
    service, code, message = TOKENS[why]
    return LinkedInError(401, message, code, service=service)


def missing(what: str) -> LinkedInError:
    """404: there is no such thing."""
    return LinkedInError(404, f"{what} was not found", "NOT_FOUND")


def throttled(whose: str = "APPLICATION_AND_MEMBER") -> LinkedInError:
    """429: the calls of the day are used up; they are counted from 00:00 UTC."""
    why = f"Resource level throttle {whose} DAY limit for calls to this resource is reached."
    return LinkedInError(429, why, "TOO_MANY_REQUESTS", service=101)


def duplicate(urn: str) -> LinkedInError:
    """422: this very content stands there already, under that URN."""
    return LinkedInError(422, f"Content is a duplicate of {urn}", "DUPLICATE_POST", details=True)
