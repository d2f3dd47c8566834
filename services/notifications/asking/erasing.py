"""What may be erased of a person's messages: addresses, words, and everything still to be sent that is not statutory.

A message that waits (for the morning, a limit, a digest) is not sent. A list is kept without the person.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from services.notifications.asking.person import languages, theirs
from services.notifications.deliveries.audiences import SCHOOLS
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.delivery import DELIVERY, NOBODY, TO_GO
from services.notifications.deliveries.intent import INTENT, Ended
from services.notifications.deliveries.intents import INTENTS
from services.notifications.deliveries.left_out import WHY
from services.notifications.deliveries.preferences import PREFERENCES
from services.notifications.deliveries.retention import ARCHIVED
from services.notifications.deliveries.sweeps import GONE_OUT
from services.notifications.sending.bodies import BODIES, NO_WORDS
from shared.contracts.erasure import ForgetPerson
from shared.people.erasing import Held, as_mailbox, person_of
from shared.people.person import Person
from shared.store.documents import Change, Document, Store

_NOTICE = (
    "a copy of each notice is kept with its file (Education (Penalty Notices) (England) Regulations 2007): "
    "six years after the file is closed"
)
_BEING_HANDED_OVER = "it is being handed over at this moment, and may have gone out: ask again in some minutes"
_CASE = "it is about the pupil's case, and names the school or a parent: its words go after 90 days"
_OF_A_CASE = "it tells of a case, in which the law wants them told: it goes 90 days after it was told"


async def holds(store: Store, person: Person) -> list[Held]:
    """The messages to a person, or about a pupil's cases, that still say to whom they went; lists and events that name
    the person; a parent's language; and schools whose office has their address."""
    found = [each for each in await theirs(store, person) if each["address"]]
    wishes = [Held(each, "the language that was told for a parent") for each in await languages(store, person)]
    events = [
        Held(each["_id"], _words(each), _OF_A_CASE if _is_of_a_case(each) else "")
        for each in await _naming(store, person)
    ]
    messages = [Held(each["_id"], f"message {each['_id']}", _stays(each, person)) for each in found]
    return [*messages, *events, *wishes, *await as_mailbox(store, SCHOOLS, person)]


async def erase(store: Store, held: Sequence[str], command: ForgetPerson) -> None:
    """Cancel what waits, and remove addresses and words from everything else; a parent's language goes as well.

    The event behind a message goes once everybody who was told is forgotten; a list loses the person.
    """
    ids = {"_id": {"$in": list(held)}}
    of = {each["intent"] for each in await store[DELIVERIES].find(ids, fields=["intent"])}
    await store[PREFERENCES].set_all({**ids, "language": {"$ne": None}}, {"language": None})
    taken_back = DELIVERY.put("cancelled", why=WHY, due_at=None)
    await store[DELIVERIES].change_all({**ids, **DELIVERY.among(*TO_GO)}, taken_back)
    await store[BODIES].set_all(ids, {**NO_WORDS, "due_at": None, "forgotten_at": command.time})
    await store[DELIVERIES].set_all({**ids, **DELIVERY.among(*GONE_OUT)}, NOBODY)
    person = _by_address(person_of(command))
    for key in held:
        await store[INTENTS].update(key, lambda kept: _without(kept, person))
    others = await store[DELIVERIES].find({"intent": {"$in": [*of]}, "address": {"$ne": ""}}, fields=["intent"])
    done = [*(of - {each["intent"] for each in others})]
    await store[INTENTS].set_all(
        {"_id": {"$in": done}, **INTENT.among(*get_args(Ended))}, {"cause": None, "audience": None}
    )


async def _naming(store: Store, person: Person) -> list[Document]:
    """Intents, done or not, that name the person by an address."""
    person = _by_address(person)
    if not person.names():
        return []
    return [each async for each in store[INTENTS].stream({"cause": {"$ne": None}}) if _names(person, each)]


def _without(intent: Document | None, person: Person) -> Change | None:
    """A list without the person; nothing is left and nobody is told if all of it is about them."""
    if intent is None or intent["cause"] is None:
        return None
    cause, audience = intent["cause"], intent.get("audience")
    if isinstance(cause.get("members"), list):
        cause = {**cause, "members": [each for each in cause["members"] if not _text_names(person, each)]}
    fields: Document = {"cause": cause}
    if audience is not None:
        begun = intent["begun"] - sum(_text_names(person, each) for each in audience[: intent["begun"]])
        fields |= {"audience": [each for each in audience if not _text_names(person, each)], "begun": begun}
    if _text_names(person, fields):
        fields = {"cause": None, "audience": None, "due_at": None}
        fields |= INTENT.put("cancelled", why=WHY) if INTENT.of(intent) == "open" else {}
    return Change(intent["_id"], intent["version"], fields)


def _by_address(person: Person) -> Person:
    return Person(emails=person.emails, phones=person.phones)


def _names(person: Person, intent: Document) -> bool:
    return _text_names(person, [intent["cause"], intent.get("audience")])


def _text_names(person: Person, kept: Any) -> bool:
    """Whether it contains one of their addresses or numbers, however typed, also inside a text."""
    return any(person.is_reached_at(text) or person.is_named_in(text) for text in _texts(kept))


def _texts(kept: Any) -> Iterator[str]:
    if isinstance(kept, str):
        yield kept
    elif isinstance(kept, Mapping):
        for each in kept.values():
            yield from _texts(each)
    elif isinstance(kept, list):
        for each in kept:
            yield from _texts(each)


def _is_of_a_case(intent: Document) -> bool:
    return str(intent["event"]).startswith("notices.")


def _words(intent: Document) -> str:
    status = "still to be told" if INTENT.of(intent) == "open" else "told"
    return f"what is {status} by {intent['telling'].replace('_', ' ')} ({intent['_id']})"


def _stays(delivery: Document, person: Person) -> str:
    if delivery["template"] in ARCHIVED:
        return _NOTICE
    if DELIVERY.of(delivery) not in (*GONE_OUT, *TO_GO):
        return _BEING_HANDED_OVER
    return _CASE if person.upn is not None else ""
