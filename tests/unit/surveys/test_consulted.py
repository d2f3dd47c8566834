"""Who is consulted as what, by what was said of them and not by what was left out; and what an export calls things."""

from pathlib import Path

import pytest

from services.surveys.answers.invitation import Invitation, earlier_ids, invitation_id
from services.surveys.questionnaire.authoring import read_survey
from services.surveys.questionnaire.parsing import parse
from services.surveys.results.ledger import ledger, unheard
from services.surveys.results.rates import Rates
from services.surveys.store.reading import columns_of
from shared.contracts.surveys import Addressee, Respondent

CASES = Path(__file__).parents[2] / "cases" / "public-reports"


@pytest.mark.parametrize(
    ("said", "group", "official"),
    [
        ({"group": "police"}, "police", True),
        ({"group": "partners"}, "partners", True),
        ({"group": "police", "official": False}, "police", False),
        ({"group": "schools"}, "schools", False),
        ({"urn": "123456"}, "schools", False),
        ({"urn": "123456", "official": True}, "schools", True),
        ({}, "others", False),
    ],
)
def test_police_and_partners_are_consultees_and_nobody_is_of_a_group_that_was_not_said(
    said: dict[str, object], group: str, official: bool
) -> None:
    read = Addressee.model_validate({"name": "Ada", "email": "ada@body.example", **said})
    assert (read.group, read.official) == (group, official)
    again = Respondent.model_validate(read.model_dump())
    assert (again.group, again.official) == (group, official), "what is kept stays as it was said"


def test_police_and_safeguarding_partners_stand_in_the_ledger_and_count_as_consulted() -> None:
    found = Rates()
    invitations = []
    for number, group in enumerate(("police", "partners", "others")):
        who = Respondent(name=f"P{number}", email=f"p{number}@body.example", group=group)  # type: ignore[arg-type]
        invitations.append(Invitation(str(number), "S", who))
        about = {"official": who.official, "group": group}
        found.add({"respondent": about, "state": "open", "channel": None, "district": None, "phase": None})
    rows = ledger(invitations, ("schools", "police"), closed=False)
    assert [(row["group"], row["statutory"]) for row in rows] == [("partners", "no"), ("police", "yes")]
    assert "police: 1 invited, nobody has answered yet" in unheard(found, ("schools", "police"))


def test_two_people_at_one_address_are_invited_each_and_whoever_was_invited_before_stays_so() -> None:
    ann, bob = (Respondent(name=name, email="office@body.example", group="schools") for name in ("Ann", "Bob"))
    assert invitation_id("k", "S", ann) != invitation_id("k", "S", bob)
    assert invitation_id("k", "S", ann) == invitation_id("k", "S", ann.model_copy(update={"name": " ann"}))
    assert earlier_ids("k", "S", ann) == earlier_ids("k", "S", bob)
    body = Respondent(name="Police", email="police@body.example", group="police")
    assert earlier_ids("k", "S", body) == (invitation_id("k", "S", body),)


def test_a_question_never_takes_a_column_of_the_export_itself() -> None:
    text = (CASES / "survey-column-clash.yaml").read_text("utf-8")
    survey = read_survey(parse(text, "survey-column-clash.yaml"))
    columns = columns_of(survey)
    assert len(columns) == len(set(columns))
    assert columns[-2:] == ["phase (answer)", "minutes (answer)"]
    assert {"phase", "minutes"} <= set(columns)
