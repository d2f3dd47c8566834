"""Cases that the version before wrote read as they stood, but for dates that another letter had overwritten."""

import gzip
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notices.casefile.overwritten import overwritten
from services.notices.deciding.clockwork import next_day, tick
from services.notices.deciding.decision import Facts, Moment
from services.notices.store import records
from services.notices.story.story import tell
from shared.contracts.casework import DisputeService, RecordPayment, RecordRepresentation
from shared.time.clock import LONDON
from tests.casework import POLICIES, Life, with_holiday

DUMP = Path(__file__).parents[2] / "cases" / "stored" / "cases-0.1.0.jsonl.gz"
LATER = datetime(2030, 1, 1, 9, tzinfo=LONDON)


def _dates(found: dict[str, Any]) -> Any:
    return datetime.fromisoformat(found["$date"]) if "$date" in found else found


STORED = [json.loads(line, object_hook=_dates) for line in gzip.decompress(DUMP.read_bytes()).decode().splitlines()]


@pytest.mark.parametrize("stored", STORED, ids=[each["case"]["_id"] for each in STORED])
def test_a_case_of_the_version_before_stands_where_it_stood(stored: dict[str, Any]) -> None:
    file = records.read_case(stored["case"], {"urn": stored["case"]["urn"]})
    wrong = {each.notice for each in overwritten(file)}
    assert file.state == stored["case"]["state"]
    for reference, stood in stored["stood"].items():
        notice = file.notices[reference]
        now = {name: getattr(notice, name) for name in stood}
        now |= {name: str(now[name]) for name in ("posted_on", "pay_until")}
        if reference in wrong:
            assert now.pop("posted_on") != stood.pop("posted_on")
            assert now.pop("pay_until") != stood.pop("pay_until")
        if stood["band"] == "accepted_by_officer" and notice.band in {"discount", "full"}:
            stood["band"] = notice.band  # what was too much was kept; the money that was due had come in time
        assert now == stood


@pytest.mark.parametrize("stored", STORED, ids=[each["case"]["_id"] for each in STORED])
def test_it_goes_on_from_there(stored: dict[str, Any]) -> None:
    file = records.read_case(stored["case"], {"urn": stored["case"]["urn"]})
    facts: Facts = Life().facts
    at = Moment(LATER, UUID(int=5), POLICIES)
    after = file.with_entries(tick(file, facts, at).entries)
    due = next_day(after, POLICIES, at.today)
    assert due is None or due > at.today
    assert tell(after, facts, at)["case"] == file.reference


def test_dates_that_a_withdrawal_letter_overwrote_are_found_and_read_as_the_notices_own() -> None:
    [stored] = [each for each in STORED if each["case"]["_id"] == "C-over"]
    file = records.read_case(stored["case"], {"urn": stored["case"]["urn"]})
    [found] = overwritten(file)
    assert (str(found.posted_on), str(found.shown)) == ("2024-10-08", "2024-10-23")
    assert str(file.notices[found.notice].served_on) == "2024-10-10"


@pytest.mark.parametrize("state", ["representation", "paid", "service_disputed", "underpaid"])
def test_a_second_day_of_posting_in_an_old_file_changes_no_dates_whatever_state_it_found(state: str) -> None:
    life = with_holiday(today=date(2024, 10, 4))
    notice = life.served(life.issue(), date(2024, 10, 8))
    kind, facts = _COME_TO[state]
    life.do(kind, **facts)
    [own] = [each for each in life.file.history if each["what"] == "letter_dispatched"]
    other = {**own, "posted_on": "2024-10-23", "served_on": "2024-10-25", "pay_until": "2024-11-21"}
    after = life.file.with_entries((other,))
    assert life.notice(notice).state == state
    assert after.notices == life.file.notices
    assert [str(each.shown) for each in overwritten(after)] == ["2024-10-23"]


_NEWS: dict[str, Any] = {"received_on": date(2024, 10, 10), "summary": "a letter"}
_PAID: dict[str, Any] = {"paid_on": date(2024, 10, 10), "payment_reference": "r-1"}
_COME_TO: dict[str, tuple[Any, dict[str, Any]]] = {
    "representation": (RecordRepresentation, _NEWS),
    "service_disputed": (DisputeService, _NEWS),
    "paid": (RecordPayment, {**_PAID, "amount": 8000}),
    "underpaid": (RecordPayment, {**_PAID, "amount": 3000}),
}


def test_at_an_instant_everything_was_known_that_was_written_before_whatever_the_clocks_said() -> None:
    life = with_holiday(today=date(2024, 10, 4))
    life.issue()
    history = [{**entry, "at": entry["at"] + timedelta(seconds=1)} for entry in life.file.history]
    behind = {**history[-1], "what": "prompted", "code": "unposted", "at": history[-1]["at"] - timedelta(seconds=1)}
    document = {"_id": "C-1", "upn": life.file.upn, "urn": life.file.urn, "story": "s", "history": [*history, behind]}
    file = records.read_case(document, {}, known_by=behind["at"])
    assert file.history == (*history, behind)
    assert not records.read_case(document, {}, known_by=datetime(2020, 1, 1, tzinfo=LONDON)).history
