"""What an email may carry besides its words. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """A file attached to an email. A calendar's type names its method, else calendars ignore it (RFC 6047 §2.4)."""

    name: str
    content: bytes
    type: str = "application/octet-stream"
    """The media type without parameters, such as `text/calendar`."""
    method: str = ""
    """For `text/calendar`: the iTIP method inside, such as REQUEST or CANCEL."""
