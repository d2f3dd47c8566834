"""What the notices service is told besides what every service is told."""

from pathlib import Path

from shared.running.settings import Settings


class NoticesSettings(Settings):
    """Whose code of conduct applies."""

    policies: Path | None = None
    """A folder with the authority's policy files; without it the shipped ones of the reference authority apply."""
