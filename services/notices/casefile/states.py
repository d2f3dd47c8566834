"""The states of a case and of a penalty notice, and every move between them. Pure."""

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

_BY_CLOCK = ("issued", "dispatched", "discount_period", "full_period", "expired_unpaid")
_RESUMES = (*_BY_CLOCK, "returned_undelivered", "service_disputed", "representation", "paid")
"""Where a notice goes on, by its facts, once what held it has been decided."""
_QUERIES = ("underpaid", "overpaid", "paid_late")

_MONEY = {kind: (kind,) for kind in ("paid", *_QUERIES)}
_WITHDRAWN = {"withdrawn": ("withdrawn",)}
_REVERSED = {"payment_reversed": (*_RESUMES, *_QUERIES)}
_OPEN = {
    **_MONEY,
    **_WITHDRAWN,
    "representation": ("representation",),
    "service_disputed": ("service_disputed",),
    "letter_returned": ("returned_undelivered",),
}
_COURT = {
    **dict.fromkeys(
        (*_MONEY, "representation", "service_disputed", "letter_returned", "evidence_changed", "question_raised"),
        ("held",),
    ),
    **_WITHDRAWN,
}


def _noted(state: str, *moves: str) -> dict[str, tuple[str, ...]]:
    """What is recorded and leaves the notice in its state."""
    return dict.fromkeys((*moves, "question_raised", "question_settled", "refunded"), (state,))


def _written_about(state: str) -> dict[str, tuple[str, ...]]:
    """What a parent writes when our next step already waits for a person: recorded and decided in the same state."""
    return _noted(state, "representation", "representation_rejected", "service_disputed", "service_upheld")


def _query(state: str) -> dict[str, tuple[str, ...]]:
    """Money that does not fit: a person keeps or repays it."""
    return {
        "payment_accepted": ("paid",),
        "payment_repaid": (*_BY_CLOCK, "returned_undelivered", "paid", "service_disputed", "representation"),
        **_MONEY,
        **_WITHDRAWN,
        **_REVERSED,
        "letter_returned": ("returned_undelivered", state),
        "letter_dispatched": (state,),
        "letter_failed": (state,),
        "reissued": ("issued",),
        **_written_about(state),
    }


def _ended(state: str) -> dict[str, tuple[str, ...]]:
    """Once the court has decided or the notice is gone: money is recorded and repaid, letters and words recorded."""
    return {
        "late_money": (state,),
        "refunded": (state,),
        "payment_reversed": (state,),
        "letter_returned": (state,),
        **_written_about(state),
    }


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
        "service_disputed": "a parent says that nothing came: look at the proof of posting; serve again, or go on",
        "returned_undelivered": "the letter did not reach the parent: send it again, or withdraw the notice",
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
            "letter_failed": ("returned_undelivered",),
            "reissued": ("issued",),
            **_OPEN,
            **_noted("issued"),
        },
        "dispatched": {"served": ("discount_period", "full_period"), **_OPEN, **_noted("dispatched")},
        "discount_period": {"discount_ended": ("full_period",), **_OPEN, **_noted("discount_period")},
        "full_period": {"expired": ("expired_unpaid",), **_OPEN, **_noted("full_period")},
        "paid": {
            "closed": ("closed",),
            "overpaid": ("overpaid",),
            "letter_dispatched": ("paid",),
            "letter_returned": ("paid",),
            "letter_failed": ("paid",),
            **_WITHDRAWN,
            **_REVERSED,
            **_written_about("paid"),
        },
        **{state: _query(state) for state in _QUERIES},
        "representation": {
            "representation_rejected": _RESUMES,
            "letter_dispatched": ("representation",),
            "letter_returned": ("returned_undelivered",),
            "letter_failed": ("returned_undelivered",),
            **_MONEY,
            **_WITHDRAWN,
            **_noted("representation", "representation", "service_disputed"),
        },
        "service_disputed": {
            "service_upheld": _RESUMES,
            "reissued": ("issued",),
            "letter_dispatched": ("service_disputed",),
            "letter_returned": ("returned_undelivered",),
            "letter_failed": ("returned_undelivered",),
            **_MONEY,
            **_WITHDRAWN,
            **_noted("service_disputed", "representation", "representation_rejected", "service_disputed"),
        },
        "returned_undelivered": {
            **_OPEN,
            "reissued": ("issued",),
            "letter_dispatched": ("dispatched", "returned_undelivered"),
            "letter_returned": ("returned_undelivered",),
            "payment_accepted": ("paid",),
            "payment_repaid": ("returned_undelivered", "paid"),
            "payment_reversed": ("returned_undelivered",),
            **_noted("returned_undelivered", "representation_rejected", "service_disputed", "service_upheld"),
        },
        "expired_unpaid": {"review_opened": ("prosecution_review",), **_OPEN, **_noted("expired_unpaid")},
        "prosecution_review": {
            "proceedings_started": ("proceedings",),
            "question_settled": ("prosecution_review",),
            "refunded": ("prosecution_review",),
            **_COURT,
        },
        "proceedings": {
            "convicted": ("convicted",),
            "acquitted": ("acquitted",),
            "discontinued": ("discontinued",),
            "question_settled": ("proceedings",),
            "refunded": ("proceedings",),
            **_COURT,
        },
        "held": {
            "hold_released": ("prosecution_review", "proceedings", "returned_undelivered", "paid", "overpaid"),
            "acquitted": ("acquitted",),
            "discontinued": ("discontinued",),
            "reissued": ("issued",),
            "payment_accepted": ("paid",),
            "payment_repaid": ("held",),
            "payment_reversed": ("held",),
            **_COURT,
            **_written_about("held"),
        },
        "convicted": {
            "closed": ("closed",),
            "set_aside": ("paid",),
            **_ended("convicted"),
            **_WITHDRAWN,
        },
        "acquitted": {"closed": ("closed",), **_ended("acquitted"), **_WITHDRAWN},
        "discontinued": {"paid": ("paid",), "overpaid": ("overpaid",), **_ended("discontinued"), **_WITHDRAWN},
        "withdrawn": {"closed": ("closed",), **_ended("withdrawn")},
        "closed": {
            "reopened": ("paid", "withdrawn", "convicted", "acquitted"),
            "late_money": ("overpaid", "closed", "convicted", "acquitted", "withdrawn"),
            "refunded": ("closed",),
            "payment_reversed": (*_RESUMES, *_QUERIES, "convicted", "acquitted", "withdrawn"),
            "letter_returned": ("closed",),
            **_noted("closed"),
        },
    },
)
