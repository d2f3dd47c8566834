"""After day 28: the review, the token that says that nothing newer is known, the court, and the hold. Pure."""

import hashlib
import json
from datetime import date

from services.notices.casefile import CaseFile, Entry
from services.notices.decision import Facts, Moment, Outcome, Refused, because, require_notice
from services.notices.payments import accepted
from shared.clock import in_words, local_date
from shared.contracts.casework import RecordOutcome, ResolveHold, ReviewProsecution, StartProsecution
from shared.contracts.notices import ProceedingsEnded, ProsecutionStarted

_SAYS_NOTHING_NEW = {"prompted", "refused", "history_asked", "history_answered"}


def review_prosecution(file: CaseFile, command: ReviewProsecution, facts: Facts, at: Moment) -> Outcome:
    """Look at evidence and public interest, once day 28 has passed unpaid."""
    notice = require_notice(file, command.notice, "review_opened")
    return Outcome((at.entry("review_opened", notice=notice.reference, officer=command.officer.model_dump()),))


def start_prosecution(file: CaseFile, command: StartProsecution, facts: Facts, at: Moment) -> Outcome:
    """Begin proceedings, when nothing newer is known than what the officer saw and nothing speaks against it."""
    notice = require_notice(file, command.notice, "proceedings_started")
    reasons = []
    if notice.lost_sessions:
        words = "The registers do not show all of its sessions as unauthorised any more: withdraw, or have them mended."
        reasons.append(because("evidence_changed", words))
    if notice.representation_open:
        reasons.append(because("representation_open", "A representation is still to be decided."))
    if command.token != token(file, command.notice, facts):
        words = (
            "The token is stale: something has happened since it was given (a payment, a withdrawal, a representation, "
            "a change of the registers). Look at the case again: `everyday explain` shows the token of now."
        )
        reasons.append(because("token_stale", words))
    if reasons:
        raise Refused(*reasons)
    entry = at.entry(
        "proceedings_started",
        notice=notice.reference,
        token=command.token,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    event = at.event(
        ProsecutionStarted,
        file,
        "proceedings_started",
        notice=notice.reference,
        officer_id=command.officer.id,
        token=command.token,
    )
    return Outcome((entry,), (event,))


def token(file: CaseFile, reference: str, facts: Facts) -> str:
    """Names everything that is known of a notice: its entries, and its sessions as the registers show them now."""
    told = [entry["cause"] for entry in file.history if _is_news(entry, reference)]
    marks = {
        place: facts.marks[place].code if place in facts.marks else None for place in file.notices[reference].slots
    }
    text = json.dumps([reference, told, marks], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def resolve_hold(file: CaseFile, command: ResolveHold, facts: Facts, at: Moment) -> Outcome:
    """After something newer froze it: take the money that came, or go on where it stood."""
    said = {"reason": command.reason, "officer": command.officer.model_dump()}
    notice = require_notice(file, command.notice, "hold_released")
    if command.decision != "continue":
        move = "payment_accepted" if command.decision == "accept_payment" else "payment_repaid"
        if not notice.open_money:
            raise Refused(because("no_payment", "No money has come in for this notice."))
        if move == "payment_accepted":
            return accepted(file, notice, at, said)
        return Outcome((at.entry(move, notice=notice.reference, to="held", **said),))
    if notice.representation_open:
        raise Refused(because("representation_open", "A representation is still to be decided."))
    if notice.open_money:
        words = "Money has come in: take it (accept_payment), repay it (repay_payment), or withdraw the notice."
        raise Refused(because("payment_open", words))
    if notice.returned_on and notice.held_from != "proceedings":
        to = "returned_undelivered"
    else:
        to = notice.held_from or "prosecution_review"
    return Outcome((at.entry("hold_released", notice=notice.reference, to=to, **said),))


def record_outcome(file: CaseFile, command: RecordOutcome, facts: Facts, at: Moment) -> Outcome:
    """How the court decided."""
    notice = require_notice(file, command.notice, command.outcome)
    if command.decided_on > at.today:
        raise Refused(because("in_the_future", "decided_on: this day has not come yet."))
    if (began := begun_on(file, notice.reference)) and command.decided_on < began:
        words = f"decided_on: proceedings began only on {in_words(began)}."
        raise Refused(because("before_the_proceedings", words))
    entry = at.entry(
        command.outcome,
        notice=notice.reference,
        decided_on=command.decided_on.isoformat(),
        officer=command.officer.model_dump(),
    )
    event = at.event(ProceedingsEnded, file, "proceedings_ended", notice=notice.reference, outcome=command.outcome)
    return Outcome((entry,), (event,))


def begun_on(file: CaseFile, reference: str) -> date | None:
    """The day on which proceedings began on a notice; it stays, whatever happens to the notice later."""
    began = (each for each in file.history if each["what"] == "proceedings_started" and each["notice"] == reference)
    return next((local_date(entry["at"]) for entry in began), None)


def _is_news(entry: Entry, reference: str) -> bool:
    if entry["what"] in _SAYS_NOTHING_NEW:
        return False
    return entry.get("notice") in {reference, None}
