"""Commands about safety: flagged by anybody who hears of it, confirmed and lifted by an officer. Pure."""

from collections.abc import Iterable, Iterator

from services.notices.casefile.entries import Entry
from services.notices.casefile.file import CaseFile
from services.notices.casefile.safety import REASONS, STEPS, unsafe_to_post
from services.notices.deciding.decision import Facts, Moment, Outcome, require_parent
from shared.contracts.casework import ConfirmAddress, FlagSafety, LiftSafety
from shared.contracts.fields import Address
from shared.contracts.notices import OfficerPrompted, Reason
from shared.decisions.deciding import Refused, because


def flag_safety(file: CaseFile, command: FlagSafety, facts: Facts, at: Moment) -> Outcome:
    """From now on nothing is posted to the people concerned until an officer has confirmed a safe address."""
    if command.parent_id is not None:
        require_parent(file, command.parent_id, facts)
    entry = at.entry(
        "safety_flagged",
        parent_id=command.parent_id,
        kind=command.kind,
        child_address_confidential=command.child_address_confidential,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    words = (
        "A safety flag was put on this case: nothing is posted until an officer has confirmed a safe address. It is of "
        "this case alone: put it on the cases of the parent's other children too."
    )
    prompt = at.event(OfficerPrompted, file, "safety", code="safety_flagged", words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def confirm_address(file: CaseFile, command: ConfirmAddress, facts: Facts, at: Moment) -> Outcome:
    """An officer has checked an address; it has to be the one in the record, because that is printed."""
    parent = facts.pupil.parent(command.parent_id) if facts.pupil else None
    if parent is None:
        raise Refused(because("parent_unknown", "parent_id: the school's record names no parent with this id."))
    if parent.address != command.address:
        words = "address: the school's record names another address of this parent: have it mended there first."
        raise Refused(because("address_differs", words))
    entry = at.entry(
        "address_confirmed",
        parent_id=command.parent_id,
        address=command.address.model_dump(mode="json"),
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,))


def lift_safety(file: CaseFile, command: LiftSafety, facts: Facts, at: Moment) -> Outcome:
    """The danger is over, or never was."""
    if (command.parent_id or "") not in file.safety.flagged:
        raise Refused(because("no_flag", "parent_id: there is no safety flag here to lift."))
    entry = at.entry(
        "safety_lifted",
        parent_id=command.parent_id,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,))


def as_others_see(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The history for people from whom a flag may protect others: it hides the flag, and whose safety it is for."""
    return (_unsaid(entry) for entry in entries if entry["what"] not in STEPS and entry.get("command") not in _COMMANDS)


def as_parents_see(entries: Iterable[Entry], ids: frozenset[str]) -> Iterator[Entry]:
    """The same for a parent; what concerns their own safety stays in."""
    for entry in entries:
        yield from (entry,) if entry.get("parent_id") in ids else as_others_see((entry,))


def _unsaid(entry: Entry) -> Entry:
    if "reasons" not in entry:
        return entry
    return {**entry, "reasons": [each for each in entry["reasons"] if each["code"] not in REASONS]}


_COMMANDS = frozenset(kind.key() for kind in (FlagSafety, ConfirmAddress, LiftSafety))


def where_to_post(file: CaseFile, parent_id: str, address: Address) -> tuple[Address, tuple[Reason, ...]]:
    """Where to post something about a notice: this address, or a flagged parent's confirmed one; or why not."""
    ids = file.links.ids(parent_id)
    confirmed = file.safety.safe_addresses(ids) if file.safety.is_flagged(ids) else []
    safe = confirmed[-1] if confirmed else address
    return safe, unsafe_to_post(file.safety, file.links, parent_id, safe)
