"""What the surveys service keeps about invited people, in words. Anonymous answers are nobody's and not searched."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.view import View, copy_of
from services.surveys.store import records
from services.surveys.store.catalogue import Catalogue
from shared.links import Links
from shared.people.person import Person, address_like
from shared.store.documents import Document, NotFound, Store
from shared.time.clock import in_words
from shared.writing.paper import Section

_BOXED = "an anonymous answer is kept unread with the invitation until it is mixed with others"
_SEALED = "under seal, as the survey is anonymous: the link in the invitation shows it"
_ANONYMOUS = "answered anonymously. Nothing links the answer to the invitation"


async def kept(store: Store, person: Person) -> list[Section]:
    """Invitations to the person's addresses, with their answer if it is kept with their name."""
    catalogue = Catalogue(store, Links("", ""))
    return [await _page(catalogue, records.read_invitation(document)) for document in await theirs(store, person)]


async def theirs(store: Store, person: Person) -> list[Document]:
    """The invitations to one of the person's addresses."""
    fields = [{"respondent.email": address_like(email)} for email in sorted(person.emails)]
    return await store[records.INVITATIONS].find({"$or": fields}, sort=[("_id", 1)]) if fields else []


async def _page(catalogue: Catalogue, invitation: Invitation) -> Section:
    who, copy = invitation.respondent, await _copy(catalogue, invitation)
    invited = invitation.invited_on
    rows = [
        ("Survey", copy["title"]),
        ("Name", who.name),
        ("Email", who.email),
        ("Group", who.group.replace("_", " ")),
        ("Organisation", who.organisation),
        ("School", who.urn),
        ("Invited", invited and in_words(invited)),
        ("Reminded", ", ".join(in_words(day) for day in invitation.reminded_on)),
        ("State", _state(invitation)),
        ("Reference of the answer", invitation.response),
        ("Saved, not sent", _saved(invitation)),
    ]
    if invitation.response:
        rows += [(line["question"], line["answer"]) for line in copy["answers"]]
    heading = f"Invitation to survey {invitation.survey}" + (", for a body" if who.official else "")
    return Section(heading, rows=tuple((label, str(text)) for label, text in rows if text))


async def _copy(catalogue: Catalogue, invitation: Invitation) -> View:
    """The answer in the survey's words; if its version is gone, only what is with the invitation."""
    try:
        running = await catalogue.one(invitation.survey)
        asked = await catalogue.asked(running, (invitation.answer or {}).get("edition"))
    except NotFound:
        asked = None
    return copy_of(invitation, asked) if asked else {"title": invitation.survey, "answers": []}


def _state(invitation: Invitation) -> str:
    if invitation.state == "boxed":
        return _BOXED
    return _ANONYMOUS if invitation.state == "answered" and invitation.response is None else invitation.state


def _saved(invitation: Invitation) -> str:
    progress = invitation.progress or {}
    return _SEALED if "sealed" in progress else "; ".join(f"{name}: {text}" for name, text in _answers(progress))


def _answers(progress: Mapping[str, Any]) -> Iterable[tuple[str, object]]:
    given: Mapping[str, object] = progress.get("answers", {})
    return given.items()
