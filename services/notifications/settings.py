"""What the notifications service is told besides what every service is told."""

from decimal import Decimal
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import Settings


class NotificationsSettings(Settings):
    """Where mail and letters go."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "Attendance Team <csattendance@norfolk.gov.uk>"
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_key: str
    """A GOV.UK Notify API key: name, service id and secret, as Notify gives it."""
    notify_timeout: int = 10
    """Seconds that Notify gets to answer."""
    send_lease: int = 60
    """Seconds for which a claimed send belongs to its replica: longer than any provider's slowest answer."""
    letter_poll: int = 900
    """Seconds between two questions after a letter: Notify reports no progress of letters by itself."""


class WordingSettings(BaseSettings):
    """What the words of messages depend on: for the service, and for the command line without one."""

    model_config = SettingsConfigDict(env_prefix="EVERYDAY_", frozen=True, extra="ignore")

    contacts_file: Path | None = None
    """The authority's own contact book (TOML); the reference authority's when none is named."""
    sms_pence_per_part: Decimal = Decimal("2.4")
    """What the provider asks for one part of a text message, in pence, without VAT."""
