"""Other authorities' notices: asked for, answered with the least that the limit needs, and recorded. Pure."""

from services.notices.casefile.file import CaseFile
from services.notices.deciding.decision import Facts, Moment, Outcome, require_parent
from services.notices.deciding.referral import recounted
from shared.contracts.casework import AnswerHistory, AskHistory, RecordHistory
from shared.contracts.notices import HistoryAnswered, HistoryAsked, PastNotice
from shared.decisions.deciding import Refused, because
from shared.identity import derived, derived_reference


def ask_history(file: CaseFile, command: AskHistory, facts: Facts, at: Moment) -> Outcome:
    """Ask another authority which notices stand there for this pupil."""
    question = derived_reference("Q", derived(command.id, "question"))
    event = at.event(HistoryAsked, file, "asked", question=question, upn=file.upn, authority=command.authority)
    entry = at.entry(
        "history_asked", question=question, authority=command.authority, officer=command.officer.model_dump()
    )
    return Outcome((entry,), (event,))


def record_history(file: CaseFile, command: RecordHistory, facts: Facts, at: Moment) -> Outcome:
    """Record the answer: these notices count to the limit of the parent concerned.

    An authority's later answer about the same parent replaces its earlier one, even if it names no notices.
    """
    if any(each.issued_on > at.today for each in command.notices):
        raise Refused(because("in_the_future", "notices: a notice was not issued on a day to come."))
    require_parent(file, command.parent_id, facts)
    entry = at.entry(
        "history_recorded",
        authority=command.authority,
        parent_id=command.parent_id,
        notices=[each.model_dump(mode="json") for each in command.notices],
        officer=command.officer.model_dump(),
    )
    return recounted(file, entry, at)


def answer_history(file: CaseFile, command: AnswerHistory, facts: Facts, at: Moment) -> Outcome:
    """Answer another authority: the notices that stand, by date of issue, with the initials of the parent."""
    standing_notices = [
        PastNotice(
            issued_on=notice.issued_on,
            sequence=notice.content["sequence"],
            parent_initials="".join(word[0] for word in notice.content["recipient"]["name"].split()),
        )
        for notice in file.notices.values()
        if notice.stands
    ]
    event = at.event(
        HistoryAnswered,
        file,
        "answered",
        question=command.question,
        upn=file.upn,
        authority=command.authority,
        notices=standing_notices,
    )
    entry = at.entry(
        "history_answered", question=command.question, authority=command.authority, count=len(standing_notices)
    )
    return Outcome((entry,), (event,))
