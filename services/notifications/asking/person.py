"""What the notifications service keeps about people it wrote to or about, in words."""

from services.notifications.addresses.addresses import canonical
from services.notifications.deliveries.deliveries import DELIVERIES
from services.notifications.deliveries.preferences import PREFERENCES
from services.notifications.sending.bodies import BODIES
from shared.people.person import Person, address_like, initials
from shared.store.documents import Document, Store
from shared.time.clock import LONDON
from shared.writing.paper import Section

_OPT_OUTS = (
    "What these addresses do not want to be sent, a language that was told for them, and whether they are known to be "
    "dead, is kept beside a keyed hash "
    "of each address; the links in messages show and change it."
)


async def kept(store: Store, person: Person) -> list[Section]:
    """Messages to a person, with their words. For a pupil, those about their cases, without words: they name others."""
    bodies, sections = store[BODIES], []
    for delivery in await theirs(store, person):
        sections.append(_page(delivery, await bodies.get(delivery["_id"]) or {}, person))
    for owner, wish in (await languages(store, person)).items():
        rows = (("Wished for", wish["wished"]), ("Said on", f"{wish['at'].astimezone(LONDON):%d %b %Y}"))
        sections.append(Section(f"Language of {owner}", rows=rows))
    if person.emails or person.phones:
        sections.append(Section("Opt-outs and dead addresses", (_OPT_OUTS,)))
    return sections


def _page(delivery: Document, body: Document, person: Person) -> Section:
    own, to = person.upn is None, delivery["recipient"]["name"]
    address = str(delivery["address"] or "").replace("\n", ", ")
    rows = [
        ("When", f"{delivery['event_at'].astimezone(LONDON):%d %b %Y %H:%M}" if delivery.get("event_at") else ""),
        ("About", delivery["about"]),
        ("What it was", delivery["template"].replace("_", " ")),
        ("To", ", ".join(filter(None, (to, address))) if own else initials(to)),
        ("By", delivery["channel"]),
        ("Carried by", delivery.get("provider")),
        ("State", delivery["state"].replace("_", " ")),
        ("The letter", "kept as it was posted" if body.get("pdf") else ""),
    ]
    words = (body.get("subject", ""), *body.get("text", "").splitlines()) if own else ()
    lines = tuple(line for line in words if line.strip())
    return Section(f"Message {delivery['_id']}", lines, tuple((label, str(text)) for label, text in rows if text))


async def languages(store: Store, person: Person) -> dict[str, Document]:
    """The languages in which parents wish to be written to, as they told the team, by the parent's key."""
    found = await store[PREFERENCES].get_many(sorted(f"parent:{each}" for each in person.parents))
    return {key: kept["language"] for key, kept in found.items() if kept.get("language")}


async def theirs(store: Store, person: Person) -> list[Document]:
    """The deliveries about a pupil's cases, or to the person."""
    matters = sorted(person.matters)
    if person.upn is not None:
        query: Document = {"about": {"$in": matters}}
    else:
        keys = [f"parent:{each}" for each in sorted(person.parents)]
        numbers = sorted(filter(None, (canonical("sms", each) for each in person.phones)))
        query = {
            "$or": [
                {"recipient.key": {"$in": keys}, "about": {"$in": matters}},
                {"address": {"$in": numbers}, "channel": "sms"},
                *({"recipient.email": address_like(email)} for email in sorted(person.emails)),
            ]
        }
    return await store[DELIVERIES].find(query, sort=[("_id", 1)])
