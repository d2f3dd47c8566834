"""Which schools have an MI Sheet, how far its emails have come, and who has done what it asks. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.notifications.circulars.sheet_returns import RETURNS
from services.notifications.circulars.sheets import SHEETS, content
from services.notifications.deliveries.audiences import SCHOOLS
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, DeliveryState
from services.notifications.rules.circulars import CHASER, SHEET, audience_in_words
from shared.contracts.circulars import MiSheet
from shared.contracts.fields import WhichSchools
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import local_date


@dataclass(frozen=True)
class Return:
    """One school and one sheet."""

    urn: str
    school: str
    mail: DeliveryState
    """What became of the email with the sheet: a delivery's state."""
    chased: int
    """How often the school was reminded."""
    done: bool
    by: str
    """A colleague's staff id, or `link` if the school confirmed it itself; empty if nobody has."""
    at: datetime | None


@dataclass(frozen=True)
class SheetReport:
    """One sheet and its schools; those that have not done it come first."""

    sheet: MiSheet
    audience: str
    published_on: date
    next_chase: date | None
    returns: tuple[Return, ...]

    @property
    def done(self) -> int:
        return sum(each.done for each in self.returns)


async def reports(store: Store, numbers: Sequence[str] = ()) -> list[SheetReport]:
    """The sheets of these numbers, or all of them, the newest first; raises NotFound."""
    query = {"_id": {"$in": list(numbers)}} if numbers else {}
    sheets = await store[SHEETS].find(query, sort=[("published_at", -1)])
    if numbers and len(sheets) < len(set(numbers)):
        raise NotFound("there is no MI Sheet of this number: `everyday messages sheets list` shows those there are")
    names = {each["_id"]: each["name"] for each in await store[SCHOOLS].find({}, fields=["name"])}
    return [await _report(store, each, names) for each in sheets]


async def _report(store: Store, sheet: Document, names: dict[str, str]) -> SheetReport:
    fields = ["recipient.key", "state", "telling"]
    mails = await store[DELIVERIES].find({"about": sheet["_id"]}, fields=fields)
    answers = {each["urn"]: each for each in await store[RETURNS].find({"sheet": sheet["_id"]})}
    mail_states = {_urn(each): DELIVERY.of(each) for each in mails if each["telling"] == SHEET.name}
    chased = [_urn(each) for each in mails if each["telling"] == CHASER.name and DELIVERY.of(each) != "cancelled"]
    returns = [
        _return(urn, names.get(urn, ""), state, chased.count(urn), answers.get(urn))
        for urn, state in mail_states.items()
    ]
    return SheetReport(
        sheet=content(sheet),
        audience=audience_in_words(WhichSchools.from_store(sheet["audience"])),
        published_on=local_date(sheet["published_at"]),
        next_chase=local_date(sheet["due_at"]) if sheet["due_at"] else None,
        returns=tuple(sorted(returns, key=lambda each: (each.done, each.school, each.urn))),
    )


def _return(urn: str, name: str, mail: DeliveryState, chased: int, answer: Document | None) -> Return:
    kept = answer or {"done": False, "by": "", "at": None}
    return Return(urn, name, mail, chased, kept["done"], kept["by"], kept["at"])


def _urn(delivery: Document) -> str:
    return str(delivery["recipient"]["key"]).removeprefix("school:")
