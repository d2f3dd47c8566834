"""The states of a penalty notice, and every way between them. Pure."""

from collections.abc import Mapping
from typing import Literal

from services.notices.casefile.entries import Ending, NoticeMove
from shared.machine import Machine

NoticeState = Literal[
    "issued", "dispatched", "discount_period", "full_period", "paid", "underpaid", "overpaid", "paid_late",
    "representation", "service_disputed", "returned_undelivered", "expired_unpaid", "prosecution_review",
    "proceedings", "held", Ending, "withdrawn", "closed",
]  # fmt: skip
_Ways = dict[NoticeMove, tuple[NoticeState, ...]]

BY_CLOCK: tuple[NoticeState, ...] = ("issued", "dispatched", "discount_period", "full_period", "expired_unpaid")
PERIODS: frozenset[NoticeState] = frozenset({"discount_period", "full_period"})
"""Served: its days run."""
QUERIES: tuple[NoticeState, ...] = ("underpaid", "overpaid", "paid_late")
"""Money came that does not fit: a person decides."""
_RESUMES: tuple[NoticeState, ...] = (*BY_CLOCK, "returned_undelivered", "service_disputed", "representation", "paid")
"""Where a notice goes on, by its facts, once what held it has been decided."""

_MONEY: _Ways = {
    "paid": ("paid",),
    "underpaid": ("underpaid",),
    "overpaid": ("overpaid",),
    "paid_late": ("paid_late",),
}
_WITHDRAWN: _Ways = {"withdrawn": ("withdrawn",)}
_REVERSED: _Ways = {"payment_reversed": (*_RESUMES, *QUERIES)}
_OPEN: _Ways = {
    **_MONEY,
    **_WITHDRAWN,
    "representation": ("representation",),
    "service_disputed": ("service_disputed",),
    "letter_returned": ("returned_undelivered",),
}
_STOPS: tuple[NoticeMove, ...] = (
    *_MONEY, "representation", "service_disputed", "letter_returned", "evidence_changed", "question_raised",
)  # fmt: skip
_ON_THE_WAY_TO_COURT: _Ways = {**dict.fromkeys(_STOPS, ("held",)), **_WITHDRAWN}


def _noted(state: NoticeState, *moves: NoticeMove) -> _Ways:
    """What is recorded and leaves the notice in its state."""
    kept: tuple[NoticeMove, ...] = (*moves, "question_raised", "question_settled", "refunded")
    return dict.fromkeys(kept, (state,))


def _written_about(state: NoticeState) -> _Ways:
    """What a parent writes when our next step already waits for a person: recorded and decided in the same state."""
    return _noted(state, "representation", "representation_rejected", "service_disputed", "service_upheld")


def _query(state: NoticeState) -> _Ways:
    """Money that does not fit: a person keeps or repays it."""
    return {
        "payment_accepted": ("paid",),
        "payment_repaid": (*BY_CLOCK, "returned_undelivered", "paid", "service_disputed", "representation"),
        **_MONEY,
        **_WITHDRAWN,
        **_REVERSED,
        "letter_returned": ("returned_undelivered", state),
        "letter_dispatched": (state,),
        "letter_failed": (state,),
        "reissued": ("issued",),
        **_written_about(state),
    }


def _ended(state: NoticeState) -> _Ways:
    """Once the court has decided or the notice is gone: money is recorded and repaid, letters and words recorded."""
    return {
        "late_money": (state,),
        "refunded": (state,),
        "payment_reversed": (state,),
        "letter_returned": (state,),
        **_written_about(state),
    }


_MOVES: Mapping[NoticeState, _Ways] = {
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
    **{state: _query(state) for state in QUERIES},
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
        **_ON_THE_WAY_TO_COURT,
    },
    "proceedings": {
        "convicted": ("convicted",),
        "acquitted": ("acquitted",),
        "discontinued": ("discontinued",),
        "question_settled": ("proceedings",),
        "refunded": ("proceedings",),
        **_ON_THE_WAY_TO_COURT,
    },
    "held": {
        "hold_released": ("prosecution_review", "proceedings", "returned_undelivered", "paid", "overpaid"),
        "acquitted": ("acquitted",),
        "discontinued": ("discontinued",),
        "reissued": ("issued",),
        "payment_accepted": ("paid",),
        "payment_repaid": ("held",),
        "payment_reversed": ("held",),
        **_ON_THE_WAY_TO_COURT,
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
        "payment_reversed": (*_RESUMES, *QUERIES, "convicted", "acquitted", "withdrawn"),
        "letter_returned": ("closed",),
        **_noted("closed"),
    },
}


_OF_LETTERS: tuple[NoticeMove, ...] = ("letter_dispatched", "letter_failed")


def _wherever_no_move(move: NoticeMove) -> frozenset[NoticeState]:
    return frozenset(state for state, ways in _MOVES.items() if move not in ways)


NOTICE: Machine[NoticeState, NoticeMove] = Machine(
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
        "expired_unpaid": "day 29, unpaid: prosecute or withdraw; it cannot stay here",
        "prosecution_review": "evidence and public interest are being looked at",
        "proceedings": "before the court",
        "held": "something newer arrived while a prosecution was under way: stop and decide",
        "convicted": "the court convicted",
        "acquitted": "the court acquitted",
        "discontinued": "the proceedings were dropped",
        "withdrawn": "no longer stands; what was paid is repaid",
        "closed": "nothing is left to do",
    },
    _MOVES,
    # The registers are looked at in every state; only a prosecution stops for what they show.
    noted={"evidence_changed": _wherever_no_move("evidence_changed")},
    # Before letters said what they are, any letter about a notice was written down as its own.
    ignored={move: _wherever_no_move(move) for move in _OF_LETTERS},
)
