"""What may have happened in a case, as its entries name it: moves of the case, moves of its notices, and what is noted.

These names are stored, and stay as they are. Pure.
"""

from collections.abc import Mapping
from typing import Any, Literal

Entry = Mapping[str, Any]
"""`at` (instant), `what`, `cause` (the message's id) and the facts of what happened; dates as ISO text."""

CaseMove = Literal[
    "threshold_reached",
    "threshold_cleared",
    "support_recorded",
    "nti_issued",
    "nti_improved",
    "nti_failed",
    "nti_breached",
    "requested",
    "returned",
    "notice_issued",
    "declined",
    "third_barred",
    "alternative_chosen",
]

Money = Literal["paid", "underpaid", "overpaid", "paid_late", "late_money"]
"""What money that came in comes to."""

Judgement = Literal["convicted", "acquitted"]
Ending = Literal[Judgement, "discontinued"]
"""How proceedings end. The states in which a notice then is have the same names."""

NoticeMove = Literal[
    Money,
    Ending,
    "letter_dispatched",
    "letter_failed",
    "letter_returned",
    "reissued",
    "served",
    "discount_ended",
    "expired",
    "payment_accepted",
    "payment_repaid",
    "payment_reversed",
    "refunded",
    "representation",
    "representation_rejected",
    "service_disputed",
    "service_upheld",
    "question_raised",
    "question_settled",
    "evidence_changed",
    "withdrawn",
    "review_opened",
    "proceedings_started",
    "hold_released",
    "set_aside",
    "closed",
    "reopened",
]

SafetyEntry = Literal["safety_flagged", "safety_lifted", "address_confirmed"]

Noted = Literal[
    SafetyEntry,
    "threshold_restored",
    "prompted",
    "parent_linked",
    "history_asked",
    "history_recorded",
    "history_answered",
    "other_letter_posted",
    "earlier_letter_returned",
    "refused",
    "repeated",
]
"""What happens in every state, and moves nothing."""

What = Literal[CaseMove, NoticeMove, Noted]
