"""Which mark stands for a pupil's session: the highest revision, then the later event, then the greater id.

A mark sent before the session's day gives way to any mark sent from that day on. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from services.notices.attendance.odd_marks import said_twice, unknown_codes
from services.notices.attendance.policy import NO_MARK, Policies
from shared.contracts.mis import MarksAmended, RegisterTaken
from shared.contracts.untidy import Untidy
from shared.time.clock import local_date

Precedence = tuple[bool, int, datetime, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one message says about one school's session: who was absent without authority, and who else was marked.

    Only unauthorised codes are kept. Why somebody's absence was authorised (illness, say) is health data that the
    threshold does not need.
    """

    urn: str
    day: date
    session: str
    revision: int
    time: datetime
    event_id: str
    codes: Mapping[str, str]
    others: frozenset[str]
    missing: frozenset[str] = frozenset()
    """Those of the others for whom the register has no mark yet (`-`)."""
    unexplained: frozenset[str] = frozenset()
    """Those of the absent whose mark was amended without the reason or name that the law requires."""
    untidy: tuple[Untidy, ...] = ()
    """Parts of the message that were left out."""

    @property
    def named(self) -> Set[str]:
        """Every pupil whom it mentions."""
        return self.codes.keys() | self.others

    @property
    def precedence(self) -> Precedence:
        return not _is_ahead(self.time, self.day), self.revision, self.time, self.event_id


@dataclass(frozen=True, slots=True)
class Mark:
    """The standing mark of a pupil's session. A mark without a code is a tombstone: not unauthorised any more."""

    urn: str
    day: date
    session: str
    code: str | None
    revision: int
    time: datetime
    event_id: str
    unexplained: bool = False
    """Whether it was amended without a reason or a name (reg. 11 of the Pupil Registration Regulations 2024)."""

    @property
    def slot(self) -> str:
        return slot(self.urn, self.day, self.session)

    @property
    def half_day(self) -> str:
        return half_day(self.slot)

    @property
    def is_ahead(self) -> bool:
        """Whether it was sent before its day: a planned absence that the day's register has not confirmed yet."""
        return _is_ahead(self.time, self.day)

    @property
    def precedence(self) -> Precedence:
        return not self.is_ahead, self.revision, self.time, self.event_id


def slot(urn: str, day: date, session: str) -> str:
    """The name of a school's session, such as `123456:2025-09-22:AM`."""
    return f"{urn}:{day.isoformat()}:{session}"


def half_day(key: str) -> str:
    """The child's half-day behind a school's session, whichever school it is: `2025-09-22:AM`."""
    return key.partition(":")[2]


def statements(message: RegisterTaken | MarksAmended, policies: Policies) -> tuple[Statement, ...]:
    """What a register or a set of corrections says, by session and revision; local marks are ignored.

    Anything else that cannot be used is kept with its session.
    """
    codes_of: dict[tuple[date, str, int], dict[str, str]] = defaultdict(dict)
    explained: dict[tuple[date, str, int], set[str]] = defaultdict(set)
    if isinstance(message, RegisterTaken):
        codes_of[message.date, message.session.value, message.revision] = {
            mark.upn: mark.code for mark in message.marks
        }
    else:
        for amended in message.marks:
            which = amended.date, amended.session.value, amended.revision
            codes_of[which][amended.upn] = amended.code
            if amended.reason and amended.by:
                explained[which].add(amended.upn)
    event_id, time = str(message.id), message.time
    time = time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)  # as the store gives it back
    made = []
    for (day, session, revision), marks in codes_of.items():
        policy = policies.on(day)
        counting = policy.threshold.counting_codes
        excused = policy.codes.keys() - counting
        codes = {upn: code for upn, code in marks.items() if code in counting}
        others = frozenset([upn for upn, code in marks.items() if code in excused])
        missing = frozenset([upn for upn in others if marks[upn] == NO_MARK])
        amended_so = isinstance(message, MarksAmended)
        unexplained = frozenset(codes.keys() - explained[day, session, revision]) if amended_so else frozenset()
        made.append(Statement(message.urn, day, session, revision, time, event_id, codes, others, missing, unexplained))
    if message.untidy or sum(len(each.codes) + len(each.others) for each in made) < len(message.marks):
        return _with_oddities(made, message, policies)
    return tuple(made)


def _with_oddities(
    made: Sequence[Statement], message: RegisterTaken | MarksAmended, policies: Policies
) -> tuple[Statement, ...]:
    """The same statements without marks that contradict each other in one message, each with what was left out."""
    twice = {(each.upn, each.day, each.session, revision): each for each, revision in said_twice(message)}
    odd = (*message.untidy, *unknown_codes(message, policies))
    sessions = [(side.day.isoformat(), side.session) for side in made]
    found = []
    for side, which in zip(made, sessions, strict=True):
        here = [each for each in odd if (each.day, each.session) == which]
        if side is made[0]:  # what belongs to no session has to be kept somewhere
            here += [each for each in odd if (each.day, each.session) not in sessions]
        again = {upn: each for (upn, *rest), each in twice.items() if rest == [*which, side.revision]}
        found.append(
            replace(
                side,
                codes={upn: code for upn, code in side.codes.items() if upn not in again},
                others=side.others - again.keys(),
                missing=side.missing - again.keys(),
                unexplained=side.unexplained - again.keys(),
                untidy=(*here, *again.values()),
            )
        )
    return tuple(found)


def winners(sides: Iterable[Statement]) -> dict[str, Mark]:
    """The standing mark of each pupil whom any statement on one session calls absent without authority."""
    ordered = sorted(sides, key=lambda side: side.precedence, reverse=True)
    absent = {upn for side in ordered for upn in side.codes}
    standing: dict[str, Mark] = {}
    for upn in absent:
        side = next(side for side in ordered if upn in side.codes or upn in side.others)
        standing[upn] = Mark(
            side.urn,
            side.day,
            side.session,
            side.codes.get(upn),
            side.revision,
            side.time,
            side.event_id,
            upn in side.unexplained,
        )
    return standing


def is_missing(upn: str, sides: Iterable[Statement]) -> bool:
    """Whether the last word on a pupil's session is that there is no mark yet."""
    about = [side for side in sides if upn in side.codes or upn in side.others]
    return bool(about) and upn in max(about, key=lambda side: side.precedence).missing


def _is_ahead(said_at: datetime, day: date) -> bool:
    return said_at.date() < day and local_date(said_at) < day  # in UTC, it is never a later day than in London


def merge(kept: Mapping[str, Mark], fresh: Iterable[Mark]) -> dict[str, Mark]:
    """A pupil's marks by session with new ones merged in; the higher revision wins."""
    merged = dict(kept)
    for mark in fresh:
        before = merged.get(mark.slot)
        if before is None or before.precedence < mark.precedence:
            merged[mark.slot] = mark
    return merged


def monday_of(day: date) -> date:
    """The Monday of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def makes_weeks(message: RegisterTaken | MarksAmended, policies: Policies) -> set[date]:
    """The Mondays of the weeks in which a message shows that its school held a session."""
    if isinstance(message, RegisterTaken):
        held = any(policies.shows_a_session(mark.code, message.date) for mark in message.marks)
        return {monday_of(message.date)} if held else set()
    return {monday_of(mark.date) for mark in message.marks if policies.shows_a_session(mark.code, mark.date)}
