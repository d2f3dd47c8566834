"""MI Sheets: each published once under its number, to the schools it is for, and to more schools later."""

from services.notifications.circulars.chase_days import chases
from services.notifications.rules.circulars import SHEET
from services.notifications.rules.rule import Recipient, facts_of
from services.notifications.settings import NotificationsSettings
from services.notifications.words.wording import Unwritable, write
from shared.contracts.circulars import MiSheet, MiSheetChased, MiSheetPublished, PublishMiSheet, SendMiSheet
from shared.contracts.fields import WhichSchools
from shared.decisions.acting import known
from shared.identity import derived
from shared.messaging.failures import Permanent
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import in_words, local_date, utc

SHEETS = "sheets"
_ANY_SCHOOL = Recipient("any school", "A school")


class Sheets:
    """The sheets as they were published. Each command's handler is idempotent."""

    def __init__(self, store: Store, settings: NotificationsSettings) -> None:
        self._sheets = store[SHEETS]
        self._chase_on = settings.chase_before, settings.chase_after

    async def publish(self, command: PublishMiSheet) -> None:
        """Keep the sheet and publish it; a number can be used once."""
        sheet, day = command.sheet, local_date(command.time)
        event = published(sheet, command.audience, command)
        if why := why_not(event):
            raise Permanent(why)
        due = chases(day, sheet.complete_by, *self._chase_on) if sheet.complete_by else []
        fields: Document = {
            "cause": str(command.id),
            "story": str(command.correlation_id),
            "sheet": sheet.model_dump(mode="json"),
            "audience": command.audience.model_dump(mode="json"),
            "published_at": utc(command.time),
            "published_by": command.officer.id,
            "chases": [{"at": at, "overdue": overdue} for at, overdue in due],
            "due_at": due[0][0] if due else None,
        }
        if await self._sheets.insert(sheet.number, fields, (event,)):
            log.info("sheet_published", sheet=sheet.number, kind=sheet.kind, by=command.officer.id)
            return
        known = await self.get(sheet.number)
        if known["cause"] != str(command.id):
            raise Permanent(taken(known))

    async def send(self, command: SendMiSheet) -> None:
        """Send it to more schools; those that already have it are left out when messages are planned."""
        sheet = content(await self.get(command.number))
        await self.say(command.number, published(sheet, WhichSchools(urns=command.urns), command))

    async def get(self, number: str) -> Document:
        """A published sheet; raises NotYetKnown."""
        return known(await self._sheets.get(number), "number", "MI Sheet")

    async def say(self, number: str, *events: MiSheetPublished | MiSheetChased) -> None:
        """Put an event into its sheet's outbox."""

        def decide(kept: Document | None) -> Change | None:
            return Change(number, kept["version"], {}, events) if kept else None

        await self._sheets.update(number, decide)


def content(sheet: Document) -> MiSheet:
    return MiSheet.from_store(sheet["sheet"])


def taken(sheet: Document) -> str:
    """The refusal for a number that was already used."""
    on = in_words(local_date(sheet["published_at"]))
    return f"sheet.number: MI Sheet {sheet['_id']} was published on {on}: give this one the next number"


def why_not(event: MiSheetPublished) -> str | None:
    """Why it cannot be sent: its last day has passed, or its words do not fit an email; None if it can."""
    last = event.sheet.complete_by
    if last is not None and last < event.published_on:
        return f"sheet.complete_by: {in_words(last)} has passed: give a day to come"
    facts = {**facts_of(SHEET, event, _ANY_SCHOOL), "done_link": "https://here.example/done/x"}
    try:
        write(SHEET.template, "email", facts)
    except Unwritable as error:
        return str(error)
    return None


def published(sheet: MiSheet, audience: WhichSchools, command: PublishMiSheet | SendMiSheet) -> MiSheetPublished:
    """The event that a command to send a sheet causes."""
    return MiSheetPublished(
        id=derived(command.id, "published"),
        time=command.time,
        subject=sheet.number,
        correlation_id=command.correlation_id,
        causation_id=command.id,
        sheet=sheet,
        audience=audience,
        published_on=local_date(command.time),
        reaches=command.reaches,
    )
