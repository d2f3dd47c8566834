"""Random lives of surveys: published, answered, resumed, withdrawn, closed, reopened, changed; against a plain model.

Whatever happens, an accepted answer is there exactly once, under the version that it was given to, and nothing else is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.surveys.answers import deciding
from services.surveys.answers.batch import mix
from services.surveys.answers.invitation import Invitation, invitation_id
from services.surveys.answers.running import Moment, Running
from services.surveys.answers.submitting import Asked, save, submit, withdraw
from services.surveys.questionnaire.document import Survey, canonical
from services.surveys.settings import terms
from shared.contracts.surveys import (
    CloseSurvey,
    PublishSurvey,
    ReopenSurvey,
    Respondent,
    ResponseAccepted,
    SaveProgress,
    SubmitResponse,
    WithdrawResponse,
)
from shared.decisions.deciding import Refused, Repeated
from tests.surveying import READY, message, survey

NORFOLK = terms(None)
PEOPLE = st.integers(0, 5)
WORDS = st.sampled_from(("yes", "nearly", "no"))


def version(number: int, mode: str) -> Survey:
    """The survey's versions differ in one more option."""
    options = ["Yes", "Nearly", "No", *(f"Extra {each}" for each in range(number - 1))]
    return survey(mode=mode, questions=[{**READY, "options": options}])


@dataclass
class Given:
    """What the model knows of an answer: who gave it, to which version, and the words."""

    person: int
    edition: int
    words: str
    submission: UUID


