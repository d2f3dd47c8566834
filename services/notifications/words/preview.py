"""A template as files to look at, filled from one of its samples."""

from collections.abc import Mapping
from datetime import UTC, datetime

from services.notifications.words.email_message import message
from services.notifications.words.template_files import Sample, Template
from services.notifications.words.translations import ENGLISH, Translation
from services.notifications.words.wording import Written, write
from shared.contracts.notifications import Channel

_AT = datetime(2024, 10, 4, 17, tzinfo=UTC)
_SENDER, _RECIPIENT = "Attendance Team <attendance@authority.example>", "reader@school.example"


def written(template: Template, channel: Channel, sample: Sample, translated: Translation | None = None) -> Written:
    """The message filled from a sample; raises Unwritable."""
    return write(template.name, channel, template.sample(sample), translated)


def files(message_: Written, sample: Sample, unfit: str = "") -> Mapping[str, bytes]:
    """The files of one message by name: what its reader would see, and the whole email.

    `unfit` is why a translation must not be sent: a text message does not say so itself.
    """
    name = f"{message_.template}-{sample}"
    if message_.language != ENGLISH:
        name += f"-{message_.language}"
    if message_.channel == "letter":
        return {f"{name}.pdf": message_.pdf}
    if message_.channel == "sms":
        return {f"{name}.sms.txt": f"{f'[not to be sent: {unfit}] ' if unfit else ''}{message_.text}".encode()}
    whole = message(message_, sender=_SENDER, recipient=_RECIPIENT, reference=name, instant=_AT)
    return {
        f"{name}.html": message_.html.encode(),
        f"{name}.txt": message_.text.encode(),
        f"{name}.eml": whole.as_bytes(),
    }
