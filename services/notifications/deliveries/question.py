"""The question on the page behind a message's own link. Pure."""

from dataclasses import dataclass

from shared.writing.paper import Page


@dataclass(frozen=True)
class Question:
    """A question; without a button there is nothing to confirm."""

    page: Page
    button: str = ""
