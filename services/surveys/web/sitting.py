"""Somebody at a survey: what is asked of them, in which version and language, and what they have answered so far.

Where answers bear a name they are kept at each step. Of an anonymous survey nothing is kept that was not sent or saved
on purpose: there they travel in the form, from page to page, as they do where an author looks at what is not open yet.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from services.surveys.answers.answering import check
from services.surveys.answers.invitation import Invitation
from services.surveys.answers.states import DONE
from services.surveys.answers.submitting import Asked
from services.surveys.questionnaire.steps import Step
from shared.contracts.untidy import loads
from shared.web.forms import Form


@dataclass(frozen=True)
class Sitting:
    """`invitation` is None for an author who looks at it; `begun` is the signed time of when it was begun."""

    asked: Asked
    path: str
    answers: Mapping[str, Any]
    language: str
    begun: str = ""
    invitation: Invitation | None = None

    @property
    def is_preview(self) -> bool:
        return self.invitation is None

    @property
    def is_carried(self) -> bool:
        """Whether the answers travel in the form and are not kept."""
        return self.is_preview or self.asked.running.mode == "anonymous"

    @property
    def was_saved(self) -> bool:
        return bool(self.invitation and self.invitation.progress)

    def standing(self, now: datetime) -> str:
        """`answered`, `waiting`, `open` or `closed`; an answer begun in time stays open for the grace period."""
        if self.invitation is None:
            return "open"
        if self.invitation.state in DONE:
            return "answered"
        phase = self.asked.running.window.phase(now)
        return ("open" if self.was_saved or self.begun else "closed") if phase == "grace" else phase

    def with_answers(self, answers: Mapping[str, Any]) -> "Sitting":
        return replace(self, answers=answers)

    def url(self, *parts: str, **more: str) -> str:
        """A page of this survey, in the language in which it is read."""
        said = {**({} if self.language == self.asked.survey.language else {"lang": self.language}), **more}
        return "/".join([self.path, *map(quote, parts)]) + (f"?{urlencode(said)}" if said else "")

    def at(self, step: Step | None, **more: str) -> str:
        """The page of a step; after the last one, the page on which everything is checked."""
        return self.url("questions", step.key, **more) if step else self.url("check")

    @property
    def hidden(self) -> dict[str, str]:
        """What every form of this survey holds besides what is typed."""
        carried = {"so_far": json.dumps(dict(self.answers))} if self.is_carried else {}
        return {"begun": self.begun, "edition": str(self.asked.edition), "lang": self.language, **carried}


def carried(asked: Asked, form: Form) -> Mapping[str, Any]:
    """The answers that came with a form: only the good ones, as any program might have made them up."""
    try:
        said = loads(form.one("so_far").encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return check(asked.survey, said, finished=False).answers if isinstance(said, dict) else {}


def language_of(asked: Asked, wanted: str) -> str:
    """The language that was asked for, if there is any of it; else the survey's own."""
    return wanted if wanted in asked.survey.languages else asked.survey.language
