"""The ledger of statutory consultees: who was invited, reached and reminded, and who has answered, and when. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.states import DONE
from services.surveys.results.rates import Rates, percent

Row = dict[str, object]

COLUMNS = (
    "consultee", "group", "statutory", "urn", "invited", "sent", "delivered", "reminded", "responded", "response",
    "channel", "outcome", "invitation",
)  # fmt: skip


def ledger(invitations: Iterable[Invitation], statutory: tuple[str, ...], closed: bool) -> list[Row]:
    """One row for each official consultee, by group and name."""
    rows = [_row(invitation, statutory, closed) for invitation in invitations if invitation.respondent.official]
    return sorted(rows, key=lambda row: (str(row["group"]), str(row["consultee"])))


def unheard(found: Rates, statutory: tuple[str, ...]) -> list[str]:
    """What has to be put right for a lawful and fair consultation: groups not invited, or entirely silent."""
    warnings = []
    groups = {name: (invited, answered) for name, invited, answered in found.of("group")}
    for group in statutory:
        invited, answered = groups.get(group, (0, 0))
        if not invited:
            warnings.append(f"{group}: nobody is invited, and the law says they must be consulted")
        elif not answered:
            warnings.append(f"{group}: {invited} invited, nobody has answered yet")
        else:
            warnings.append(f"{group}: {answered} of {invited} have answered ({percent(answered, invited)})")
    return warnings


ASKING = ("survey_invitation", "consultation_invitation", "survey_reminder")
"""The messages that ask somebody to answer; whether others arrived does not matter to the ledger."""


def _row(invitation: Invitation, statutory: tuple[str, ...], closed: bool) -> Row:
    about = invitation.respondent
    times: dict[str, list[str]] = {}
    for entry in invitation.trail:
        if entry.get("template", ASKING[0]) not in ASKING:
            continue
        times.setdefault(entry["what"], []).append(entry["at"].isoformat(timespec="seconds"))
    return {
        "consultee": about.organisation or about.name,
        "group": about.group,
        "statutory": "yes" if about.group in statutory else "no",
        "urn": about.urn or "",
        "invited": "; ".join(times.get("invited", ())),
        "sent": "; ".join(times.get("sent", ())),
        "delivered": "; ".join(times.get("delivered", ()))
        or ("could not be delivered" if "undelivered" in times else ""),
        "reminded": "; ".join(times.get("reminded", ())),
        "responded": "; ".join(times.get("responded", ())[-1:]) if invitation.state in DONE else "",
        "response": invitation.response or "",
        "channel": (invitation.channel or "link") if invitation.response else "",
        "outcome": _outcome(invitation, closed),
        "invitation": invitation.id,
    }


def _outcome(invitation: Invitation, closed: bool) -> str:
    if invitation.state not in DONE:
        return "no response" if closed else "no response yet"
    answer: Mapping[str, Any] = invitation.answer or {}
    return "nothing to say" if answer.get("nothing_to_say") else "responded"
