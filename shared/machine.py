"""States with their meanings, every move between them, and how to make moves and print them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=str)
M = TypeVar("M", bound=str)


class NoSuchMove(Exception):
    """This cannot be done in this state."""


class NoSuchState(Exception):
    """A document is in a state that nobody has heard of."""


@dataclass(frozen=True)
class Machine(Generic[S, M]):
    """States by name with their meanings, and the moves out of each: what happens, and which states it may lead to.

    States and moves are literals, so that mypy refuses a misspelt one.
    """

    name: str
    start: S
    states: Mapping[S, str]
    moves: Mapping[S, Mapping[M, tuple[S, ...]]]
    noted: Mapping[M, frozenset[S]] = field(default_factory=dict)
    """What may also happen in some states and is kept there, though it leads nowhere."""
    ignored: Mapping[M, frozenset[S]] = field(default_factory=dict)
    """What is also written down in some states and means nothing there: nothing of it is taken."""

    @property
    def a_name(self) -> str:
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"

    def after(self, state: S, move: M, to: S | None = None) -> S:
        """The state after a move; `to` chooses if the facts decide. Raises NoSuchMove."""
        targets = self.moves[state].get(move, ())
        if not targets and (state in self.noted.get(move, ()) or self.ignores(state, move)):
            return state
        if not targets or (to is not None and to not in targets):
            raise NoSuchMove(f"{self.a_name} that is {state}: no move {move}{f' to {to}' if to else ''}")
        return to or targets[0]

    def ignores(self, state: S, move: M) -> bool:
        """Whether what is written down means nothing in this state."""
        return state in self.ignored.get(move, ())

    def possible(self, state: S) -> tuple[M, ...]:
        return tuple(self.moves[state])

    def arrows(self) -> Iterator[tuple[S, M, S]]:
        """Every move: from, what happens, to."""
        for state, ways in self.moves.items():
            for move, targets in ways.items():
                for target in targets:
                    yield state, move, target

    def of(self, document: Mapping[str, Any]) -> S:
        """The state that a stored document has. Raises NoSuchState for one that is none of these."""
        for state in self.states:
            if state == document["state"]:
                return state
        raise NoSuchState(f"state: {self.a_name} has no state {document['state']!r}: {', '.join(self.states)}")

    def among(self, *states: S) -> dict[str, Any]:
        """The query for documents in one of these states."""
        return {"state": {"$in": [*states]}}

    def put(self, state: S, **fields: Any) -> dict[str, Any]:
        """The fields of a document that comes to a state."""
        return {"state": state, **fields}


def as_text(machine: Machine[Any, Any]) -> str:
    """Every state with its meaning, and the moves out of it."""
    lines = [f"The states of {machine.a_name}; it begins as {machine.start}."]
    for state, meaning in machine.states.items():
        lines += ["", f"{state}: {meaning}"]
        lines += [f"  {move} → {' or '.join(targets)}" for move, targets in machine.moves[state].items()]
    return "\n".join(lines)


def as_mermaid(machine: Machine[Any, Any]) -> str:
    """The same as a diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.start}"]
    lines += [f"    {start} --> {end}: {move}" for start, move, end in machine.arrows()]
    return "\n".join(lines)
