"""What a reader can work out about hidden cells: the least and most that each may be, given every shown total.

A table with hidden cells and known totals is a transportation problem: how far a cell may move while the others make
up for it, is a maximum flow between its row and its column. Pure.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

Cell = tuple[int, int]
_FREE = ("free", 0)
_Node = tuple[str, int]


@dataclass(frozen=True)
class Table:
    """Counts by row and column, and which rows' and columns' totals are shown."""

    counts: Sequence[Sequence[int]]
    rows_known: Sequence[bool]
    columns_known: Sequence[bool]

    @property
    def cells(self) -> list[Cell]:
        return [(row, column) for row in range(len(self.counts)) for column in range(len(self.columns_known))]

    def at(self, cell: Cell) -> int:
        return self.counts[cell[0]][cell[1]]

    def lines(self) -> list[list[Cell]]:
        """The cells of every row and column whose total is shown."""
        rows = [[(row, column) for column in range(len(self.columns_known))] for row in range(len(self.counts))]
        columns = [list(line) for line in zip(*rows, strict=True)]
        known = [line for line, shown in zip(rows, self.rows_known, strict=True) if shown]
        return known + [line for line, shown in zip(columns, self.columns_known, strict=True) if shown]


def could_rise(table: Table, hidden: Collection[Cell], cell: Cell, enough: int) -> int:
    """By how much a hidden cell might be larger, given everything shown; counted up to `enough`."""
    return _flow(table, hidden, cell, ("row", cell[0]), ("column", cell[1]), enough)


def could_fall(table: Table, hidden: Collection[Cell], cell: Cell, enough: int) -> int:
    """By how much a hidden cell might be smaller, given everything shown; counted up to `enough`."""
    enough = min(enough, table.at(cell))
    return _flow(table, hidden, cell, ("column", cell[1]), ("row", cell[0]), enough)


def _flow(table: Table, hidden: Collection[Cell], cell: Cell, start: _Node, end: _Node, enough: int) -> int:
    left = _capacities(table, hidden, cell)
    total = 0
    while total < enough:
        path = _path(left, start, end)
        if not path:
            break
        step = min(enough - total, *(left[a][b] for a, b in path))
        for a, b in path:
            left[a][b] -= step
            left[b][a] += step
        total += step
    return total


def _capacities(table: Table, hidden: Collection[Cell], cell: Cell) -> dict[_Node, dict[_Node, int]]:
    """A row gives up what its hidden cells hold; a column takes in anything; an unknown total makes up for anything."""
    endless = 1 << 40
    left: dict[_Node, dict[_Node, int]] = defaultdict(lambda: defaultdict(int))
    for row, column in hidden:
        if (row, column) != cell:
            left["row", row]["column", column] += table.at((row, column))
            left["column", column]["row", row] += endless
    for kind, known in (("row", table.rows_known), ("column", table.columns_known)):
        for place, shown in enumerate(known):
            if not shown:
                left[kind, place][_FREE] += endless
                left[_FREE][kind, place] += endless
    return left


def _path(left: dict[_Node, dict[_Node, int]], start: _Node, end: _Node) -> list[tuple[_Node, _Node]]:
    came: dict[_Node, _Node] = {start: start}
    waiting = deque([start])
    while waiting and end not in came:
        here = waiting.popleft()
        for there, capacity in left[here].items():
            if capacity > 0 and there not in came:
                came[there] = here
                waiting.append(there)
    if end not in came:
        return []
    path = []
    while end != start:
        path.append((came[end], end))
        end = came[end]
    return path
