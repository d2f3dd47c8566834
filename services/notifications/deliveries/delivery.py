"""The states of a delivery, which is one message to one recipient by one channel, and every move between them. Pure."""

from typing import Any

from shared.machine import Machine

_TO_GO = {
    "claim": ("sending",),
    "hold": ("held",),
    "taken_back": ("cancelled",),
    "refuse": ("suppressed",),
    "pass_on": ("passed_on",),
    "park": ("failed",),
    "found": ("accepted", "sent"),
}
_ANSWERS = {
    "delivered": ("delivered",),
    "temporary": ("temporary_failure",),
    "permanent": ("permanent_failure",),
}

DELIVERY = Machine(
    "delivery",
    "waiting",
    {
        "gathering": "a digest that collects the messages of its mailbox",
        "waiting": "to be sent as soon as there is a place",
        "held": "must not go yet (quiet hours, a limit, the window of a digest); goes on by itself when the time comes",
        "sending": "claimed, and handed to its provider; the lease says until when the provider may still answer",
        "unknown": "the provider gave no clear answer: it is looked up before anything else is done",
        "accepted": "the provider has it, and will say what becomes of it",
        "sent": "the provider has it, and nothing more is to be heard",
        "dispatched": "the print provider has posted the letter; whether it arrived nobody says",
        "delivered": "the provider says that it arrived",
        "temporary_failure": "it could not be delivered for now; tried again, or by the next channel",
        "permanent_failure": "this address does not take messages: suppressed, and told by the next channel",
        "returned": "the post brought the letter back",
        "merged": "went out inside a digest",
        "suppressed": "not sent: its recipient does not want it, or the address is known to be dead",
        "passed_on": "not sent by this channel: none of its providers can carry these words; told by the next channel",
        "cancelled": "not sent: what it tells is not true any more, or its campaign was stopped",
        "failed": "parked for a person: cannot be sent as it stands",
    },
    {
        "gathering": {"gathered": ("waiting",), "nothing_left": ("cancelled",)},
        "waiting": _TO_GO,
        "held": {**_TO_GO, "merge": ("merged",), "release": ("waiting",)},
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

RANK = {
    **dict.fromkeys(("gathering", "waiting", "held", "sending", "unknown"), 0),
    "accepted": 1,
    **dict.fromkeys(("sent", "dispatched", "temporary_failure"), 2),
    **dict.fromkeys(
        ("delivered", "permanent_failure", "returned", "merged", "suppressed", "passed_on", "cancelled", "failed"), 3
    ),
}
"""How far a delivery has come. No report ever moves it back; only a person can: a retry, a campaign started again."""

TO_GO = frozenset({"waiting", "held"})
"""Not claimed: may still be cancelled, since nothing has left us."""

UNDER_WAY = frozenset({"gathering", "waiting", "sending", "unknown", "temporary_failure"})
"""Continues by itself, usually within minutes."""

SENT = frozenset({"accepted", "sent", "dispatched", "delivered"})
"""A provider has it, as far as we know."""

NOBODY: dict[str, Any] = {
    "recipient.name": "", "recipient.email": None, "recipient.phone": None, "recipient.postal": [],
    "recipient.language": None, "address": "",
}  # fmt: skip
"""What remains of a forgotten recipient, by field."""
