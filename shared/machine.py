"""States with their meanings, every move between them, and how to make moves and print them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Moves = Mapping[str, Mapping[str, tuple[str, ...]]]


class NoSuchMove(Exception):
    """This cannot be done in this state."""


@dataclass(frozen=True)
class Machine:
    """States by name with their meanings, and the moves out of each: what happens, and which states it may lead to."""

    name: str
    start: str
    states: Mapping[str, str]
    moves: Moves

    def after(self, state: str, move: str, to: str | None = None) -> str:
        """The state after a move; `to` chooses if the facts decide. Raises NoSuchMove."""
        targets = self.moves[state].get(move, ())
        if not targets or (to is not None and to not in targets):
            raise NoSuchMove
        return to or targets[0]

    def possible(self, state: str) -> tuple[str, ...]:
        return tuple(self.moves[state])

    def arrows(self) -> Iterator[tuple[str, str, str]]:
        """Every move: from, what happens, to."""
        for state, ways in self.moves.items():
            for move, targets in ways.items():
                for target in targets:
                    yield state, move, target


def as_text(machine: Machine) -> str:
    """Every state with its meaning, and the moves out of it."""
    lines = [f"The states of a {machine.name}; it begins as {machine.start}."]
    for state, meaning in machine.states.items():
        lines += ["", f"{state}: {meaning}"]
        lines += [f"  {move} → {' or '.join(targets)}" for move, targets in machine.moves[state].items()]
    return "\n".join(lines)


def as_mermaid(machine: Machine) -> str:
    """The same as a diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.start}"]
    lines += [f"    {start} --> {end}: {move}" for start, move, end in machine.arrows()]
    return "\n".join(lines)
