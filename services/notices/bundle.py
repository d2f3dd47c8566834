"""The prosecution bundle: chronology, certificate of attendance, letters with proof of posting, payments. Pure."""

from services.notices.casefile import CaseFile, Notice
from services.notices.decision import Facts, Moment
from services.notices.page import page_of
from services.notices.story import Story, tell, working
from services.notices.words import pounds
from shared.clock import in_words
from shared.paper import Page, Section


def bundle(file: CaseFile, reference: str, facts: Facts, at: Moment) -> Page:
    """Everything that a court is shown of one notice, as one page after the other."""
    notice = file.notices[reference]
    story = tell(file, facts, at)
    page = page_of(story)
    chronology = next(section for section in page.sections if section.heading == "What happened")
    rule = next(section for section in page.sections if section.heading == "The rule")
    about = notice.content
    lead = (
        f"Parent: {about['recipient']['name']}, {', '.join(about['recipient']['address']['lines'])}, "
        f"{about['recipient']['address']['postcode']}",
        f"Child: {about['child']['name']}. School: {about['school']['name']} ({about['school']['urn']}).",
        f"Nothing newer is known than what is shown here: token {_token(story, reference)}.",
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
        mark = facts.marks.get(place)
        now = f"{mark.code} (register revision {mark.revision})" if mark and mark.code else "not unauthorised any more"
        rows.append((f"{day} {session}", now))
    return Section("Certificate of attendance: the sessions of the offence", rows=tuple(rows))


def _notice(notice: Notice) -> list[str]:
    content = notice.content
    return [
        f"Issued {content['issued_on']} by {content['officer']['name']}, {content['officer']['role']}.",
        content["circumstances"],
        f"Offence from {content['offence_from']} to {content['offence_to']}; policy {content['policy']}.",
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
    return [f"letter {number} posted {day}, first class" for number, day in enumerate(posted, start=1)] or [
        "none posted"
    ]


def _payments(notice: Notice) -> list[tuple[str, str]]:
    return [
        (in_words(payment.paid_on), f"{pounds(payment.amount)}, {payment.reference}") for payment in notice.payments
    ]


def _token(story: Story, reference: str) -> str:
    told = next(notice for notice in story["notices"] if notice["notice"] == reference)
    return told["token"] or "(no prosecution is under way)"


def _statement() -> Section:
    rows = ("Name of witness", "Occupation", "I have responsibility for", "Signed", "Date")
    return Section(
        "Witness statement (s.9 Criminal Justice Act 1967)", rows=tuple((row, "……………………………………") for row in rows)
    )
