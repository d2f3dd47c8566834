"""The HTTP API beneath the pages: looked at, saved, gone on with, sent, withdrawn; every failure answered."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.surveys.answers.invitation import Invitation
from shared.contracts.surveys import InvitationIssued, PublishResults, RecordTheme, ResponseAccepted
from shared.links import Links
from shared.store.documents import Store
from tests.surveying import BASE, READY, Surveying, survey, surveying

CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)

NO_ANSWER = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store) as service:
        yield service


async def link(surveys: Surveying, **document: Any) -> str:
    """The path of the link to a survey to which one school is invited."""
    await surveys.invited(survey(**document), 1)
    [issued] = await surveys.said(InvitationIssued)
    return issued.link.removeprefix(BASE)


async def only(surveys: Surveying) -> Invitation:
    [running] = await surveys.reading.surveys()
    [invitation] = await surveys.invitations(running.reference)
    return invitation


async def test_looking_changes_nothing_and_shows_all_that_a_page_needs(surveys: Surveying) -> None:
    path = await link(surveys, questions=[{**READY, "texts": {"cy": "Ydych chi'n barod?"}}])
    before = await only(surveys)
    answer = await surveys.http.get(path, params={"lang": "cy"})
    shown = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert shown["closing"] == "closes at 11:59pm on Thursday 16 May 2024"
    assert shown["questions"][0]["text"] == "Ydych chi'n barod?"
    assert (shown["state"], shown["language"], shown["languages"]) == ("open", "cy", ["en", "cy"])
    assert "withdraw" in shown["mode_words"]
    assert await only(surveys) == before


async def test_saved_answers_are_gone_on_with_by_the_same_link_and_spent_by_a_finished_one(surveys: Surveying) -> None:
    path = await link(surveys)
    first = (await surveys.http.get(path)).json()
    saved = await surveys.http.put(f"{path}/progress", json={"answers": {"ready": "no"}, "begun": first["begun"]})
    assert saved.json() == {"saved": True}
    surveys.clock.advance(timedelta(minutes=7, seconds=10))
    again = (await surveys.http.get(path)).json()
    assert again["saved"] == {"ready": "no"}
    assert again["asked"] == ["ready", "why", "help"]
    body = {"submission": again["submission"], "answers": {"ready": "no", "why": "No time."}, "begun": again["begun"]}
    sent = [await surveys.http.post(path, json=body) for _ in range(2)]
    assert [each.status_code for each in sent] == [200, 200]
    invitation = await only(surveys)
    assert {each.json()["response"] for each in sent} == {invitation.response}
    assert invitation.answer is not None
    assert invitation.answer["minutes"] == 8
    assert len(await surveys.said(ResponseAccepted)) == 1
    assert (await surveys.http.get(path)).json()["state"] == "answered"
    other = await surveys.http.post(path, json={**body, "submission": str(uuid4())})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "already_answered")


async def test_a_text_that_the_browser_cut_in_the_middle_of_an_emoji_is_kept_without_its_half(
    surveys: Surveying,
) -> None:
    path = await link(surveys)
    body = {"answers": {"ready": "no", "why": "No time \ud83d"}}
    assert (await surveys.http.put(f"{path}/progress", content=json.dumps(body))).json() == {"saved": True}
    assert (await surveys.http.get(path)).json()["saved"] == {"ready": "no", "why": "No time"}
    sent = await surveys.http.post(path, content=json.dumps({**body, "submission": str(uuid4())}))
    assert sent.status_code == 200
    kept = (await only(surveys)).answer
    assert kept is not None
    assert kept["answers"] == {"ready": "no", "why": "No time"}


async def test_wrong_answers_are_named_by_question(surveys: Surveying) -> None:
    path = await link(surveys)
    body = {"submission": str(uuid4()), "answers": {"help": ["cake"]}}
    answer = await surveys.http.post(path, json=body)
    assert answer.status_code == 422
    problems = answer.json()["error"]["problems"]
    assert [each["question"] for each in problems] == ["ready", "help"]
    assert problems[1]["words"] == "question 3 “help”: choose one of webinars, visits, papers"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"not json", 400, "not_readable"),
        (b'{"answers": {}}', 400, "not_readable"),
        (json.dumps({"submission": NO_ANSWER, "answers": {"why": "x" * 250_000}}).encode(), 413, "too_large"),
        (json.dumps({"submission": NO_ANSWER, "answers": {}}).encode(), 422, "answers_wrong"),
        (json.dumps({"submission": NO_ANSWER, "begun": "x", "answers": {}}).encode(), 400, "not_readable"),
        (
            json.dumps({"submission": NO_ANSWER, "edition": 7, "answers": {"ready": "yes"}}).encode(),
            422,
            "no_such_version",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_word(
    surveys: Surveying, content: bytes, status: int, code: str
) -> None:
    path = await link(surveys)
    answer = await surveys.http.post(path, content=content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await only(surveys)).state == "open"


@pytest.mark.parametrize("path", ["/answer/x", "/copy/x", "/results/x", "/answer/IkktMSI.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
async def test_a_link_that_is_not_ours_leads_nowhere(surveys: Surveying, path: str) -> None:
    answer = await surveys.http.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "bad_link")


async def test_a_link_of_another_purpose_does_not_answer(surveys: Surveying) -> None:
    await link(surveys)
    token = Links("a-key", BASE).token("copy", (await only(surveys)).id)
    assert (await surveys.http.get(f"/answer/{token}")).status_code == 404


async def test_begun_in_time_and_sent_within_the_grace_counts_and_begun_later_does_not(surveys: Surveying) -> None:
    path = await link(surveys)
    surveys.clock.instant = CLOSES - timedelta(seconds=1)
    begun = (await surveys.http.get(path)).json()["begun"]
    surveys.clock.instant = CLOSES + timedelta(minutes=29, seconds=59)
    late = (await surveys.http.get(path)).json()["begun"]
    body = {"submission": str(uuid4()), "answers": {"ready": "yes"}}
    refused = await surveys.http.post(path, json={**body, "begun": late})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "closed")
    assert "closed at 11:59pm on Thursday 16 May 2024" in refused.json()["error"]["words"]
    assert (await surveys.http.post(path, json={**body, "begun": begun})).status_code == 200


async def test_a_nil_return_is_an_answer(surveys: Surveying) -> None:
    path = await link(surveys)
    assert (await surveys.http.post(path, json={"submission": str(uuid4()), "nothing_to_say": True})).status_code == 200
    invitation = await only(surveys)
    assert invitation.answer is not None
    assert invitation.answer["nothing_to_say"] is True


async def test_a_respondent_reads_their_own_answer_and_takes_it_back(surveys: Surveying) -> None:
    path = await link(surveys)
    await surveys.http.post(path, json={"submission": str(uuid4()), "answers": {"ready": "yes", "help": ["visits"]}})
    [accepted] = await surveys.said(ResponseAccepted)
    assert accepted.copy_link is not None
    copy = (await surveys.http.get(accepted.copy_link.removeprefix(BASE))).json()
    assert copy["response"] == accepted.response
    assert copy["answers"] == [
        {"question": "Are you ready?", "answer": "Yes"},
        {"question": "What would help?", "answer": "Visits"},
    ]
    assert (await surveys.http.post(f"{path}/withdraw", json={})).json() == {"withdrawn": True}
    assert (await surveys.http.get(accepted.copy_link.removeprefix(BASE))).status_code == 404
    assert (await surveys.http.get(path)).json()["state"] == "open"


async def test_published_results_are_there_for_everybody_who_was_told(surveys: Surveying) -> None:
    reference = await surveys.invited(survey(), 8)
    for school in await surveys.invitations(reference):
        await surveys.answers(school, {"ready": "yes"})
    path = f"/results/{Links('a-key', BASE).token('results', reference)}"
    assert (await surveys.http.get(path)).json()["error"]["code"] == "no_results"
    surveys.clock.instant = CLOSES + timedelta(hours=1)
    await surveys.timers(40)
    await surveys.do(PublishResults, survey=reference, tell=False)
    said = {"title": "Visits", "said": "Come and see us.", "decision": "We come."}
    await surveys.do(RecordTheme, survey=reference, **said)
    shown = (await surveys.http.get(path)).json()
    assert shown["results"]["respondents"] == 8
    assert shown["you_said_we_did"][0]["decision"] == "We come."
    assert "basis" not in json.dumps(shown)


async def test_what_is_good_of_answers_so_far_is_saved_and_the_rest_is_named(surveys: Surveying) -> None:
    path = await link(surveys)
    body = {"answers": {"ready": "no", "help": ["visits", "cake"], "why": "half a\x00 thought"}}
    saved = await surveys.http.put(f"{path}/progress", json=body)
    assert (saved.status_code, saved.json()["saved"]) == (200, True)
    assert [each["question"] for each in saved.json()["problems"]] == ["help"]
    assert (await surveys.http.get(path)).json()["saved"] == {
        "ready": "no",
        "help": ["visits"],
        "why": "half a thought",
    }


async def test_an_answer_that_was_withdrawn_does_not_come_back_and_a_corrected_one_is_heard(surveys: Surveying) -> None:
    path = await link(surveys)
    submission = str(uuid4())
    wrong = await surveys.http.post(path, json={"submission": submission, "answers": {"ready": "perhaps"}})
    assert wrong.status_code == 422
    body = {"submission": submission, "answers": {"ready": "yes"}}
    assert (await surveys.http.post(path, json=body)).status_code == 200
    assert (await surveys.http.post(f"{path}/withdraw", json={})).status_code == 200
    late = await surveys.http.post(path, json=body)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "taken_back")
    assert (await only(surveys)).state == "open"
    assert (await surveys.http.post(path, json={**body, "submission": str(uuid4())})).status_code == 200
