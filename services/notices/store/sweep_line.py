"""The day before which marks and registers were removed, and what a message can still change about earlier sessions."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from services.notices.attendance.marks import Statement, slot
from services.notices.store import records
from services.notices.store.retention import only
from shared.store.documents import Change, Document, Store

_LINE = "marks"

ByMessage = Mapping[UUID, Sequence[Statement]]


class SweepLine:
    """How far the sweeps of marks have come. It never moves back: what was removed does not return."""

    def __init__(self, store: Store) -> None:
        self._lines = store[records.FORGOTTEN]
        self._pupils = store[records.PUPILS]

    async def before(self) -> date:
        kept = await self._lines.get(_LINE)
        return date.fromisoformat(kept["before"]) if kept else date.min

    async def move(self, day: date) -> date:
        """Allow everything before a day to be removed; returns the day that now applies."""

        def later(kept: Document | None) -> Change | None:
            if kept is not None and kept["before"] >= day.isoformat():
                return None
            return Change(_LINE, (kept or {}).get("version", 0), {"before": day.isoformat()})

        await self._lines.update(_LINE, later)
        return await self.before()

    async def without(self, heard: ByMessage) -> ByMessage:
        """What messages say, without sessions that were removed.

        Earlier statements about such a session are gone, so nothing new can be checked against them;
        but everything about a session in a kept case is still known, so a late correction counts.
        """
        line = await self.before()
        late = [statement for each in heard.values() for statement in each if statement.day < line]
        if not late:
            return heard
        named = {upn for statement in late for upn in (*statement.codes, *statement.others)}
        pupils = (await self._pupils.get_many(named)).values()
        kept = {pupil["_id"]: pupil.get("marks", {}) for pupil in pupils if pupil.get("case")}

        def left(statement: Statement) -> Statement:
            session_slot = slot(statement.urn, statement.day, statement.session)
            return only(statement, {upn for upn, marks in kept.items() if session_slot in marks})

        narrowed = {
            key: [each if each.day >= line else left(each) for each in kept_statements]
            for key, kept_statements in heard.items()
        }
        return {
            key: [each for each in kept_statements if each.codes or each.others]
            for key, kept_statements in narrowed.items()
        }
