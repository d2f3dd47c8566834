"""What may be erased about invited people: name, address and saved answers. They get no more reminders."""

from collections.abc import Sequence

from services.surveys.store import records
from services.surveys.store.person import theirs
from services.surveys.store.retention import NOBODY, NOBODYS
from shared.contracts.erasure import ForgetPerson
from shared.people.erasing import Held, as_mailbox, person_of
from shared.people.person import Person, address_like
from shared.store.documents import Change, Document, Store

_BODY = "an organisation's answer stays with the consultation, which has to show who was asked and what they said"
_NAMED = "the answer was given by name, and stays with the results"


async def holds(store: Store, person: Person) -> list[Held]:
    """The invitations to a person's addresses, also unsent ones; and schools that named one."""
    found = [each for each in await theirs(store, person) if each["respondent"]["name"] != NOBODY]
    surveys = await store[records.SURVEYS].get_many({each["survey"] for each in found})
    invitations = [_held(each, surveys[each["survey"]]) for each in found]
    lists = [Held(each["_id"], f"list of whom survey {each['_id']} will ask") for each in await _lists(store, person)]
    return [*invitations, *lists, *await as_mailbox(store, records.SCHOOLS, person)]


async def erase(store: Store, invitations: Sequence[str], command: ForgetPerson) -> None:
    """Remove names, addresses and unsent answers from invitations, and the person from lists of people to invite."""
    asked = {"_id": {"$in": list(invitations)}, "respondent.name": {"$ne": NOBODY}}
    await store[records.INVITATIONS].change_all(asked, NOBODYS)
    person = person_of(command)
    for survey in await _lists(store, person):
        await store[records.SURVEYS].update(survey["_id"], lambda kept: _off_lists(kept, person))


async def _lists(store: Store, person: Person) -> list[Document]:
    """Surveys with the person on a list of people to invite."""
    fields = [{"pending.recipients.email": address_like(email)} for email in sorted(person.emails)]
    return await store[records.SURVEYS].find({"$or": fields}, sort=[("_id", 1)]) if fields else []


def _off_lists(survey: Document | None, person: Person) -> Change | None:
    if survey is None:
        return None
    pending = [
        {**asked, "recipients": [each for each in asked["recipients"] if not person.is_at(each["email"])]}
        for asked in survey["pending"]
    ]
    return Change(survey["_id"], survey["version"], {"pending": pending})


def _held(invitation: Document, survey: Document) -> Held:
    if invitation["respondent"]["official"]:
        stays = _BODY
    else:
        stays = _NAMED if survey["mode"] == "named" and invitation["response"] else ""
    return Held(invitation["_id"], f"invitation to survey {invitation['survey']}", stays)
