"""The states of a case and of a penalty notice, and every way between them. Pure."""

from shared.machine import Machine

CASE = Machine(
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
        "returned_to_school": "the request was incomplete; the school has to mend it",
        "third_blocked": "two notices stand within three years; another way has to be chosen",
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
)

_UNPAID_ENDS = {"withdrawn": ("withdrawn",)}
_MONEY = {
    "paid": ("paid",),
    "underpaid": ("underpaid",),
    "overpaid": ("overpaid",),
    "paid_late": ("paid_late",),
}
_BY_CLOCK = ("issued", "dispatched", "discount_period", "full_period", "expired_unpaid")
_OPEN = {**_MONEY, **_UNPAID_ENDS, "representation": ("representation",)}
_QUERY = {
    "payment_accepted": ("paid",),
    "payment_repaid": (*_BY_CLOCK, "returned_undelivered", "paid"),
    "paid": ("paid",),
    "underpaid": ("underpaid",),
    "overpaid": ("overpaid",),
    "paid_late": ("paid_late",),
    **_UNPAID_ENDS,
    "letter_returned": ("returned_undelivered",),
}
_COURT = {
    **dict.fromkeys((*_MONEY, "representation", "letter_returned", "evidence_changed"), ("held",)),
    **_UNPAID_ENDS,
}


def _written_about(state: str) -> dict[str, tuple[str, ...]]:
    """A representation where our next step is a person's already: kept, and decided on, without leaving the state."""
    return {"representation": (state,), "representation_rejected": (state,)}


def _late_money(state: str) -> dict[str, tuple[str, ...]]:
    """Money where none is due: kept, and repaid."""
    return {"late_money": (state,), "refunded": (state,)}


NOTICE = Machine(
    "penalty notice",
    "issued",
    {
        "issued": "authorised by a named officer and written; the letter is with the print provider",
        "dispatched": "the print provider has posted the letter; not yet deemed served",
        "discount_period": "served; a first notice, and the lower amount may still be paid",
        "full_period": "served; the full amount is due",
        "paid": "paid in time, or accepted by an officer; the liability is discharged",
        "underpaid": "less than what was due was paid: a person decides",
        "overpaid": "more than what was due was paid: a person decides",
        "paid_late": "paid after day 28: a person decides",
        "representation": "a parent has written; our next step is held, the statutory days run on",
        "returned_undelivered": "the post brought the letter back: reissue to a checked address, or withdraw",
        "expired_unpaid": "day 29, unpaid: prosecute or withdraw; it cannot rest here",
        "prosecution_review": "evidence and public interest are being looked at",
        "proceedings": "before the court",
        "held": "something newer arrived while a prosecution was under way: stop and decide",
        "convicted": "the court convicted",
        "acquitted": "the court acquitted",
        "discontinued": "the proceedings were given up",
        "withdrawn": "does not stand any more; what was paid is repaid",
        "closed": "nothing is left to do",
    },
    {
        "issued": {
            "letter_dispatched": ("dispatched",),
            "letter_returned": ("returned_undelivered",),
            "letter_failed": ("returned_undelivered",),
            **_OPEN,
        },
        "dispatched": {
            "served": ("discount_period", "full_period"),
            "letter_returned": ("returned_undelivered",),
            **_OPEN,
        },
        "discount_period": {
            "discount_ended": ("full_period",),
            "letter_returned": ("returned_undelivered",),
            **_OPEN,
        },
        "full_period": {
            "expired": ("expired_unpaid",),
            "letter_returned": ("returned_undelivered",),
            **_OPEN,
        },
        "paid": {
            "closed": ("closed",),
            "overpaid": ("overpaid",),
            **_UNPAID_ENDS,
        },
        "underpaid": {**_QUERY, **_written_about("underpaid")},
        "overpaid": {**_QUERY, **_written_about("overpaid")},
        "paid_late": {**_QUERY, **_written_about("paid_late")},
        "representation": {
            "representation_rejected": (*_BY_CLOCK, "returned_undelivered"),
            "letter_dispatched": ("representation",),
            "letter_returned": ("returned_undelivered",),
            **_MONEY,
            **_UNPAID_ENDS,
        },
        "returned_undelivered": {
            "reissued": ("issued",),
            "representation_rejected": ("returned_undelivered",),
            "payment_accepted": ("paid",),
            "payment_repaid": ("returned_undelivered", "paid"),
            **_OPEN,
        },
        "expired_unpaid": {
            "review_opened": ("prosecution_review",),
            "letter_returned": ("returned_undelivered",),
            **_OPEN,
        },
        "prosecution_review": {"proceedings_started": ("proceedings",), **_COURT},
        "proceedings": {
            "convicted": ("convicted",),
            "acquitted": ("acquitted",),
            "discontinued": ("discontinued",),
            **_COURT,
        },
        "held": {
            "hold_released": ("prosecution_review", "proceedings", "returned_undelivered"),
            "payment_accepted": ("paid",),
            "payment_repaid": ("held",),
            **_COURT,
            **_written_about("held"),
        },
        "convicted": {"closed": ("closed",), **_late_money("convicted"), **_UNPAID_ENDS},
        "acquitted": {"closed": ("closed",), **_late_money("acquitted"), **_UNPAID_ENDS},
        "discontinued": {**_late_money("discontinued"), **_UNPAID_ENDS},
        "withdrawn": {
            "closed": ("closed",),
            **_late_money("withdrawn"),
        },
        "closed": {
            "reopened": ("paid", "withdrawn", "convicted", "acquitted"),
            "late_money": ("overpaid", "closed"),
            "refunded": ("closed",),
        },
    },
)
