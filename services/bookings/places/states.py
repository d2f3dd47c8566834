"""The states of a booking, and every way between them. Pure."""

from typing import Literal

from shared.machine import Machine

BookingState = Literal[
    "asked", "confirmed", "offered", "waiting", "cancelled", "offer_declined", "offer_expired", "list_closed", "refused"
]
BookingMove = Literal[
    "confirmed", "waitlisted", "refused", "offered", "cancelled", "offer_declined", "offer_expired", "list_closed",
    "changed_mode",
]  # fmt: skip

Kind = Literal[
    BookingMove,
    "substituted", "meeting_changed", "passed_over", "change_refused", "still_coming", "materials_recorded"
]  # fmt: skip
"""What a meeting decides on a booking: a move of it, or something that leaves its state as it is."""
Happened = Literal[
    Kind,
    "attendance", "evaluation_asked", "evaluated", "evaluation_waived", "certified", "certificate_withdrawn",
    "reminded", "followed_up", "undelivered", "forgotten",
]  # fmt: skip
"""What a booking's history holds: what its meeting decided on it, and what happened to it alone."""

BOOKING: Machine[BookingState, BookingMove] = Machine(
    "booking",
    "asked",
    {
        "asked": "not decided yet; it is decided at once, and never kept so",
        "confirmed": "the person has a place",
        "offered": "a place is kept for the person until they answer, or the offer ends",
        "waiting": "on the waiting list, in order of acceptance",
        "cancelled": "given up, by the person or by the host",
        "offer_declined": "the person did not want the place that was offered",
        "offer_expired": "the person did not answer the offer in time",
        "list_closed": "the meeting began, and no place had become free",
        "refused": "it could not be booked",
    },
    {
        "asked": {"confirmed": ("confirmed",), "waitlisted": ("waiting",), "refused": ("refused",)},
        "confirmed": {"changed_mode": ("confirmed",), "cancelled": ("cancelled",)},
        "offered": {
            "confirmed": ("confirmed",),
            "offer_declined": ("offer_declined",),
            "offer_expired": ("offer_expired",),
            "cancelled": ("cancelled",),
        },
        "waiting": {
            "confirmed": ("confirmed",),
            "offered": ("offered",),
            "changed_mode": ("waiting", "confirmed"),
            "list_closed": ("list_closed",),
            "cancelled": ("cancelled",),
        },
        "cancelled": {},
        "offer_declined": {},
        "offer_expired": {},
        "list_closed": {},
        "refused": {},
    },
)

TAKES_A_PLACE: frozenset[BookingState] = frozenset({"confirmed", "offered"})
LIVE: frozenset[BookingState] = TAKES_A_PLACE | {"waiting"}
