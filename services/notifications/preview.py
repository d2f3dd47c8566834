"""A template as files to look at, with the facts of one of its samples."""

from collections.abc import Mapping
from datetime import UTC, datetime

from services.notifications.email_message import message
from services.notifications.template_files import Sample, Template
from services.notifications.wording import Written, write
from shared.contracts.notifications import Channel

_AT = datetime(2024, 10, 4, 17, tzinfo=UTC)
_SENDER, _RECIPIENT = "Attendance Team <csattendance@norfolk.gov.uk>", "reader@school.example"


def written(template: Template, channel: Channel, sample: Sample) -> Written:
    """The message as the facts of a sample make it; raises Unwritable."""
    return write(template.name, channel, template.sample(sample))


def files(message_: Written, sample: Sample) -> Mapping[str, bytes]:
    """The files of one message by their names: what its reader would see, and the whole email."""
    name = f"{message_.template}-{sample}"
    if message_.channel == "letter":
        return {f"{name}.pdf": message_.pdf}
    if message_.channel == "sms":
        return {f"{name}.sms.txt": message_.text.encode()}
    whole = message(message_, sender=_SENDER, recipient=_RECIPIENT, reference=name, instant=_AT)
    return {
        f"{name}.html": message_.html.encode(),
        f"{name}.txt": message_.text.encode(),
        f"{name}.eml": whole.as_bytes(),
    }
