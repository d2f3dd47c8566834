"""What every service is told by its environment. Services add their own by subclassing."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, EmailStr, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging.feeds import Feeds, Identity, Schools
from shared.web.authority import Authority, check_colour

SECRETS = Path("/run/secrets/everyday")
"""Where Kubernetes and compose lay secrets: a file each, named like the variable that it stands for."""


@dataclass(frozen=True)
class Least:
    """The least length of a secret, in characters: against one link, somebody can try keys as fast as they like."""

    length: int


Key = Annotated[str, Least(32)]
"""A secret of our own making: 32 characters, as of `openssl rand -hex 32`, or more."""


class Settings(BaseSettings):
    """Settings from the environment or a secret's file, each prefixed `EVERYDAY_` (such as `EVERYDAY_AMQP_URL`)."""

    model_config = SettingsConfigDict(
        env_prefix="EVERYDAY_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    amqp_url: str
    mongo_url: str
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    proxies: str = "127.0.0.1"
    """Who may say from which address a request comes: addresses and networks, with commas (the ingress's)."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text", "auto"] = "auto"
    """`auto` writes coloured text to a terminal and JSON lines everywhere else."""
    otlp_endpoint: str | None = None
    """Where traces go (OTLP over HTTP), such as http://collector:4318; without it there are none, at no cost."""
    clock_file: Path | None = None
    """Local stack only: where the movable clock keeps its offset."""
    retry_delays: tuple[int, ...] = (10, 60, 600)
    """Seconds of each step of the retry ladder; the topology has to be applied with the same."""
    officers: Path | None = None
    """The file of officers' public keys, and of credentials that were revoked; without it nobody can decide."""
    says_anything: str | None = None
    """Local stack only: an identity at RabbitMQ that may say every message."""
    old_ways: Literal["said", "heard"] | None = None
    """For an upgrade only: take what is said on the exchanges that all shared, and without a `user_id` (`heard`), and
    say everything there too (`said`)."""
    mis: dict[Identity, Schools] | None = None
    """For which schools each of the schools' systems speaks; without it, `mis` speaks for all."""
    prefetch: int = 20
    """How many messages one consumer works on at once."""
    tick: float = 0.5
    """Seconds between two looks for work that is due."""
    graceful_timeout: float = 15
    """Seconds that running handlers get to finish when the service is stopped."""

    def weak_keys(self) -> Iterator[str]:
        """What is wrong with each key that is too short, naming its variable. One that may be left out may be empty."""
        for name, field in type(self).model_fields.items():
            said = getattr(self, name)
            for least in (each for each in field.metadata if isinstance(each, Least)):
                if len(said) < least.length and (said or field.is_required()):
                    variable = f"{self.model_config['env_prefix']}{name.upper()}"
                    yield f"{variable}: at least {least.length} characters, such as `openssl rand -hex 32` makes"

    def feeds(self) -> Feeds:
        return Feeds() if self.mis is None else Feeds(self.mis)


class LinkSettings(Settings):
    """For services that hand out links: how they are signed, and the address at which people reach the service."""

    link_key: Key
    """The secret that signs links; another key makes every link of before invalid."""
    public_url: str
    """For example https://attendance.norfolk.gov.uk/bookings"""
    address_key: Key
    """The secret under which people's addresses are remembered as hashes, and anonymous answers sealed. It is never
    changed: another key forgets every opt-out and every erasure, and cannot open what is sealed."""
    authority: str = "Norfolk County Council"
    team: str = "Attendance Team"
    colour: Annotated[str, AfterValidator(check_colour)] = Authority.colour
    """Of the head and the foot of every page; dark enough for white text."""
    help_line: str = Authority.phone
    help_hours: str = Authority.hours
    """When the help line is answered."""
    help_email: EmailStr = Authority.email
    visits: Annotated[int, Field(ge=1)] = 600
    """How often one address may ask for pages in a minute, at each replica."""

    def page_authority(self) -> Authority:
        """What stands at the head and the foot of every page."""
        return Authority(self.authority, self.team, self.colour, self.help_line, self.help_email, self.help_hours)


def told(name: str, secrets: Path = SECRETS) -> str:
    """What the environment, or else a secret's file, says of one variable; empty where neither does."""
    file = secrets / name
    return os.environ.get(name) or (file.read_text().strip() if file.is_file() else "")
