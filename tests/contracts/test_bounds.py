"""Every field of every contract has its bounds: no text that plays tricks, no number or day that no reader can take."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, EmailStr, JsonValue, TypeAdapter, ValidationError

from shared.contracts import CATALOGUE
from shared.contracts.fields import BIGGEST, Json, SeenText, ShortText, Text, shortened
from shared.contracts.mis import PupilUpdated, RegisterTaken
from shared.writing.characters import check_line, check_text, in_one_line, shown, without
from tests.making import PUPIL, URN, pupil, register

NEVER = [
    *(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
]
"""Written out from the Unicode standard, not from the code: C0, C1, DEL, and what turns the direction of a text."""
TEXTS = [*(f"ab{each}cde" for each in NEVER), "x" * 100_001]
NUMBERS = [10**30, -(10**30), 2**63, -(2**63) - 1, BIGGEST + 1]
DAYS = [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max]
INSTANTS = [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
]
BAD: dict[Any, list[Any]] = {
    str: TEXTS,
    int: NUMBERS,
    date: DAYS,
    datetime: INSTANTS,
    JsonValue: [*TEXTS[:-1], *NUMBERS, {"a": [10**30]}, {"a\x1bb": {"c": ["\u202e"]}}],
}


def leaves(kind: type[BaseModel]) -> dict[str, Any]:
    """Every place of a message at which one plain value stands, with its type and all that holds it."""
    return {
        f"{name}{inside}": leaf
        for name, field in kind.model_fields.items()
        for inside, leaf in _leaves(field.annotation, tuple(field.metadata))
    }


def _leaves(said: Any, held: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    origin, inner = get_origin(said), get_args(said)
    if said is JsonValue:
        yield "", Annotated[said, *held] if held else said
    elif origin is Annotated:
        yield from _leaves(inner[0], (*inner[1:], *held))
    elif origin in (Union, UnionType):
        for each in inner:
            yield from _leaves(each, held)
    elif origin is tuple:
        yield from ((f"[]{place}", leaf) for place, leaf in _leaves(inner[0], ()))
    elif origin is dict:
        yield from ((f".key{place}", leaf) for place, leaf in _leaves(inner[0], ()))
        yield from ((f".value{place}", leaf) for place, leaf in _leaves(inner[1], ()))
    elif origin is Literal or said in (NoneType, bool):
        return
    elif isinstance(said, type) and issubclass(said, BaseModel):
        yield from ((f".{place}", leaf) for place, leaf in leaves(said).items())
    else:
        yield "", Annotated[said, *held] if held else said


def kind_of(leaf: Any) -> Any:
    plain = get_args(leaf)[0] if get_origin(leaf) is Annotated else leaf
    return {AwareDatetime: datetime, EmailStr: str}.get(plain, plain if plain in BAD else None)


def texts(said: Any) -> Iterator[str]:
    """Every text in what JSON can say, the names of fields too."""
    if isinstance(said, dict):
        yield from (text for pair in said.items() for each in pair for text in texts(each))
    elif isinstance(said, list):
        yield from (text for each in said for text in texts(each))
    elif isinstance(said, str):
        yield said


def slips_through(leaf: Any) -> list[str]:
    """What a field takes of what none may, but for what it leaves out of a text."""
    adapter: TypeAdapter[Any] = TypeAdapter(leaf)
    found = []
    for bad in BAD[kind_of(leaf)]:
        try:
            taken = adapter.validate_python(bad)
        except ValidationError:
            continue
        if taken == bad or set(NEVER) & set("".join(texts(taken))):
            found.append(repr(bad)[:40])
    return found


ALL = {f"{kind} {place}": leaf for kind in sorted(CATALOGUE) for place, leaf in leaves(CATALOGUE[kind]).items()}


def test_every_field_of_every_contract_refuses_what_no_text_number_or_day_may_be() -> None:
    known: dict[str, list[str]] = {}
    for leaf in ALL.values():
        if kind_of(leaf) is not None and repr(leaf) not in known:
            known[repr(leaf)] = slips_through(leaf)
    assert {place: known[repr(leaf)] for place, leaf in ALL.items() if known.get(repr(leaf))} == {}


def test_the_walk_sees_every_kind_of_field() -> None:
    """Else it would hold nothing: texts in lists of parts, keys, numbers that may be null."""
    for place in ("mis.register_taken.v1 marks[].code", "mis.pupil_updated.v1 parents[].address.lines[]",
                  "bookings.meeting_published.v1 capacity.value", "surveys.submit_response.v1 answers.key",
                  "notifications.run_campaign.v1 reaches", "surveys.publish_survey.v1 document.value"):  # fmt: skip
        assert place in ALL
    assert {kind_of(leaf) for leaf in ALL.values()} >= set(BAD)
    assert slips_through(str) == [repr(each)[:40] for each in TEXTS]
    assert len(slips_through(int)) == len(NUMBERS)


NAMES = [
    "Zoë Ní Bhriain-O’Dea",
    "علی\u200cرضا",
    "क्\u200dष",
    "Łukasz \u200e(M)",
    "👩\u200d👩\u200d👧",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


@pytest.mark.parametrize("name", NAMES)
def test_how_people_write_their_names_is_taken_whole(name: str) -> None:
    assert TypeAdapter(ShortText).validate_python(name) == name
    assert TypeAdapter(Text).validate_python(f"{name}\n{name}\t.") == f"{name}\n{name}\t."
    assert TypeAdapter(Json).validate_python({name: [name, 7, None]}) == {name: [name, 7, None]}


@given(st.text())
def test_a_text_is_taken_if_and_only_if_it_has_none_of_these_characters(text: str) -> None:
    bad = any(each in NEVER or "\u206a" <= each <= "\u206f" or "\ufff9" <= each <= "\ufffb" for each in text)
    for check, also in ((check_text, ""), (check_line, "\t\n\r\u2028\u2029")):
        try:
            check(text)
            refused = False
        except ValueError:
            refused = True
        assert refused is (bad or any(each in also for each in text))
    assert check_text(without(text)) == without(text)
    assert check_line(in_one_line(text)) == in_one_line(text)
    assert check_text(shortened(text)) == shortened(text)
    assert check_text(shown(text)) == shown(text)
    assert (shown(text) == text) is not (bad or "\r" in text)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("revision", 10**30),
        ("date", "0001-01-01"),
        ("time", "0001-01-01T00:00:00Z"),
        ("group", "7\u202eA"),
        ("urn", "١٢٣٤٥٦"),
    ],
)
def test_a_register_out_of_bounds_is_refused_with_the_fields_name(field: str, said: Any) -> None:
    body = json.loads(register(date(2024, 9, 2), {PUPIL: "/"}).model_dump_json()) | {field: said}
    if field == "group":
        taken = RegisterTaken.parse(json.dumps(body))
        assert (taken.group, [each.field for each in taken.untidy]) == (None, ["group"]), "it costs that field"
        return
    with pytest.raises(ValidationError) as caught:
        RegisterTaken.parse(json.dumps(body))
    assert [each["loc"] for each in caught.value.errors()] == [(field,)]


def test_in_a_pupils_record_a_day_out_of_bounds_costs_itself_and_signs_nobody_sees_are_left_out() -> None:
    body = json.loads(pupil(urn=URN, given_name="A\u202eva\x07").model_dump_json()) | {"date_of_birth": "0001-01-01"}
    taken = PupilUpdated.parse(json.dumps(body))
    assert (taken.given_name, taken.date_of_birth) == ("Ava", None)
    assert [(each.field, each.reason) for each in taken.untidy] == [("date_of_birth", "no_such_day")]


def test_what_was_kept_before_texts_had_bounds_is_still_read() -> None:
    mark = register(date(2024, 9, 2), {PUPIL: "/"}).model_dump() | {"group": "7\nA\x1b"}
    assert RegisterTaken.from_store(mark).group == "7 A"
    assert TypeAdapter(SeenText).validate_python("7\nA\x1b") == "7 A"
