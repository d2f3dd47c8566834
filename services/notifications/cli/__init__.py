"""The command line about messages: what was sent and what became of it, campaigns, MI Sheets, and your own words.
Only the table of commands (`services/cli.py`) imports from here.
It never writes to a store: what changes something is sent as a command.
"""

from services.notifications.cli import campaigns, messages, sheets, writing

app = messages.app
writing.add_to(app)
app.add_typer(campaigns.app, name="campaigns")
app.add_typer(sheets.app, name="sheets")
