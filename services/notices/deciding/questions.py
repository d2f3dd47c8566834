"""What nobody has looked at yet: it holds the court step, and a person is prompted until somebody has. Pure."""

from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import COURT, PROSECUTED, Notice
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from shared.contracts.casework import RaiseQuestion, SettleQuestion
from shared.contracts.fields import shortened
from shared.contracts.notices import OfficerPrompted
from shared.decisions.deciding import Refused, Repeated, because


def raised(file: CaseFile, notice: Notice, about: str, words: str, at: Moment) -> Outcome:
    """A question about a notice, once: it holds a prosecution, and an officer is told."""
    words = shortened(words)
    if notice.questions.get(about) == words and notice.state not in PROSECUTED:
        return Outcome()
    entry = at.entry("question_raised", notice=notice.reference, about=about, words=words)
    code = "held" if notice.state in COURT else about
    purpose = f"question:{notice.reference}:{about}"
    prompt = at.event(OfficerPrompted, file, purpose, notice=notice.reference, code=code, words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def raise_question(file: CaseFile, command: RaiseQuestion, facts: Facts, at: Moment) -> Outcome:
    """Somebody has seen a letter, a mail or a payment that nobody has looked at."""
    notice = require_notice(file, command.notice, "question_raised")
    outcome = raised(file, notice, command.about, command.summary, at)
    if not outcome.entries:
        raise Repeated
    entry = {**outcome.entries[0], "officer": command.officer.model_dump()}
    return Outcome((entry,), outcome.events)


def settle_question(file: CaseFile, command: SettleQuestion, facts: Facts, at: Moment) -> Outcome:
    """A person has looked."""
    notice = require_notice(file, command.notice, "question_settled")
    if command.about not in notice.questions:
        raise Refused(because("no_question", "about: nothing is open about this on the notice."))
    if command.about == "conviction" and notice.stands:
        words = "A conviction over a notice that was paid in time cannot be left: have it set aside, then record that."
        raise Refused(because("conviction_unsafe", words))
    entry = at.entry(
        "question_settled",
        notice=notice.reference,
        about=command.about,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return Outcome((entry,))
