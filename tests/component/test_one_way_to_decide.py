"""Every command of every service, about what nobody has heard of, and about what is over: all are answered alike.

What a command is about is not known: it waits, with a text that names the field. It cannot be done: it is refused,
which is kept and told; where nothing is there to keep a refusal with, the message is parked with field and fix. What
it asks is so already: nothing changes, and a line of log says so. The same message again says nothing more.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from faststream.rabbit import TestRabbitBroker
from structlog.testing import capture_logs

from services.bookings import app as bookings
from services.notices import app as notices
from services.notices.settings import NoticesSettings
from services.surveys import app as surveys
from services.surveys.questionnaire.document import canonical
from services.surveys.settings import SurveysSettings
from shared.contracts import casework, circulars, erasure, hosting
from shared.contracts import notifications as messages
from shared.contracts import surveys as asking
from shared.contracts.base import Command
from shared.contracts.notices import NoticeIssued
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.topology import HEARS
from shared.running.service import Compose, consumer
from shared.running.settings import Settings
from shared.store.documents import Store
from shared.time.clock import FixedClock
from tests.component import test_bookings, test_notices
from tests.component.test_notifications import Make, issued, make
from tests.desk import HOST
from tests.signing import proving
from tests.surveying import BASE, OPENS, Surveying, survey
from tests.system.canaries import planted
from tests.unit.notifications.conftest import make_notice

__all__ = ["issued", "make", "make_notice"]

NOW = datetime(2024, 10, 4, 9, tzinfo=UTC)
COMPOSERS: Mapping[str, Callable[[], Compose]] = {
    "notices": lambda: notices.composer(NoticesSettings(amqp_url="", mongo_url="")),
    "bookings": lambda: bookings.composer(test_bookings.OURS),
    "surveys": lambda: surveys.composer(
        SurveysSettings(amqp_url="", mongo_url="", link_key="a key", public_url=BASE, address_key="secret")
    ),
}
ALONE: Mapping[str, Callable[..., Any]] = {
    "notices": test_notices.Notices,
    "bookings": lambda *of: test_bookings.Service(*of, None, None),  # type: ignore[arg-type]
    "surveys": lambda *of: Surveying(*of, None),  # type: ignore[arg-type]
}


TABLE: Mapping[type[Command], tuple[str, ...]] = {
    hosting.PublishMeeting: ("", "done"),
    hosting.ChangeMeeting: ("meeting", "refused: meeting_cancelled, changed_meanwhile"),
    hosting.CancelMeeting: ("meeting", "repeated"),
    hosting.RecordMaterials: ("meeting", "done"),
    hosting.RecordAttendance: ("meeting", "refused: has_not_begun"),
    hosting.WaiveEvaluation: ("meeting", "refused: no_evaluation"),
    hosting.NudgeSchools: ("meeting", "refused: too_late"),
    hosting.ReportReach: ("", "done"),
    hosting.RequestBooking: ("meeting", "refused: meeting_cancelled"),
    hosting.CancelBooking: ("booking", "repeated"),
    hosting.Substitute: ("booking", "refused: not_booked"),
    hosting.ChangeBooking: ("booking", "refused: not_booked"),
    hosting.AcceptOffer: ("booking", "refused: no_offer"),
    hosting.DeclineOffer: ("booking", "repeated"),
    hosting.ConfirmComing: ("booking", "repeated"),
    erasure.ForgetInBookings: ("", "done"),
    erasure.DecideReturnInBookings: ("", "repeated"),
    casework.RecordSupport: ("case", "done"),
    casework.IssueNoticeToImprove: ("case", "refused: period_not_allowed"),
    casework.DecideNoticeToImprove: ("case", "refused: impossible_now"),
    casework.RequestNotice: ("case", "done"),
    casework.ReturnRequest: ("case", "done"),
    casework.AuthoriseNotice: ("case", "refused: not_requested, already_issued, evidence_changed"),
    casework.DeclineNotice: ("case", "done", "refused: impossible_now"),
    casework.ChooseAlternative: ("case", "refused: impossible_now"),
    casework.LinkParent: ("case", "done"),
    casework.FlagSafety: ("case", "done"),
    casework.ConfirmAddress: ("case", "refused: address_differs"),
    casework.LiftSafety: ("case", "done", "refused: no_flag"),
    casework.WithdrawNotice: ("notice", "refused: impossible_now"),
    casework.ReissueNotice: ("notice", "refused: impossible_now"),
    casework.RecordPayment: ("notice", "refused: before_the_notice"),
    casework.DecidePayment: ("notice", "refused: impossible_now"),
    casework.RecordRefund: ("notice", "refused: before_the_payment"),
    casework.ReversePayment: ("notice", "refused: no_payment"),
    casework.DisputeService: ("notice", "refused: impossible_day"),
    casework.DecideService: ("notice", "refused: no_dispute"),
    casework.RaiseQuestion: ("notice", "done", "repeated"),
    casework.SettleQuestion: ("notice", "done", "refused: no_question"),
    casework.RecordRepresentation: ("notice", "refused: impossible_day"),
    casework.DecideRepresentation: ("notice", "refused: no_representation"),
    casework.ReviewProsecution: ("notice", "refused: impossible_now"),
    casework.StartProsecution: ("notice", "refused: impossible_now"),
    casework.ResolveHold: ("notice", "refused: impossible_now"),
    casework.RecordOutcome: ("notice", "refused: impossible_now"),
    casework.ReopenNotice: ("notice", "refused: impossible_now"),
    casework.AskHistory: ("case", "done"),
    casework.RecordHistory: ("case", "done"),
    casework.AnswerHistory: ("", "done"),
    messages.RecordReturnedLetter: ("reference", "parked: reference:"),
    messages.RetryMessage: ("delivery", "parked: delivery: it is sent,"),
    messages.SetPreferences: ("", "repeated"),
    messages.SetLanguage: ("", "repeated"),
    messages.LiftSuppression: ("address", "repeated"),
    circulars.PublishMiSheet: ("", "parked: sheet.number:"),
    circulars.SendMiSheet: ("number", "done"),
    circulars.ChaseMiSheet: ("number", "parked: number:"),
    circulars.MarkMiSheetDone: ("number", "parked: number:"),
    circulars.SendMessage: ("", "done"),
    circulars.RunCampaign: ("", "done"),
    circulars.StopCampaign: ("", "repeated"),
    erasure.ForgetInNotifications: ("", "done"),
    erasure.DecideReturnInNotifications: ("", "repeated"),
    asking.PublishSurvey: ("", "repeated"),
    asking.Invite: ("survey", "refused: closed"),
    asking.SubmitResponse: ("invitation", "refused: closed"),
    asking.SaveProgress: ("invitation", "refused: closed"),
    asking.EnterResponse: ("survey", "refused: not_in_time"),
    asking.WithdrawResponse: ("invitation", "refused: not_answered"),
    asking.CloseSurvey: ("survey", "refused: closed"),
    asking.ReopenSurvey: ("survey", "done", "refused: not_closed"),
    asking.PublishResults: ("survey", "refused: not_settled"),
    asking.AddPaper: ("survey", "done", "repeated"),
    asking.DisposeComment: ("survey", "refused: no_such_comment"),
    asking.RecordTheme: ("survey", "done"),
    asking.RecordExport: ("survey", "done"),
    erasure.ForgetInSurveys: ("", "done"),
    erasure.DecideReturnInSurveys: ("", "repeated"),
}
"""By command: the field that names what it is about (none: it begins something, or is said to everybody); what comes of
it where that is over; and what of another one that asks for the same, where that is something else."""


@pytest.fixture(params=sorted(HEARS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def service(name: str, store: Store, make: Make) -> AsyncIterator[Any]:
    """One service without its surroundings."""
    if name == "notifications":
        yield await make()
        return
    clock = FixedClock(NOW)
    parts = COMPOSERS[name]()(store, clock)
    broker = consumer(Settings(amqp_url="amqp://in-memory/", mongo_url=""), [proving(name, parts)])
    broker.include_routers(*parts.routers)
    async with TestRabbitBroker(broker):
        yield ALONE[name](store, clock, parts, broker)


async def said(service: Any) -> dict[str, str]:
    """Everything that waits in the outboxes of a service, by its id: the same twice is said once."""
    found = [each for name in service.parts.outboxes for each in await service.store[name].pending(5000)]
    return {entry["id"]: entry["body"] for document in found for entry in document["outbox"]}


async def what_comes_of(service: Any, command: Command) -> str:
    """`waits: …`, `parked: …`, `refused: codes`, `repeated`, or `done`."""
    before = await said(service)
    with capture_logs() as lines:
        try:
            await service.hears(command)
        except NotYetKnown as why:
            return f"waits: {why}"
        except Permanent as why:
            return f"parked: {why}"
    if any(line["event"] == "command_repeated" and line["command"] == command.key() for line in lines):
        return "repeated"
    for key, body in (await said(service)).items():
        event = json.loads(body)
        if key not in before and event["causation_id"] == str(command.id) and event["type"].endswith("refused.v1"):
            return f"refused: {', '.join(each['code'] for each in event.get('reasons', [event]))}"
    return "done"


def commands(service: str) -> list[type[Command]]:
    return [kind for kind in HEARS[service] if issubclass(kind, Command)]


async def a_withdrawn_notice(service: Any, _: NoticeIssued) -> dict[str, Any]:
    await service.hears(test_notices.decision(await service.is_requested()))
    [issued] = await service.said("notices.notice_issued.v1")
    known = {"case": issued.case, "notice": issued.notice, "role": "Attendance Officer"}
    await service.hears(planted(casework.WithdrawNotice, **known))
    return known


async def a_cancelled_meeting(service: Any, _: NoticeIssued) -> dict[str, Any]:
    meeting = await service.publishes(starts_at=datetime(2024, 11, 13, 9, tzinfo=UTC), ends_at=None)
    booking = await service.books(meeting, "Ada")
    await service.hears(service.command(hosting.CancelMeeting, meeting=meeting, by=HOST, reason="Snow."))
    return {"meeting": meeting, "booking": booking, "approved_by": None, "turn": None}


async def a_closed_survey(service: Any, _: NoticeIssued) -> dict[str, Any]:
    service.clock.instant = OPENS
    reference = await service.invited(survey(), 1)
    [invitation] = await service.invitations(reference)
    await service.do(asking.CloseSurvey, survey=reference, reason="Enough.")
    return {"survey": reference, "invitation": UUID(invitation.id), "document": canonical(survey()), "edition": None,
            "theme": None}  # fmt: skip


async def what_was_sent(service: Any, issued: NoticeIssued) -> dict[str, Any]:
    """A letter that came back, a message that was sent, a sheet, a campaign that was stopped, and wishes."""
    await service.hears(issued)
    await service.works()
    back = planted(messages.RecordReturnedLetter, reference=issued.notice, returned_on=NOW.date())
    await service.hears(back, planted(circulars.PublishMiSheet))
    for kind in (messages.SetPreferences, messages.SetLanguage, circulars.StopCampaign):
        await service.hears(planted(kind).model_copy(update={"time": service.clock.now()}))
    [mail] = await service.deliveries(channel="email")
    [wishes] = await service.store["preferences"].find({"wishes": {"$exists": True}})
    return {"reference": issued.notice, "delivery": mail["_id"], "address": wishes["_id"]}


WORLDS: Mapping[str, Callable[[Any, NoticeIssued], Awaitable[dict[str, Any]]]] = {
    "notices": a_withdrawn_notice,
    "notifications": what_was_sent,
    "bookings": a_cancelled_meeting,
    "surveys": a_closed_survey,
}


def about(kind: type[Command], known: dict[str, Any]) -> Command:
    named = {name: known[name] for name in ("invitation",) if name in known and name in kind.model_fields}
    return planted(kind, **known).model_copy(update=named)  # type: ignore[return-value]


def test_every_command_of_every_service_is_in_the_table() -> None:
    assert list(TABLE) == [kind for name in sorted(HEARS) for kind in commands(name)]


async def test_a_command_about_what_nobody_has_heard_of_waits_and_names_the_field(service: Any, name: str) -> None:
    for kind in sorted(commands(name), key=lambda kind: not TABLE[kind][0]):
        field, *_ = TABLE[kind]
        came = await what_comes_of(service, planted(kind))
        if field:
            assert re.match(rf"waits: {field}: there is no [A-Za-z ]+ with this reference$", came), (kind, came)
        else:
            assert not came.startswith("waits"), (kind, came)


async def test_what_cannot_be_done_is_told_and_what_is_so_already_is_said_to_be(
    service: Any, name: str, issued: NoticeIssued
) -> None:
    known = await WORLDS[name](service, issued)
    for kind in commands(name):
        _, first, *then = TABLE[kind]
        command = about(kind, known)
        came = await what_comes_of(service, command)
        assert came.startswith(first), (kind, came)
        before = await said(service)
        assert not (await what_comes_of(service, command)).startswith("refused"), kind
        assert await said(service) == before, kind
        came = await what_comes_of(service, about(kind, known))
        assert came.startswith(then[0] if then else first), (kind, came)
