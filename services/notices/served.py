"""From the day the letter was posted to deemed service, when the 21 and 28 days begin."""

from datetime import date, datetime, time
from uuid import UUID

from services.notices import records
from services.notices.clockwork import clocks
from services.notices.policy import Policy
from shared.clock import LONDON, Clock
from shared.contracts.notices import NoticeServed
from shared.contracts.notifications import LetterDispatched
from shared.identity import derived
from shared.store import Change, Document, Store
from shared.telemetry import follow, log


class NoticeNotYetKnown(Exception):
    """The notice of this letter has not been found yet: worth another try later."""


class Service:
    """Deemed service of notices: set when the letter was dispatched, said when its day has come."""

    def __init__(self, store: Store, policy: Policy, clock: Clock) -> None:
        self._notices = store[records.NOTICES]
        self._policy = policy
        self._clock = clock

    async def letter_dispatched(self, event: LetterDispatched) -> None:
        """Work out the notice's dates from the day on which the print provider posted it."""
        if await self._notices.get(event.reference) is None:
            raise NoticeNotYetKnown

        def decide(notice: Document | None) -> Change | None:
            if notice is None or notice["state"] != "issued":
                return None
            dates = clocks(event.dispatched_on, notice["issued"]["sequence"], self._policy)
            fields = {
                "state": "dispatched",
                "posted_on": dates.posted_on.isoformat(),
                "served_on": dates.served_on.isoformat(),
                "discount_until": dates.discount_until.isoformat() if dates.discount_until else None,
                "pay_until": dates.pay_until.isoformat(),
                "due_at": _midnight(dates.served_on),
            }
            return Change(event.reference, notice["version"], fields)

        if change := await self._notices.update(event.reference, decide):
            log.info(
                "notice_posted",
                notice=event.reference,
                posted_on=change.fields["posted_on"],
                deemed_served_on=change.fields["served_on"],
            )

    async def due(self, notice: Document) -> None:
        """The day of deemed service has come: day 1."""
        follow(notice["story"])
        issued_id = UUID(notice["issued"]["id"])
        served = NoticeServed(
            id=derived(issued_id, "served"),
            time=self._clock.now(),
            subject=notice["_id"],
            correlation_id=notice["story"],
            causation_id=issued_id,
            notice=notice["_id"],
            case=notice["case"],
            posted_on=notice["posted_on"],
            served_on=notice["served_on"],
            discount_until=notice["discount_until"],
            pay_until=notice["pay_until"],
        )
        fields = {"state": "served", "due_at": None}
        if not await self._notices.save(Change(notice["_id"], notice["version"], fields, (served,))):
            log.info(
                "notice_served", notice=notice["_id"], served_on=notice["served_on"], pay_until=notice["pay_until"]
            )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON)
