"""Withdrawal on a coded ground, representations, and what the registers take away from a notice. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import COURT, Notice
from services.notices.casefile.notice_states import NoticeState
from services.notices.deciding.clockwork import catch_up
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from services.notices.deciding.safeguarding import where_to_post
from shared.contracts.casework import DecideRepresentation, RecordRepresentation, ReopenNotice, WithdrawNotice
from shared.contracts.notices import NoticeWithdrawn, OfficerPrompted, Recipient
from shared.decisions.deciding import Refused, because


def withdraw_notice(file: CaseFile, command: WithdrawNotice, facts: Facts, at: Moment) -> Outcome:
    """The notice no longer stands: it does not count, its sessions are released, payments are repaid."""
    require_notice(file, command.notice, "withdrawn")
    decided_by = {"reason": command.reason, "officer": command.officer.model_dump()}
    return _withdrawn(file, command.notice, command.ground, decided_by, at)


def _check_ground(notice: Notice, ground: str, at: Moment) -> None:
    """ "Unpaid and no proceedings" is for what is unpaid after its last day, and not before a court (s.444A, regs)."""
    if ground != "no_proceedings":
        return
    expired = notice.pay_until is not None and notice.pay_until < at.today
    in_court = notice.state == "proceedings" or (notice.state == "held" and notice.held_from == "proceedings")
    if notice.settled or not expired or in_court or notice.judged:
        words = (
            "ground: no_proceedings is only for a notice that is unpaid after its last day and not before the court. "
            "Use another ground, or record first that the proceedings were discontinued."
        )
        raise Refused(because("ground_not_open", words))


def record_representation(file: CaseFile, command: RecordRepresentation, facts: Facts, at: Moment) -> Outcome:
    """A parent has written: our next step waits for a person; the statutory days keep running."""
    notice = require_notice(file, command.notice, "representation")
    _check_day(command.received_on, notice, at)
    entry = at.entry(
        "representation",
        notice=notice.reference,
        received_on=command.received_on.isoformat(),
        summary=command.summary,
        officer=command.officer.model_dump(),
    )
    words = "A parent has made a representation: decide on it."
    code = "held" if notice.state in COURT else "representation"
    prompt = at.event(OfficerPrompted, file, "prompt", notice=notice.reference, code=code, words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def decide_representation(file: CaseFile, command: DecideRepresentation, facts: Facts, at: Moment) -> Outcome:
    """Upheld: the notice is withdrawn on that ground. Rejected: it continues by its dates."""
    decided_by = {"reason": command.reason, "officer": command.officer.model_dump()}
    if not file.notices[command.notice].representation_open:
        raise Refused(because("no_representation", "There is no representation to be decided on this notice."))
    if command.outcome == "upheld":
        require_notice(file, command.notice, "withdrawn")
        if command.ground is None:
            raise Refused(because("ground_missing", "ground: say on which ground the notice is withdrawn."))
        return _withdrawn(file, command.notice, command.ground, decided_by, at)
    notice = require_notice(file, command.notice, "representation_rejected")
    settled = replace(notice, representation_open=False)
    to = settled.resumes if notice.state == "representation" else notice.state
    return catch_up(file, at.entry("representation_rejected", notice=notice.reference, to=to, **decided_by), facts, at)


def reopen_notice(file: CaseFile, command: ReopenNotice, facts: Facts, at: Moment) -> Outcome:
    """A closed notice is reopened in the state that its facts give."""
    notice = require_notice(file, command.notice, "reopened")
    to: NoticeState = "withdrawn" if not notice.stands else notice.judged or "paid"
    decided_by = {"reason": command.reason, "officer": command.officer.model_dump()}
    return Outcome((at.entry("reopened", notice=notice.reference, to=to, **decided_by),))


def evidence_changed(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """Standing notices whose sessions the registers do not show as unauthorised any more. Nothing is withdrawn."""
    outcome = Outcome()
    for notice in file.notices.values():
        lost = sorted(slot for slot in notice.slots if not facts.is_absence(slot))
        if not notice.stands or notice.state == "closed" or len(lost) == notice.lost_sessions:
            continue
        left = len(notice.slots) - len(lost)
        entry = at.entry("evidence_changed", notice=notice.reference, lost=len(lost), sessions=lost, left=left)
        words = (
            f"The registers now show {left} of the {len(notice.slots)} sessions of this notice as unauthorised: "
            "look at the evidence again, and decide whether the notice stands."
        )
        code = "held" if notice.state in COURT else "evidence_changed"
        prompt = at.event(
            OfficerPrompted,
            file,
            f"changed:{notice.reference}",
            notice=notice.reference,
            code=code,
            words=words,
            on=at.today,
        )
        outcome += Outcome((entry,), (prompt,))
    return outcome


def _check_day(day: date, notice: Notice, at: Moment) -> None:
    if not notice.issued_on <= day <= at.today:
        raise Refused(because("impossible_day", "received_on: between the day of issue and today."))


def _withdrawn(file: CaseFile, reference: str, ground: str, decided_by: Mapping[str, Any], at: Moment) -> Outcome:
    notice = file.notices[reference]
    _check_ground(notice, ground, at)
    recipient = Recipient.from_store(notice.content["recipient"])
    address, unsafe = where_to_post(file, notice.parent_id, recipient.address)
    if unsafe:  # the letter about it has to be posted
        raise Refused(*unsafe)
    entry = at.entry("withdrawn", notice=reference, ground=ground, **decided_by)
    event = at.event(
        NoticeWithdrawn,
        file,
        "withdrawn",
        notice=reference,
        urn=file.urn,
        parent_id=notice.parent_id,
        ground=ground,
        refund_due=notice.paid - notice.repaid,  # a withdrawn notice discharges nothing
        recipient=recipient.model_copy(update={"address": address}),
        issued_on=notice.issued_on,
    )
    return Outcome((entry,), (event,))
