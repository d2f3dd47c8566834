"""Cases of invented children, lived as officers, schools and the post live them: one for every state that there is."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from shared.contracts import casework as ask
from shared.contracts.mis import CalendarPublished
from shared.contracts.notifications import RecordReturnedLetter
from tests.component.test_notices import OFFICER, PAPERS, SCHOOL, Explain, hash_for, request, shipped
from tests.making import ADDRESS, a_holiday, amended, pupil, school, upn
from tests.town import Town

LASTS = 75  # days
CONTENT = dict.fromkeys(("attendance", "support_given", "further_support", "success", "early_breach"), "told")


@dataclass
class Case:
    """One child's case, as officers, schools and the post live it; each of its lives yields the days until its next."""

    town: Town
    number: int

    @property
    def urn(self) -> str:
        return f"8{self.number:05}"

    @property
    def upn(self) -> str:
        return upn(f"8012000{self.number:05}")

    async def begins(self) -> None:
        calendar = CalendarPublished(
            id=uuid4(), time=self.town.clock.now(), urn=self.urn, first=date(2024, 9, 2), last=date(2025, 7, 22)
        )
        parents = [
            {"parent_id": f"{self.urn}-{n}", "name": f"{name} Larter", "address": ADDRESS, "day_to_day_care": True,
             "email": f"{name}.{self.urn}@home.example".lower(), "phone": f"07700 9{self.number:03}{n}0"}
            for n, name in enumerate(("Robin", "Sandy"), start=1)
        ]  # fmt: skip
        messages = a_holiday(self.urn, self.upn)
        messages[:2] = [
            school(self.urn, attendance_email=f"office.{self.urn}@school.example.org"),
            pupil(self.upn, self.urn, parents=parents),
        ]
        await self.town.hears(calendar, *messages)
        await self.town.relays()

    async def story(self) -> Any:
        return await Explain(self.town.stores["notices"], shipped(), self.town.clock).story(self.upn)

    async def asks(self, *who: int) -> None:
        story = await self.story()
        parents = tuple(f"{self.urn}-{n}" for n in who or (1,))
        await self.town.hears(request(story, parents, SCHOOL, PAPERS, self.town.clock))

    async def issue(self, who: int = 1) -> None:
        await self.asks(who)
        await self.decides(who)

    async def decides(self, who: int = 1) -> None:
        parent = f"{self.urn}-{who}"
        seen = hash_for(await self.story(), parent)
        await self.case(ask.AuthoriseNotice, parent_id=parent, reason="A holiday.", evidence_hash=seen)

    async def case(self, kind: Any, /, **facts: Any) -> None:
        reference = (await self.story())["case"]
        await self.says(kind, case=reference, subject=reference, officer=OFFICER, **facts)

    async def notice(self, kind: Any, /, **facts: Any) -> None:
        reference = (await self.story())["notices"][-1]["notice"]
        told = {"officer": OFFICER} if "officer" in kind.model_fields else {}
        await self.says(kind, notice=reference, subject=reference, **told, **facts)

    async def says(self, kind: Any, /, **facts: Any) -> None:
        await self.town.hears(kind.model_validate({"id": uuid4(), "time": self.town.clock.now(), **facts}))

    async def pays(self, pence: int, name: str = "r") -> None:
        reference = f"{name}-{self.urn}"
        await self.notice(ask.RecordPayment, amount=pence, paid_on=self.today, payment_reference=reference)

    @property
    def today(self) -> date:
        return self.town.clock.now().date()


Life = Callable[[Case], AsyncIterator[int]]
NEWS = {"summary": "A letter came."}


async def met(of: Case) -> AsyncIterator[int]:
    yield 1


async def watched(of: Case) -> AsyncIterator[int]:
    """The school corrects four sessions: the threshold is not met any more."""
    yield 3
    for day in (date(2024, 9, 9), date(2024, 9, 10)):
        for half in ("AM", "PM"):
            said = amended(day, "I", session=half, urn=of.urn)
            mark = said.marks[0].model_copy(update={"upn": of.upn})
            await of.town.hears(said.model_copy(update={"marks": (mark,)}))


async def supported(of: Case) -> AsyncIterator[int]:
    await of.case(ask.RecordSupport, support="Breakfast club.", offered_on=of.today, engaged=True)
    yield 1


async def to_improve(of: Case, outcome: str | None = None, days: int = 50) -> AsyncIterator[int]:
    await of.case(ask.RecordSupport, support="Breakfast club.", offered_on=of.today)
    facts = {"starts_on": of.today, "school_weeks": 6, "issued_by": "school", "content": CONTENT}
    await of.case(ask.IssueNoticeToImprove, parents=[f"{of.urn}-1"], **facts)
    yield days
    if outcome:
        await of.case(ask.DecideNoticeToImprove, outcome=outcome, reason="As seen.", parents_told_on=of.today)


def decided_as(outcome: str, days: int = 55) -> Life:
    return lambda of: to_improve(of, outcome, days)


async def requested(of: Case) -> AsyncIterator[int]:
    yield 60
    await of.asks(1, 2)


async def half_decided(of: Case) -> AsyncIterator[int]:
    yield 50
    await of.asks(1, 2)
    yield 2
    await of.decides(2)


async def returned(of: Case) -> AsyncIterator[int]:
    await of.asks()
    yield 2
    await of.case(ask.ReturnRequest, reasons=[{"code": "papers_missing", "words": "The refusal is missing."}])


