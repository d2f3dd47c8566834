"""The notifications service's own settings, besides those of every service."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import EmailStr, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.notifications.addresses.phones import MULTIPLIERS
from shared.running.settings import Key, LinkSettings


class NotificationsSettings(LinkSettings):
    """Where mail, texts and letters go, how fast, and when."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_security: Literal["tls", "starttls", "if_offered"] = "if_offered"
    """TLS from the start, STARTTLS required, or STARTTLS if the server offers it."""
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_ca_file: Path | None = None
    """Certificates (PEM) of the authorities trusted for the mail server; without it the machine's own."""
    smtp_timeout: float = 10
    """Seconds that the mail server gets to answer each command."""
    mail_from: str
    team_mailbox: EmailStr
    """The mailbox for prompts to officers."""

    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_key: str
    """A GOV.UK Notify API key: name, service id and secret, as Notify gives it."""
    notify_timeout: int = 10
    """Seconds that Notify gets to answer."""
    notify_email_template: str = ""
    """Id of an email template at Notify of ((subject)) and ((body)) only; without it Notify carries no email."""
    notify_sms_template: str = ""
    """Id of a text message template at Notify of ((body)) only; without it Notify carries no texts."""
    notify_per_minute: Annotated[int, Field(ge=60)] = 3000
    """How many messages Notify accepts per key and minute."""

    sinch_url: str = "https://eu.sms.api.sinch.com"
    sinch_plan: str = ""
    """The service plan id at Sinch; without it Sinch carries no texts."""
    sinch_token: str = ""
    sinch_sender: str = "Attendance"
    sinch_timeout: float = 10
    sinch_per_minute: Annotated[int, Field(ge=60)] = 1800

    shares: Mapping[str, int] = Field(
        default={"smtp": 100, "notify_email": 0, "notify_sms": 50, "sinch": 50, "notify_letter": 100}
    )
    """Each provider's share of a channel's messages; 0 is a standby until the others cannot be trusted."""
    try_held_after: Annotated[int, Field(ge=1)] = 300
    """Seconds after which one message tests whether a provider that accepted nothing from us (a wrong key, a deleted
    template, trial mode) accepts messages again."""
    slow_answer: float = 5
    """Seconds after which an answer counts as slow."""
    receipts_token: Key = ""
    """The token that providers send with their receipts; without it none are taken."""
    receipt_patience: int = 3600
    """Seconds after which we ask the provider of an email or text, if no receipt has come."""

    send_lease: int = 60
    """Seconds for which a claimed send belongs to its replica: longer than any provider's slowest answer."""
    send_at_once: int = 32
    """How many messages are being sent at the same time."""
    letter_poll: int = 900
    """Seconds between two questions about a letter: Notify does not report letters' progress by itself."""
    send_from: time = time(8)
    send_until: time = time(18)
    """Local times on working days between which service and campaign messages go; at other times they wait."""
    digest_window: int = 600
    """Seconds over which service messages to one school are merged into one email; 0 merges none."""
    chase_before: Annotated[int, Field(ge=1)] = 3
    """How many working days before an Action's last day schools are reminded that have not done it."""
    chase_after: Annotated[int, Field(ge=1)] = 1
    """How many working days after it they are reminded once more."""
    campaign_per_hour: Annotated[int, Field(ge=1)] = 6000
    """How many messages of all campaigns together may start within an hour."""
    campaign_per_day: Annotated[int, Field(ge=1)] = 1
    """How many campaign messages one address may get on a day; others wait for the next."""
    reconcile_every: int = 3600
    """Seconds between two comparisons of the providers' lists with ours."""

    @model_validator(mode="after")
    def _lease_outlasts_answers(self) -> Self:
        slowest = max(self.smtp_timeout, self.notify_timeout, self.sinch_timeout)
        if self.send_lease < 2 * slowest:
            raise ValueError(f"send_lease: at least {2 * slowest:g}, so that no provider answers after it")
        return self


class WordingSettings(BaseSettings):
    """Settings for the words of messages: for the service, and for the command line without one."""

    model_config = SettingsConfigDict(env_prefix="EVERYDAY_", frozen=True, extra="ignore")

    contacts_file: Path | None = None
    """The authority's own contact book (TOML); the reference authority's when none is named."""
    sms_pence_per_part: Decimal = Decimal("2.4")
    """The provider's price for one part of a text message, in pence, without VAT."""
    notify_sms_prefix: str = ""
    """The service's name, if Notify puts it before each text (a setting of the service there): it is counted and
    kept with the words."""
    sms_multipliers: Mapping[str, Annotated[int, Field(ge=1)]] = MULTIPLIERS
    """The price abroad as a multiple of that, by country prefix; `crown` for Jersey, Guernsey and the Isle of Man."""
    sms_free_parts: int = 0
    """How many parts are still free of charge this year."""
    campaigns_folder: Path | None = None
    """The authority's own campaigns (TOML files); the reference authority's when none is named."""
