"""A network meeting or webcast, and the people who come to it, as messages name them."""

import unicodedata
from datetime import UTC
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, EmailStr, Field, model_validator

from shared.contracts.fields import Count, Phase, Reference, ShortText, Text, Time, Value
from shared.contracts.web import WebAddress

Mode = Literal["in_person", "online"]
MODES: tuple[Mode, ...] = ("in_person", "online")


Line = ShortText
"""A name or title: one line of text."""

Instant = Annotated[Time, AfterValidator(lambda instant: instant.astimezone(UTC))]
"""An instant, in UTC whatever its offset was: reckoning in hours with it is then right across a change of clocks."""

Capacity = Annotated[int, Field(ge=1, le=100_000)]


class Link(Value):
    """Something to read or watch: an agenda, slides, a recording."""

    title: Line
    url: WebAddress


class InPerson(Value):
    """Where people meet. The room is often somebody else's, and so is its capacity; None: no limit."""

    place: Line
    address: Annotated[tuple[Line, ...], Field(max_length=6)] = ()
    capacity: Capacity | None = None
    access: Text | None = None
    """Steps, parking, hearing loop, food: what people ask before they come."""


class Online(Value):
    """How people join remotely. `link` is the host's own: people get ours, which leads to it and can be revoked."""

    link: WebAddress
    capacity: Capacity | None = None
    how: Text | None = None


class SchoolLimit(Value):
    """How many people of one school may come; off unless a meeting says otherwise.

    `hard`: no more are taken. `until`: the others wait until that instant, then free places go by the list.
    `priority`: a place that becomes free goes first to a school that has none yet.
    """

    rule: Literal["hard", "until", "priority"]
    places: Capacity = 1
    until: Instant | None = None

    @model_validator(mode="after")
    def _has_its_date(self) -> Self:
        if (self.rule == "until") != (self.until is not None):
            raise ValueError('until: give the instant with the rule "until", and with no other')
        return self


class Audience(Value):
    """Whom a meeting is for. What is empty is open; what is not known of a school or person shuts nobody out."""

    phases: tuple[Phase, ...] = ()
    districts: tuple[ShortText, ...] = ()
    roles: tuple[ShortText, ...] = ()


class Question(Value):
    """One question of a meeting's evaluation: `scale` asks for a number from 1 to 5, `words` for a few sentences."""

    ask: Line
    answer: Literal["scale", "words"] = "words"


class MeetingCause(Value):
    """Why a meeting is put on: the theme, and the survey whose answers asked for it."""

    theme: Line
    survey: Reference | None = None
    theme_reference: Reference | None = None
    """The theme at its survey, T-…: what comes of the meeting is shown there."""

    @model_validator(mode="after")
    def _a_theme_has_its_survey(self) -> Self:
        if self.theme_reference is not None and self.survey is None:
            raise ValueError("survey: name the survey of the theme, such as S-7K4M-9PXT3")
        return self


class Mailbox(Value):
    """A name and the address at which it is reached."""

    name: Line
    email: EmailStr


class MeetingDetails(Value):
    """A meeting as its host describes it. It is free of charge; it may have no stated end."""

    title: Line
    kind: Literal["network_meeting", "webcast", "support_meeting"] = "network_meeting"
    starts_at: Instant
    ends_at: Instant | None = None
    in_person: InPerson | None = None
    online: Online | None = None
    about: Text | None = None
    agenda: Annotated[tuple[Link, ...], Field(max_length=20)] = ()
    materials: Annotated[tuple[Link, ...], Field(max_length=20)] = ()
    recording: WebAddress | None = None
    audience: Audience = Audience()
    school_limit: SchoolLimit | None = None
    asks_for: tuple[Literal["access", "diet"], ...] = ()
    """Which needs people are asked for when they book."""
    evaluation: Annotated[tuple[Question, ...], Field(max_length=6)] = ()
    """What whoever came is asked before they have their certificate; empty: nothing is."""
    freeze_hours: Annotated[Count, Field(ge=0, le=1000)] | None = None
    """Hours before the start from which changes need a colleague's approval; None: as the service is set up."""
    cause: MeetingCause | None = None
    organiser: Mailbox | None = None
    """A real mailbox, to which diaries answer; None: as the service is set up."""

    @model_validator(mode="after")
    def _can_take_place(self) -> Self:
        if self.in_person is None and self.online is None:
            raise ValueError("in_person, online: say where people meet, or how they join, or both")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at; leave it out when no end is given")
        if len({question.ask for question in self.evaluation}) < len(self.evaluation):
            raise ValueError("evaluation: asks the same twice: leave one of them out")
        return self

    @property
    def modes(self) -> tuple[Mode, ...]:
        return tuple(mode for mode in MODES if getattr(self, mode) is not None)

    def capacity(self, mode: Mode) -> int | None:
        """How many may come in this way; None where there is no limit."""
        part: InPerson | Online | None = getattr(self, mode)
        return part.capacity if part else 0


class Attendee(Value):
    """A person who comes, or wants to."""

    name: Line
    email: EmailStr
    role: Line | None = None


class Booker(Value):
    """Who acts for a person: a colleague at the school, or staff. With an address they are told too."""

    name: Line
    role: Literal["school", "staff"]
    email: EmailStr | None = None
    id: ShortText | None = None
    """A staff id."""


class Needs(Value):
    """What a person needs in order to come: health data, for the host's register alone."""

    access: Text | None = None
    diet: Text | None = None


class Diary(Value):
    """One entry in one person's diary, as RFC 5545 wants it said. `uid` is for life, `sequence` counts what matters."""

    uid: Line
    sequence: Count
    method: Literal["REQUEST", "CANCEL"]
    stamped_at: Instant
    starts_at: Instant
    ends_at: Instant
    end_assumed: bool = False
    """The host gave no end; the diary shows a usual length."""
    title: Line
    where: Text
    description: Text
    url: WebAddress | None = None
    organiser: Mailbox
    attendee: Mailbox


class MeetingTold(Value):
    """What a person is told of a meeting. The host's own joining link is not in it."""

    title: Line
    kind: ShortText
    starts_at: Instant
    ends_at: Instant | None
    mode: Mode | None = None
    """How the person comes; None where that is not chosen."""
    where: Text
    """Place and address on one line; for online, that it is online."""
    access: Text | None = None
    how: Text | None = None
    about: Text | None = None
    agenda: tuple[Link, ...] = ()
    cause: MeetingCause | None = None


class MeetingBefore(Value):
    """What of a meeting somebody was told before it changed."""

    starts_at: Instant
    ends_at: Instant | None = None
    mode: Mode | None = None
    where: Text


class BookingLinks(Value):
    """Signed links for one person and one purpose each; those that lead nowhere now are left out."""

    cancel: WebAddress | None = None
    calendar: WebAddress | None = None
    join: WebAddress | None = None
    """Opens shortly before the start, while the booking is confirmed."""
    offer: WebAddress | None = None
    still_coming: WebAddress | None = None
    certificate: WebAddress | None = None
    """The certificate of attendance itself, as PDF."""
    evaluate: WebAddress | None = None
    """How it was: asked before the certificate, where the host wants to know."""


def normalised(email: str) -> str:
    """An address as one person's is recognised, however it was typed."""
    return unicodedata.normalize("NFKC", email).strip().casefold()
