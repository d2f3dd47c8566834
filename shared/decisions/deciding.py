"""What every decision is made with, and how it says no: the moment, refusals with reasons, repetitions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.contracts.fields import shortened
from shared.contracts.notices import Reason
from shared.time.clock import local_date

W = TypeVar("W", bound=str)
Entry = Mapping[str, Any]
"""`at` (instant), `what`, `cause` (the message's id), and the facts of what happened."""


@dataclass(frozen=True)
class Moment(Generic[W]):
    """When something is decided, and which message caused it. A service adds the rules that it decides by.

    Its entries are of the kinds that the service names.
    """

    now: datetime
    cause: UUID
    proof: Mapping[str, str] | None = field(default=None, kw_only=True)
    """What proves that the named officer has decided this; None if nobody had to sign."""

    @property
    def today(self) -> date:
        return local_date(self.now)

    def entry(self, what: W, **facts: Any) -> Entry:
        """What happened, to be kept."""
        proof = {"proof": dict(self.proof)} if self.proof else {}
        return {"at": self.now, "what": what, "cause": str(self.cause), **facts, **proof}


class Refused(Exception):
    """What was asked cannot be done; every reason why, without personal data. Nothing has changed."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(" ".join(reason.words for reason in reasons))
        self.reasons = reasons

    @property
    def code(self) -> str:
        """The first reason's, where there is room for one."""
        return self.reasons[0].code


class Repeated(Exception):
    """What was asked is so already, or a later word has overtaken it: nothing is to be done, and nobody to be told."""


def because(code: str, words: str) -> Reason:
    """A reason as a code and in words; neither holds personal data."""
    return Reason(code=code, words=shortened(words))
