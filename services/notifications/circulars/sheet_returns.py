"""Which schools have an MI Sheet, and which have done what it asks: told by a colleague or by the email's link."""

from datetime import datetime

from services.notifications.circulars.sheets import Sheets, content
from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import Why
from services.notifications.deliveries.question import Question
from services.notifications.rules.circulars import SHEET
from shared.contracts.circulars import MarkMiSheetDone
from shared.decisions.acting import keep_latest, repeated
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.store.documents import Document, Store
from shared.time.clock import Clock
from shared.writing.paper import Page

RETURNS = "sheet_returns"


class Returns:
    """One document for each sheet and school that has answered; the latest word counts."""

    def __init__(self, store: Store, sheets: Sheets, deliveries: Deliveries, clock: Clock) -> None:
        self._returns = store[RETURNS]
        self._sheets = sheets
        self._deliveries = deliveries
        self._clock = clock

    async def mark(self, command: MarkMiSheetDone) -> None:
        """A colleague has heard from the school."""
        if content(await self._sheets.get(command.number)).kind != "action":
            raise Permanent("number: this MI Sheet is Information: there is nothing to do")
        if command.urn not in await self.recipients(command.number):
            raise Permanent("urn: this MI Sheet was not sent to this school")
        if not await self._keep(command.number, command.urn, command.done, command.officer.id, command.time):
            repeated(command, sheet=command.number)

    async def ask(self, delivery: Document) -> Question:
        """The question on the page behind the link, before anything is marked."""
        sheet = content(await self._sheets.get(delivery["about"]))
        name = f"MI Sheet {sheet.number}: {sheet.title}"
        if _urn(delivery) in await self.done(sheet.number):
            return Question(Page("This is marked as done", (name, "There is nothing more to do here.")))
        return Question(Page("Have you done this?", (name,)), "Yes, mark it as done")

    async def confirm(self, delivery: Document) -> Page:
        """Somebody pressed the page's button."""
        await self._keep(delivery["about"], _urn(delivery), True, "link", self._clock.now())
        return Page("Thank you: it is marked as done", (f"MI Sheet {delivery['about']}. You can close this page.",))

    async def recipients(self, number: str) -> set[str]:
        """The URNs of the schools that it was or will be sent to."""
        found = await self._deliveries.find({"about": number, "telling": SHEET.name})
        return {_urn(each) for each in found}

    async def done(self, number: str) -> set[str]:
        return {each["urn"] for each in await self._returns.find({"sheet": number, "done": True})}

    async def why_moot(self, chaser: Document) -> Why | None:
        """A reminder is not sent to a school that has done it meanwhile."""
        kept = await self._returns.get(f"{chaser['about']}:{_urn(chaser)}")
        return Why("it was marked as done meanwhile") if kept is not None and kept["done"] else None

    async def _keep(self, number: str, urn: str, done: bool, by: str, time: datetime) -> bool:
        """False where a later word is kept."""
        said = {"sheet": number, "urn": urn, "done": done, "by": by}
        kept = await keep_latest(self._returns, f"{number}:{urn}", said, time, self._clock.now())
        if kept:
            log.info("sheet_marked", sheet=number, urn=urn, done=done, by=by)
        return kept


def _urn(delivery: Document) -> str:
    return str(delivery["recipient"]["key"]).removeprefix("school:")
