"""A parent says that nothing came: service is presumed unless the contrary is proved; an officer decides. Pure."""

from services.notices.casefile.file import CaseFile
from services.notices.casefile.notice import COURT
from services.notices.deciding.clockwork import catch_up
from services.notices.deciding.decision import Facts, Moment, Outcome, require_notice
from services.notices.deciding.letters import sent_again
from shared.contracts.casework import DecideService, DisputeService
from shared.contracts.notices import OfficerPrompted
from shared.decisions.deciding import Refused, because


def dispute_service(file: CaseFile, command: DisputeService, facts: Facts, at: Moment) -> Outcome:
    """Record what the parent says. It holds our next step and any court step; the statutory days keep running."""
    notice = require_notice(file, command.notice, "service_disputed")
    if not notice.issued_on <= command.received_on <= at.today:
        raise Refused(because("impossible_day", "received_on: between the day of issue and today."))
    entry = at.entry(
        "service_disputed",
        notice=notice.reference,
        received_on=command.received_on.isoformat(),
        summary=command.summary,
        officer=command.officer.model_dump(),
    )
    words = "A parent says that the notice did not come: look at the proof of posting, then serve again or go on."
    code = "held" if notice.state in COURT else "service_disputed"
    prompt = at.event(OfficerPrompted, file, "prompt", notice=notice.reference, code=code, words=words, on=at.today)
    return Outcome((entry,), (prompt,))


def decide_service(file: CaseFile, command: DecideService, facts: Facts, at: Moment) -> Outcome:
    """Serve the notice again, with a new clock; or go on, where it was posted and did not come back."""
    notice = file.notices[command.notice]
    if not notice.service_disputed:
        raise Refused(because("no_dispute", "No parent has said of this notice that it did not come."))
    if command.decision == "serve_again":
        require_notice(file, command.notice, "reissued")
        if notice.state == "held" and notice.held_from == "proceedings":
            words = "The notice is before the court: record first that the proceedings were discontinued."
            raise Refused(because("in_proceedings", words))
        return sent_again(file, notice, command, facts, at)
    require_notice(file, command.notice, "service_upheld")
    if notice.posted_on is None:
        words = "There is no proof of posting: nobody has said that the letter was posted. Serve the notice again."
        raise Refused(because("no_proof_of_posting", words))
    to = notice.without_question("service").resumes if notice.state == "service_disputed" else notice.state
    entry = at.entry(
        "service_upheld",
        notice=notice.reference,
        to=to,
        reason=command.reason,
        officer=command.officer.model_dump(),
    )
    return catch_up(file, entry, facts, at)
