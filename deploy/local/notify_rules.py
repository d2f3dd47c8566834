"""What GOV.UK Notify lets through its door: signed requests with the fields that it knows, refused in its own words."""

import re
from typing import Any

import jwt
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.notifications.addresses import canonical
from shared.clock import Clock

_SKEW = 30  # seconds that a token's iat may be off, by the machine's own time
SENDS = {
    "letter": ({"reference", "content"}, {"postage"}),
    "email": (
        {"email_address", "template_id"},
        {"personalisation", "reference", "email_reply_to_id", "one_click_unsubscribe_url", "sanitise_content_for"},
    ),
    "sms": ({"phone_number", "template_id"}, {"personalisation", "reference", "sms_sender_id"}),
}
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_POSTAGE = ("first", "second", "economy")


class Refusal(HTTPException):
    """One of Notify's errors, with its body."""

    def __init__(self, status: int, error: str, *messages: str) -> None:
        super().__init__(status)
        self.errors = [{"error": error, "message": message} for message in messages]


def check_token(request: Request, key: str) -> None:
    """Refuse a request that is not signed with the key; its age goes by the machine's own time, not by our clock."""
    service, secret = key[-73:-37], key[-36:]
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        raise Refusal(401, "AuthError", "Unauthorized: authentication token must be provided")
    if scheme.lower() != "bearer":
        raise Refusal(401, "AuthError", "Unauthorized: authentication bearer scheme must be used")
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        if issuer != service:
            raise Refusal(403, "AuthError", "Invalid token: service not found")
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_iat": False})
        issued = int(claims["iat"])
    except jwt.InvalidAlgorithmError:
        raise Refusal(403, "AuthError", "Invalid token: algorithm used is not HS256") from None
    except jwt.InvalidTokenError:
        raise Refusal(403, "AuthError", "Invalid token: API key not found") from None
    except (KeyError, TypeError, ValueError):
        raise Refusal(403, "AuthError", "Invalid token: iat field not provided") from None
    if abs(Clock.wall().timestamp() - issued) > _SKEW:
        raise Refusal(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")


async def asked_of(request: Request, kind: str) -> dict[str, Any]:
    """What a send asks for, once its fields are those that Notify takes."""
    try:
        asked = await request.json()
    except ValueError:
        raise Refusal(400, "BadRequestError", "Invalid JSON supplied in POST data") from None
    if not isinstance(asked, dict):
        raise Refusal(400, "ValidationError", "the body is not of type object")
    _check_fields(kind, asked)
    return asked


def _check_fields(kind: str, asked: dict[str, Any]) -> None:
    required, optional = SENDS[kind]
    wrong = [f"{field} is a required property" for field in sorted(required - asked.keys())]
    wrong += [
        f"{field} is not of type string" for field in sorted(required & asked.keys()) if type(asked[field]) is not str
    ]
    if len(str(asked.get("reference", ""))) > 1000:
        wrong.append("reference is too long (1000 is the maximum)")
    if "postage" in asked and asked["postage"] not in _POSTAGE:
        wrong.append(f"postage invalid. It must be one of {', '.join(_POSTAGE)}.")
    if unknown := sorted(asked.keys() - required - optional):
        wrong += [str(error["message"]) for error in unexpected(unknown).errors]
    if wrong:
        raise Refusal(400, "ValidationError", *wrong)


def check_recipient(kind: str, asked: dict[str, Any]) -> None:
    """Refuse what is no address, as Notify does."""
    if kind == "email" and not _EMAIL.fullmatch(str(asked["email_address"])):
        raise Refusal(400, "ValidationError", "email_address Not a valid email address")
    if kind == "sms" and canonical("sms", str(asked["phone_number"])) is None:
        raise Refusal(400, "ValidationError", "phone_number Number is not a valid phone number")


def unexpected(fields: list[str]) -> Refusal:
    verb = "was" if len(fields) == 1 else "were"
    return Refusal(
        400, "ValidationError", f"Additional properties are not allowed ({', '.join(fields)} {verb} unexpected)"
    )
