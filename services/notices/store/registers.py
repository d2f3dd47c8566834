"""The register path: batches of registers and corrections become pupils' unauthorised sessions. A bulk path.

Any order and any number of deliveries end in the same state, because every message's statement is saved first, and a
mark's winner is then worked out from everything that is known of its session. Two replicas that work on the same
session at once cannot both miss the other's statement: each writes its own before it reads.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.notices.attendance.calendar import SchoolWeeks
from services.notices.attendance.marks import Mark, Statement, is_missing, makes_weeks, merge, slot, statements, winners
from services.notices.attendance.odd_marks import of_possible_days
from services.notices.attendance.policy import Policies
from services.notices.attendance.reconsidering import PupilStanding, may_meet, reconsider
from services.notices.store import records
from services.notices.store.oddities import say_untidy
from services.notices.store.retention import first_week
from services.notices.store.sweep_line import ByMessage, SweepLine
from shared.contracts.latest import heard
from shared.contracts.mis import CalendarPublished, MarksAmended, PupilUpdated, RegisterTaken
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached, EvidenceChanged
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.store.references import References, new_reference
from shared.time.clock import Clock, local_date, utc

Taken = RegisterTaken | MarksAmended
Cause = Taken | CalendarPublished | PupilUpdated
LOG_EVENTS = frozenset(
    said.key().split(".")[1] for said in (AbsenceThresholdReached, AbsenceThresholdCleared, EvidenceChanged)
)
"""What a log line about a pupil's standing may be called: the same as the published event."""

_KNOWN_WEEKS = 500_000  # remembered (school, week) pairs; a memo of what is stored, cleared when full