class Lives(RuleBasedStateMachine):
    """One survey, six people, and a clock."""

    mode = "named"

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2024, 4, 30, 8, tzinfo=UTC)
        self.documents: dict[int, Survey] = {}
        self.running: Running = self.published(None)
        self.kept = {
            n: Invitation(invitation_id("k", "S", who), self.running.reference, who)
            for n in range(6)
            if (who := Respondent(name=f"P{n}", email=f"p{n}@example.org"))
        }
        self.answers: list[dict[str, Any]] = []
        self.given: dict[int, Given] = {}
        self.accepted: list[ResponseAccepted] = []
        self.sent: list[SubmitResponse] = []
        self.begun: dict[int, datetime] = {}

    def published(self, before: Running | None) -> Running:
        number = before.newest.number + 1 if before else 1
        document = version(number, self.mode)
        facts = {"document": canonical(document), "survey": before.reference if before else None}
        command = message(PublishSurvey, self.now, **facts)
        decided = deciding.publish(before, command, "S-2222-22222", document, NORFOLK, self.moment(command.id))
        self.documents[number] = document
        return decided.running

    def moment(self, cause: UUID | None = None) -> Moment:
        return Moment(self.now, cause or uuid4())

    def asked(self, edition: int | None) -> Asked:
        number = edition or self.running.newest.number
        return Asked(self.running, self.documents[number], number, lambda purpose, of: f"{purpose}/{of}")

    def decides(self, decide: Any, person: int, command: Any) -> bool:
        """Whether it was done."""
        invitation = self.kept[person]
        edition = getattr(command, "edition", None) or (invitation.progress or {}).get("edition")
        try:
            done = decide(invitation, command, self.asked(edition), self.moment(command.id))
        except (Refused, Repeated):
            return False
        self.kept[person] = done.invitation
        self.accepted += [event for event in done.events if isinstance(event, ResponseAccepted)]
        return True

    def is_open(self) -> bool:
        return self.running.window.phase(self.now) == "open"

    @rule(minutes=st.sampled_from((1, 20, 60 * 24, 60 * 24 * 9)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        while decided := deciding.tick(self.running, self.moment()):
            self.running = decided.running

    @rule(person=PEOPLE, words=WORDS, old=st.booleans(), begun=st.booleans())
    def somebody_answers(self, person: int, words: str, old: bool, begun: bool) -> None:
        facts: dict[str, Any] = {"invitation": self.kept[person].id, "submission": uuid4(), "answers": {"ready": words}}
        if old:
            facts["edition"] = 1
        if begun and person in self.begun:
            facts["begun_at"] = self.begun[person]
        command = message(SubmitResponse, self.now, **facts)
        self.sent.append(command)
        progress = self.kept[person].progress or {}
        edition = command.edition or progress.get("edition") or self.running.newest.number
        window = self.running.window
        first_look = min([each for each in (command.begun_at, progress.get("begun_at")) if each], default=None)
        in_time = self.is_open() or (
            window.phase(self.now) == "grace"
            and first_look is not None
            and window.opens_at <= first_look < window.closes_at
        )
        done = self.decides(submit, person, command)
        assert done == (person not in self.given and in_time)
        if done:
            self.given[person] = Given(person, edition, words, command.submission)

    @rule(person=PEOPLE, words=WORDS)
    def somebody_saves(self, person: int, words: str) -> None:
        facts = {"invitation": self.kept[person].id, "answers": {"ready": words}, "begun_at": self.now}
        if self.decides(save, person, message(SaveProgress, self.now, **facts)):
            assert person not in self.given
            self.begun.setdefault(person, self.now)

    @rule(pick=st.integers(0, 50))
    def the_broker_delivers_again(self, pick: int) -> None:
        if self.sent:
            command = self.sent[pick % len(self.sent)]
            person = next(n for n, each in self.kept.items() if each.id == str(command.invitation))
            before = self.kept[person]
            if before.submission == str(command.submission):
                assert not self.decides(submit, person, command)
                assert self.kept[person] == before

    @rule(person=PEOPLE, keep=st.booleans())
    def somebody_takes_it_back(self, person: int, keep: bool) -> None:
        facts = {"invitation": self.kept[person].id, "to_change": keep}
        done = self.decides(withdraw, person, message(WithdrawResponse, self.now, **facts))
        assert done == (self.mode != "anonymous" and person in self.given and self.is_open())
        if done:
            del self.given[person]
            self.begun.pop(person, None)

    @rule()
    def an_officer_closes(self) -> None:
        self._officer(deciding.close, message(CloseSurvey, self.now, survey=self.running.reference, reason="r"))

    @rule(days=st.integers(1, 9))
    def an_officer_reopens(self, days: int) -> None:
        closes = {"to": (self.now + timedelta(days=days)).date().isoformat()}
        facts = {"survey": self.running.reference, "closes": closes, "reason": "r"}
        self._officer(deciding.reopen, message(ReopenSurvey, self.now, **facts))

    @rule()
    def a_new_version(self) -> None:
        try:
            self.running = self.published(self.running)
        except Refused:
            assert not self.is_open() or survey().window.closes_at <= self.now

    def _officer(self, decide: Any, command: Any) -> None:
        try:
            self.running = decide(self.running, command, self.moment(command.id)).running
        except Refused:
            return
        while decided := deciding.tick(self.running, self.moment()):
            self.running = decided.running

    @rule()
    def boxes_are_mixed(self) -> None:
        boxed = [each for each in self.kept.values() if each.state == "boxed"]
        if boxed:
            self.answers += mix(boxed, 3, "2024-05-01", SystemRandom()).answers
            for person, each in self.kept.items():
                if each in boxed:
                    self.kept[person] = Invitation(**{**vars(each), "state": "answered", "answer": None})

    @invariant()
    def every_accepted_answer_is_there_once_under_its_version(self) -> None:
        inside = [each.answer for each in self.kept.values() if each.answer is not None]
        kept = sorted((each["edition"], each["answers"]["ready"]) for each in [*inside, *self.answers])
        assert kept == sorted((each.edition, each.words) for each in self.given.values())
        done = {n for n, each in self.kept.items() if each.state != "open"}
        assert done == set(self.given)
        assert all(self.kept[n].submission == str(each.submission) for n, each in self.given.items())

    @invariant()
    def every_acceptance_is_said_once(self) -> None:
        ids = [event.id for event in self.accepted]
        assert len(ids) == len(set(ids))
        if self.mode == "anonymous":
            assert all(event.invitation is None and event.response is None for event in self.accepted)


class AnonymousLives(Lives):
    """The same with answers that nobody can find again."""

    mode = "anonymous"


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnonymousLives = AnonymousLives.TestCase
TestAnonymousLives.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
