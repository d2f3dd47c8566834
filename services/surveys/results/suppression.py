"""Small numbers protected: hides counts of fewer than `least` people, and whatever would give them away.

First the small counts. Then, in every line whose total is shown, at least two cells that together hold `least` or more.
Then each small count is checked against what a reader could work out (bounds.py), and more is hidden until
it could just as well be large. Later publications hide what earlier ones hid, and protect the differences too.

The practice follows the Government Statistical Service's guidance on disclosure control for tables. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.surveys.results.bounds import Cell, Table, could_fall, could_rise


@dataclass(frozen=True)
class Before:
    """The same table in the last publication: its counts, and which of them were hidden."""

    counts: Sequence[Sequence[int]]
    hidden: frozenset[Cell]


def protect(
    table: Table, least: int, before: Before | None = None, hidden: Iterable[Cell] = ()
) -> frozenset[Cell] | None:
    """Which cells to hide; None if the table may not be published again at all.

    `hidden` names cells to hide whatever they contain. A table in which any count has fallen since the last
    publication (an answer was changed or taken back) is not published again.
    """
    tables = [table]
    found = set(hidden) | _small(table, least)
    if before is not None:
        since = _difference(table, before)
        if any(since.at(cell) < 0 for cell in since.cells):
            return None
        tables.append(since)
        found |= before.hidden | _small(since, least)
    return frozenset(_grown(tables, found, least))


def _small(table: Table, least: int) -> set[Cell]:
    return {cell for cell in table.cells if 0 < table.at(cell) < least}


def _difference(table: Table, before: Before) -> Table:
    counts = [
        [now - then for now, then in zip(row, earlier, strict=True)]
        for row, earlier in zip(table.counts, before.counts, strict=True)
    ]
    return Table(counts, table.rows_known, table.columns_known)


def _grown(tables: Sequence[Table], hidden: set[Cell], least: int) -> set[Cell]:
    """Hide more until every line and every small count is safe in each of the tables."""
    while True:
        cell = _thin_line(tables, hidden, least) or _worked_out(tables, hidden, least)
        if cell is None:
            return hidden
        hidden.add(cell)


def _thin_line(tables: Sequence[Table], hidden: set[Cell], least: int) -> Cell | None:
    """A further cell for a line with too little hidden; none if the lines are safe, or entirely hidden."""
    for table in tables:
        for line in table.lines():
            inside = [cell for cell in line if cell in hidden]
            total = sum(table.at(cell) for cell in inside)
            if inside and total and (len(inside) < 2 or total < least) and len(inside) < len(line):
                return _next(tables[0], line, hidden)
    return None


def _worked_out(tables: Sequence[Table], hidden: set[Cell], least: int) -> Cell | None:
    """A further cell to protect a small count that a reader could work out too closely."""
    for table in tables:
        for cell in sorted(_small(table, least) & hidden):
            up = could_rise(table, hidden, cell, 2 * least)
            down = could_fall(table, hidden, cell, least)
            if table.at(cell) + up >= least and up + down >= least - 1:
                continue
            lines = [line for line in table.lines() if cell in line]
            beside = [each for line in lines for each in line if each not in hidden]
            everything = [each for each in table.cells if each not in hidden]
            if beside or everything:
                return _next(tables[0], beside or everything, hidden)
    return None


def _next(table: Table, cells: Iterable[Cell], hidden: set[Cell]) -> Cell:
    """The cell that is cheapest to hide: the smallest count above zero, else a zero."""
    return min(
        (cell for cell in cells if cell not in hidden), key=lambda cell: (table.at(cell) == 0, table.at(cell), cell)
    )
