"""What the print provider and the post report about letters: only a notice's own letter moves its clock. Pure."""

from datetime import timedelta

from services.notices.casefile.clocks import clocks
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import COURT, Notice
from services.notices.casefile.notice_states import NOTICE, QUERIES, NoticeState
from services.notices.casefile.safety import unsafe_to_post, unsafe_to_print
from services.notices.casefile.words import pounds
from services.notices.deciding.clockwork import catch_up, is_overdue
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from services.notices.deciding.questions import raised
from shared.contracts.casework import DecideService, ReissueNotice
from shared.contracts.fields import Address
from shared.contracts.notices import NoticeIssued, NoticeReissued, OfficerPrompted, Recipient
from shared.contracts.notifications import LetterDispatched, LetterReturned, NotificationFailed
from shared.decisions.deciding import Refused, Repeated, because
from shared.identity import derived
from shared.time.clock import in_words

_PLANNED = timedelta(days=7)
"""How far ahead a print provider may date a letter's dispatch: bank holidays may lie between [choice]."""
_SENT_AGAIN_BY_ITSELF: frozenset[NoticeState] = frozenset({"returned_undelivered", "issued"})
"""States in which nothing but the letter is in the way."""
FIRST_LETTER, LATER_LETTER = "penalty_notice", "penalty_notice_reissued"


def letter_dispatched(file: CaseFile, event: LetterDispatched, facts: Facts, at: Moment) -> Outcome:
    """The letter is posted: the notice's dates follow, by the policy in force when it was issued.

    A second, different date is a question for a person; so is an impossible date.
    """
    notice = file.notices.get(event.reference)
    if notice is None or not _is_own(notice, event):
        about = {"notice": event.reference} if notice else {}
        posted = {"letter": event.template or "letter", "posted_on": event.dispatched_on.isoformat()}
        return Outcome((at.entry("other_letter_posted", **about, **posted),))
    if notice.posted_on == event.dispatched_on:
        raise Repeated
    if notice.posted_on is not None or not notice.letter_on <= event.dispatched_on <= at.today + _PLANNED:
        counts = f"its dates count from {in_words(notice.posted_on)}" if notice.posted_on else "it has no dates yet"
        words = f"The print provider says that the letter was posted on {in_words(event.dispatched_on)}; {counts}."
        return raised(file, notice, "dispatch", words, at)
    dates = clocks(event.dispatched_on, notice.sequence, at.policies.on(notice.issued_on), event.postage)
    to: dict[str, NoticeState] = {"to": "returned_undelivered" if notice.returned_on else "dispatched"}
    entry = at.entry(
        "letter_dispatched",
        notice=notice.reference,
        posted_on=dates.posted_on.isoformat(),
        postage=event.postage,
        served_on=dates.served_on.isoformat(),
        discount_until=dates.discount_until.isoformat() if dates.discount_until else None,
        pay_until=dates.pay_until.isoformat(),
        **(to if notice.state == "returned_undelivered" else {}),
    )
    return catch_up(file, entry, facts, at)


def _is_own(notice: Notice, event: LetterDispatched) -> bool:
    """Whether this letter is the one that counts now: not a withdrawal letter, nor an earlier letter of the notice."""
    if "letter_dispatched" not in NOTICE.moves[notice.state] and notice.posted_on is None:
        return False
    if event.template is None:  # reported before letters said what kind they are
        return notice.stands and notice.state != "closed"
    return event.template == (FIRST_LETTER if notice.letters == 1 else LATER_LETTER)


def _is_earlier(notice: Notice, template: str | None) -> bool:
    return template == FIRST_LETTER and notice.letters > 1


