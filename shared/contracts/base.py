"""The envelope that every message carries (design decision 5)."""

from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, StringConstraints, model_validator

from shared.contracts.fields import Count, Time, Value
from shared.writing.characters import check_line


class Message(Value):
    """What every event and command says about itself.

    `id` is the identity on which every effect's idempotency rests; `time` is when it happened at its source;
    `subject` is an opaque reference (never personal data: it travels in headers); `correlation_id` runs through the
    whole chain and starts as the first message's id; `causation_id` is the message that caused this one; `version`
    is the subject's version after the change, 0 if its owner does not count.
    """

    type: str
    id: UUID
    time: Time
    subject: Annotated[str, StringConstraints(max_length=100), AfterValidator(check_line)] = ""
    correlation_id: UUID
    causation_id: UUID | None = None
    version: Count = 0

    @model_validator(mode="before")
    @classmethod
    def _a_story_starts_with_its_first_message(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("correlation_id") is None and "id" in data:
            return {**data, "correlation_id": data["id"]}
        return data

    @classmethod
    def key(cls) -> str:
        """The message type, which is its routing key, such as `notices.notice_issued.v1`."""
        return str(cls.model_fields["type"].default)

    @classmethod
    def has_type(cls) -> bool:
        """Whether it can be said as it is: what several messages have in common has no type."""
        return isinstance(cls.model_fields["type"].default, str)

    @classmethod
    def speaker(cls) -> str:
        """Who says it: the name of its exchange, which nobody else may write to."""
        raise NotImplementedError

    @classmethod
    def parse(cls, body: bytes | str) -> Self:
        """Read one JSON body; raises pydantic.ValidationError, whose texts never repeat the input."""
        return cls.model_validate_json(body)


class Event(Message):
    """Something that has happened, said by whom its type begins with; anyone may listen."""

    @classmethod
    def speaker(cls) -> str:
        return cls.key().partition(".")[0]


class Command(Message):
    """Something that one service is asked to do, by the attendance team unless it says otherwise; one listens."""

    ASKED_BY: ClassVar[str] = "casework"

    @classmethod
    def speaker(cls) -> str:
        return cls.ASKED_BY
