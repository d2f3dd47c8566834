"""The authority's papers as tables: the annual return, the records of regulation 20, the register by school. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from services.notices.casefile import CaseFile
from services.notices.notice import Notice

Row = dict[str, object]

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
    """The DfE's counts for notices issued within a year, both days included; every notice is in one outcome."""
    row: Row = dict.fromkeys(ANNUAL, 0)

    def count(name: str) -> None:
        row[name] = int(str(row[name])) + 1

    for file, notice in _issued(files, first, last):
        count("pn_issued")
        count(f"main_reason_{main_reason(file, notice)}")
        count(outcome(notice))
    return row


def outcome(notice: Notice) -> str:
    """In which column of the return a notice is: exactly one."""
    if not notice.stands:
        return f"pn_withdrawn_{notice.ground}"
    if notice.band in {"discount", "full"}:
        early = notice.payments and notice.discount_until and notice.payments[-1].paid_on <= notice.discount_until
        day_21 = notice.served_on and notice.payments and (notice.payments[0].paid_on - notice.served_on).days < 21
        return "pn_paid_21" if early or day_21 or notice.served_on is None else "pn_paid_22_28"
    if notice.band is not None:
        return "pn_paid_other"
    if notice.court or notice.state == "proceedings":
        return "pn_prosecuted_non_payment"
    return "pn_unresolved"


def main_reason(file: CaseFile, notice: Notice) -> str:
    """Why the notice was issued, as the school's request said."""
    reason = "other"
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
            "payments": "; ".join(f"{each.amount} on {each.paid_on.isoformat()}" for each in notice.payments),
            "repaid_pence": notice.repaid,
            "withdrawn": notice.ground or "",
            "prosecuted": notice.court or ("proceedings" if notice.state == "proceedings" else ""),
            "evidence_hash": notice.content["evidence_hash"],
        }
        for _, notice in _issued(files, first, last)
    ]


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
