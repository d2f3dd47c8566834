"""The small pages behind links: plain, accessible HTML without script; each shows how things stand and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.bookings.booking import evaluation, register
from services.bookings.booking.booking import Booking
from services.bookings.places.rules import Rules
from services.bookings.places.words import length, when, where
from services.bookings.store.looking import Certified
from shared.contracts.meetings import Link, MeetingDetails, Question
from shared.time.clock import in_words, local_date, moment
from shared.web.errors import Trouble
from shared.web.site import View
from shared.writing.paper import Page, Section

_WHY = (
    ("cannot_come", "I cannot come"),
    ("sickness", "Sickness"),
    ("ofsted", "Ofsted is at our school"),
    ("safeguarding", "A safeguarding matter"),
    ("other", "Something else"),
)


@dataclass(frozen=True)
class Form:
    """What a button sends; `choices` are radio buttons under a legend."""

    buttons: tuple[tuple[str, str], ...]
    legend: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    questions: tuple[tuple[str, Question, str], ...] = ()
    """Fields to fill in, each with what was typed before."""


@dataclass(frozen=True)
class Answer:
    """A page as the answer to a request."""

    page: Page
    status: int = 200
    form: Form | None = None
    link: Link | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    """What has to be mended before it can be sent, by the form's field."""

    @property
    def is_done(self) -> bool:
        """Whether what was sent is done: the browser then goes on to its page, so that a reload sends nothing again."""
        return self.status == 200 and self.form is None

    @property
    def view(self) -> View:
        facts = {"title": self.page.title, "page": self.page, "form": self.form, "link": self.link}
        return View("answer.html", facts | {"errors": self.errors}, self.status)


def ask_to_cancel(details: MeetingDetails, booking: Booking, position: int | None = None) -> Answer:
    """The confirmation step: opening a link cancels nothing. `position`: on the waiting list."""
    what = "offered place" if booking.state == "offered" else "place"
    if position is not None:
        what = f"position on the waiting list (number {position})"
    form = Form((("cancel", f"Yes, cancel the {what}"),), "Why? There is no charge. Your answer helps us plan.", _WHY)
    return Answer(_about(f"Cancel the {what}?", details, booking, "Nothing has been cancelled yet."), form=form)


def cancelled(details: MeetingDetails, booking: Booking) -> Answer:
    thanks = "Thank you for telling us. If others are waiting, we will offer your place to the next person."
    return Answer(_about("Your booking is cancelled", details, booking, thanks))


def offer(details: MeetingDetails, booking: Booking, until: datetime) -> Answer:
    """A place that is held for somebody until they answer."""
    kept = f"A place has become free. We are keeping it for you until {moment(until)}."
    form = Form((("accept", "Yes, I will come"), ("decline", "No, give it to the next person")))
    return Answer(_about("A place is free for you", details, booking, kept), form=form)


def confirmed(details: MeetingDetails, booking: Booking, title: str = "You have a place") -> Answer:
    return Answer(_about(title, details, booking, "We look forward to seeing you."))


def no_offer(details: MeetingDetails, booking: Booking) -> Answer:
    words = "This place is no longer on offer. It went to the next person, or you have already answered."
    return Answer(_about("This offer has ended", details, booking, words))


def still_coming(details: MeetingDetails, booking: Booking, cancel: str | None) -> Answer:
    """After a change of the meeting: still coming, or not."""
    link = Link(title="No, cancel the booking", url=cancel) if cancel else None
    words = "The meeting has changed. The new details are below."
    form = Form((("yes", "Yes, I am still coming"),))
    return Answer(_about("Are you still coming?", details, booking, words), form=form, link=link)


def over(details: MeetingDetails, booking: Booking, now: datetime) -> Answer:
    """What cannot be changed any more."""
    if booking.state == "confirmed":
        words = "has already started" if now >= details.starts_at else "is as you booked it"
        return Answer(_about("Nothing can be changed here", details, booking, f"The meeting {words}."), 409)
    return Answer(_about("This booking has ended", details, booking, "It can no longer be changed or cancelled."), 410)


