"""Who is the same person: what officers said about pairs of parents, grouped so that each group is one person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Links:
    """What officers last said about each pair of parents' ids: the same person (True), or two (False).

    "The same" carries over from pair to pair: p-1 = p-2 and p-2 = p-3 make one person with three ids. A later word on a
    pair replaces the earlier one, so a wrong link is undone by saying that they are two.
    """

    pairs: Mapping[frozenset[str], bool] = field(default_factory=lambda: MappingProxyType({}))

    def with_link(self, one: str, other: str, same: bool) -> "Links":
        return Links({**self.pairs, frozenset((one, other)): same})

    def ids(self, parent_id: str) -> frozenset[str]:
        """Every id of the person with this id."""
        found, grows = {parent_id}, True
        while grows:
            more = {each for pair, same in self.pairs.items() if same and pair & found for each in pair}
            grows = not more <= found
            found |= more
        return frozenset(found)

    def person(self, parent_id: str) -> str:
        """One id for one person, whichever of theirs is asked about."""
        return min(self.ids(parent_id))

    def are_two(self, one: str, other: str) -> bool:
        """Whether an officer said of any ids of two persons that they are not the same."""
        ours, theirs = self.ids(one), self.ids(other)
        return any(not same and pair & ours and pair & theirs for pair, same in self.pairs.items())

    def contradiction(self) -> tuple[str, str] | None:
        """A pair that was declared to be two people and that other links make one; None if everything agrees."""
        for pair, same in self.pairs.items():
            one, other = sorted(pair)
            if not same and other in self.ids(one):
                return one, other
        return None
