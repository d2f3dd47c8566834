"""What may be erased of who was asked: name, address and what was saved, once their survey is closed."""

from collections.abc import Sequence

from services.surveys import records
from services.surveys.person import theirs
from services.surveys.retention import NOBODY, NOBODYS
from shared.contracts.erasure import ForgetPerson
from shared.erasing import Held
from shared.person import Person
from shared.store import Document, Store

_OPEN = "the survey is still open. Until it closes, they can withdraw the answer with their link"
_BODY = "an organisation's answer stays with the consultation, which has to show who was asked and what they said"
_NAMED = "the answer was given by name, and stays with the results"


async def holds(store: Store, person: Person) -> list[Held]:
    """The invitations to a person's addresses."""
    found = await theirs(store, person)
    surveys = await store[records.SURVEYS].get_many({each["survey"] for each in found})
    return [_held(each, surveys[each["survey"]]) for each in found]


async def erase(store: Store, invitations: Sequence[str], command: ForgetPerson) -> None:
    """Take names, addresses and unsent answers out of invitations."""
    asked = {"_id": {"$in": list(invitations)}, "respondent.name": {"$ne": NOBODY}}
    await store[records.INVITATIONS].set_all(asked, NOBODYS)


def _held(invitation: Document, survey: Document) -> Held:
    if invitation["respondent"]["official"]:
        stays = _BODY
    elif survey["state"] != "closed":
        stays = _OPEN
    else:
        stays = _NAMED if survey["mode"] == "named" else ""
    return Held(invitation["_id"], f"invitation to survey {invitation['survey']}", stays)
