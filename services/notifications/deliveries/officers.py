"""What officers and the post room do with messages: retry, record a returned letter, lift a suppression."""

from datetime import datetime, time

from services.notifications.deliveries.audiences import Audiences
from services.notifications.deliveries.deliveries import Deliveries
from services.notifications.deliveries.delivery import DELIVERY, DeliveryState
from services.notifications.deliveries.intents import Intents, read_recipient
from services.notifications.deliveries.preferences import Preferences
from services.notifications.rules.notifications import NOTICES
from shared.contracts.notifications import LiftSuppression, RecordReturnedLetter, RetryMessage
from shared.decisions.acting import LostRace, known, until_kept
from shared.machine import NoSuchMove
from shared.messaging.failures import NotYetKnown, Permanent
from shared.observing.telemetry import follow, log
from shared.store.documents import Document
from shared.time.clock import LONDON, Clock

_MAY_COME_BACK: frozenset[DeliveryState] = frozenset({"accepted", "dispatched"})


class Officers:
    """Each method handles one command and is idempotent: a repeated command is an illegal move and changes nothing."""

    def __init__(
        self,
        deliveries: Deliveries,
        intents: Intents,
        audiences: Audiences,
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        self._deliveries = deliveries
        self._intents = intents
        self._audiences = audiences
        self._preferences = preferences
        self._clock = clock

    @until_kept
    async def retry(self, command: RetryMessage) -> None:
        """Send a parked message again, to the current address, or release what waits for a person."""
        delivery = await self._deliveries.get(command.delivery)
        if delivery is None:
            await self._intents.retry(command)
            return
        if not delivery["address"]:
            raise Permanent("delivery: where it went has been forgotten")
        if str(command.id) in delivery.get("retried_by", []):
            return
        follow(delivery["story"])
        try:
            recipient = await self._audiences.reach(read_recipient(delivery["recipient"]))
        except NotYetKnown:
            recipient = read_recipient(delivery["recipient"])
        retried = [*delivery.get("retried_by", []), str(command.id)]
        try:
            moved = await self._deliveries.move(
                delivery,
                "retry",
                **self._deliveries.addressed(recipient, delivery["channel"], delivery["address"]),
                reference=_next_reference(delivery),
                retried_by=retried,
                setbacks=0,
                unanswered=0,
                due_at=self._clock.now(),
            )
        except NoSuchMove:
            raise Permanent(f"delivery: it is {delivery['state']}, and only what is parked can be retried") from None
        if moved is None:
            raise LostRace
        log.info("delivery_retried", delivery=delivery["_id"], about=delivery["about"], by=command.officer.id)

    @until_kept
    async def letter_returned(self, command: RecordReturnedLetter) -> None:
        """The post room has a notice's letter back; if there are several, its day of posting tells which."""
        letters = await self._deliveries.find(
            {"about": command.reference, "channel": "letter", "template": {"$in": [*NOTICES]}}, sort=[("tries.at", 1)]
        )
        known(letters or None, "reference", "notice")
        if any(str(command.id) == each.get("returned_by") for each in letters):
            return
        end_of_day = datetime.combine(command.returned_on, time.max, LONDON)
        posted = [
            each for each in letters if DELIVERY.of(each) in _MAY_COME_BACK and each["tries"][-1]["at"] <= end_of_day
        ]
        if not posted:
            raise Permanent("reference: no letter of this notice has been posted and not come back by that day")
        letter = posted[-1]
        follow(letter["story"])
        moved = await self._deliveries.move(
            letter,
            "returned",
            self._deliveries.returned(letter, command.returned_on),
            returned_on=command.returned_on.isoformat(),
            returned_by=str(command.id),
            due_at=None,
        )
        if moved is None:
            raise LostRace
        log.info("letter_returned", delivery=letter["_id"], about=command.reference, by=command.officer.id)

    async def lift(self, command: LiftSuppression) -> None:
        await self._preferences.lift(command)


def _next_reference(delivery: Document) -> str:
    """A new reference, because a provider that had the message already knows the old one."""
    if delivery.get("provider_id") is None:
        return str(delivery["reference"])
    return f"{delivery['_id']}.{len(delivery.get('retried_by', [])) + 2}"
