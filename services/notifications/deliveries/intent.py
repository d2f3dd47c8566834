"""The states of an intent, which is one event and one rule, and every way between them. Pure."""

from typing import Literal

from shared.machine import Machine

IntentState = Literal["open", "told", "cancelled", "failed"]
Ended = Literal["told", "cancelled", "failed"]
"""States in which nothing is left to do but to forget, in time, what it said."""
IntentMove = Literal[Ended, "retry", "resume"]

INTENT: Machine[IntentState, IntentMove] = Machine(
    "intent",
    "open",
    {
        "open": "somebody is still to be told; it may wait until a time, or for a person's word",
        "told": "a delivery to everybody is planned",
        "cancelled": "nobody is told: it is not true any more, or a person stopped it",
        "failed": "nobody can be told: no address is known",
    },
    {
        "open": {"told": ("told",), "cancelled": ("cancelled",), "failed": ("failed",)},
        "told": {"retry": ("open",)},
        "cancelled": {"resume": ("open",)},
        "failed": {"retry": ("open",)},
    },
)
