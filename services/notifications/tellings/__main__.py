"""`python -m services.notifications.tellings`: who is told of what, as docs/who-is-told.md has it."""

from services.notifications.tellings import as_markdown

print(as_markdown(), end="")  # noqa: T201 - a document for a file
