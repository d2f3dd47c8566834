"""Who is told of messages that could not be delivered. Pure."""

from collections.abc import Mapping
from typing import Any

from services.notifications.rules.rule import Recipient, Rule, team
from shared.contracts import notifications
from shared.contracts.base import Event
from shared.time.clock import local_date

NOBODY: Mapping[type[Event], str] = {
    notifications.NotificationSent: "it was sent: that is all there is to know",
    notifications.NotificationDelivered: "it arrived: that is all there is to know",
    notifications.LetterDispatched: "the notices service sets the notice's clock by it",
    notifications.LetterReturned: "the notices service prompts an officer",
}


NOTICES = frozenset({"penalty_notice", "penalty_notice_reissued"})
"""Templates of letters that are notices: the notices service handles what becomes of them."""


def _whom(event: notifications.NotificationFailed) -> tuple[Recipient, ...]:
    """Nobody for an email to the team itself, which would loop; for a notice's letter the notices service prompts."""
    is_ours_to_tell = event.recipient != "team" and event.template not in NOTICES
    return team() if is_ours_to_tell else ()


def _failed(event: notifications.NotificationFailed) -> Mapping[str, Any]:
    return {
        "reference": event.about,
        "message": (event.template or event.channel).replace("_", " "),
        "reason": event.reason,
        "delivery": event.delivery,
        "on": local_date(event.time),
    }


RULES = (
    Rule(
        "message_failed",
        notifications.NotificationFailed,
        "team",
        "service",
        ("email",),
        "message_failed",
        _whom,
        _failed,
    ),
)
