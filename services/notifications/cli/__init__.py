"""`everyday messages`, put together: what was sent and what became of it, campaigns, MI Sheets, and one's own words."""

from services.notifications.cli import campaigns, messages, sheets, writing

app = messages.app
writing.add_to(app)
app.add_typer(campaigns.app, name="campaigns")
app.add_typer(sheets.app, name="sheets")
