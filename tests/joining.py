"""An attacker of anonymous surveys: reads everything again and again, and tries to join who with what by all of it.

Nothing here knows what the service keeps. Every field, size, place, time of appearance and line of log becomes a
feature of whatever it can be tied to, an invitation or an answer; every feature of the one is tried against every
feature of the other. How well a join does is held against the exact distribution of what chance does.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from itertools import pairwise, product
from math import comb, factorial
from typing import Any

import bson

from services.surveys.answers.batch import describe
from services.surveys.store import records
from shared.store.documents import Store

Documents = dict[str, list[dict[str, Any]]]
Features = dict[str, dict[str, Any]]
"""By name of a feature: whoever has it, and its value."""
FEW = 6
"""Values at most of what sorts things into classes."""
NEVER = Fraction(1, 10**6)
"""How rarely chance may look like a join, over all joins that were tried."""


@dataclass
class Attacker:
    """What somebody has seen who read the whole store, and every log, after each thing that happened."""

    store: Store
    lines: Sequence[Mapping[str, Any]]
    seen: list[Documents] = field(default_factory=list)
    heard: list[list[str]] = field(default_factory=list)
    """For each look, the events of the lines that had come since the one before."""
    _read: int = 0

    async def look(self) -> None:
        """Copy everything, in the order in which a backup would."""
        database = self.store._database
        names = sorted(await database.list_collection_names())
        self.seen.append({name: [each async for each in database[name].find({})] for name in names})
        self.heard.append([str(each["event"]) for each in self.lines[self._read :]])
        self._read = len(self.lines)


@dataclass(frozen=True)
class Cell:
    """Invitations and answers that are known to belong together, and nothing finer: among these anybody can guess."""

    who: tuple[str, ...]
    what: tuple[str, ...]


@dataclass(frozen=True)
class Join:
    """A way of telling who gave which answer, and how likely chance would do as well."""

    by: str
    hits: int
    chance: Fraction


def joins(attacker: Attacker, truth: Mapping[str, str], known: Features, least: int) -> tuple[list[Join], int]:
    """The joins that do better than chance ever would, and how many were tried.

    `truth` says who gave the answer of which text; `known` is what the attacker has learnt elsewhere of people.
    """
    cells = cells_of(attacker, least)
    answers = {each["_id"]: each for each in attacker.seen[-1][records.ANSWERS]}
    right = {who: key for who, words in truth.items() for key, each in answers.items() if words in str(each)}
    who = _features(attacker, [each for cell in cells for each in cell.who], _names_of) | known
    what = _features(attacker, list(answers), lambda key: (key, answers[key]["response"]))
    tried = [
        *_by_rank(who, what, cells, right),
        *_by_class(who, what, cells, right),
        *_by_value(attacker, cells, right),
    ]
    return [each for each in tried if each.chance * len(tried) < NEVER], len(tried)


def cells_of(attacker: Attacker, least: int) -> list[Cell]:
    """Who was mixed with whom, as the looks show it, and as finely as each answer says of itself."""
    cells: list[Cell] = []
    before: Documents = {}
    for now in attacker.seen:
        new = _ids(now, records.ANSWERS) - _ids(before, records.ANSWERS)
        if new:
            cells += _of_batch(attacker, new, _emptied(attacker, new), least)
        before = now
    return cells


def _of_batch(attacker: Attacker, answers: set[str], members: set[str], least: int) -> Iterator[Cell]:
    last = attacker.seen[-1]
    boxed = [records.read_invitation(each) for each in last[records.INVITATIONS] if each["_id"] in members]
    ways = {each: tuple(way) for each, way in describe(boxed, least).items()}
    described: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for each in last[records.ANSWERS]:
        if each["_id"] in answers:
            described[tuple(each[name] for name in ("group", "official", "district", "phase"))].append(each["_id"])
    for way, found in described.items():
        yield Cell(tuple(sorted(who for who, its in ways.items() if its == way)), tuple(sorted(found)))


def _emptied(attacker: Attacker, answers: set[str]) -> set[str]:
    """Whose boxes were emptied when these answers appeared."""
    states: list[dict[str, str]] = [
        {each["_id"]: each["state"] for each in seen.get(records.INVITATIONS, ())} for seen in attacker.seen
    ]
    place = next(n for n, seen in enumerate(attacker.seen) if answers <= _ids(seen, records.ANSWERS))
    return {who for who, state in states[place].items() if state == "answered" and states[place - 1][who] == "boxed"}


def _ids(seen: Documents, name: str) -> set[str]:
    return {each["_id"] for each in seen.get(name, ())}


def _names_of(invitation: str) -> tuple[str, ...]:
    return (invitation,)


def _features(attacker: Attacker, things: Iterable[str], names_of: Callable[[str], tuple[str, ...]]) -> Features:
    """Whatever can be tied to each thing: by every path of every document that names it, now and earlier."""
    found: Features = defaultdict(dict)
    named = {name: thing for thing in things for name in names_of(thing)}
    history: dict[tuple[str, str], list[tuple[int, Any]]] = defaultdict(list)
    for look, seen in enumerate(attacker.seen):
        for collection, documents in seen.items():
            for place, document in enumerate(documents):
                for thing in _about(document, named):
                    _note(history, thing, look, f"{collection}@", {"place": place, "size": len(bson.encode(document))})
                    for path, value in _flat(document):
                        _note(history, thing, look, f"{collection}.", {path: value})
    for (thing, path), values in history.items():
        told = [value for _, value in values]
        found[f"{path} last"][thing] = told[-1]
        found[f"{path} first"][thing] = told[0]
        found[f"{path} before the last"][thing] = next((each for each in reversed(told) if each != told[-1]), None)
        found[f"{path} changes"][thing] = sum(a != b for a, b in pairwise(told))
        found[f"{path} appears"][thing] = values[0][0]
        found[f"{path} goes"][thing] = values[-1][0]
        moves = [now for (_, a), (now, b) in pairwise(values) if a != b]
        found[f"{path} changed last"][thing] = moves[-1] if moves else values[0][0]
        for line in set(attacker.heard[moves[-1]] if moves else ()):
            found[f"{path} changed last with the line {line}"][thing] = True
    for number, said in enumerate(attacker.lines):
        text = json.dumps(said, default=str)
        for name, its in named.items():
            if name in text:
                found[f"line {said['event']}"][its] = number
    return _different(found)


def _different(features: Features) -> Features:
    """Each feature once, however many say the same of everything."""
    once: dict[Hashable, tuple[str, dict[str, Any]]] = {}
    for name, values in features.items():
        once.setdefault(tuple(sorted((key, repr(value)) for key, value in values.items())), (name, values))
    return dict(once.values())


def _note(history: Any, thing: str, look: int, prefix: str, told: Mapping[str, Any]) -> None:
    for path, value in told.items():
        history[thing, prefix + path].append((look, _plain(value)))
        if isinstance(value, str | bytes | list):
            history[thing, f"{prefix}{path} length"].append((look, len(value)))


def _about(document: Mapping[str, Any], named: Mapping[str, str]) -> set[str]:
    return {named[value] for _, value in _flat(document) if isinstance(value, str) and value in named}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        yield path, value
        for each in value:
            yield from _flat(each, f"{path}[]")
    else:
        yield path, value


def _plain(value: Any) -> Hashable:
    if isinstance(value, datetime):
        return value.timestamp()
    return json.dumps(value, default=str) if isinstance(value, list | dict) else value


def _by_rank(who: Features, what: Features, cells: Sequence[Cell], right: Mapping[str, str]) -> Iterator[Join]:
    """Both sides of each cell sorted, the first put to the first."""
    for (one, left), (other, answers) in product(_orders(who), _orders(what)):
        hits, sizes = 0, []
        for cell in cells:
            ours = sorted((left[each], each) for each in cell.who if each in left)
            theirs = sorted((answers[each], each) for each in cell.what if each in answers)
            if len(ours) != len(theirs) or len({value for value, _ in ours}) < 2 or len({v for v, _ in theirs}) < 2:
                continue
            sizes.append(len(ours))
            hits += sum(right[mine] == its for (_, mine), (_, its) in zip(ours, theirs, strict=True))
        if sizes:
            yield Join(f"order of {one} to order of {other}", hits, _tail(map(_fixed_points, sizes), hits))


def _orders(features: Features) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, values in features.items():
        numbers = {key: value for key, value in values.items() if isinstance(value, int | float)}
        words = {key: value for key, value in values.items() if isinstance(value, str)}
        for kind in (numbers, words):
            if len(set(kind.values())) > 1:
                yield name, kind
        if len(set(numbers.values())) > 1:
            yield f"{name} backwards", {key: -value for key, value in numbers.items()}


def _by_class(who: Features, what: Features, cells: Sequence[Cell], right: Mapping[str, str]) -> Iterator[Join]:
    """Whoever has a value put to the answers that have one."""
    for (one, left), (other, answers) in product(_classes(who), _classes(what)):
        hits, chances = 0, []
        for cell in cells:
            ours = [each for each in cell.who if each in left]
            theirs = {each for each in cell.what if each in answers}
            if ours and theirs and (len(ours) < len(cell.who) or len(theirs) < len(cell.what)):
                chances.append(_overlap(len(cell.who), len(ours), len(theirs)))
                hits += sum(right[each] in theirs for each in ours)
        if chances:
            yield Join(f"{one} to {other}", hits, _tail(chances, hits))


def _classes(features: Features) -> Iterator[tuple[str, set[str]]]:
    for name, values in features.items():
        sorts: dict[Hashable, set[str]] = defaultdict(set)
        for key, value in values.items():
            sorts[value].add(key)
        if len(sorts) <= FEW:
            yield from ((f"{name} is {value!r:.60}", each) for value, each in sorts.items())
        else:
            yield f"has {name}", set(values)
            yield f"{name} is nothing", sorts.get(None, set())


def _by_value(attacker: Attacker, cells: Sequence[Cell], right: Mapping[str, str]) -> Iterator[Join]:
    """What stands in an answer, and ever stood in a document that names an invitation, as words or inside of bytes."""
    answers = {each["_id"]: each for each in attacker.seen[-1][records.ANSWERS]}
    named = {each: each for cell in cells for each in cell.who}
    texts: dict[str, set[bytes]] = defaultdict(set)
    for seen in attacker.seen:
        for document in (each for documents in seen.values() for each in documents):
            about = _about(document, named)
            if len(about) == 1:
                texts[about.pop()].add(json.dumps(document, default=str).encode() + bson.encode(document))
    rare = Counter(value for each in answers.values() for _, value in _flat(each) if _is_telling(value))
    hits, proposed = 0, []
    for cell in cells:
        for who, key in product(cell.who, cell.what):
            values = [v for _, v in _flat(answers[key]) if _is_telling(v) and rare[v] == 1]
            if any(value.encode() in text for value in values for text in texts[who]):
                proposed.append([1 - Fraction(1, len(cell.what)), Fraction(1, len(cell.what))])
                hits += right[who] == key
    yield Join("the same words", hits, _tail(proposed, hits) if hits else Fraction(1))


def _is_telling(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 6


def _fixed_points(size: int) -> list[Fraction]:
    """How likely so many of a cell are put right by chance (rencontres numbers)."""
    left = [sum((Fraction((-1) ** k, factorial(k)) for k in range(size - n + 1)), Fraction()) for n in range(size + 1)]
    return [left[n] / factorial(n) for n in range(size + 1)]


def _overlap(size: int, ours: int, theirs: int) -> list[Fraction]:
    """How likely so many of `ours` are among `theirs` by chance (hypergeometric)."""
    every = comb(size, theirs)
    return [Fraction(comb(ours, n) * comb(size - ours, theirs - n), every) for n in range(min(ours, theirs) + 1)]


def _tail(chances: Iterable[Sequence[Fraction]], hits: int) -> Fraction:
    """How likely chance would be right as often, over all cells together."""
    total: list[float] = [1.0]
    for each in chances:
        longer = [0.0] * (len(total) + len(each) - 1)
        for (n, p), (m, q) in product(enumerate(total), enumerate(map(float, each))):
            longer[n + m] += p * q
        total = longer
    return Fraction(min(1.0, sum(total[hits:])))
