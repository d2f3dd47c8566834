"""What happened in a consultation, as facts in order of time: the entries of its integrity export. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from services.surveys.answers.invitation import Invitation
from services.surveys.answers.running import Running
from services.surveys.questionnaire.document import Survey, canonical

Fact = dict[str, Any]


def facts_of(
    running: Running,
    surveys: Mapping[int, Survey],
    invitations: Iterable[Invitation],
    answers: Iterable[Mapping[str, Any]],
    dispositions: Iterable[Mapping[str, Any]],
    themes: Iterable[Mapping[str, Any]],
) -> list[Fact]:
    """Everything, the earliest first; each fact has `at`, `kind` and `what`."""
    found = [
        *_of_survey(running, surveys),
        *(fact for invitation in invitations for fact in _of_invitation(invitation, running.mode)),
        *(_of_answer(answer) for answer in answers),
        *(fact for each in dispositions for fact in _of_disposition(each)),
        *(fact for each in themes for fact in _of_theme(each)),
    ]
    return sorted(
        found, key=lambda fact: (fact["at"], fact["kind"], str(sorted(fact.items(), key=lambda item: item[0])))
    )


def _of_survey(running: Running, surveys: Mapping[int, Survey]) -> Iterator[Fact]:
    for entry in running.trail:
        yield {**entry, "at": _iso(entry["at"]), "kind": "survey"}
        if entry["what"] == "published":
            number = entry["edition"]
            facts = {"edition": number, "sha256": entry["sha256"], "document": canonical(surveys[number])}
            yield {"at": _iso(entry["at"]), "kind": "edition", "what": "document", **facts}


def _of_invitation(invitation: Invitation, mode: str) -> Iterator[Fact]:
    about = invitation.respondent
    who = {"invitation": invitation.id, "group": about.group, "official": about.official, "urn": about.urn}
    if about.official or mode == "named":
        who["consultee"] = about.organisation or about.name
    for entry in invitation.trail:
        yield {**entry, "at": _iso(entry["at"]), "kind": "consultee", **who}


def _of_answer(document: Mapping[str, Any]) -> Fact:
    kept = document if "answers" in document else document["answer"]
    at = _iso(kept["at"]) if "at" in kept else document["day"]
    facts = {"response": document["response"], "edition": kept["edition"], "answers": kept["answers"]}
    return {"at": at, "kind": "answer", "what": "answered", "nothing_to_say": kept["nothing_to_say"], **facts}


def _of_disposition(each: Mapping[str, Any]) -> Iterator[Fact]:
    for decision in each["history"]:
        about = {"comment": each["comment"], "point": each["point"], "scope": each["scope"]}
        yield {**decision, "at": _iso(decision["at"]), "kind": "disposition", "what": "decided", **about}


def _of_theme(theme: Mapping[str, Any]) -> Iterator[Fact]:
    for entry in theme["history"]:
        yield {**entry, "at": _iso(entry["at"]), "kind": "theme", "what": "theme", "theme": theme["_id"]}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
