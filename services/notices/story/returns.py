"""The authority's papers as tables: the annual return, the records of regulation 20, the register by school. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice, Payment
from services.notices.deciding import referral

Row = dict[str, object]
_EARLY, _LAST = 21, 28  # the days that the return asks for, whatever an authority's notices allow

ANNUAL = (
    "pn_issued", "pn_paid_21", "pn_paid_22_28", "pn_paid_other", "pn_withdrawn_ought_not_to_have_been_issued",
    "pn_withdrawn_wrong_person", "pn_withdrawn_material_error", "pn_withdrawn_no_proceedings",
    "pn_prosecuted_non_payment", "pn_unresolved", "main_reason_holiday", "main_reason_late", "main_reason_other",
)  # fmt: skip
RECORDS = (
    "notice", "issued_on", "served_on", "sequence", "paid_pence", "payments", "repaid_pence", "withdrawn", "prosecuted",
    "evidence_hash",
)  # fmt: skip
REGISTER = ("notice", "case", "issued_on", "main_reason", "state", "paid", "withdrawn")


def annual_return(files: Iterable[CaseFile], first: date, last: date) -> Row:
    """The DfE's counts for notices issued within a year, both days included.

    Every notice is paid, withdrawn, prosecuted or unresolved; one that was prosecuted first and then paid or withdrawn
    is counted as both, since both are true of it.
    """
    row: Row = dict.fromkeys(ANNUAL, 0)

    def count(name: str) -> None:
        row[name] = int(str(row[name])) + 1

    for file, notice in _issued(files, first, last):
        count("pn_issued")
        count(f"main_reason_{main_reason(file, notice)}")
        for name in outcomes(notice):
            count(name)
    return row


def outcomes(notice: Notice) -> list[str]:
    """In which columns of the return a notice is."""
    found = []
    if not notice.stands:
        found.append(f"pn_withdrawn_{notice.ground}")
    elif notice.settled_on:
        found.append(_paid_in(notice, notice.settled_on))
    if notice.prosecuted:
        found.append("pn_prosecuted_non_payment")
    return found or ["pn_unresolved"]


def _paid_in(notice: Notice, day: date) -> str:
    """By the days of the notice's fee, the day of service being day 1; before it is served every day is in time."""
    days = (day - notice.served_on).days + 1 if notice.served_on else 1
    return "pn_paid_21" if days <= _EARLY else "pn_paid_22_28" if days <= _LAST else "pn_paid_other"


def main_reason(file: CaseFile, notice: Notice) -> str:
    """Why the notice was issued, from the school's request; without a request, the reason for most of its sessions."""
    reason = referral.main_reason(mark["code"] for mark in notice.content["sessions"])
    for entry in file.history:
        if entry["what"] == "requested":
            reason = entry["main_reason"]
        if entry["what"] == "notice_issued" and entry["notice"] == notice.reference:
            break
    return reason


def records(files: Iterable[CaseFile], first: date, last: date) -> list[Row]:
    """Regulation 20: each notice with its payments and their dates, withdrawal with its ground, and prosecution."""
    return [
        {
            "notice": notice.reference,
            "issued_on": notice.issued_on.isoformat(),
            "served_on": _iso(notice.served_on),
            "sequence": notice.sequence,
            "paid_pence": notice.paid,
            "payments": "; ".join(map(_payment, notice.payments)),
            "repaid_pence": notice.repaid,
            "withdrawn": notice.ground or "",
            "prosecuted": notice.court or ("proceedings" if notice.prosecuted else ""),
            "evidence_hash": notice.content["evidence_hash"],
        }
        for _, notice in _issued(files, first, last)
    ]


def _payment(payment: Payment) -> str:
    paid = f"{payment.amount} on {payment.paid_on.isoformat()}"
    return f"{paid} (taken back by the bank)" if payment.reversed else paid


def register(files: Iterable[CaseFile], urn: str, first: date, last: date) -> list[Row]:
    """The notices issued for one school's pupils: for the termly report to it. Opaque references only."""
    return [
        {
            "notice": notice.reference,
            "case": file.reference,
            "issued_on": notice.issued_on.isoformat(),
            "main_reason": main_reason(file, notice),
            "state": notice.state,
            "paid": notice.band or "",
            "withdrawn": notice.ground or "",
        }
        for file, notice in _issued(files, first, last)
        if notice.content["school"]["urn"] == urn
    ]


def _issued(files: Iterable[CaseFile], first: date, last: date) -> Iterator[tuple[CaseFile, Notice]]:
    for file in files:
        for notice in file.notices.values():
            if first <= notice.issued_on <= last:
                yield file, notice


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