async def declined(of: Case) -> AsyncIterator[int]:
    await of.asks()
    yield 3
    await of.case(ask.DeclineNotice, reason="A funeral.")


async def barred(of: Case) -> AsyncIterator[int]:
    await of.case(ask.AskHistory, authority="Suffolk")
    yield 2
    past = [{"issued_on": date(2024, 9, day), "sequence": n} for n, day in ((1, 2), (2, 9))]
    await of.case(ask.RecordHistory, authority="Suffolk", parent_id=f"{of.urn}-1", notices=past)
    yield 1
    await of.issue()


async def another_way(of: Case) -> AsyncIterator[int]:
    async for days in barred(of):
        yield days
    yield 2
    await of.case(ask.ChooseAlternative, alternative="A meeting.")


async def flagged(of: Case) -> AsyncIterator[int]:
    await of.case(ask.FlagSafety, parent_id=f"{of.urn}-1", kind="refuge", reason="Told by the school.")
    await of.case(ask.LinkParent, parent_id=f"{of.urn}-1", earlier_id=f"{of.urn}-2", same=False)
    yield 1
    await of.case(ask.ConfirmAddress, parent_id=f"{of.urn}-1", address=ADDRESS, reason="Checked by phone.")
    yield 20
    await of.issue()


async def issued(of: Case, wait: int = 0) -> AsyncIterator[int]:
    yield wait
    await of.issue()


def issued_after(days: int) -> Life:
    return lambda of: issued(of, days)


def later(days: int, *then: tuple[Any, dict[str, Any]], wait: int = 0, each: int = 1) -> Life:
    """A notice to which something is done some days after it was issued, and more after that."""

    async def lives(of: Case) -> AsyncIterator[int]:
        yield wait
        await of.issue()
        yield days
        for kind, facts in then:
            told = {
                name: of.today for name in ("received_on", "decided_on", "paid_on", "refunded_on", "reversed_on")
                if name in kind.model_fields
            }  # fmt: skip
            if kind in {ask.RecordPayment, ask.ReversePayment}:
                told |= {"payment_reference": f"r-{of.urn}"}
            if kind is ask.StartProsecution:
                told |= {"token": (await of.story())["notices"][-1]["token"] or "none"}
            if kind is RecordReturnedLetter:
                reference = (await of.story())["notices"][-1]["notice"]
                await of.town.do(kind, reference=reference, returned_on=of.today, officer=OFFICER)
            else:
                await of.notice(kind, **told, **facts)
            yield each

    return lives


PAID = (ask.RecordPayment, {"amount": 8000})
REVIEW, START = (ask.ReviewProsecution, {}), (ask.StartProsecution, {"reason": "Unpaid."})
WITHDRAW = (ask.WithdrawNotice, {"ground": "material_error", "reason": "The wrong dates."})
LIVES: tuple[Life, ...] = (
    met, watched, supported, to_improve, decided_as("improved"), decided_as("failed"), decided_as("breached", 20),
    requested, half_decided, returned, declined, barred, another_way, flagged,
    issued_after(0), issued_after(LASTS - 1), issued_after(LASTS - 2), issued_after(LASTS - 3), issued_after(60),
    issued_after(40), issued_after(47),
    later(9, PAID), later(9, PAID, wait=55), later(9, (ask.RecordPayment, {"amount": 3000}), wait=50),
    later(9, (ask.RecordPayment, {"amount": 9000}), wait=55), later(40, (ask.RecordPayment, {"amount": 16000})),
    later(9, (ask.RecordPayment, {"amount": 9000}), (ask.DecidePayment, {"decision": "accept", "reason": "Odd."})),
    later(9, PAID, (ask.ReversePayment, {}), wait=50),
    later(9, PAID, WITHDRAW, (ask.RecordRefund, {"amount": 8000, "payment_reference": "back-1"}), wait=40),
    later(9, WITHDRAW), later(9, WITHDRAW, wait=50),
    later(9, (ask.RecordRepresentation, NEWS), wait=40),
    later(9, (ask.RecordRepresentation, NEWS), (ask.DecideRepresentation, {"outcome": "rejected", "reason": "No."})),
    later(9, (ask.DisputeService, NEWS), wait=40),
    later(9, (ask.DisputeService, NEWS), (ask.DecideService, {"decision": "serve_again", "reason": "Lost."}), wait=40),
    later(9, (ask.RaiseQuestion, {"about": "correspondence", "summary": "A mail."}), wait=45),
    later(9, (RecordReturnedLetter, {}), wait=40),
    later(9, (RecordReturnedLetter, {}), (ask.ReissueNotice, {"reason": "Moved."}), wait=40),
    later(40, REVIEW), later(40, REVIEW, START), later(40, REVIEW, START, PAID),
    later(40, REVIEW, START, (ask.RecordRepresentation, NEWS)),
    later(40, REVIEW, START, (ask.RecordOutcome, {"outcome": "convicted"}), wait=25),
    later(40, REVIEW, START, (ask.RecordOutcome, {"outcome": "acquitted"}), wait=25),
    later(40, REVIEW, START, (ask.RecordOutcome, {"outcome": "discontinued"})),
    later(9, PAID, (ask.ReopenNotice, {"reason": "Asked."}), each=45),
)  # fmt: skip
