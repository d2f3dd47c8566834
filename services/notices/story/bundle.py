"""The court bundle of one notice: statement, chronology, sessions, the letters as sent, payments. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.notices.casefile.entries import Entry, What
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.casefile.words import name_of, pounds, sentence
from services.notices.deciding.decision import Facts, Moment
from services.notices.story.page import ASIDE, rule_of, when
from services.notices.story.section_nine import statement
from services.notices.story.story import Story, tell, working
from shared.time.clock import in_words
from shared.writing.counting import number_of
from shared.writing.paper import Page, Section

_WITHOUT_COUNT: Mapping[What, str] = {
    "threshold_reached": "The national threshold was reached.",
    "threshold_restored": "After a correction the national threshold was met again.",
    "threshold_cleared": "After corrections the national threshold was no longer met.",
}
"""Left out, because the registers' count on a day may differ from this notice's: a court is given one number."""


@dataclass(frozen=True)
class Letter:
    """A letter as it was posted: under which id its PDF is kept, the PDF's SHA-256, and where it was written."""

    delivery: str
    sha256: str
    file: str


_NOT_THE_COURTS: frozenset[What] = frozenset({
    "parent_linked", "history_recorded", "history_asked", "history_answered", "question_raised", "question_settled",
    "safety_flagged", "safety_lifted", "address_confirmed",
})  # fmt: skip
"""What does not concern the court: other people, other authorities, what a person looked at, and anybody's safety."""


def bundle(file: CaseFile, reference: str, facts: Facts, at: Moment, letters: Sequence[Letter] = ()) -> Page:
    """Everything that a court is shown about one notice, page by page."""
    notice = file.notices[reference]
    story = tell(file, facts, at)
    about = notice.content
    parent, child = about["recipient"]["name"], about["child"]["name"]
    exhibits = (
        Section("Chronology", rows=tuple(_chronology(story, reference, parent))),
        _certificate(notice, facts),
        _codes(notice, at),
        Section("The letter: what it says", rows=tuple(_letter(notice))),
        Section("Letters and proof of posting", (*_posted(file, notice, letters), *working(notice, facts.policies))),
        Section("Payments and refunds", rows=tuple(_money(file, notice)) or (("Payments", "none"),)),
        rule_of(story),
    )
    lead = (
        *warnings(notice, at.today),
        f"Parent: {parent}, {_address(about['recipient'])}",
        f"Child: {child}. School: {about['school']['name']} ({about['school']['urn']}).",
        _freshness(story, reference),
    )
    sessions = number_of(len(notice.slots), "session")
    signed = statement(about["authority"], child, parent, sessions, tuple(each.heading for each in exhibits))
    return Page(f"Prosecution bundle for penalty notice {reference}", lead, (*signed, *exhibits))


def warnings(notice: Notice, today: date) -> Iterator[str]:
    """What stands in the way of proceedings; these lines come first in the bundle."""
    if not notice.stands:
        yield "WARNING: This notice is withdrawn. There can be no proceedings for its absences."
    elif notice.settled:
        yield "WARNING: This notice is paid. There can be no proceedings for its absences."
    elif notice.pay_until is None:
        yield "WARNING: The days to pay this notice have not begun. It can still be paid."
    elif today <= notice.pay_until:
        yield f"WARNING: This notice can still be paid until {in_words(notice.pay_until)}. Do not use this bundle yet."


def _chronology(story: Story, reference: str, parent: str) -> Iterator[tuple[str, str]]:
    """What happened, each on its own day; nothing about the other parent."""
    for line in story["history"]:
        if line["what"] in ASIDE or line.get("notice", reference) != reference:
            continue
        if line["what"] in _NOT_THE_COURTS:
            continue
        shown = {**line, "parents": [parent]} if "parents" in line else line
        yield when(line["at"]), _WITHOUT_COUNT.get(line["what"]) or sentence(shown)


