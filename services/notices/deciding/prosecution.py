"""After day 28: the review, the token that shows that nothing newer is known, the court, and the hold. Pure."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date

from services.notices.attendance.six_months import last_day
from services.notices.casefile.discharge import discharge
from services.notices.casefile.entries import Entry, What
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_fold import notice_after, on
from services.notices.casefile.notice_states import NoticeState
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from services.notices.deciding.payments import accepted, paid
from shared.contracts.casework import RecordOutcome, ResolveHold, ReviewProsecution, StartProsecution
from shared.contracts.notices import ProceedingsEnded, ProsecutionStarted, Reason
from shared.decisions.deciding import Refused, because
from shared.time.clock import in_words

_SAYS_NOTHING_NEW: frozenset[What] = frozenset({
    "prompted", "refused", "repeated", "history_asked", "history_answered", "other_letter_posted",
    "earlier_letter_returned",
})  # fmt: skip


def review_prosecution(file: CaseFile, command: ReviewProsecution, facts: Facts, at: Moment) -> Outcome:
    """Review the evidence and the public interest once day 28 has passed unpaid."""
    notice = require_notice(file, command.notice, "review_opened")
    return Outcome((at.entry("review_opened", notice=notice.reference, officer=command.officer.model_dump()),))


def start_prosecution(file: CaseFile, command: StartProsecution, facts: Facts, at: Moment) -> Outcome:
    """Begin proceedings, if nothing is known that is newer than what the officer saw and nothing bars them."""
    notice = require_notice(file, command.notice, "proceedings_started")
    reasons = list(barriers(file, notice, at.today))
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


def barriers(file: CaseFile, notice: Notice, today: date) -> Iterator[Reason]:
    """Everything that bars the court step for a notice, whatever the officer has seen."""
    if notice.lost_sessions:
        words = "The registers do not show all of its sessions as unauthorised any more: withdraw, or have them mended."
        yield because("evidence_changed", words)
    if notice.settled or discharge(notice):
        yield because("paid_in_time", "It was paid in time, which discharges the liability: nobody is prosecuted.")
    elif notice.open_money:
        yield because("payment_open", "Money has come in that has to be decided on first.")
    if notice.posted_on is None or notice.undelivered:
        words = "There is no proof that the letter was posted and did not come back: without it nobody is prosecuted."
        yield because("no_proof_of_posting", words)
    if notice.representation_open:
        yield because("representation_open", "A representation is still to be decided.")
    for about, words in notice.questions.items():
        yield because(f"{about}_open", f"Somebody has to look first: {words}")
    if last_day(notice.last_session) < today:
        last = in_words(last_day(notice.last_session))
        words = f"The latest session is more than six months old: proceedings could begin until {last}. Withdraw it."
        yield because("six_months_over", words)
    yield from _of_other_notices(file, notice)


def _of_other_notices(file: CaseFile, notice: Notice) -> Iterator[Reason]:
    """Money of the same parent that may belong here, and offences of which a notice was withdrawn."""
    who = file.person(notice.parent_id)
    for other in file.notices.values():
        if other.reference == notice.reference or file.person(other.parent_id) != who:
            continue
        if other.open_money:
            words = f"Money of this parent under {other.reference} is undecided: it may be meant for this notice."
            yield because("possible_misallocation", words)
        if not other.stands and other.half_days & notice.half_days:
            words = f"{other.reference} was withdrawn for some of these absences: no proceedings follow for them."
            yield because("offence_withdrawn", words)


def token(file: CaseFile, reference: str, facts: Facts) -> str:
    """Identifies everything that is known about a notice: its entries, and its sessions as registered now."""
    causes = [entry["cause"] for entry in file.history if _is_news(entry, reference)]
    marks = {slot: facts.marks[slot].code if slot in facts.marks else None for slot in file.notices[reference].slots}
    text = json.dumps([reference, causes, marks], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def resolve_hold(file: CaseFile, command: ResolveHold, facts: Facts, at: Moment) -> Outcome:
    """After something newer froze the case: take the money that came, or go on from where it stood."""
    decided_by = {"reason": command.reason, "officer": command.officer.model_dump()}
    notice = require_notice(file, command.notice, "hold_released")
    if command.decision == "continue":
        return Outcome((at.entry("hold_released", notice=notice.reference, to=_continues(file, notice), **decided_by),))
    if notice.settled and command.decision == "accept_payment":
        to: NoticeState = "overpaid" if notice.open_money else "paid"
        return Outcome((at.entry("hold_released", notice=notice.reference, to=to, **decided_by),))
    if not notice.open_money:
        words = "The money was paid in time and discharges the notice: take it (accept_payment), or withdraw."
        raise Refused(because("no_payment", words if notice.settled else "No money has come in for this notice."))
    if command.decision == "accept_payment":
        return accepted(file, notice, at, decided_by)
    return Outcome((at.entry("payment_repaid", notice=notice.reference, to="held", **decided_by),))


def _continues(file: CaseFile, notice: Notice) -> NoticeState:
    """The state in which a held notice goes on; refused while something still bars it."""
    if notice.representation_open:
        raise Refused(because("representation_open", "A representation is still to be decided."))
    if notice.service_disputed:
        raise Refused(because("service_open", "A parent says that nothing came: decide on that (decide_service)."))
    if notice.settled:
        words = "It was paid in time, which discharges the liability: take the money (accept_payment), or withdraw."
        raise Refused(because("payment_open", words))
    if notice.open_money:
        words = "Money has come in: take it (accept_payment), repay it (repay_payment), or withdraw the notice."
        raise Refused(because("payment_open", words))
    if notice.held_from != "proceedings":
        return "returned_undelivered" if notice.undelivered else "prosecution_review"
    if notice.undelivered:
        words = "The letter came back: record that the proceedings were discontinued, or withdraw the notice."
        raise Refused(because("letter_returned", words))
    return "proceedings"


def record_outcome(file: CaseFile, command: RecordOutcome, facts: Facts, at: Moment) -> Outcome:
    """How the court decided."""
    notice = require_notice(file, command.notice, command.outcome)
    if notice.state == "held" and notice.held_from != "proceedings":
        raise Refused(because("impossible_now", "No proceedings have begun for this notice."))
    if command.decided_on > at.today:
        raise Refused(because("in_the_future", "decided_on: this day has not come yet."))
    if command.decided_on < (begun_on(file, notice.reference) or notice.issued_on):
        raise Refused(because("before_the_proceedings", "decided_on: this is before the proceedings began."))
    entry = at.entry(
        command.outcome,
        notice=notice.reference,
        decided_on=command.decided_on.isoformat(),
        officer=command.officer.model_dump(),
    )
    if command.outcome == "set_aside":
        return _set_aside(file, notice, entry, at)
    event = at.event(ProceedingsEnded, file, "proceedings_ended", notice=notice.reference, outcome=command.outcome)
    return Outcome((entry,), (event,))


def begun_on(file: CaseFile, reference: str) -> date | None:
    """The day on which proceedings for a notice began, the last time; None where none ever did."""
    began = (each for each in file.history if each["what"] == "proceedings_started" and each["notice"] == reference)
    return max(map(on, began), default=None)


def _set_aside(file: CaseFile, notice: Notice, entry: Entry, at: Moment) -> Outcome:
    """A court set a conviction aside because the notice had been paid in time: it is paid."""
    found = discharge(notice)
    if found is None:
        words = "Nothing was paid in time on this notice: withdraw it where the conviction does not stand."
        raise Refused(because("not_paid_in_time", words))
    entry = {**entry, **found.facts}
    return Outcome((entry,), (paid(file, notice_after(notice, entry), at),))


def _is_news(entry: Entry, reference: str) -> bool:
    if entry["what"] in _SAYS_NOTHING_NEW:
        return False
    return entry.get("notice") in {reference, None}
