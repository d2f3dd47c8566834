"""The duty line's questions over all cases, and what came of a command, on a real store."""

from datetime import date
from uuid import uuid4

from services.notices.asking.desk import Desk
from services.notices.asking.explain import Explain
from services.notices.attendance.policy import shipped
from shared.contracts.casework import RecordPayment
from tests.component.test_notices import NOW, Notices, decision, notices, posted
from tests.making import PUPIL, pupil, register, school_days

__all__ = ["notices"]


def desk(service: Notices) -> Desk:
    return Desk(service.store, shipped(), service.clock)


async def test_a_case_whose_pupil_nobody_had_told_of_is_of_the_school_whose_registers_opened_it(notices: Notices):
    """Such cases were opened until marks counted only for a pupil whom their school's record has named."""
    await notices.hears(pupil())
    await notices.hears(*(register(day, {PUPIL: "G"}) for day in school_days(date(2024, 9, 9), 5)))
    await notices.hears(*(register(day, {PUPIL: "G"}, session="PM") for day in school_days(date(2024, 9, 9), 5)))
    await notices.hears(*await notices.said("notices.absence_threshold_reached.v1"))
    await notices.store["pupils"].set_all({"_id": PUPIL}, {"urn": None, "details": None, "rolls": None})
    [file] = await desk(notices).cases("", "", None, 10)
    assert file.urn == "123456"
    await notices.store["cases"].set_all({}, {"urn": "000000"})
    [file] = await desk(notices).cases("", "", None, 10)
    assert file.urn == "123456", "a case kept by the version before"


async def test_a_notice_is_found_by_whatever_somebody_has_of_it(notices: Notices):
    command = decision(await notices.is_requested())
    await notices.hears(command)
    [issued] = await notices.said("notices.notice_issued.v1")
    await notices.hears(posted(issued.notice, date(2024, 9, 24)))
    paid = {"notice": issued.notice, "amount": 3000, "paid_on": NOW.date(), "payment_reference": "WEB-778"}
    payment = RecordPayment.model_validate({"id": uuid4(), "time": NOW, **paid})
    await notices.hears(payment)
    ours = desk(notices)
    for typed in (issued.notice, issued.case, PUPIL, PUPIL.lower(), "web-778", "WEB-778", "123456"):
        assert [each.case for each in await ours.find(typed, 5)] == [issued.case], typed
    for typed in ("robbin lartor", "Larter"):
        assert issued.case in [each.case for each in await ours.find(typed, 5)], typed
    assert await ours.find("Nobody Atall", 5) == []
    explain = Explain(notices.store, shipped(), notices.clock)
    assert [entry["what"] for entry in await explain.came_of(issued.case, str(payment.id)) or ()][:1] == ["underpaid"]
    assert await explain.came_of(issued.case, str(issued.id)) is None


async def test_today_names_what_waits_and_the_filters_find_the_case(notices: Notices):
    story = await notices.is_requested()
    ours = desk(notices)
    assert [(each.who, each.about) for _, each in await ours.today()] == [("officers", story["case"])]
    [file] = await ours.cases("requested", "123456", NOW.date(), 10)
    assert file.reference == story["case"]
    assert (await ours.known([file])).pupils[PUPIL].endswith("Larter")
    assert await ours.cases("decided", "", None, 10) == []
    assert await ours.cases("", "654321", None, 10) == []
    assert await ours.cases("", "", date(2030, 1, 1), 10) == []


async def test_dates_that_another_letter_overwrote_are_found_among_the_kept_cases(notices: Notices):
    await notices.hears(decision(await notices.is_requested()))
    [issued] = await notices.said("notices.notice_issued.v1")
    await notices.hears(posted(issued.notice, date(2024, 9, 24)))
    ours = desk(notices)
    assert await ours.overwritten() == []
    case = await notices.store["cases"].get(issued.case)
    [own] = [entry for entry in case["history"] if entry["what"] == "letter_dispatched"]
    other = {**own, "posted_on": "2024-10-01", "served_on": "2024-10-03"}
    await notices.store["cases"].set_all({}, {"history": [*case["history"], other]})
    [found] = await ours.overwritten()
    assert (found.notice, found.posted_on, found.shown) == (issued.notice, date(2024, 9, 24), date(2024, 10, 1))
