"""Answering in a browser: looking changes nothing; what is sent takes the same way as a command (responses.py).

After what changes something the browser is led on to a page to look at, so that loading it again or going back does
no harm. Where answers travel in the form there is nothing to lead on to: the next page is the answer itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.submitting import Unanswerable
from services.surveys.answers.view import copy_of
from services.surveys.questionnaire.steps import ALL, Step, after, before, next_open, step_of, steps
from services.surveys.questionnaire.timing import coarse_minutes
from services.surveys.store.responses import Responses
from services.surveys.web import fields, views
from services.surveys.web.opening import Opening
from services.surveys.web.sitting import Sitting
from shared.contracts.surveys import SaveProgress, SubmitResponse, WithdrawResponse
from shared.decisions.deciding import Refused
from shared.links import BadLink
from shared.messaging.failures import NotYetKnown
from shared.time.clock import Clock, utc
from shared.web.errors import Trouble
from shared.web.forms import Form
from shared.web.site import Handle, Stop, View, submission_of

_CHANGE = "change:"
"""Begins the button that leads from the check back to a question."""

_SAID_AT_THE_START: frozenset[str] = frozenset({"already_answered", "closed", "not_open", "not_answered"})
"""Codes of refusals whose reason the first page of a survey shows."""


class _On(Exception):
    """There is another page to look at."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class AnsweringPages:
    """What stands behind each address."""

    def __init__(self, opening: Opening, responses: Responses, clock: Clock) -> None:
        self._opening = opening
        self._responses = responses
        self._clock = clock

    def pages(self) -> dict[str, Handle]:
        """The handler of each listed page."""
        found: dict[str, Handle] = {
            "/answer/{token}": self.start,
            "/answer/{token}/questions/{step}": self.step,
            "/answer/{token}/check": self.check,
            "/answer/{token}/saved": self.saved,
            "/answer/{token}/nothing": self.nothing,
            "/answer/{token}/withdraw": self.withdraw,
            "/copy/{token}": self.copy,
            "/preview/{token}": self.start,
            "/preview/{token}/questions/{step}": self.step,
            "/preview/{token}/check": self.check,
        }
        return {path: _led_on(handle) for path, handle in found.items()}

    async def start(self, request: Request, form: Form) -> View:
        """Where it stands with this link: to be answered, answered, not yet open, closed."""
        sitting = await self._opening.sitting(request, form)
        standing = sitting.standing(self._now())
        if standing == "answered":
            return self._receipt(sitting)
        return {"waiting": views.waiting, "open": views.start, "closed": views.closed}[standing](sitting)

    async def step(self, request: Request, form: Form) -> View:
        """One step: shown, or answered and led on from."""
        sitting = await self._open(request, form)
        shown = step_of(sitting.asked.survey, sitting.answers, request.path_params["step"])
        if shown is None:  # an address of before, or one that somebody made up
            raise _On(sitting.at(next_open(sitting.asked.survey, sitting.answers)))
        if request.method != "POST":
            more = tuple(request.query_params.getlist("more"))
            return views.step(sitting, shown, more=_known(shown, more))
        return await self._answered(sitting, self._as_shown(sitting, shown, form), form)

    async def check(self, request: Request, form: Form) -> View:
        """Everything before it is sent; and the sending."""
        sitting = await self._open(request, form)
        go = form.one("go")
        if go == "later":
            await self._save(sitting)
            raise _On(sitting.url("saved"))
        if go.startswith(_CHANGE) or go == "back":
            wanted = step_of(sitting.asked.survey, sitting.answers, go.removeprefix(_CHANGE))
            return await self._on(sitting, wanted or steps(sitting.asked.survey, sitting.answers)[-1])
        if go != "send" or sitting.is_preview:
            return views.check(sitting)
        return await self._send(sitting, form, sitting.answers)

    async def saved(self, request: Request, form: Form) -> View:
        sitting = await self._open(request, form)
        if not sitting.was_saved:
            raise _On(sitting.url())
        return views.saved(sitting)

    async def nothing(self, request: Request, form: Form) -> View:
        """A nil return, and its confirming step."""
        sitting = await self._open(request, form)
        if not sitting.asked.survey.nothing_to_say:
            raise _On(sitting.url())
        return await self._send(sitting, form, None) if request.method == "POST" else views.nothing(sitting)

    async def withdraw(self, request: Request, form: Form) -> View:
        """Change an answer or take it back, and the confirming step."""
        sitting = await self._opening.sitting(request, form)
        if not self._can_change(sitting):
            raise _On(sitting.url())
        if request.method != "POST":
            return views.withdraw(sitting)
        if form.one("what") not in ("change", "withdraw"):
            return views.withdraw(sitting, {"what": "Choose whether you want to change your answer or withdraw it"})
        change = form.one("what") == "change"
        await self._do(sitting, WithdrawResponse, to_change=change)
        raise _On(sitting.at(steps(sitting.asked.survey, {})[0]) if change else sitting.url())

    async def copy(self, request: Request, form: Form) -> View:
        """One's own answer, to keep."""
        invitation = await self._opening.invitation("copy", request)
        if invitation.answer is None or invitation.response is None:
            words = "It was withdrawn, or the survey is anonymous."
            raise Stop(Trouble(404, "There is no answer to show", (words,)))
        asked = await self._responses.asked(invitation, invitation.answer["edition"])
        if asked is None:
            raise BadLink("the version of this answer is not kept")
        return views.copy_of_answer(copy_of(invitation, asked))

    async def _answered(self, sitting: Sitting, shown: Step, form: Form) -> View:
        """What comes of a step that was sent."""
        typed = fields.read(shown.questions, form)
        kept = {each: said for each, said in sitting.answers.items() if each not in typed.raw} | typed.answers
        after_it = sitting.with_answers(kept)
        go = form.one("go")
        wrong = {} if go == "back" else typed.errors if go == "later" else {**typed.errors, **typed.missing}
        if wrong:
            ordered = {each: wrong[each] for each in map(fields.first_field, shown.questions) if each in wrong}
            return views.step(after_it, shown, typed.raw, ordered)
        if go == "later" or not sitting.is_carried:
            await self._save(after_it)
        if go == "later":
            raise _On(sitting.url("saved"))
        survey = sitting.asked.survey
        if go == "back":
            return await self._on(after_it, before(survey, kept, shown.key) or shown)
        more = tuple(each.id for each in survey.asked(kept) if each not in shown.questions)
        if shown.key == ALL and more:
            return await self._on(after_it, step_of(survey, kept, ALL), more)
        return await self._on(after_it, after(survey, kept, shown.key))

    async def _on(self, sitting: Sitting, step: Step | None, more: tuple[str, ...] = ()) -> View:
        """The next page: looked at, or, where the answers travel with the form, given as the answer."""
        if not sitting.is_carried:
            raise _On(sitting.at(step, **({"more": more[0]} if more else {})))
        return views.step(sitting, step, more=_known(step, more)) if step else views.check(sitting)

    async def _send(self, sitting: Sitting, form: Form, answers: Mapping[str, Any] | None) -> View:
        """Send an answer, once however often; without answers it is a nil return."""
        now = utc(self._clock.now())
        begun_at = self._opening.begun(sitting)
        submission = submission_of(form)
        facts = {
            "correlation_id": submission,
            "submission": submission,
            "edition": sitting.asked.edition,
            "answers": dict(answers or {}),
            "nothing_to_say": answers is None,
            "begun_at": begun_at,
            "minutes": coarse_minutes(begun_at, now),
        }
        try:
            after = await self._do(sitting, SubmitResponse, **facts)
        except Unanswerable as refused:
            asked = {each.id: each for each in sitting.asked.survey.asked(sitting.answers)}
            errors = {
                fields.first_field(asked[each.question]): f"Answer the question “{asked[each.question].text}”"
                for each in refused.problems
                if each.question in asked
            }
            return views.check(sitting, errors)
        except Refused as refused:
            return views.check(sitting, {"main-content": str(refused)})
        if not self._responses.is_from(after, submission):
            words = "This answer was withdrawn before. Open the link in our email again to send another one."
            raise Stop(Trouble(409, "This was not sent", (words,)))
        raise _On(sitting.url())

    async def _save(self, sitting: Sitting) -> None:
        facts = {"edition": sitting.asked.edition, "answers": dict(sitting.answers)}
        await self._do(sitting, SaveProgress, **facts, begun_at=self._opening.begun(sitting))

    async def _do(self, sitting: Sitting, kind: Any, **facts: Any) -> Invitation:
        """Send a command; what is refused because of where the survey stands is said on its first page. Raises Refused.

        An author who looks at a survey sends nothing.
        """
        if sitting.invitation is None:
            raise _On(sitting.url())
        envelope = {"id": uuid4(), "time": utc(self._clock.now()), "correlation_id": uuid4()}
        command = kind.model_validate({**envelope, "invitation": sitting.invitation.id, **facts})
        answered = await self._responses.one(command)
        if answered.refused is not None:
            if answered.refused.code in _SAID_AT_THE_START:
                raise _On(sitting.url())
            raise answered.refused
        if answered.invitation is None:
            raise BadLink("there is no such invitation")
        return answered.invitation

    async def _open(self, request: Request, form: Form) -> Sitting:
        """The sitting, where it can be answered; else its first page says why not."""
        sitting = await self._opening.sitting(request, form)
        if sitting.standing(self._now()) != "open":
            raise _On(sitting.url())
        return sitting

    def _as_shown(self, sitting: Sitting, shown: Step, form: Form) -> Step:
        """The questions that stood on the page: on one page more may be asked by now than were."""
        if shown.key != ALL:
            return shown
        names = set(form.all("shown"))
        return Step(ALL, tuple(each for each in sitting.asked.survey.questions if each.id in names))

    def _receipt(self, sitting: Sitting) -> View:
        invitation = sitting.invitation
        has_copy = invitation is not None and invitation.answer is not None and invitation.response is not None
        copy = copy_of(invitation, sitting.asked) if invitation is not None and has_copy else None
        return views.answered(sitting, copy, self._can_change(sitting))

    def _can_change(self, sitting: Sitting) -> bool:
        """Whether there is an answer of which somebody can say whose it is, and the survey is open."""
        invitation, running = sitting.invitation, sitting.asked.running
        has_answer = invitation is not None and invitation.response is not None
        return has_answer and running.mode != "anonymous" and running.window.phase(self._now()) == "open"

    def _now(self) -> datetime:
        return utc(self._clock.now())


def _led_on(handle: Handle) -> Handle:
    async def page(request: Request, form: Form) -> View | Response:
        try:
            return await handle(request, form)
        except _On as on:
            return RedirectResponse(on.url, 303)
        except NotYetKnown:
            raise BadLink("there is no such invitation yet") from None
        except Refused as refused:
            raise Stop(Trouble(409, "This was not sent", (str(refused),))) from None

    return page


def _known(step: Step | None, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some ids that are questions of a step."""
    return tuple(each.id for each in step.questions if each.id in ids) if step else ()
