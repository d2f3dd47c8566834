"""The file of one child's case: what happened, in order, and where everything therefore stands.

A file is the fold of its entries; nothing else is true of it. What was known at an instant is the fold of the entries
until then. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from services.notices.states import CASE, NOTICE
from shared.clock import local_date

Entry = Mapping[str, Any]
"""`at` (instant), `what`, `cause` (the message's id) and the facts of what happened; dates as ISO text."""

SETTLED = frozenset({"paid", "withdrawn", "convicted", "acquitted", "closed"})
"""States in which nothing is asked of the parent or the authority any more, but for money to be repaid."""
UNPAID = frozenset({"issued", "dispatched", "discount_period", "full_period", "representation", "expired_unpaid"})
BY_CLOCK = frozenset({"issued", "dispatched", "discount_period", "full_period", "expired_unpaid"})
COURT = frozenset({"prosecution_review", "proceedings", "held"})
WAITS_FOR_A_PERSON = COURT - {"proceedings"} | {
    "underpaid", "overpaid", "paid_late", "representation", "returned_undelivered", "expired_unpaid", "discontinued",
}  # fmt: skip


@dataclass(frozen=True)
class Payment:
    """Money that came in for a notice; pence, by the date on which it was paid."""

    reference: str
    amount: int
    paid_on: date


@dataclass(frozen=True)
class Notice:
    """One penalty notice to one parent, as its entries leave it."""

    reference: str
    parent_id: str
    content: Mapping[str, Any]
    state: str
    since: date
    """The local date on which this state was entered."""
    posted_on: date | None = None
    served_on: date | None = None
    discount_until: date | None = None
    pay_until: date | None = None
    payments: tuple[Payment, ...] = ()
    repaid: int = 0
    settled: int = 0
    """Pence that discharged the notice."""
    band: str | None = None
    ground: str | None = None
    letters: int = 1
    clock: str = NOTICE.start
    """How far its clock had brought it, whatever holds it now."""
    held_from: str | None = None
    court: str | None = None
    """How proceedings ended."""
    lost_sessions: int = 0
    """How many of its sessions the registers do not show as unauthorised any more."""
    returned_on: date | None = None
    representation_open: bool = False
    prompted: frozenset[str] = frozenset()

    @property
    def sequence(self) -> int:
        return int(self.content["sequence"])

    @property
    def issued_on(self) -> date:
        return date.fromisoformat(self.content["issued_on"])

    @property
    def slots(self) -> frozenset[str]:
        """The sessions that it rests on, as the schools' registers name them."""
        return frozenset(f"{mark['urn']}:{mark['date']}:{mark['session']}" for mark in self.content["sessions"])

    @property
    def half_days(self) -> frozenset[str]:
        """The child's half-days that it rests on, whichever school took them: used up while it stands."""
        return frozenset(f"{mark['date']}:{mark['session']}" for mark in self.content["sessions"])

    @property
    def stands(self) -> bool:
        """Issued and not withdrawn, whatever else has happened."""
        return self.ground is None

    @property
    def paid(self) -> int:
        return sum(payment.amount for payment in self.payments)

    @property
    def open_money(self) -> int:
        """Pence that came in, and were neither repaid nor discharge a notice that stands: a person has to decide."""
        return self.paid - self.repaid - (self.settled if self.stands else 0)

    def due_on(self, day: date) -> int:
        """The amount that discharges the liability when it is paid on this day, in pence; 0 after the last day.

        Before the days begin, the lowest amount does.
        """
        amounts = self.content["amounts"]
        if self.pay_until is not None and day > self.pay_until:
            return 0
        discounted = amounts["discounted"]
        if discounted is not None and (self.discount_until is None or day <= self.discount_until):
            return int(discounted)
        return int(amounts["full"])

    @property
    def resumes(self) -> str:
        """Where it goes on after something that held it; the clock then brings about what came due meanwhile."""
        if self.settled:
            return "paid"
        return "returned_undelivered" if self.returned_on else self.clock


@dataclass(frozen=True)
class Improvement:
    """A notice to improve whose period runs or ran."""

    starts_on: date
    school_weeks: int
    parents: tuple[str, ...]
    decided: str | None = None
    prompted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Request:
    """A school's request that is being decided, or was."""

    parents: tuple[str, ...]
    route: str
    main_reason: str
    offence: tuple[date, date]
    requested_on: date
    decide_by: date
    late: bool
    prompted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CaseFile:
    """Everything about one child's case."""

    reference: str
    upn: str
    urn: str
    story: str
    state: str = CASE.start
    since: datetime | None = None
    """When this state was entered."""
    support: tuple[Mapping[str, Any], ...] = ()
    improvement: Improvement | None = None
    request: Request | None = None
    decided_parents: frozenset[str] = frozenset()
    """Parents of the request to whom a notice was issued."""
    notices: Mapping[str, Notice] = field(default_factory=lambda: MappingProxyType({}))
    elsewhere: tuple[tuple[str, date], ...] = ()
    """Notices of other authorities that stand: the parent here, and the date of issue."""
    same_parent: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Parents who are the same person as one whom an earlier record names."""
    other_parent: frozenset[tuple[str, str]] = frozenset()
    """Pairs of which an officer said that they are not the same person."""
    met: bool = False
    """Whether the threshold was met when the registers were last looked at for this case."""
    considered: frozenset[str] = frozenset()
    """Sessions on which somebody has decided that no notice follows; alone they open nothing again."""
    history: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, reference: str, upn: str, urn: str, story: str, entries: Iterable[Entry]) -> "CaseFile":
        return cls(reference, upn, urn, story).with_entries(entries)

    def with_entries(self, entries: Iterable[Entry]) -> "CaseFile":
        """The file after some more has happened."""
        file = self
        for entry in entries:
            before = file.state if file.history else None
            file = replace(_apply(file, entry), history=(*file.history, entry))
            if file.state != before:
                file = replace(file, since=entry["at"])
            if "considered" in entry:
                file = replace(file, considered=frozenset(entry["considered"]))
        return file

    def has_heard(self, cause: str) -> bool:
        """Whether a message has already had its effect."""
        return any(entry["cause"] == cause for entry in self.history)

    def person(self, parent_id: str) -> str:
        """The id under which this parent was first known here."""
        return self.same_parent.get(parent_id, parent_id)

    def standing(self, parent_id: str) -> list[Notice]:
        """The notices that stand for one parent, under whatever id."""
        who = self.person(parent_id)
        return [each for each in self.notices.values() if each.stands and self.person(each.parent_id) == who]

    def used_by_any(self) -> frozenset[str]:
        """Half-days that support any standing notice."""
        return frozenset().union(*(notice.half_days for notice in self.notices.values() if notice.stands))

    def used(self, parent_id: str) -> frozenset[str]:
        """Half-days that support a standing notice to this parent: they never support another."""
        return frozenset().union(*(notice.half_days for notice in self.standing(parent_id)))


def _apply(file: CaseFile, entry: Entry) -> CaseFile:
    what = entry["what"]
    if what in _CASE_STEPS:
        return _CASE_STEPS[what](file, entry)
    if entry.get("notice") in file.notices:
        notice = file.notices[entry["notice"]]
        return _with_notice(file, _notice_after(notice, entry))
    return _moved(file, what)


def _moved(file: CaseFile, move: str, to: str | None = None) -> CaseFile:
    """The file in its next state; what is no move from here leaves the state as it is."""
    if move not in CASE.moves[file.state]:
        return file
    return replace(file, state=CASE.after(file.state, move, to))


def _with_notice(file: CaseFile, notice: Notice) -> CaseFile:
    return replace(file, notices={**file.notices, notice.reference: notice})


def _on(entry: Entry) -> date:
    at: datetime = entry["at"]
    return local_date(at)


def _notice_after(notice: Notice, entry: Entry) -> Notice:
    what = entry["what"]
    if what in NOTICE.moves[notice.state]:
        state = NOTICE.after(notice.state, what, entry.get("to"))
        held_from = notice.state if state == "held" and notice.state != "held" else notice.held_from
        if state != notice.state:
            clock = state if state in BY_CLOCK else notice.clock
            notice = replace(notice, state=state, since=_on(entry), clock=clock, held_from=held_from)
    step = _NOTICE_FACTS.get(what)
    return step(notice, entry) if step else notice


def _payment(notice: Notice, entry: Entry) -> Notice:
    payment = Payment(entry["payment_reference"], entry["amount"], date.fromisoformat(entry["paid_on"]))
    notice = replace(notice, payments=(*notice.payments, payment))
    settles = entry["what"] == "paid" and notice.state == "paid"
    return replace(notice, band=entry["band"], settled=payment.amount) if settles else notice


def _dates(notice: Notice, entry: Entry) -> Notice:
    dates = {name: entry.get(name) for name in ("posted_on", "served_on", "discount_until", "pay_until")}
    return replace(
        notice,
        clock="dispatched",
        **{name: date.fromisoformat(day) if day else None for name, day in dates.items()},  # type: ignore[arg-type]
    )


def _reissued(notice: Notice, entry: Entry) -> Notice:
    return replace(
        notice,
        content=entry["content"],
        letters=notice.letters + 1,
        posted_on=None,
        served_on=None,
        discount_until=None,
        pay_until=None,
        returned_on=None,
        prompted=frozenset(),
    )


def _prompted(notice: Notice, entry: Entry) -> Notice:
    return replace(notice, prompted=notice.prompted | {entry["code"]})


_NOTICE_FACTS: Mapping[str, Callable[[Notice, Entry], Notice]] = {
    **dict.fromkeys(("paid", "underpaid", "overpaid", "paid_late", "late_money"), _payment),
    "letter_dispatched": _dates,
    "reissued": _reissued,
    "prompted": _prompted,
    "letter_returned": lambda notice, entry: replace(notice, returned_on=date.fromisoformat(entry["returned_on"])),
    "payment_accepted": lambda notice, entry: replace(
        notice, band="accepted_by_officer", settled=notice.paid - notice.repaid
    ),
    "payment_repaid": lambda notice, entry: replace(notice, repaid=notice.paid - notice.settled),
    "refunded": lambda notice, entry: replace(notice, repaid=notice.repaid + entry["amount"]),
    "withdrawn": lambda notice, entry: replace(notice, ground=entry["ground"]),
    "evidence_changed": lambda notice, entry: replace(notice, lost_sessions=entry["lost"]),
    "representation": lambda notice, entry: replace(notice, representation_open=True),
    "representation_rejected": lambda notice, entry: replace(notice, representation_open=False),
    "convicted": lambda notice, entry: replace(notice, court="convicted"),
    "acquitted": lambda notice, entry: replace(notice, court="acquitted"),
    "discontinued": lambda notice, entry: replace(notice, court="discontinued"),
}


def _issued(file: CaseFile, entry: Entry) -> CaseFile:
    content = entry["content"]
    notice = Notice(entry["notice"], content["parent_id"], content, NOTICE.start, _on(entry))
    decided = file.decided_parents | {content["parent_id"]}
    waiting = set(file.request.parents if file.request else ()) - decided
    moved = _moved(file, "notice_issued", "requested" if waiting else "decided")
    return replace(_with_notice(moved, notice), decided_parents=decided)


def _requested(file: CaseFile, entry: Entry) -> CaseFile:
    request = Request(
        parents=tuple(entry["parents"]),
        route=entry["route"],
        main_reason=entry["main_reason"],
        offence=(date.fromisoformat(entry["offence_from"]), date.fromisoformat(entry["offence_to"])),
        requested_on=_on(entry),
        decide_by=date.fromisoformat(entry["decide_by"]),
        late=entry["late"],
    )
    return replace(_moved(file, "requested"), request=request, decided_parents=frozenset())


def _improvement(file: CaseFile, entry: Entry) -> CaseFile:
    starts_on = date.fromisoformat(entry["starts_on"])
    improvement = Improvement(starts_on, entry["school_weeks"], tuple(entry["parents"]))
    return replace(_moved(file, "nti_issued"), improvement=improvement)


def _improvement_decided(file: CaseFile, entry: Entry) -> CaseFile:
    improvement = replace(file.improvement, decided=entry["what"]) if file.improvement else None
    return replace(_moved(file, entry["what"]), improvement=improvement)


def _reviewed(file: CaseFile, entry: Entry) -> CaseFile:
    """A prompt on the case itself: about its request or its notice to improve."""
    if entry.get("notice") in file.notices:
        return _with_notice(file, _notice_after(file.notices[entry["notice"]], entry))
    if entry["code"].startswith("nti_") and file.improvement:
        done = file.improvement.prompted | {entry["code"]}
        return replace(file, improvement=replace(file.improvement, prompted=done))
    if entry["code"].startswith("decide_") and file.request:
        return replace(file, request=replace(file.request, prompted=file.request.prompted | {entry["code"]}))
    return file


def _linked(file: CaseFile, entry: Entry) -> CaseFile:
    pair = (entry["parent_id"], entry["earlier_id"])
    if not entry["same"]:
        return replace(file, other_parent=file.other_parent | {pair})
    return replace(file, same_parent={**file.same_parent, pair[0]: file.person(pair[1])})


def _told_elsewhere(file: CaseFile, entry: Entry) -> CaseFile:
    told = [(entry["parent_id"], date.fromisoformat(each["issued_on"])) for each in entry["notices"]]
    return replace(file, elsewhere=(*file.elsewhere, *told))


def _reached(file: CaseFile, entry: Entry) -> CaseFile:
    moved = replace(_moved(file, "threshold_reached"), met=True)
    return moved if moved.state == file.state else replace(moved, decided_parents=frozenset())


def _supported(file: CaseFile, entry: Entry) -> CaseFile:
    return replace(_moved(file, "support_recorded"), support=(*file.support, entry))


_CASE_STEPS: Mapping[str, Callable[[CaseFile, Entry], CaseFile]] = {
    "notice_issued": _issued,
    "requested": _requested,
    "nti_issued": _improvement,
    "nti_improved": _improvement_decided,
    "nti_failed": _improvement_decided,
    "nti_breached": _improvement_decided,
    "prompted": _reviewed,
    "parent_linked": _linked,
    "history_recorded": _told_elsewhere,
    "support_recorded": _supported,
    "threshold_reached": _reached,
    "threshold_restored": lambda file, entry: replace(file, met=True),
    "threshold_cleared": lambda file, entry: replace(_moved(file, "threshold_cleared"), met=False),
    "refused": lambda file, entry: file,
}
