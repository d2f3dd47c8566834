"""Every service's settings from its environment. Services add their own by subclassing."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, EmailStr, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from shared.messaging.feeds import Feeds, Identity, Schools
from shared.web.authority import Authority, check_colour

SECRETS = Path("/run/secrets/everyday")
"""Where Kubernetes and compose put secrets: one file each, named like its variable."""
_REFERENCE = Path(__file__).with_name("reference_authority.toml")


@dataclass(frozen=True)
class Least:
    """The least length of a secret, in characters: with one link, anybody can try keys offline as fast as they like."""

    length: int


Key = Annotated[str, Least(32)]
"""A secret of our own making: 32 characters, as of `openssl rand -hex 32`, or more."""


class _FromEnvironment(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="EVERYDAY_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What neither the environment nor a secret's file says of an authority is the reference authority's."""
        reference = TomlConfigSettingsSource(settings_cls, _REFERENCE)
        return init_settings, env_settings, file_secret_settings, reference


class AuthoritySettings(_FromEnvironment):
    """Whose pages these are, and whom to ask."""

    authority: str
    team: str = "Attendance Team"
    colour: Annotated[str, AfterValidator(check_colour)] = Authority.colour
    """Of the head and the foot of every page; dark enough for white text."""
    help_line: str
    """Whom people call, as texts name it."""
    help_hours: str
    """When the help line is answered."""
    help_email: EmailStr

    def page_authority(self) -> Authority:
        """What stands at the head and the foot of every page."""
        return Authority(self.authority, self.team, self.colour, self.help_line, self.help_email, self.help_hours)


class Settings(_FromEnvironment):
    """Settings from the environment or a secret's file, each prefixed `EVERYDAY_` (such as `EVERYDAY_AMQP_URL`)."""

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
    """Where traces go (OTLP over HTTP), such as http://collector:4318; without it there are none."""
    clock_file: Path | None = None
    """Local stack only: where the movable clock keeps its offset."""
    retry_delays: tuple[int, ...] = (10, 60, 600)
    """Seconds of each step of the retry ladder; the topology has to be applied with the same."""
    officers: Path | None = None
    """The file of officers' public keys, and of credentials that were revoked; without it nobody can decide."""
    says_anything: str | None = None
    """Local stack only: a RabbitMQ identity that may publish every message."""
    old_ways: Literal["said", "heard"] | None = None
    """For an upgrade only: accept messages from the old shared exchanges, also without a `user_id` (`heard`), and
    publish everything there as well (`said`)."""
    mis: dict[Identity, Schools] | None = None
    """Which schools each MIS may speak for; without it, `mis` speaks for all."""
    prefetch: int = 20
    """How many messages one consumer works on at once."""
    tick: float = 0.5
    """Seconds between two looks for work that is due."""
    graceful_timeout: float = 15
    """Seconds that running handlers get to finish when the service stops."""

    def weak_keys(self) -> Iterator[str]:
        """What is wrong with each key that is too short, by its variable. An optional one may be empty."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            for least in (each for each in field.metadata if isinstance(each, Least)):
                if len(value) < least.length and (value or field.is_required()):
                    variable = f"{self.model_config['env_prefix']}{name.upper()}"
                    yield f"{variable}: at least {least.length} characters, such as `openssl rand -hex 32` makes"

    def feeds(self) -> Feeds:
        return Feeds() if self.mis is None else Feeds(self.mis)


class LinkSettings(Settings, AuthoritySettings):
    """For services that hand out links: how they are signed, and the address at which people reach the service."""

    link_key: Key
    """The secret that signs links; changing it invalidates all earlier links."""
    public_url: str
    """For example https://attendance.example.org/bookings"""
    address_key: Key
    """The secret for hashing people's addresses and sealing anonymous answers. It is never
    changed: another key forgets every opt-out and every erasure, and cannot open what is sealed."""
    visits: Annotated[int, Field(ge=1)] = 600
    """How often one address may ask for pages in a minute, at each replica."""


def setting(name: str, secrets: Path = SECRETS) -> str:
    """The value of a variable from the environment, else from a secret's file; empty if neither has it."""
    file = secrets / name
    return os.environ.get(name) or (file.read_text().strip() if file.is_file() else "")
