"""`python -m services.notifications.rules`: who is told of what, as docs/who-is-told.md has it."""

from services.notifications.rules import as_markdown

print(as_markdown(), end="")  # noqa: T201 - a document for a file
