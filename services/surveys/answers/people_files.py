"""People and bodies to invite, as CSV. Errors name line and field. Pure."""

from collections.abc import Sequence

from pydantic import ValidationError

from shared.cli.csv_file import Columns, read_csv
from shared.cli.input import Problem
from shared.cli.spelling import read_urn
from shared.contracts.surveys import Addressee
from shared.writing.mailboxes import NoMailbox, on_the_wire

_COLUMNS = Columns(
    {
        "name": ("name", "full name"),
        "email": ("email", "email address", "e-mail"),
        "group": ("group",),
        "organisation": ("organisation",),
        "urn": ("urn", "school urn"),
        "official": ("official",),
    },
    needed=("name", "email"),
    given={},
    words=("name", "organisation"),
    missing="the header needs a column of this name",
)
_FIXES = {
    "name": "give a name",
    "email": "write an address such as office@school.example",
    "group": "one of schools, police, partners and others",
    "urn": "a URN has 6 digits",
    "official": "yes or no",
}


def read_people(content: bytes | str) -> tuple[tuple[Addressee, ...], Sequence[Problem], Sequence[str]]:
    """The people in a file, what is wrong with it, and how it was read. If anything is wrong, nobody is invited."""
    file = read_csv(content, _COLUMNS)
    found, problems = [], list(file.problems)
    for line in file.lines:
        facts = {name: " ".join(cell.split()) for name, cell in line.cells.items() if cell}
        facts |= {name: facts[name].lower() for name in ("group", "official") if name in facts}
        try:
            if "urn" in facts:
                facts["urn"] = read_urn(facts["urn"])
            person = Addressee.model_validate(facts)
            on_the_wire(person.email)
            found.append(person)
        except NoMailbox as error:
            problems.append(Problem(line.number, "email", str(error)))
        except ValidationError as error:
            fields = {str(each["loc"][0]) for each in error.errors(include_input=False)}
            problems += [Problem(line.number, each, _FIXES.get(each, "write it as the help says")) for each in fields]
        except ValueError as error:
            problems.append(Problem(line.number, "urn", str(error)))
    return tuple(found), sorted(problems, key=lambda problem: (problem.line, problem.field)), file.notes
