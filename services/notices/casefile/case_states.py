"""The states of a case, and every way between them. Pure."""

from typing import Literal

from services.notices.casefile.entries import CaseMove
from shared.machine import Machine

CaseState = Literal[
    "watching", "threshold_met", "support_first", "nti_monitoring", "improved", "nti_failed", "requested",
    "returned_to_school", "third_blocked", "declined", "alternative_chosen", "decided",
]  # fmt: skip

CASE: Machine[CaseState, CaseMove] = Machine(
    "case",
    "watching",
    {
        "watching": "unauthorised sessions are counted; the national threshold is not met",
        "threshold_met": "10 sessions within 10 school weeks: the case must be considered; nothing is issued by itself",
        "support_first": "support is offered to the family",
        "nti_monitoring": "a notice to improve was sent, and its period runs",
        "improved": "the notice to improve worked",
        "nti_failed": "a person decided that the notice to improve failed or was breached early",
        "requested": "the school asks for a notice; an officer has to decide",
        "returned_to_school": "the request was incomplete; the school has to complete it",
        "third_blocked": "two notices stand within three years; an alternative has to be chosen",
        "declined": "an officer decided not to issue",
        "alternative_chosen": "instead of a barred third notice, something else is done",
        "decided": "each parent of the request has been decided on. Each notice has its own payment dates",
    },
    {
        "watching": {
            "threshold_reached": ("threshold_met",),
            "support_recorded": ("support_first",),
        },
        "threshold_met": {
            "threshold_cleared": ("watching",),
            "support_recorded": ("support_first",),
            "nti_issued": ("nti_monitoring",),
            "requested": ("requested",),
            "returned": ("returned_to_school",),
            "notice_issued": ("decided", "requested"),
            "declined": ("declined",),
        },
        "support_first": {
            "nti_issued": ("nti_monitoring",),
            "requested": ("requested",),
            "returned": ("returned_to_school",),
            "declined": ("declined",),
        },
        "nti_monitoring": {
            "nti_improved": ("improved",),
            "nti_failed": ("nti_failed",),
            "nti_breached": ("nti_failed",),
        },
        "improved": {
            "threshold_reached": ("threshold_met",),
            "threshold_cleared": ("watching",),
            "support_recorded": ("support_first",),
        },
        "nti_failed": {
            "requested": ("requested",),
            "returned": ("returned_to_school",),
            "nti_issued": ("nti_monitoring",),
            "declined": ("declined",),
        },
        "requested": {
            "notice_issued": ("decided", "requested"),
            "returned": ("returned_to_school",),
            "declined": ("declined",),
            "third_barred": ("third_blocked",),
        },
        "returned_to_school": {
            "requested": ("requested",),
            "returned": ("returned_to_school",),
            "support_recorded": ("support_first",),
            "nti_issued": ("nti_monitoring",),
            "declined": ("declined",),
            "threshold_cleared": ("watching",),
        },
        "third_blocked": {
            "alternative_chosen": ("alternative_chosen",),
            "notice_issued": ("decided", "requested"),
            "declined": ("declined",),
        },
        "declined": {
            "threshold_reached": ("threshold_met",),
            "threshold_cleared": ("watching",),
            "requested": ("requested",),
            "support_recorded": ("support_first",),
        },
        "alternative_chosen": {
            "threshold_reached": ("threshold_met",),
            "threshold_cleared": ("watching",),
            "requested": ("requested",),
        },
        "decided": {
            "notice_issued": ("decided", "requested"),
            "threshold_reached": ("threshold_met",),
            "requested": ("requested",),
            "support_recorded": ("support_first",),
        },
    },
    noted={
        # Registers go on changing while the school, the family or an officer acts. Whether the threshold is met is
        # kept, but the case stays with whoever has it; in `watching` it was met by what a standing notice rests on.
        "threshold_reached": frozenset(
            {"support_first", "nti_monitoring", "nti_failed", "requested", "returned_to_school", "third_blocked"}
        ),
        "threshold_cleared": frozenset(
            {"watching", "support_first", "nti_monitoring", "nti_failed", "requested", "third_blocked", "decided"}
        ),
        # Support is recorded whenever it was offered; where something later has begun, that goes on.
        "support_recorded": frozenset(
            {"support_first", "nti_monitoring", "nti_failed", "requested", "third_blocked", "alternative_chosen"}
        ),
    },
)

CONSIDERED: frozenset[CaseState] = frozenset({"improved", "declined", "alternative_chosen", "decided"})
"""A person has decided on what there was; only further sessions would be something new."""
RESTS: frozenset[CaseState] = CONSIDERED | {"watching"}
"""States of a case in which nobody has to do anything, once its notices are closed."""
BEFORE_AN_OFFICER: frozenset[CaseState] = frozenset({"requested", "third_blocked"})
"""The school has asked for a notice, and it is not decided."""
