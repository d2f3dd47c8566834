"""What colleagues write themselves: MI Sheets with their reminders, and campaigns with their dry runs.
The handlers and the command line import from here.
It never sends: it creates deliveries for others to send.
"""
