"""The notices service's own settings, besides those of every service."""

from pathlib import Path

from shared.running.settings import Settings


class NoticesSettings(Settings):
    """Whose code of conduct applies."""

    policies: Path | None = None
    """A folder with the authority's policy files; without it the reference authority's, which are shipped, apply."""
