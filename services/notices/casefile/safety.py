"""Safety flags: nothing is posted to a flagged parent until an officer has confirmed a safe address. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from services.notices.casefile.entries import Entry, SafetyEntry
from services.notices.casefile.parents import Links
from shared.contracts.fields import Address
from shared.contracts.mis import Parent
from shared.contracts.notices import Reason

_EVERYBODY = ""
"""The key of a flag on a whole case."""


@dataclass(frozen=True)
class Safety:
    """Who is flagged, by parent's id, and where it is safe to post. Ombudsman: domestic abuse, refuge addresses."""

    flagged: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    confirmed: Mapping[str, Address] = field(default_factory=lambda: MappingProxyType({}))
    """The address that an officer confirmed as safe, by parent's id; in order of confirmation."""
    child_address_confidential: bool = False

    def is_flagged(self, ids: frozenset[str]) -> bool:
        return bool(ids & self.flagged.keys()) or _EVERYBODY in self.flagged

    def safe_addresses(self, ids: frozenset[str]) -> list[Address]:
        """The confirmed addresses of a parent, under whichever of their ids; the last one last."""
        return [address for each, address in self.confirmed.items() if each in ids]


def safety_after(safety: Safety, entry: Entry) -> Safety:
    """What is flagged and confirmed after an entry.

    A new flag cancels every earlier confirmation, because a link between parents may later show whom else it concerns.
    """
    return STEPS[entry["what"]](safety, entry)


def unsafe_to_post(safety: Safety, links: Links, parent_id: str, address: Address) -> tuple[Reason, ...]:
    """Why nothing may be posted to this parent at this address; empty if posting is safe."""
    ids = links.ids(parent_id)
    if not safety.is_flagged(ids) or address in safety.safe_addresses(ids):
        return ()
    words = (
        "A safety flag stands, and no officer has confirmed that it is safe to post to this parent at the address that "
        "the record names now: confirm it (confirm_address), or lift the flag (lift_safety)."
    )
    return (Reason(code="safe_address_unconfirmed", words=words),)


def unsafe_to_print(
    safety: Safety, links: Links, parent_id: str, child: Address, parents: tuple[Parent, ...]
) -> tuple[Reason, ...]:
    """Why the child's address, which a notice has to state, may not be printed on a letter to this parent."""
    homes = [*((each.parent_id, each.address) for each in parents), *safety.confirmed.items()]
    others = ((who, home) for who, home in homes if home and who not in links.ids(parent_id))
    hidden = any(safety.is_flagged(links.ids(who)) and may_be_one_place(home, child) for who, home in others)
    if not safety.child_address_confidential and not hidden:
        return ()
    words = (
        "The child's address is confidential: it must not be printed on a letter to this parent. A penalty notice has "
        "to state it, so that none can be issued."
    )
    return (Reason(code="child_address_confidential", words=words),)


def may_be_one_place(one: Address, other: Address) -> bool:
    """Whether two addresses may be the same door, however they are spelt. It rather says yes too often.

    They may if the words are the same, or if the postcode is and all the numbers in one are also in the other.
    """
    (words, numbers, postcode), (others, other_numbers, other_postcode) = _bare(one), _bare(other)
    near = postcode == other_postcode and (numbers <= other_numbers or other_numbers <= numbers)
    return near or words == others


def _bare(address: Address) -> tuple[str, set[str], str]:
    """An address without case, spaces and punctuation: its words, the numbers in them, its postcode."""
    lines = " ".join(address.lines).casefold()
    words, postcode = (re.sub(r"[\W_]", "", text) for text in (lines, address.postcode.casefold()))
    return words, set(re.findall("[0-9]+", lines)), postcode


def _flagged(safety: Safety, entry: Entry) -> Safety:
    whom = entry["parent_id"] or _EVERYBODY
    hidden = safety.child_address_confidential or entry["child_address_confidential"]
    return Safety({**safety.flagged, whom: entry["kind"]}, child_address_confidential=hidden)


def _lifted(safety: Safety, entry: Entry) -> Safety:
    whom = entry["parent_id"] or _EVERYBODY
    left = {each: kind for each, kind in safety.flagged.items() if each != whom}
    return replace(safety, flagged=left, child_address_confidential=safety.child_address_confidential and bool(left))


def _confirmed(safety: Safety, entry: Entry) -> Safety:
    whom, address = entry["parent_id"], Address.from_store(entry["address"])
    before = {each: safe for each, safe in safety.confirmed.items() if each != whom}
    return replace(safety, confirmed={**before, whom: address})


STEPS: Mapping[SafetyEntry, Callable[[Safety, Entry], Safety]] = {
    "safety_flagged": _flagged,
    "safety_lifted": _lifted,
    "address_confirmed": _confirmed,
}
"""The entries that concern safety."""
REASONS = frozenset({"safe_address_unconfirmed", "child_address_confidential"})
"""Why something is refused for the safety of somebody."""
