"""Settings with which a message could go twice are refused at the start."""

import pytest
from pydantic import ValidationError

from services.notifications.settings import NotificationsSettings

NEEDED = {
    "amqp_url": "", "mongo_url": "", "notify_key": "k", "link_key": "l", "public_url": "https://here.example",
    "address_key": "a",
}  # fmt: skip


@pytest.mark.parametrize("slow", ["smtp_timeout", "notify_timeout", "sinch_timeout"])
def test_no_provider_may_answer_after_the_lease(slow: str) -> None:
    with pytest.raises(ValidationError, match="send_lease: at least 62, so that no provider answers after it"):
        NotificationsSettings.model_validate({**NEEDED, slow: 31})
    NotificationsSettings.model_validate({**NEEDED, slow: 31, "send_lease": 62})
