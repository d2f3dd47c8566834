"""The penalty notice as a letter: an A4 PDF laid out for GOV.UK Notify's window envelope."""

import json
import re
import unicodedata
from datetime import UTC, datetime, time
from pathlib import Path

import typst

from shared.clock import in_words
from shared.contracts.fields import Address, Pence, Session, SessionMark
from shared.contracts.notices import Amounts, NoticeIssued

_TEMPLATE = Path(__file__).parent / "templates" / "penalty_notice.typ"
_LARGEST = 2 * 1024 * 1024  # bytes that Notify takes
_FORBIDDEN_STARTS = tuple('@()=[]"”\\/,<>~')  # Notify refuses address lines that begin with these
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_UK_POSTCODE = re.compile(
    r"[A-PR-UWYZ](?:\d[\dA-HJKPS-UW]?|[A-HK-Y]\d[\dABEHMNPRV-Y]?) ?\d[ABD-HJLNP-UW-Z]{2}|GIR ?0AA"
)

CODES = {
    "G": "Holiday not granted by the school",
    "N": "Reason for absence not yet established",
    "O": "Absent in other or unknown circumstances",
    "U": "Arrived in school after registration closed",
}
"""The unauthorised codes in the words of the School Attendance (Pupil Registration) (England) Regulations 2024."""


class Unsendable(Exception):
    """This letter cannot be sent as it stands. `reason` says what a person must mend and holds no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_letter(notice: NoticeIssued) -> None:
    """See that the address can go on an envelope and that every word can be printed.

    Raises:
        Unsendable: what a person must mend first.
    """
    lines = _address_block(notice)
    if not 3 <= len(lines) <= 7:
        raise Unsendable("an address on a letter has 3 to 7 lines, the name and the postcode among them")
    if not _UK_POSTCODE.fullmatch(lines[-1]):
        raise Unsendable("the last line of the address must be a UK postcode")
    if any(not line or line.startswith(_FORBIDDEN_STARTS) for line in lines):
        raise Unsendable("a line of the address is empty or begins with a character that Notify refuses")
    if any("\n" in line or "\r" in line for line in lines):
        raise Unsendable("a line of the address holds a line break")
    if any(mark.code not in CODES for mark in notice.sessions):
        raise Unsendable("a session has a code that is not an unauthorised absence")
    if any(not _printable(word) for word in _words(_facts(notice))):
        raise Unsendable("the notice holds an invisible character that cannot be printed")


def render(notice: NoticeIssued) -> bytes:
    """The letter as a tagged PDF (PDF/UA-1) with its fonts; the same notice always gives the same bytes.

    Raises:
        Unsendable: see `check_letter`; or the letter does not fit the envelope or its font.
    """
    check_letter(notice)
    issued = datetime.combine(notice.issued_on, time(), UTC)
    try:
        pdf = typst.compile(
            _TEMPLATE,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"notice": json.dumps(_facts(notice))},
            pdf_standards="ua-1",
            timestamp=issued,
        )
    except typst.TypstError as error:
        raise Unsendable(_why(error.message)) from None
    if not isinstance(pdf, bytes) or len(pdf) > _LARGEST:
        raise Unsendable("the letter is larger than 2 MB")
    return pdf


def _facts(notice: NoticeIssued) -> dict[str, object]:
    """What the template sets, in the words that a parent reads."""
    contact = notice.contact
    return {
        "reference": notice.notice,
        "authority": notice.authority,
        "recipient": notice.recipient.name,
        "address": _address_block(notice),
        "child": {"name": notice.child.name, "address": _in_one_line(notice.child.address)},
        "school": notice.school.name,
        "officer": {"name": notice.officer.name, "role": notice.officer.role},
        "issued_on": in_words(notice.issued_on),
        "period": _period(notice),
        "amount": _amount(notice.amounts),
        "which": _which(notice),
        "sessions": [_session(mark, notice.school.urn) for mark in _in_order(notice.sessions)],
        "how_to_pay": notice.how_to_pay,
        "contact": {"lines": [contact.name, *contact.address], "phone": contact.phone, "email": contact.email},
        "discharge": notice.discharge,
        "consequence": notice.consequence,
        "withdrawal_grounds": notice.withdrawal_grounds,
        "circumstances": notice.circumstances,
    }


def _address_block(notice: NoticeIssued) -> list[str]:
    address = notice.recipient.address
    return [notice.recipient.name, *address.lines, _postcode(address)]


def _postcode(address: Address) -> str:
    """The postcode with its one space, as the sorting machines read it."""
    plain = "".join(address.postcode.split()).upper()
    return f"{plain[:-3]} {plain[-3:]}"


def _in_one_line(address: Address) -> str:
    return ", ".join((*address.lines, _postcode(address)))


def _period(notice: NoticeIssued) -> str:
    if notice.offence_from == notice.offence_to:
        return in_words(notice.offence_from)
    return f"{in_words(notice.offence_from)} to {in_words(notice.offence_to)}"


def _amount(amounts: Amounts) -> list[str]:
    """By receipt, never by dates: the days run from the day on which the notice is received."""
    begins = "beginning with the day you receive this notice"
    if amounts.discounted is None or amounts.discount_days is None:
        return [f"{_money(amounts.full)} if paid within {amounts.pay_days} days, {begins}."]
    return [
        f"{_money(amounts.discounted)} if paid within {amounts.discount_days} days, {begins};",
        f"{_money(amounts.full)} if paid within {amounts.pay_days} days.",
    ]


def _which(notice: NoticeIssued) -> str:
    if notice.sequence == 1:
        return "This is the first penalty notice issued to you for this child within 3 years."
    return (
        "This is the second penalty notice issued to you for this child within 3 years. There is no lower amount for "
        "paying early."
    )


def _money(pence: Pence) -> str:
    pounds, rest = divmod(pence, 100)
    return f"£{pounds}.{rest:02d}" if rest else f"£{pounds}"


def _in_order(sessions: tuple[SessionMark, ...]) -> list[SessionMark]:
    return sorted(sessions, key=lambda mark: (mark.date, mark.session is Session.PM))


def _session(mark: SessionMark, urn: str) -> list[str]:
    elsewhere = "" if mark.urn == urn else f" (recorded by the school with URN {mark.urn})"
    return [in_words(mark.date), mark.session.value, mark.code, CODES.get(mark.code, "") + elsewhere]


def _words(facts: object) -> list[str]:
    if isinstance(facts, dict):
        facts = list(facts.values())
    if isinstance(facts, list | tuple):
        return [word for fact in facts for word in _words(fact)]
    return [facts] if isinstance(facts, str) else []


def _printable(text: str) -> bool:
    """No control, format (such as right-to-left override), private or separator characters but plain line breaks."""
    return all(
        unicodedata.category(each) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"} for each in text if each != "\n"
    )


def _why(message: str) -> str:
    """What typst's message means; the message itself may repeat words of the notice."""
    if "address too wide" in message:
        return "a line of the address is too long for the envelope's window"
    if "letterhead too long" in message:
        return "the authority's name or contact is too long for the head of the letter"
    if "too many pages" in message:
        return "the letter is longer than 10 pages"
    if "could not be displayed" in message or "glyph" in message:
        return "the notice holds a character that the letter's font does not have"
    return "the letter could not be typeset"
