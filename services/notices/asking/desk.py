"""What the duty line asks over all cases: which there are, what waits today, and whom somebody means. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from services.notices.asking.finding import Words, best
from services.notices.attendance.policy import Policies
from services.notices.casefile.case_states import CaseState
from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice_states import NOTICE
from services.notices.casefile.overwritten import Overwritten, overwritten
from services.notices.deciding.decision import full_name
from services.notices.store import records
from services.notices.store.cases import Cases
from services.notices.store.registers import Registers
from services.notices.story.waiting import Waiting, open_codes, waiting
from shared.contracts.fields import check_upn
from shared.identity import read_reference
from shared.store.documents import Document, Store
from shared.time.clock import LONDON, Clock
from shared.writing.characters import is_number

_BEFORE_A_NOTICE: tuple[CaseState, ...] = (
    "threshold_met",
    "support_first",
    "requested",
    "returned_to_school",
    "nti_failed",
)
_WAIT: tuple[CaseState, ...] = ("requested", "returned_to_school", "third_blocked", "nti_failed", "nti_monitoring")
_NAMES = ("urn", "case", "details.given_name", "details.family_name", "details.parents", "details.urn")


@dataclass(frozen=True)
class Found:
    """A pupil or a case that somebody may mean, and why."""

    case: str
    upn: str
    urn: str
    because: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Names for a screen, by UPN and by URN."""

    pupils: Mapping[str, str]
    schools: Mapping[str, str]


