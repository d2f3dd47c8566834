"""One invitation: its link, its saved answers, and its one finished answer. Pure.

open → answered            named and confidential: the answer stays here
open → boxed → answered    anonymous: the mixer takes the answer away
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.surveys.answers.reminders import Reminder
from services.surveys.answers.running import Moment
from services.surveys.answers.states import DONE, INVITATION, InvitationState
from services.surveys.questionnaire.terms import SchoolDays
from shared.contracts.surveys import Addressee, Respondent
from shared.decisions.deciding import Entry
from shared.time.clock import local_date

MOST_REMINDERS = 3
_REMEMBERED = 200


@dataclass(frozen=True)
class Invitation:
    """A person or body that was asked. The trail says when what happened; of an anonymous answer it is emptied."""

    id: str
    survey: str
    respondent: Respondent
    state: InvitationState = INVITATION.start
    district: str | None = None
    phase: str | None = None
    trail: tuple[Entry, ...] = ()
    progress: Mapping[str, Any] | None = None
    """Answers saved so far, the edition that they belong to, and when they were begun."""
    answer: Mapping[str, Any] | None = None
    submission: str | None = None
    response: str | None = None
    """The reference of the answer; anonymous answers have none."""
    channel: str | None = None
    """How it came, where a member of staff has entered it."""
    heard: tuple[str, ...] = ()
    """The messages and submissions that have had their say, the newest last: none of them changes anything again."""
    word_at: datetime | None = None
    """When the latest of them that changed anything was sent."""

    @property
    def recipient(self) -> Addressee | None:
        """Whom to write to, where there is an address."""
        if self.respondent.email is None:
            return None
        return Addressee.from_store(self.respondent.model_dump())

    @property
    def invited_on(self) -> date | None:
        return next((local_date(entry["at"]) for entry in self.trail if entry["what"] == "invited"), None)

    @property
    def reminded_on(self) -> tuple[date, ...]:
        return tuple(local_date(entry["at"]) for entry in self.trail if entry["what"] == "reminded")

    def with_entry(self, entry: Entry, **changed: Any) -> "Invitation":
        return replace(self, trail=(*self.trail, entry), **changed)

    def having_heard(self, *ids: str) -> "Invitation":
        """The same, remembering what was decided on; once answered anonymously it remembers nothing, and needs not."""
        if self.state in DONE and self.response is None:
            return replace(self, heard=(), word_at=None)
        heard = (*self.heard, *(each for each in ids if each not in self.heard))
        return replace(self, heard=heard[-_REMEMBERED:])


def invitation_id(secret: str, survey: str, respondent: Respondent) -> str:
    """One invitation for each school's, body's or person's answer, however often they are invited.

    Colleagues who share a mailbox are told apart by their names. It is keyed, so that nobody can try an address out on
    it: it travels in events and rests in other services.
    """
    name = " ".join(respondent.name.split())
    who = f"{respondent.email}:{name}" if respondent.email else f"{name}:{respondent.organisation}"
    return _keyed(secret, survey, respondent.group, _body(respondent) or f"individual:{who}")


def earlier_ids(secret: str, survey: str, respondent: Respondent) -> tuple[str, ...]:
    """How the same was reckoned before names counted, and when whoever had no group was of the schools."""
    who = respondent.email or f"{respondent.name}:{respondent.organisation}"
    groups = ("others", "schools") if respondent.group == "others" else (respondent.group,)
    return tuple(_keyed(secret, survey, group, _body(respondent) or f"individual:{who}") for group in groups)


def _body(respondent: Respondent) -> str | None:
    if not respondent.official:
        return None
    return f"official:{respondent.urn or respondent.email or respondent.name.casefold()}"


def _keyed(secret: str, survey: str, group: str, who: str) -> str:
    key = hmac.digest(secret.encode(), f"{survey}:{group}:{who.lower()}".encode(), "sha256")
    return str(UUID(bytes=key[:16], version=4))


def due_reminder(invitation: Invitation, plan: tuple[Reminder, ...], days: SchoolDays, today: date) -> Reminder | None:
    """The reminder that is due to somebody who has not answered; None where none is.

    One that was missed on its day is made up for on the next school day; only one is sent.
    """
    told = invitation.reminded_on
    since = max([*told, *([invitation.invited_on] if invitation.invited_on else [])], default=None)
    if invitation.state != "open" or since is None or since >= today or len(told) >= MOST_REMINDERS:
        return None
    due = [reminder for reminder in plan if since < reminder.day <= today]
    if not due or not (due[-1].day == today or days.includes(today)):
        return None
    return replace(due[-1], number=len(told) + 1)


def saved(
    invitation: Invitation, answers: Mapping[str, Any], edition: int, begun_at: datetime, at: Moment
) -> Invitation:
    """The same invitation with these answers saved; they were begun when the first were."""
    before = invitation.progress or {}
    begun = min(before.get("begun_at") or begun_at, begun_at)
    progress = {"answers": dict(answers), "edition": edition, "begun_at": begun, "saved_at": at.now}
    return replace(invitation, progress=progress)


def spent(
    invitation: Invitation, answer: Mapping[str, Any], submission: str, reference: str | None, entry: Entry
) -> Invitation:
    """The link spent by a finished answer. Without a reference it is anonymous: boxed, and the trail emptied."""
    done = replace(invitation, progress=None, answer=answer, submission=submission, response=reference)
    if reference is None:
        return replace(done, state=INVITATION.after(invitation.state, "responded", "boxed"), trail=())
    return replace(done.with_entry(entry), state=INVITATION.after(invitation.state, "responded"))


def unspent(invitation: Invitation, keep: bool, at: Moment) -> Invitation:
    """The answer taken back; kept as saved answers where it is to be changed."""
    progress = None
    if keep and invitation.answer:
        begun_at = invitation.answer["at"]
        progress = {
            "answers": invitation.answer["answers"],
            "edition": invitation.answer["edition"],
            "begun_at": begun_at,
            "saved_at": at.now,
        }
    entry = at.entry("withdrawn", response=invitation.response)
    blank = {"answer": None, "submission": None, "response": None, "channel": None}
    after = invitation.with_entry(entry, progress=progress, **blank)
    return replace(after, state=INVITATION.after(invitation.state, "withdrawn"))
