"""The states of a delivery, which is one message to one recipient by one channel, and every move between them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.machine import Machine

DeliveryState = Literal[
    "gathering", "waiting", "held", "sending", "unknown", "accepted", "sent", "dispatched", "delivered",
    "temporary_failure", "permanent_failure", "returned", "merged", "suppressed", "passed_on", "cancelled", "failed",
]  # fmt: skip
DeliveryMove = Literal[
    "gathered", "nothing_left", "claim", "hold", "taken_back", "refuse", "pass_on", "park", "found", "merge", "release",
    "accepted", "not_taken", "unclear", "refused", "not_found", "send_again", "delivered", "temporary", "permanent",
    "dispatched", "returned", "lost", "silence", "retry", "resume",
]  # fmt: skip
_Ways = dict[DeliveryMove, tuple[DeliveryState, ...]]

_BEFORE_IT_GOES: _Ways = {
    "claim": ("sending",),
    "hold": ("held",),
    "taken_back": ("cancelled",),
    "refuse": ("suppressed",),
    "pass_on": ("passed_on",),
    "park": ("failed",),
    "found": ("accepted", "sent"),
}
_ANSWERS: _Ways = {
    "delivered": ("delivered",),
    "temporary": ("temporary_failure",),
    "permanent": ("permanent_failure",),
}

DELIVERY: Machine[DeliveryState, DeliveryMove] = Machine(
    "delivery",
    "waiting",
    {
        "gathering": "a digest that collects the messages of its mailbox",
        "waiting": "to be sent as soon as there is a place",
        "held": "must not go yet (quiet hours, a limit, the window of a digest); goes on by itself when the time comes",
        "sending": "claimed, and handed to its provider; the lease says until when the provider may still answer",
        "unknown": "the provider gave no clear answer: it is looked up before anything else is done",
        "accepted": "the provider has it, and will say what becomes of it",
        "sent": "the provider has it, and will report nothing more",
        "dispatched": "the print provider has posted the letter; nobody reports whether it arrived",
        "delivered": "the provider says that it arrived",
        "temporary_failure": "it could not be delivered for now; tried again, or by the next channel",
        "permanent_failure": "this address does not take messages: suppressed, and sent by the next channel",
        "returned": "the post brought the letter back",
        "merged": "went out inside a digest",
        "suppressed": "not sent: its recipient does not want it, or the address is suppressed",
        "passed_on": "not sent by this channel: none of its providers can carry these words; sent by the next channel",
        "cancelled": "not sent: what it says is no longer true, or its campaign was stopped",
        "failed": "parked for a person: cannot be sent as it is",
    },
    {
        "gathering": {"gathered": ("waiting",), "nothing_left": ("cancelled",)},
        "waiting": _BEFORE_IT_GOES,
        "held": {**_BEFORE_IT_GOES, "merge": ("merged",), "release": ("waiting",)},
        "sending": {
            "accepted": ("accepted", "sent"),
            "found": ("accepted", "sent"),
            "not_taken": ("waiting", "held"),
            "unclear": ("unknown",),
            "refused": ("permanent_failure",),
            "park": ("failed",),
        },
        "unknown": {
            "found": ("accepted", "sent"),
            "not_found": ("waiting",),
            "send_again": ("waiting",),
            "park": ("failed",),
        },
        "accepted": {
            **_ANSWERS,
            "dispatched": ("dispatched",),
            "returned": ("returned",),
            "lost": ("failed",),
            "silence": ("sent",),
        },
        "sent": _ANSWERS,
        "dispatched": {"returned": ("returned",)},
        "temporary_failure": {"delivered": ("delivered",)},
        "suppressed": {"retry": ("waiting",)},
        "passed_on": {"retry": ("waiting",)},
        "failed": {"retry": ("waiting",)},
        "delivered": {},
        "permanent_failure": {},
        "returned": {},
        "merged": {},
        "cancelled": {"resume": ("waiting",)},
    },
)

_RANKS: tuple[tuple[DeliveryState, ...], ...] = (
    ("gathering", "waiting", "held", "sending", "unknown"),
    ("accepted",),
    ("sent", "dispatched", "temporary_failure"),
    ("delivered", "permanent_failure", "returned", "merged", "suppressed", "passed_on", "cancelled", "failed"),
)
RANK: Mapping[DeliveryState, int] = {state: rank for rank, states in enumerate(_RANKS) for state in states}
"""How far a delivery has come. No report ever moves it back; only a person can: a retry, a campaign started again."""

TO_GO: frozenset[DeliveryState] = frozenset({"waiting", "held"})
"""Not claimed: may still be cancelled, since nothing has left us."""

UNDER_WAY: frozenset[DeliveryState] = frozenset({"gathering", "waiting", "sending", "unknown", "temporary_failure"})
"""Continues by itself, usually within minutes."""

SENT: frozenset[DeliveryState] = frozenset({"accepted", "sent", "dispatched", "delivered"})
"""A provider has it, as far as we know."""

NOBODY: dict[str, Any] = {
    "recipient.name": "", "recipient.email": None, "recipient.phone": None, "recipient.postal": [],
    "recipient.language": None, "address": "",
}  # fmt: skip
"""What remains of a forgotten recipient, by field."""

Code = Literal["unwanted", "dead_address", "campaign_stopped"]


@dataclass(frozen=True)
class Why:
    """Why something is not sent: words for people, and a code where a later step goes by it."""

    words: str
    code: Code | None = None


STOPPED = Why("its campaign was stopped", "campaign_stopped")


def code_of(kept: Mapping[str, Any]) -> Code | None:
    """Why a delivery was not sent, as a code. Those kept before 28 November 2026 have the words alone."""
    code: Code | None = kept.get("why_code")
    if code is not None:
        return code
    if DELIVERY.of(kept) == "suppressed":
        return "unwanted" if "wanted" in kept["why"] else "dead_address"
    return STOPPED.code if kept.get("why") == STOPPED.words else None


def not_sent_for(why: Why) -> dict[str, Any]:
    """The query for what `code_of` says was not sent for this reason."""
    return {"$or": [{"why_code": why.code}, {"why_code": None, "why": why.words}]}
