"""A case lived through without servers: commands in, entries and events out, the calendar at one's fingertips."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from services.notices.attendance.calendar import Calendar, SchoolWeeks
from services.notices.attendance.child import Child
from services.notices.attendance.marks import Mark
from services.notices.attendance.policy import shipped
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import Notice
from services.notices.deciding.clockwork import next_day, tick
from services.notices.deciding.commands import decide, refusal, repetition
from services.notices.deciding.decision import Facts, Moment, Outcome, PupilFacts, SchoolFacts
from services.notices.deciding.issuing import decided_on
from services.notices.deciding.letters import (
    FIRST_LETTER,
    LATER_LETTER,
    letter_dispatched,
    letter_failed,
    letter_returned,
)
from services.notices.deciding.looking import look_again
from services.notices.deciding.prosecution import token
from shared.contracts.base import Command, Event
from shared.contracts.casework import AuthoriseNotice, Paper, RequestNotice
from shared.contracts.fields import Address
from shared.contracts.mis import Parent
from shared.contracts.notices import EvidenceChanged
from shared.contracts.notifications import LetterDispatched, LetterReturned, NotificationFailed
from shared.decisions.deciding import Refused, Repeated
from shared.time.clock import LONDON
from tests.making import PUPIL, URN, at

OFFICER = {"id": "o-1", "name": "Jo Harwood", "role": "Attendance Officer"}
SCHOOL = {"id": "lead-3", "name": "Chris Amis", "role": "Attendance Lead"}
HOME = Address(lines=("1 Chapel Lane", "Norwich"), postcode="NR3 1AB")
POLICIES = shipped()
PAPERS = ("registration_certificate", "registration_certificate_previous_year", "warning_to_parents", "support_record")
STORY = UUID(int=7)

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)


def parent(number: int, home: Address | None = HOME) -> Parent:
    return Parent(parent_id=f"p-{number}", name=f"Robin Larter {number}", address=home, day_to_day_care=True)


def term(first: date, last: date, closed: Iterable[date] = (), urn: str = URN) -> SchoolWeeks:
    calendar = Calendar(first, last, frozenset(closed), frozenset(), datetime(2024, 1, 1, tzinfo=UTC), "e")
    return SchoolWeeks(urn, (calendar,))


@dataclass
class Life:
    """One child's case, lived day by day. Times are London's; an action without a time happens at nine."""

    today: date = date(2024, 9, 23)
    parents: tuple[Parent, ...] = (parent(1), parent(2))
    marks: dict[str, Mark] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    child: Child = field(default_factory=lambda: Child(URN, date(2015, 3, 4)))
    weeks: SchoolWeeks = field(default_factory=lambda: term(date(2024, 9, 2), date(2028, 7, 28)))
    elsewhere: dict[str, SchoolWeeks] = field(default_factory=dict)
    """Weeks of other schools that have marked the child."""
    file: CaseFile = field(default_factory=lambda: CaseFile("C-1", PUPIL, URN, str(STORY)))
    events: list[Event] = field(default_factory=list)
    heard: list[Command] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        pupil = PupilFacts(PUPIL, URN, "Ava", "Larter", HOME, self.parents, self.child)
        return Facts(
            pupil,
            SchoolFacts(URN, "Marsh Lane"),
            self.marks,
            {**self.elsewhere, URN: self.weeks},
            POLICIES,
            self.missing,
        )

    def moment(self, cause: UUID | None = None) -> Moment:
        now = datetime.combine(self.today, time(9), LONDON).astimezone(UTC)
        return Moment(now, cause or uuid4(), POLICIES)

    def absent(self, first: date, sessions: int, code: str = "G", revision: int = 1, urn: str = URN) -> None:
        """Unauthorised sessions on school days from a date on; the case looks at the registers."""
        for n in range(sessions):
            day = first
            for _ in range(n // 2):
                day = _next_weekday(day)
            self._mark(day, "AM" if n % 2 == 0 else "PM", code, revision, urn)
        self.look()

    def correct(self, day: date, session: str, code: str | None, revision: int = 2, urn: str = URN) -> None:
        self._mark(day, session, code, revision, urn)
        self.look()

    def _mark(self, day: date, session: str, code: str | None, revision: int, urn: str = URN) -> None:
        mark = Mark(urn, day, session, code, revision, at(day), "e")
        self.marks[mark.slot] = mark

    def look(self) -> None:
        count = self.facts.assessment().count
        facts = {"upn": PUPIL, "urn": URN, "case": "C-1", "met": True, "count": count}
        event = EvidenceChanged.model_validate({"id": uuid4(), "time": self.moment().now, **facts})
        self.take(look_again(self.file, event, self.facts, self.moment(event.id)))

    def take(self, outcome: Outcome) -> None:
        self.file = self.file.with_entries(outcome.entries)
        self.events += outcome.events

    def do(self, kind: type[C], /, **facts: Any) -> tuple[str, ...]:
        """Hand a command over; returns the codes of the reasons for which it was refused."""
        command = kind.model_validate({"id": uuid4(), "time": self.moment().now, **self._about(kind), **facts})
        return self.hear(command)

    def hear(self, command: Command) -> tuple[str, ...]:
        self.heard.append(command)
        if self.file.has_heard(str(command.id)):
            return ()
        try:
            self.take(decide(self.file, command, self.facts, self.moment(command.id)))
        except Repeated:
            self.take(repetition(command, self.moment(command.id)))
            return ("repeated",)
        except Refused as refused:
            self.take(refusal(self.file, command, refused, self.moment(command.id)))
            return tuple(reason.code for reason in refused.reasons)
        return ()

    def _about(self, kind: type[Command]) -> dict[str, Any]:
        told: dict[str, Any] = {
            name: who for name, who in (("officer", OFFICER), ("requested_by", SCHOOL)) if name in kind.model_fields
        }
        if "case" in kind.model_fields:
            told["case"] = "C-1"
        elif len(self.file.notices) == 1:
            told["notice"] = next(iter(self.file.notices))
        return told

    def request(self, *parents: str, **more: Any) -> tuple[str, ...]:
        days = sorted(mark.day for mark in self.marks.values() if mark.code) or [self.today]
        facts = {
            "parents": parents or ("p-1",),
            "route": "support_not_appropriate",
            "offence_from": days[0],
            "offence_to": days[-1],
            "evidence": [Paper(kind=kind, reference=f"f-{kind}") for kind in PAPERS],
            "addresses_checked": parents or ("p-1",),
        }
        return self.do(RequestNotice, **(facts | more))

    def sees(self, who: str = "p-1") -> str:
        """The hash of what an officer sees of a notice to a parent."""
        return decided_on(self.file, who, self.facts, self.moment())

    def authorise(self, who: str = "p-1", **more: Any) -> tuple[str, ...]:
        found = self.sees(who)
        return self.do(AuthoriseNotice, **({"parent_id": who, "reason": "a holiday", "evidence_hash": found} | more))

    def issue(self, who: str = "p-1") -> Notice:
        """Ask for a notice to a parent and authorise it."""
        assert self.request(who) == ()
        assert self.authorise(who) == ()
        return list(self.file.notices.values())[-1]

    def post(self, notice: Notice, on: date | None = None, template: str = "", postage: str | None = None) -> None:
        """The print provider posts a letter; without a template, the one of the notice that counts now."""
        more = {"dispatched_on": on or self.today, "template": template or self.letter(notice), "postage": postage}
        self._hear(LetterDispatched, letter_dispatched, reference=notice.reference, delivery="d", **more)

    def comes_back(self, notice: Notice, template: str = "") -> None:
        more = {"returned_on": self.today, "template": template or self.letter(notice)}
        self._hear(LetterReturned, letter_returned, reference=notice.reference, **more)

    def fails(self, notice: Notice, template: str = "") -> None:
        """The letter cannot be sent."""
        more = {"channel": "letter", "reason": "no such postcode", "template": template or self.letter(notice)}
        self._hear(NotificationFailed, letter_failed, delivery="d", about=notice.reference, **more)

    def letter(self, notice: Notice) -> str:
        return LATER_LETTER if self.notice(notice).letters > 1 else FIRST_LETTER

    def _hear(self, kind: type[Event], decides: Any, **facts: Any) -> None:
        event = kind.model_validate({"id": uuid4(), "time": self.moment().now, **facts})
        try:
            self.take(decides(self.file, event, self.facts, self.moment(event.id)))
        except Repeated:
            self.take(repetition(event, self.moment(event.id)))

    def go_to(self, day: date) -> None:
        """Let the days pass, each with what it brings."""
        while self.today < day:
            due = next_day(self.file, POLICIES, self.today)
            self.today = min(max(due, self.today + timedelta(days=1)), day) if due else day
            self.take(tick(self.file, self.facts, self.moment(UUID(int=1))))

    def served(self, notice: Notice, posted: date) -> Notice:
        """The notice on the day of its deemed service."""
        self.go_to(posted)
        self.post(notice)
        served_on = self.notice(notice).served_on
        assert served_on
        self.go_to(served_on)
        return self.notice(notice)

    def notice(self, notice: Notice) -> Notice:
        return self.file.notices[notice.reference]

    def token(self, notice: Notice) -> str:
        return token(self.file, notice.reference, self.facts)

    def said(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def moves_house(self, number: int, home: Address) -> None:
        self.parents = tuple(
            replace_address(each, home) if each.parent_id == f"p-{number}" else each for each in self.parents
        )


def replace_address(who: Parent, home: Address) -> Parent:
    return who.model_copy(update={"address": home})


def _next_weekday(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def with_holiday(today: date = date(2024, 9, 23), **more: Any) -> Life:
    """A case whose pupil was away for ten sessions of a holiday in the week of 9 September 2024."""
    life = replace(Life(today=today), **more)
    life.absent(date(2024, 9, 9), 10)
    return life
