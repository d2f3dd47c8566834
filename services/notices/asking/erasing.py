"""Why the notices service erases nothing before its time: the law requires all of it to be kept until then."""

from services.notices.asking.person import kept
from shared.people.erasing import Held
from shared.people.person import Person
from shared.store.documents import Store

_LAW = (
    "schools' records, registers and case files are kept by law (UK GDPR Art. 17(3)(b)) for the times of the code of "
    "conduct (everyday policy show), and go by themselves then; what is wrong in them, the school corrects"
)


async def holds(store: Store, person: Person) -> list[Held]:
    """Each part of what is held of a pupil or a parent."""
    return [Held(section.heading, section.heading, _LAW) for section in await kept(store, person)]
