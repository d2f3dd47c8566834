"""The states of a survey and of an invitation to it, and every way between them. Pure."""

from typing import Literal

from shared.machine import Machine

SurveyState = Literal["waiting", "open", "closed"]
SurveyMove = Literal["opened", "closed", "reopened"]
InvitationState = Literal["open", "boxed", "answered"]
InvitationMove = Literal["responded", "withdrawn", "mixed"]
What = Literal[
    SurveyMove, InvitationMove, "published", "invited", "reminded", "announced", "refused", "paper_added", "exported",
    "results_published",
]  # fmt: skip
"""What a trail holds: moves, and what leaves the state as it is."""

SURVEY: Machine[SurveyState, SurveyMove] = Machine(
    "survey",
    "waiting",
    {
        "waiting": "published, and not open yet",
        "open": "answers are taken",
        "closed": "no answer can be begun any more",
    },
    {
        "waiting": {"opened": ("open",)},
        "open": {"closed": ("closed",)},
        "closed": {"reopened": ("open",)},
    },
)
INVITATION: Machine[InvitationState, InvitationMove] = Machine(
    "invitation",
    "open",
    {
        "open": "its link may be used for one answer",
        "boxed": "answered anonymously; the answer rests here until it is mixed with others",
        "answered": "answered; a named or confidential answer stays here, an anonymous one is gone",
    },
    {
        "open": {"responded": ("answered", "boxed")},
        "boxed": {"mixed": ("answered",)},
        "answered": {"withdrawn": ("open",)},
    },
)
DONE: tuple[InvitationState, ...] = ("boxed", "answered")
