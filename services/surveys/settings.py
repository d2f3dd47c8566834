"""The surveys service's own settings, besides those of every service."""

from importlib import resources
from pathlib import Path

from pydantic import Field

from services.surveys.questionnaire.terms import Terms, read_terms
from shared.running.settings import LinkSettings


class SurveysSettings(LinkSettings):
    """Term dates, and how anonymous answers are mixed."""

    terms: Path | None = None
    """A file with the authority's term dates (TOML); without it those of the reference authority apply."""
    mix_at_least: int = Field(default=5, ge=3)
    """The fewest answers of an anonymous survey that are mixed at once (fewer only after it has closed)."""
    mix_every: float = Field(default=300, gt=0)
    """Seconds between two mixings: longer gives larger batches, whose answers may keep more detail."""
    invitations_kept_days: float = 3 * 365 + 1
    """Days after the close for which invited people's names are kept; bodies and named answers stay."""


def terms(file: Path | None) -> Terms:
    """The term dates of the authority that has set up this system: its own file's, else the shipped ones."""
    if file is not None:
        return read_terms(file.read_text("utf-8"), file.name)
    shipped = resources.files("services.surveys").joinpath("terms", "reference_authority.toml")
    return read_terms(shipped.read_text("utf-8"), shipped.name)
