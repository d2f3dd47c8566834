"""Whom somebody asks about, and what is left of other people's names."""

import pytest

from shared.people.person import Person, Unclear, initials, read_person, without_names


def test_a_upn_an_address_and_a_parents_id_are_told_apart() -> None:
    assert read_person(" b801200005001 ") == Person(upn="B801200005001")
    assert read_person("Pat.Lee@Example.org") == Person(emails=frozenset({"pat.lee@example.org"}))
    assert read_person("p-1", ["123456"]) == Person(parents=frozenset({"p-1"}), schools=frozenset({"123456"}))


@pytest.mark.parametrize("typed", ["", "  ", "A801200005001"])
def test_nobody_and_a_upn_that_is_none_are_said(typed: str) -> None:
    with pytest.raises(Unclear):
        read_person(typed)


def test_an_address_is_theirs_however_it_was_typed() -> None:
    person = read_person("pat@example.org").also(emails=["Sam@Example.org", None])
    assert person.is_at("SAM@example.org")
    assert person.is_at("Pat@example.org")
    assert not person.is_at("pat@example.com")
    assert not person.is_at(None)


def test_other_peoples_names_become_initials_and_ones_own_stays() -> None:
    text = "Mrs LEE said that Robin Lee and Kim were away; Kimberley was not."
    assert (
        without_names(text, ["Kim Lee"], ["Robin Lee"])
        == "Mrs LEE said that Robin Lee and K were away; Kimberley was not."
    )
    assert without_names(text, ["Kim Lee"]) == "Mrs L said that Robin L and K were away; Kimberley was not."
    assert initials("Robin van der Lee") == "R V D L"
