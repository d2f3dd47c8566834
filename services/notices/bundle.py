"""The prosecution bundle: chronology, certificate of attendance, letters with proof of posting, payments. Pure."""

from datetime import date

from services.notices.casefile import CaseFile
from services.notices.decision import Facts, Moment
from services.notices.notice import Notice
from services.notices.page import page_of
from services.notices.story import Story, tell, working
from services.notices.words import name_of, pounds
from shared.clock import in_words
from shared.paper import Page, Section


def bundle(file: CaseFile, reference: str, facts: Facts, at: Moment) -> Page:
    """Everything that a court is shown of one notice, as one page after the other."""
    notice = file.notices[reference]
    story = tell(file, facts, at)
    story["history"] = [line for line in story["history"] if line.get("notice", line.get("about")) in {None, reference}]
    page = page_of(story)
    chronology = next(section for section in page.sections if section.heading == "What happened")
    rule = next(section for section in page.sections if section.heading == "The rule")
    about = notice.content
    lead = (
        f"Parent: {about['recipient']['name']}, {', '.join(about['recipient']['address']['lines'])}, "
        f"{about['recipient']['address']['postcode']}",
        f"Child: {about['child']['name']}. School: {about['school']['name']} ({about['school']['urn']}).",
        _freshness(story, reference),
    )
    return Page(
        f"Prosecution bundle for penalty notice {reference}",
        lead,
        (
            Section("Chronology", rows=chronology.rows),
            _certificate(notice, facts),
            Section("The notice", tuple(_notice(notice))),
            Section("Letters and proof of posting", (*_letters(file, notice), *working(notice, facts.policies))),
            Section("Payments", rows=tuple(_payments(notice)) or (("Payments", "none"),)),
            rule,
            _statement(),
        ),
    )


def _certificate(notice: Notice, facts: Facts) -> Section:
    """The sessions of the offence as the registers show them now, with the revision that says so."""
    rows = []
    for place in sorted(notice.slots, key=lambda slot: slot.split(":", 1)[1]):
        _, day, session = place.split(":")
        when = f"{in_words(date.fromisoformat(day))}, {session}"
        mark = facts.marks.get(place)
        now = f"{mark.code} (register revision {mark.revision})" if mark and mark.code else "not unauthorised any more"
        rows.append((when, now))
    return Section("Certificate of attendance: the sessions of the offence", rows=tuple(rows))


def _notice(notice: Notice) -> list[str]:
    content = notice.content
    return [
        f"Issued on {_words(content['issued_on'])} by {content['officer']['name']}, {content['officer']['role']}.",
        content["circumstances"],
        f"Offence from {_words(content['offence_from'])} to {_words(content['offence_to'])}; "
        f"policy {content['policy']}.",
        content["consequence"],
        content["discharge"],
        f"Evidence hash: {content['evidence_hash']}",
    ]


def _letters(file: CaseFile, notice: Notice) -> list[str]:
    posted = [
        entry["posted_on"]
        for entry in file.history
        if entry["what"] == "letter_dispatched" and entry["notice"] == notice.reference
    ]
    letters = [f"letter {number} posted on {_words(day)}, first class" for number, day in enumerate(posted, start=1)]
    return letters or ["none posted"]


def _words(day: str) -> str:
    return in_words(date.fromisoformat(day))


def _payments(notice: Notice) -> list[tuple[str, str]]:
    return [
        (in_words(payment.paid_on), f"{pounds(payment.amount)}, {payment.reference}") for payment in notice.payments
    ]


def _freshness(story: Story, reference: str) -> str:
    """The court step is taken on a bundle that is not stale, and only where one is open."""
    told = next(notice for notice in story["notices"] if notice["notice"] == reference)
    if told["token"]:
        return f"Nothing newer is known than what is shown here: token {told['token']}."
    return f"No court step is open: {name_of(told['state'])}, {told['means']}."


def _statement() -> Section:
    rows = ("Name of witness", "Occupation", "I have responsibility for", "Signed", "Date")
    return Section(
        "Witness statement (s.9 Criminal Justice Act 1967)", rows=tuple((row, "……………………………………") for row in rows)
    )
