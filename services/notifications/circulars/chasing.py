"""Reminding schools that have not done an Action: once before its last day, once after, and when a colleague asks."""

from datetime import datetime
from uuid import UUID

from services.notifications.circulars.sheet_returns import Returns
from services.notifications.circulars.sheets import SHEETS, Sheets, content
from shared.contracts.circulars import ChaseMiSheet, MiSheetChased
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.observing.telemetry import follow, log
from shared.store.documents import Change, Document, Store
from shared.store.timers import Timer
from shared.time.clock import Clock, local_date


class Chasing:
    """Decides who is reminded; a school that does it meanwhile is not sent the message."""

    def __init__(self, store: Store, sheets: Sheets, returns: Returns, clock: Clock) -> None:
        self._store = store[SHEETS]
        self._sheets = sheets
        self._returns = returns
        self._clock = clock
        self.timer = Timer(store, SHEETS, self._step, clock)

    async def chase(self, command: ChaseMiSheet) -> None:
        """Remind them now."""
        sheet = await self._sheets.get(command.number)
        await self._sheets.say(command.number, *await self._chased(sheet, command.id, command.time))

    async def _step(self, sheet: Document) -> None:
        """A reminder is due. If it comes so late that the last day has passed, it is left to the next one."""
        follow(sheet["story"])
        (due, *later), now = sheet["chases"], self._clock.now()
        is_late = not due["overdue"] and _is_over(sheet, now)
        cause = derived(UUID(sheet["cause"]), f"due:{due['at'].isoformat()}")
        events = () if is_late else await self._chased(sheet, cause, now)
        fields = {"chases": later, "due_at": later[0]["at"] if later else None}
        await self._store.save(Change(sheet["_id"], sheet["version"], fields, events))

    async def _chased(self, sheet: Document, cause: UUID, at: datetime) -> tuple[MiSheetChased, ...]:
        """The event that reminds schools that have it and have not done it; none if all have."""
        number, sheet_content = sheet["_id"], content(sheet)
        if sheet_content.complete_by is None:
            raise Permanent("number: this MI Sheet is Information: there is nothing to do, and nobody is chased")
        urns = sorted(await self._returns.recipients(number) - await self._returns.done(number))
        log.info("sheet_chased", sheet=number, schools=len(urns))
        if not urns:
            return ()
        event = MiSheetChased(
            id=derived(cause, "chased"),
            time=at,
            subject=number,
            correlation_id=sheet["story"],
            causation_id=sheet["cause"],
            number=number,
            title=sheet_content.title,
            complete_by=sheet_content.complete_by,
            overdue=_is_over(sheet, at),
            urns=tuple(urns),
        )
        return (event,)


def _is_over(sheet: Document, now: datetime) -> bool:
    """Whether the last day has passed."""
    last = content(sheet).complete_by
    return last is not None and local_date(now) > last
