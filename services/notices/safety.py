"""Safety flags: nothing is posted to a flagged parent until an officer has confirmed a safe address. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from services.notices.notice import Entry
from services.notices.parents import Links
from shared.contracts.fields import Address
from shared.contracts.mis import Parent
from shared.contracts.notices import Reason

_EVERYBODY = ""
"""The flag of a whole case."""


@dataclass(frozen=True)
class Safety:
    """What is flagged, by parent's id, and where it is safe to post. Ombudsman: domestic abuse, refuge addresses."""

    flagged: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    confirmed: Mapping[str, Address] = field(default_factory=lambda: MappingProxyType({}))
    """The address that an officer confirmed as safe, by parent's id."""
    child_address_confidential: bool = False

    def is_flagged(self, ids: frozenset[str]) -> bool:
        return bool(ids & self.flagged.keys()) or _EVERYBODY in self.flagged

    def safe_address(self, ids: frozenset[str]) -> Address | None:
        """The confirmed address of a parent, under whichever of their ids."""
        return next((self.confirmed[each] for each in sorted(ids) if each in self.confirmed), None)


def safety_after(safety: Safety, entry: Entry) -> Safety:
    """What is flagged and confirmed after an entry; a new flag takes back what was confirmed before it."""
    return _STEPS[entry["what"]](safety, entry)


def unsafe_to_post(safety: Safety, links: Links, parent_id: str, address: Address) -> tuple[Reason, ...]:
    """Why nothing may be posted to this parent at this address; nothing where it may."""
    ids = links.ids(parent_id)
    if not safety.is_flagged(ids) or safety.safe_address(ids) == address:
        return ()
    words = (
        "A safety flag stands, and no officer has confirmed that it is safe to post to this parent at the address that "
        "the record names now: confirm it (confirm_address), or lift the flag (lift_safety)."
    )
    return (Reason(code="safe_address_unconfirmed", words=words),)


def unsafe_to_print(
    safety: Safety, links: Links, parent_id: str, child: Address, parents: tuple[Parent, ...]
) -> tuple[Reason, ...]:
    """Why the child's address may not be printed on a letter to this parent, which the notice has to do."""
    ours = links.ids(parent_id)
    others = [each for each in parents if each.parent_id not in ours]
    hidden = [each for each in others if each.address == child and safety.is_flagged(links.ids(each.parent_id))]
    if not safety.child_address_confidential and not hidden:
        return ()
    words = (
        "The child's address is confidential: it must not be printed on a letter to this parent. A penalty notice has "
        "to state it, so that none can be issued."
    )
    return (Reason(code="child_address_confidential", words=words),)


def _flagged(safety: Safety, entry: Entry) -> Safety:
    whom = entry["parent_id"] or _EVERYBODY
    confirmed = {} if whom == _EVERYBODY else {each: at for each, at in safety.confirmed.items() if each != whom}
    hidden = safety.child_address_confidential or entry["child_address_confidential"]
    return Safety({**safety.flagged, whom: entry["kind"]}, confirmed, hidden)


def _lifted(safety: Safety, entry: Entry) -> Safety:
    whom = entry["parent_id"] or _EVERYBODY
    left = {each: kind for each, kind in safety.flagged.items() if each != whom}
    return replace(safety, flagged=left, child_address_confidential=safety.child_address_confidential and bool(left))


def _confirmed(safety: Safety, entry: Entry) -> Safety:
    address = Address.model_validate(entry["address"])
    return replace(safety, confirmed={**safety.confirmed, entry["parent_id"]: address})


_STEPS: Mapping[str, Callable[[Safety, Entry], Safety]] = {
    "safety_flagged": _flagged,
    "safety_lifted": _lifted,
    "address_confirmed": _confirmed,
}