class Registers:
    """Keeps registers, and checks each pupil in them against the national threshold."""

    def __init__(self, store: Store, policies: Policies, clock: Clock) -> None:
        self._registers = store[records.REGISTERS]
        self._pupils = store[records.PUPILS]
        self._cases = store[records.CASES]
        self._references = References(store)
        self._schools = store[records.SCHOOLS]
        self._sweep_line = SweepLine(store)
        self._policies = policies
        self._clock = clock
        self._weeks: dict[str, tuple[int, SchoolWeeks]] = {}
        self._seen: set[tuple[str, date]] = set()

    async def keep(self, taken: Sequence[Taken]) -> None:
        """Take many registers or corrections at once. Idempotent for each of them, in any batch."""
        now = utc(self._clock.now())
        today = local_date(now)
        taken = [of_possible_days(heard(message, now), today) for message in taken]
        by_message = await self._in_time(taken)
        everything = [statement for each in by_message.values() for statement in each]
        fresh = self._fresh_weeks(taken)
        fresh_facts, late = await asyncio.gather(
            self._registers.insert_facts([records.statement_document(each, now) for each in everything]),
            self._keep_weeks(fresh, now),
        )
        marks = await self._winning(everything, all_new=fresh_facts == len(everything))
        causes = {
            upn: message for message in taken for each in by_message[message.id] for upn in each.named & marks.keys()
        }
        had_effect = await self._reassess(set(marks), marks, causes.__getitem__)
        for urn in late:
            had_effect |= await self.reassess_school(urn, next(message for message in taken if message.urn == urn))
        self._remember(fresh)
        for message in taken:
            _log_kept(message, by_message[message.id], had_effect)
            say_untidy(message, [untidy for statement in by_message[message.id] for untidy in statement.untidy])
        log.info(
            "registers_kept",
            messages=len(taken),
            statements=len(everything),
            new=fresh_facts,
            unauthorised=sum(len(statement.codes) for statement in everything),
        )

    async def reassess_school(self, urn: str, cause: Cause) -> set[UUID]:
        """A school's weeks have changed: look again at each of its pupils who might meet the threshold."""
        touched = await self._pupils.find({"schools": urn}, fields=["_id"])
        return await self._reassess({pupil["_id"] for pupil in touched}, {}, lambda _: cause)

    async def reassess_pupil(self, upn: str, cause: Cause) -> None:
        """A pupil's record has changed, which may change the count: look at them again."""
        await self._reassess({upn}, {}, lambda _: cause)

    async def marks(self, pupil: Document, known_by: datetime | None = None) -> dict[str, Mark]:
        """A pupil's marks by session, as they are known now or were at an instant."""
        kept = records.read_marks(pupil)
        if known_by is None:
            return kept
        sides = await self._sides(kept, known_by)
        winning = {key: winners(sayings).get(pupil["_id"]) for key, sayings in sides.items()}
        return {key: mark for key, mark in winning.items() if mark is not None}

    async def missing(self, upn: str, known_by: datetime | None = None) -> frozenset[str]:
        """The sessions for which the latest word is that the pupil has no mark yet."""
        found = await self._registers.find({"missing": upn}, fields=["slot"])
        sides = await self._sides({document["slot"] for document in found}, known_by)
        return frozenset(key for key, sayings in sides.items() if is_missing(upn, sayings))

    async def _sides(self, slots: Iterable[str], known_by: datetime | None = None) -> dict[str, list[Statement]]:
        """Every statement about some sessions, or every one up to an instant."""
        query: Document = {"slot": {"$in": list(slots)}}
        if known_by is not None:
            query["kept_at"] = {"$lte": known_by}
        sides: dict[str, list[Statement]] = defaultdict(list)
        for document in await self._registers.find(query):
            sides[document["slot"]].append(records.read_statement(document))
        return sides

    async def weeks(self, urns: Iterable[str], known_by: datetime | None = None) -> dict[str, SchoolWeeks]:
        """The school weeks of some schools as they are known now, or were at an instant."""
        if known_by is not None:
            schools = await self._schools.get_many(set(urns))
            return {urn: records.read_weeks(urn, schools.get(urn), known_by) for urn in urns}
        return {urn: weeks for urn, (_, weeks) in (await self._versioned_weeks(set(urns))).items()}

    async def _in_time(self, taken: Sequence[Taken]) -> ByMessage:
        """What messages say, except sessions that have gone because they were kept for their time."""
        now = utc(self._clock.now())
        by_message = {message.id: statements(message, self._policies) for message in taken}
        oldest = min((statement.day for each in by_message.values() for statement in each), default=date.max)
        if oldest >= first_week(local_date(now), self._policies):
            return by_message
        left = await self._sweep_line.without(by_message)
        for message in taken:
            if too_late := _named(by_message[message.id]) - _named(left[message.id]):
                log.info(
                    "late_marks_ignored",
                    message_id=str(message.id),
                    correlation_id=str(message.correlation_id),
                    urn=message.urn,
                    marks=too_late,
                )
        return left

    def _fresh_weeks(self, taken: Sequence[Taken]) -> dict[str, set[date]]:
        fresh: dict[str, set[date]] = defaultdict(set)
        for message in taken:
            for monday in makes_weeks(message, self._policies):
                if (message.urn, monday) not in self._seen:
                    fresh[message.urn].add(monday)
        return fresh

    async def _keep_weeks(self, fresh: Mapping[str, set[date]], now: datetime) -> list[str]:
        """Keep the weeks in which schools took registers; return the schools for which one came late.

        A week is late if the school, read after the week was saved, has a later one: pupils may have been checked
        against the threshold without it.
        """
        if not fresh:
            return []
        await self._schools.keep_earliest(
            {urn: {f"seen.{monday.isoformat()}": now for monday in mondays} for urn, mondays in fresh.items()}
        )
        schools = await self._schools.get_many(fresh)
        return [urn for urn, mondays in fresh.items() if min(mondays).isoformat() < max(schools[urn]["seen"])]

    def _remember(self, fresh: Mapping[str, set[date]]) -> None:
        if len(self._seen) > _KNOWN_WEEKS:
            self._seen.clear()
        self._seen.update((urn, monday) for urn, mondays in fresh.items() for monday in mondays)

    async def _winning(self, statements_: Sequence[Statement], *, all_new: bool) -> dict[str, list[Mark]]:
        """For the pupils whom these statements name: the winning mark of each session, by pupil."""
        ours: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements_:
            ours[slot(statement.urn, statement.day, statement.session)].append(statement)
        sides = {**ours, **await self._sides(await self._with_other_statements(ours) if all_new else ours)}
        winning: dict[str, list[Mark]] = defaultdict(list)
        for key, fresh_statements in ours.items():
            named = set[str]().union(*(statement.named for statement in fresh_statements))
            for upn, mark in winners(sides[key]).items():
                if upn in named:
                    winning[upn].append(mark)
        return winning

    async def _with_other_statements(self, ours: Mapping[str, Sequence[Statement]]) -> list[str]:
        """The sessions with more statements than these: nearly always few, and only those are read."""
        kept = await self._registers.counts("slot", ours)
        return [key for key, fresh_statements in ours.items() if kept[key] > len(fresh_statements)]

    async def _reassess(
        self, upns: set[str], fresh: Mapping[str, Sequence[Mark]], cause: Callable[[str], Cause]
    ) -> set[UUID]:
        """Merge new marks into pupils, check them against the threshold, save; retried for those that lost a race.

        The weeks are read once more after the save: if they changed in between, whoever changed them might have
        looked at the pupil before our marks were there. Returns the messages that had an effect: an event is published
        because of them.
        """
        had_effect: set[UUID] = set()
        while upns:
            pupils = await self._pupils.get_many(upns)
            marks = {upn: merge(records.read_marks(pupils.get(upn)), fresh.get(upn, ())) for upn in upns}
            assessed = {
                upn for upn in upns if may_meet(marks[upn], self._policies) or (pupils.get(upn) or {}).get("case")
            }
            urns = {mark.urn for upn in assessed for mark in marks[upn].values()}
            weeks = await self._versioned_weeks(urns)
            changes = [
                change
                for upn in upns
                if (change := self._change(upn, pupils.get(upn), marks[upn], weeks if upn in assessed else {}, cause))
            ]
            taken = await self._taken(changes, pupils)  # looked at again, with another reference
            lost = taken | await self._pupils.save(*(each for each in changes if each.id not in taken))
            for change in changes:
                if change.events and change.id not in lost:
                    had_effect |= _log_events(change)
            moved = {urn for urn, now in (await self._versioned_weeks(urns)).items() if now[0] != weeks[urn][0]}
            upns = lost | {upn for upn in assessed if any(mark.urn in moved for mark in marks[upn].values())}
        return had_effect

    async def _taken(self, changes: Sequence[Change], pupils: Mapping[str, Document]) -> set[str]:
        """The pupils whose new case would get a reference that is already taken."""
        opened = {
            change.id: (change.events[0].id, str(change.fields["case"]))
            for change in changes
            if change.events and change.fields.get("case") and not (pupils.get(change.id) or {}).get("case")
        }
        if not opened:
            return set()
        ours = await self._references.claimed(dict(opened.values()))
        held = await self._cases.get_many(case for _, case in opened.values())
        return {upn for upn, (event, case) in opened.items() if event not in ours or case in held}

    def _change(
        self,
        upn: str,
        pupil: Document | None,
        marks: Mapping[str, Mark],
        weeks: Mapping[str, tuple[int, SchoolWeeks]],
        cause: Callable[[str], Cause],
    ) -> Change | None:
        pupil = pupil or {}
        kept: Document = pupil.get("marks", {})
        fields: Document = {}
        for key, mark in marks.items():
            entry = records.mark_field(mark)
            if kept.get(key) != entry:
                fields[f"marks.{key}"] = entry
        if fields:
            fields["schools"] = sorted({mark.urn for mark in marks.values()})
        event = None
        if weeks:
            standing = PupilStanding(
                upn,
                pupil.get("urn"),
                pupil.get("met", False),
                pupil.get("case"),
                pupil.get("story"),
                pupil.get("told"),
                records.read_child(pupil),
            )
            plain = {urn: each for urn, (_, each) in weeks.items()}
            after, event = reconsider(
                standing, marks, plain, self._policies, cause(upn), self._clock.now(), new_reference("C")
            )
            if event is not None:
                fields |= {"met": after.met, "case": after.case, "story": after.correlation_id, "told": after.published}
        if not fields:
            return None
        return Change(upn, pupil.get("version", 0), fields, () if event is None else (event,))

    async def _versioned_weeks(self, urns: set[str]) -> dict[str, tuple[int, SchoolWeeks]]:
        """School weeks with the version of the school's document; read again only where that has moved."""
        if not urns:
            return {}
        heads = await self._schools.find({"_id": {"$in": list(urns)}}, fields=["version"])
        versions = dict.fromkeys(urns, 0) | {head["_id"]: head["version"] for head in heads}
        stale = [urn for urn, version in versions.items() if self._weeks.get(urn, (-1, None))[0] != version]
        documents = await self._schools.get_many(stale) if stale else {}
        for urn in stale:
            document = documents.get(urn)
            self._weeks[urn] = (document["version"] if document else 0, records.read_weeks(urn, document))
        return {urn: self._weeks[urn] for urn in urns}


def _named(statements_: Iterable[Statement]) -> int:
    return sum(len(statement.codes) + len(statement.others) for statement in statements_)


def _log_events(change: Change) -> set[UUID]:
    """One log line for what is published about a pupil's case; returns what caused it."""
    for event in change.events:
        log.info(
            event.type.split(".")[1],
            correlation_id=str(event.correlation_id),
            case=event.subject,
            count=getattr(event, "count", None),
            caused_by=str(event.causation_id),
        )
    return {event.causation_id for event in change.events if event.causation_id}


def _log_kept(message: Taken, statements_: Sequence[Statement], had_effect: Container[UUID]) -> None:
    """A register that had an effect gets its own log line; the others are counted in the batch's one line."""
    log.log(
        logging.INFO if message.id in had_effect else logging.DEBUG,
        "register_kept" if isinstance(message, RegisterTaken) else "corrections_kept",
        message_id=str(message.id),
        correlation_id=str(message.correlation_id),
        urn=message.urn,
        marks=len(message.marks),
        unauthorised=sum(len(statement.codes) for statement in statements_),
    )
