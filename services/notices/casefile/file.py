"""The file of one child's case: what happened, in order, and so how everything stands.

A file is the fold of its entries and nothing else. What was known at an instant is the fold of the entries
up to then. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, get_args

from services.notices.casefile.case_states import CASE, CaseState
from services.notices.casefile.entries import CaseMove, Entry, SafetyEntry, What
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_fold import notice_after, on
from services.notices.casefile.notice_states import NOTICE
from services.notices.casefile.parents import Links
from services.notices.casefile.safety import Safety, safety_after


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
    correlation_id: str
    state: CaseState = CASE.start
    since: datetime | None = None
    """When this state was entered."""
    support: tuple[Mapping[str, Any], ...] = ()
    improvement: Improvement | None = None
    request: Request | None = None
    decided_parents: frozenset[str] = frozenset()
    """Parents of the request to whom a notice was issued."""
    notices: Mapping[str, Notice] = field(default_factory=lambda: MappingProxyType({}))
    elsewhere: Mapping[tuple[str, str], frozenset[date]] = field(default_factory=lambda: MappingProxyType({}))
    """Notices of other authorities that stand, by date of issue: the last answer of each authority about a parent."""
    links: Links = field(default_factory=Links)
    """Which of the parents' ids name the same person."""
    safety: Safety = field(default_factory=Safety)
    """Safety flags, and the addresses that an officer confirmed as safe."""
    met: bool = False
    """Whether the threshold was met when the registers were last looked at for this case."""
    considered: frozenset[str] = frozenset()
    """Sessions for which somebody has decided against a notice; by themselves they do not reopen the case."""
    prompted: frozenset[str] = frozenset()
    """What an officer was prompted about for the case itself."""
    history: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, reference: str, upn: str, urn: str, correlation_id: str, entries: Iterable[Entry]) -> "CaseFile":
        return cls(reference, upn, urn, correlation_id).with_entries(entries)

    def with_entries(self, entries: Iterable[Entry]) -> "CaseFile":
        """The file after these further entries."""
        file, more = self, tuple(entries)
        for entry in more:
            before, file = file.state, _apply(file, entry)
            if file.state != before or file.since is None:
                file = replace(file, since=entry["at"])
            if "considered" in entry:
                file = replace(file, considered=frozenset(entry["considered"]))
        return replace(file, history=(*self.history, *more))

    def has_heard(self, cause: str) -> bool:
        """Whether a message has already had its effect."""
        return any(entry["cause"] == cause for entry in self.history)

    def person(self, parent_id: str) -> str:
        """One id for one person, whichever of their ids is asked about."""
        return self.links.person(parent_id)

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
    what: What = entry["what"]
    if step := _CASE_STEPS.get(what):
        return step(file, entry)
    if entry.get("notice") in file.notices:
        return _with_notice(file, notice_after(file.notices[entry["notice"]], entry))
    return _moved(file, entry["what"])


def _moved(file: CaseFile, move: CaseMove, to: CaseState | None = None) -> CaseFile:
    """The file in its next state. Raises NoSuchMove for what is neither a move from its state nor noted there."""
    return replace(file, state=CASE.after(file.state, move, to))


def _with_notice(file: CaseFile, notice: Notice) -> CaseFile:
    return replace(file, notices={**file.notices, notice.reference: notice})


def _issued(file: CaseFile, entry: Entry) -> CaseFile:
    content = entry["content"]
    notice = Notice(entry["notice"], content["parent_id"], content, NOTICE.start, on(entry), on(entry))
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
        requested_on=on(entry),
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
        return _with_notice(file, notice_after(file.notices[entry["notice"]], entry))
    if entry["code"].startswith("nti_") and file.improvement:
        done = file.improvement.prompted | {entry["code"]}
        return replace(file, improvement=replace(file.improvement, prompted=done))
    if entry["code"].startswith("decide_") and file.request:
        return replace(file, request=replace(file.request, prompted=file.request.prompted | {entry["code"]}))
    return replace(file, prompted=file.prompted | {entry["code"]})


def _linked(file: CaseFile, entry: Entry) -> CaseFile:
    return replace(file, links=file.links.with_link(entry["parent_id"], entry["earlier_id"], entry["same"]))


def _told_elsewhere(file: CaseFile, entry: Entry) -> CaseFile:
    days = frozenset(date.fromisoformat(each["issued_on"]) for each in entry["notices"])
    authority = " ".join(entry["authority"].split()).casefold()  # the same text, however it was typed
    return replace(file, elsewhere={**file.elsewhere, (authority, entry["parent_id"]): days})


def _reached(file: CaseFile, entry: Entry) -> CaseFile:
    moved = replace(_moved(file, "threshold_reached"), met=True)
    return moved if moved.state == file.state else replace(moved, decided_parents=frozenset())


def _kept_safe(file: CaseFile, entry: Entry) -> CaseFile:
    return replace(file, safety=safety_after(file.safety, entry))


def _supported(file: CaseFile, entry: Entry) -> CaseFile:
    return replace(_moved(file, "support_recorded"), support=(*file.support, entry))


def _stays(file: CaseFile, entry: Entry) -> CaseFile:
    """It is in the history, and changes nothing."""
    return file


_CASE_STEPS: Mapping[What, Callable[[CaseFile, Entry], CaseFile]] = {
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
    "refused": _stays,
    "repeated": _stays,
    "history_asked": _stays,
    "history_answered": _stays,
    "other_letter_posted": _stays,
    "earlier_letter_returned": _stays,
    **dict.fromkeys(get_args(SafetyEntry), _kept_safe),
}