def door(state: register.Door, details: MeetingDetails, rules: Rules) -> Answer:
    """What the joining link shows when it does not lead to the meeting."""
    if state == "open":
        return Answer(_meeting("Join the meeting", details, "It is open."), form=Form((("join", "Join now"),)))
    opens = moment(details.starts_at - rules.join_before)
    title, words, status = {
        "early": ("You are early", f"This link opens at {opens}. Open it again then.", 425),
        "over": ("The meeting is over", "We will email you what was shown.", 410),
        "closed": ("This link no longer works", "The booking is cancelled, or is not for joining online.", 410),
    }[state]
    return Answer(_meeting(title, details, words), status)


def handed_over() -> Answer:
    words = "The booking now belongs to a colleague, who has their own links."
    return Answer(Page("This link no longer works for you", (words,)), 410)


def evaluate(
    details: MeetingDetails,
    booking: Booking,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Answer:
    """The meeting's own questions; `wrong`: what has to be corrected before it can be sent."""
    why = "You get your certificate of attendance as soon as you send your answers."
    who = (
        "We see the answers without names, once five people have answered. "
        "Please do not write about a pupil or a family."
    )
    asked = tuple((name, each, (typed or {}).get(name, "")) for name, each in evaluation.fields(details.evaluation))
    form = Form((("send", "Send and get your certificate"),), questions=asked)
    page = _about("How was it?", details, booking, why, who)
    return Answer(page, 422 if wrong else 200, form, errors=wrong or {})


def evaluated(details: MeetingDetails, booking: Booking, get: str | None) -> Answer:
    """After the evaluation, or if none is wanted: the certificate, if there is one."""
    if get is None:
        words = "There is no certificate for you: the register does not show that you attended."
        return Answer(_about("There are no questions for you", details, booking, words), 410)
    link = Link(title="Get your certificate of attendance (PDF)", url=get)
    return Answer(_about("Thank you", details, booking, "Your certificate is ready."), link=link)


def certificate_waits(details: MeetingDetails, booking: Booking, ask: str | None) -> Answer:
    """The certificate is not there yet: the host wants the evaluation first."""
    link = Link(title="Give your feedback", url=ask) if ask else None
    words = "Please give your feedback first. It takes about a minute."
    return Answer(_about("Get your certificate", details, booking, words), 409, link=link)


def certificate(certified: Certified) -> Answer:
    """What a code stands for, for anybody who was shown a certificate."""
    booking, details = certified.booking, certified.meeting.details
    if not certified.stands:
        words = "The register was corrected and this certificate was withdrawn. It does not show attendance."
        return Answer(Page("This certificate is no longer valid", (words,)), 410)
    rows = (
        ("Name", booking.person.name),
        ("Meeting", details.title),
        ("Held on", in_words(local_date(details.starts_at))),
        ("Length", length(details)),
        ("Code", str(booking.certificate)),
    )
    return Answer(Page("This certificate is genuine", (), (Section("It says", rows=rows),)))


def no_certificate(words: str) -> Trouble:
    lines = f"{words[0].upper()}{words[1:]}.", "Check each character of the code on the certificate."
    return Trouble(404, "No certificate has this code", lines)


def _about(title: str, details: MeetingDetails, booking: Booking, *words: str) -> Page:
    rows = (("When", when(details)), ("Where", where(details, booking.mode)), ("Booking", booking.reference))
    return Page(title, words, (Section(details.title, rows=rows),))


def _meeting(title: str, details: MeetingDetails, *words: str) -> Page:
    return Page(title, words, (Section(details.title, rows=(("When", when(details)),)),))


def reasons() -> Sequence[str]:
    """The reasons that a form may offer."""
    return tuple(value for value, _ in _WHY)
