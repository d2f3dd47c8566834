"""What all cases add up to: by state, the oldest of each, letters that were not posted, prompts that wait."""

from collections import defaultdict
from datetime import date, datetime, time

from services.notices.casefile.case_states import CASE
from services.notices.casefile.notice_states import NOTICE
from services.notices.deciding.clockwork import POSTED_WITHIN
from services.notices.store import records
from shared.running.gauges import Answer, Ask, Asked, seconds_since
from shared.store.documents import Store
from shared.time.clock import LONDON, Clock
from shared.time.working_days import add_working_days

CASES = Asked("everyday_cases", "Cases by their state.", ("state",))
CASE_OLDEST = Asked("everyday_case_oldest_seconds", "How long the oldest case has been in its state.", ("state",))
NOTICES = Asked("everyday_notices", "Penalty notices that are not closed, by their state.", ("state",))
NOTICE_OLDEST = Asked("everyday_notice_oldest_seconds", "How long the oldest notice has been in its state.", ("state",))
UNPOSTED = Asked(
    "everyday_letters_unposted", "Notices whose letter was not posted within two working days of their issue.", ()
)
PROMPTS = Asked("everyday_prompts_open", "Things of which an officer was told, and on which nobody has acted.", ())


def of_cases(store: Store, clock: Clock) -> Ask:
    """How all cases stand."""
    cases = store[records.CASES]

    async def ask() -> list[Answer]:
        now, today = clock.now(), clock.today()
        by_state = await cases.tally("state", "since")
        open_cases = await cases.find({"open.state": {"$in": list(NOTICE.states)}}, fields=["open"])
        prompting = await cases.find({"prompts": {"$gt": 0}}, fields=["prompts"])
        notices: dict[str, list[datetime]] = defaultdict(list)
        unposted = 0
        for each in (notice for case in open_cases for notice in case["open"]):
            notices[each["state"]].append(_midnight(each["since"]))
            issued = date.fromisoformat(each["issued_on"])
            unposted += each["state"] == "issued" and add_working_days(issued, POSTED_WITHIN) < today
        answers = [Answer(UNPOSTED, (), unposted), Answer(PROMPTS, (), sum(case["prompts"] for case in prompting))]
        for state in CASE.states:
            count, since = by_state.get(state, (0, None))
            answers += [Answer(CASES, (state,), count), Answer(CASE_OLDEST, (state,), seconds_since(since, now))]
        for stage in NOTICE.states:
            oldest = seconds_since(min(notices[stage], default=None), now)
            answers += [Answer(NOTICES, (stage,), len(notices[stage])), Answer(NOTICE_OLDEST, (stage,), oldest)]
        return answers

    return ask


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), LONDON)