def letter_returned(file: CaseFile, event: LetterReturned, facts: Facts, at: Moment) -> Outcome:
    """The post brought the letter back: no prosecution rests on it until it is posted again."""
    notice = file.notices[event.reference]
    if _is_earlier(notice, event.template) or event.returned_on < notice.letter_on:
        entry = at.entry("earlier_letter_returned", notice=event.reference, returned_on=event.returned_on.isoformat())
        return Outcome((entry,))
    if notice.returned_on == event.returned_on:
        raise Repeated
    entry = at.entry(
        "letter_returned", notice=event.reference, returned_on=event.returned_on.isoformat(), **_stays(notice)
    )
    words = "The letter came back undelivered: post it again to a checked address, or withdraw the notice."
    if notice.settled or not notice.stands:
        words = "The letter came back undelivered, of a notice that is paid or withdrawn: the address is wrong."
    code = "held" if notice.state in COURT else "letter_returned"
    prompt = at.event(OfficerPrompted, file, "prompt", notice=event.reference, code=code, words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def letter_failed(file: CaseFile, event: NotificationFailed, facts: Facts, at: Moment) -> Outcome:
    """The letter could not be posted at all."""
    notice = file.notices[event.about]
    if _is_earlier(notice, event.template) or notice.letter_failed:
        raise Repeated
    if notice.posted_on is not None or "letter_failed" not in NOTICE.moves[notice.state]:
        words = "The print provider says that the letter failed; it was said to be posted, or the notice has moved on."
        return raised(file, notice, "dispatch", words, at)
    entry = at.entry("letter_failed", notice=event.about, why=event.reason)
    words = "The letter could not be sent: mend what is wrong and send the notice again, or withdraw it."
    prompt = at.event(
        OfficerPrompted, file, "prompt", notice=event.about, code="letter_failed", words=words, on=at.today
    )
    return Outcome((entry,), (prompt,))


def _stays(notice: Notice) -> dict[str, NoticeState]:
    """A paid or queried notice that was settled by money stays as it is when its letter comes back."""
    return {"to": notice.state} if notice.settled and notice.state in QUERIES else {}


def reissue_notice(file: CaseFile, command: ReissueNotice, facts: Facts, at: Moment) -> Outcome:
    """The same notice again, to the address that the record names now; its days begin again."""
    notice = require_notice(file, command.notice, "reissued")
    if notice.state not in _SENT_AGAIN_BY_ITSELF:
        words = "Nothing came back: where a parent says that nothing came, decide on that (decide_service)."
        raise Refused(because("impossible_now", words))
    if notice.state == "issued" and not is_overdue(notice, at.today):
        words = "The letter is with the print provider: wait until it is posted, or said to have failed."
        raise Refused(because("letter_on_its_way", words))
    return sent_again(file, notice, command, facts, at)


def sent_again(
    file: CaseFile, notice: Notice, command: ReissueNotice | DecideService, facts: Facts, at: Moment
) -> Outcome:
    """The notice's next letter: the same words, to the same parent at the current address."""
    if notice.settled:
        words = "The notice was paid in time, and is not posted again: nothing is asked of the parent any more."
        raise Refused(because("paid_in_time", words))
    if notice.open_money:
        words = f"{pounds(notice.open_money)} was paid on this notice: accept or repay it before it is posted again."
        raise Refused(because("money_open", words))
    recipient = _recipient(file, notice, command, facts)
    issued = NoticeIssued.from_store(
        {**notice.content, "recipient": recipient, "id": derived(command.id, "content"), "time": at.now}
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


def _recipient(file: CaseFile, notice: Notice, command: ReissueNotice | DecideService, facts: Facts) -> Recipient:
    """To whom the letter goes now; refused if that is not the person or the address that the officer means."""
    before = Recipient.from_store(notice.content["recipient"])
    parent = facts.pupil.parent(notice.parent_id) if facts.pupil else None
    if facts.pupil is None or parent is None or parent.address is None:
        words = "The school's record names no address of this parent: it has to send one."
        raise Refused(because("parent_address_missing", words))
    if parent.name != before.name:
        words = "The record now has another name for this parent: correct it, or withdraw the notice and decide again."
        raise Refused(because("recipient_changed", words))
    if command.address is not None and command.address != parent.address:
        words = "address: the school's record names another address now: look at it again."
        raise Refused(because("recipient_changed", words))
    if notice.returned_on is not None and parent.address == before.address:
        words = "The address is the one from which the letter came back: the school has to check it first."
        raise Refused(because("address_unchanged", words))
    child = Address.from_store(notice.content["child"]["address"])
    unsafe = unsafe_to_post(file.safety, file.links, notice.parent_id, parent.address)
    unsafe += unsafe_to_print(file.safety, file.links, notice.parent_id, child, facts.pupil.parents)
    if unsafe:
        raise Refused(*unsafe)
    return Recipient.model_validate(parent, from_attributes=True)
