"""What may be erased of a person's messages: addresses and words, once nothing is to be sent by them any more."""

from collections.abc import Sequence

from services.notifications.bodies import BODIES, NO_WORDS
from services.notifications.deliveries import DELIVERIES
from services.notifications.forgetting import GONE_OUT, NOBODY
from services.notifications.intents import INTENTS
from services.notifications.person import languages, theirs
from services.notifications.preferences import PREFERENCES
from services.notifications.retention import ARCHIVED
from shared.contracts.erasure import ForgetPerson
from shared.erasing import Held
from shared.person import Person
from shared.store import Document, Store

_NOTICE = (
    "a copy of each notice is kept with its file (Education (Penalty Notices) (England) Regulations 2007): "
    "six years after the file is closed"
)
_TO_GO = "it has still to go out"
_CASE = "it is about the pupil's case, and names the school or a parent: its words go after 90 days"


async def holds(store: Store, person: Person) -> list[Held]:
    """The messages to a person, or about a pupil's cases, that still say to whom they went; and a parent's language."""
    found = [each for each in await theirs(store, person) if each["address"]]
    wishes = [Held(each, "the language that was told for a parent") for each in await languages(store, person)]
    return [*(Held(each["_id"], f"message {each['_id']}", _stays(each, person)) for each in found), *wishes]


async def erase(store: Store, held: Sequence[str], command: ForgetPerson) -> None:
    """Take addresses and words out of deliveries; and the event behind them, when all who were told are forgotten.

    A parent's language goes as well.
    """
    ids = {"_id": {"$in": list(held)}}
    of = {each["intent"] for each in await store[DELIVERIES].find(ids, fields=["intent"])}
    await store[PREFERENCES].set_all({**ids, "language": {"$ne": None}}, {"language": None})
    await store[BODIES].set_all(ids, {**NO_WORDS, "due_at": None, "forgotten_at": command.time})
    await store[DELIVERIES].set_all({**ids, "state": {"$in": GONE_OUT}}, NOBODY)
    others = await store[DELIVERIES].find({"intent": {"$in": [*of]}, "address": {"$ne": ""}}, fields=["intent"])
    done = [*(of - {each["intent"] for each in others})]
    await store[INTENTS].set_all({"_id": {"$in": done}, "state": {"$ne": "open"}}, {"cause": None, "audience": None})


def _stays(delivery: Document, person: Person) -> str:
    if delivery["template"] in ARCHIVED:
        return _NOTICE
    if delivery["state"] not in GONE_OUT:
        return _TO_GO
    return _CASE if person.upn is not None else ""
