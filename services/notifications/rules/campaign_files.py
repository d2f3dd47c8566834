"""Campaigns as data: one file each, with its days, its steps, and what schools may use; errors name file and field."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notifications.settings import WordingSettings
from services.notifications.words.contacts import Line, Secure
from services.notifications.words.wording import key_messages
from shared.contracts.circulars import CampaignName
from shared.time.clock import in_words
from shared.writing.toml_files import read_toml

_SHIPPED = Path(__file__).parents[1] / "campaigns"


class CampaignInvalid(ValueError):
    """A campaign's file that cannot be used. The text names file, field and fix."""


class NoSuchStep(LookupError):
    """There is no such campaign, or it has no such step. The text names those that exist."""


class _Dated(BaseModel):
    """From one day to another, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: date
    last: date

    @model_validator(mode="after")
    def _runs_forwards(self) -> Self:
        if self.last < self.first:
            raise ValueError("last: must not be before first")
        return self

    @property
    def days(self) -> str:
        return f"{in_words(self.first)} to {in_words(self.last)}"


class Step(_Dated):
    """One message of a campaign, in its season: everybody gets it once."""

    name: CampaignName
    message: str
    """One of the key messages (templates/layouts/campaign.toml)."""

    @model_validator(mode="after")
    def _is_a_key_message(self) -> Self:
        if self.message not in key_messages():
            raise ValueError(f"message: one of {', '.join(key_messages())}")
        return self


class Asset(BaseModel):
    """Something that schools may use with the words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Line
    words: Line
    link: Secure


class Campaign(_Dated):
    """A campaign. Its name is its file's."""

    title: Line
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    assets: tuple[Asset, ...] = ()

    @model_validator(mode="after")
    def _holds_its_steps(self) -> Self:
        names = [each.name for each in self.steps]
        for step in self.steps:
            if not self.first <= step.first <= step.last <= self.last:
                raise ValueError(f"steps: {step.name} must lie within the days of the campaign")
            if names.count(step.name) > 1:
                raise ValueError(f"steps: {step.name} is there twice: each needs a name of its own")
        return self


def read_campaign(text: str, name: str) -> Campaign:
    """Read one campaign's file; raises CampaignInvalid with every problem."""
    return read_toml(Campaign, text, name, CampaignInvalid)


@cache
def campaigns(folder: Path | None = None) -> Mapping[str, Campaign]:
    """Every campaign by its name: the authority's own, if a setting names their folder; raises CampaignInvalid."""
    place = folder or WordingSettings().campaigns_folder or _SHIPPED
    return {file.stem: read_campaign(file.read_text("utf-8"), file.name) for file in sorted(place.glob("*.toml"))}


def step_of(campaign: str, step: str) -> Step:
    """A step of a campaign; raises NoSuchStep."""
    known = campaigns().get(campaign)
    if known is None:
        raise NoSuchStep(f"campaign: there is no {campaign}: {_named(campaigns())}")
    found = next((each for each in known.steps if each.name == step), None)
    if found is None:
        raise NoSuchStep(f"step: {campaign} has no step {step}: {_named([each.name for each in known.steps])}")
    return found


def season(campaign: str, step: str) -> Mapping[str, Any]:
    """The facts for a step's words; raises NoSuchStep."""
    found, assets = step_of(campaign, step), campaigns()[campaign].assets
    return {
        "season": found.message,
        "from_day": found.first,
        "to_day": found.last,
        "assets": [each.model_dump() for each in assets],
    }


def _named(names: Mapping[str, Any] | Sequence[str]) -> str:
    return f"choose one of {', '.join(names)}"
