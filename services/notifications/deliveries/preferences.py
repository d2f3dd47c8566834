"""What people want to be sent and in which language, and which addresses are suppressed.

Suppression beats preference; statutory messages ignore both.

A document for each school (`school:123456`), each parent with a known language (`parent:…`), and each address that
somebody has told us something about, as its hash: the same one that deliveries keep as `address_hash`.
"""

from collections.abc import Mapping
from datetime import datetime

from services.notifications.addresses.addresses import hashed
from services.notifications.deliveries.delivery import Why
from services.notifications.words.translations import ENGLISH
from shared.contracts.notifications import Category, Channel, LiftSuppression, SetLanguage, SetPreferences
from shared.decisions.acting import keep_latest, known, repeated
from shared.observing.telemetry import log
from shared.store.documents import Change, Document, Store
from shared.time.clock import Clock, utc

PREFERENCES = "preferences"


class Preferences:
    """Opt-outs by category and channel, and suppressed addresses."""

    def __init__(self, store: Store, key: str, clock: Clock) -> None:
        self._kept = store[PREFERENCES]
        self._key = key
        self._clock = clock

    async def set(self, command: SetPreferences) -> None:
        """Keep somebody's preference; the latest word counts."""
        owner = self._owner(command)
        if not await self._keep(owner, command.category, command.channel, command.wanted, command.time):
            repeated(command, owner=owner[:16])

    async def unsubscribe(self, delivery: Document, at: datetime) -> None:
        """Somebody has followed a message's link: its address wants no more messages of that kind."""
        await self._keep(delivery["address_hash"], delivery["category"], delivery["channel"], False, at)

    async def complained(self, delivery: Document, at: datetime) -> None:
        """Somebody has reported a message as spam: whatever it was, they get no more campaigns."""
        await self._keep(delivery["address_hash"], "campaign", delivery["channel"], False, at)

    async def suppress(self, delivery: Document, at: datetime) -> None:
        """This address does not work: nothing more is sent to it. The person may have others."""
        if delivery["channel"] == "letter":
            return  # a letter that comes back is the notices service's business
        owner, why = delivery["address_hash"], delivery["why"]

        def decide(kept: Document | None) -> Change | None:
            if (kept or {}).get("suppressed"):
                return None
            suppressed = {"at": utc(at), "delivery": delivery["_id"], "why": why}
            return Change(owner, (kept or {}).get("version", 0), {"suppressed": suppressed})

        if await self._kept.update(owner, decide):
            log.warning("address_suppressed", address=owner[:16], delivery=delivery["_id"], why=why)

    async def lift(self, command: LiftSuppression) -> None:
        """A person knows that the address works again; raises NotYetKnown."""
        owner = command.address

        def decide(kept: Document | None) -> Change | None:
            address = known(kept, "address")
            return Change(owner, address["version"], {"suppressed": None}) if address.get("suppressed") else None

        if await self._kept.update(owner, decide):
            log.info("suppression_lifted", address=owner[:16])
        else:
            repeated(command, address=owner[:16])

    async def refusal(self, recipient: str, category: Category, channel: Channel, owner: str) -> Why | None:
        """Why a message must not go to this address; None if it may."""
        if channel == "letter":
            return None
        found = await self._kept.get_many((owner, recipient))
        return refusal(found.get(owner), found.get(recipient), category, channel)

    async def set_language(self, command: SetLanguage) -> None:
        """Keep in which language somebody wishes to be written to; the latest word counts."""
        owner = f"parent:{command.parent}" if command.parent else self._address(command)
        said = {"wished": command.language, "by": command.officer.id}
        if await keep_latest(self._kept, owner, said, command.time, self._clock.now(), "language"):
            log.info("language_kept", owner=owner[:16], language=command.language)
        else:
            repeated(command, owner=owner[:16])

    async def language(self, recipient: str, owner: str | None, on_record: str | None) -> str:
        """The language somebody wishes: as they told the team, else from the school's record or a list."""
        found = await self._kept.get_many([each for each in (owner, recipient) if each])
        wishes = [each["language"] for each in found.values() if each.get("language")]
        return str(max(wishes, key=lambda each: each["at"])["wished"]) if wishes else on_record or ENGLISH

    async def _keep(self, owner: str, category: Category, channel: Channel, wanted: bool, time: datetime) -> bool:
        """False where a later word is kept."""
        place = "wishes", f"{category}:{channel}"
        kept = await keep_latest(self._kept, owner, {"wanted": wanted}, time, self._clock.now(), *place)
        if kept:
            log.info("preference_kept", owner=owner[:16], category=category, channel=channel, wanted=wanted)
        return kept

    def _owner(self, command: SetPreferences) -> str:
        if command.school is not None:
            return f"school:{command.school}"
        return self._address(command)

    def _address(self, command: SetPreferences | SetLanguage) -> str:
        channel: Channel = "email" if command.email is not None else "sms"
        return hashed(channel, str(command.email or command.phone), self._key)


def refusal(
    address: Mapping[str, Document] | None,
    recipient: Mapping[str, Document] | None,
    category: Category,
    channel: Channel,
) -> Why | None:
    """Why not, from what is kept about the address and the recipient."""
    if address and address.get("suppressed"):
        return Why("this address takes no messages", "dead_address")
    if category == "statutory":
        return None
    wishes = [(each or {}).get("wishes", {}).get(f"{category}:{channel}") for each in (address, recipient)]
    refused = any(wish is not None and not wish["wanted"] for wish in wishes)
    return Why(f"no {category} messages by {channel} are wanted", "unwanted") if refused else None
