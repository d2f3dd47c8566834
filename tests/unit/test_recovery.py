"""Why a message failed, in words that hold none of its data."""

import asyncio
import json

import pytest
from pydantic import ValidationError

from shared.contracts.casework import RequestNotice
from shared.contracts.mis import PupilUpdated, RegisterTaken, SchoolUpdated
from shared.contracts.surveys import ReopenSurvey
from shared.contracts.untidy import says_another_type
from shared.hearing.bulk import Bulk, BulkConsumer
from shared.hearing.recovery import OurFault, is_permanent, ours, reason
from shared.messaging.failures import NotYetKnown, Permanent
from shared.messaging.topology import HEARS
from tests.system.canaries import planted

HEARD = sorted({kind for heard in HEARS.values() for kind in heard}, key=lambda kind: kind.key())


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (RequestNotice, '{"evidence": [{"kind": "Larter"}]}', "evidence.0.reference: Field required"),
        (ReopenSurvey, '{"closes": {"Larter": 7}}', "closes.…: Input should be a valid string"),
        (ReopenSurvey, '"Larter"', "body: Input should be an object"),
    ],
)
def test_a_message_that_is_not_valid_is_told_by_its_fields_never_by_what_it_brings(kind, body, told):
    with pytest.raises(ValidationError) as caught:
        kind.parse(body)
    assert told in reason(caught.value)
    assert "Larter" not in reason(caught.value)


def test_what_a_rule_refuses_is_told_in_its_words_and_an_exception_by_its_type_and_place():
    assert reason(Permanent("case: there is no case with this reference")).startswith("case: ")
    assert reason(ValueError("Larter")) == "ValueError"


def test_what_overtook_its_survey_is_tried_again_and_parked_with_words_in_the_end() -> None:
    error = NotYetKnown("survey: there is no survey S-2222-22222 yet")
    assert not is_permanent(error)
    assert reason(error) == "survey: there is no survey S-2222-22222 yet"


@pytest.mark.parametrize(
    ("said", "another"), [("mis.pupil_updated.v1", True), ("notices.x", True), ("", False), (None, False)]
)
def test_a_body_that_names_another_type_is_forged_and_one_that_names_none_is_only_untidy(said, another) -> None:
    body = planted(SchoolUpdated).model_dump(mode="json") | {"type": said}
    if not another:
        assert SchoolUpdated.parse(json.dumps(body)).type == SchoolUpdated.key()
        return
    with pytest.raises(ValidationError) as caught:
        SchoolUpdated.parse(json.dumps(body))
    assert says_another_type(caught.value)


@pytest.mark.parametrize("kind", HEARD, ids=lambda kind: kind.key())
def test_no_message_is_read_as_another(kind) -> None:
    other = PupilUpdated if kind is not PupilUpdated else SchoolUpdated
    body = planted(kind).model_dump(mode="json") | {"type": other.key()}
    with pytest.raises(ValidationError) as caught:
        kind.parse(json.dumps(body))
    assert says_another_type(caught.value)


async def test_what_a_handler_makes_wrongly_of_a_message_is_our_fault_and_tried_again() -> None:
    async def handle(_message: object) -> None:
        SchoolUpdated.parse('{"name": "Larter"}')

    async def refuse(_message: object) -> None:
        raise Permanent("case: there is no case with this reference")

    with pytest.raises(OurFault) as caught:
        await ours(handle)("anything")
    assert not is_permanent(caught.value)
    assert "urn: " in reason(caught.value)
    assert "Larter" not in reason(caught.value)
    with pytest.raises(Permanent):
        await ours(refuse)("anything")


async def test_a_bulk_consumer_that_has_ended_ends_its_service() -> None:
    consumer = BulkConsumer("notices", Bulk(RegisterTaken, ours(_nothing)), None)  # type: ignore[arg-type]

    async def ended() -> None:
        raise RuntimeError("nobody works off batches")

    consumer._task = asyncio.create_task(ended())
    with pytest.raises(RuntimeError):
        await consumer.works()
    await consumer.stop()


async def _nothing(_batch: object) -> None: ...
