"""What GOV.UK Notify lets through its door: signed requests with the fields that it knows, refused in its own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.notifications.addresses import phones
from services.notifications.addresses.notify_texts import LONGEST, arriving
from shared.time.clock import Clock

_SKEW = 30  # seconds that a token's iat may be off, by the machine's own time
SENDS = {
    "letter": ({"reference", "content"}, {"postage"}),
    "email": (
        {"email_address", "template_id"},
        {"personalisation", "reference", "email_reply_to_id", "one_click_unsubscribe_url", "sanitise_content_for"},
    ),
    "sms": ({"phone_number", "template_id"}, {"personalisation", "reference", "sms_sender_id"}),
}
_EMAIL = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~\-]+@([^.@][^@\s]+)")
_HOST = re.compile(r"(xn|[a-z0-9]+)(-?-[a-z0-9]+)*", re.IGNORECASE)
_TOP = re.compile(r"[a-z]{2,63}|xn--([a-z0-9]+-)*[a-z0-9]+", re.IGNORECASE)
_PHONE: Mapping[phones.Fault, str] = {
    "letters": "Must not contain letters or symbols",
    "too_short": "Not enough digits",
    "too_long": "Too many digits",
    "country": "Not a valid country prefix",
    "unreal": "Number is not valid – double check the phone number you entered",
}
_CHANNELS = {"sms": "text messages", "email": "emails", "letter": "letters"}
_UUIDS = ("template_id", "email_reply_to_id", "sms_sender_id")
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
    if kind != "letter" and len(str(asked.get("reference", ""))) > 1000:
        wrong.append("reference is too long (1000 is the maximum)")
    wrong += [f"{name} is not a valid UUID" for name in _UUIDS if name in asked and not _is_uuid(asked[name])]
    if not str(asked.get("one_click_unsubscribe_url") or "https://").startswith("https://"):
        wrong.append("one_click_unsubscribe_url is not a valid https url")
    if "postage" in asked and asked["postage"] not in _POSTAGE:
        wrong.append(f"postage invalid. It must be one of {', '.join(_POSTAGE)}.")
    if unknown := sorted(asked.keys() - required - optional):
        wrong += [str(error["message"]) for error in unexpected(unknown).errors]
    if wrong:
        raise Refusal(400, "ValidationError", *wrong)


@dataclass(frozen=True)
class Service:
    """How the service is set up at Notify: what it may send, and how much of it on a (UTC) day."""

    international: bool = True
    landlines: bool = False
    trial: bool = False
    channels: tuple[str, ...] = ("email", "sms", "letter")
    deleted: tuple[str, ...] = ()
    """Templates that somebody has deleted."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """By `email`, `sms`, `letter` and `international_sms`; none where it is not named."""
    prefix: str = ""
    """The name that stands before each text."""


def check_recipient(kind: str, asked: dict[str, Any], service: Service) -> dict[str, str]:
    """The recipient as Notify keeps it, or its refusal."""
    if kind == "email":
        return {"email_address": _email(str(asked["email_address"]))}
    try:
        number = phones.read(str(asked["phone_number"]))
    except phones.NoNumber as error:
        raise Refusal(400, "ValidationError", f"phone_number {_PHONE[error.fault]}") from None
    if number.is_landline and not service.landlines:
        raise Refusal(400, "InvalidPhoneError", "Not a UK mobile number")
    if number.is_abroad and not service.international:
        raise Refusal(400, "BadRequestError", "Cannot send to international mobile numbers")
    return {"normalised_to": number.e164.removeprefix("+")}


def check_service(kind: str, asked: dict[str, Any], service: Service) -> None:
    """Refuse what the service may not send at all."""
    if kind == "letter" and service.trial:
        raise Refusal(403, "BadRequestError", "Cannot send letters when service is in trial mode")
    if kind not in service.channels:
        raise Refusal(400, "BadRequestError", f"Service is not allowed to send {_CHANNELS[kind]}")
    if asked.get("template_id") in service.deleted:
        raise Refusal(400, "BadRequestError", "Template has been deleted")
    if service.trial:
        message = "Can’t send to this recipient when service is in trial mode – see "
        raise Refusal(400, "BadRequestError", message + "https://www.notifications.service.gov.uk/trial-mode")


def check_text(body: str) -> None:
    """Refuse a text that is empty or too long, as it is sent and without the service's name."""
    count = len(arriving(body))
    if not count:
        raise Refusal(400, "BadRequestError", "Your message is empty.")
    if count > LONGEST:
        said = f"Text messages cannot be longer than {LONGEST} characters. Your message is {count} characters long."
        raise Refusal(400, "BadRequestError", f"Your message is too long. {said}")


def check_day(service: Service, counts: Mapping[str, int]) -> None:
    """Refuse what would go over a limit of the day; `counts` is what was taken on it, by the limits' names."""
    for name, count in counts.items():
        limit = service.limits.get(name)
        if limit is not None and count >= limit:
            raise Refusal(429, "TooManyRequestsError", f"Exceeded send limits ({name}: {limit}) for today")


def _email(text: str) -> str:
    address = text.strip()
    found = _EMAIL.fullmatch(address)
    try:
        host = found[1].encode("idna").decode("ascii") if found and ".." not in address and len(address) <= 320 else ""
    except UnicodeError:
        host = ""
    parts = host.split(".")
    is_host = len(parts) >= 2 and len(host) <= 253 and all(len(each) <= 63 and _HOST.fullmatch(each) for each in parts)
    if not is_host or not _TOP.fullmatch(parts[-1]):
        raise Refusal(400, "ValidationError", "email_address Not a valid email address")
    return address.lower()


def _is_uuid(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def unexpected(fields: list[str]) -> Refusal:
    verb = "was" if len(fields) == 1 else "were"
    return Refusal(
        400, "ValidationError", f"Additional properties are not allowed ({', '.join(fields)} {verb} unexpected)"
    )
