"""The publishable results of a survey: counts, cross-tabs, rates and times, with small numbers protected.

A publication contains only what everybody may read; what it was worked out from is kept beside it, so that
the next one can protect the differences. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.answers.running import Running
from services.surveys.questionnaire.document import Survey
from services.surveys.questionnaire.timing import taken
from services.surveys.results.bounds import Table
from services.surveys.results.rates import Rates
from services.surveys.results.suppression import Before, protect
from services.surveys.results.tally import DIMENSIONS, Item, Tally
from shared.decisions.deciding import Refused, because

Data = dict[str, Any]

_CHANNELS = ("link", "email", "phone", "letter")


@dataclass(frozen=True)
class Published:
    """What is published, and what the next publication is checked against."""

    shown: Data
    basis: Data
    """By table: rows, counts, and which cells are hidden. Never shown."""


def results(
    running: Running, survey: Survey, tally: Tally, rates: Rates, day: str, before: Mapping[str, Any] | None = None
) -> Published:
    """Everything that may be published of a settled survey.

    Raises:
        Refused: too few have answered, or too few since the last publication, to show anything.
    """
    least = survey.least
    require_enough(tally.total, least)
    if least == 1:
        before = None  # with names there is nobody to protect from a difference
    more = tally.total - (before or {}).get("total", 0)
    if before is not None and more < least:
        words = f"Fewer than {least} new answers have come since results were last published. Wait for more."
        raise Refused(because("too_few_new", words))
    maker = _Maker(tally, least, (before or {}).get("tables", {}))
    groups = {dimension: maker.groups(dimension) for dimension in DIMENSIONS}
    invited, answered = rates.total
    time = taken(tally.minutes, survey.promise_minutes)
    shown: Data = {
        "survey": running.reference,
        "title": running.title,
        "mode": running.mode,
        "day": day,
        "window": {"opening": running.window.opening, "closed": running.window.closed},
        "editions": len(running.editions),
        "least_shown": least,
        "respondents": tally.total,
        "invited": invited,
        "answered": answered,
        "rates": {dimension: maker.rates(rates, dimension) for dimension in ("group", "district", "phase")},
        "nothing_to_say": maker.one_row("nothing_to_say", [tally.nothing_to_say, tally.total - tally.nothing_to_say])[
            0
        ],
        "channels": dict(
            zip(_CHANNELS, maker.one_row("channels", [rates.channels[each] for each in _CHANNELS]), strict=True)
        ),
        "time": None
        if time is None or time.count < least
        else {"median": time.median, "ninetieth": time.ninetieth, "promise": survey.promise_minutes},
        "items": [maker.item(item, groups, len(running.editions)) for item in tally.items],
        "numbers": _numbers(survey, tally, least),
    }
    return Published(shown, {"total": tally.total, "tables": maker.basis})


def require_enough(answers: int, least: int) -> None:
    """Raise Refused if so few have answered that their answers would show who they are."""
    if answers < least:
        words = f"Results need at least {least} answers, so that nobody can be identified."
        raise Refused(because("too_few", "Nobody has answered yet." if least == 1 else words))


class _Maker:
    """Makes the tables of one publication, and keeps what they were made from."""

    def __init__(self, tally: Tally, least: int, before: Mapping[str, Any]) -> None:
        self._tally = tally
        self._least = least
        self._before = before
        self.basis: Data = {}

    def groups(self, dimension: str) -> list[tuple[str, int | None]]:
        """The groups of a dimension with their numbers of respondents; None if hidden."""
        counts = dict(sorted(self._tally.respondents[dimension].items()))
        names = self._names(f"groups/{dimension}", list(counts))
        numbers = [counts.get(name, 0) for name in names]
        hidden = self._protect(f"groups/{dimension}", names, Table([numbers], [True], [False] * len(numbers)))
        if hidden is None:
            return [(name, None) for name in names]
        return [(name, None if (0, place) in hidden else numbers[place]) for place, name in enumerate(names)]

    def rates(self, rates: Rates, dimension: str) -> list[Data]:
        """Invited and answered by group; people who did not answer are protected like those who did."""
        found = {name: (invited, answered) for name, invited, answered in rates.of(dimension)}
        names = self._names(f"rates/{dimension}", list(found))
        counts = [
            [found.get(name, (0, 0))[1], found.get(name, (0, 0))[0] - found.get(name, (0, 0))[1]] for name in names
        ]
        if not counts:
            return []
        hidden = self._protect(f"rates/{dimension}", names, Table(counts, [True] * len(counts), [True, True]))
        return [
            {
                "group": name,
                "invited": sum(counts[row]),
                "answered": None if hidden is None or {(row, 0), (row, 1)} & hidden else counts[row][0],
            }
            for row, name in enumerate(names)
        ]

    def one_row(self, key: str, counts: list[int]) -> list[int | None]:
        """Counts with a known total, each protected."""
        return _row(counts, 0, self._protect(key, ["all"], Table([counts], [True], [False] * len(counts))))

    def item(self, item: Item, groups: Mapping[str, Sequence[tuple[str, int | None]]], editions: int) -> Data:
        row = self._tally.row(item, "all", "all")
        alone = self._protect(f"{item.key}/all", ["all"], Table([row], [True], [False] * len(row)))
        shown: Data = {
            "key": item.key,
            "title": item.title,
            "columns": [label for _, label in item.columns],
            "counts": _row(row, 0, alone),
            "by": {},
        }
        if len(item.editions) < editions:
            shown["note"] = f"asked like this in version {' and '.join(map(str, item.editions))} only"
        for dimension, rows in groups.items():
            shown["by"][dimension] = self._cross(item, dimension, rows, alone)
        return shown

    def _cross(
        self,
        item: Item,
        dimension: str,
        groups: Sequence[tuple[str, int | None]],
        alone: frozenset[tuple[int, int]] | None,
    ) -> list[Data]:
        names = [name for name, _ in groups]
        counts = [self._tally.row(item, dimension, name) for name in names]
        width = len(item.columns)
        lost = set(range(width)) if alone is None else {column for _, column in alone}
        hidden = {(row, column) for row in range(len(names)) for column in lost}
        hidden |= {(row, column) for row, (_, number) in enumerate(groups) if number is None for column in range(width)}
        known = [number is not None for _, number in groups]
        table = Table(counts, known, [column not in lost for column in range(width)])
        found = self._protect(f"{item.key}/{dimension}", names, table, hidden)
        return [
            {"group": name, "respondents": number, "counts": _row(counts[row], row, found)}
            for row, (name, number) in enumerate(groups)
        ]

    def _names(self, key: str, names: list[str]) -> list[str]:
        """The rows of a table, those of the last publication first, so that the two can be compared."""
        earlier = list(self._before.get(key, {}).get("names", ()))
        return earlier + [name for name in names if name not in earlier]

    def _protect(
        self, key: str, names: list[str], table: Table, hidden: set[tuple[int, int]] | None = None
    ) -> frozenset[tuple[int, int]] | None:
        last = self._before.get(key)
        width = len(table.columns_known)
        before = None
        if last is not None:
            padding = [[0] * width for _ in range(len(table.counts) - len(last["counts"]))]
            rows = [[*row, *[0] * (width - len(row))] for row in last["counts"]]
            before = Before([*rows, *padding], frozenset((row, column) for row, column in last["hidden"]))
        found = protect(table, self._least, before, hidden or ())
        if found is None:  # the next publication is checked against what was last shown
            self.basis[key] = dict(last or {})
        else:
            self.basis[key] = {
                "names": names,
                "counts": [list(row) for row in table.counts],
                "hidden": sorted([row, column] for row, column in found),
            }
        return found


def _row(counts: Sequence[int], row: int, hidden: frozenset[tuple[int, int]] | None) -> list[int | None]:
    return [None if hidden is None or (row, column) in hidden else count for column, count in enumerate(counts)]


def _numbers(survey: Survey, tally: Tally, least: int) -> list[Data]:
    found = []
    for question in survey.questions:
        values = sorted(tally.numbers.get(question.id, ()))
        if question.type == "number" and len(values) >= 2 * least:
            middle = values[len(values) // 2]
            found.append({"key": question.id, "title": question.text, "median": middle})
    return found
