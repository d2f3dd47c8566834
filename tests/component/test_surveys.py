"""The surveys service alone: published, opened, answered, closed; what it keeps and what it leaves to be said."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.surveys.questionnaire.document import canonical
from services.surveys.store import records
from shared.contracts.notifications import NotificationDelivered, NotificationFailed, NotificationSent
from shared.contracts.surveys import (
    AddPaper,
    CloseSurvey,
    CommentDisposed,
    DisposeComment,
    EnterResponse,
    InvitationIssued,
    Invite,
    PublishResults,
    PublishSurvey,
    RecordTheme,
    ReopenSurvey,
    ResponseAccepted,
    ResponseRefused,
    ResponseWithdrawn,
    ResultsAnnounced,
    ResultsPublished,
    SubmitResponse,
    SurveyClosed,
    SurveyCommandRefused,
    SurveyOpened,
    SurveyReminderDue,
    ThemeRecorded,
    WithdrawResponse,
)
from shared.messaging.failures import NotYetKnown, Permanent
from shared.store.documents import Store
from tests.signing import tell
from tests.surveying import OPENS, Surveying, example, message, survey, surveying

YES = {"ready": "yes"}
CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store) as service:
        yield service


async def test_a_published_survey_opens_at_its_instant_and_closes_at_its_instant(surveys: Surveying) -> None:
    surveys.clock.instant = OPENS - timedelta(seconds=1)
    reference = await surveys.published(survey())
    assert await surveys.said(SurveyOpened) == []
    surveys.clock.advance(timedelta(seconds=1))
    await surveys.timers()
    [opened] = await surveys.said(SurveyOpened)
    assert (opened.survey, opened.closing) == (reference, "closes at 11:59pm on Thursday 16 May 2024")
    surveys.clock.instant = CLOSES - timedelta(seconds=1)
    await surveys.timers(40)
    assert await surveys.said(SurveyClosed) == []
    surveys.clock.advance(timedelta(seconds=1))
    await surveys.timers()
    [closed] = await surveys.said(SurveyClosed)
    assert (closed.closed_at, closed.settled_at) == (CLOSES, CLOSES + timedelta(minutes=30))


async def test_every_school_is_invited_once_with_all_that_the_mail_needs(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 12)
    await surveys.do(Invite, survey=reference, schools={})
    await surveys.timers()
    issued = await surveys.said(InvitationIssued)
    assert len({each.invitation for each in issued}) == len(issued) == 12
    told = next(each for each in issued if each.recipient.urn == "100003")
    assert (told.recipient.name, told.recipient.email) == ("School 3", "office@school-3.example.org")
    assert told.link.startswith("https://surveys.example.org/answer/")
    assert told.closing == "closes at 11:59pm on Thursday 16 May 2024"


async def test_who_is_invited_before_the_opening_is_told_at_the_opening(surveys: Surveying) -> None:
    surveys.clock.instant = OPENS - timedelta(days=3)
    reference = await surveys.invited(survey(), 3)
    assert await surveys.said(InvitationIssued) == []
    surveys.clock.instant = OPENS
    await surveys.timers()
    assert len(await surveys.said(InvitationIssued)) == 3
    assert (await surveys.running(reference)).pending == ()


async def test_an_answer_is_taken_once_however_often_it_is_sent(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    command = await surveys.answers(school, {"ready": "no", "why": "No time."})
    await surveys.hears(command, command)
    [accepted] = await surveys.said(ResponseAccepted)
    assert accepted.recipient is not None
    assert accepted.response == (await surveys.invitations(reference))[0].response
    assert await surveys.said(ResponseRefused) == []


async def test_a_second_answer_to_the_same_link_is_refused_and_the_first_stays(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    await surveys.answers(school, YES)
    await surveys.answers(school, {"ready": "no"})
    [refused] = await surveys.said(ResponseRefused)
    assert refused.code == "already_answered"
    [after] = await surveys.invitations(reference)
    assert after.answer is not None
    assert after.answer["answers"] == YES


async def test_two_answers_to_one_link_in_one_batch_are_one_answer(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    both = [
        message(SubmitResponse, OPENS, invitation=school.id, submission=uuid4(), answers={"ready": each})
        for each in ("yes", "no")
    ]
    await surveys.parts.bulk[0].handle([*both, both[0]])
    [after] = await surveys.invitations(reference)
    assert after.submission == str(both[0].submission)
    assert len(await surveys.said(ResponseAccepted)) == 1
    assert len(await surveys.said(ResponseRefused)) == 1


async def test_an_answer_to_an_invitation_that_nobody_issued_is_parked(surveys: Surveying) -> None:
    with pytest.raises(NotYetKnown):
        await surveys.do(SubmitResponse, invitation=uuid4(), submission=uuid4(), answers=YES)


async def test_answers_that_do_not_fit_are_refused_with_question_and_fix(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    await surveys.answers(school, {"ready": "perhaps"})
    [refused] = await surveys.said(ResponseRefused)
    assert refused.words == "question 1 “ready”: choose one of yes, nearly, no"


async def test_the_close_counts_by_when_an_answer_was_sent_not_when_it_came(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 3)
    first, second, third = await surveys.invitations(reference)
    surveys.clock.instant = CLOSES + timedelta(hours=2)
    await surveys.answers(first, YES, time=CLOSES - timedelta(seconds=1))
    await surveys.answers(second, YES, time=CLOSES)
    begun = {"begun_at": CLOSES - timedelta(minutes=9), "minutes": 20}
    await surveys.answers(third, YES, time=CLOSES + timedelta(minutes=10), **begun)
    assert [each.state for each in await surveys.invitations(reference)] == ["answered", "open", "answered"]
    [refused] = await surveys.said(ResponseRefused)
    assert refused.code == "closed"


async def test_an_answer_is_bound_to_the_version_that_was_answered(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 2)
    first, second = await surveys.invitations(reference)
    changed = survey()
    questions = [{**canonical(changed)["questions"][0], "options": ["Yes", "No"]}]
    await surveys.published(survey(questions=questions), survey=reference)
    await surveys.answers(first, {"ready": "nearly"}, edition=1)
    await surveys.answers(second, {"ready": "nearly"})
    [answered, refused] = await surveys.invitations(reference)
    assert answered.answer is not None
    assert (answered.answer["edition"], refused.state) == (1, "open")
    assert (await surveys.said(ResponseRefused))[0].words == "question 1 “ready”: choose one of yes, no"


async def test_what_is_published_stays_and_the_same_again_is_no_new_version(surveys: Surveying) -> None:
    reference = await surveys.published(survey())
    await surveys.published(survey(), survey=reference)
    await surveys.published(survey(title="Another title"), survey=reference)
    running = await surveys.running(reference)
    assert [each.number for each in running.editions] == [1, 2]
    kept = await surveys.store[records.EDITIONS].get(running.editions[0].key)
    assert kept is not None
    assert kept["document"] == canonical(survey())


async def test_a_document_that_is_wrong_is_parked_with_every_problem(surveys: Surveying) -> None:
    with pytest.raises(Permanent, match="question 1 “ready”: options"):
        await surveys.do(PublishSurvey, document={**canonical(survey()), "questions": [
            {"id": "ready", "type": "single", "text": "Ready?", "options": ["Yes"]}
        ]})  # fmt: skip


async def test_only_those_who_have_not_answered_are_reminded_and_three_times_at_the_most(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 3)
    [first, second, _] = await surveys.invitations(reference)
    await surveys.answers(first, YES)
    for day in range(1, 17):
        surveys.clock.instant = datetime(2024, 5, day, 8, tzinfo=UTC)
        await surveys.timers()
        if day == 10:
            await surveys.answers(second, YES)
    told = await surveys.said(SurveyReminderDue)
    by_school = {urn: [each for each in told if each.recipient.urn == urn] for urn in ("100000", "100001", "100002")}
    assert [len(each) for each in by_school.values()] == [0, 1, 3]
    assert [(each.number, each.last_call) for each in by_school["100002"]] == [(1, False), (2, False), (3, True)]
    assert {each.time.astimezone(UTC).isoformat() for each in by_school["100002"]} == {
        "2024-05-09T08:00:00+00:00", "2024-05-13T08:00:00+00:00", "2024-05-15T08:00:00+00:00"
    }  # fmt: skip


async def test_a_letter_entered_by_staff_is_the_schools_one_answer_with_channel_and_clerk(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 2)
    facts = {"survey": reference, "channel": "letter", "received_on": "2024-04-30"}
    command = await surveys.do(EnterResponse, urn="100000", answers={"help": ["visits"]}, **facts)
    await surveys.hears(command)
    about = {"name": "PC Gurney", "group": "police", "organisation": "Norfolk Constabulary", "official": True}
    await surveys.do(EnterResponse, respondent=about, nothing_to_say=True, **facts)
    entered = [each for each in await surveys.invitations(reference) if each.channel]
    assert [each.answer["clerk"]["id"] for each in entered if each.answer] == ["o-1", "o-1"]
    assert {each.respondent.group for each in entered} == {"schools", "police"}
    assert len(await surveys.said(ResponseAccepted)) == 2
    rates = await surveys.reading.rates(await surveys.running(reference))
    assert rates.total == (3, 2)
    assert dict(rates.channels) == {"letter": 2}


async def test_a_letter_is_not_entered_for_another_surveys_invitation(surveys: Surveying) -> None:
    first = await surveys.invited(survey(), 1)
    other = await surveys.published(survey(title="Another survey"))
    [school] = await surveys.invitations(first)
    facts = {"survey": other, "channel": "letter", "received_on": "2024-04-30", "answers": YES}
    await surveys.do(EnterResponse, invitation=school.id, **facts)
    [told] = await surveys.said(SurveyCommandRefused)
    assert (told.survey, told.code) == (other, "no_such_invitation")
    assert (await surveys.invitations(first))[0].state == "open"


async def test_a_letter_that_came_after_the_last_day_is_refused(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    surveys.clock.instant = CLOSES + timedelta(days=3)
    facts = {"survey": reference, "channel": "letter", "answers": YES}
    await surveys.do(EnterResponse, urn="100000", received_on="2024-05-17", **facts)
    assert (await surveys.said(ResponseRefused))[0].code == "not_in_time"
    assert [each.code for each in await surveys.said(SurveyCommandRefused)] == ["not_in_time"]
    await surveys.do(EnterResponse, urn="100000", received_on="2024-05-16", **facts)
    assert (await surveys.invitations(reference))[0].state == "answered"


async def test_an_answer_taken_back_opens_the_link_again(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    await surveys.answers(school, YES)
    await surveys.do(WithdrawResponse, invitation=school.id, to_change=True)
    [open_again] = await surveys.invitations(reference)
    assert (open_again.state, open_again.answer) == ("open", None)
    assert open_again.progress is not None
    assert open_again.progress["answers"] == YES
    await surveys.answers(school, {"ready": "no"})
    assert len(await surveys.said(ResponseAccepted)) == 2
    assert len(await surveys.said(ResponseWithdrawn)) == 1


async def test_closed_before_its_time_and_opened_again(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 1)
    [school] = await surveys.invitations(reference)
    surveys.clock.advance(timedelta(days=1))
    await surveys.do(CloseSurvey, survey=reference, reason="All have answered.")
    surveys.clock.advance(timedelta(hours=1))
    await surveys.answers(school, YES)
    assert (await surveys.said(ResponseRefused))[0].code == "closed"
    await surveys.do(CloseSurvey, survey=reference, reason="Again.")
    assert (await surveys.said(SurveyCommandRefused))[0].code == "closed"
    await surveys.do(ReopenSurvey, survey=reference, closes={"to": "2024-05-24"}, reason="The police asked for it.")
    await surveys.answers(school, YES)
    assert (await surveys.invitations(reference))[0].state == "answered"
    opened = await surveys.said(SurveyOpened)
    assert (opened[-1].again, opened[-1].closing) == (True, "closes at 11:59pm on Friday 24 May 2024")


async def test_the_ledger_knows_what_became_of_each_consultee(surveys: Surveying) -> None:
    surveys.clock.instant = datetime(2024, 4, 30, 9, tzinfo=UTC)
    reference = await surveys.invited(example("code-of-conduct"), 2)
    police = {"name": "PC Gurney", "email": "gurney@police.example.org", "group": "police"}
    bodies = [{**police, "organisation": "Norfolk Constabulary", "official": True}]
    await surveys.do(Invite, survey=reference, recipients=bodies)
    await surveys.timers()
    first = next(each for each in await surveys.invitations(reference) if each.respondent.urn == "100000")
    second = next(each for each in await surveys.invitations(reference) if each.respondent.urn == "100001")
    asked = {"channel": "email", "template": "consultation_invitation"}
    sent = {**asked, "delivery": "d-1", "about": first.id, "content_hash": "h"}
    await surveys.do(NotificationSent, **sent)
    sent = {**asked, "delivery": "d-1", "about": first.id, "delivered_at": "2024-04-30T10:01:00+01:00"}
    arrived = await surveys.do(NotificationDelivered, **sent)
    await surveys.hears(arrived)
    await surveys.do(NotificationDelivered, **{**sent, "template": "survey_results"})
    await surveys.do(NotificationFailed, **asked, delivery="d-2", about=second.id, reason="the address is dead")
    await surveys.answers(first, {"overall": 4, "comments": "Ten days are too short."})
    rows, told = await surveys.reading.ledger(await surveys.running(reference))
    assert [row["outcome"] for row in rows] == ["no response yet", "responded", "no response yet"]
    assert rows[1]["sent"] == "2024-04-30T09:00:00+00:00"
    assert [row["delivered"] for row in rows] == ["", "2024-04-30T09:01:00+00:00", "could not be delivered"]
    assert told == ["schools: 1 of 2 have answered (50%)", "police: 1 invited, nobody has answered yet"]


async def test_every_comment_gets_a_decision_and_what_is_fixed_nationally_the_standard_reply(
    surveys: Surveying,
) -> None:
    surveys.clock.instant = datetime(2024, 4, 30, 9, tzinfo=UTC)
    reference = await surveys.invited(example("code-of-conduct"), 1)
    [school] = await surveys.invitations(reference)
    await surveys.answers(school, {"papers": "Too many.", "comments": "£160 is too much."})
    running = await surveys.running(reference)
    first, second = [comment.reference for comment, _ in await surveys.reading.comments(running)]
    await surveys.do(DisposeComment, survey=reference, comment=second, outcome="out_of_scope")
    accepted = {"outcome": "partly_accepted", "reason": "One paper less.", "clause": "4.2"}
    command = await surveys.do(DisposeComment, survey=reference, comment=first, **accepted)
    await surveys.hears(command)
    decided = {comment.reference: each for comment, each in await surveys.reading.comments(running)}
    assert decided[second][0]["reason"].startswith("Thank you. This is fixed by the national framework")
    assert (decided[first][0]["clause"], decided[first][0]["owner"]["id"]) == ("4.2", "o-1")
    assert len(decided[first][0]["history"]) == 1
    assert len(await surveys.said(CommentDisposed)) == 2
    missing = {"comment": "R-2222-22222/why", "outcome": "noted", "reason": "x"}
    asked = await surveys.do(DisposeComment, survey=reference, **missing)
    await surveys.hears(asked)
    await surveys.do(DisposeComment, survey=reference, comment=first, outcome="not_accepted")
    told = await surveys.said(SurveyCommandRefused)
    assert [(each.asked_by, each.words.partition(":")[0]) for each in told] == [("o-1", "comment"), ("o-1", "reason")]
    assert "no comment with this reference" in (await surveys.reading.came_of(reference, asked.id) or "")
    assert await surveys.reading.came_of(reference, command.id) == ""
    assert await surveys.reading.came_of(reference, uuid4()) is None


async def test_a_theme_keeps_what_came_of_it(surveys: Surveying) -> None:
    reference = await surveys.published(survey())
    told = {"survey": reference, "title": "Bite-size webinars", "said": "Short webinars, please.", "count": 41}
    await surveys.do(RecordTheme, **told)
    [recorded] = await surveys.said(ThemeRecorded)
    assert not recorded.decided
    more = {"decision": "Two webinars, 4 and 11 July.", "meeting": "M-7K4M-9PXT3"}
    await surveys.do(RecordTheme, **told, theme=recorded.theme, **more)
    [theme] = await surveys.reading.themes(await surveys.running(reference))
    assert (theme["meeting"], theme["count"], len(theme["history"])) == ("M-7K4M-9PXT3", 41, 2)


async def test_results_are_published_after_the_grace_and_everybody_is_told(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 20)
    for number, school in enumerate(await surveys.invitations(reference)):
        if number < 15:
            await surveys.answers(school, {"ready": "yes" if number % 2 else "no"}, minutes=number + 1)
    surveys.clock.instant = CLOSES
    await surveys.timers(40)
    await surveys.do(PublishResults, survey=reference)
    assert (await surveys.said(SurveyCommandRefused))[0].code == "not_settled"
    surveys.clock.instant = CLOSES + timedelta(minutes=30)
    command = await surveys.do(PublishResults, survey=reference)
    await surveys.hears(command)
    [published] = await surveys.said(ResultsPublished)
    assert (published.invited, published.answered, published.publication) == (20, 15, 1)
    assert len(await surveys.said(ResultsAnnounced)) == 20
    shown = await surveys.reading.results(await surveys.running(reference), now=False)
    assert shown["items"][0]["counts"] == [7, 0, 8, 0]
    assert (shown["time"]["median"], shown["time"]["ninetieth"]) == (8.0, 14)


async def test_a_publication_that_is_heard_again_publishes_and_tells_nothing_more(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 20)
    invitations = await surveys.invitations(reference)
    for school in invitations[:10]:
        await surveys.answers(school, YES)
    surveys.clock.instant = CLOSES + timedelta(minutes=30)
    await surveys.timers(40)
    first = await surveys.do(PublishResults, survey=reference)
    await surveys.do(ReopenSurvey, survey=reference, closes={"to": "2024-05-24"}, reason="The police asked for it.")
    for school in invitations[10:]:
        await surveys.answers(school, YES)
    await surveys.do(CloseSurvey, survey=reference, reason="All have answered.")
    surveys.clock.advance(timedelta(hours=1))
    await surveys.hears(first)
    assert (await surveys.running(reference)).publications == 1
    assert len(await surveys.said(ResultsAnnounced)) == 20
    await surveys.do(PublishResults, survey=reference)
    assert [each.publication for each in await surveys.said(ResultsPublished)] == [1, 2]
    assert (await surveys.reading.results(await surveys.running(reference), now=False))["respondents"] == 20


async def test_the_pack_of_papers_keeps_every_version_and_a_label_names_one_content(surveys: Surveying) -> None:
    reference = await surveys.published(survey())
    paper = {"survey": reference, "name": "Draft code of conduct", "label": "draft v3", "size": 140_000}
    await surveys.do(AddPaper, **paper, sha256="a" * 64)
    await surveys.do(AddPaper, **paper, sha256="a" * 64)
    await surveys.do(AddPaper, **paper, sha256="b" * 64)
    await surveys.do(AddPaper, **{**paper, "label": "draft v4"}, sha256="b" * 64)
    assert [each["label"] for each in (await surveys.running(reference)).papers] == ["draft v3", "draft v4"]
    assert (await surveys.said(SurveyCommandRefused))[0].code == "label_taken"


async def test_whatever_overtakes_its_survey_or_invitation_waits_for_it(surveys: Surveying) -> None:
    early = [
        message(Invite, OPENS, survey="S-2222-22222", schools={}),
        message(PublishSurvey, OPENS, survey="S-2222-22222", document=canonical(survey())),
        message(PublishResults, OPENS, survey="S-2222-22222"),
        message(RecordTheme, OPENS, survey="S-2222-22222", title="t", said="s"),
        message(EnterResponse, OPENS, survey="S-2222-22222", channel="email", received_on="2024-05-01", urn="100001"),
        message(SubmitResponse, OPENS, invitation=uuid4(), submission=uuid4(), answers=YES),
        message(WithdrawResponse, OPENS, invitation=uuid4()),
    ]
    for command in early:
        with pytest.raises(NotYetKnown, match=r"there is no (survey|invitation) with this reference"):
            await surveys.hears(command)


async def test_what_no_officer_has_signed_is_refused_or_parked_and_the_signed_one_can_still_come(
    surveys: Surveying,
) -> None:
    reference = await surveys.invited(survey(), 1)
    close = message(CloseSurvey, OPENS, survey=reference, reason="Enough.")
    for _ in range(2):
        await tell(surveys.broker, "surveys", close, officer="")
    [refused] = await surveys.said(SurveyCommandRefused)
    assert (refused.code, refused.command) == ("not_signed", close.key())
    assert (await surveys.running(reference)).state == "open"
    publish = message(PublishSurvey, OPENS, document=canonical(survey()))
    with pytest.raises(Permanent, match="not_signed"):
        await tell(surveys.broker, "surveys", publish, officer="")
    await surveys.hears(close)
    assert (await surveys.running(reference)).state == "closed"
