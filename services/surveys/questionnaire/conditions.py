"""Branching: when a question is asked, as a condition on answers to earlier questions. Pure."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from services.surveys.questionnaire.part import Id, Part

_TESTS = ("equals", "one_of", "includes", "more_than", "less_than", "answered")


class Test(Part):
    """One answer checked against one value. Without an answer every test fails, except `answered: false`."""

    question: Id
    equals: JsonValue = None
    one_of: tuple[JsonValue, ...] | None = None
    includes: Id | None = None
    """For a question with several answers: this one is among them."""
    more_than: JsonValue = None
    less_than: JsonValue = None
    answered: bool | None = None

    @model_validator(mode="after")
    def _tests_one_thing(self) -> Self:
        if len(self.model_fields_set & set(_TESTS)) != 1:
            raise ValueError(f"a condition on a question has exactly one of {', '.join(_TESTS)}")
        return self

    @property
    def test(self) -> str:
        return next(name for name in _TESTS if name in self.model_fields_set)


class All(Part):
    """Every one of these holds."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=20)]


class Any_(Part):  # noqa: N801  `Any` is typing's
    """At least one of these holds."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=20)]


class Not(Part):
    """This does not hold."""

    not_: Annotated["Condition", Field(alias="not")]


def _kind(data: Any) -> str:
    names = data if isinstance(data, dict) else getattr(type(data), "model_fields", {})
    return next((kind for kind in ("all", "any", "not") if kind in names or f"{kind}_" in names), "question")


Condition = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Test, Tag("question")],
    Discriminator(_kind),
]


def tests(condition: Any) -> Iterator[Test]:
    """Every test of a condition."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests(condition.not_)
    else:
        for part in condition.all if isinstance(condition, All) else condition.any:
            yield from tests(part)


def holds(condition: Any, answers: Mapping[str, Any]) -> bool:
    """Whether a condition holds for answers, whose values already have their questions' types."""
    if isinstance(condition, All):
        return all(holds(part, answers) for part in condition.all)
    if isinstance(condition, Any_):
        return any(holds(part, answers) for part in condition.any)
    if isinstance(condition, Not):
        return not holds(condition.not_, answers)
    return _passes(condition, answers.get(condition.question))


def _passes(test: Test, value: Any) -> bool:
    if test.test == "answered":
        return (value is not None) == test.answered
    if value is None:
        return False
    if test.test == "includes":
        return test.includes in value
    if test.test == "one_of":
        return value in (test.one_of or ())
    if test.test == "more_than":
        return bool(value > test.more_than)
    return bool(value < test.less_than) if test.test == "less_than" else bool(value == test.equals)
