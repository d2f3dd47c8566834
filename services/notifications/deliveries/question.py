"""What the page behind a message's own link asks. Pure."""

from dataclasses import dataclass

from shared.writing.paper import Page


@dataclass(frozen=True)
class Question:
    """What is asked; without a button there is nothing to confirm."""

    page: Page
    button: str = ""
