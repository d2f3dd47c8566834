"""Each night removes what has been kept for the policy's time: closed files, marks and pupils, registers.

Whatever a kept case rests on stays: its pupil's marks, and every statement about those sessions.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from services.notices.attendance.marks import Mark
from services.notices.attendance.policy import Policies
from services.notices.attendance.threshold import assess
from services.notices.casefile.case_states import RESTS
from services.notices.deciding.issuing import years_before
from services.notices.store import records
from services.notices.store.registers import Registers
from services.notices.store.retention import closed_on, first_day_kept, has_left, only, since
from services.notices.store.sweep_line import SweepLine
from shared.store.documents import Change, Document, Store
from shared.store.sweeping import Sweep
from shared.time.clock import LONDON, Clock, local_date

_NO_AGE = timedelta()
"""The sweeps ask the policy for the time, since a new version may apply tonight."""
_OUTBOX_EMPTY: Document = {"outbox.id": {"$exists": False}}
"""A document with an unpublished message stays."""
_NO_CASE: Document = {"case": None, "story": None, "told": None, "met": False}

_LISTS = ("missing", "unexplained", "untidy")
"""Fields that a statement has only if they are not empty."""


class Sweeps:
    """The sweeps of the notices service. They publish nothing: no threshold is reached or cleared by them."""

    def __init__(self, store: Store, registers: Registers, policies: Policies, clock: Clock) -> None:
        self._store = store
        self._cases = store[records.CASES]
        self._pupils = store[records.PUPILS]
        self._schools = store[records.SCHOOLS]
        self._statements = store[records.REGISTERS]
        self._sweep_line = SweepLine(store)
        self._registers = registers
        self._policies = policies
        self._clock = clock

    def sweeps(self) -> Iterator[Sweep]:
        for kind, forget in (
            (records.CASES, self.cases),
            (records.PUPILS, self.pupils),
            (records.REGISTERS, self.registers),
        ):
            yield Sweep(self._store, kind, _NO_AGE, forget, self._clock)

    async def cases(self, now: datetime) -> int:
        """Files closed long enough ago, unless the remaining marks would open the case again."""
        today, line = local_date(now), await self._line(now)
        before = years_before(today, self._policies.on(today).retention.file_years_after_closure)
        midnight = datetime(before.year, before.month, before.day, tzinfo=LONDON)
        closed = {"state": {"$in": sorted(RESTS)}, "open": [], "since": {"$lt": midnight}, **_OUTBOX_EMPTY}
        gone = 0
        async for document in self._cases.stream(closed):
            pupil = await self._pupils.get(document["upn"]) or {"_id": document["upn"]}
            ended = closed_on(records.read_case(document, pupil))
            if ended and ended < before and await self._let_go(document, pupil, line):
                gone += await self._cases.remove(_unchanged(document))
        return gone

    async def pupils(self, now: datetime) -> int:
        """Old marks of pupils without a case, and pupils who left long enough ago."""
        today, line = local_date(now), await self._line(now)
        before = years_before(today, self._policies.on(today).retention.marks_years)
        names = ["version", "marks", "details.left_on", "details.date_of_birth"]
        changed = 0
        async for pupil in self._pupils.stream({"case": None}, fields=names):
            marks = records.read_marks(pupil)
            stay = since(line, marks)
            if not stay and has_left(pupil.get("details", {}), before):
                changed += await self._pupils.remove(_unchanged(pupil))
            elif len(stay) < len(marks):
                changed += not await self._pupils.save(Change(pupil["_id"], pupil["version"], _fields(stay)))
        return changed

    async def registers(self, now: datetime) -> int:
        """Registers and corrections before the line; of one that a kept case rests on, only other pupils' marks."""
        line = await self._line(now)
        rests: dict[str, set[str]] = defaultdict(set)
        async for pupil in self._pupils.stream({"case": {"$ne": None}}, fields=["marks"]):
            for slot in pupil.get("marks", {}):
                rests[slot].add(pupil["_id"])
        in_cases = frozenset[str]().union(*rests.values())
        changed = 0
        async for school in self._schools.stream({}, fields=["_id"]):
            changed += await self._of_school(school["_id"], line, rests, in_cases)
        return changed

    async def _line(self, now: datetime) -> date:
        """The day before which marks are removed, saved first: from then on late messages are checked against it."""
        schools = [records.read_weeks(each["_id"], each) async for each in self._schools.stream({})]
        return await self._sweep_line.move(first_day_kept(local_date(now), schools, self._policies))

    async def _let_go(self, case: Document, pupil: Document, line: date) -> bool:
        """Remove a case and its old marks from a pupil; False if it has to stay, or the pupil was just changed."""
        if pupil.get("case") != case["_id"]:
            return True
        stay = since(line, records.read_marks(pupil))
        weeks = await self._registers.weeks({mark.urn for mark in stay.values()})
        if assess(stay.values(), weeks, self._policies, records.read_child(pupil)).met:
            return False
        return not await self._pupils.save(Change(pupil["_id"], pupil["version"], _fields(stay) | _NO_CASE))

    async def _of_school(self, urn: str, line: date, rests: dict[str, set[str]], in_cases: frozenset[str]) -> int:
        found = await self._statements.find({"slot": {"$gte": f"{urn}:", "$lt": f"{urn}:{line.isoformat()}"}})
        for document in found:
            if open_ends := in_cases.intersection(document.get("missing", ())):
                rests[document["slot"]] |= open_ends
        gone, changed = [], 0
        for document in found:
            before = records.read_statement(document)
            after = only(before, rests.get(document["slot"], ()))
            if not after.codes and not after.others:
                gone.append(document["_id"])
            elif after != before:
                fields = records.statement_document(after, document["kept_at"])
                left = {"codes": after.codes, "others": fields["others"]}
                left |= {name: fields.get(name, []) for name in _LISTS if name in document}
                changed += await self._statements.set_all({"_id": document["_id"]}, left)
        return changed + await self._statements.remove({"_id": {"$in": gone}})


def _unchanged(document: Document) -> Document:
    """The query for a document exactly as it was read."""
    return {"_id": document["_id"], "version": document["version"], **_OUTBOX_EMPTY}


def _fields(marks: dict[str, Mark]) -> Document:
    """A pupil's marks as a full set of fields."""
    kept = {slot: records.mark_field(mark) for slot, mark in marks.items()}
    return {"marks": kept, "schools": sorted({mark.urn for mark in marks.values()})}
