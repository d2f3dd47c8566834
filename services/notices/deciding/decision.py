"""What every decision is made with and made of: the facts, the moment, what happened and what is said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.child import UNKNOWN, Child
from services.notices.attendance.counting import sift, why_not
from services.notices.attendance.marks import Mark
from services.notices.attendance.policy import Policies, Policy
from services.notices.attendance.threshold import Assessment, assess
from services.notices.casefile.case_states import CASE
from services.notices.casefile.entries import CaseMove, Entry, NoticeMove, What
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.casefile.notice_states import NOTICE
from shared.contracts.base import Event
from shared.contracts.fields import Address
from shared.contracts.mis import Parent
from shared.decisions import deciding
from shared.decisions.deciding import Refused, because
from shared.identity import derived
from shared.machine import M, Machine, S

E = TypeVar("E", bound=Event)


def full_name(given: str | None, family: str | None) -> str:
    """A pupil's name as letters say it. Some people have one name only."""
    return " ".join(filter(None, (given, family)))


@dataclass(frozen=True)
class PupilFacts:
    """What a notice needs to know of a pupil."""

    upn: str
    urn: str
    given_name: str | None
    family_name: str | None
    address: Address | None
    parents: tuple[Parent, ...]
    child: Child = UNKNOWN
    """Date of birth and rolls, as far as known."""
    looked_after: bool = False
    """Whether the child is looked after by the authority."""

    @property
    def name(self) -> str:
        return full_name(self.given_name, self.family_name)

    def parent(self, parent_id: str) -> Parent | None:
        return next((parent for parent in self.parents if parent.parent_id == parent_id), None)


@dataclass(frozen=True)
class SchoolFacts:
    """The school as the notice names it."""

    urn: str
    name: str


@dataclass(frozen=True)
class Facts:
    """What is known now of the pupil, their school, their marks and the weeks of the schools that took them."""

    pupil: PupilFacts | None
    school: SchoolFacts | None
    marks: Mapping[str, Mark]
    weeks: Mapping[str, SchoolWeeks]
    policies: Policies
    missing: frozenset[str] = frozenset()
    """Sessions for which the register has no mark for this pupil yet, as slots."""

    @property
    def child(self) -> Child:
        return self.pupil.child if self.pupil else UNKNOWN

    def assessment(self, used: frozenset[str] = frozenset()) -> Assessment:
        """The threshold without the half-days that are used up."""
        free = [mark for mark in self.marks.values() if mark.half_day not in used]
        return assess(free, self.weeks, self.policies, self.child)

    def counting(self) -> list[Mark]:
        """Every absence that counts, within whichever window; each half-day once."""
        return sift(self.marks.values(), self.weeks, self.policies, self.child)[0]

    def is_absence(self, slot: str) -> bool:
        """Whether a school's session is still an unauthorised absence of one that counts."""
        mark = self.marks.get(slot)
        if mark is None or mark.code is None:
            return False
        return why_not(mark, self.weeks, self.policies, self.child) is None

    def weeks_of(self, urn: str) -> SchoolWeeks:
        return self.weeks.get(urn) or SchoolWeeks(urn)


@dataclass(frozen=True)
class Moment(deciding.Moment[What]):
    """When a decision is made, which message caused it, and under which policy."""

    policies: Policies

    @property
    def policy(self) -> Policy:
        return self.policies.on(self.today)

    def event(self, kind: type[E], file: CaseFile, purpose: str, **facts: Any) -> E:
        """The event about it, under the case's correlation id; its own id is derived from the cause."""
        envelope = {
            "id": derived(self.cause, purpose),
            "time": self.now,
            "subject": facts.get("notice") or file.reference,
            "correlation_id": file.correlation_id,
            "causation_id": self.cause,
            "case": file.reference,
        }
        return kind.model_validate(envelope | facts)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a decision: entries for the file, and events to publish with them."""

    entries: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.entries + other.entries, self.events + other.events)


def considered(facts: Facts) -> list[str]:
    """The sessions for which somebody decided against a notice."""
    return sorted(mark.slot for mark in facts.counting())


def require_case(file: CaseFile, move: CaseMove) -> None:
    """Refuse what is not a move from the case's state."""
    _require(CASE, file.state, move)


def require_notice(file: CaseFile, reference: str, move: NoticeMove) -> Notice:
    """The notice, if its state allows this move; else refuse."""
    notice = file.notices[reference]
    _require(NOTICE, notice.state, move)
    return notice


def require_parent(file: CaseFile, parent_id: str, facts: Facts) -> None:
    """Refuse an unknown parent's id: what is said about a mistyped id would have no effect."""
    named = {parent.parent_id for parent in facts.pupil.parents} if facts.pupil else {parent_id}
    earlier = {notice.parent_id for notice in file.notices.values()}
    if not file.links.ids(parent_id) & (named | earlier):
        words = "parent_id: neither the school's record nor a notice of this case names a parent with this id."
        raise Refused(because("parent_unknown", words))


def _require(machine: Machine[S, M], state: S, move: M) -> None:
    if move in machine.moves[state]:
        return
    name = state.replace("_", " ")
    words = f"This cannot be done while the {machine.name} is “{name}”: {machine.states[state]}."
    raise Refused(because("impossible_now", words))
