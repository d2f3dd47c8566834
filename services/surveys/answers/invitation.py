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
    """A person or body that was asked. The trail says what happened when; for an anonymous answer it is emptied."""

    id: str
    survey: str
    respondent: Respondent
    state: InvitationState = INVITATION.start
    district: str | None = None
    phase: str | None = None
    trail: tuple[Entry, ...] = ()
    progress: Mapping[str, Any] | None = None
    """Answers saved so far, the edition they belong to, and when they were begun."""
    answer: Mapping[str, Any] | None = None
    submission: str | None = None
    response: str | None = None
    """The reference of the answer; anonymous answers have none."""
    channel: str | None = None
    """The channel by which it came, if a member of staff has entered it."""
    heard: tuple[str, ...] = ()
    """The messages and submissions already decided, the newest last: none of them changes anything again."""
    word_at: datetime | None = None
    """When the latest one with an effect was sent."""

    @property
    def recipient(self) -> Addressee | None:
        """Whom to write to, if there is an address."""
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
        """The same, remembering what was decided; after an anonymous answer it remembers nothing, and need not."""
        if self.state in DONE and self.response is None:
            return replace(self, heard=(), word_at=None)
        heard = (*self.heard, *(each for each in ids if each not in self.heard))
        return replace(self, heard=heard[-_REMEMBERED:])


def invitation_id(secret: str, survey: str, respondent: Respondent) -> str:
    """The id of the one invitation for a school, body or person, however often they are invited.

    Colleagues who share a mailbox are told apart by their names. It is keyed, so that nobody can try an address out on
    it: it travels in events and is stored in other services.
    """
    name = " ".join(respondent.name.split())
    who = f"{respondent.email}:{name}" if respondent.email else f"{name}:{respondent.organisation}"
    return _keyed(secret, survey, respondent.group, _body(respondent) or f"individual:{who}")


def earlier_ids(secret: str, survey: str, respondent: Respondent) -> tuple[str, ...]:
    """The ids by earlier rules: before names counted, and when people without a group counted as schools."""
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
    """The reminder due for somebody who has not answered, or None.

    A missed reminder is sent on the next school day; only one is sent.
    """
    reminded = invitation.reminded_on
    since = max([*reminded, *([invitation.invited_on] if invitation.invited_on else [])], default=None)
    if invitation.state != "open" or since is None or since >= today or len(reminded) >= MOST_REMINDERS:
        return None
    due = [reminder for reminder in plan if since < reminder.day <= today]
    if not due or not (due[-1].day == today or days.includes(today)):
        return None
    return replace(due[-1], number=len(reminded) + 1)


def saved(
    invitation: Invitation, answers: Mapping[str, Any], edition: int, begun_at: datetime, at: Moment
) -> Invitation:
    """The same invitation with these answers saved; they count as begun when the first were."""
    before = invitation.progress or {}
    begun = min(before.get("begun_at") or begun_at, begun_at)
    progress = {"answers": dict(answers), "edition": edition, "begun_at": begun, "saved_at": at.now}
    return replace(invitation, progress=progress)


def spent(
    invitation: Invitation, answer: Mapping[str, Any], submission: str, reference: str | None, entry: Entry
) -> Invitation:
    """The link is spent by a finished answer. Without a reference it is anonymous: boxed, and the trail emptied."""
    done = replace(invitation, progress=None, answer=answer, submission=submission, response=reference)
    if reference is None:
        return replace(done, state=INVITATION.after(invitation.state, "responded", "boxed"), trail=())
    return replace(done.with_entry(entry), state=INVITATION.after(invitation.state, "responded"))


def unspent(invitation: Invitation, keep: bool, at: Moment) -> Invitation:
    """The answer is withdrawn; kept as saved answers if it is to be changed."""
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
