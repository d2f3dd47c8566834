"""Parked messages that name an erased person go with them; what a school or a case has to keep is named instead."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import erase
from shared.cli.places import Places
from shared.contracts import CATALOGUE
from shared.hearing.dead import DeadLetter
from shared.people.person import Person

EMAIL = "pia.quillfeather@home.example"
PIA = Person(emails=frozenset({EMAIL}))
TYPES = sorted(CATALOGUE)


def letter(kind: str, **said: Any) -> DeadLetter:
    return DeadLetter(f"id-of-{kind}", kind, f"some.{kind}", "why", 3, json.dumps(said).encode())


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.booleans()), max_size=8))
def test_what_names_them_goes_but_for_what_schools_and_cases_say(found: list[tuple[str, bool]]) -> None:
    letters = [letter(kind, person={"email": EMAIL.upper() if names else "p@home.example"}) for kind, names in found]

    async def listed(_: str) -> list[DeadLetter]:
        return letters

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(erase, "list_dead", listed)
        held = asyncio.run(erase._parked(Places("amqp", "mongo", None), PIA))
    due = ("mis.", "notices.")
    assert [(each.id, bool(each.stays)) for each in held] == [
        (f"id-of-{kind}", kind.startswith(due)) for kind, names in found if names
    ]
    assert not [each for each in held if EMAIL in each.what]


def test_those_that_go_are_taken_away_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []

    async def drops(_: str, message: str) -> bool:
        gone.append(message)
        return True

    monkeypatch.setattr(erase, "drop", drops)
    held = [erase.Held("a", "parked message a"), erase.Held("b", "parked message b", "it is due")]
    erase._drop_parked(Places("amqp", "mongo", None), held)
    assert gone == ["a"]
