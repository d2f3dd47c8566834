"""Answering in a browser: begun, branched, saved, gone on with elsewhere, checked, sent once, changed, withdrawn."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.surveys.answers.invitation import Invitation
from shared.contracts.surveys import InvitationIssued, PublishResults, RecordTheme, ResponseAccepted
from shared.links import Links
from shared.store.documents import Store
from tests.surveying import BASE, READY, Surveying, survey, surveying
from tests.visiting import BROWSER, Visitor, hidden

OPENS = datetime(2024, 4, 30, 8, tzinfo=UTC)
CLOSES = datetime(2024, 5, 16, 23, tzinfo=UTC)
EVERY_KIND = [
    READY,
    {"id": "like", "type": "scale", "text": "How do you like it?", "labels": {"1": "not at all", "5": "much"}},
    {"id": "said", "type": "text", "text": "What do you say?", "longest": 200},
    {"id": "pupils", "type": "number", "text": "How many pupils?", "most": 3000, "unit": "pupils"},
    {"id": "day", "type": "date", "text": "Since when?", "latest": "2024-05-17"},
    {"id": "agrees", "type": "yes_no", "text": "Do you agree?"},
    {
        "id": "grid",
        "type": "matrix",
        "text": "How often?",
        "rows": ["Letters", "Visits"],
        "columns": ["Never", "Often"],
    },
]
HOSTILE = ["<script>alert(1)</script>", "x" * 10_000, "\u202eabc\u2066", "😀" * 50, "a\x00b", "{{ 7*7 }}", "&quot;'\""]


@pytest.fixture
async def surveys(store: Store) -> AsyncIterator[Surveying]:
    async with surveying(store) as service:
        yield service


class Respondent:
    """Somebody with the link of an invitation, in a browser."""

    def __init__(self, service: Surveying, path: str, client: httpx.AsyncClient) -> None:
        self.service = service
        self.path = path
        self.visitor = Visitor(client)
        self.page = httpx.Response(0)

    async def opens(self, *parts: str, **query: str) -> str:
        self.page = await self.visitor.opens("/".join([self.path, *parts]), params=query)
        return await self._led_on()

    async def sends(self, go: str = "on", **fields: Any) -> str:
        """Send the form that stands on the page, with what was typed into it."""
        [action] = re.findall(r'<form method="post" action="([^"]+)"', self.page.text)
        shown = re.findall(r'name="shown" value="([^"]+)"', self.page.text)
        form = {
            **hidden(self.page.text),
            "shown": shown,
            "go": go,
            **{f"q-{name}": said for name, said in fields.items()},
        }
        self.page = await self.visitor.sends(html.unescape(action), **form)
        return await self._led_on()

    async def _led_on(self) -> str:
        while self.page.status_code == 303:
            self.page = await self.visitor.opens(self.page.headers["location"])
        assert "<script>" not in self.page.text
        return html.unescape(re.sub(r"<[^>]+>", "", self.page.text))

    @property
    def heading(self) -> str:
        [found] = re.findall(r"<h1[^>]*>(.*?)</h1>", self.page.text, re.S)
        return html.unescape(re.sub(r"<[^>]+>", "", found)).replace("(optional)", "").strip()

    async def invitation(self) -> Invitation:
        [running] = await self.service.reading.surveys()
        [found] = await self.service.invitations(running.reference)
        return found


async def invited(service: Surveying, **document: Any) -> Respondent:
    await service.invited(survey(**document), 1)
    [issued] = await service.said(InvitationIssued)
    return Respondent(service, issued.link.removeprefix(BASE), service.http)


async def test_a_school_answers_with_branches_comes_back_elsewhere_and_sends_once(surveys: Surveying) -> None:
    school = await invited(surveys)
    text = await school.opens()
    assert "closes at 11:59pm on Thursday 16 May 2024" in text
    assert "Your answer is kept with your name" in text
    assert (await school.invitation()).progress is None, "looking keeps nothing"
    await school.opens("questions", "ready")
    assert "Answer the question “Are you ready?”" in await school.sends()
    assert "<title>Error: Are you ready?" in school.page.text
    assert 'href="#q-ready"' in school.page.text
    await school.sends(ready="no")
    assert school.heading == "Why not?"
    assert "Your answers are saved" in await school.sends("later", why="No time.")
    async with httpx.AsyncClient(transport=surveys.http._transport, base_url=BASE) as another:
        elsewhere = Respondent(surveys, school.path, another)
        assert "You have saved answers" in await elsewhere.opens()
        await elsewhere.opens("questions", "ready")
        assert 'value="no" checked' in elsewhere.page.text
        await elsewhere.sends(ready="yes")
        assert elsewhere.heading == "What would help?", "what is not asked any more is passed over"
        text = await elsewhere.sends(help=["visits", "papers"])
        assert elsewhere.heading == "Check your answers before you send them"
        assert "Visits, Papers" in text
        assert "they are not asked any more, so we leave them out" in text
        again = elsewhere.page
        surveys.clock.advance(timedelta(minutes=7))
        text = await elsewhere.sends("send")
        invitation = await elsewhere.invitation()
        assert invitation.answer is not None
        assert invitation.answer["answers"] == {"ready": "yes", "help": ["visits", "papers"]}
        assert invitation.answer["minutes"] == 7
        assert elsewhere.heading == "You have answered"
        assert str(invitation.response) in text
        elsewhere.page = again
        assert str(invitation.response) in await elsewhere.sends("send"), "a double click is one answer"
    assert "You have answered" in await school.opens()
    await school.opens("questions", "ready")
    assert school.heading == "You have answered"
    assert len(await surveys.said(ResponseAccepted)) == 1


async def test_the_second_of_two_who_send_sees_that_there_is_an_answer(surveys: Surveying) -> None:
    one = await invited(surveys, questions=[READY])
    async with httpx.AsyncClient(transport=surveys.http._transport, base_url=BASE) as another:
        other = Respondent(surveys, one.path, another)
        for each in (one, other):
            await each.opens("questions", "ready")
            await each.sends(ready="yes")
        await one.sends("send")
        await other.sends("send")
        assert other.heading == "You have answered"
    assert len(await surveys.said(ResponseAccepted)) == 1


async def test_of_an_anonymous_survey_nothing_is_kept_before_it_is_sent_or_saved_on_purpose(surveys: Surveying) -> None:
    somebody = await invited(surveys, mode="anonymous")
    assert "apart from your name" in await somebody.opens()
    await somebody.opens("questions", "ready")
    await somebody.sends(ready="no")
    assert somebody.heading == "Why not?"
    await somebody.sends("back", why="Half a thought")
    assert somebody.heading == "Are you ready?"
    await somebody.sends(ready="no")
    assert ">Half a thought</textarea>" in somebody.page.text
    await somebody.sends(why="No time.")
    assert "No time." in await somebody.sends(help="visits")
    assert (await somebody.invitation()).progress is None
    await somebody.sends("change:ready")
    assert 'value="no" checked' in somebody.page.text
    await somebody.sends(ready="nearly")
    await somebody.sends(why="No time at all.")
    await somebody.sends(help="visits")
    text = await somebody.sends("send")
    assert somebody.heading == "You have answered"
    assert "What you said" not in text
    assert "Change or withdraw" not in text
    assert (await somebody.invitation()).state == "boxed"
    [accepted] = await surveys.said(ResponseAccepted)
    assert accepted.invitation is None


async def test_an_anonymous_answer_that_is_saved_on_purpose_is_gone_on_with(surveys: Surveying) -> None:
    somebody = await invited(surveys, mode="anonymous")
    await somebody.opens("questions", "ready")
    assert "Your answers are saved" in await somebody.sends("later", ready="no")
    assert "You have saved answers" in await somebody.opens()
    await somebody.opens("questions", "ready")
    assert 'value="no" checked' in somebody.page.text


async def test_a_survey_on_one_page_asks_for_more_where_an_answer_wants_it(surveys: Surveying) -> None:
    school = await invited(surveys, layout="one_page")
    await school.opens("questions", "all")
    assert school.page.text.count("<h1") == 1
    assert "Why not?" not in school.page.text
    text = await school.sends(ready="no", help=["visits"])
    assert "Because of your answers there are more questions" in text
    assert "Why not?" in text
    await school.sends(ready="no", why="No time.", help=["visits"])
    assert school.heading == "Check your answers before you send them"
    await school.sends("send")
    assert (await school.invitation()).response is not None


async def test_every_kind_of_question_is_answered_and_mended(surveys: Surveying) -> None:
    school = await invited(surveys, questions=EVERY_KIND, layout="one_page")
    await school.opens("questions", "all")
    wrong = {"pupils": "many", "day-day": "31", "day-month": "2", "day-year": "2024", "like": "9", "said": "y" * 201}
    text = await school.sends(**wrong, **{"grid-letters": "always"})
    assert school.page.status_code == 422
    for words in (
        "Answer the question “Are you ready?”",
        "“How do you like it?”: choose one of the answers",
        "“What do you say?”: write at most 200 characters; this has 201",
        "“How many pupils?”: write a number, such as 12",
        "“Since when?”: enter a real date, such as 17 5 2024",
        "“How often?”",
    ):
        assert words in text, words
    for anchor in re.findall(r'<a href="#(q-[^"]+)"', school.page.text):
        assert f'id="{anchor}"' in school.page.text, anchor
    assert 'value="many"' in school.page.text, "what was typed is not lost"
    late = {"ready": "yes", "day-day": "18", "day-month": "5", "day-year": "2024"}
    assert "“Since when?”: enter a date to Friday 17 May 2024" in await school.sends(**late)
    right = {**late, "day-day": "03", "like": "4", "said": "It is good.", "pupils": " 210 ", "agrees": "no"}
    await school.sends(**right, **{"grid-letters": "never", "grid-visits": "often"})
    await school.sends("send")
    kept = (await school.invitation()).answer
    assert kept is not None
    assert kept["answers"] == {
        "ready": "yes",
        "like": 4,
        "said": "It is good.",
        "pupils": 210,
        "day": "2024-05-03",
        "agrees": False,
        "grid": {"letters": "never", "visits": "often"},
    }


@pytest.mark.parametrize("mode", ["named", "anonymous"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_typed_stays_text(surveys: Surveying, mode: str, hostile: str) -> None:
    kind = {"id": "said", "type": "text", "text": "What do you say?", "longest": 20_000}
    school = await invited(surveys, mode=mode, questions=[kind, {**READY, "required": False}])
    await school.opens("questions", "said")
    await school.sends(said=hostile)
    await school.sends()
    assert school.heading == "Check your answers before you send them"
    [shown] = re.findall(r'everyday-said">(.*?)</dd>', school.page.text, re.S)[:1]
    kept = "".join(each for each in hostile if each.isprintable() or each in "\u202e\u2066")
    assert html.unescape(shown) == re.sub("[\u202e\u2066]", "", kept)
    assert "\u202e" not in school.page.text
    await school.sends("send")
    assert school.heading == "You have answered"


async def test_an_answer_is_changed_and_withdrawn_while_it_is_open(surveys: Surveying) -> None:
    school = await invited(surveys, questions=[READY])
    await school.opens("questions", "ready")
    await school.sends(ready="yes")
    await school.sends("send")
    await school.opens("withdraw")
    assert "Choose whether you want to change your answer or withdraw it" in await school.sends()
    school.page = await school.visitor.opens(f"{school.path}/withdraw")
    await chooses(school, what="change")
    assert 'value="yes" checked' in school.page.text
    await school.sends(ready="nearly")
    await school.sends("send")
    invitation = await school.invitation()
    assert invitation.answer is not None
    assert invitation.answer["answers"] == {"ready": "nearly"}
    await school.opens("withdraw")
    await chooses(school, what="withdraw")
    assert (await school.invitation()).answer is None
    assert "Start now" in await school.opens()


async def chooses(school: Respondent, **form: str) -> None:
    school.page = await school.visitor.sends(f"{school.path}/withdraw", **form)
    await school._led_on()


async def test_a_nil_return_is_confirmed_first(surveys: Surveying) -> None:
    school = await invited(surveys)
    await school.opens("nothing")
    assert (await school.invitation()).state == "open"
    text = await school.sends()
    assert "You told us that you have nothing to say." in text
    none = await invited_again(surveys, nothing_to_say=False)
    await none.opens("nothing")
    assert "Start now" in none.page.text


async def invited_again(service: Surveying, **document: Any) -> Respondent:
    before = {each.link for each in await service.said(InvitationIssued)}
    await service.invited(survey(**document), 1)
    [link] = [each.link for each in await service.said(InvitationIssued) if each.link not in before]
    return Respondent(service, link.removeprefix(BASE), service.http)


async def test_a_closed_survey_says_so_and_whom_to_ask_and_what_was_begun_in_time_is_finished(
    surveys: Surveying,
) -> None:
    school = await invited(surveys, questions=[READY])
    surveys.clock.instant = CLOSES - timedelta(minutes=1)
    await school.opens("questions", "ready")
    surveys.clock.instant = CLOSES + timedelta(minutes=10)
    await school.sends(ready="yes")
    assert school.heading == "Check your answers before you send them"
    async with httpx.AsyncClient(transport=surveys.http._transport, base_url=BASE) as another:
        late = Respondent(surveys, school.path, another)
        checking = school.page
        surveys.clock.instant = CLOSES + timedelta(hours=1)
        text = await late.opens()
        assert (late.page.status_code, late.heading) == (410, "This survey is closed")
        assert "closed at 11:59pm on Thursday 16 May 2024" in text
        assert "team@example.org" in text
        await late.opens("questions", "ready")
        assert late.heading == "This survey is closed"
        school.page = checking
        await school.sends("send")
        assert school.heading == "This survey is closed"
        surveys.clock.instant = CLOSES + timedelta(minutes=20)
        school.page = checking
        await school.sends("send")
        assert school.heading == "You have answered"


async def test_a_survey_that_is_not_open_yet_says_when(surveys: Surveying) -> None:
    school = await invited(surveys, questions=[READY])
    surveys.clock.instant = OPENS - timedelta(hours=2)
    text = await school.opens()
    assert school.heading == "This survey is not open yet"
    assert "opens at 9am on Tuesday 30 April 2024" in text


async def test_a_language_is_kept_from_page_to_page(surveys: Surveying) -> None:
    welsh = {**READY, "texts": {"cy": "Ydych chi'n barod?"}}
    school = await invited(surveys, questions=[welsh, {"id": "b", "type": "yes_no", "text": "Sure?"}])
    assert "Cymraeg" in await school.opens()
    await school.opens(lang="cy")
    [begin] = re.findall(r'href="([^"]*/questions/ready[^"]*)"', school.page.text)
    school.page = await school.visitor.opens(html.unescape(begin))
    assert school.heading == "Ydych chi'n barod?"
    text = await school.sends(ready="yes")
    assert "Sure? (English)" in text
    assert "Ydych chi'n barod?" in await school.sends(b="yes")


async def test_an_author_looks_at_it_before_it_opens_and_nothing_is_kept(surveys: Surveying) -> None:
    await invited(surveys, questions=[READY])
    [running] = await surveys.reading.surveys()
    surveys.clock.instant = OPENS - timedelta(days=3)
    path = f"/preview/{Links('a-key', BASE).token('preview', running.reference)}"
    author = Respondent(surveys, path, surveys.http)
    assert "This is what people will see" in await author.opens()
    await author.opens("questions", "ready")
    await author.sends(ready="yes")
    assert author.heading == "Check your answers before you send them"
    await author.sends("send")
    assert "From a preview nothing is sent." in author.page.text
    await author.sends("later")
    assert "This is what people will see" in author.page.text
    assert await surveys.said(ResponseAccepted) == []


async def test_the_link_of_a_confirmation_shows_the_answer(surveys: Surveying) -> None:
    school = await invited(surveys, questions=[READY])
    await school.opens("questions", "ready")
    await school.sends(ready="nearly")
    await school.sends("send")
    [accepted] = await surveys.said(ResponseAccepted)
    assert accepted.copy_link is not None
    page = await surveys.http.get(accepted.copy_link.removeprefix(BASE), headers=BROWSER)
    assert accepted.response is not None
    assert accepted.response in page.text
    assert "Nearly" in page.text
    await school.opens("withdraw")
    await chooses(school, what="withdraw")
    page = await surveys.http.get(accepted.copy_link.removeprefix(BASE), headers=BROWSER)
    assert (page.status_code, "There is no answer to show" in page.text) == (404, True)


async def test_answers_that_a_program_made_up_are_held_against_the_survey(surveys: Surveying) -> None:
    somebody = await invited(surveys, mode="anonymous", questions=[READY])
    await somebody.opens("questions", "ready")
    proof = hidden(somebody.page.text)
    for made_up in ('{"ready": ["x"], "other": 1}', "[1]", "{", '{"ready": "' + "x" * 5000 + '"}', "\x00"):
        page = await somebody.visitor.sends(f"{somebody.path}/check", **{**proof, "so_far": made_up, "go": "send"})
        assert page.status_code == 422, made_up
    assert (await somebody.invitation()).state == "open"
    page = await somebody.visitor.sends(f"{somebody.path}/check", **{**proof, "go": "send", "submission": "x"})
    assert page.status_code == 422
    assert UUID((await somebody.invitation()).id)


async def test_published_results_are_a_page_with_tables_and_pictures_and_without_small_numbers(
    surveys: Surveying,
) -> None:
    title = "What about <b>it</b>?"
    asked = [{**READY, "text": title}, {"id": "said", "type": "text", "text": "Why?"}]
    reference = await surveys.invited(survey(questions=asked, mode="confidential"), 8)
    for number, school in enumerate(await surveys.invitations(reference)):
        await surveys.answers(school, {"ready": "yes" if number < 6 else "no", "said": "A secret."})
    visitor = Visitor(surveys.http)
    path = f"/results/{Links('a-key', BASE).token('results', reference)}"
    none = await visitor.opens(path)
    assert (none.status_code, "There are no results yet" in none.text) == (404, True)
    surveys.clock.instant = CLOSES + timedelta(hours=1)
    await surveys.timers(40)
    await surveys.do(PublishResults, survey=reference, tell=False)
    await surveys.do(RecordTheme, survey=reference, title="Visits", said="Come <i>here</i>.", decision="We come.")
    page = await visitor.opens(path)
    assert page.status_code == 200
    assert "What about &lt;b&gt;it&lt;/b&gt;?" in page.text
    assert "8 answers" in page.text
    assert re.search(r"<svg[^>]*>", page.text)
    assert "not shown" in page.text, "two who said no are not counted out loud"
    assert "We come." in page.text
    assert "A secret." not in page.text
