"""A receipt whose message and state can be read is taken: 4xx would lose it, and nobody would ever say it again."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.providers import notify, sinch
from tests.cases import rows

NEEDED = {"id", "notification_id", "complaint_id", "status", "batch_id", "client_reference", "type"}
SINCH = {
    "type": "recipient_delivery_report_sms", "batch_id": "01FC66621XXXXX119Z8PMV1QPQ", "client_reference": "OUR-REF",
    "status": "Delivered", "code": 0, "at": "2026-11-20T10:00:00.000Z", "operator_status_at": "2026-11-20T10:00:00Z",
}  # fmt: skip
SAID = {row["id"]: (notify.called_back, row["body"]) for row in rows("notify/callbacks.json")}
SAID["sinch"] = (sinch.receipt, SINCH)
BEFORE_THE_FIRST_DAY = "0001-01-01T00:00:00+14:00"
JUNK = st.sampled_from([None, "", "today", BEFORE_THE_FIRST_DAY, "2026-11-20T10:00:00", 5, -1.5, True, [], {}, "٥"])


@pytest.mark.parametrize("name", SAID)
@given(data=st.data(), junk=JUNK)
def test_whatever_another_field_says_a_receipt_is_of_the_same_message_and_state(
    name: str, data: st.DataObject, junk: Any
) -> None:
    read, body = SAID[name]
    reference, report = read(json.dumps(body).encode())
    spoilt: Mapping[str, Any] = {**body, data.draw(st.sampled_from(sorted({*body, "new"} - NEEDED))): junk}
    try:
        other, again = read(json.dumps(spoilt).encode())
    except OverflowError:  # a day before the first: the door answers that nothing was reported on such a day
        assert junk == BEFORE_THE_FIRST_DAY
        return
    assert (again.id, again.state, again.status) == (report.id, report.state, report.status)
    assert other == reference or spoilt.get("reference") != reference
    assert again.at is None or again.at.tzinfo is not None