class Desk:
    """The reader's side of the notices service over all cases. What it returns names people: never for a log."""

    def __init__(self, store: Store, policies: Policies, clock: Clock) -> None:
        self._store = store
        self._policies = policies
        self._clock = clock
        self._cases = Cases(store, Registers(store, policies, clock), policies, clock)

    async def cases(self, state: str, school: str, since: date | None, limit: int) -> list[CaseFile]:
        """Cases whose state, or that of one of their notices, is as asked; the last that changed state first."""
        query: dict[str, Any] = {}
        if state:
            query |= {"open.state": state} if state in NOTICE.states else {"state": state}
        if school:
            query["urn"] = school
        if since:
            query["since"] = {"$gte": datetime.combine(since, time(), LONDON)}
        found = await self._store[records.CASES].find(query, sort=[("since", -1)], limit=limit)
        return [file for file, _ in await self._files(found)]

    async def today(self) -> list[tuple[CaseFile, Waiting]]:
        """Everything that waits for somebody, the earliest first. Grows with the open cases, not with the pupils."""
        states = [state for state in NOTICE.states if state != "closed"]
        query = {"$or": [{"open.state": {"$in": states}}, {"state": {"$in": [*_BEFORE_A_NOTICE, *_WAIT]}}]}
        files = await self._files(await self._store[records.CASES].find(query))
        today = self._clock.today()
        found = [(file, each) for file, _ in files for each in waiting(file, today)]
        found += [(file, each) for file, pupil in files if (each := await self._open_codes(file, pupil))]
        return sorted(found, key=lambda each: each[1])

    async def overwritten(self) -> list[Overwritten]:
        """Every notice whose dates another letter had overwritten. It reads every case that has a notice."""
        found: list[Overwritten] = []
        async for case in self._store[records.CASES].stream({"history.what": "letter_dispatched"}):
            found += overwritten(records.read_case(case, {}))
        return found

    async def to_consider(self) -> int:
        """How many cases have met the threshold without anybody having acted on them yet."""
        return await self._store[records.CASES].count({"state": "threshold_met"})

    async def find(self, typed: str, limit: int) -> list[Found]:
        """Whom somebody may mean: by reference, UPN, payment reference or school; else by name, misspelt or not."""
        exact = await self._exact(typed.strip(), limit)
        return exact or await self._named(typed, limit)

    async def known(self, files: Iterable[CaseFile | Found]) -> Known:
        """The names of the pupils and schools of cases."""
        wanted = list(files)
        pupils = await self._store[records.PUPILS].get_many({each.upn for each in wanted})
        schools = await self._store[records.SCHOOLS].get_many({each.urn for each in wanted})
        return Known(
            {upn: _name(pupil) for upn, pupil in pupils.items()},
            {urn: str(school.get("name", urn)) for urn, school in schools.items()},
        )

    async def _files(self, cases: list[Document]) -> list[tuple[CaseFile, Document]]:
        """The case files, each with its pupil's document."""
        pupils = await self._store[records.PUPILS].get_many({case["upn"] for case in cases})
        each = ((case, pupils.get(case["upn"], {"_id": case["upn"]})) for case in cases)
        return [(records.read_case(case, pupil), pupil) for case, pupil in each]

    async def _open_codes(self, file: CaseFile, pupil: Document) -> Waiting | None:
        """Sessions in the evidence with an open code; the registers are read only if a mark has such a code."""
        if file.state not in _BEFORE_A_NOTICE:
            return None
        codes = self._policies.on(self._clock.today()).threshold.blocking_codes
        if not any(mark.code in codes for mark in records.read_marks(pupil).values()):
            return None
        sessions = (await self._cases.assess(pupil)).sessions
        days = [mark.day for mark in sessions if mark.code in codes]
        return open_codes(file, days) if days else None

    async def _exact(self, typed: str, limit: int) -> list[Found]:
        for query, because in self._readings(typed):
            cases = await self._store[records.CASES].find(query, limit=limit)
            if cases:
                return [_found(file, because) for file, _ in await self._files(cases)]
        try:
            pupil = await self._store[records.PUPILS].get(check_upn(typed.upper()))
        except ValueError:
            return []
        return [_pupil(pupil, "the UPN")] if pupil else []

    def _readings(self, typed: str) -> Iterable[tuple[Document, str]]:
        """What the words may stand for, as queries for cases."""
        try:
            reference = read_reference(typed)
            yield {"$or": [{"_id": reference}, {"notices": reference}]}, "the reference"
        except ValueError:
            pass
        yield {"upn": typed.upper()}, "the UPN"
        if len(typed) == 6 and is_number(typed):
            yield {"urn": typed}, "the school"
        yield {"history.payment_reference": {"$in": list({typed, typed.upper()})}}, f"payment {typed}"

    async def _named(self, typed: str, limit: int) -> list[Found]:
        """Matches the names of pupils, parents and schools. Pupils are streamed: only the closest are kept."""
        words = Words(typed)
        scored: list[tuple[float, str, Found]] = []
        schools = await self._store[records.SCHOOLS].find({"name": {"$exists": True}}, fields=["name"])
        near = [(score, each) for each in schools if (score := words.likeness(each["name"]))]
        for score, school in near:
            label = f"the school {school['name']}"
            scored.append((score, f"a {label}", Found("", "", school["_id"], label)))
        async for pupil in self._store[records.PUPILS].stream({"details": {"$exists": True}}, fields=_NAMES):
            for name, because in _names(pupil):
                if score := words.likeness(name):
                    order = f"{'a' if pupil.get('case') else 'b'} {name}"  # of equals, pupils with a case come first
                    scored.append((score, order, _pupil(pupil, because)))
                    break
            if len(scored) > 20 * limit:
                scored = sorted(scored, key=lambda each: -each[0])[:limit]
        return best(scored, limit)


def _names(pupil: Document) -> Iterable[tuple[str, str]]:
    yield _name(pupil), "the pupil"
    for parent in pupil["details"].get("parents", ()):
        yield parent["name"], f"parent {parent['parent_id']}, {parent['name']}"


def _name(pupil: Document) -> str:
    details = pupil.get("details") or {}
    return full_name(details.get("given_name"), details.get("family_name"))


def _pupil(pupil: Document, because: str) -> Found:
    return Found(pupil.get("case") or "", pupil["_id"], pupil.get("urn") or "", because)


def _found(file: CaseFile, because: str) -> Found:
    return Found(file.reference, file.upn, file.urn, because, tuple(file.notices))
