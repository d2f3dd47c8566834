"""The words of a message, from its template and the facts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from jinja2 import Environment, StrictUndefined, TemplateError

from services.notifications.emails import threshold_cleared, threshold_reached
from services.notifications.letters import Unsendable, render
from shared.clock import in_words
from shared.contracts.notices import AbsenceThresholdCleared, AbsenceThresholdReached, NoticeIssued
from shared.contracts.notifications import Channel

_TEMPLATES = Environment(
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  plain text: there is no mark-up that a value could become
    trim_blocks=True,
)
_TEMPLATES.filters["in_words"] = in_words
_ENVELOPE = {"id": UUID(int=0), "time": datetime(2000, 1, 1, tzinfo=UTC)}
_PLAIN = {
    "improvement_notice_issued": "Subject: Case {{ case }}: a notice to improve runs\n\nTo {{ school }}",
    "request_received": "Subject: Case {{ case }}: your request has come\n\nWe decide by {{ decide_by | in_words }}.",
    "request_returned": "Subject: Case {{ case }}: your request came back\n\n"
    "{% for reason in reasons %}{{ reason.words }}\n{% endfor %}",
    "request_declined": "Subject: Case {{ case }}: no notice is issued\n\n{{ reason }}",
    "notice_issued_school": "Subject: Notice {{ notice }} was issued\n\nCase {{ case }}",
    "notice_paid_school": "Subject: Notice {{ notice }} was paid\n\nCase {{ case }}",
    "notice_withdrawn_school": "Subject: Notice {{ notice }} was withdrawn\n\nCase {{ case }}",
    "notice_expired_school": "Subject: Notice {{ notice }} is unpaid\n\nCase {{ case }}",
    "penalty_notice_alert": "Subject: A letter is on its way\n\n"
    "{{ authority }} has sent you a letter about school attendance. Call {{ phone }}",
    "officer_prompt": "Subject: {{ notice or case }}: {{ code }}\n\n{{ words }}",
    "command_refused": "Subject: {{ case }}: refused\n\n{% for reason in reasons %}{{ reason.words }}\n{% endfor %}",
    "digest": "Subject: {{ messages | length }} messages about attendance\n\n"
    "{% for message in messages %}{{ message.subject }}\n\n{{ message.text }}\n\n{% endfor %}",
}


class Unwritable(Exception):
    """This message cannot be written as it stands. The text names the field and holds no personal data."""


@dataclass(frozen=True)
class Written:
    """What a message says. `version` is a hash of the template's content."""

    template: str
    version: str
    channel: Channel
    subject: str
    text: str
    html: str = ""
    pdf: bytes = b""


def write(template: str, channel: Channel, facts: Mapping[str, Any]) -> Written:
    """The words of one message; raises Unwritable."""
    if channel == "letter":
        return _letter(template, facts)
    version = hashlib.sha256(template.encode()).hexdigest()[:12]
    if template == "threshold_reached":
        mail = threshold_reached(AbsenceThresholdReached(**{**_ENVELOPE, **facts}), facts["school"])
        return Written(template, version, channel, mail.subject, mail.text)
    if template == "threshold_cleared":
        mail = threshold_cleared(AbsenceThresholdCleared(**{**_ENVELOPE, **facts}), facts["school"])
        return Written(template, version, channel, mail.subject, mail.text)
    if template not in _PLAIN:
        raise Unwritable(f"there is no template {template} for {channel}")
    try:
        subject, text = _TEMPLATES.from_string(_PLAIN[template]).render(facts).split("\n\n", 1)
    except TemplateError as error:
        raise Unwritable(f"{template}: {error.message}") from None
    return Written(template, version, channel, subject.removeprefix("Subject: "), text)


def _letter(template: str, facts: Mapping[str, Any]) -> Written:
    if template != "penalty_notice":
        raise Unwritable(f"there is no letter {template}")
    notice = NoticeIssued(**{**_ENVELOPE, **facts})
    try:
        pdf = render(notice)
    except Unsendable as error:
        raise Unwritable(error.reason) from None
    return Written(template, "1", "letter", "", "", pdf=pdf)
