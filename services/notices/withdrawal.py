"""Withdrawal on a coded ground, representations, returned letters and a second posting. Pure."""

from collections.abc import Mapping
from typing import Any

from services.notices.casefile import COURT, CaseFile
from services.notices.clockwork import catch_up
from services.notices.decision import Facts, Moment, Outcome, Refused, because, require_notice
from services.notices.words import pounds
from shared.contracts.casework import (
    DecideRepresentation,
    RecordRepresentation,
    ReissueNotice,
    ReopenNotice,
    WithdrawNotice,
)
from shared.contracts.notices import NoticeIssued, NoticeReissued, NoticeWithdrawn, OfficerPrompted, Recipient
from shared.contracts.notifications import LetterReturned, NotificationFailed
from shared.identity import derived


def withdraw_notice(file: CaseFile, command: WithdrawNotice, facts: Facts, at: Moment) -> Outcome:
    """The notice stands no more: it does not count, its sessions are free, what was paid is repaid."""
    require_notice(file, command.notice, "withdrawn")
    said = {"reason": command.reason, "officer": command.officer.model_dump()}
    return _withdrawn(file, command.notice, command.ground, said, at)


def record_representation(file: CaseFile, command: RecordRepresentation, facts: Facts, at: Moment) -> Outcome:
    """A parent has written: our next step waits for a person; the statutory days run on."""
    notice = require_notice(file, command.notice, "representation")
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
    """Upheld: withdrawn on its ground. Rejected: the notice is where its dates say."""
    said = {"reason": command.reason, "officer": command.officer.model_dump()}
    if not file.notices[command.notice].representation_open:
        raise Refused(because("no_representation", "There is no representation to be decided on this notice."))
    if command.outcome == "upheld":
        require_notice(file, command.notice, "withdrawn")
        if command.ground is None:
            raise Refused(because("ground_missing", "ground: say on which ground the notice is withdrawn."))
        return _withdrawn(file, command.notice, command.ground, said, at)
    notice = require_notice(file, command.notice, "representation_rejected")
    to = notice.resumes if notice.state == "representation" else notice.state
    return catch_up(file, at.entry("representation_rejected", notice=notice.reference, to=to, **said), facts, at)


def letter_returned(file: CaseFile, event: LetterReturned, facts: Facts, at: Moment) -> Outcome:
    """The post brought the letter back: no prosecution rests on it until it is posted anew."""
    entry = at.entry("letter_returned", notice=event.reference, returned_on=event.returned_on.isoformat())
    words = "The letter came back undelivered: post it again to a checked address, or withdraw the notice."
    notice = file.notices[event.reference]
    code = "held" if notice.state in COURT else "letter_returned"
    prompt = at.event(OfficerPrompted, file, "prompt", notice=event.reference, code=code, words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def letter_failed(file: CaseFile, event: NotificationFailed, facts: Facts, at: Moment) -> Outcome:
    """The letter could not be posted at all."""
    entry = at.entry("letter_failed", notice=event.about, why=event.reason)
    words = "The letter could not be sent: mend what is wrong and reissue the notice, or withdraw it."
    prompt = at.event(
        OfficerPrompted, file, "prompt", notice=event.about, code="letter_failed", words=words, on=at.today
    )
    return Outcome((entry,), (prompt,))


def reissue_notice(file: CaseFile, command: ReissueNotice, facts: Facts, at: Moment) -> Outcome:
    """The same notice again, to the address that the record names now; its days begin anew."""
    notice = require_notice(file, command.notice, "reissued")
    if notice.open_money:
        words = f"{pounds(notice.open_money)} was paid on this notice: accept or repay it before it is posted again."
        raise Refused(because("money_open", words))
    parent = facts.pupil.parent(notice.parent_id) if facts.pupil else None
    if parent is None or parent.address is None:
        words = "The school's record names no address of this parent: it has to send one."
        raise Refused(because("parent_address_missing", words))
    if parent.address.model_dump(mode="json") == notice.content["recipient"]["address"]:
        words = "The address is the one from which the letter came back: the school has to check it first."
        raise Refused(because("address_unchanged", words))
    issued = NoticeIssued.model_validate(
        {
            **notice.content,
            "recipient": Recipient.model_validate(parent, from_attributes=True),
            "id": derived(command.id, "content"),
            "time": at.now,
            "issued_on": notice.issued_on,
        }
    )
    entry = at.entry(
        "reissued",
        notice=notice.reference,
        content=issued.model_dump(mode="json"),
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    event = at.event(
        NoticeReissued, file, "reissued", notice=notice.reference, letter=notice.letters + 1, content=issued
    )
    return Outcome((entry,), (event,))


def reopen_notice(file: CaseFile, command: ReopenNotice, facts: Facts, at: Moment) -> Outcome:
    """A closed notice is looked at again, in the state that its facts say."""
    notice = require_notice(file, command.notice, "reopened")
    to = "paid"
    if not notice.stands:
        to = "withdrawn"
    elif notice.court in {"convicted", "acquitted"}:
        to = notice.court
    said = {"reason": command.reason, "officer": command.officer.model_dump()}
    return Outcome((at.entry("reopened", notice=notice.reference, to=to, **said),))


def evidence_changed(file: CaseFile, facts: Facts, at: Moment) -> Outcome:
    """Standing notices whose sessions the registers do not show as unauthorised any more. Nothing is withdrawn."""
    outcome = Outcome()
    for notice in file.notices.values():
        lost = sorted(place for place in notice.slots if not facts.is_absence(place))
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


def _withdrawn(file: CaseFile, reference: str, ground: str, said: Mapping[str, Any], at: Moment) -> Outcome:
    notice = file.notices[reference]
    entry = at.entry("withdrawn", notice=reference, ground=ground, **said)
    event = at.event(
        NoticeWithdrawn,
        file,
        "withdrawn",
        notice=reference,
        urn=file.urn,
        parent_id=notice.parent_id,
        ground=ground,
        refund_due=notice.paid - notice.repaid,  # a withdrawn notice discharges nothing
        recipient=notice.content["recipient"],
        issued_on=notice.issued_on,
    )
    return Outcome((entry,), (event,))