def _certificate(notice: Notice, facts: Facts) -> Section:
    """The sessions of the offence as the registers show them now, with the revision they come from."""
    rows = [("Sessions", f"{len(notice.slots)} absent without authority")]
    for key in sorted(notice.slots, key=lambda slot: slot.split(":", 1)[1]):
        _, day, session = key.split(":")
        mark = facts.marks.get(key)
        now = f"{mark.code} (register revision {mark.revision})" if mark and mark.code else "not unauthorised any more"
        rows.append((f"{in_words(date.fromisoformat(day))}, {session}", now))
    return Section("Certificate of attendance: the sessions of the offence", rows=tuple(rows))


def _codes(notice: Notice, at: Moment) -> Section:
    policy = at.policies.on(notice.issued_on)
    codes = sorted({mark["code"] for mark in notice.content["sessions"]})
    rows = [(code, policy.codes.get(code, "a code of the school's own")) for code in codes]
    halves = ("A school day has two sessions: AM is the morning, PM the afternoon.",)
    return Section("What the register's codes mean", halves, tuple(rows))


def _letter(notice: Notice) -> Iterator[tuple[str, str]]:
    """Every statement in the last letter, as kept with the case."""
    content = notice.content
    amounts = content["amounts"]
    due = f"{pounds(amounts['full'])} within {amounts['pay_days']} days"
    if amounts["discounted"] is not None:
        due = f"{pounds(amounts['discounted'])} within {amounts['discount_days']} days, {due}"
    yield "Addressed to", f"{content['recipient']['name']}, {_address(content['recipient'])}"
    yield "Child", f"{content['child']['name']}, {_address(content['child'])}"
    yield "Issued", f"{_words(content['issued_on'])}, by {content['officer']['name']}, {content['officer']['role']}"
    yield "Offence", f"from {_words(content['offence_from'])} to {_words(content['offence_to'])}"
    yield "Why", content["circumstances"]
    yield "To pay", f"{due}, counted from the day of receipt, which is day 1"
    yield "How to pay", " ".join(content["how_to_pay"])
    yield "If it is paid", content["discharge"]
    yield "If it is not paid", content["consequence"]
    yield "Grounds of withdrawal", " ".join(content["withdrawal_grounds"])
    yield "Whom to write to", ", ".join((content["contact"]["name"], *content["contact"]["address"]))
    yield "Evidence hash", content["evidence_hash"]


def _posted(file: CaseFile, notice: Notice, letters: Sequence[Letter]) -> list[str]:
    posted = [entry for entry in _entries(file, notice) if entry["what"] == "letter_dispatched"]
    lines = [
        f"letter {number} posted on {_words(entry['posted_on'])}, {entry.get('postage') or 'first'} class"
        for number, entry in enumerate(posted, start=1)
    ]
    kept = [
        f"{each.file}: the letter as it was sent (message {each.delivery}, SHA-256 {each.sha256})" for each in letters
    ]
    return [*(lines or ["none posted"]), *kept]


def _money(file: CaseFile, notice: Notice) -> Iterator[tuple[str, str]]:
    for payment in notice.payments:
        back = f"; {pounds(payment.repaid)} of it refunded" if payment.repaid else ""
        back += "; the bank took it back" if payment.reversed else ""
        yield in_words(payment.paid_on), f"{pounds(payment.amount)} paid, {payment.reference}{back}"
    for entry in _entries(file, notice):
        if entry["what"] == "refunded":
            yield _words(entry["refunded_on"]), f"{pounds(entry['amount'])} refunded, {entry['refund_reference']}"


def _entries(file: CaseFile, notice: Notice) -> Iterator[Entry]:
    return (entry for entry in file.history if entry.get("notice") == notice.reference)


def _address(of: dict[str, Any]) -> str:
    return ", ".join((*of["address"]["lines"], of["address"]["postcode"]))


def _words(day: str) -> str:
    return in_words(date.fromisoformat(day))


def _freshness(story: Story, reference: str) -> str:
    """Whether the bundle is fresh enough for the court step, and whether that step is open at all."""
    found = next(notice for notice in story["notices"] if notice["notice"] == reference)
    if found["token"]:
        return f"Nothing newer is known than what is shown here: token {found['token']}."
    return f"No court step is open: {name_of(found['state'])}, {found['means']}."
